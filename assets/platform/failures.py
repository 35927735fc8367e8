"""The one place where our errors become Dagster's: permanent ones fail at once, transient ones are tried again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from assets.ledger.errors import PermanentError, TransientError

MAXIMUM_RETRIES = 3
SECONDS_BETWEEN_RETRIES = 10


@contextmanager
def failures_as_dagster() -> Iterator[None]:
    """Translate errors of ours that leave the block."""
    try:
        yield
    except PermanentError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    except TransientError as error:
        raise dg.RetryRequested(max_retries=MAXIMUM_RETRIES, seconds_to_wait=SECONDS_BETWEEN_RETRIES) from error
