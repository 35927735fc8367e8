"""The walk's reminders: the day's plan from the state, and its rows as the record says it went."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from assets.collections.decide import (
    REMINDED,
    SEND,
    SUPPRESSED,
    CollectionContext,
    ReminderLine,
    SentReminder,
    plan_reminders,
)
from assets.collections.policy import CollectionsPolicy
from assets.ledger.day import DayState
from assets.ledger.documents import OpenItem

DECIDED_NEXT_DAY = "DECIDED_NEXT_DAY"


def plan_of_day(
    state: DayState,
    items: Iterable[OpenItem],
    policy: CollectionsPolicy,
    *,
    proposed_documents: Collection[str],
    unapplied_minor: dict[tuple[str, str], int],
    business_date: date,
) -> list[ReminderLine]:
    """Return one line per item; what was queued today does not count as sent before, so a replay plans the same."""
    planned = list(items)
    last = {}
    for key in state.reminders.keys() & {item.document_key for item in planned}:
        before = [sent for sent in state.reminders[key] if sent[1] < business_date]
        if before:
            last[key] = SentReminder(*max(before))
    context = CollectionContext(
        legal_entities=state.entities,
        customers=state.customers,
        last_statement_dates=state.bank_known_until(),
        unapplied_minor=unapplied_minor,
        proposed_documents=proposed_documents,
        disputed_documents=state.disputed_documents().keys(),
        rejected_documents=state.rejected_documents().keys(),
        promised_dates={key: promised for key, (promised, _) in state.promises.items()},
        held_documents=state.reminder_holds.keys(),
        held_customers=state.reminder_holds.keys(),
        last_reminders=last,
        taken_back=state.reminders_taken_back,
    )
    return plan_reminders(planned, context, policy, business_date=business_date)


def rows_of_plan(lines: Iterable[ReminderLine], queued: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the plan; `queued` names the documents reminded today on record, with their outbox keys."""
    for line in lines:
        row = line.row()
        key = line.item.document_key
        if key in queued:
            row["decision"], row["reason_code"], row["outbox_key"] = SEND, REMINDED, queued[key]
        elif line.decision == SEND:
            row["decision"], row["reason_code"], row["outbox_key"] = SUPPRESSED, DECIDED_NEXT_DAY, None
        yield row
