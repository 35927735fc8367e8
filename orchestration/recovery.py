"""Runs that died: whoever claims to be running while the lock is free is not running."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import dagster as dg

from assets.platform.home import Home
from assets.platform.lock import is_held

# A run that is still starting holds no lock yet; Dagster's own monitor gives up on it after its start timeout.
CLAIMS_TO_RUN = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
GRACE = timedelta(seconds=30)
SECONDS_OF_HANDOVER = 0.5  # a run that queues looks at the lock five times a second


def fail_dead_runs(instance: dg.DagsterInstance, home: Home, now: datetime) -> list[str]:
    """Mark runs as failed that claim to run while nobody holds the home's lock; return their ids.

    A run that began less than half a minute ago may be on its way to the lock and is left alone, and so are runs that
    queued behind one that ended just now: the lock must still be free a moment later.
    """
    if is_held(home.path):
        return []
    latest = (now - GRACE).timestamp()
    dead = [
        record.dagster_run
        for record in instance.get_run_records(dg.RunsFilter(statuses=CLAIMS_TO_RUN))
        if record.start_time is None or record.start_time < latest
    ]
    if dead:
        time.sleep(SECONDS_OF_HANDOVER)
        if is_held(home.path):
            return []
    for run in dead:
        instance.report_run_failed(
            run, "The process of this run is gone and the warehouse lock is free. Start the run again: it is safe."
        )
    return [run.run_id for run in dead]
