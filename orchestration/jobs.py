"""The three jobs, and the tag that tells a run which of them it is."""

from __future__ import annotations

import dagster as dg

from assets.platform.window import RunMode
from orchestration.partitions import business_days

MODE_TAG = "openitem/mode"
EFFECTS = dg.AssetSelection.groups("effects")

# One process for all steps: importing dbt and Dagster anew for each step costs more than the step.
IN_PROCESS = dg.in_process_executor

daily_close = dg.define_asset_job(
    "daily_close",
    selection=dg.AssetSelection.all(),
    partitions_def=business_days,
    executor_def=IN_PROCESS,
    tags={MODE_TAG: RunMode.CLOSE.value},
    description="The whole chain for the days that end: extract, decide, close, publish, and send at the end.",
)

intraday = dg.define_asset_job(
    "intraday",
    selection=dg.AssetSelection.all() - EFFECTS,
    partitions_def=business_days,
    executor_def=IN_PROCESS,
    tags={MODE_TAG: RunMode.INTRADAY.value},
    description="What has arrived in the day that is still open: extract, decide, publish. Nothing is sent.",
)

backfill = dg.define_asset_job(
    "backfill",
    selection=dg.AssetSelection.all() - EFFECTS,
    partitions_def=business_days,
    executor_def=IN_PROCESS,
    tags={MODE_TAG: RunMode.BACKFILL.value},
    description="Any past window, rebuilt or caught up in one run. Nothing is sent.",
)

JOBS = (daily_close, intraday, backfill)
