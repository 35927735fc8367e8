"""The digest of everything a run leaves behind: every table of the warehouse, the log and what was published."""

from __future__ import annotations

from assets.platform.digest import digest_tables
from assets.platform.home import Home
from assets.platform.lock import warehouse_lock


def state_digests(home: Home) -> dict[str, str]:
    """Return a digest for every table and for the decision log."""
    with warehouse_lock(home.path, "digest", wait_seconds=60):
        found = digest_tables(home.warehouse())
    with home.decisions() as store:
        found["decisions.log"] = store.digest()
    return found
