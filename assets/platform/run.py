"""What every step of a run shares: the home it works on and the lock that makes it the only one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from assets.ledger.errors import TransientError
from assets.platform.home import Home
from assets.platform.lock import warehouse_lock

SECONDS_TO_QUEUE = 900.0


def started_at(context: dg.AssetExecutionContext) -> datetime:
    """Return when Dagster created this run: the one instant its records carry."""
    record = context.instance.get_run_record_by_id(context.run_id)
    if record is None:
        raise TransientError(f"Dagster does not know its own run `{context.run_id}`; start it again.")
    return record.create_timestamp


class RunHome(dg.ConfigurableResource):
    """The home of one company, locked for as long as the run lasts."""

    home_path: str
    decisions_url: str | None = None
    environment: str = "local"

    _home: Home = PrivateAttr()

    @property
    def home(self) -> Home:
        """Return the home this run works on."""
        return Home(path=Path(self.home_path), decisions_url=self.decisions_url)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[RunHome]:
        """Hold the lock from the first step to the last; a second run queues behind it."""
        run_id = context.run_id or "no run"
        log = context.log
        try:
            with warehouse_lock(
                self.home.path, f"run {run_id}", wait_seconds=SECONDS_TO_QUEUE, tell=log.info if log else None
            ):
                yield self
        except TransientError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
