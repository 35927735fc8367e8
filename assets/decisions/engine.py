"""Connections to the decision store: a SQLite file that survives power loss, or PostgreSQL, by one URL."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from assets.ledger.errors import PermanentError

BUSY_SECONDS = 30
CACHE_KIBIBYTES = 64 * 1024  # keys are hashes: an append touches pages all over its indexes
CHECKPOINT_PAGES = 8_000  # 32 MB of log between checkpoints, so that a page changed often is moved once


def engine_for(url: str | Path) -> tuple[sa.Engine, str]:
    """Return the engine of a path (SQLite) or a `postgresql://` URL, and the address as it may be shown."""
    text = str(url)
    if isinstance(url, Path) or "://" not in text:
        return _sqlite_engine(Path(text)), text
    parsed = sa.make_url(text)
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database:
        return _sqlite_engine(Path(parsed.database)), parsed.database
    if backend != "postgresql":
        raise PermanentError(f"Cannot keep decisions in `{backend}`: give a path for SQLite, or a `postgresql://` URL.")
    engine = sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    return engine, parsed.render_as_string(hide_password=True)


def _sqlite_engine(path: Path) -> sa.Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say `begin` ourselves; the driver would begin too late
        for pragma in (
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "synchronous=full",
            "foreign_keys=on",
            f"cache_size=-{CACHE_KIBIBYTES}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        ):
            connection.execute(f"pragma {pragma}")
        _switch_to_wal(connection)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "begin"))

    return engine


def _switch_to_wal(connection: Any) -> None:
    """Changing the journal does not wait for the busy timeout when processes open a new file together."""
    for attempt in range(200):
        try:
            connection.execute("pragma journal_mode=wal")
        except Exception as error:
            if "locked" not in str(error) or attempt == 199:
                raise
            time.sleep(0.02)
        else:
            return
