"""What every decision of a person shares: who decides on which day, about what they saw, recorded once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assets.decisions.roles import Actor
from assets.decisions.store import DecisionStore
from assets.ledger.decision import ActorKind, Decision, RecordedDecision, canonical_json

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """Who decides, on which open business day, and when by the clock."""

    actor: Actor
    business_date: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """What is decided about, and the row of it that the person saw."""

    kind: str
    key: str
    shown: Row

    def decision(
        self, turn: Turn, kind: str, payload: Row, occurrence: str, reason_code: str | None = None
    ) -> Decision:
        return Decision(
            kind=kind,
            subject_kind=self.kind,
            subject_key=str(self.key),
            business_date=turn.business_date,
            actor_kind=ActorKind.PERSON,
            actor=turn.actor.name,
            payload=payload,
            occurrence=occurrence,
            reason_code=reason_code,
            evidence={"shown_digest": digest_of(self.shown)},
        )


def digest_of(contents: Row) -> str:
    """Return a hash of what was looked at, so that a decision can be tied to it."""
    return hashlib.sha256(canonical_json(contents).encode()).hexdigest()


def seen_history(store: DecisionStore, subject_key: str, seen_version: int) -> list[RecordedDecision]:
    """Return the subject's history as the person saw it; what came after is for the store to refuse."""
    return [entry for entry in store.on_subject(subject_key) if entry.sequence <= seen_version]


def decide_once(
    store: DecisionStore,
    turn: Turn,
    kind: str,
    subject: Subject,
    payload: Row,
    seen_version: int,
    reason_code: str | None = None,
) -> list[RecordedDecision]:
    """Record one decision. Its occurrence is the version that was seen, so a second click is the same decision."""
    decision = subject.decision(turn, kind, payload, str(seen_version), reason_code)
    return store.append([decision], seen_version=seen_version, recorded_at=turn.at)
