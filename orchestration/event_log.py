"""Dagster's SQLite event log with its connections kept open: a run writes about 1,200 events, one by one.

Dagster opens and closes a connection, with its own flush to disk, for each event: 12 of a run's 45 seconds here. What
is kept in this log is how runs went; what was decided lies in the decision log, which flushes every commit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy.pool import StaticPool

OPEN_AT_MOST = 6


class OpenSqliteEventLog(SqliteEventLogStorage):
    """The same files and tables; a connection per shard stays open, the least used are closed."""

    _engines: OrderedDict[str, sa.Engine]
    _tables: set[str]

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> OpenSqliteEventLog:
        """Return the storage for what dagster.yaml says."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            engine = self._engine_of(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Say whether the index has a table; one that was there once is not looked for again by each event."""
        if not hasattr(self, "_tables"):
            self._tables = set()
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _engine_of(self, shard: str) -> sa.Engine:
        if not hasattr(self, "_engines"):
            self._engines = OrderedDict()
        if shard not in self._engines:
            engine = sa.create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            sa.event.listen(engine, "connect", _flush_at_checkpoints)
            self._engines[shard] = engine
            while len(self._engines) > OPEN_AT_MOST:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def dispose(self) -> None:
        """Close every connection."""
        for engine in getattr(self, "_engines", {}).values():
            engine.dispose()
        super().dispose()


def _flush_at_checkpoints(connection: Any, _: Any) -> None:
    # In WAL mode NORMAL cannot corrupt the file; a power cut may cost the last events of a run that died with it.
    connection.execute("pragma synchronous = normal")
