"""Everything found today that needs a person, from all rooms, for the exceptions queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from assets.cash_application.outcomes import CashOutcome, Outcome
from assets.collections.decide import ReminderLine
from assets.credit.decide import credit_findings
from assets.invoicing.decide import invoicing_findings
from assets.invoicing.policy import InvoicingPolicy
from assets.invoicing.tracing import Trace, trace_rejection
from assets.invoicing.untold import deliveries_untold
from assets.ledger.day import DayState
from assets.ledger.exceptions import Finding
from assets.ledger.money import from_minor
from assets.orders.decide import order_findings

NO_PROPOSAL = (Outcome.UNIDENTIFIED, Outcome.ON_ACCOUNT)
NOBODY_TO_REMIND = ("NO_CONTACT", "CUSTOMER_UNKNOWN")


def findings_of(
    state: DayState,
    waiting: Iterable[CashOutcome],
    plan: Iterable[ReminderLine],
    routed: Collection[str],
    invoicing_policy: InvoicingPolicy,
) -> list[Finding]:
    """Return what every room found; of cash and reminders only the reasons that policy routes to somebody."""
    optional = [*_cash_findings(state, waiting), *_reminder_findings(state, plan)]
    invoicing = invoicing_findings(state)
    without_agreement = {each.subject_key for each in invoicing if each.reason_code == "AGREEMENT_MISSING"}
    return [
        *(each for each in order_findings(state) if not _follows_from(each, without_agreement)),
        *credit_findings(state),
        *invoicing,
        *(deliveries_untold(state, invoicing_policy, state.business_date) if state.business_date else ()),
        *_objections(state, invoicing_policy),
        *_deductions(state),
        *(finding for finding in optional if finding.reason_code in routed),
    ]


def _follows_from(finding: Finding, without_agreement: Collection[str]) -> bool:
    """Return whether an order lacks terms only because its customer's agreement, which would give them, is missing."""
    return finding.reason_code == "PAYMENT_TERMS_MISSING" and finding.context["customer_key"] in without_agreement


def _objections(state: DayState, policy: InvoicingPolicy) -> list[Finding]:
    findings = []
    rejected = state.rejected_documents()
    fitting = Counter(rejection.rejection_key for rejections in rejected.values() for rejection in rejections)
    for key, rejections in rejected.items():
        item = state.open_items[key]
        newest = max(rejections, key=lambda rejection: (rejection.known_date, rejection.rejection_key))
        if item.open_minor <= 0 or state.documents[key].is_cancelled:
            continue  # it was corrected, credited or paid since
        is_told_apart = fitting[newest.rejection_key] == 1
        trace = trace_rejection(state.documents[key], newest, state, policy) if is_told_apart else Trace(None, None)
        findings.append(
            Finding(
                subject_kind="document",
                subject_key=key,
                subject_label=newest.document_number,
                reason_code="INVOICE_REJECTED" if is_told_apart else "ANSWER_FITS_SEVERAL_INVOICES",
                amount=item.original_amount,
                currency_code=item.currency_code,
                upstream_system=trace.upstream_system,
                upstream_field=trace.upstream_field,
                context={
                    "check_that_had_failed": trace.check_code,
                    "rejection_status": newest.rejection_status,
                    "reason": newest.reason_code,
                    "field_name": newest.field_name,
                    "customer_key": item.customer_key,
                },
            )
        )
    for key, disputes in state.disputed_documents().items():
        item = state.open_items[key]
        if item.open_minor <= 0 or state.documents[key].is_cancelled:
            continue  # nothing is owed that could be contested
        newest_dispute = max(disputes, key=lambda dispute: (dispute.known_date, dispute.dispute_key))
        findings.append(
            Finding(
                subject_kind="document",
                subject_key=key,
                subject_label=newest_dispute.document_number,
                reason_code="INVOICE_DISPUTED",
                amount=newest_dispute.disputed_amount or item.original_amount,
                currency_code=item.currency_code,
                context={
                    "dispute_id": newest_dispute.dispute_id,
                    "reason": newest_dispute.reason_code,
                    "opened_date": newest_dispute.opened_date.isoformat(),
                    "customer_key": item.customer_key,
                },
            )
        )
    return findings


def _deductions(state: DayState) -> list[Finding]:
    """Return the documents of which a payer deducted something that is still owed."""
    findings = {}
    for accepted in state.differences.values():
        for difference in accepted:
            item = state.open_items.get(difference.document_key)
            if difference.kind != "deduction" or difference.clears or item is None or item.open_minor <= 0:
                continue
            receipt = state.receipts[difference.receipt_key]
            findings[item.document_key] = Finding(
                subject_kind="document",
                subject_key=item.document_key,
                subject_label=item.document_number,
                reason_code="DEDUCTION_TAKEN",
                amount=from_minor(min(difference.minor, item.open_minor), item.currency_code),
                currency_code=item.currency_code,
                context={
                    "receipt_id": receipt.receipt_id,
                    "value_date": receipt.value_date.isoformat(),
                    "text": receipt.remittance_text,
                    "customer_key": item.customer_key,
                },
            )
    return list(findings.values())


def _cash_findings(state: DayState, waiting: Iterable[CashOutcome]) -> list[Finding]:
    return [
        Finding(
            subject_kind="receipt",
            subject_key=outcome.receipt_key,
            subject_label=outcome.receipt.receipt_id,
            reason_code=str(outcome.reason_code),
            amount=state.unapplied_amount(outcome.receipt_key),
            currency_code=outcome.receipt.currency_code,
            context={
                "payer_name": outcome.receipt.payer_name,
                "value_date": outcome.receipt.value_date.isoformat(),
                "customer_key": outcome.customer_key,
            },
        )
        for outcome in waiting
        if outcome.outcome in NO_PROPOSAL and not outcome.asks_nobody
    ]


def _reminder_findings(state: DayState, plan: Iterable[ReminderLine]) -> list[Finding]:
    """Return the customers that owe something overdue and cannot be written to, each once with what they owe."""
    lines: dict[tuple[str, str, str], list[ReminderLine]] = {}
    for line in plan:
        if line.reason_code in NOBODY_TO_REMIND and line.days_overdue > 0 and line.item.customer_key:
            key = line.item.customer_key, line.item.currency_code, line.reason_code
            lines.setdefault(key, []).append(line)
    findings = []
    for (customer_key, currency_code, reason_code), overdue in lines.items():
        customer = state.customers.get(customer_key)
        findings.append(
            Finding(
                subject_kind="customer",
                subject_key=customer_key,
                subject_label=customer.customer_name if customer else customer_key,
                reason_code=reason_code,
                amount=sum((line.item.open_amount for line in overdue[1:]), overdue[0].item.open_amount),
                currency_code=currency_code,
                context={"document_count": len(overdue), "billing_email": customer.billing_email if customer else None},
            )
        )
    return findings
