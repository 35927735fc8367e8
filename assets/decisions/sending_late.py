"""What no close sends any more because it was queued too long ago: a person lets it leave, or be planned anew.

Nothing can leave twice by it. A reminder that is late says what is no longer true, so it is withdrawn for good in the
transaction that lets the next plan decide anew. A document says the same whenever it leaves: its one message is let go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from assets.decisions.errors import UndecidableError
from assets.decisions.outbox import DAYS_TO_SEND, MessageState, QueuedMessage
from assets.decisions.roles import require
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Row, Subject, Turn
from assets.ledger.decision import RecordedDecision

PLANNED_AGAIN = "REMINDER_PLANNED_AGAIN"
REMINDER, RELEASED = "reminder-", "message_released"
GOES_ON = (MessageState.SENT, MessageState.UNCERTAIN, MessageState.WAITING)


def late_before(open_day: date) -> date:
    """Return the first business day whose messages the next close still sends."""
    return open_day - timedelta(days=DAYS_TO_SEND)


def left_alone(messages: Iterable[QueuedMessage], open_day: date) -> list[QueuedMessage]:
    """Return the messages that wait and were queued too long ago for any close to send them by itself."""
    return [
        queued
        for queued in messages
        if queued.state is MessageState.WAITING and queued.message.business_date < late_before(open_day)
    ]


def is_reminder(queued: QueuedMessage) -> bool:
    """Return whether the message is a reminder; others bring a document."""
    return queued.message.occurrence.startswith(REMINDER)


def remind_again(
    store: DecisionStore,
    turn: Turn,
    item: Row,
    *,
    seen_version: int,
    note: str = "",
    outbox: Sequence[QueuedMessage] | None = None,
) -> list[RecordedDecision]:
    """Withdraw the reminders of a document that never left, so that the next plan decides about it anew.

    The plan writes a new letter by what is open then, from the first level on, and leaves it when the document is
    paid, disputed, promised or held by then. Who decides of several documents reads the outbox once for them all.
    """
    require(turn.actor, "remind_again")
    document_key, number = str(item["document_key"]), item["document_number"]
    for why, is_so in (
        ("nothing is open of it", item["open_amount"] <= 0),
        ("the customer disputes it", item["is_disputed"]),
        ("it came back", item["is_rejected"]),
    ):
        if is_so:
            raise UndecidableError(f"Cannot remind of `{number}` again: {why}, so no reminder of it is due.")
    if twin := _by_the_first_click(store, turn, document_key, seen_version):
        return twin
    queue = store.outbox() if outbox is None else outbox
    known = [queued for queued in queue if queued.message.subject_key == document_key and is_reminder(queued)]
    late = left_alone(known, turn.business_date)
    if not late:
        raise UndecidableError(
            f"Cannot remind of `{number}` again: none of its reminders is left alone. What was sent is not sent again, "
            "and what waits leaves with the next close."
        )
    newest = max(queued.message.business_date for queued in late)
    later = [each for each in known if each.state in GOES_ON and each.message.business_date > newest]
    if later:
        raise UndecidableError(
            f"Cannot remind of `{number}` again: a later reminder, of {later[-1].message.business_date}, was sent or "
            "leaves with the next close, and the plan goes on from there."
        )
    reminders = [
        {
            "outbox_key": queued.outbox_key,
            "level": queued.message.payload["level"],
            "business_date": queued.message.business_date.isoformat(),
        }
        for queued in late
    ]
    subject = Subject("document", document_key, item)
    payload = {"document_number": number, "reminders": reminders, "note": note}
    return store.append(
        [subject.decision(turn, "reminder_planned_again", payload, str(seen_version), PLANNED_AGAIN)],
        withdraws={queued.outbox_key: PLANNED_AGAIN for queued in late},
        seen_version=seen_version,
        recorded_at=turn.at,
    )


def send_late(store: DecisionStore, turn: Turn, outbox_key: str, *, note: str = "") -> list[RecordedDecision]:
    """Let the mail of an invoice or credit memo leave with the next close although it is late; once, as any message."""
    require(turn.actor, "send_late")
    queued = store.message(outbox_key)
    if queued is None or queued.state is not MessageState.WAITING:
        state = "not in the outbox" if queued is None else queued.state.value
        raise UndecidableError(f"Cannot send message `{outbox_key}` late: it is {state}. Only what waits can leave.")
    if is_reminder(queued):
        raise UndecidableError(
            f"Cannot send message `{outbox_key}` late: a reminder of {queued.message.business_date} says what is no "
            "longer true. Let it be planned again instead."
        )
    payload = {"document": queued.message.payload.get("document"), "note": note}
    shown = {"outbox_key": outbox_key, "queued_date": queued.message.business_date}
    decision = Subject("message", outbox_key, shown).decision(turn, RELEASED, payload, "1")
    return store.append([decision], recorded_at=turn.at)


def _by_the_first_click(
    store: DecisionStore, turn: Turn, document_key: str, seen_version: int
) -> list[RecordedDecision]:
    """Return what the same person recorded of the document after looking: this is the second click on it."""
    later = [entry for entry in store.on_subject(document_key) if entry.sequence > seen_version]
    is_twin = [entry.decision.kind for entry in later] == ["reminder_planned_again"]
    return later if is_twin and later[0].decision.actor == turn.actor.name else []
