"""What a person can decide, each as one function: role checked, state checked, recorded in one transaction.

Every function takes the row the person saw as published, and the version of its subject: when somebody decided in the
meantime nothing is recorded. The same click sent twice is recorded once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from assets.decisions.errors import UndecidableError
from assets.decisions.roles import Actor, require
from assets.decisions.store import DecisionStore
from assets.ledger.decision import ActorKind, Decision, RecordedDecision, canonical_json
from assets.ledger.documents import draft_of, lines_of, plain, totals
from assets.ledger.issuing import issue_invoice
from assets.ledger.money import ZERO, line_amount
from assets.ledger.parties import LegalEntity

Row = Mapping[str, Any]

DRAFTING = ("draft_created", "draft_corrected")
APPLYING = ("cash_applied", "match_confirmed", "match_changed")


@dataclass(frozen=True, slots=True)
class Turn:
    """Who decides, on which open business day, and when by the clock."""

    actor: Actor
    business_date: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Application:
    """The part of a receipt that a person assigns to a document."""

    document_key: str
    document_number: str
    applied_amount: Decimal


def approve_draft(store: DecisionStore, turn: Turn, draft: Row, *, seen_version: int) -> list[RecordedDecision]:
    """Approve a draft and issue its invoice with the next number of its series, both or neither."""
    require(turn.actor, "approve_draft")
    recorded = _reviewable_draft(store, draft, "approve", seen_version)
    approved = _charge(draft).decision(turn, "draft_approved", {"draft_digest": digest_of(recorded)}, "1")
    issued = issue_invoice(
        draft_of(recorded),
        _issuing_entity(recorded),
        invoice_date=turn.business_date,
        actor_kind=ActorKind.PERSON,
        actor=turn.actor.name,
        evidence=approved.evidence,
    )
    return store.append([approved, issued], seen_version=seen_version, recorded_at=turn.at)


def reject_draft(
    store: DecisionStore, turn: Turn, draft: Row, *, seen_version: int, reason_code: str, note: str = ""
) -> list[RecordedDecision]:
    """Turn a draft down with a reason; it is not issued unless it is corrected first."""
    require(turn.actor, "reject_draft")
    recorded = _reviewable_draft(store, draft, "reject", seen_version)
    payload = {"draft_digest": digest_of(recorded), "note": note}
    return _decide(
        store,
        turn,
        "draft_rejected",
        _charge(draft),
        payload,
        seen_version,
        reason_code,
    )


def hold_draft(
    store: DecisionStore, turn: Turn, draft: Row, *, seen_version: int, reason_code: str, note: str = ""
) -> list[RecordedDecision]:
    """Keep a draft back with a reason; it can be approved later."""
    require(turn.actor, "hold_draft")
    recorded = _reviewable_draft(store, draft, "hold", seen_version)
    payload = {"draft_digest": digest_of(recorded), "note": note}
    return _decide(store, turn, "draft_held", _charge(draft), payload, seen_version, reason_code)


def correct_draft(
    store: DecisionStore,
    turn: Turn,
    draft: Row,
    *,
    seen_version: int,
    purchase_order_number: str | None,
    lines: Sequence[Mapping[str, Any]],
    note: str,
) -> list[RecordedDecision]:
    """Replace a draft's purchase order and lines; totals are computed again from the lines, never entered."""
    require(turn.actor, "correct_draft")
    if not note.strip():
        raise UndecidableError(f"Cannot correct draft `{draft['billing_key']}` without a note: say what was wrong.")
    recorded = _reviewable_draft(store, draft, "correct", seen_version, is_rejected_allowed=True)
    corrected = corrected_draft(recorded, purchase_order_number, lines)
    payload = {"draft_digest": digest_of(recorded), "note": note, "draft": corrected}
    return _decide(store, turn, "draft_corrected", _charge(draft), payload, seen_version)


