"""The window of business days a run works on, and the tables that carry it to SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from assets.ledger.errors import PermanentError
from assets.platform.tables import TableSpec
from assets.platform.warehouse import Warehouse


class RunMode(StrEnum):
    """What a run may do: close days, look into the open day, or recompute the past."""

    CLOSE = "close"
    INTRADAY = "intraday"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class RunWindow:
    """A run's first and last business day, both included."""

    start_date: date
    end_date: date
    mode: RunMode = RunMode.CLOSE

    def __post_init__(self) -> None:
        if self.start_date > self.end_date:
            raise PermanentError(
                f"Cannot run from {self.start_date} to {self.end_date}: the window ends before it starts."
            )
        if self.mode is RunMode.INTRADAY and self.start_date != self.end_date:
            raise PermanentError(
                f"Cannot run intraday from {self.start_date} to {self.end_date}: intraday is one open day."
            )

    @property
    def days(self) -> Iterator[date]:
        """Return each day of the window in order."""
        for offset in range((self.end_date - self.start_date).days + 1):
            yield self.start_date + timedelta(days=offset)

    @property
    def open_date(self) -> date:
        """Return the business day on which decisions that people make now count."""
        return self.end_date if self.mode is RunMode.INTRADAY else self.end_date + timedelta(days=1)


RUN_WINDOW = TableSpec(
    schema="control",
    name="run_window",
    columns={"start_date": "date", "end_date": "date", "mode": "varchar", "open_date": "date"},
    description="The business days the current run works on; SQL reads its as-of date here.",
    grain="One row.",
)

VERDICTS = TableSpec(
    schema="control",
    name="verdicts",
    columns={
        "start_date": "date",
        "end_date": "date",
        "mode": "varchar",
        "verdict": "varchar",
        "detail": "varchar",
        "test_count": "integer",
        "failed_count": "integer",
    },
    description="What the tie tests said after the last build of a run; missing means red.",
    grain="One row: the verdict of the tables as they stand.",
)

LOG_SEEN = TableSpec(
    schema="control",
    name="log_seen",
    columns={"decisions_sequence": "bigint"},
    description="How far the walk of the current run had read the decision log when it began.",
    grain="One row.",
)

CONTROL_TABLES = (RUN_WINDOW, VERDICTS, LOG_SEEN)


def write_window(warehouse: Warehouse, window: RunWindow) -> None:
    """Tell SQL which window this run works on, and take back the verdict of the run before."""
    row = {
        "start_date": window.start_date,
        "end_date": window.end_date,
        "mode": window.mode.value,
        "open_date": window.open_date,
    }
    with warehouse.connect():
        warehouse.create_tables(CONTROL_TABLES)
        warehouse.replace_all(RUN_WINDOW, RUN_WINDOW.build([row]))
        warehouse.replace_all(VERDICTS, VERDICTS.build([]))


def refuse_gap(window: RunWindow, last_closed: date | None) -> None:
    """Refuse a window that leaves out days nobody has closed: closing a later day would close them unseen."""
    if last_closed is None or window.start_date <= last_closed + timedelta(days=1):
        return
    first_open = last_closed + timedelta(days=1)
    raise PermanentError(
        f"Cannot run {window.start_date} to {window.end_date} ({window.mode.value}): the days from {first_open} on are "
        f"not closed yet, and what arrived then would be passed over. Close them first, "
        f"`openitem run --from {first_open} --to {window.start_date - timedelta(days=1)}`, or begin on {first_open}."
    )


def read_window(warehouse: Warehouse) -> RunWindow:
    """Return the window that the current run works on."""
    rows = warehouse.rows("select start_date, end_date, mode from control.run_window")
    if len(rows) != 1:
        raise PermanentError(f"control.run_window holds {len(rows)} rows, expected 1. `openitem run` writes it.")
    return RunWindow(rows[0]["start_date"], rows[0]["end_date"], RunMode(rows[0]["mode"]))
