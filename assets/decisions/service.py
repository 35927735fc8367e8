"""What a person can decide, each as one function: role checked, state checked, recorded in one transaction.

Every function takes the row the person saw as published, and the version of its subject: when somebody decided in the
meantime nothing is recorded. The same click sent twice is recorded once. Drafts and invoices are decided in
`invoice_review`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from assets.decisions.errors import UndecidableError
from assets.decisions.roles import require
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Row, Subject, Turn, decide_once, seen_history
from assets.ledger.decision import Decision, RecordedDecision
from assets.ledger.documents import plain
from assets.ledger.money import ZERO

APPLYING = ("cash_applied", "match_confirmed", "match_changed")
UNDOABLE = (*APPLYING, "cash_on_account", "match_rejected")


@dataclass(frozen=True, slots=True)
class Application:
    """The part of a receipt that a person assigns to a document."""

    document_key: str
    document_number: str
    applied_amount: Decimal


def confirm_match(
    store: DecisionStore, turn: Turn, receipt: Row, proposal: Sequence[Row], *, seen_version: int
) -> list[RecordedDecision]:
    """Accept a proposed match as it was shown, with what its payer left unpaid and why."""
    require(turn.actor, "confirm_match")
    applications = [
        Application(str(row["document_key"]), str(row["document_number"]), row["applied_amount"])
        for row in proposal
        if row.get("document_key")
    ]
    payload = _match_payload(store, receipt, applications, receipt.get("customer_key"), seen_version)
    payload["rule"] = next((row.get("rule") for row in proposal), None)
    differences = _differences_shown(receipt, proposal)
    if differences:
        payload["differences"] = differences
    return decide_once(store, turn, "match_confirmed", _receipt(receipt), payload, seen_version)


def change_match(
    store: DecisionStore,
    turn: Turn,
    receipt: Row,
    applications: Sequence[Application],
    *,
    seen_version: int,
    customer_key: str | None,
    note: str = "",
) -> list[RecordedDecision]:
    """Apply a receipt to the documents the person chose."""
    require(turn.actor, "change_match")
    payload = {**_match_payload(store, receipt, applications, customer_key, seen_version), "note": note}
    return decide_once(store, turn, "match_changed", _receipt(receipt), payload, seen_version)


def reject_match(
    store: DecisionStore,
    turn: Turn,
    receipt: Row,
    proposal: Sequence[Row],
    *,
    seen_version: int,
    reason_code: str,
    note: str = "",
) -> list[RecordedDecision]:
    """Turn a proposed match down; the receipt stays unapplied."""
    require(turn.actor, "reject_match")
    _refuse_applied(store, receipt, seen_version)
    document_keys = sorted(str(row["document_key"]) for row in proposal if row.get("document_key"))
    payload = {"document_keys": document_keys, "note": note}
    return decide_once(
        store,
        turn,
        "match_rejected",
        _receipt(receipt),
        payload,
        seen_version,
        reason_code,
    )


def put_on_account(
    store: DecisionStore,
    turn: Turn,
    receipt: Row,
    *,
    seen_version: int,
    customer_key: str | None,
    note: str = "",
) -> list[RecordedDecision]:
    """Keep what is left of a receipt on its customer's account; no rule proposes it again until that is undone."""
    require(turn.actor, "put_on_account")
    _refuse_applied(store, receipt, seen_version)
    if not customer_key:
        raise UndecidableError(
            f"Cannot put receipt `{receipt['receipt_id']}` on account: nobody knows whose it is. Name the customer."
        )
    payload = {
        "customer_key": customer_key,
        "currency_code": receipt["currency_code"],
        "applications": [],
        "unapplied_amount": plain(receipt["unapplied_amount"]),
        "note": note,
    }
    return decide_once(store, turn, "cash_on_account", _receipt(receipt), payload, seen_version)


