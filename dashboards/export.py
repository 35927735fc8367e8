"""CSV that a spreadsheet cannot be tricked by: text that looks like a formula is escaped, numbers stay numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "|", "%")
_IGNORED_IN_FRONT = "\ufeff\u200b\u2060 \u00a0'\""


def cell(value: Any) -> str:
    """Return a value as it is written; a text that a spreadsheet would run starts with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | date):
        return str(value)
    text = str(value).replace("\x00", "")
    is_risky = text.lstrip(_IGNORED_IN_FRONT).startswith(_STARTS_A_FORMULA) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if is_risky or str(value).startswith("\x00") else text


def to_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Return rows as CSV in UTF-8 with a mark that spreadsheets recognise."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([cell(column) for column in columns])
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return written.getvalue().encode("utf-8-sig")
