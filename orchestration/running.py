"""Starts a job in this process, on one home, and says how it went."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from assets.ledger.errors import PermanentError
from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow
from orchestration.clock import now
from orchestration.partitions import window_tags
from orchestration.recovery import fail_dead_runs

JOB_OF_MODE = {RunMode.CLOSE: "daily_close", RunMode.INTRADAY: "intraday", RunMode.BACKFILL: "backfill"}

# Runs that die are marked as failed by our sensor within a minute, and by Dagster's monitor after its own limits.
DAGSTER_YAML = """\
telemetry:
  enabled: false
run_monitoring:
  enabled: true
  start_timeout_seconds: 180
  max_runtime_seconds: 7200
concurrency:
  runs:
    max_concurrent_runs: 1
event_log_storage:
  module: orchestration.event_log
  class: OpenSqliteEventLog
  config:
    base_dir: {event_log}
"""


class RunFailedError(PermanentError):
    """A step of a run failed; nothing was published."""

    def __init__(self, job_name: str, window: RunWindow, failures: list[str]) -> None:
        self.failures = failures
        listed = "\n".join(failures)
        super().__init__(
            f"The run `{job_name}` of {window.start_date} to {window.end_date} failed:\n{listed}\n"
            "What was published before is unchanged. Mend the cause and run it again: nothing is done twice."
        )


def prepare_dagster_home(home: Home) -> Path:
    """Point Dagster at its folder inside the home, configured for where that home lies now."""
    path = home.path / "dagster"
    path.mkdir(parents=True, exist_ok=True)
    wanted = DAGSTER_YAML.format(event_log=path / "history" / "runs")
    configuration = path / "dagster.yaml"
    if not configuration.exists() or configuration.read_text() != wanted:
        configuration.write_text(wanted)
    os.environ["DAGSTER_HOME"] = str(path)
    return path


def run_window_job(home: Home, window: RunWindow, *, environment: str = "local") -> str:
    """Run the job of the window's mode in this process; return the run id, raise RunFailedError when a step failed."""
    prepare_dagster_home(home)
    os.environ["OPENITEM_HOME"] = str(home.path)
    job_name = JOB_OF_MODE[window.mode]
    with _collecting_seldom(), dg.DagsterInstance.get() as instance:
        from orchestration.definitions import definitions_for

        fail_dead_runs(instance, home, now())
        job = definitions_for(home, environment).resolve_job_def(job_name)
        gc.freeze()
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags=window_tags(window.start_date, window.end_date),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if not result.success:
        raise RunFailedError(job_name, window, _failures(result))
    return result.run_id


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Let Python look for garbage in cycles seldom: a run makes millions of objects that stay, and hardly a cycle.

    At the usual pace a sixth of the walk of half a year went into looking, and what it freed was nothing to speak of.
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def _root(error: Any) -> Any:
    return _root(error.cause) if error.cause else error


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    messages: list[str] = []
    for event in result.filter_events(lambda event: event.is_failure):
        data = event.event_specific_data
        error = getattr(data, "error", None)
        description = getattr(getattr(data, "user_failure_data", None), "description", None)
        text = description or (_root(error).message if error else event.message)
        messages.append(f"- {event.step_key or 'run'}: {(text or '').strip()}")
    return [message for message in messages if not message.startswith("- run:")] or messages
