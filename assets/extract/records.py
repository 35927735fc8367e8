"""Records of a file as raw rows by a declared shape: exact text, a reason per fault, documents whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any

from assets.extract.reading import (
    MAX_PAYLOAD_CHARACTERS,
    MAX_VALUE_CHARACTERS,
    FileReason,
    ParsedFile,
    QuarantineError,
    RejectedRow,
    RowReason,
)

Row = dict[str, str | None]
Source = str | Callable[[Mapping[str, Any]], Any]


class Kind(StrEnum):
    """What the text of a value must be."""

    TEXT = "text"
    AMOUNT = "amount"  # at most 15 digits and 3 decimals: no currency has more
    NUMBER = "number"  # prices, quantities, rates: at most 18 digits and 10 decimals
    DATE = "date"
    INSTANT = "date or timestamp"
    CURRENCY = "currency"
    FLAG = "true or false"


@dataclass(frozen=True, slots=True)
class Field:
    """One raw column: where its value stands in the record (a dotted path or a function) and what it must be."""

    column: str
    source: Source
    kind: Kind = Kind.TEXT
    required: bool = False
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """How a field is taken from a record; the usual value passes by one look, anything else is examined."""

    field: Field
    column: str
    key: str | None
    take: Callable[[Mapping[str, Any]], Any]
    fits: Callable[[str], object]

    @classmethod
    def of(cls, one: Field) -> Step:
        """Return the step of a field."""
        source = one.source
        take = partial(at_path, path=source) if isinstance(source, str) else source
        key = source if isinstance(source, str) and "." not in source else None
        fits: Callable[[str], object] = _is_bearable
        if one.kind is not Kind.TEXT:
            fits = _CHECKS[one.kind][0]
        elif one.allowed:
            fits = one.allowed.__contains__
        return cls(one, one.column, key, take, fits)


@dataclass(frozen=True, slots=True)
class Children:
    """Records nested in a record, which become rows of another table carrying columns of their parent."""

    records: Source
    shape: Shape
    inherited: Mapping[str, str] = field(default_factory=dict)  # column of the child -> column of the parent


@dataclass(frozen=True, slots=True)
class Shape:
    """How records of one object become rows of one raw table, with their children."""

    table: str
    fields: tuple[Field, ...]
    children: tuple[Children, ...] = ()
    amount_column: str | None = None
    currency_column: str | None = None
    ignored: frozenset[str] = frozenset()
    steps: tuple[Step, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(Step.of(one) for one in self.fields))

    @property
    def known_keys(self) -> frozenset[str]:
        """Return the keys of a record that are read, or knowingly left alone."""
        sources = [one.source for one in self.fields] + [one.records for one in self.children]
        return self.ignored | {source.split(".", maxsplit=1)[0] for source in sources if isinstance(source, str)}


def text(column: str, source: Source | None = None, *, required: bool = False, allowed: Iterable[str] = ()) -> Field:
    """Return a field of free text, or of a closed list of words."""
    return Field(column, source or column, Kind.TEXT, required, frozenset(allowed))


def amount(column: str, source: Source | None = None, *, required: bool = False) -> Field:
    """Return a field that holds money."""
    return Field(column, source or column, Kind.AMOUNT, required)


def number(column: str, source: Source | None = None, *, required: bool = False) -> Field:
    """Return a field that holds a price, quantity or rate."""
    return Field(column, source or column, Kind.NUMBER, required)


def day(column: str, source: Source | None = None, *, required: bool = False) -> Field:
    """Return a field that holds a calendar day."""
    return Field(column, source or column, Kind.DATE, required)


def instant(column: str, source: Source | None = None, *, required: bool = False) -> Field:
    """Return a field that holds a moment, or a day where the source knows no more."""
    return Field(column, source or column, Kind.INSTANT, required)


def currency(column: str, source: Source | None = None, *, required: bool = False) -> Field:
    """Return a field that holds an ISO 4217 code."""
    return Field(column, source or column, Kind.CURRENCY, required)


def flag(column: str, source: Source | None = None) -> Field:
    """Return a field that holds true or false."""
    return Field(column, source or column, Kind.FLAG)


class RecordRejectedError(ValueError):
    """One record cannot be loaded; its file can."""

    def __init__(self, reason_code: RowReason, reason: str) -> None:
        self.reason_code = reason_code
        super().__init__(reason)


def _is_bearable(value: str) -> bool:
    return len(value) <= MAX_VALUE_CHARACTERS


def read_records(
    records: Sequence[Any],
    shape: Shape,
    object_name: str,
    *,
    constants: Mapping[str, str] | None = None,
    already_rejected: Sequence[RejectedRow] = (),
) -> ParsedFile:
    """Return the rows of all records; a record with one fault in it or in its children is kept out whole."""
    taken: dict[str, list[Row]] = {shape.table: []}
    for one in shape.children:
        taken[one.shape.table] = []
    rejected = list(already_rejected)
    unread: set[str] = set()
    known_keys = shape.known_keys
    for row_number, record in enumerate(records, start=1):
        if record is None:
            continue  # a place holder for a line that was rejected before it became a record
        try:
            rows = _rows_of(record, shape, constants or {})
        except RecordRejectedError as error:
            payload = json.dumps(record, ensure_ascii=False, sort_keys=True)[:MAX_PAYLOAD_CHARACTERS]
            rejected.append(RejectedRow(object_name, row_number, error.reason_code, str(error), payload))
            continue
        for table, row in rows:
            taken[table].append(row)
        unread |= record.keys() - known_keys
    return ParsedFile(
        rows=taken,
        rejected=sorted(rejected, key=lambda row: row.row_number),
        amount_sum=_control_total(taken[shape.table], shape.amount_column),
        currency_code=_single_currency(taken[shape.table], shape.currency_column),
        unread_fields=sorted(unread),
    )


def at_path(record: Any, path: str) -> Any:
    """Return what stands at a dotted path of nested objects; None where a step is missing."""
    for key in path.split("."):
        if record is None:
            return None
        if not isinstance(record, dict):
            raise RecordRejectedError(RowReason.WRONG_TYPE, f"`{path}` should lie inside an object, found `{record}`.")
        record = record.get(key)
    return record


def list_at(document: Any, path: str, *, may_be_absent: bool = False) -> list[Any]:
    """Return the list of records at a dotted path of a file, or quarantine the file for its shape."""
    where: Any = document
    for key in path.split("."):
        if not isinstance(where, Mapping) or key not in where:
            if may_be_absent and isinstance(where, Mapping):
                return []
            found = sorted(where)[:10] if isinstance(where, Mapping) else type(where).__name__
            reason = f"The file should hold a list at `{path}`, found {found}. Check which export this is."
            raise QuarantineError(FileReason.WRONG_SHAPE, reason, f"key {key}")
        where = where[key]
    if not isinstance(where, list):
        reason = f"`{path}` should be a list, found {type(where).__name__}. Check which export this is."
        raise QuarantineError(FileReason.WRONG_SHAPE, reason, f"key {path}")
    return where


def _rows_of(record: Any, shape: Shape, inherited: Mapping[str, str | None]) -> list[tuple[str, Row]]:
    if not isinstance(record, dict):
        raise RecordRejectedError(RowReason.WRONG_TYPE, f"A record should be an object, found `{record}`.")
    row: Row = dict(inherited)
    for step in shape.steps:
        value = record.get(step.key) if step.key is not None else step.take(record)
        if value.__class__ is str and value and step.fits(value):
            row[step.column] = value
        else:
            row[step.column] = _checked(value, step.field)
    rows = [(shape.table, row)]
    for children in shape.children:
        source = children.records
        nested = at_path(record, source) if isinstance(source, str) else source(record)
        if nested is None:
            continue
        if not isinstance(nested, list):
            raise RecordRejectedError(RowReason.WRONG_TYPE, f"`{source}` should be a list, found `{nested}`.")
        handed_down = {column: row[parent] for column, parent in children.inherited.items()}
        for line_number, child in enumerate(nested, start=1):
            try:
                rows.extend(_rows_of(child, children.shape, handed_down))
            except RecordRejectedError as error:
                raise RecordRejectedError(error.reason_code, f"Line {line_number}: {error}") from error
    return rows


def _checked(value: Any, one: Field) -> str | None:
    """Return the value as exact text; an empty text is no value, as in every source of ours."""
    if value is None or value == "":
        if one.required:
            raise RecordRejectedError(RowReason.MISSING_VALUE, f"`{one.column}` is missing.")
        return None
    if value is True or value is False:
        value = "true" if value else "false"
    if not isinstance(value, str):
        found = type(value).__name__
        raise RecordRejectedError(RowReason.WRONG_TYPE, f"`{one.column}` should be one value, found {found}.")
    if one.kind is Kind.TEXT:
        if len(value) > MAX_VALUE_CHARACTERS:
            reason = f"`{one.column}` has {len(value)} characters, at most {MAX_VALUE_CHARACTERS} are read."
            raise RecordRejectedError(RowReason.VALUE_TOO_LONG, reason)
        if one.allowed and value not in one.allowed:
            reason = f"`{one.column}` is `{value[:80]}`, known are {sorted(one.allowed)}."
            raise RecordRejectedError(RowReason.UNKNOWN_VALUE, reason)
        return value
    value = value.strip()
    fits, reason_code, wanted = _CHECKS[one.kind]
    if fits(value):
        return value
    if one.kind in (Kind.AMOUNT, Kind.NUMBER) and "e" in value.lower():
        plain = _without_exponent(value)
        if plain is not None and fits(plain):
            return plain
    raise RecordRejectedError(reason_code, f"`{one.column}` is `{value[:80]}`, it should be {wanted}.")


# Trailing zeros beyond the places of a column change nothing and are let through.
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,3}0*)?").fullmatch
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,10}0*)?").fullmatch
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
).fullmatch
_CURRENCY = re.compile(r"[A-Z]{3}").fullmatch
_SHORT_EXPONENT = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?[eE][+-]?[0-9]{1,2}").fullmatch


def _without_exponent(value: str) -> str | None:
    return format(Decimal(value), "f") if _SHORT_EXPONENT(value) else None


@lru_cache(maxsize=8192)
def _is_instant(value: str) -> bool:
    if _INSTANT(value) is None:
        return False
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return False
    return 1900 <= parsed.year <= 2200


def _is_day(value: str) -> bool:
    return _DATE(value) is not None and _is_instant(value)


_CHECKS: Mapping[Kind, tuple[Callable[[str], object], RowReason, str]] = {
    Kind.AMOUNT: (_AMOUNT, RowReason.AMOUNT_NOT_A_NUMBER, "an amount with a decimal point and at most 3 decimals"),
    Kind.NUMBER: (_NUMBER, RowReason.AMOUNT_NOT_A_NUMBER, "a number with a decimal point and at most 10 decimals"),
    Kind.DATE: (_is_day, RowReason.NOT_A_DATE, "a day like 2026-01-31"),
    Kind.INSTANT: (_is_instant, RowReason.NOT_A_DATE, "a day or an ISO 8601 timestamp"),
    Kind.CURRENCY: (_CURRENCY, RowReason.UNKNOWN_CURRENCY, "a three-letter currency code"),
    Kind.FLAG: (frozenset({"true", "false"}).__contains__, RowReason.UNKNOWN_VALUE, "true or false"),
}


def _control_total(rows: Sequence[Row], column: str | None) -> Decimal | None:
    if column is None:
        return None
    return sum((Decimal(value) for row in rows if (value := row[column]) is not None), Decimal(0))


def _single_currency(rows: Sequence[Row], column: str | None) -> str | None:
    found = {row[column] for row in rows} if column else set()
    return found.pop() if len(found) == 1 else None
