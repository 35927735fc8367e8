"""A reminder sent before what is contested over a network was a dispute is history, and no day is red for it later."""

from __future__ import annotations

from datetime import date

import pytest

from assets.close.tables import DOCUMENT_CHECKS, GENERATED_TABLES
from assets.extract.raw_tables import RAW_TABLES
from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow, write_window

TIE = "tie_nobody_is_reminded_wrongly"
AS_OF = date(2026, 1, 31)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home that owes one open invoice, whose reminders and disputes can be written by hand."""
    made = Home(tmp_path_factory.mktemp("contested"))
    warehouse = made.warehouse()
    with warehouse.connect():
        write_window(warehouse, RunWindow(AS_OF, AS_OF, RunMode.BACKFILL))
        warehouse.create_tables([*RAW_TABLES, *GENERATED_TABLES, DOCUMENT_CHECKS])
    made.dbt().build([f"+{TIE}"], ["resource_type:test"])
    with warehouse.connect() as connection:
        connection.execute(
            "insert into receivables.fct_ledger_entries (document_key, receivable_amount, effective_date, known_date) "
            "values ('d', 100, date '2026-01-01', date '2026-01-01')"
        )
        connection.execute(
            "insert into receivables.int_objections_matched_to_invoices "
            "(objection_kind, objection_key, document_key, fitting_count) values ('dispute', 'x', 'd', 1)"
        )
    return made


@pytest.mark.parametrize(
    ("network", "reminded", "is_green"),
    [("fr_lifecycle", "2026-01-30", True), ("fr_lifecycle", "2026-01-31", False), (None, "2026-01-30", False)],
    ids=["contested over a network, an old day", "contested over a network, today", "written, an old day"],
)
def test_a_reminder_sent_before_contesting_over_a_network_was_a_dispute_left_its_day_red_for_ever(
    home: Home, network: str | None, reminded: str, is_green: bool
) -> None:
    with home.warehouse().connect() as connection:
        for table in ("marts.fct_disputes", "generated.reminder_plan"):
            connection.execute(f"delete from {table}")
        connection.execute(
            "insert into marts.fct_disputes (dispute_key, network, document_number, status, known_date) "
            "values ('x', ?, 'RE-1', 'open', date '2026-01-15')",
            [network],
        )
        connection.execute(
            "insert into generated.reminder_plan (business_date, document_key, document_number, customer_key, "
            "currency_code, open_amount, due_date, dunning_level, decision) "
            "values (cast(? as date), 'd', 'RE-1', 'c', 'USD', 100, date '2026-01-05', 1, 'send')",
            [reminded],
        )
    assert (home.dbt().test([TIE]).red == ()) is is_green
