"""When the day is closed: each schedule names the environments it may run in."""

from __future__ import annotations

import dagster as dg

from orchestration.jobs import daily_close
from orchestration.settings import read_settings

# The close of a day runs in the small hours of the next one, and names yesterday.
close_yesterday = dg.build_schedule_from_partitioned_job(
    daily_close,
    name="close_yesterday",
    hour_of_day=4,
    minute_of_hour=30,
    description="Closes yesterday at 04:30 UTC, after the bank's files have arrived.",
)

BY_ENVIRONMENT = {
    "local": (close_yesterday,),
    "test": (close_yesterday,),
    "live": (close_yesterday,),
}

SCHEDULES = BY_ENVIRONMENT[read_settings().environment]
