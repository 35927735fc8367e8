"""What starts a run between closes: new files, new human decisions; and what clears away runs that died."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg

from assets.extract.inbox import Inbox
from assets.extract.landing import Landing, not_landed
from assets.platform.home import Home
from assets.publish.publish import published_run
from orchestration.clock import now, open_day
from orchestration.jobs import intraday
from orchestration.recovery import fail_dead_runs
from orchestration.settings import read_settings

SECONDS_BETWEEN_LOOKS = 20
CAUSE_TAG = "openitem/cause"
MOST_RUNS_PER_CAUSE = 4
FIRST_WAIT = timedelta(minutes=2)  # then 4, then 8: a locked file is free by then, a wrong total is not

Request = dg.RunRequest | dg.SkipReason


@dg.sensor(
    job=intraday,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Runs the open day when people have decided something that no green run has seen.",
)
def decisions_made(context: dg.SensorEvaluationContext) -> Iterator[Request]:
    """Count human decisions since the published snapshot; rules do not count, or each run would start the next."""
    settings = read_settings()
    published = published_run(settings.home.published_path)
    if published is None:
        yield dg.SkipReason("Nothing is published yet: run `openitem run` once.")
        return
    with settings.home.decisions() as store:
        seen = int(str(published["decisions_sequence"]))
        waiting = [recorded for recorded in store.people_since(seen) if recorded.run_key is None]
    if not waiting:
        yield dg.SkipReason("No decision of a person is waiting.")
        return
    yield _request(context, f"decisions-{waiting[-1].sequence}", open_day(settings), f"{len(waiting)} decisions")


@dg.sensor(
    job=intraday,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Runs the open day when files have arrived that are not landed yet.",
)
def files_arrived(context: dg.SensorEvaluationContext) -> Iterator[Request]:
    """Look for files that no landing knows, in the open day's folders and in those of days already closed."""
    settings = read_settings()
    day = open_day(settings)
    count, fingerprint = _unlanded(settings.home, day)
    if not count:
        yield dg.SkipReason(f"No new file up to {day}.")
    elif context.cursor != fingerprint:
        context.update_cursor(fingerprint)
        yield dg.SkipReason(f"{count} new files; they are taken in when they no longer change.")
    else:
        yield _request(context, f"files-{day}-{fingerprint}", day, f"{count} files")


def _unlanded(home: Home, until: date) -> tuple[int, str]:
    new = not_landed(Inbox(home.inbox_path), Landing(home.landing_path), until)
    listed = sorted(f"{one.system}/{one.business_date}/{one.name} {one.byte_count()}" for one in new)
    return len(new), hashlib.sha256("\n".join(listed).encode()).hexdigest()[:16]


def _request(context: dg.SensorEvaluationContext, cause: str, day: date, what: str) -> Request:
    """Return a run for a cause; one that failed is tried again a few times, each after twice the wait."""
    records = context.instance.get_run_records(dg.RunsFilter(tags={CAUSE_TAG: cause}))
    if any(record.dagster_run.status is not dg.DagsterRunStatus.FAILURE for record in records):
        return dg.SkipReason(f"A run for {what} is queued, running or done.")
    if len(records) >= MOST_RUNS_PER_CAUSE:
        return dg.SkipReason(f"{len(records)} runs for {what} failed; look at run {records[0].dagster_run.run_id}.")
    ended = max((record.end_time or 0 for record in records), default=0)
    wait = FIRST_WAIT * 2 ** (len(records) - 1) if records else timedelta()
    if now().timestamp() < ended + wait.total_seconds():
        return dg.SkipReason(f"The last run for {what} failed; it is tried again {wait} after its end.")
    return dg.RunRequest(
        run_key=f"{cause}-{len(records)}", partition_key=day.isoformat(), tags={CAUSE_TAG: cause, "openitem/why": what}
    )


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process is gone, so that nothing waits for them.",
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Fail runs that claim to run while the lock is free."""
    failed = fail_dead_runs(context.instance, read_settings().home, now())
    return dg.SkipReason(f"Marked as failed: {', '.join(failed)}" if failed else "No dead run.")


SENSORS = (decisions_made, files_arrived, dead_runs)
