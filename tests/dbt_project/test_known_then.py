"""What was known then stays: a day built as of a later day reads as it did on the day itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path

import pytest

from assets.close.tables import DOCUMENT_CHECKS, GENERATED_TABLES
from assets.extract.raw_tables import RAW_TABLES
from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow, write_window

SEEDS_AND_BALANCES = ["+rpt_dso_daily", "+fct_open_items", "resource_type:seed"]


def _arrived(home: Home, table: str, day: str, **columns: str) -> None:
    received = {
        "_received_at": datetime.combine(date.fromisoformat(day), time(6)),
        "_source_file": day,
        "_row_number": 1,
    }
    row: Mapping[str, object] = {**columns, **received}
    with home.warehouse().connect() as connection:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"insert into raw.{table} ({names}) values ({marks})", list(row.values()))


def _an_invoice(home: Home, day: str, number: str, amount: str, *, due: str, note: str = "") -> None:
    _arrived(
        home, "quickbooks__invoices", day, realm="mus", id=number, sync_token=day[-2:], doc_number=f"X-{number}",
        txn_date="2026-01-05", due_date=due, customer_id="1", currency="USD", total_tax="0.00", total_amt=amount,
        private_note=note, updated_at=f"{day}T05:00:00Z",
    )  # fmt: skip


def _a_credit_memo(home: Home, day: str, number: str, amount: str, *, credited: str, note: str = "") -> None:
    _arrived(
        home, "quickbooks__credit_memos", day, realm="mus", id=number, sync_token=day[-2:], doc_number=f"C-{number}",
        txn_date="2026-01-07", customer_id="1", currency="USD", total_tax="0.00", total_amt=amount, private_note=note,
        linked_invoice_id=credited, updated_at=f"{day}T05:00:00Z",
    )  # fmt: skip


def _a_rate(home: Home, day: str, *, of: str, rate: str) -> None:
    _arrived(home, "rates__exchange_rates", day, rate_date=of, base_currency="EUR", quote_currency="USD", rate=rate)


def _as_known_then(home: Home, as_of: str, *, until: str) -> list[dict[str, object]]:
    warehouse = home.warehouse()
    with warehouse.connect():
        write_window(warehouse, RunWindow(date.fromisoformat(as_of), date.fromisoformat(as_of), RunMode.BACKFILL))
    outcome = home.dbt().build(SEEDS_AND_BALANCES, ["tag:tie"])
    assert outcome.red == ()
    return warehouse.rows(
        "select as_of_date, legal_entity_id, aging_bucket, open_amount, document_count from reporting.rpt_aging "
        "where clock = 'known_then' and as_of_date between '2026-01-05' and cast(? as date) "
        "and (open_amount <> 0 or document_count <> 0) order by all",
        [until],
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home that has heard of invoices, credits and rates, and afterwards of what changed them."""
    home = Home(tmp_path)
    warehouse = home.warehouse()
    with warehouse.connect():
        write_window(warehouse, RunWindow(date(2026, 1, 10), date(2026, 1, 10), RunMode.BACKFILL))
        warehouse.create_tables([*RAW_TABLES, *GENERATED_TABLES, DOCUMENT_CHECKS])
    _an_invoice(home, "2026-01-06", "1", "100.00", due="2026-01-08")
    _an_invoice(home, "2026-01-06", "2", "200.00", due="2026-01-08")
    _an_invoice(home, "2026-01-06", "3", "400.00", due="2026-01-08")
    _a_credit_memo(home, "2026-01-07", "8", "30.00", credited="3")
    _a_rate(home, "2026-01-06", of="2026-01-06", rate="1.1000")
    _arrived(home, "quickbooks__invoices", "2026-01-06", realm="meu", id="7", sync_token="0", doc_number="E-7",
             txn_date="2026-01-05", due_date="2026-02-05", customer_id="1", currency="EUR", total_tax="0.00",
             total_amt="50.00", updated_at="2026-01-06T05:00:00Z")  # fmt: skip
    _an_invoice(home, "2026-01-12", "1", "90.00", due="2026-02-28")
    _an_invoice(home, "2026-01-12", "2", "0.00", due="2026-01-08", note="Voided")
    _an_invoice(home, "2026-01-12", "4", "800.00", due="2026-01-08")
    _a_credit_memo(home, "2026-01-12", "8", "0.00", credited="3", note="Voided")
    _a_rate(home, "2026-01-12", of="2026-01-09", rate="1.2000")
    return home


def test_days_as_known_then_never_change_when_later_days_arrive(home: Home) -> None:
    on_the_day = _as_known_then(home, "2026-01-10", until="2026-01-10")
    overdue = [row for row in on_the_day if row["as_of_date"] == date(2026, 1, 10) and row["aging_bucket"] == "1_30"]
    assert [(row["legal_entity_id"], str(row["open_amount"])) for row in overdue] == [
        ("MUS", "670.000"),
        ("all", "609.090"),
    ]
    assert _as_known_then(home, "2026-01-14", until="2026-01-10") == on_the_day
