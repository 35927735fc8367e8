"""Landed files become raw rows: text as delivered, and with each row where it came from and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from assets.extract.landing import FileStatus, Landing, ManifestRow, read_file
from assets.extract.raw_tables import LANDING_MANIFEST, LANDING_ROWS, PROVENANCE, RAW_TABLES, SOURCE_TABLES
from assets.extract.reading import ParsedFile, QuarantineError, Readers
from assets.extract.registry import READERS, reader_for
from assets.extract.text_rows import TextRows
from assets.ledger.errors import InvariantBrokenError
from assets.platform.tables import TableSpec

if TYPE_CHECKING:
    import duckdb

    from assets.platform.warehouse import Warehouse

ROWS_PER_INSERT = 200_000  # what is held in memory at most before it goes into the tables
_LANDED = (*SOURCE_TABLES, LANDING_MANIFEST, LANDING_ROWS)
_SPECS: Mapping[str, TableSpec] = {spec.name: spec for spec in SOURCE_TABLES}


@dataclass(frozen=True, slots=True)
class LoadReport:
    """How many files and rows went into the raw tables."""

    file_count: int
    row_counts: Mapping[str, int] = field(default_factory=dict)
    rejected_row_count: int = 0

    @property
    def row_count(self) -> int:
        """Return the rows of all tables together."""
        return sum(self.row_counts.values())


def load_raw(warehouse: Warehouse, landing: Landing, start: date, end: date, readers: Readers = READERS) -> LoadReport:
    """Replace the raw rows of the window by what landing holds, and add every earlier day the warehouse lacks.

    All tables change in one transaction. So a deleted warehouse comes back with the same rows, whatever the window, and
    so do tables of an older version that lack a column: landing has every file, and all are loaded again.
    """
    with warehouse.connect() as connection:
        warehouse.create_tables(RAW_TABLES)
        loaded = {key for (key,) in connection.execute("select file_key from raw.landing_manifest").fetchall()}
        connection.execute("begin transaction")
        try:
            if warehouse.are_of_older_version(_LANDED):
                warehouse.make_anew(_LANDED)
                loaded = set()
            files = [
                row for row in landing.manifest(end=end) if row.business_date >= start or row.file_key not in loaded
            ]
            if loaded:
                _delete_window(connection, files, start, end)
            report = _insert_files(connection, landing, files, readers)
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
    return report


def _delete_window(connection: duckdb.DuckDBPyConnection, files: Iterable[ManifestRow], start: date, end: date) -> None:
    doomed = pa.table({"file_key": pa.array([row.file_key for row in files], pa.string())})
    connection.register("doomed_files", doomed)
    connection.execute(
        "create or replace temp table doomed as select file_key from doomed_files "
        "union select file_key from raw.landing_manifest where business_date between ? and ?",
        [start, end],
    )
    connection.unregister("doomed_files")
    for spec in SOURCE_TABLES:
        connection.execute(f"delete from {spec.full_name} where _batch_id in (select file_key from doomed)")
    for spec in (LANDING_ROWS, LANDING_MANIFEST):
        connection.execute(f"delete from {spec.full_name} where file_key in (select file_key from doomed)")
    connection.execute("drop table doomed")


def _insert_files(
    connection: duckdb.DuckDBPyConnection, landing: Landing, files: Sequence[ManifestRow], readers: Readers
) -> LoadReport:
    pending = _PendingRows(connection)
    for row in files:
        if row.is_accepted:
            pending.add(row, _parse_again(row, landing, readers))
    pending.flush()
    _insert(connection, LANDING_MANIFEST, LANDING_MANIFEST.build(_manifest_values(row) for row in files))
    rejected = [_rejected_values(row, number) for row in files for number in range(len(row.rejected))]
    _insert(connection, LANDING_ROWS, LANDING_ROWS.build(rejected))
    return LoadReport(len(files), dict(pending.row_counts), len(rejected))


def _parse_again(row: ManifestRow, landing: Landing, readers: Readers) -> ParsedFile:
    """Return the rows of an accepted file, proven to be as many and as much as when it landed."""
    found = reader_for(readers, row.system, row.source_file)
    try:
        parsed = read_file(landing.content(row), row.system, row.source_file, found, readers)
    except QuarantineError as error:
        raise InvariantBrokenError(
            f"Cannot load `{row.source_file}` of {row.business_date}: it was accepted when it landed, but now it is "
            f"not ({error}). Bring back the reader or mapping that landed it."
        ) from error
    if (parsed.row_count, parsed.amount_sum) != (row.row_count, row.amount_sum):
        raise InvariantBrokenError(
            f"Cannot load `{row.source_file}` of {row.business_date}: the manifest says {row.row_count} rows and "
            f"{row.amount_sum}, but {parsed.row_count} rows and {parsed.amount_sum} were read. Its reader has changed "
            "since; bring back the one that landed it."
        )
    return parsed


class _PendingRows:
    """Rows of many files on their way into the tables, a table at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._files: list[ManifestRow] = []
        self._batches: dict[str, list[_Batch]] = {}
        self._waiting = 0
        self.row_counts: Counter[str] = Counter()

    def add(self, row: ManifestRow, parsed: ParsedFile) -> None:
        self._files.append(row)
        for name, rows in parsed.rows.items():
            batches = self._batches.setdefault(name, [])
            if isinstance(rows, TextRows):
                batches.append(_Batch(len(self._files) - 1, _business_table(rows.table, _SPECS[name])))
            else:
                batches.append(_Batch(len(self._files) - 1, _tuples(rows, _SPECS[name])))
            self.row_counts[name] += len(rows)
            self._waiting += len(rows)
        if self._waiting >= ROWS_PER_INSERT:
            self.flush()

    def flush(self) -> None:
        for name in [spec.name for spec in SOURCE_TABLES if spec.name in self._batches]:
            batches = [batch for batch in self._batches[name] if len(batch.rows)]
            if batches:
                _insert(self._connection, _SPECS[name], self._table(_SPECS[name], batches), with_hash=True)
        self._files, self._batches, self._waiting = [], {}, 0

    def _table(self, spec: TableSpec, batches: Sequence[_Batch]) -> pa.Table:
        texts = pa.schema([(column, pa.string()) for column in _business_columns(spec)])
        business = pa.concat_tables(
            rows if isinstance(rows, pa.Table) else _columns(rows, texts) for rows in _merged(batches)
        )
        origins = pa.array([batch.file_number for batch in batches for _ in range(len(batch.rows))], pa.int32())
        provenance = {
            "_source_system": pa.array([row.system for row in self._files], pa.string()),
            "_object": pa.array([row.object for row in self._files], pa.string()),
            "_source_file": pa.array([row.source_file for row in self._files], pa.string()),
            "_batch_id": pa.array([row.file_key for row in self._files], pa.string()),
            "_received_at": pa.array([_utc(row) for row in self._files], pa.timestamp("us")),
        }
        for column, values in provenance.items():
            business = business.append_column(column, values.take(origins))
        row_numbers = [number for batch in batches for number in range(1, len(batch.rows) + 1)]
        return business.append_column("_row_number", pa.array(row_numbers, pa.int64()))


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rows one file has for one table: values in the order of its business columns."""

    file_number: int
    rows: pa.Table | list[tuple[str | None, ...]]


def _merged(batches: Iterable[_Batch]) -> Iterator[pa.Table | list[tuple[str | None, ...]]]:
    """Yield the rows of batches in order, lists that follow each other as one: thousands of files are small."""
    for is_table, group in groupby(batches, key=lambda batch: isinstance(batch.rows, pa.Table)):
        if is_table:
            yield from (batch.rows for batch in group)
        else:
            yield [values for batch in group for values in batch.rows]


def _columns(rows: list[tuple[str | None, ...]], schema: pa.Schema) -> pa.Table:
    return pa.table([pa.array(values, pa.string()) for values in zip(*rows, strict=True)], schema=schema)


def _tuples(rows: Iterable[Mapping[str, str | None]], spec: TableSpec) -> list[tuple[str | None, ...]]:
    columns = _business_columns(spec)
    known = frozenset(columns)
    taken = []
    for row in rows:
        if not row.keys() <= known:
            raise _unknown_columns(spec, row.keys() - known)
        taken.append(tuple([row.get(column) for column in columns]))
    return taken


def _business_table(table: pa.Table, spec: TableSpec) -> pa.Table:
    columns = _business_columns(spec)
    unknown = set(table.column_names) - set(columns)
    if unknown:
        raise _unknown_columns(spec, unknown)
    nulls = pa.nulls(table.num_rows, pa.string())
    return pa.table({column: table.column(column) if column in table.column_names else nulls for column in columns})


def _unknown_columns(spec: TableSpec, unknown: Iterable[str]) -> ValueError:
    return ValueError(f"{spec.full_name} has no column {sorted(unknown)}; it has {list(_business_columns(spec))}.")


@cache
def _business_columns_of(name: str) -> tuple[str, ...]:
    return tuple(column for column in _SPECS[name].columns if column not in PROVENANCE)


def _business_columns(spec: TableSpec) -> tuple[str, ...]:
    return _business_columns_of(spec.name)


def _utc(row: ManifestRow) -> datetime:
    return row.received_at.astimezone(UTC).replace(tzinfo=None)


def _insert(
    connection: duckdb.DuckDBPyConnection, spec: TableSpec, table: pa.Table, *, with_hash: bool = False
) -> None:
    columns = [f'"{column}"' for column in table.column_names]
    values = list(columns)
    if with_hash:
        listed = ", ".join(f'"{column}"' for column in _business_columns(spec))
        columns.append('"_payload_hash"')
        values.append(f"md5(to_json([{listed}])::varchar)")
    connection.register("incoming_rows", table)
    try:
        connection.execute(
            f"insert into {spec.full_name} ({', '.join(columns)}) select {', '.join(values)} from incoming_rows"
        )
    finally:
        connection.unregister("incoming_rows")


def _manifest_values(row: ManifestRow) -> dict[str, Any]:
    values = {column: getattr(row, column) for column in LANDING_MANIFEST.columns}
    return values | {"status": row.status.value, "received_at": _utc(row)}


def _rejected_values(row: ManifestRow, number: int) -> dict[str, Any]:
    rejected = row.rejected[number]
    return {
        "file_key": row.file_key,
        "object": rejected.object,
        "status": FileStatus.QUARANTINED.value,
        "row_number": rejected.row_number,
        "reason_code": str(rejected.reason_code),
        "reason": rejected.reason,
        "payload": rejected.payload,
    }
