"""Invoicing's face: charges due in, drafts, blocks, issues and comparisons out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from assets.invoicing.comparing import compare_drafts
from assets.invoicing.dealing import deals_changed_after_billing
from assets.invoicing.drafting import draft_charge
from assets.invoicing.guarding import guard_findings, park_suspicious
from assets.invoicing.issuing import issue_approved
from assets.invoicing.metering import billing_cut
from assets.invoicing.policy import DraftCheck, InvoicingPolicy
from assets.invoicing.redrafting import BLOCKED_BEFORE, DRAFTED_BEFORE, changes, is_same, told_again
from assets.invoicing.triggers import Charge, billed_beyond, charges_due
from assets.invoicing.undone import deliveries_undone_after_billing
from assets.ledger.charges import read_billing_key
from assets.ledger.day import ChargeState, DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import Draft, plain
from assets.ledger.exceptions import Finding

__all__ = ["compare_drafts", "draft_charges", "invoicing_findings", "issue_approved", "park_suspicious"]


# What must be put right once for all charges of a customer, and what each charge has for itself.
STANDS_ON_CUSTOMER = frozenset({
    "AGREEMENT_MISSING", "BILLING_CONTACT_UNDELIVERABLE", "CUSTOMER_TAX_ID_INVALID", "CUSTOMER_ADDRESS_INCOMPLETE",
    "BUYER_REFERENCE_MISSING",
})  # fmt: skip
STANDS_ON_CHARGE = frozenset({
    "DRAFT_ATTACHMENT_MISSING", "PERIOD_ALREADY_BILLED", "DRAFT_AMOUNT_OUT_OF_RANGE", "QUANTITY_NOT_POSITIVE",
})  # fmt: skip


def draft_charges(
    state: DayState,
    policy: InvoicingPolicy,
    *,
    business_date: date,
    retry_all: bool = True,
    is_policy_new: bool = False,
) -> list[Decision]:
    """Return a draft for each charge due, or a block with its reason; a charge billed already gets none.

    A draft that is not issued follows what it rests on, facts and policy: when that changes it is withdrawn and made
    anew, held again if it was held, and when its trigger is gone it is withdrawn. What a person corrected or rejected
    stays as the person left it.
    """
    decisions = []
    go_live = state.first_date - timedelta(days=policy.days_of_history) if state.first_date else None
    again = told_again(state, retry_all=retry_all, is_policy_new=is_policy_new)
    lost = dict.fromkeys(again)
    for charge in charges_due(
        state, business_date, again=again, billed_elsewhere_before=go_live, deals_billed_by=policy.deals_billed_by
    ):
        draft, failures = draft_charge(charge, state, policy, business_date)
        reason_code = failures[0].reason_code if failures else None
        if reason_code is None and not draft.total_amount:
            continue  # a document about nothing is suppressed
        lost.pop(charge.billing_key, None)
        if state.issues_here(draft.legal_entity_id) and state.live_documents_billing(charge.billing_key):
            continue
        before = state.charges.get(charge.billing_key)
        if before is not None and before.status != "withdrawn":
            if before.status == "blocked" and before.reason_code == reason_code:
                continue
            if before.status != "blocked":
                if is_same(before.draft, draft, reason_code):
                    continue
                decisions.append(_withdrawn(state, before, business_date, "BASIS_CHANGED"))
        number = state.drafting_number[charge.billing_key] + 1
        if decisions and decisions[-1].subject_key == charge.billing_key:
            number += 1  # the draft before it was withdrawn just now
        decisions.append(_drafted(state, charge, draft, failures, business_date, number))
        held_for = _held_for(before)
        if before is not None and held_for is not None and reason_code is None:
            decisions.append(_held_again(before, held_for, business_date, number))
    decisions += [_withdrawn(state, state.charges[key], business_date, "TRIGGER_GONE") for key in lost]
    return decisions


def _drafted(
    state: DayState,
    charge: Charge,
    draft: Draft,
    failures: Sequence[DraftCheck],
    business_date: date,
    drafting_number: int,
) -> Decision:
    reason_code = failures[0].reason_code if failures else None
    source = charge.contract_line or charge.order or charge.deal
    kind = "draft_blocked" if reason_code else "draft_created"
    times = state.drafting_count[(charge.billing_key, reason_code or kind)]
    before = state.charges.get(charge.billing_key)
    follows = before is not None and before.status != "withdrawn"
    left_out = state.not_billed_again.get(charge.billing_key)
    return Decision(
        kind=kind,
        subject_kind="charge",
        subject_key=charge.billing_key,
        business_date=business_date,
        actor_kind=ActorKind.RULE,
        actor="invoicing",
        payload={
            **draft.as_payload(),
            "reason_code": reason_code,
            "failures": [_failure(check, draft) for check in failures],
            "drafting_number": drafting_number,
        },
        occurrence=_nth(reason_code, times + 1),
        reason_code=reason_code,
        evidence={
            "trigger": charge.charge_kind,
            "known_date": source.known_date if source else None,
            "failures": [check.reason_code for check in failures],
            "contract_version": charge.contract_line.version if charge.contract_line else None,
            **(left_out.as_evidence() if left_out else {}),
            "period_amount": (
                plain(charge.contract_line.period_amount)
                if charge.contract_line and charge.contract_line.period_amount is not None
                else None
            ),
            **(
                {
                    BLOCKED_BEFORE if before.status == "blocked" else DRAFTED_BEFORE: before.decided_date,
                    "changes": changes(before.draft, draft),
                }
                if before is not None and follows
                else {}
            ),
        },
    )


def _held_for(before: ChargeState | None) -> str | None:
    """Return why the draft before was held, also where it was blocked since; None where nobody holds it."""
    if before is None:
        return None
    return {"held": before.reason_code or "", "blocked": before.held_for}.get(before.status)


def _held_again(before: ChargeState, held_for: str, business_date: date, drafting_number: int) -> Decision:
    """Return the hold that a draft made anew keeps from the one before it."""
    return Decision(
        kind="draft_held",
        subject_kind="charge",
        subject_key=before.draft.billing_key,
        business_date=business_date,
        actor_kind=ActorKind.RULE,
        actor="invoicing",
        payload={"note": "", "customer_key": before.draft.customer_key},
        occurrence=f"anew-{drafting_number}",
        reason_code=held_for or None,
    )


def _failure(check: DraftCheck, draft: Draft) -> dict[str, str]:
    system, field = check.contract_field if draft.contract_id else check.order_field
    if draft.charge_kind == "deal" and system == "shop":
        system = "hubspot"  # a deal is its own order: the CRM keeps what the shop keeps of one
    return {
        "check_code": check.check_code,
        "reason_code": check.reason_code,
        "upstream_system": system,
        "upstream_field": field,
    }


def _nth(reason_code: str | None, number: int) -> str:
    """Return the occurrence of a draft, or of a block for one reason: the first block is named by its reason alone."""
    if reason_code is None:
        return str(number)
    return reason_code if number == 1 else f"{reason_code}-{number}"


def _withdrawn(state: DayState, charge: ChargeState, business_date: date, reason_code: str) -> Decision:
    key = charge.draft.billing_key
    return Decision(
        kind="draft_withdrawn",
        subject_kind="charge",
        subject_key=key,
        business_date=business_date,
        actor_kind=ActorKind.RULE,
        actor="invoicing",
        payload={
            **charge.draft.as_payload(),
            "reason_code": reason_code,
            "drafting_number": state.drafting_number[key] + 1,
        },
        occurrence=str(state.drafting_count[(key, "draft_withdrawn")] + 1),
        reason_code=reason_code,
    )


def invoicing_findings(state: DayState) -> list[Finding]:
    """Return what needs a person: blocked charges, differing or missing invoices, usage after billing."""
    bills = _bills_without_reference(state)
    return [
        *_blocked(state),
        *guard_findings(state),
        *_billed_beyond(state),
        *deals_changed_after_billing(state),
        *deliveries_undone_after_billing(state),
        *_compared(state, bills.values()),
        *_without_reference(state, bills),
        *_late_usage(state),
    ]


def _blocked(state: DayState) -> list[Finding]:
    """Return one finding per cause: what is missing of a customer or agreement blocks all charges that rest on it."""
    by_cause: dict[tuple[str, str, str, str], list[Draft]] = {}
    for key in state.blocked_charges:
        charge = state.charges[key]
        reason_code = str(charge.reason_code)
        subject_kind, subject_key = _cause_of(charge.draft, reason_code)
        if subject_kind == "charge" and _stands_against_order(charge.draft, reason_code, state):
            continue  # the order itself is in the queue for it
        cause = subject_kind, subject_key, reason_code, charge.draft.currency_code
        by_cause.setdefault(cause, []).append(charge.draft)
    findings = []
    for (subject_kind, subject_key, reason_code, currency_code), drafts in by_cause.items():
        first = drafts[0]
        upstream = next(iter(state.charges[first.billing_key].failures), {})
        customer = state.customers.get(first.customer_key or "")
        waiting = sorted({_what_waits(draft) for draft in drafts})
        label = customer.customer_name if subject_kind == "customer" and customer else waiting[0]
        findings.append(
            Finding(
                subject_kind=subject_kind,
                subject_key=subject_key,
                subject_label=subject_key if subject_kind == "contract" else label,
                reason_code=reason_code,
                amount=sum((draft.total_amount for draft in drafts[1:]), first.total_amount),
                currency_code=currency_code,
                upstream_system=upstream.get("upstream_system"),
                upstream_field=upstream.get("upstream_field"),
                context={
                    "charge_kind": first.charge_kind,
                    "customer_key": first.customer_key,
                    "triggered_date": min(draft.triggered_date for draft in drafts).isoformat(),
                    "waiting": waiting,
                },
            )
        )
    return findings


def _what_waits(draft: Draft) -> str:
    if draft.charge_kind == "deal":
        return f"deal {read_billing_key(draft.billing_key).deal_id}"
    return draft.order_number or f"{draft.contract_id} line {draft.contract_line_number}"


def _billed_beyond(state: DayState) -> list[Finding]:
    """Return periods that an amendment made cheaper after they were billed: a credit memo is due."""
    return [
        Finding(
            subject_kind="charge",
            subject_key=key,
            subject_label=f"{line.contract_id} line {line.contract_line_number}",
            reason_code="BILLED_BEYOND_AGREEMENT",
            amount=amount,
            currency_code=line.currency_code,
            context={"customer_key": line.customer_key, "contract_version": line.version},
        )
        for key, line, amount in billed_beyond(state)
    ]


def _cause_of(draft: Draft, reason_code: str) -> tuple[str, str]:
    """Return the kind and key of what must be put right before a blocked charge can be billed."""
    if reason_code in STANDS_ON_CUSTOMER and draft.customer_key:
        return "customer", draft.customer_key
    if draft.contract_id and reason_code not in STANDS_ON_CHARGE:
        return "contract", draft.contract_id
    return "charge", draft.billing_key


def _stands_against_order(draft: Draft, reason_code: str, state: DayState) -> bool:
    failures = state.order_failures.get(state.order_keys.get(draft.order_number or "", ""), ())
    return any(failure["reason_code"] == reason_code for failure in failures)


def _compared(state: DayState, named_by_nobody: Collection[str]) -> list[Finding]:
    findings = []
    for key, (verdict, reason_code) in state.comparisons.items():
        if verdict == "agrees":
            continue
        charge = state.charges.get(key)
        documents = state.live_documents_billing(key)
        if verdict in {"differs", "not_drafted"} and not documents:
            continue  # the invoice was cancelled since
        if verdict == "not_drafted" and key in state.blocked_charges:
            continue  # the block itself is in the queue
        if verdict == "not_in_accounting" and key in named_by_nobody:
            continue  # it was invoiced without its reference, which is in the queue
        document = documents[0] if documents else None
        draft = charge.draft if charge else None
        amount = document.total_amount if document else draft.total_amount if draft else None
        findings.append(
            Finding(
                subject_kind="charge",
                subject_key=key,
                subject_label=document.document_number if document else key,
                reason_code=reason_code,
                amount=amount,
                currency_code=document.currency_code if document else draft.currency_code if draft else None,
                context={
                    "verdict": verdict,
                    "drafted_amount": plain(draft.total_amount) if draft else None,
                    "issued_amount": plain(document.total_amount) if document else None,
                },
            )
        )
    for key, documents_of in state.billed_twice.items():
        live = state.live_documents_billing(key)
        if len(live) > 1:
            findings.append(
                Finding(
                    subject_kind="charge",
                    subject_key=key,
                    subject_label=key,
                    reason_code="BILLED_TWICE",
                    amount=live[-1].total_amount,
                    currency_code=live[-1].currency_code,
                    context={"document_numbers": [state.documents[k].document_number for k in documents_of]},
                )
            )
    return findings


def _bills_without_reference(state: DayState) -> dict[str, str]:
    """Return by document without a reference the one charge of its customer and amount that waits for an invoice."""
    unreferenced: dict[tuple[str | None, str, Decimal], list[str]] = {}
    for key in state.unreferenced_documents:
        document = state.documents[key]
        if not document.is_cancelled:
            same = document.customer_key, document.currency_code, document.total_amount
            unreferenced.setdefault(same, []).append(key)
    waiting: dict[tuple[str | None, str, Decimal], list[str]] = {}
    for key in state.uncompared_charges:
        draft = state.charges[key].draft
        same = draft.customer_key, draft.currency_code, draft.total_amount
        if same in unreferenced and not state.live_documents_billing(key):
            waiting.setdefault(same, []).append(key)
    return {
        document_key: charges[0]
        for same, charges in waiting.items()
        for document_key in unreferenced[same]
        if len(charges) == len(unreferenced[same]) == 1
    }


def _without_reference(state: DayState, bills: Mapping[str, str]) -> list[Finding]:
    return [
        Finding(
            subject_kind="document",
            subject_key=key,
            subject_label=state.documents[key].document_number,
            reason_code="BILLING_REFERENCE_MISSING",
            amount=state.documents[key].total_amount,
            currency_code=state.documents[key].currency_code,
            context={"customer_key": state.documents[key].customer_key, "likely_charge": bills.get(key)},
        )
        for key in state.unreferenced_documents
        if not state.documents[key].is_cancelled
    ]


def _late_usage(state: DayState) -> list[Finding]:
    """Return each month of metered usage that went on after it was billed, with what it would have cost."""
    findings = []
    for (contract_id, line_number, month), quantity in state.usage_after_billing.items():
        line = state.contract_lines.get(contract_id, {}).get(line_number)
        if line is None:
            continue
        findings.append(
            Finding(
                subject_kind="charge",
                subject_key=f"contract|{contract_id}|{line_number}|{month.isoformat()}|usage",
                subject_label=f"{contract_id} line {line_number}",
                reason_code="USAGE_AFTER_BILLING",
                currency_code=line.currency_code,
                context={
                    "quantity": plain(quantity),
                    "metric": line.metric,
                    "month": f"{month:%Y-%m}",
                    "billed_by": billing_cut(state, line, month).isoformat(),
                },
            )
        )
    return findings
