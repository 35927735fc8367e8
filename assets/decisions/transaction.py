"""What happens inside one transaction of the decision store: checks first, then chained rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from assets.decisions import schema
from assets.decisions.chain import FIRST_HASH, ChainHead, link
from assets.decisions.errors import (
    ClosedDayError,
    ConflictingDecisionError,
    ConflictingMessageError,
    MessageLeftError,
    StaleViewError,
    UnknownMessageError,
    UnreadDecisionsError,
)
from assets.decisions.outbox import MessageState, OutboxEventKind, QueuedMessage, state_after
from assets.ledger.decision import ActorKind, Decision, OutboxMessage, RecordedDecision, canonical_json
from assets.ledger.errors import PermanentError

KEYS_PER_QUERY = 500
Keyed = tuple[str, Decision]
_ACTOR_KINDS = {kind.value: kind for kind in ActorKind}


def with_closing(decisions: Sequence[Decision], closes: date | None) -> list[Decision]:
    """Return the decisions, with the closing of the day among them."""
    wanted = list(decisions)
    if closes is None or any(d.kind == "day_closed" and d.subject_key == closes.isoformat() for d in wanted):
        return wanted
    closing = Decision("day_closed", "day", closes.isoformat(), closes, ActorKind.RULE, "close", {})
    return [*wanted, closing]


def keyed(decisions: Sequence[Decision]) -> list[Keyed]:
    """Return each decision with its key, which is a hash and worth computing once."""
    return [(decision.decision_key, decision) for decision in decisions]


def unnumbered(decision: Decision) -> dict[str, Any]:
    """Return the payload without the number that only the store may give."""
    payload = dict(decision.payload)
    if decision.number_series is not None and payload.pop("document_number", None) is not None:
        raise PermanentError(
            f"Cannot record `{decision.kind}` of `{decision.subject_key}` with a document number of its own: "
            f"series `{decision.number_series}` numbers it when it is recorded. Leave document_number out."
        )
    return payload


def payload_without_number(row: Mapping[str, Any]) -> str:
    """Return a recorded payload as it was handed in."""
    if row["number_series"] is None:
        return str(row["payload"])
    payload = json.loads(row["payload"])
    payload.pop("document_number", None)
    return canonical_json(payload)


def refuse_stale_view(
    connection: sa.Connection, wanted: Sequence[Keyed], known: Mapping[str, Any], subject_key: str, seen_version: int
) -> None:
    """Refuse when somebody decided about the subject after the person looked."""
    version = version_of(connection, subject_key)
    if version == seen_version:
        return
    # A second click sends what its first click recorded; another person's identical wish is not a second click.
    is_second_click = all(
        key in known
        and known[key]["actor"] == decision.actor
        and payload_without_number(known[key]) == canonical_json(unnumbered(decision))
        for key, decision in wanted
    )
    if not is_second_click:
        raise StaleViewError(subject_key, seen_version, version)


def not_yet_recorded(wanted: Sequence[Keyed], known: Mapping[str, Mapping[str, Any]]) -> list[Keyed]:
    """Return the decisions the log does not hold, each once; the same key with another payload is refused."""
    fresh: dict[str, Decision] = {}
    for key, decision in wanted:
        row, twin = known.get(key), fresh.get(key)
        if row is None and twin is None:
            fresh[key] = decision
            continue
        payload = canonical_json(unnumbered(decision))
        recorded = payload_without_number(row) if row is not None else canonical_json(unnumbered(twin or decision))
        if recorded != payload:
            sequence = row["sequence"] if row is not None else None
            raise ConflictingDecisionError(decision.kind, decision.subject_key, decision.occurrence, sequence)
    return list(fresh.items())


def refuse_closed_days(fresh: Iterable[Keyed], last_closed: date | None) -> None:
    """Refuse what was meant for a day that is closed."""
    if last_closed is None:
        return
    for _, decision in fresh:
        if decision.business_date <= last_closed:
            what = f"`{decision.kind}` of `{decision.subject_key}`"
            raise ClosedDayError(decision.business_date, last_closed + timedelta(days=1), what)


def insert_decisions(
    connection: sa.Connection, fresh: Sequence[Keyed], stamps: Mapping[str, str | None]
) -> dict[str, dict[str, Any]]:
    """Add decisions to the chain, numbered where they ask for it; return the rows by key."""
    if not fresh:
        return {}
    numbers = next_numbers(connection, fresh)
    rows = []
    for key, decision in fresh:
        payload = unnumbered(decision)
        if decision.number_series is not None:
            payload["document_number"] = numbers[key]["document_number"]
        rows.append(
            {
                "decision_key": key,
                "kind": decision.kind,
                "subject_kind": decision.subject_kind,
                "subject_key": decision.subject_key,
                "occurrence": decision.occurrence,
                "business_date": decision.business_date.isoformat(),
                "actor_kind": decision.actor_kind.value,
                "actor": decision.actor,
                "reason_code": None if decision.reason_code is None else str(decision.reason_code),
                "payload": canonical_json(payload),
                "evidence": canonical_json(decision.evidence),
                "number_series": decision.number_series,
                **stamps,
            }
        )
    chained = list(link(rows, chain_head(connection, schema.decisions)))
    connection.execute(sa.insert(schema.decisions), chained)
    if numbers:
        connection.execute(sa.insert(schema.document_numbers), list(numbers.values()))
    return {row["decision_key"]: row for row in chained}


def next_numbers(connection: sa.Connection, fresh: Sequence[Keyed]) -> dict[str, dict[str, Any]]:
    """Return the next numbers of each series, in the order of the decisions and without a gap."""
    table = schema.document_numbers
    last: dict[str, int] = {}
    numbers: dict[str, dict[str, Any]] = {}
    for key, decision in fresh:
        series = decision.number_series
        if series is None:
            continue
        if series not in last:
            query = sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0)).where(table.c.series == series)
            last[series] = int(connection.execute(query).scalar_one())
        last[series] += 1
        numbers[key] = {
            "series": series,
            "number": last[series],
            "document_number": document_number(series, last[series]),
            "decision_key": key,
        }
    return numbers


def document_number(series: str, number: int) -> str:
    """Return the number as printed: the series and at least five digits."""
    return f"{series}-{number:05d}"


def insert_messages(connection: sa.Connection, messages: Sequence[OutboxMessage], at: str) -> None:
    """Queue the messages the outbox does not hold; the same key with other contents is refused."""
    if not messages:
        return
    known = rows_by_key(connection, schema.outbox, "outbox_key", [message.outbox_key for message in messages])
    rows: dict[str, dict[str, Any]] = {}
    for message in messages:
        key, payload = message.outbox_key, canonical_json(message.payload)
        earlier = known.get(key) or rows.get(key)
        if earlier is None:
            rows[key] = {
                "outbox_key": key,
                "decision_key": message.decision_key,
                "channel": message.channel,
                "recipient": message.recipient,
                "subject_key": message.subject_key,
                "occurrence": message.occurrence,
                "business_date": message.business_date.isoformat(),
                "payload": payload,
                "recorded_at": at,
            }
        elif (earlier["payload"], earlier["recipient"]) != (payload, message.recipient):
            raise ConflictingMessageError(message.channel, message.subject_key, message.occurrence)
    decided = rows_by_key(connection, schema.decisions, "decision_key", [r["decision_key"] for r in rows.values()])
    for row in rows.values():
        if row["decision_key"] not in decided:
            raise PermanentError(
                f"Cannot queue {row['channel']} for `{row['subject_key']}`: decision `{row['decision_key']}` is not in "
                "the log. A message is queued together with the decision that wants it."
            )
    if rows:
        chained = list(link(rows.values(), chain_head(connection, schema.outbox)))
        connection.execute(sa.insert(schema.outbox), chained)


def refuse_unread_decisions(connection: sa.Connection, closes: date, read_until: int) -> None:
    """Refuse to close a day on which people decided something that the closing run has not read."""
    table = schema.decisions
    unread = connection.execute(
        sa.select(sa.func.count())
        .select_from(table)
        .where(
            table.c.actor_kind == ActorKind.PERSON.value,
            table.c.sequence > read_until,
            table.c.business_date <= closes.isoformat(),
            table.c.run_key.is_(None),
        )
    ).scalar_one()
    if unread:
        raise UnreadDecisionsError(closes, int(unread))


def insert_event(
    connection: sa.Connection,
    outbox_key: str,
    kind: OutboxEventKind,
    attempt: int,
    actor: str,
    detail: str,
    at: datetime,
    on: date,
) -> None:
    """Add what happened to a message, on the business day whose close did it."""
    row = {
        "outbox_key": outbox_key,
        "kind": kind.value,
        "attempt": attempt,
        "business_date": on.isoformat(),
        "actor": actor,
        "detail": detail,
        "recorded_at": utc_text(at),
    }
    connection.execute(sa.insert(schema.outbox_events), list(link([row], chain_head(connection, schema.outbox_events))))


def withdraw_messages(connection: sa.Connection, reasons: Mapping[str, str], because: Decision, at: datetime) -> None:
    """Withdraw waiting messages together with the decision that wants it; refuse when one may have left."""
    for outbox_key, reason_code in reasons.items():
        queued = queued_message(connection, outbox_key)
        if queued.state in {MessageState.UNCERTAIN, MessageState.SENT}:
            raise MessageLeftError(outbox_key, because.subject_key)
        if queued.state is not MessageState.WITHDRAWN:
            attempt, day = queued.attempt + 1, because.business_date
            insert_event(
                connection, outbox_key, OutboxEventKind.WITHDRAWN, attempt, because.actor, reason_code, at, day
            )


def queued_messages(connection: sa.Connection, outbox_key: str | None) -> list[QueuedMessage]:
    """Return messages with what became of them, all or the one asked for."""
    messages, events = schema.outbox, schema.outbox_events
    message_query = sa.select(messages).order_by(messages.c.sequence)
    event_query = sa.select(events).order_by(events.c.sequence)
    if outbox_key is not None:
        message_query = message_query.where(messages.c.outbox_key == outbox_key)
        event_query = event_query.where(events.c.outbox_key == outbox_key)
    last_event = {row.outbox_key: row for row in connection.execute(event_query)}
    queued = []
    for row in connection.execute(message_query):
        event = last_event.get(row.outbox_key)
        attempt = 0 if event is None else event.attempt
        queued.append(
            QueuedMessage(
                outbox_key=row.outbox_key,
                message=OutboxMessage(
                    decision_key=row.decision_key,
                    channel=row.channel,
                    recipient=row.recipient,
                    subject_key=row.subject_key,
                    business_date=date.fromisoformat(row.business_date),
                    payload=json.loads(row.payload),
                    occurrence=row.occurrence,
                ),
                state=state_after(None if event is None else OutboxEventKind(event.kind), attempt),
                attempt=attempt,
                detail="" if event is None else event.detail,
                changed_at=datetime.fromisoformat(row.recorded_at if event is None else event.recorded_at),
            )
        )
    return queued


def queued_message(connection: sa.Connection, outbox_key: str) -> QueuedMessage:
    """Return one message; raise when the outbox does not hold it."""
    found = queued_messages(connection, outbox_key)
    if not found:
        raise UnknownMessageError(outbox_key)
    return found[0]


def chain_head(connection: sa.Connection, table: sa.Table) -> ChainHead:
    """Return the end of a chain."""
    query = sa.select(table.c.sequence, table.c.hash).order_by(table.c.sequence.desc()).limit(1)
    row = connection.execute(query).first()
    return ChainHead(0, FIRST_HASH) if row is None else ChainHead(row.sequence, row.hash)


def version_of(connection: sa.Connection, subject_key: str) -> int:
    """Return the sequence of the last decision about a subject, 0 if there is none."""
    table = schema.decisions
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.sequence), 0)).where(table.c.subject_key == subject_key)
    return int(connection.execute(query).scalar_one())


def last_closed_date(connection: sa.Connection) -> date | None:
    """Return the last closed day."""
    table = schema.decisions
    text = connection.execute(sa.select(sa.func.max(table.c.subject_key)).where(table.c.kind == "day_closed")).scalar()
    return None if text is None else date.fromisoformat(text)


def rows_by_key(
    connection: sa.Connection, table: sa.Table, key_column: str, keys: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return the rows with these keys, by key."""
    column = table.c[key_column]
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(keys), KEYS_PER_QUERY):
        rows = connection.execute(sa.select(table).where(column.in_(keys[start : start + KEYS_PER_QUERY])))
        found.update({row._asdict()[key_column]: row._asdict() for row in rows})
    return found


