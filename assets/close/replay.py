"""What recorded decisions do to the day's state. Decides nothing: a replay ends where the day itself ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from assets.close.credits import credit_memo_issued
from assets.close.revenue import default_judgement_set, judgement_set, revenue_recognised
from assets.invoicing.redrafting import is_made_anew
from assets.ledger.day import ChargeState, DayState, FailedCheck, PastDraft
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import Document, draft_of
from assets.ledger.exceptions import Finding, OpenException
from assets.ledger.issuing import corrected
from assets.ledger.keys import document_key
from assets.ledger.money import to_minor
from assets.ledger.one_invoice import charges_billed
from assets.ledger.receipts import MatchRefusal, PaidDifference

WRONG_CUSTOMER = "MATCH_WRONG_CUSTOMER"  # the reason of a refusal that is about the payer, not about a document


def apply_decision(state: DayState, decision: Decision) -> None:
    """Let one decision take effect on the state; kinds that change nothing are passed over."""
    effect = _EFFECTS.get(decision.kind)
    if effect is not None:
        effect(state, decision)


def _order_checked(state: DayState, decision: Decision) -> None:
    failures = tuple(decision.payload["failures"])
    key = decision.subject_key
    _, times = state.order_verdicts.get(key, ((), 0))
    state.order_verdicts[key] = (tuple(sorted(failure["check_code"] for failure in failures)), times + 1)
    state.unchecked_orders.pop(key, None)
    if failures:
        state.order_failures[key] = failures
    else:
        state.order_failures.pop(key, None)


def _order_released(state: DayState, decision: Decision) -> None:
    state.order_failures.pop(decision.subject_key, None)


def _credit_decided(state: DayState, decision: Decision) -> None:
    state.unqualified_orders.pop(decision.subject_key, None)
    order = state.orders.get(decision.subject_key)
    if decision.payload["verdict"] == "hold" and order is not None and not order.is_cancelled:
        state.credit_holds[decision.subject_key] = decision.payload


def _credit_released(state: DayState, decision: Decision) -> None:
    state.credit_holds.pop(decision.subject_key, None)


def _draft_made(state: DayState, decision: Decision) -> None:
    status = "blocked" if decision.kind == "draft_blocked" else "drafted"
    draft = draft_of(decision.payload)
    key = decision.subject_key
    state.drafting_count[(key, decision.reason_code or decision.kind)] += 1
    state.drafting_number[key] += 1
    if status == "drafted":
        state.first_drafted.setdefault(key, decision.business_date)
    failures = tuple(decision.payload.get("failures", ()))
    failed = state.failed_before.setdefault(key, {}) if failures or key in state.failed_before else {}
    standing = {failure["reason_code"]: FailedCheck(failure) for failure in failures}
    for reason_code, before in failed.items():
        if reason_code not in standing and before.until_date is None:
            failed[reason_code] = replace(before, until_date=decision.business_date)
    failed.update(standing)
    if status == "drafted" and draft.customer_key and not is_made_anew(decision.evidence):
        history = state.draft_history[draft.customer_key]
        same_day = history[-1].count_of_day if history and history[-1].drafted_date == decision.business_date else 0
        history.append(
            PastDraft(decision.business_date, draft.charge_kind, draft.currency_code, draft.total_amount, same_day + 1)
        )
    charge = state.charges.get(key)
    held_for = charge.held_for if charge is not None and status == "blocked" else None
    state.add_charge(
        ChargeState(draft, status, decision.reason_code, decision.business_date, failures=failures, held_for=held_for)
    )


def _draft_withdrawn(state: DayState, decision: Decision) -> None:
    charge = state.charges.get(decision.subject_key)
    state.drafting_count[(decision.subject_key, decision.kind)] += 1
    state.drafting_number[decision.subject_key] += 1
    if charge is not None and charge.status != "issued":
        held_for = (charge.reason_code or "") if charge.status == "held" else charge.held_for
        state.add_charge(
            replace(
                charge,
                status="withdrawn",
                reason_code=decision.reason_code,
                held_for=held_for if decision.reason_code == "BASIS_CHANGED" else None,
            )
        )


def _draft_reviewed(state: DayState, decision: Decision) -> None:
    charge = state.charges.get(decision.subject_key)
    if charge is None or charge.status in {"issued", "withdrawn"}:
        return
    charge = replace(charge, held_for=None)
    if decision.kind == "draft_corrected":
        draft = corrected(charge.draft, decision.payload)
        state.add_charge(replace(charge, draft=draft, status="drafted", reason_code=None, is_corrected=True))
        return
    status = {"draft_approved": "approved", "draft_rejected": "rejected", "draft_held": "held"}[decision.kind]
    state.add_charge(replace(charge, status=status, reason_code=decision.reason_code))


def _invoice_issued(state: DayState, decision: Decision) -> None:
    payload = decision.payload
    draft = draft_of(payload)
    key = document_key("openitem", draft.legal_entity_id, payload["document_number"])
    charges = charges_billed(payload)
    for charge in charges:
        state.drafting_count[(charge.billing_key, decision.kind)] += 1
        before = state.charges.get(charge.billing_key)
        is_corrected = before is not None and before.is_corrected
        state.add_charge(ChargeState(charge, "issued", None, decision.business_date, key, is_corrected))
    if key in state.documents:
        return
    state.learn(
        Document(
            document_key=key,
            document_number=payload["document_number"],
            document_type="invoice",
            source_system="openitem",
            legal_entity_id=draft.legal_entity_id,
            customer_key=draft.customer_key,
            currency_code=draft.currency_code,
            document_date=date.fromisoformat(payload["invoice_date"]),
            due_date=date.fromisoformat(payload["due_date"]) if payload.get("due_date") else None,
            total_amount=draft.total_amount,
            net_amount=draft.net_amount,
            tax_amount=draft.tax_amount,
            known_date=decision.business_date,
            billing_key=draft.billing_key,
            order_number=draft.order_number,
            purchase_order_number=draft.purchase_order_number,
            terms_code=draft.terms_code,
            shares=tuple((charge.billing_key, charge.net_amount) for charge in charges) if len(charges) > 1 else (),
        )
    )
    state.issued_today[key] = None


def _invoice_cancelled(state: DayState, decision: Decision) -> None:
    """The number stays taken; the charges of the invoice wait for their review again."""
    charge = state.charges.get(decision.subject_key)
    if charge is None or charge.document_key not in state.documents:
        return
    document = state.documents[charge.document_key]
    if charge.status != "issued" or document.is_cancelled:
        return
    state.learn(replace(document, is_cancelled=True, known_date=decision.business_date))
    state.issued_today.pop(document.document_key, None)
    for billing_key in document.billing_keys:
        state.unrecognised_issues.pop(billing_key, None)
        billed = state.charges[billing_key]
        state.add_charge(replace(billed, status="drafted", decided_date=decision.business_date, document_key=None))


def _comparison_made(state: DayState, decision: Decision) -> None:
    verdict = decision.payload["verdict"]
    state.comparisons[decision.subject_key] = (verdict, decision.reason_code or "")
    if verdict in {"agrees", "differs"}:
        state.uncompared_charges.pop(decision.subject_key, None)
        for key in state.documents_billing.get(decision.subject_key, {}):
            state.uncompared_documents.pop(key, None)


def _cash_decided(state: DayState, decision: Decision) -> None:
    payload = decision.payload
    receipt = state.receipts.get(decision.subject_key)
    if receipt is None or receipt.is_returned:  # money that went back settles nothing, whoever decided so meanwhile
        return
    applications = [
        (application["document_key"], to_minor(Decimal(application["applied_amount"]), receipt.currency_code))
        for application in payload.get("applications", ())
    ]
    state.apply_cash(decision.decision_key, receipt.receipt_key, applications)
    for difference in payload.get("differences", ()):
        minor = to_minor(Decimal(difference["amount"]), receipt.currency_code)
        state.accept_difference(
            decision.decision_key,
            PaidDifference(
                receipt.receipt_key, difference["document_key"], difference["kind"], minor, difference["clears"]
            ),
        )
    state.cash_decision_of[receipt.receipt_key] = decision.decision_key
    state.cash_decision_count[receipt.receipt_key] += 1
    if payload.get("customer_key"):
        state.receipt_customer[receipt.receipt_key] = payload["customer_key"]


def _match_rejected(state: DayState, decision: Decision) -> None:
    if decision.subject_key in state.receipts:
        refused = frozenset(decision.payload.get("document_keys", ()))
        refusal = MatchRefusal(refused, is_wrong_customer=decision.reason_code == WRONG_CUSTOMER)
        state.match_refusals.setdefault(decision.subject_key, {})[decision.decision_key] = refusal
        state.news.receipts[decision.subject_key] = None


def _application_undone(state: DayState, decision: Decision) -> None:
    undone = decision.payload["undoes"]
    if state.match_refusals.get(decision.subject_key, {}).pop(undone, None) is not None:
        state.news.receipts[decision.subject_key] = None  # a refusal was taken back: rules may propose it again
        return
    state.undo_cash(undone)
    if state.cash_decision_of.get(decision.subject_key) == undone:
        state.cash_decision_of.pop(decision.subject_key)
        state.receipt_customer.pop(decision.subject_key, None)
    if decision.actor_kind is ActorKind.PERSON:
        state.settled_by_person[decision.subject_key] = None
    state.news.receipts[decision.subject_key] = None


def _reminder_queued(state: DayState, decision: Decision) -> None:
    state.reminders[decision.subject_key].append((int(decision.payload["level"]), decision.business_date))


def _reminder_planned_again(state: DayState, decision: Decision) -> None:
    """What never left counts as not sent: the next plan reminds by what is open then."""
    queued = state.reminders[decision.subject_key]
    for taken_back in decision.payload["reminders"]:
        level, on = int(taken_back["level"]), date.fromisoformat(taken_back["business_date"])
        if (level, on) in queued:
            queued.remove((level, on))
            state.reminders_taken_back[(decision.subject_key, level)] += 1


def _reminder_held(state: DayState, decision: Decision) -> None:
    state.reminder_holds[decision.subject_key] = None


def _reminder_released(state: DayState, decision: Decision) -> None:
    state.reminder_holds.pop(decision.subject_key, None)


def _promise_recorded(state: DayState, decision: Decision) -> None:
    amount = decision.payload.get("promised_amount")
    promised = date.fromisoformat(decision.payload["promised_date"])
    state.promises[decision.subject_key] = (promised, None if amount is None else Decimal(amount))


def _exception_opened(state: DayState, decision: Decision) -> None:
    payload = decision.payload
    finding = Finding(
        subject_kind=payload["subject_kind"],
        subject_key=payload["subject_key"],
        subject_label=payload["subject_label"],
        reason_code=decision.reason_code or "",
        amount=None if payload["amount"] is None else Decimal(payload["amount"]),
        currency_code=payload["currency_code"],
        upstream_system=payload["upstream_system"],
        upstream_field=payload["upstream_field"],
        context=_context(payload["context"]),
    )
    key = decision.subject_key
    state.exception_count[key] += 1
    state.open_exceptions[key] = OpenException(
        key, finding, payload["owner"], date.fromisoformat(payload["opened_date"]), decision.occurrence
    )


def _context(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _exception_resolved(state: DayState, decision: Decision) -> None:
    state.open_exceptions.pop(decision.subject_key, None)


def _exception_closed(state: DayState, decision: Decision) -> None:
    if state.open_exceptions.pop(decision.subject_key, None) is not None:
        state.closed_by_person[decision.subject_key] = None


_EFFECTS: dict[str, Callable[[DayState, Decision], None]] = {
    "order_checked": _order_checked,
    "order_released": _order_released,
    "credit_decided": _credit_decided,
    "credit_released": _credit_released,
    "draft_created": _draft_made,
    "draft_blocked": _draft_made,
    "draft_withdrawn": _draft_withdrawn,
    "draft_approved": _draft_reviewed,
    "draft_rejected": _draft_reviewed,
    "draft_held": _draft_reviewed,
    "draft_corrected": _draft_reviewed,
    "invoice_issued": _invoice_issued,
    "invoice_cancelled": _invoice_cancelled,
    "credit_memo_issued": credit_memo_issued,
    "comparison_made": _comparison_made,
    "cash_applied": _cash_decided,
    "cash_on_account": _cash_decided,
    "match_confirmed": _cash_decided,
    "match_changed": _cash_decided,
    "match_rejected": _match_rejected,
    "application_undone": _application_undone,
    "reminder_queued": _reminder_queued,
    "reminder_planned_again": _reminder_planned_again,
    "reminder_held": _reminder_held,
    "reminder_released": _reminder_released,
    "promise_recorded": _promise_recorded,
    "revenue_recognised": revenue_recognised,
    "revenue_judgement_set": judgement_set,
    "revenue_default_judgement_set": default_judgement_set,
    "exception_opened": _exception_opened,
    "exception_resolved": _exception_resolved,
    "exception_closed": _exception_closed,
}
