"""Where does the field come from for which an invoice was sent back, and could its draft have told?"""

from __future__ import annotations

from dataclasses import dataclass

from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.day import DayState
from assets.ledger.disputes import Rejection
from assets.ledger.documents import Document, Draft


@dataclass(frozen=True, slots=True)
class Trace:
    """The field upstream that caused a rejection, and the check of the draft that had failed for it, if one had."""

    upstream_system: str | None
    upstream_field: str | None
    check_code: str | None = None


def trace_rejection(document: Document, rejection: Rejection, state: DayState, policy: InvoicingPolicy) -> Trace:
    """Return the field at fault: the one a failed check names, accounting's own when only its invoice has it wrong.

    Without either it is where such a field of an order or contract is kept.
    """
    reason_code = rejection.reason_code or ""
    key = document.billing_key or ""
    for failed in (failed for each in document.billing_keys for failed in state.failed_before.get(each, {}).values()):
        check = policy.checks.get(failed.failure["check_code"])
        is_standing = failed.until_date is None or document.document_date < failed.until_date
        if check is not None and check.prevents == reason_code and is_standing:
            return Trace(failed.failure["upstream_system"], failed.failure["upstream_field"], check.check_code)
    cause = policy.causes.get(reason_code)
    if cause is None:
        system, field = policy.upstream.get(reason_code, (None, rejection.field_name))
        return Trace(system, field or rejection.field_name)
    charge = state.charges.get(key) if state.is_compared(document) else None
    if cause.accounting_field and charge is not None and _differs(charge.draft, document, reason_code, state):
        return Trace(document.source_system, cause.accounting_field)
    if key.startswith("contract|"):
        return Trace(*cause.contract_field)
    system, field = cause.order_field
    return Trace("hubspot" if key.startswith("deal|") and system == "shop" else system, field)


def _differs(draft: Draft, document: Document, reason_code: str, state: DayState) -> bool:
    """Return whether accounting's invoice has what is at fault otherwise than our draft of the charge."""
    if reason_code in {"MISSING_PO", "WRONG_PO"}:
        is_same = (draft.purchase_order_number or None) == (document.purchase_order_number or None)
        return not is_same and not _was_given_later(draft, document, state)
    if reason_code == "TERMS_DIFFER":
        return None not in (document.terms_code, draft.terms_code) and document.terms_code != draft.terms_code
    return document.total_amount != draft.total_amount


def _was_given_later(draft: Draft, document: Document, state: DayState) -> bool:
    """Return whether nobody could have put the purchase order number on the invoice: it became known afterwards."""
    if draft.order_number:
        since = state.purchase_order_since.get(draft.order_number)
    else:
        versions = state.line_versions.get((draft.contract_id or "", draft.contract_line_number or 0), {})
        since = min((line.known_date for line in versions.values() if line.purchase_order_number), default=None)
    return since is not None and document.document_date < since
