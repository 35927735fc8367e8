"""One writer at a time: a lock on a file beside the warehouse that the system frees when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assets.ledger.errors import TransientError


class RunInProgressError(TransientError):
    """Another run works on this home."""

    def __init__(self, holder: dict[str, str]) -> None:
        self.holder = holder
        described = ", ".join(f"{key} {value}" for key, value in sorted(holder.items())) or "unknown"
        super().__init__(
            f"Another run is working on this company ({described}). "
            "It has to end first; `openitem status` shows it, and this run may simply be started again."
        )


def lock_path(home: Path) -> Path:
    """Return the lock file of a home."""
    return home / "warehouse.lock"


def is_held(home: Path) -> bool:
    """Say whether some living process holds the lock."""
    path = lock_path(home)
    if not path.exists():
        return False
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(handle, fcntl.LOCK_UN)
    return False


def holder_of(home: Path) -> dict[str, str]:
    """Return what the last holder wrote about itself; empty when nobody did."""
    try:
        found = json.loads(lock_path(home).read_text() or "{}")
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {str(key): str(value) for key, value in found.items()}


@contextmanager
def warehouse_lock(
    home: Path, owner: str, *, wait_seconds: float = 0.0, tell: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the home's lock for a block; wait at most `wait_seconds`, then raise RunInProgressError."""
    home.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    told = False
    with lock_path(home).open("a+") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise RunInProgressError(holder_of(home)) from None
                if tell and not told:
                    tell(f"Waiting for the run that holds the warehouse: {holder_of(home)}")
                    told = True
                time.sleep(0.2)
        handle.seek(0)
        handle.truncate()
        handle.write(json.dumps({"owner": owner, "process": str(os.getpid())}))
        handle.flush()
        try:
            yield
        finally:
            handle.seek(0)
            handle.truncate()
            handle.flush()
            fcntl.flock(handle, fcntl.LOCK_UN)
