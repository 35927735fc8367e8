"""What starts a run between closes: new files, new human decisions; and what clears away runs that died."""

import hashlib
from collections.abc import Iterator
from datetime import date

import dagster as dg

from assets.extract.inbox import Inbox
from assets.extract.landing import Landing
from assets.platform.home import Home
from assets.publish.publish import published_run
from orchestration.clock import business_today, now
from orchestration.jobs import intraday
from orchestration.recovery import fail_dead_runs
from orchestration.settings import read_settings

SECONDS_BETWEEN_LOOKS = 20


@dg.sensor(
    job=intraday,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Runs the open day when people have decided something that no green run has seen.",
)
def decisions_made(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Count human decisions since the published snapshot; rules do not count, or each run would start the next."""
    home = read_settings().home
    published = published_run(home.published_path)
    if published is None:
        yield dg.SkipReason("Nothing is published yet: run `openitem run` once.")
        return
    with home.decisions() as store:
        waiting = store.human_since(int(str(published["decisions_sequence"])))
        last = store.last_sequence()
    if waiting == 0:
        yield dg.SkipReason("No decision of a person is waiting.")
        return
    day = str(published["open_date"])
    yield dg.RunRequest(
        run_key=f"decisions-{last}", partition_key=day, tags={"openitem/cause": f"{waiting} decisions of people"}
    )


@dg.sensor(
    job=intraday,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Runs the open day when files have arrived that are not landed yet.",
)
def files_arrived(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Look into the open day's inbox folders for files the landing does not know."""
    settings = read_settings()
    day = business_today(settings)
    new = _not_landed(settings.home, day)
    if not new:
        yield dg.SkipReason(f"No new file for {day}.")
        return
    fingerprint = hashlib.sha256("\n".join(sorted(new)).encode()).hexdigest()[:16]
    yield dg.RunRequest(
        run_key=f"files-{day}-{fingerprint}",
        partition_key=day.isoformat(),
        tags={"openitem/cause": f"{len(new)} files"},
    )


def _not_landed(home: Home, day: date) -> list[str]:
    landed = {(row.system, row.source_file) for row in Landing(home.landing_path).manifest_of(day)}
    arrived = [file for _, files in Inbox(home.inbox_path).days(day, day) for file in files]
    return [f"{file.system}/{file.name}" for file in arrived if (file.system, file.name) not in landed]


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process is gone, so that nothing waits for them.",
    asset_selection=None,
    job_name="intraday",
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Fail runs that claim to run while the lock is free."""
    failed = fail_dead_runs(context.instance, read_settings().home, now())
    return dg.SkipReason(f"Marked as failed: {', '.join(failed)}" if failed else "No dead run.")


SENSORS = (decisions_made, files_arrived, dead_runs)