def undo_application(
    store: DecisionStore, turn: Turn, application: Row, *, seen_version: int, note: str
) -> list[RecordedDecision]:
    """Take an application back, or the refusal of one; the receipt waits again from this business day on."""
    require(turn.actor, "undo_application")
    receipt_key, undone_key = str(application["receipt_key"]), str(application["decision_key"])
    history = [entry.decision for entry in seen_history(store, receipt_key, seen_version)]
    if undone_key not in {decision.decision_key for decision in history if decision.kind in UNDOABLE}:
        raise UndecidableError(
            f"Cannot undo decision `{undone_key}` of receipt `{receipt_key}`: the log holds no application under that "
            "key. Applications that came from accounting are corrected there."
        )
    if undone_key in _undone(history):
        raise UndecidableError(f"Cannot undo decision `{undone_key}` of receipt `{receipt_key}`: it is undone already.")
    decision = Subject("receipt", receipt_key, application).decision(
        turn, "application_undone", {"undoes": undone_key, "note": note}, undone_key
    )
    return store.append([decision], seen_version=seen_version, recorded_at=turn.at)


def hold_reminder(
    store: DecisionStore, turn: Turn, item: Row, *, seen_version: int, whole_customer: bool = False, note: str = ""
) -> list[RecordedDecision]:
    """Stop reminders of one document, or of everything the customer owes, until released."""
    require(turn.actor, "hold_reminder")
    return decide_once(
        store, turn, "reminder_held", _reminder_subject(item, whole_customer), {"note": note}, seen_version
    )


def release_reminder(
    store: DecisionStore, turn: Turn, item: Row, *, seen_version: int, whole_customer: bool = False, note: str = ""
) -> list[RecordedDecision]:
    """Let reminders go out again."""
    require(turn.actor, "release_reminder")
    subject = _reminder_subject(item, whole_customer)
    return decide_once(store, turn, "reminder_released", subject, {"note": note}, seen_version)


def record_promise(
    store: DecisionStore, turn: Turn, item: Row, *, seen_version: int, promised_date: date, promised_amount: Decimal
) -> list[RecordedDecision]:
    """Record what the customer promised to pay for a document, and by when."""
    require(turn.actor, "record_promise")
    open_amount = item["open_amount"]
    if not ZERO < promised_amount <= open_amount or promised_date < turn.business_date:
        raise UndecidableError(
            f"Cannot record a promise of {promised_amount} by {promised_date.isoformat()} for "
            f"`{item['document_number']}`: {open_amount} is open, and the day must not be past."
        )
    payload = {
        "promised_date": promised_date,
        "promised_amount": plain(promised_amount),
        "currency_code": item["currency_code"],
    }
    return decide_once(store, turn, "promise_recorded", _reminder_subject(item, False), payload, seen_version)


def assign_exception(
    store: DecisionStore, turn: Turn, exception: Row, *, seen_version: int, owner: str, note: str = ""
) -> list[RecordedDecision]:
    """Give an exception to somebody."""
    require(turn.actor, "assign_exception")
    if not owner.strip():
        raise UndecidableError(f"Cannot assign exception `{exception['exception_key']}` to nobody: name an owner.")
    return _on_exception(store, turn, "exception_assigned", exception, {"owner": owner, "note": note}, seen_version)


def close_exception(
    store: DecisionStore, turn: Turn, exception: Row, *, seen_version: int, note: str
) -> list[RecordedDecision]:
    """Close an exception by hand; the note says why it needs nothing more."""
    require(turn.actor, "close_exception")
    if not note.strip():
        raise UndecidableError(
            f"Cannot close exception `{exception['exception_key']}` without a note: say why it needs nothing more."
        )
    return _on_exception(store, turn, "exception_closed", exception, {"note": note}, seen_version)


def retry_exception(
    store: DecisionStore, turn: Turn, exception: Row, *, seen_version: int, note: str = ""
) -> list[RecordedDecision]:
    """Ask for the step that failed to be tried again; a sensor carries it out."""
    require(turn.actor, "retry_exception")
    return _on_exception(store, turn, "exception_retried", exception, {"note": note}, seen_version)


def release_order(
    store: DecisionStore, turn: Turn, order: Row, *, seen_version: int, note: str
) -> list[RecordedDecision]:
    """Let an order move on although a check failed."""
    require(turn.actor, "release_order")
    return decide_once(store, turn, "order_released", _order(order), {"note": note}, seen_version)


def release_credit(
    store: DecisionStore, turn: Turn, order: Row, *, seen_version: int, note: str
) -> list[RecordedDecision]:
    """Let an order move on although credit says hold."""
    require(turn.actor, "release_credit")
    return decide_once(store, turn, "credit_released", _order(order), {"note": note}, seen_version)


