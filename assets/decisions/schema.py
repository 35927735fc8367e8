"""The tables of the decision store and the triggers that keep them append-only, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from sqlalchemy import Column, Connection, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

from assets.decisions.chain import FIRST_HASH

metadata = MetaData()

# Dates and timestamps are ISO text on both databases, so that a row hashes the same wherever it lives.
decisions = Table(
    "decisions",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("decision_key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_key", Text, nullable=False),
    Column("occurrence", Text, nullable=False),
    Column("business_date", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason_code", Text),
    Column("payload", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("number_series", Text),
    Column("run_key", Text),
    Column("policy_digest", Text),
    Column("recorded_at", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("kind", "subject_key", "occurrence"),
    Index("decisions_by_subject", "subject_key", "sequence"),
    Index("decisions_by_actor_kind", "actor_kind", "sequence"),
)

document_numbers = Table(
    "document_numbers",
    metadata,
    Column("series", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document_number", Text, nullable=False, unique=True),
    Column("decision_key", Text, ForeignKey("decisions.decision_key"), nullable=False, unique=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("outbox_key", Text, nullable=False, unique=True),
    Column("decision_key", Text, ForeignKey("decisions.decision_key"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("subject_key", Text, nullable=False),
    Column("occurrence", Text, nullable=False),
    Column("business_date", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

outbox_events = Table(
    "outbox_events",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("outbox_key", Text, ForeignKey("outbox.outbox_key"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("business_date", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("outbox_key", "kind", "attempt"),
)

CHAINED = (decisions, outbox, outbox_events)

# `insert or replace` deletes without firing delete triggers, so every unique key is looked up before an insert.
_UNIQUE_KEYS = {
    "decisions": (
        "decision_key = new.decision_key",
        "kind = new.kind and subject_key = new.subject_key and occurrence = new.occurrence",
    ),
    "outbox": ("outbox_key = new.outbox_key",),
    "outbox_events": ("outbox_key = new.outbox_key and kind = new.kind and attempt = new.attempt",),
    "document_numbers": ("document_number = new.document_number", "decision_key = new.decision_key"),
}
# A row continues the chain or is refused: its sequence is the next and its previous hash that of the last row.
_NEXT = {
    table.name: (
        f"new.sequence is not (select coalesce(max(sequence), 0) + 1 from {table.name}) or new.previous_hash is not "
        f"coalesce((select hash from {table.name} where sequence = new.sequence - 1), '{FIRST_HASH}')"
    )
    for table in CHAINED
} | {
    "document_numbers": "new.number is not "
    "(select coalesce(max(number), 0) + 1 from document_numbers where series = new.series)",
}


def create_schema(connection: Connection) -> None:
    """Create what is missing: tables, and the triggers that refuse every change of a row."""
    metadata.create_all(connection)
    statements = _sqlite_triggers() if connection.dialect.name == "sqlite" else _postgresql_triggers()
    for statement in statements:
        connection.exec_driver_sql(statement)


def _sqlite_triggers() -> list[str]:
    statements = []
    for table in metadata.tables:
        for verb in ("update", "delete"):
            statements.append(
                f"create trigger if not exists {table}_no_{verb} before {verb} on {table} begin "
                f"select raise(abort, '{table} is append-only: a row is never changed or removed'); end"
            )
        taken = " or ".join(f"exists (select 1 from {table} where {key})" for key in _UNIQUE_KEYS[table])
        statements.append(
            f"create trigger if not exists {table}_next_only before insert on {table} "
            f"when {_NEXT[table]} or {taken} begin "
            f"select raise(abort, '{table} is append-only: only the next row can be added'); end"
        )
    return statements


def _postgresql_triggers() -> list[str]:
    statements = [  # the driver reads %% as one percent sign
        "create or replace function openitem_refuse_change() returns trigger language plpgsql as $$ begin "
        "raise exception '%% is append-only: a row is never changed or removed', tg_table_name; end $$"
    ]
    for table in metadata.tables:
        following = _NEXT[table].replace(" is not ", " is distinct from ")
        statements += [
            f"create or replace trigger {table}_no_change before update or delete on {table} "
            "for each row execute function openitem_refuse_change()",
            f"create or replace trigger {table}_no_truncate before truncate on {table} "
            "for each statement execute function openitem_refuse_change()",
            f"create or replace function openitem_{table}_next_only() returns trigger language plpgsql as $$ begin "
            f"if {following} then raise exception '{table} is append-only: only the next row can be added'; end if; "
            "return new; end $$",
            f"create or replace trigger {table}_next_only before insert on {table} "
            f"for each row execute function openitem_{table}_next_only()",
        ]
    return [
        statement.replace("%", "%%") if "raise exception '% is" in statement else statement for statement in statements
    ]
