"""A warehouse deleted and made anew by the next run held the rows of that day alone: waiting drafts left the page."""

from __future__ import annotations

from pathlib import Path

from assets.close.rebuilding import window_to_write
from assets.close.tables import GENERATED_TABLES
from assets.platform.warehouse import Warehouse
from assets.platform.window import RunMode, RunWindow
from tests.close.builders import MemoryLog, a_contract_line, a_customer, a_frame_agreement, as_text, day, walk_days

COMPANY = [a_customer(), a_frame_agreement(), a_contract_line()]
TODAY = RunWindow(day(6), day(6), RunMode.CLOSE)


def test_closed_days_are_written_again_into_a_warehouse_that_holds_none_of_them(tmp_path: Path) -> None:
    log = MemoryLog()
    before = as_text(walk_days(COMPANY, log, 1, 5))
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.connect():
        warehouse.create_tables(GENERATED_TABLES)
    assert window_to_write(warehouse, TODAY, []) == TODAY
    window = window_to_write(warehouse, TODAY, log.entries)
    assert (window.start_date, window.end_date, window.mode) == (day(1), day(6), RunMode.CLOSE)
    count = len(log.entries)
    result = walk_days(COMPANY, log, 1, 6)
    assert (result.closed_days, result.replayed_days) == ((day(6),), tuple(day(number) for number in range(1, 6)))
    assert [entry.decision.business_date for entry in log.entries[count:]] == [day(6)]
    assert as_text(result)["invoice_drafts"][: len(before["invoice_drafts"])] == before["invoice_drafts"]


def test_a_warehouse_that_holds_the_days_before_gets_the_new_one_alone(tmp_path: Path) -> None:
    log = MemoryLog()
    result = walk_days(COMPANY, log, 1, 5)
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.connect():
        warehouse.create_tables(GENERATED_TABLES)
        for spec in GENERATED_TABLES:
            warehouse.replace_window(spec, spec.build(result.tables[spec.name]), day(1), day(5))
    assert window_to_write(warehouse, TODAY, log.entries) == TODAY
