"""Reading the whole store: does it verify, what is its digest, and the rows it is extracted to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa

from assets.decisions import live_billings, schema
from assets.decisions.chain import ChainHead, ChainReport, check_chain
from assets.decisions.transaction import document_number
from assets.ledger.decision import canonical_json

# A rerun writes the same decisions at another time, and another worker may send the same message.
_NOT_IN_DIGEST = {"recorded_at", "run_key", "previous_hash", "hash"}
_NOT_IN_EVENT_DIGEST = _NOT_IN_DIGEST | {"actor", "detail"}

_EXPORTS = {
    "openitem__decisions": (schema.decisions, {"number_series", "previous_hash"}),
    "openitem__outbox": (schema.outbox, {"sequence", "occurrence", "previous_hash", "hash"}),
    "openitem__outbox_events": (schema.outbox_events, {"sequence", "business_date", "actor", "previous_hash", "hash"}),
}


def verify(connection: sa.Connection, anchor: Mapping[str, ChainHead]) -> ChainReport:
    """Return the heads of the chains, and each fault found in them or between them."""
    heads: dict[str, ChainHead] = {}
    faults: list[str] = []
    for table in schema.CHAINED:
        rows = connection.execute(sa.select(table).order_by(table.c.sequence)).mappings()
        heads[table.name], found = check_chain(table.name, rows, anchor.get(table.name))
        faults += found
    return ChainReport(heads, (*faults, *_faults_between_tables(connection), *live_billings.faults(connection)))


def digest(connection: sa.Connection) -> str:
    """Return one hash over the contents of every table."""
    total = hashlib.sha256()
    for table in schema.metadata.sorted_tables:
        hidden = _NOT_IN_EVENT_DIGEST if table is schema.outbox_events else _NOT_IN_DIGEST
        columns = [column for column in table.c if column.name not in hidden]
        total.update(f"{table.name}\n".encode())
        for row in connection.execute(sa.select(*columns).order_by(*table.primary_key.columns)):
            total.update(canonical_json(list(row)).encode() + b"\n")
    return total.hexdigest()


def export_rows(connection: sa.Connection, until: date | None) -> dict[str, list[dict[str, str | None]]]:
    """Return rows of text by the name of the raw table that takes them, up to and including a business day."""
    taken: dict[str, list[dict[str, str | None]]] = {}
    for name, (table, hidden) in _EXPORTS.items():
        columns = [column for column in table.c if column.name not in hidden]
        query = sa.select(*columns).order_by(table.c.sequence)
        if until is not None and table is schema.outbox_events:
            # What a close sends it sends at its end: the day's own sendings are known from the next day on.
            query = query.where(table.c.business_date < until.isoformat())
        elif until is not None:
            query = query.where(table.c.business_date <= until.isoformat())
        names = [column.name for column in columns]
        taken[name] = [
            dict(zip(names, (None if value is None else str(value) for value in row), strict=True))
            for row in connection.execute(query)
        ]
    return taken


def _faults_between_tables(connection: sa.Connection) -> list[str]:
    """Return where numbers and decisions, or messages and events, do not tell the same story."""
    numbers, decided = schema.document_numbers, schema.decisions
    faults: list[str] = []
    given = {row.decision_key: row for row in connection.execute(sa.select(numbers))}
    query = sa.select(decided).where(decided.c.number_series.is_not(None)).order_by(decided.c.sequence)
    expected: dict[str, int] = {}
    for row in connection.execute(query):
        expected[row.number_series] = expected.get(row.number_series, 0) + 1
        printed = document_number(row.number_series, expected[row.number_series])
        entry = given.pop(row.decision_key, None)
        found = None if entry is None else (entry.series, entry.number, entry.document_number)
        if found != (row.number_series, expected[row.number_series], printed):
            faults.append(f"document_numbers: decision {row.sequence} should hold `{printed}`, found {found}")
        if _number_in(row.payload) != printed:
            faults.append(f"decisions {row.sequence}: its payload does not carry its number `{printed}`")
    faults += [f"document_numbers: `{row.document_number}` belongs to no decision" for row in given.values()]
    orphans = sa.select(schema.outbox.c.outbox_key).where(
        schema.outbox.c.decision_key.not_in(sa.select(decided.c.decision_key))
    )
    faults += [f"outbox: message `{row.outbox_key}` belongs to no decision" for row in connection.execute(orphans)]
    strays = sa.select(schema.outbox_events.c.outbox_key).where(
        schema.outbox_events.c.outbox_key.not_in(sa.select(schema.outbox.c.outbox_key))
    )
    faults += [f"outbox_events: `{row.outbox_key}` is not in the outbox" for row in connection.execute(strays)]
    return faults


def _number_in(payload: str) -> object:
    try:
        read = json.loads(payload)
    except ValueError:
        return None
    return read.get("document_number") if isinstance(read, dict) else None