def as_recorded(row: Mapping[Any, Any]) -> RecordedDecision:
    """Return a row of the log as the noun."""
    return as_noun(_in_column_order(row))


def as_noun(row: Sequence[Any]) -> RecordedDecision:
    """Return the values of a row, in the order of the table's columns, as the noun; tens of thousands a second."""
    (
        sequence, _, kind, subject_kind, subject_key, occurrence, business_date, actor_kind, actor, reason_code,
        payload, evidence, number_series, run_key, policy_digest, recorded_at, previous_hash, own_hash,
    ) = row  # fmt: skip
    decision = Decision(
        kind=kind,
        subject_kind=subject_kind,
        subject_key=subject_key,
        business_date=_day(business_date),
        actor_kind=_ACTOR_KINDS[actor_kind],
        actor=actor,
        payload=json.loads(payload),
        occurrence=occurrence,
        reason_code=reason_code,
        evidence={} if evidence == "{}" else json.loads(evidence),
        number_series=number_series,
    )
    at = _moment(recorded_at)
    return RecordedDecision(sequence, decision, run_key, policy_digest, at, previous_hash, own_hash)


_in_column_order = itemgetter(*(column.name for column in schema.decisions.c))

# A log repeats few days and moments, and parsing them would be a third of reading it.
_day = lru_cache(maxsize=4096)(date.fromisoformat)
_moment = lru_cache(maxsize=4096)(datetime.fromisoformat)


def utc_text(at: datetime) -> str:
    """Return a timestamp as text in UTC; one without a time zone is refused."""
    if at.tzinfo is None:
        raise PermanentError(f"Cannot record at `{at}`: a timestamp in the log names its time zone. Pass one in UTC.")
    return at.astimezone(UTC).isoformat(timespec="microseconds")
