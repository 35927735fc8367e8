"""Numbers of invoices and credit memos have no gap in any series, whatever it is called and when the year ends."""

from __future__ import annotations

import json
from datetime import date

import pytest

from assets.close.tables import DOCUMENT_CHECKS, GENERATED_TABLES
from assets.extract.raw_tables import RAW_TABLES
from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow, write_window

LOG = "raw.openitem__decisions"
TIE = "tie_document_numbers_have_no_gap"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home whose log can be written by hand."""
    made = Home(tmp_path_factory.mktemp("numbers"))
    warehouse = made.warehouse()
    with warehouse.connect():
        write_window(warehouse, RunWindow(date(2027, 1, 31), date(2027, 1, 31), RunMode.BACKFILL))
        warehouse.create_tables([*RAW_TABLES, *GENERATED_TABLES, DOCUMENT_CHECKS])
    return made


@pytest.mark.parametrize(
    ("invoices", "credit_memos", "is_green"),
    [
        (["MUS-2026-00001", "MUS-2026-00002", "MUS-2027-00001"], ["MUSC-2026-00001", "MUSC-2027-00001"], True),
        (["MUS-2026-00001", "MUS-2027-00002"], [], False),
        (["MUS-2026-00001"], ["MUSC-2026-00001", "MUSC-2026-00003"], False),
        (["MUS-2026-00001"], ["MUSC-2026-00002"], False),
        (["MUS-EAST-2026-00001", "MUS-WEST-2026-00001", "MUS-WEST-2026-00002"], [], True),
        (["MUS-EAST-2026-00001", "MUS-EAST-2026-00003"], [], False),
        ([f"MUS-2026-{number:05d}" for number in (1, 2, 2)], [], False),
    ],
    ids=["the year changes", "a year that begins at 2", "a gap of credit memos", "credit memos begin at 2",
         "hyphens in the name", "a gap under such a name", "a number given twice"],
)  # fmt: skip
def test_a_gap_is_seen_in_every_series(
    home: Home, invoices: list[str], credit_memos: list[str], is_green: bool
) -> None:
    issued = [*(("invoice_issued", n) for n in invoices), *(("credit_memo_issued", n) for n in credit_memos)]
    with home.warehouse().connect() as connection:
        connection.execute(f"delete from {LOG}")
        for sequence, (kind, number) in enumerate(issued, start=1):
            payload = json.dumps({"document_number": number, "legal_entity_id": "MUS"})
            connection.execute(
                f"insert into {LOG} "
                "(sequence, decision_key, kind, subject_key, payload, occurrence, business_date, recorded_at) "
                "values (?, ?, ?, ?, ?, '1', '2027-01-05', '2027-01-05T12:00:00+00:00')",
                [str(sequence), f"d{sequence}", kind, f"charge-{sequence}", payload],
            )
    statuses = {result.name: result.status for result in home.dbt().build([f"+{TIE}"]).results}
    assert statuses[TIE] == ("pass" if is_green else "fail")
