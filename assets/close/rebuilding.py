"""From which day on does a run write rows? Its own first one; the first ever closed in a warehouse made anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assets.close.tables import GENERATED_TABLES
from assets.ledger.decision import RecordedDecision
from assets.platform.warehouse import Warehouse
from assets.platform.window import RunWindow


def window_to_write(warehouse: Warehouse, window: RunWindow, log: Sequence[RecordedDecision]) -> RunWindow:
    """Return the window whose rows the walk writes: closed days are replayed into a warehouse that holds none of them.

    Without them every draft, proposal and exception of before would be missing from the pages until a backfill.
    """
    closed = [date.fromisoformat(entry.decision.subject_key) for entry in log if entry.decision.kind == "day_closed"]
    if not closed or min(closed) >= window.start_date or _holds_rows(warehouse):
        return window
    return replace(window, start_date=min(closed))


def _holds_rows(warehouse: Warehouse) -> bool:
    with warehouse.connect():
        return any(warehouse.rows(f"select 1 from {spec.full_name} limit 1") for spec in GENERATED_TABLES)
