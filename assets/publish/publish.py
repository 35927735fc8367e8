"""Writes what dashboards read: one file, built beside the last one and renamed into its place."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

from assets.ledger.errors import InvariantBrokenError
from assets.platform.tables import TableSpec
from assets.platform.warehouse import Warehouse

RUN = TableSpec(
    schema="main",
    name="rpt_run",
    columns={
        "as_of_date": "date",
        "open_date": "date",
        "mode": "varchar",
        "verdict": "varchar",
        "verdict_detail": "varchar",
        "last_green_as_of_date": "date",
        "decisions_sequence": "bigint",
        "company_name": "varchar",
        "manifest_digest": "varchar",
        "policy_digest": "varchar",
        "code_version": "varchar",
    },
    description="The run that made this snapshot.",
    grain="One row.",
)


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """What a snapshot says about the run that made it: its inputs are its identity."""

    as_of_date: date
    open_date: date
    mode: str
    verdict: str
    verdict_detail: str
    last_green_as_of_date: date
    decisions_sequence: int
    company_name: str
    manifest_digest: str
    policy_digest: str
    code_version: str


def publish(warehouse: Warehouse, published_path: Path, run: PublishedRun) -> dict[str, int]:
    """Copy every reporting table into a new file and rename it into place; return row counts by table.

    A reader that holds the old file keeps reading the old rows; nobody ever sees half a snapshot. Where a snapshot of
    a later day is published it stays, and nothing is returned: replaying last year does not take pages back there.
    """
    if run.verdict != "green":
        raise InvariantBrokenError(
            f"Cannot publish {run.as_of_date}: the tie tests are {run.verdict}. {run.verdict_detail}"
        )
    published = published_run(published_path)
    if published is not None and str(published["as_of_date"]) > run.as_of_date.isoformat():
        return {}
    published_path.parent.mkdir(parents=True, exist_ok=True)
    beside = published_path.with_name(f".{published_path.name}.next")
    for leftover in (beside, beside.with_name(f"{beside.name}.wal")):
        leftover.unlink(missing_ok=True)
    counts: dict[str, int] = {}
    with warehouse.connect() as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'reporting' order by table_name"
        ).fetchall()
        connection.execute(f"attach '{str(beside).replace(chr(39), chr(39) * 2)}' as published")
        try:
            for (name,) in tables:
                connection.execute(f'create table published.main."{name}" as select * from reporting."{name}"')
                counts[name] = _count(connection, f'published.main."{name}"')
            connection.register("published_run", RUN.build([asdict(run)]))
            connection.execute("create table published.main.rpt_run as select * from published_run")
            connection.unregister("published_run")
            connection.execute("checkpoint published")
        finally:
            connection.execute("detach published")
    _flush(beside)
    beside.replace(published_path)
    _flush(published_path.parent)
    return counts


def published_run(published_path: Path) -> dict[str, object] | None:
    """Return what the current snapshot says about its run, or None when nothing was published yet."""
    if not published_path.exists():
        return None
    with duckdb.connect(str(published_path), read_only=True) as connection:
        cursor = connection.execute("select * from rpt_run")
        names = [column[0] for column in cursor.description]
        row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    # fetchall, not fetchone: DuckDB 2 refuses other work on a connection with an unfinished result.
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
