"""Daily reference rates in the format of the European Central Bank: one euro in each quoted currency."""

from __future__ import annotations

from typing import Any

from assets.extract.reading import FileReason, ParsedFile, QuarantineError
from assets.extract.records import Shape, currency, day, number, read_records
from assets.extract.xml_document import read_xml

RATES = Shape(
    "rates__exchange_rates",
    (
        day("rate_date", required=True),
        currency("base_currency", required=True),
        currency("quote_currency", required=True),
        number("rate", required=True),
    ),
)


def read_exchange_rates(content: bytes, file_name: str) -> ParsedFile:
    """Return the rates of each day in the file, as units of the quoted currency for one euro."""
    root = read_xml(content)
    days = [cube for cube in root.iter("{*}Cube") if cube.get("time") is not None]
    if not days:
        reason = (
            f"The file should hold a `Cube` with a `time`, its top is `{root.tag[-60:]}`. Check which feed this is."
        )
        raise QuarantineError(FileReason.WRONG_SHAPE, reason, f"line {root.sourceline}")
    records: list[dict[str, Any]] = [
        {
            "rate_date": cube.get("time"),
            "base_currency": "EUR",
            "quote_currency": quote.get("currency"),
            "rate": quote.get("rate"),
        }
        for cube in days
        for quote in cube.iterchildren("{*}Cube")
    ]
    return read_records(records, RATES, "exchange_rates")
