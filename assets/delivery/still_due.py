"""Whether a queued message may still leave: balance, dispute and hold are read again at the moment of the claim."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal

from assets.decisions.outbox import QueuedMessage
from assets.decisions.store import DecisionStore
from assets.platform.warehouse import Warehouse

# A person may have held an item, or taken a promise, since the walk queued its reminder.
STOPPED_BY: dict[str, str] = {"reminder_held": "ON_HOLD", "promise_recorded": "PROMISED"}
RELEASED_BY = "reminder_released"


def still_due(warehouse: Warehouse, store: DecisionStore) -> Callable[[QueuedMessage], str | None]:
    """Return the question the relay asks inside each claim: a reason code why not, or None when it may leave."""
    items = {
        row["document_key"]: row
        for row in warehouse.rows(
            "select document_key, customer_key, open_amount, is_disputed, is_rejected from reporting.rpt_open_items"
        )
    }
    stopped = _stopped_subjects(store)

    def why_not(queued: QueuedMessage) -> str | None:
        item = items.get(queued.message.subject_key)
        if item is None or item["open_amount"] <= Decimal(0):
            return "PAID"
        if item["is_disputed"]:
            return "DISPUTED"
        if item["is_rejected"]:
            return "REJECTED"
        return next(
            (stopped[subject] for subject in _subjects(queued, item["customer_key"]) if subject in stopped), None
        )

    return why_not


def _subjects(queued: QueuedMessage, customer_key: str | None) -> Collection[str]:
    return [queued.message.subject_key, *([customer_key] if customer_key else [])]


def _stopped_subjects(store: DecisionStore) -> dict[str, str]:
    stopped: dict[str, str] = {}
    for recorded in store.decisions():
        decision = recorded.decision
        if decision.kind in STOPPED_BY:
            stopped[decision.subject_key] = STOPPED_BY[decision.kind]
        elif decision.kind == RELEASED_BY:
            stopped.pop(decision.subject_key, None)
    return stopped
