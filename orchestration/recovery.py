"""Runs that died: whoever claims to be running while the lock is free is not running."""

from __future__ import annotations

import dagster as dg

from assets.platform.home import Home
from assets.platform.lock import is_held

CLAIMS_TO_RUN = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def fail_dead_runs(instance: dg.DagsterInstance, home: Home, *, but: str | None = None) -> list[str]:
    """Mark runs as failed that claim to run while nobody holds the home's lock; return their ids."""
    if is_held(home.path):
        return []
    dead = [record for record in instance.get_runs(dg.RunsFilter(statuses=CLAIMS_TO_RUN)) if record.run_id != but]
    for record in dead:
        instance.report_run_failed(
            record, "The process of this run is gone and the warehouse lock is free. Start the run again: it is safe."
        )
    return [record.run_id for record in dead]
