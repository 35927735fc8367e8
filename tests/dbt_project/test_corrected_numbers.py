"""A document whose number was corrected in accounting is the same document under its new number."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

from assets.close.tables import DOCUMENT_CHECKS, GENERATED_TABLES
from assets.extract.raw_tables import RAW_TABLES
from assets.ledger.keys import document_key
from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow, write_window

LAST = date(2026, 1, 31)


def _told(home: Home, day: str, invoice: str, number: str) -> None:
    row: dict[str, object] = {
        "realm": "mus", "id": invoice, "sync_token": day[-2:], "doc_number": number, "txn_date": "2026-01-05",
        "due_date": "2026-01-20", "customer_id": "1", "currency": "USD", "total_tax": "0.00", "total_amt": "100.00",
        "private_note": "", "updated_at": f"{day}T05:00:00Z", "_source_file": day, "_row_number": 1,
        "_received_at": datetime.combine(date.fromisoformat(day), time(6)),
    }  # fmt: skip
    with home.warehouse().connect() as connection:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"insert into raw.quickbooks__invoices ({names}) values ({marks})", list(row.values()))


def test_a_corrected_number_keeps_the_key_to_which_cash_was_applied(tmp_path: Path) -> None:
    home = Home(tmp_path)
    warehouse = home.warehouse()
    with warehouse.connect():
        write_window(warehouse, RunWindow(LAST, LAST, RunMode.BACKFILL))
        warehouse.create_tables([*RAW_TABLES, *GENERATED_TABLES, DOCUMENT_CHECKS])
    _told(home, "2026-01-06", "1", "U-1001")
    _told(home, "2026-01-10", "1", "U-7311")
    _told(home, "2026-01-12", "2", "U-1001")
    assert home.dbt().build(["+int_documents_from_sources", "resource_type:seed"], ["tag:tie"]).red == ()
    corrected, other = warehouse.rows(
        "select document_key, document_number from intermediate.int_documents_from_sources order by source_document_id"
    )
    assert corrected == {"document_key": document_key("quickbooks", "MUS", "U-1001"), "document_number": "U-7311"}
    assert other["document_number"] == "U-1001"
    assert other["document_key"] != corrected["document_key"]
