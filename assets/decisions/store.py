"""The decision store: one transaction per append, on SQLite or PostgreSQL by one URL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from assets.decisions import live_billings, proof, schema, transaction
from assets.decisions.chain import ChainHead, ChainReport
from assets.decisions.engine import engine_for
from assets.decisions.errors import AlreadyBilledError, StoreBusyError
from assets.decisions.outbox import Claim, MessageState, OutboxEventKind, QueuedMessage
from assets.ledger.decision import ActorKind, Decision, OutboxMessage, RecordedDecision
from assets.ledger.errors import PermanentError

_WRITER_LOCK = 4_711_208_516  # any fixed number: PostgreSQL's advisory lock that makes writers take turns


class DecisionStore:
    """What people and rules decided, what should be sent and what was, and the numbers of issued documents."""

    def __init__(self, engine: sa.Engine, shown_url: str) -> None:
        self._engine = engine
        self._shown_url = shown_url

    @classmethod
    def open(cls, url: str | Path) -> DecisionStore:
        """Return the store at a path (SQLite) or a `postgresql://` URL; what is missing of it is created."""
        engine, shown_url = engine_for(url)
        store = cls(engine, shown_url)
        with store._writing() as connection:
            schema.create_schema(connection)
            live_billings.create(connection)
        return store

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def now(self) -> datetime:
        """Return the time by the store's own clock: pages have none, and several servers would disagree."""
        is_sqlite = self._engine.dialect.name == "sqlite"
        clock = "select strftime('%Y-%m-%dT%H:%M:%f', 'now') || '+00:00'" if is_sqlite else "select clock_timestamp()"
        with self._reading() as connection:
            found: str | datetime = connection.execute(sa.text(clock)).scalar_one()
        return datetime.fromisoformat(found) if isinstance(found, str) else found.astimezone(UTC)

    def append(
        self,
        decisions: Sequence[Decision],
        *,
        outbox: Sequence[OutboxMessage] = (),
        withdraws: Mapping[str, str] | None = None,
        closes: date | None = None,
        seen_version: int | None = None,
        also_seen: Mapping[str, int] | None = None,
        recorded_at: datetime,
        run_key: str | None = None,
        policy_digest: str | None = None,
        read_until: int | None = None,
    ) -> list[RecordedDecision]:
        """Record decisions, messages and a day's closing together or not at all; return them as they stand in the log.

        A decision that is already recorded with the same payload is returned as recorded. `closes` marks a day as
        closed. `seen_version` is what `version` of the first decision's subject was when the person looked, `also_seen`
        that of other subjects decided about together with it.
        `withdraws` names messages that must not leave any more, with the reason; one that was claimed is too late.
        `read_until` is the sequence up to which a run had read the log: a day is not closed over the head of a person
        who has decided since.
        """
        at = transaction.utc_text(recorded_at)
        wanted = transaction.keyed(transaction.with_closing(decisions, closes))
        stamps = {"run_key": run_key, "policy_digest": policy_digest, "recorded_at": at}
        with self._writing() as connection:
            known = transaction.rows_by_key(connection, schema.decisions, "decision_key", [key for key, _ in wanted])
            seen = dict(also_seen or {})
            if seen_version is not None and wanted:
                seen[wanted[0][1].subject_key] = seen_version
            for subject_key, version in seen.items():
                transaction.refuse_stale_view(connection, wanted, known, subject_key, version)
            if closes is not None and read_until is not None:
                transaction.refuse_unread_decisions(connection, closes, read_until)
            fresh = transaction.not_yet_recorded(wanted, known)
            transaction.refuse_closed_days(fresh, transaction.last_closed_date(connection))
            known.update(transaction.insert_decisions(connection, fresh, stamps))
            transaction.insert_messages(connection, outbox, at)
            if fresh and withdraws:
                transaction.withdraw_messages(connection, withdraws, fresh[0][1], recorded_at)
        return [transaction.as_recorded(known[key]) for key, _ in wanted]

    def decisions(
        self, *, since: int = 0, until: int | None = None, kinds: Collection[str] | None = None
    ) -> list[RecordedDecision]:
        """Return the decisions after sequence `since` up to and including `until`, in order; of some kinds if given."""
        table = schema.decisions
        query = sa.select(table).where(table.c.sequence > since).order_by(table.c.sequence)
        if until is not None:
            query = query.where(table.c.sequence <= until)
        if kinds is not None:
            query = query.where(table.c.kind.in_(sorted(kinds)))
        with self._reading() as connection:
            return [transaction.as_noun(row) for row in connection.execute(query)]

    def on_subject(self, subject_key: str) -> list[RecordedDecision]:
        """Return everything decided about one subject, in order."""
        table = schema.decisions
        query = sa.select(table).where(table.c.subject_key == subject_key).order_by(table.c.sequence)
        with self._reading() as connection:
            return [transaction.as_noun(row) for row in connection.execute(query)]

    def version(self, subject_key: str) -> int:
        """Return the sequence of the last decision about the subject, 0 if there is none."""
        with self._reading() as connection:
            return transaction.version_of(connection, subject_key)

    def last_sequence(self) -> int:
        """Return the sequence of the last decision, 0 in an empty log."""
        with self._reading() as connection:
            return transaction.chain_head(connection, schema.decisions).length

    def human_since(self, sequence: int) -> int:
        """Return how many decisions of people were recorded after `sequence`, other than by a run itself.

        What a scripted reviewer approves within a run is known to that run and starts no other.
        """
        table = schema.decisions
        query = (
            sa.select(sa.func.count())
            .select_from(table)
            .where(
                table.c.actor_kind == ActorKind.PERSON.value,
                table.c.sequence > sequence,
                table.c.run_key.is_(None),
            )
        )
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())

    def people_since(self, sequence: int) -> list[RecordedDecision]:
        """Return the decisions of people recorded after `sequence`, in order."""
        table = schema.decisions
        query = (
            sa.select(table)
            .where(table.c.actor_kind == ActorKind.PERSON.value, table.c.sequence > sequence)
            .order_by(table.c.sequence)
        )
        with self._reading() as connection:
            return [transaction.as_noun(row) for row in connection.execute(query)]

    def last_closed_date(self) -> date | None:
        """Return the last business day that is closed, None before the first close."""
        with self._reading() as connection:
            return transaction.last_closed_date(connection)

    def is_closed(self, day: date) -> bool:
        """Return whether the day is closed: it, or a later one, was closed. Such a day is never decided again."""
        last = self.last_closed_date()
        return last is not None and day <= last

    def outbox(self, *, state: MessageState | None = None) -> list[QueuedMessage]:
        """Return queued messages in the order they were queued, with what became of them; of one state if given."""
        with self._reading() as connection:
            messages = transaction.queued_messages(connection, None)
        return [message for message in messages if state is None or message.state is state]

    def message(self, outbox_key: str) -> QueuedMessage | None:
        """Return one message with what became of it, None when the outbox does not hold it."""
        with self._reading() as connection:
            return next(iter(transaction.queued_messages(connection, outbox_key)), None)

    def uncertain(self) -> list[QueuedMessage]:
        """Return the messages that were claimed and whose sending nobody confirmed. Only a person may settle them."""
        return self.outbox(state=MessageState.UNCERTAIN)

    def claim(
        self,
        outbox_key: str,
        worker: str,
        at: datetime,
        *,
        on: date | None = None,
        still_due: Callable[[QueuedMessage], str | None] | None = None,
    ) -> Claim | None:
        """Claim a message for one sending attempt; None when it is not waiting.

        `on` is the business day whose close sends it, by default the message's own.

        `still_due` is asked inside the claiming transaction, so no hold can be recorded between its answer and the
        claim. When it gives a reason code the message is withdrawn for good instead of claimed.
        """
        with self._writing() as connection:
            message = transaction.queued_message(connection, outbox_key)
            if message.state is not MessageState.WAITING:
                return None
            attempt = message.attempt + 1
            reason_code = still_due(message) if still_due else None
            kind = OutboxEventKind.WITHDRAWN if reason_code else OutboxEventKind.CLAIMED
            day = on or message.message.business_date
            transaction.insert_event(connection, outbox_key, kind, attempt, worker, reason_code or "", at, day)
            return Claim(message, attempt, reason_code)

    def mark_sent(
        self, outbox_key: str, attempt: int, worker: str, at: datetime, detail: str = "", *, on: date | None = None
    ) -> None:
        """Record that the claimed attempt was sent."""
        self._settle(outbox_key, OutboxEventKind.SENT, attempt, worker, detail, at, on)

    def mark_failed(
        self, outbox_key: str, attempt: int, worker: str, at: datetime, detail: str, *, on: date | None = None
    ) -> None:
        """Record that the claimed attempt certainly did not leave; the message may be claimed again."""
        self._settle(outbox_key, OutboxEventKind.FAILED, attempt, worker, detail, at, on)

    def settle_uncertain(
        self, outbox_key: str, *, was_sent: bool, actor: str, at: datetime, detail: str, on: date | None = None
    ) -> None:
        """Record what a person found out about an uncertain message: it was sent, or it was not and may be again."""
        kind = OutboxEventKind.FOUND_SENT if was_sent else OutboxEventKind.FOUND_NOT_SENT
        self._settle(outbox_key, kind, None, actor, detail, at, on)

    def _settle(
        self,
        outbox_key: str,
        kind: OutboxEventKind,
        attempt: int | None,
        actor: str,
        detail: str,
        at: datetime,
        on: date | None,
    ) -> None:
        with self._writing() as connection:
            message = transaction.queued_message(connection, outbox_key)
            current = message.attempt if attempt is None else attempt
            if message.state is not MessageState.UNCERTAIN or message.attempt != current:
                raise PermanentError(
                    f"Cannot mark attempt {current} of message `{outbox_key}` as {kind.value}: it is "
                    f"{message.state.value} after attempt {message.attempt}. Only a claimed attempt has an outcome."
                )
            day = on or message.message.business_date
            transaction.insert_event(connection, outbox_key, kind, current, actor, detail, at, day)

    def verify(self, anchor: Mapping[str, ChainHead] | None = None) -> ChainReport:
        """Check every row of every chain and what ties them together; with `anchor`, also that no tail was cut."""
        with self._reading() as connection:
            return proof.verify(connection, anchor or {})

    def digest(self) -> str:
        """Return one hash over all contents; when, by whom and by which run they were written does not count."""
        with self._reading() as connection:
            return proof.digest(connection)

    def export_rows(self, *, until: date | None = None) -> dict[str, list[dict[str, str | None]]]:
        """Return the log as the rows of the raw tables it is extracted to, every value as text.

        `until` leaves out what counts on a later business day, so that a past window reads as it was decided.
        """
        with self._reading() as connection:
            return proof.export_rows(connection, until)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """One state of the store, however many tables are read."""
        engine = self._engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with self._named_errors(), engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One writer at a time: the lock is taken before the first read, so what is read stays true until commit."""
        engine = self._engine.execution_options(sqlite_begin="begin immediate")
        with self._named_errors(), engine.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
            yield connection

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            if "locked" in str(error.orig) or "busy" in str(error.orig):
                raise StoreBusyError(self._shown_url) from error
            raise
        except DBAPIError as error:
            if live_billings.BILLED_TWICE in str(error.orig):
                raise AlreadyBilledError from error
            raise