def confirm_match(
    store: DecisionStore, turn: Turn, receipt: Row, proposal: Sequence[Row], *, seen_version: int
) -> list[RecordedDecision]:
    """Accept a proposed match as it was shown."""
    require(turn.actor, "confirm_match")
    applications = [
        Application(str(row["document_key"]), str(row["document_number"]), row["applied_amount"])
        for row in proposal
        if row.get("document_key")
    ]
    payload = _match_payload(store, receipt, applications, receipt.get("customer_key"), seen_version)
    payload["rule"] = next((row.get("rule") for row in proposal), None)
    return _decide(store, turn, "match_confirmed", _receipt(receipt), payload, seen_version)


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
    return _decide(store, turn, "match_changed", _receipt(receipt), payload, seen_version)


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
    return _decide(
        store,
        turn,
        "match_rejected",
        _receipt(receipt),
        payload,
        seen_version,
        reason_code,
    )


def undo_application(
    store: DecisionStore, turn: Turn, application: Row, *, seen_version: int, note: str
) -> list[RecordedDecision]:
    """Take an application back; the receipt is unapplied again from this business day on."""
    require(turn.actor, "undo_application")
    receipt_key, undone_key = str(application["receipt_key"]), str(application["decision_key"])
    history = [entry.decision for entry in _seen(store, receipt_key, seen_version)]
    if undone_key not in {decision.decision_key for decision in history if decision.kind in APPLYING}:
        raise UndecidableError(
            f"Cannot undo decision `{undone_key}` of receipt `{receipt_key}`: the log holds no application under that "
            "key. Applications that came from accounting are corrected there."
        )
    if undone_key in _undone(history):
        raise UndecidableError(f"Cannot undo decision `{undone_key}` of receipt `{receipt_key}`: it is undone already.")
    decision = _Subject("receipt", receipt_key, application).decision(
        turn, "application_undone", {"undoes": undone_key, "note": note}, undone_key
    )
    return store.append([decision], seen_version=seen_version, recorded_at=turn.at)


def hold_reminder(
    store: DecisionStore, turn: Turn, item: Row, *, seen_version: int, whole_customer: bool = False, note: str = ""
) -> list[RecordedDecision]:
    """Stop reminders of one document, or of everything the customer owes, until released."""
    require(turn.actor, "hold_reminder")
    return _decide(store, turn, "reminder_held", _reminder_subject(item, whole_customer), {"note": note}, seen_version)


def release_reminder(
    store: DecisionStore, turn: Turn, item: Row, *, seen_version: int, whole_customer: bool = False, note: str = ""
) -> list[RecordedDecision]:
    """Let reminders go out again."""
    require(turn.actor, "release_reminder")
    subject = _reminder_subject(item, whole_customer)
    return _decide(store, turn, "reminder_released", subject, {"note": note}, seen_version)


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
    return _decide(store, turn, "promise_recorded", _reminder_subject(item, False), payload, seen_version)


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
    return _decide(store, turn, "order_released", _order(order), {"note": note}, seen_version)


def release_credit(
    store: DecisionStore, turn: Turn, order: Row, *, seen_version: int, note: str
) -> list[RecordedDecision]:
    """Let an order move on although credit says hold."""
    require(turn.actor, "release_credit")
    return _decide(store, turn, "credit_released", _order(order), {"note": note}, seen_version)


def settle_uncertain(store: DecisionStore, turn: Turn, outbox_key: str, *, was_sent: bool, detail: str) -> None:
    """Record what a person found out about a message nobody confirmed: sent, or free to be sent again."""
    require(turn.actor, "settle_uncertain")
    store.settle_uncertain(outbox_key, was_sent=was_sent, actor=turn.actor.name, at=turn.at, detail=detail)