def settle_uncertain(store: DecisionStore, turn: Turn, outbox_key: str, *, was_sent: bool, detail: str) -> None:
    """Record what a person found out about a message nobody confirmed: sent, or free to be sent again."""
    require(turn.actor, "settle_uncertain")
    if not detail.strip():
        raise UndecidableError(f"Cannot settle message `{outbox_key}` without a note: say how you know.")
    store.settle_uncertain(outbox_key, was_sent=was_sent, actor=turn.actor.name, at=turn.at, detail=detail)


def _match_payload(
    store: DecisionStore,
    receipt: Row,
    applications: Sequence[Application],
    customer_key: str | None,
    seen_version: int,
) -> dict[str, Any]:
    """Return what is applied; refuse more than the receipt holds, nothing at all, or a document named twice."""
    _refuse_applied(store, receipt, seen_version)
    applied = sum((application.applied_amount for application in applications), ZERO)
    unapplied = receipt["unapplied_amount"] - applied
    numbers = [application.document_number for application in applications]
    faults = []
    if not applications:
        faults.append("no document is named")
    if any(application.applied_amount <= 0 for application in applications):
        faults.append("every amount must be above zero")
    if len(set(numbers)) != len(numbers):
        faults.append("a document is named twice")
    if unapplied < 0:
        faults.append(f"{applied} would be applied, but {receipt['unapplied_amount']} is left of it")
    if faults:
        raise UndecidableError(f"Cannot apply receipt `{receipt['receipt_id']}`: {'; '.join(faults)}.")
    return {
        "customer_key": customer_key,
        "currency_code": receipt["currency_code"],
        "applications": [
            {
                "document_key": application.document_key,
                "document_number": application.document_number,
                "applied_amount": plain(application.applied_amount),
            }
            for application in applications
        ],
        "unapplied_amount": plain(unapplied),
    }


def _differences_shown(receipt: Row, proposal: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what a proposal says was left unpaid; refuse one that would close more of a document than is open."""
    differences, faults = [], []
    for row in proposal:
        for each in _evidence_of(row).get("differences", ()):
            if each["document_key"] != row.get("document_key") or each in differences:
                continue
            differences.append(dict(each))
            closed, still_open = row["applied_amount"] + Decimal(each["amount"]), row.get("document_open_amount")
            if each["clears"] and still_open is not None and closed > still_open:
                faults.append(f"{closed} would be closed of `{each['document_number']}`, but {still_open} is open")
    if faults:
        raise UndecidableError(f"Cannot apply receipt `{receipt['receipt_id']}`: {'; '.join(faults)}.")
    return differences


def _evidence_of(row: Row) -> dict[str, Any]:
    evidence = row.get("evidence") or {}
    found = json.loads(evidence, parse_float=str) if isinstance(evidence, str) else evidence
    return found if isinstance(found, dict) else {}


def _refuse_applied(store: DecisionStore, receipt: Row, seen_version: int) -> None:
    """Refuse when somebody applied the receipt after the row's amounts were computed."""
    history = seen_history(store, str(receipt["receipt_key"]), seen_version)
    shown_version = receipt.get("version")
    shown_version = seen_version if shown_version is None else int(shown_version)
    undone = _undone([entry.decision for entry in history])
    for entry in history:
        decision = entry.decision
        is_newer = entry.sequence > shown_version
        if is_newer and decision.kind in APPLYING and decision.decision_key not in undone:
            raise UndecidableError(
                f"Cannot decide about receipt `{receipt['receipt_id']}`: `{decision.actor}` applied it, and the next "
                "run will show it. Undo that first."
            )


def _undone(history: Sequence[Decision]) -> set[str]:
    return {str(decision.payload["undoes"]) for decision in history if decision.kind == "application_undone"}


def _receipt(receipt: Row) -> Subject:
    return Subject("receipt", receipt["receipt_key"], receipt)


def _order(order: Row) -> Subject:
    return Subject("order", order["order_key"], order)


def _reminder_subject(item: Row, whole_customer: bool) -> Subject:
    kind = "customer" if whole_customer else "document"
    return Subject(kind, item[f"{kind}_key"], item)


def _on_exception(
    store: DecisionStore, turn: Turn, kind: str, exception: Row, payload: Row, seen_version: int
) -> list[RecordedDecision]:
    subject = Subject("exception", exception["exception_key"], exception)
    return decide_once(store, turn, kind, subject, payload, seen_version, exception.get("reason_code"))
