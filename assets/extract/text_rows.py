"""Rows of text kept in columns: a file of 100,000 entries takes tens of megabytes here, not hundreds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import overload

import pyarrow as pa

ROWS_PER_BATCH = 5_000


class TextRows(Sequence[Mapping[str, "str | None"]]):
    """A sequence of rows of text, readable as mappings one by one or at once as an Arrow table."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._schema = pa.schema([(column, pa.string()) for column in self.columns])
        self._batches: list[pa.RecordBatch] = []
        self._pending: list[tuple[str | None, ...]] = []
        self._stored = 0

    @classmethod
    def of(cls, table: pa.Table) -> TextRows:
        """Return the rows of an Arrow table whose columns all hold text."""
        rows = cls(table.column_names)
        rows._batches = table.cast(rows._schema).to_batches(max_chunksize=ROWS_PER_BATCH)
        rows._stored = table.num_rows
        return rows

    def append(self, *values: str | None) -> None:
        """Add one row, its values in the order of the columns."""
        if len(values) != len(self.columns):
            raise ValueError(f"A row of {list(self.columns)} takes {len(self.columns)} values, not {len(values)}.")
        self._pending.append(values)
        if len(self._pending) >= ROWS_PER_BATCH:
            self._store_pending()

    @property
    def table(self) -> pa.Table:
        """Return all rows as one Arrow table of text columns."""
        self._store_pending()
        return pa.Table.from_batches(self._batches, schema=self._schema)

    def __len__(self) -> int:
        return self._stored + len(self._pending)

    def __iter__(self) -> Iterator[Mapping[str, str | None]]:
        self._store_pending()
        for batch in self._batches:
            yield from batch.to_pylist()

    @overload
    def __getitem__(self, index: int) -> Mapping[str, str | None]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Mapping[str, str | None]]: ...
    def __getitem__(self, index: int | slice) -> Mapping[str, str | None] | Sequence[Mapping[str, str | None]]:
        if isinstance(index, slice):
            return TextRows.of(self.table.take(list(range(*index.indices(len(self))))))
        row: Mapping[str, str | None] = self.table.slice(range(len(self))[index], 1).to_pylist()[0]
        return row

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TextRows):
            return bool(self.table.equals(other.table))
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def _store_pending(self) -> None:
        if self._pending:
            arrays = []
            for values in zip(*self._pending, strict=True):
                builder = pa.lib.StringBuilder()  # pa.array() would first import pandas, which costs a second
                builder.append_values(values)
                arrays.append(builder.finish())
            self._batches.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
            self._stored += len(self._pending)
            self._pending = []
