"""When the day is closed: each schedule names the environments it may run in."""

from datetime import timedelta

import dagster as dg

from orchestration.clock import business_today
from orchestration.jobs import daily_close
from orchestration.partitions import window_tags
from orchestration.settings import read_settings


@dg.schedule(
    job=daily_close,
    cron_schedule="30 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Closes yesterday, and any day before it that is still open, at 04:30 UTC: the bank's files are here.",
)
def close_yesterday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Close every day up to yesterday that is not closed yet, in one run: a machine that slept leaves no gap."""
    settings = read_settings()
    yesterday = business_today(settings) - timedelta(days=1)
    with settings.home.decisions() as store:
        last_closed = store.last_closed_date()
    first = yesterday if last_closed is None else last_closed + timedelta(days=1)
    if first > yesterday:
        return dg.SkipReason(f"{last_closed} is closed already.")
    run_key = f"close-{first}-{yesterday}"
    if first == yesterday:
        return dg.RunRequest(run_key=run_key, partition_key=yesterday.isoformat())
    return dg.RunRequest(run_key=run_key, tags=window_tags(first, yesterday))


BY_ENVIRONMENT = {
    "local": (close_yesterday,),
    "test": (close_yesterday,),
    "live": (close_yesterday,),
}

SCHEDULES = BY_ENVIRONMENT[read_settings().environment]
