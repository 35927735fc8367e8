"""Policy as data: the seed tables a run decides by, frozen, with a digest that names exactly this policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger.decision import canonical_json
from assets.ledger.errors import PermanentError
from assets.ledger.parties import LegalEntity

Row = Mapping[str, Any]


class UnknownPolicyError(PermanentError):
    """A rule asked for a policy table or row that the seeds do not hold."""

    def __init__(self, table: str, wanted: str, known: Iterable[str]) -> None:
        self.table = table
        self.wanted = wanted
        listed = ", ".join(f"`{name}`" for name in sorted(known)) or "nothing"
        super().__init__(
            f"Policy `{table}` has no `{wanted}`; it has {listed}. "
            f"Add the row to dbt_project/seeds/policy/{table}.csv and run `dbt seed`."
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """All policy tables by name; rows as the seeds hold them, in a fixed order."""

    tables: Mapping[str, tuple[Row, ...]]
    digest: str

    @classmethod
    def from_rows(cls, tables: Mapping[str, Iterable[Row]]) -> Policy:
        """Return the policy of these rows; row order and column order do not change its digest."""
        ordered = {name: _in_order(rows) for name, rows in sorted(tables.items())}
        text = canonical_json({name: [_plain_row(row) for row in rows] for name, rows in ordered.items()})
        return cls(ordered, hashlib.sha256(text.encode()).hexdigest())

    def rows(self, table: str) -> tuple[Row, ...]:
        """Return the rows of one policy table; raise UnknownPolicyError when there is no such table."""
        if table not in self.tables:
            raise UnknownPolicyError(table, "any row", self.tables)
        return self.tables[table]

    def row(self, table: str, column: str, value: str) -> Row:
        """Return the row whose column has this value; raise UnknownPolicyError that lists the values there are."""
        for row in self.rows(table):
            if row[column] == value:
                return row
        raise UnknownPolicyError(table, value, {str(row[column]) for row in self.rows(table)})

    def legal_entities(self) -> dict[str, LegalEntity]:
        """Return our legal entities by id."""
        return {
            str(row["legal_entity_id"]): LegalEntity(
                **{name: str(row[name]) for name in LegalEntity.__dataclass_fields__}
            )
            for row in self.rows("legal_entities")
        }


def as_flag(value: Any) -> bool:
    """Return a seed's yes or no, whether it was read as boolean or as text."""
    return value if isinstance(value, bool) else str(value).strip().lower() in {"true", "yes", "1", "t"}


def as_amount(value: Any) -> Decimal | None:
    """Return a seed's number exactly, or None when the cell is empty."""
    return None if value is None or value == "" else Decimal(str(value))


def as_count(value: Any) -> int | None:
    """Return a seed's whole number, or None when the cell is empty."""
    return None if value is None or value == "" else int(value)


def _plain(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain_row(row: Row) -> dict[str, str | None]:
    return {column: _plain(row[column]) for column in sorted(row)}


def _in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted((dict(row) for row in rows), key=lambda row: canonical_json(_plain_row(row))))
