"""Dagster's event log on connections that stay open: what is in it is found, and an index is not opened per event."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from orchestration.event_log import OpenSqliteEventLog


def test_a_table_is_looked_for_until_it_is_there_and_never_again(tmp_path: Path) -> None:
    log = OpenSqliteEventLog(str(tmp_path))
    assert log.supports_asset_checks
    assert not log.has_table("made_later")
    with log.index_connection() as connection:
        connection.execute(sa.text("create table made_later (id integer)"))
    assert log.has_table("made_later")
    log.dispose()
    (tmp_path / "index.db").unlink()
    assert log.has_table("made_later")
