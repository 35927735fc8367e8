"""Which charges are billed by an invoice that stands: unique in the database, whoever writes the row.

The table follows from the log and is kept by triggers on it, in the transaction of the decision. So a second live
invoice of a charge is refused also where no rule of ours was asked. It is no part of the digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, Text, insert, inspect, select

from assets.decisions import schema

BILLED_TWICE = "live_billings: a charge is billed by one invoice that stands"
CREDITS = ("credit_memo_issued", "charge_credited")  # a memo in the charge's own name, and one in another's
_CREDITS = "('credit_memo_issued', 'charge_credited')"
metadata = MetaData()
live_billings = Table(
    "live_billings",
    metadata,
    Column("billing_key", Text, primary_key=True),
    Column("decision_key", Text, nullable=False),
    Column("occurrence", Text, nullable=False),
)
Billing = tuple[str, str]  # the invoice's decision key, and the occurrence that a cancellation of it bears

# An invoice bills its own charge and those it names. A charge billed in another's name is cancelled by the
# occurrence of its own approval.
_BILLED = {
    "sqlite": "select new.subject_key as billing_key union "
    "select json_extract(each.value, '$.billing_key') from json_each(new.payload, '$.charges') as each",
    "postgresql": "select new.subject_key as billing_key union "
    "select each.charge ->> 'billing_key' "
    "from jsonb_array_elements(coalesce(new.payload::jsonb -> 'charges', '[]')) as each(charge)",
}
_BILLED_WITH = {
    "sqlite": "json_extract(approved.payload, '$.billed_with')",
    "postgresql": "approved.payload::jsonb ->> 'billed_with'",
}
_BILLS_AGAIN = {
    "sqlite": "json_extract(new.payload, '$.bills_again') = 1",
    "postgresql": "new.payload::jsonb ->> 'bills_again' = 'true'",
}


def create(connection: Connection) -> None:
    """Create the table and its triggers; a log that was kept without them fills it."""
    if not inspect(connection).has_table(live_billings.name):
        metadata.create_all(connection)
        rows = [
            {"billing_key": key, "decision_key": billing[0], "occurrence": billing[1]}
            for key, billing in standing(connection).items()
        ]
        if rows:
            connection.execute(insert(live_billings), rows)
    for name, statement in _triggers(connection.dialect.name).items():
        if connection.dialect.name == "sqlite":
            kept = "select sql from sqlite_master where type = 'trigger' and name = ?"
            found = connection.exec_driver_sql(kept, (name,)).scalar()
            if found == statement:
                continue
            connection.exec_driver_sql(f"drop trigger if exists {name}")  # of a version that knew other decisions
        connection.exec_driver_sql(statement)


def standing(connection: Connection) -> dict[str, Billing]:
    """Return what bills each charge, by the log alone."""
    table = schema.decisions
    about = ("draft_approved", "invoice_issued", "invoice_cancelled", *CREDITS)
    query = (
        select(table.c.decision_key, table.c.kind, table.c.subject_key, table.c.occurrence, table.c.payload)
        .where(table.c.kind.in_(about))
        .order_by(table.c.sequence)
    )
    return _fold(connection.execute(query))


def faults(connection: Connection) -> list[str]:
    """Return where the table does not say what the log says."""
    expected = standing(connection)
    found = {row.billing_key: (row.decision_key, row.occurrence) for row in connection.execute(select(live_billings))}
    return [
        f"live_billings: `{key}` should hold {expected.get(key)}, found {found.get(key)}"
        for key in sorted(expected.keys() | found.keys())
        if expected.get(key) != found.get(key)
    ]


def _fold(rows: Iterable[Any]) -> dict[str, Billing]:
    live: dict[str, Billing] = {}
    approved: dict[tuple[str, str], str] = {}
    for decision_key, kind, subject_key, occurrence, text in rows:
        payload = _read(text)
        if kind == "draft_approved" and payload.get("billed_with") is not None:
            approved[(subject_key, payload["billed_with"])] = occurrence
        elif kind == "invoice_issued":
            for key in {subject_key, *(charge["billing_key"] for charge in payload.get("charges") or ())}:
                own = occurrence if key == subject_key else approved.get((key, subject_key), "")
                live[key] = (decision_key, own)
        elif subject_key in live and (
            (kind == "invoice_cancelled" and live[subject_key][1] in {"", occurrence})
            or (kind in CREDITS and payload.get("bills_again") is True)
        ):
            del live[subject_key]
    return live


def _read(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _triggers(dialect: str) -> dict[str, str]:
    billed, billed_with = _BILLED[dialect], _BILLED_WITH[dialect]
    is_taken = (
        f"exists (select 1 from live_billings as live join ({billed}) as billed "
        "on live.billing_key = billed.billing_key)"
    )
    bill = (
        "insert into live_billings (billing_key, decision_key, occurrence) "
        "select billed.billing_key, new.decision_key, "
        "case when billed.billing_key = new.subject_key then new.occurrence else coalesce(("
        "select approved.occurrence from decisions as approved where approved.subject_key = billed.billing_key "
        f"and approved.kind = 'draft_approved' and {billed_with} = new.subject_key "
        f"order by approved.sequence desc limit 1), '') end from ({billed}) as billed"
    )
    free = (
        f"delete from live_billings where billing_key = new.subject_key and (new.kind in {_CREDITS} "
        "or occurrence in ('', new.occurrence))"
    )
    is_ended = f"new.kind = 'invoice_cancelled' or (new.kind in {_CREDITS} and {_BILLS_AGAIN[dialect]})"
    if dialect == "sqlite":
        # Said aloud, not left to the key: `insert or ignore` would pass over a conflict inside a trigger.
        return {
            "decisions_billed_once": "CREATE TRIGGER decisions_billed_once after insert on decisions "
            f"when new.kind = 'invoice_issued' begin select raise(abort, '{BILLED_TWICE}') where {is_taken}; "
            f"{bill}; end",
            "decisions_billing_ended": "CREATE TRIGGER decisions_billing_ended after insert on decisions "
            f"when {is_ended} begin {free}; end",
        }
    return {
        "openitem_decisions_billed_once": "create or replace function openitem_decisions_billed_once() "
        "returns trigger language plpgsql as $$ begin "
        f"if new.kind = 'invoice_issued' then if {is_taken} then raise exception '{BILLED_TWICE}'; end if; {bill}; "
        f"elsif {is_ended} then {free}; end if; return null; end $$",
        "decisions_billed_once": "create or replace trigger decisions_billed_once after insert on decisions "
        "for each row execute function openitem_decisions_billed_once()",
    }
