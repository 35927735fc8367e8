"""Landed files become raw rows: text as delivered, and with each row where it came from and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
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
_SPECS: Mapping[str, TableSpec] = {spec.name: spec for spec in SOURCE_TABLES}
# The hash is made while inserting, so it is not among the columns a batch carries.
_BATCH_PROVENANCE = tuple(name for name in PROVENANCE if name != "_payload_hash")


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

    All tables change in one transaction. So a deleted warehouse comes back with the same rows, whatever the window.
    """
    with warehouse.connect() as connection:
        warehouse.create_tables(RAW_TABLES)
        loaded = {key for (key,) in connection.execute("select file_key from raw.landing_manifest").fetchall()}
        files = [row for row in landing.manifest(end=end) if row.business_date >= start or row.file_key not in loaded]
        connection.execute("begin transaction")
        try:
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
        self._tuples: dict[str, list[tuple[Any, ...]]] = {}
        self._tables: dict[str, list[pa.Table]] = {}
        self._waiting = 0
        self.row_counts: Counter[str] = Counter()

    def add(self, row: ManifestRow, parsed: ParsedFile) -> None:
        provenance = (row.system, row.object, row.source_file, row.file_key, row.received_at.astimezone(UTC))
        for name, rows in parsed.rows.items():
            spec = _SPECS[name]
            if isinstance(rows, TextRows):
                self._tables.setdefault(name, []).append(_with_provenance(rows.table, spec, provenance))
            else:
                self._tuples.setdefault(name, []).extend(_tuples(rows, spec, provenance))
            self.row_counts[name] += len(rows)
            self._waiting += len(rows)
        if self._waiting >= ROWS_PER_INSERT:
            self.flush()

    def flush(self) -> None:
        for name in [spec.name for spec in SOURCE_TABLES]:
            schema = _batch_schema(_SPECS[name])
            tables = self._tables.pop(name, [])
            rows = self._tuples.pop(name, [])
            if rows:
                columns = zip(*rows, strict=True)
                arrays = [pa.array(values, one.type) for values, one in zip(columns, schema, strict=True)]
                tables.append(pa.table(arrays, schema=schema))
            if tables:
                _insert(self._connection, _SPECS[name], pa.concat_tables(tables), with_hash=True)
        self._waiting = 0


def _tuples(
    rows: Iterable[Mapping[str, str | None]], spec: TableSpec, provenance: tuple[Any, ...]
) -> Iterable[tuple[Any, ...]]:
    columns = _business_columns(spec)
    known = frozenset(columns)
    system, object_name, source_file, file_key, received_at = provenance
    for row_number, row in enumerate(rows, start=1):
        if not row.keys() <= known:
            raise ValueError(f"{spec.full_name} has no column {sorted(row.keys() - known)}; it has {list(columns)}.")
        values = [row.get(column) for column in columns]
        yield (*values, system, object_name, source_file, row_number, file_key, received_at)


def _with_provenance(table: pa.Table, spec: TableSpec, provenance: tuple[Any, ...]) -> pa.Table:
    columns = _business_columns(spec)
    unknown = sorted(set(table.column_names) - set(columns))
    if unknown:
        raise ValueError(f"{spec.full_name} has no column {unknown}; it has {list(columns)}.")
    system, object_name, source_file, file_key, received_at = provenance
    count = table.num_rows
    schema = _batch_schema(spec)
    arrays = [
        table.column(column) if column in table.column_names else pa.nulls(count, pa.string()) for column in columns
    ]
    arrays += [pa.repeat(pa.scalar(value, pa.string()), count) for value in (system, object_name, source_file)]
    arrays += [pa.array(range(1, count + 1), pa.int64()), pa.repeat(pa.scalar(file_key, pa.string()), count)]
    arrays.append(pa.repeat(pa.scalar(received_at, schema.field("_received_at").type), count))
    return pa.table(arrays, schema=schema)


def _business_columns(spec: TableSpec) -> tuple[str, ...]:
    return tuple(column for column in spec.columns if column not in PROVENANCE)


def _batch_schema(spec: TableSpec) -> pa.Schema:
    names = (*_business_columns(spec), *_BATCH_PROVENANCE)
    return pa.schema([spec.arrow_schema.field(name) for name in names])


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
    return values | {"status": row.status.value, "received_at": row.received_at.astimezone(UTC).replace(tzinfo=None)}


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
