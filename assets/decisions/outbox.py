"""What can become of a queued message: claimed before it is sent, then exactly one outcome, each an inserted event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from assets.ledger.decision import OutboxMessage

# What a close could not send it may send for these many days; after that the next plan decides anew.
DAYS_TO_SEND = 3


class OutboxEventKind(StrEnum):
    """What happened to a message; unique per message, kind and attempt."""

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    FOUND_SENT = "found_sent"
    FOUND_NOT_SENT = "found_not_sent"


class MessageState(StrEnum):
    """Where a message stands after its last event."""

    WAITING = "waiting"  # never claimed
    UNCERTAIN = "uncertain"  # claimed, outcome unknown: never sent again by itself
    SENT = "sent"
    FAILED = "failed"  # certainly not sent, and tried often enough
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message of the outbox and what became of it so far."""

    outbox_key: str
    message: OutboxMessage
    state: MessageState
    attempt: int
    detail: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send a message once; or, with a reason code, the news that it was withdrawn instead."""

    queued: QueuedMessage
    attempt: int
    withdrawn_because: str | None = None


_STATE_AFTER = {
    OutboxEventKind.CLAIMED: MessageState.UNCERTAIN,
    OutboxEventKind.SENT: MessageState.SENT,
    OutboxEventKind.FAILED: MessageState.WAITING,
    OutboxEventKind.WITHDRAWN: MessageState.WITHDRAWN,
    OutboxEventKind.FOUND_SENT: MessageState.SENT,
    OutboxEventKind.FOUND_NOT_SENT: MessageState.WAITING,
}

MOST_ATTEMPTS = 5


def state_after(last_event: OutboxEventKind | None, attempt: int) -> MessageState:
    """Return where a message stands after its last event; one that failed too often waits no more."""
    if last_event is None:
        return MessageState.WAITING
    if last_event is OutboxEventKind.FAILED and attempt >= MOST_ATTEMPTS:
        return MessageState.FAILED
    return _STATE_AFTER[last_event]
