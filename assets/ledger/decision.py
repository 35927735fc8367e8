"""What people and rules decided, as immutable records with a natural key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from json.encoder import encode_basestring
from typing import Any


class ActorKind(StrEnum):
    """Who decided."""

    RULE = "rule"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one subject. (kind, subject_key, occurrence) happens at most once."""

    kind: str
    subject_kind: str
    subject_key: str
    business_date: date
    actor_kind: ActorKind
    actor: str
    payload: Mapping[str, Any]
    occurrence: str = "1"
    reason_code: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    number_series: str | None = None  # set: the store gives it the next document number of that series

    @property
    def decision_key(self) -> str:
        """Return the hash of the natural key."""
        return natural_key(self.kind, self.subject_key, self.occurrence)


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision as it stands in the log."""

    sequence: int
    decision: Decision
    run_key: str | None
    policy_digest: str | None
    recorded_at: datetime
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """Something that should leave the building, queued with the decision that wants it."""

    decision_key: str
    channel: str  # email | whatsapp | write_back
    recipient: str
    subject_key: str
    business_date: date
    payload: Mapping[str, Any]
    occurrence: str = "1"

    @property
    def outbox_key(self) -> str:
        """Return the idempotency key: the same message is queued at most once, for ever."""
        return natural_key(self.channel, self.subject_key, self.occurrence)


def natural_key(*parts: str) -> str:
    """Return a hash of the parts that cannot collide by concatenation."""
    text = "[" + ",".join(map(encode_basestring, parts)) + "]"  # canonical_json(list(parts)), many times faster
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def canonical_json(value: Any) -> str:
    """Return one text per value: sorted keys, no spaces, amounts and dates as text, floats refused."""
    return _ENCODER.encode(value)


def _as_text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(
        f"`{value!r}` of type {type(value).__name__} cannot stand in a decision; "
        "use text, whole numbers, Decimal or dates."
    )


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_as_text)
