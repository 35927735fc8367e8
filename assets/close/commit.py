"""How a walked day gets into the log: its decisions, its messages and its closing in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from assets.decisions.store import DecisionStore
from assets.ledger.decision import Decision, OutboxMessage, RecordedDecision
from assets.platform import progress

Commit = Callable[[date, list[Decision], list[OutboxMessage], bool], list[RecordedDecision]]


def committing(
    store: DecisionStore, recorded_at: datetime, *, read_until: int, run_key: str, policy_digest: str
) -> Commit:
    """Return the function with which the walk records a day, having read the log up to a sequence."""

    def commit(
        day: date, decisions: Sequence[Decision], messages: Sequence[OutboxMessage], closes: bool
    ) -> list[RecordedDecision]:
        progress.tell(f"Deciding, day by day: {'closing' if closes else 'looking into'} {day}")
        return store.append(
            decisions,
            outbox=messages,
            closes=day if closes else None,
            recorded_at=recorded_at,
            run_key=run_key,
            policy_digest=policy_digest,
            read_until=read_until,
        )

    return commit
