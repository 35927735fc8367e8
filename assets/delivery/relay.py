"""The relay: claim, send, mark. What cannot be told apart from sent is never sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from assets.decisions.outbox import MessageState, QueuedMessage
from assets.decisions.store import DecisionStore
from assets.delivery.senders import Sender, Sending
from assets.ledger.errors import PermanentError

UNSENDABLE, REFUSED = "MESSAGE_UNSENDABLE", "DOCUMENT_REFUSED"

StillDue = Callable[[QueuedMessage], str | None]
Complete = Callable[[QueuedMessage], QueuedMessage]


def as_queued(queued: QueuedMessage) -> QueuedMessage:
    """Return a message as it is: complete when it was queued."""
    return queued


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict of the tests that tie the books together; missing counts as red."""

    verdict: str | None
    detail: str = ""

    def why_shut(self) -> str | None:
        """Return why nothing may be sent, or None when the books tie."""
        if self.verdict == "green":
            return None
        if self.verdict is None:
            return "No verdict is stored for the last run, so nothing is sent. Run the close to its end."
        return f"The last run is {self.verdict}, so nothing is sent: {self.detail or 'look at its failed tests'}"


def gate_of(verdict: str, detail: str, as_of_date: date, *, last_closed: date | None) -> Gate:
    """Return the gate of a run; one that looks back at a past day must not send by the balances of that day."""
    if last_closed is not None and as_of_date < last_closed:
        return Gate("stale", f"it looks back at {as_of_date}, and {last_closed} is closed")
    return Gate(verdict, detail)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one relay run did with the messages that waited."""

    sent: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    withdrawn: Mapping[str, str] = field(default_factory=dict)
    left_waiting: tuple[str, ...] = ()  # no sender for their channel here
    uncertain: tuple[str, ...] = ()  # all there are, from this run or earlier; a person settles them
    stopped_because: str | None = None


def deliver(
    store: DecisionStore,
    senders: Mapping[str, Sender],
    *,
    gate: Gate,
    still_due: StillDue,
    worker: str,
    clock: Callable[[], datetime],
    since: date = date.min,
    on: date | None = None,
    complete: Complete = as_queued,
    is_never_late: Callable[[QueuedMessage], bool] = lambda _: False,
) -> DeliveryReport:
    """Send what waits and is still due, each message once; send nothing at all while the gate is shut.

    Messages of business days before `since` are left alone: what was not sent in time is not sent late, unless
    `is_never_late` says so. `on` is the business day whose close sends. `complete` writes what a message only names.
    """
    stopped_because = gate.why_shut()
    if stopped_because is not None:
        return DeliveryReport(uncertain=_uncertain(store), stopped_because=stopped_because)
    sent: list[str] = []
    failed: list[str] = []
    left_waiting: list[str] = []
    withdrawn: dict[str, str] = {}
    for queued in store.outbox(state=MessageState.WAITING):
        if queued.message.business_date < since and not is_never_late(queued):
            continue
        sender = senders.get(queued.message.channel)
        if sender is None:
            left_waiting.append(queued.outbox_key)
            continue
        try:
            completed = complete(queued)  # before the claim: documents take time, and a claim holds up every clerk
        except PermanentError:  # its documents cannot be made, or the rules refuse them
            completed = queued
            still: StillDue = _refused
        else:
            still = _and_sendable(sender, still_due, completed)
        claim = store.claim(queued.outbox_key, worker, clock(), on=on, still_due=still)
        if claim is None:
            continue
        if claim.withdrawn_because is not None:
            withdrawn[queued.outbox_key] = claim.withdrawn_because
            continue
        outcome = sender.send(completed)
        if outcome.sending is Sending.SENT:
            store.mark_sent(queued.outbox_key, claim.attempt, worker, clock(), outcome.detail, on=on)
            sent.append(queued.outbox_key)
        elif outcome.sending is Sending.NOT_SENT:
            store.mark_failed(queued.outbox_key, claim.attempt, worker, clock(), outcome.detail, on=on)
            failed.append(queued.outbox_key)
    return DeliveryReport(tuple(sent), tuple(failed), withdrawn, tuple(left_waiting), _uncertain(store))


def _and_sendable(sender: Sender, still_due: StillDue, completed: QueuedMessage) -> StillDue:
    def answer(queued: QueuedMessage) -> str | None:
        try:
            sender.check(completed)
        except PermanentError:
            return UNSENDABLE
        return still_due(queued)

    return answer


def _refused(_: QueuedMessage) -> str | None:
    return REFUSED


def _uncertain(store: DecisionStore) -> tuple[str, ...]:
    return tuple(queued.outbox_key for queued in store.uncertain())