def corrected_draft(
    draft: Row, purchase_order_number: str | None, lines: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a draft with other lines and purchase order, added up again by the rounding rule."""
    currency_code = str(draft["currency_code"])
    if not lines:
        raise UndecidableError(f"Cannot correct draft `{draft['billing_key']}` to no lines at all: reject it instead.")
    priced = lines_of(
        [
            {
                **line,
                "net_amount": line_amount(Decimal(line["quantity"]), Decimal(line["unit_price"]), currency_code),
            }
            for line in lines
        ]
    )
    net, tax, total = totals(priced, Decimal(draft["tax_rate"]), currency_code)
    return {
        **draft,
        "purchase_order_number": purchase_order_number or None,
        "lines": [line.as_payload() for line in priced],
        "net_amount": plain(net),
        "tax_amount": plain(tax),
        "total_amount": plain(total),
    }


def digest_of(contents: Row) -> str:
    """Return a hash of what was looked at, so that a decision can be tied to it."""
    return hashlib.sha256(canonical_json(contents).encode()).hexdigest()


def current_draft(history: Sequence[RecordedDecision]) -> dict[str, Any] | None:
    """Return the draft of a charge as last created or corrected, None when there is none."""
    for entry in reversed(history):
        if entry.decision.kind == "draft_created":
            return dict(entry.decision.payload)
        if entry.decision.kind == "draft_corrected":
            return dict(entry.decision.payload["draft"])
    return None


def _seen(store: DecisionStore, subject_key: str, seen_version: int) -> list[RecordedDecision]:
    """Return the subject's history as the person saw it; what came after is for the store to refuse."""
    return [entry for entry in store.on_subject(subject_key) if entry.sequence <= seen_version]


def _reviewable_draft(
    store: DecisionStore, shown: Row, verb: str, seen_version: int, *, is_rejected_allowed: bool = False
) -> dict[str, Any]:
    """Return the draft from the log; refuse when it is not there, issued, rejected, or not the one that was shown."""
    billing_key = str(shown["billing_key"])
    history = _seen(store, billing_key, seen_version)
    draft = current_draft(history)
    if draft is None:
        raise UndecidableError(
            f"Cannot {verb} `{billing_key}`: no draft of it is in the log. What blocks it must be put right first."
        )
    issued = [entry.decision.payload for entry in history if entry.decision.kind == "invoice_issued"]
    if issued:
        number = issued[0]["document_number"]
        raise UndecidableError(f"Cannot {verb} `{billing_key}`: it is already issued as invoice `{number}`.")
    kinds = [entry.decision.kind for entry in reversed(history)]
    last = next(kind for kind in kinds if kind in (*DRAFTING, "draft_rejected"))
    if last == "draft_rejected" and not is_rejected_allowed:
        raise UndecidableError(f"Cannot {verb} `{billing_key}`: it was rejected. Correct it first.")
    if Decimal(draft["total_amount"]) != shown["total_amount"]:
        raise UndecidableError(
            f"Cannot {verb} `{billing_key}`: the page showed a total of {shown['total_amount']}, the log holds a draft "
            f"of {draft['total_amount']}. Reload the page and look again."
        )
    return draft


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


def _refuse_applied(store: DecisionStore, receipt: Row, seen_version: int) -> None:
    """Refuse when somebody applied the receipt after the row's amounts were computed."""
    history = _seen(store, str(receipt["receipt_key"]), seen_version)
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


@dataclass(frozen=True, slots=True)
class _Subject:
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


def _issuing_entity(draft: Row) -> LegalEntity:
    """Return what issuing needs of the entity: an entity that issues here numbers in a series of its own name."""
    legal_entity_id, currency_code = str(draft["legal_entity_id"]), str(draft["currency_code"])
    return LegalEntity(legal_entity_id, legal_entity_id, "", currency_code, "UTC", "openitem", legal_entity_id)


def _charge(draft: Row) -> _Subject:
    return _Subject("charge", draft["billing_key"], draft)


def _receipt(receipt: Row) -> _Subject:
    return _Subject("receipt", receipt["receipt_key"], receipt)


def _order(order: Row) -> _Subject:
    return _Subject("order", order["order_key"], order)


def _reminder_subject(item: Row, whole_customer: bool) -> _Subject:
    kind = "customer" if whole_customer else "document"
    return _Subject(kind, item[f"{kind}_key"], item)


def _on_exception(
    store: DecisionStore, turn: Turn, kind: str, exception: Row, payload: Row, seen_version: int
) -> list[RecordedDecision]:
    subject = _Subject("exception", exception["exception_key"], exception)
    return _decide(store, turn, kind, subject, payload, seen_version, exception.get("reason_code"))


def _decide(
    store: DecisionStore,
    turn: Turn,
    kind: str,
    subject: _Subject,
    payload: Row,
    seen_version: int,
    reason_code: str | None = None,
) -> list[RecordedDecision]:
    """Record one decision. Its occurrence is the version that was seen, so a second click is the same decision."""
    decision = subject.decision(turn, kind, payload, str(seen_version), reason_code)
    return store.append([decision], seen_version=seen_version, recorded_at=turn.at)
