"""Invoicing's face: charges due in, drafts, blocks, issues and comparisons out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assets.invoicing.comparing import compare_drafts
from assets.invoicing.drafting import draft_charge
from assets.invoicing.policy import InvoicingPolicy
from assets.invoicing.triggers import billing_cut, charges_due
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import plain
from assets.ledger.exceptions import Finding
from assets.ledger.issuing import issue_invoice

__all__ = ["compare_drafts", "draft_charges", "invoicing_findings", "issue_approved"]


def draft_charges(
    state: DayState, policy: InvoicingPolicy, *, business_date: date, retry_all: bool = True
) -> list[Decision]:
    """Return a draft for each charge due, or a block with its reason; a charge billed already gets none."""
    decisions = []
    for charge in charges_due(state, business_date, retry_all=retry_all):
        draft, reason_code = draft_charge(charge, state, policy)
        if state.issues_here(draft.legal_entity_id) and state.live_documents_billing(charge.billing_key):
            continue
        before = state.charges.get(charge.billing_key)
        if reason_code is not None and before is not None and before.reason_code == reason_code:
            continue
        source = charge.contract_line or charge.order
        decisions.append(
            Decision(
                kind="draft_blocked" if reason_code else "draft_created",
                subject_kind="charge",
                subject_key=charge.billing_key,
                business_date=business_date,
                actor_kind=ActorKind.RULE,
                actor="invoicing",
                payload={**draft.as_payload(), "reason_code": reason_code},
                occurrence=reason_code or "1",
                reason_code=reason_code,
                evidence={
                    "trigger": charge.charge_kind,
                    "known_date": source.known_date if source else None,
                    "contract_version": charge.contract_line.version if charge.contract_line else None,
                    "period_amount": (
                        plain(charge.contract_line.period_amount)
                        if charge.contract_line and charge.contract_line.period_amount is not None
                        else None
                    ),
                },
            )
        )
    return decisions


def issue_approved(state: DayState, approved: Sequence[tuple[str, str]], *, business_date: date) -> list[Decision]:
    """Return approval and invoice for each (billing key, actor) that may be issued here, in the order given."""
    decisions: list[Decision] = []
    for billing_key, actor in approved:
        charge = state.charges.get(billing_key)
        if charge is None or charge.status not in {"drafted", "approved"}:
            continue
        if not state.issues_here(charge.draft.legal_entity_id):
            continue
        entity = state.entities[charge.draft.legal_entity_id]
        if charge.status == "drafted":
            decisions.append(
                Decision(
                    kind="draft_approved",
                    subject_kind="charge",
                    subject_key=billing_key,
                    business_date=business_date,
                    actor_kind=ActorKind.RULE,
                    actor=actor,
                    payload={"total_amount": plain(charge.draft.total_amount)},
                )
            )
        decisions.append(
            issue_invoice(charge.draft, entity, invoice_date=business_date, actor_kind=ActorKind.RULE, actor=actor)
        )
    return decisions


def invoicing_findings(state: DayState) -> list[Finding]:
    """Return what needs a person: blocked charges, differing or missing invoices, usage after billing."""
    return [*_blocked(state), *_compared(state), *_without_reference(state), *_late_usage(state)]


def _blocked(state: DayState) -> list[Finding]:
    findings = []
    for key in state.blocked_charges:
        charge = state.charges[key]
        draft = charge.draft
        is_order = draft.charge_kind == "goods"
        findings.append(
            Finding(
                subject_kind="charge",
                subject_key=key,
                subject_label=draft.order_number or f"{draft.contract_id} line {draft.contract_line_number}",
                reason_code=str(charge.reason_code),
                amount=draft.total_amount,
                currency_code=draft.currency_code,
                upstream_system="shop" if is_order and charge.reason_code == "PO_NUMBER_MISSING" else None,
                context={
                    "charge_kind": draft.charge_kind,
                    "customer_key": draft.customer_key,
                    "triggered_date": draft.triggered_date.isoformat(),
                },
            )
        )
    return findings


def _compared(state: DayState) -> list[Finding]:
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


def _without_reference(state: DayState) -> list[Finding]:
    return [
        Finding(
            subject_kind="document",
            subject_key=key,
            subject_label=state.documents[key].document_number,
            reason_code="BILLING_REFERENCE_MISSING",
            amount=state.documents[key].total_amount,
            currency_code=state.documents[key].currency_code,
            context={"customer_key": state.documents[key].customer_key},
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
