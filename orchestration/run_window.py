"""The first asset of each run: which business days it works on, told to SQL."""

from datetime import date

import dagster as dg

from assets.close.tables import DOCUMENT_CHECKS, GENERATED_TABLES
from assets.extract.raw_tables import LOG_TABLES, RAW_TABLES
from assets.platform.failures import failures_as_dagster
from assets.platform.run import RunHome
from assets.platform.window import RunMode, RunWindow, refuse_gap, write_window
from orchestration.jobs import MODE_TAG
from orchestration.partitions import business_days


@dg.asset(
    key=["control", "run_window"],
    partitions_def=business_days,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="control",
    owners=["team:data"],
    kinds={"duckdb"},
)
def run_window(context: dg.AssetExecutionContext, run: RunHome) -> dg.MaterializeResult:
    """The window of business days, its mode, and empty tables for everything that models read."""
    keys = context.partition_key_range
    mode = RunMode(context.run.tags.get(MODE_TAG, RunMode.BACKFILL.value))
    with failures_as_dagster():
        window = RunWindow(date.fromisoformat(keys.start), date.fromisoformat(keys.end), mode)
        with run.home.decisions() as store:
            refuse_gap(window, store.last_closed_date())
        warehouse = run.home.warehouse()
        with warehouse.connect():
            write_window(warehouse, window)
            warehouse.create_tables([*RAW_TABLES, *GENERATED_TABLES, DOCUMENT_CHECKS])
            warehouse.add_columns([*GENERATED_TABLES, *LOG_TABLES, DOCUMENT_CHECKS])  # raw tables are loaded again
    return dg.MaterializeResult(metadata={"from": keys.start, "to": keys.end, "mode": mode.value})
