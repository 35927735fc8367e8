"""The one door to the DuckDB warehouse: exact reading, window-wise writing, one writer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from assets.ledger.errors import PermanentError, TransientError
from assets.platform.tables import TableSpec


class WarehouseBusyError(TransientError):
    """Another process holds the warehouse file."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"Cannot open the warehouse `{path.name}`: another process holds it ({reason}). "
            "Wait for the running run to end, or see `openitem status` for who holds the lock."
        )


class WarehouseDamagedError(PermanentError):
    """The warehouse file cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"Cannot read the warehouse `{path.name}`: {reason}. It is a cache: delete it and run "
            "`openitem backfill` over all days; landing and decisions bring it back as it was."
        )


class Warehouse:
    """A DuckDB file that is opened for a block of work and closed again, so that dbt can have it in between.

    Reading is exact: decimals stay decimals, dates stay dates. The file is a rebuildable cache.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._depth = 0

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give the open connection; nested blocks share it, and the outermost one closes it."""
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = duckdb.connect(str(self.path))
            except duckdb.IOException as error:
                if "lock" not in str(error):
                    raise WarehouseDamagedError(self.path, str(error).splitlines()[0]) from error
                raise WarehouseBusyError(self.path, str(error).splitlines()[0]) from error
            # UTC whatever the machine: a timestamp means the same on every one.
            self._connection.execute("set timezone = 'UTC'")
        self._depth += 1
        try:
            yield self._connection
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._connection.close()
                self._connection = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement for its effect."""
        with self.connect() as connection:
            connection.execute(sql, parameters or None)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Return the rows of a query as dictionaries, amounts as Decimal."""
        with self.connect() as connection:
            cursor = connection.execute(sql, parameters or None)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def arrow(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Return the rows of a query as an exact Arrow table."""
        with self.connect() as connection:
            found: pa.Table = connection.sql(sql, params=parameters or None).to_arrow_table()
            return found

    def has_table(self, full_name: str) -> bool:
        """Say whether `schema.name` exists as a table or a view."""
        schema, name = full_name.split(".")
        found = self.rows(
            "select 1 as found from information_schema.tables where table_schema = ? and table_name = ?",
            [schema, name],
        )
        return bool(found)

    def create_tables(self, specs: Sequence[TableSpec]) -> None:
        """Create the schemas and tables that are not there yet."""
        with self.connect() as connection:
            existing = {
                (schema, name)
                for schema, name in connection.execute(
                    "select table_schema, table_name from information_schema.tables"
                ).fetchall()
            }
            for schema in sorted({spec.schema for spec in specs}):
                connection.execute(f'create schema if not exists "{schema}"')
            for spec in specs:
                if (spec.schema, spec.name) not in existing:
                    connection.execute(_create_statement(spec))

    def add_columns(self, specs: Sequence[TableSpec]) -> None:
        """Give tables that an older version made the columns they lack; rows it wrote leave them empty."""
        with self.connect() as connection:
            for spec in specs:
                for column in self._columns_lacking(spec):
                    connection.execute(f'alter table {spec.full_name} add column "{column}" {spec.columns[column]}')

    def are_of_older_version(self, specs: Sequence[TableSpec]) -> bool:
        """Say whether any of the tables lacks a column, because an older version made it."""
        with self.connect():
            return any(self._columns_lacking(spec) for spec in specs)

    def make_anew(self, specs: Sequence[TableSpec]) -> None:
        """Drop tables with their rows and create them as they are now."""
        with self.connect() as connection:
            for spec in specs:
                connection.execute(f"drop table {spec.full_name}")
                connection.execute(_create_statement(spec))

    def _columns_lacking(self, spec: TableSpec) -> list[str]:
        with self.connect() as connection:
            found = {row[0] for row in connection.execute(f"describe {spec.full_name}").fetchall()}
        return [name for name in spec.columns if name not in found]

    def replace_window(self, spec: TableSpec, table: pa.Table, start: date, end: date) -> None:
        """Replace the rows whose window column lies in [start, end] by those of the Arrow table, all or nothing."""
        if spec.window_column is None:
            raise ValueError(f"{spec.full_name} has no window column; use replace_all.")
        condition = f'"{spec.window_column}" between ? and ?'
        self._replace(spec, table, f"delete from {spec.full_name} where {condition}", [start, end])

    def replace_all(self, spec: TableSpec, table: pa.Table) -> None:
        """Replace all rows of a table, all or nothing."""
        self._replace(spec, table, f"delete from {spec.full_name}", [])

    def _replace(self, spec: TableSpec, table: pa.Table, delete: str, parameters: Sequence[Any]) -> None:
        columns = ", ".join(f'"{column}"' for column in spec.columns)
        with self.connect() as connection:
            connection.register("incoming_rows", table)
            connection.execute("begin transaction")
            try:
                connection.execute(delete, parameters or None)
                connection.execute(f"insert into {spec.full_name} ({columns}) select {columns} from incoming_rows")
                connection.execute("commit")
            except BaseException:
                connection.execute("rollback")
                raise
            finally:
                connection.unregister("incoming_rows")


def _create_statement(spec: TableSpec) -> str:
    columns: Mapping[str, str] = spec.columns
    listed = ", ".join(f'"{name}" {sql_type}' for name, sql_type in columns.items())
    return f"create table if not exists {spec.full_name} ({listed})"
