"""What a table of ours looks like: its columns in SQL types, its grain in words, and rows made exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

AMOUNT = "decimal(18,3)"
RATE = "decimal(28,10)"

_ARROW_TYPES: dict[str, pa.DataType] = {
    "varchar": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    AMOUNT: pa.decimal128(18, 3),
    RATE: pa.decimal128(28, 10),
    "decimal(9,6)": pa.decimal128(9, 6),
    "decimal(38,3)": pa.decimal128(38, 3),
}


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: schema, name, columns as SQL types, grain in a sentence, and the column its window is kept by."""

    schema: str
    name: str
    columns: Mapping[str, str]
    description: str
    grain: str
    window_column: str | None = None

    @property
    def full_name(self) -> str:
        """Return `schema.name`."""
        return f"{self.schema}.{self.name}"

    @property
    def arrow_schema(self) -> pa.Schema:
        """Return the exact Arrow types of the columns; no float exists among them."""
        return pa.schema([(column, _ARROW_TYPES[sql_type]) for column, sql_type in self.columns.items()])

    def build(self, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
        """Return rows as an Arrow table of exactly these columns; a missing key is null, an unknown key an error."""
        made, known = list(rows), self.columns.keys()
        for row in made:
            if not row.keys() <= known:
                raise ValueError(f"{self.full_name} has no column {sorted(row.keys() - known)}; it has {list(known)}.")
        schema = self.arrow_schema
        return pa.table([pa.array([row.get(each.name) for row in made], each.type) for each in schema], schema=schema)


Value = str | int | bool | Decimal | date | datetime | None
