"""Does the invoice that accounting made agree with our draft of the charge?"""

from __future__ import annotations

from datetime import date

from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import Document, Draft, plain


def compare_drafts(state: DayState, policy: InvoicingPolicy, *, business_date: date) -> list[Decision]:
    """Return one decision per charge that can be compared today, or that one side has had for too long alone."""
    decisions = []
    for key in sorted(state.uncompared_charges.keys() | _charges_of(state)):
        charge = state.charges.get(key)
        draft = charge.draft if charge is not None and charge.status != "blocked" else None
        documents = state.live_documents_billing(key)
        if draft is not None and documents:
            verdict = "agrees" if documents[0].total_amount == draft.total_amount else "differs"
            reason = None if verdict == "agrees" else "INVOICED_DIFFERENTLY"
        elif draft is not None and charge is not None and charge.decided_date is not None:
            if (business_date - charge.decided_date).days < policy.days_until_missing_in_accounting:
                continue
            verdict, reason = "not_in_accounting", "NOT_INVOICED_IN_ACCOUNTING"
        elif documents:
            if (business_date - documents[0].known_date).days < policy.days_until_not_drafted:
                continue
            verdict, reason = "not_drafted", "INVOICED_BUT_NOT_DRAFTED"
        else:
            continue
        if state.comparisons.get(key, ("", ""))[0] == verdict:
            continue
        decisions.append(_decision(key, draft, documents[0] if documents else None, verdict, reason, business_date))
    return decisions


def _charges_of(state: DayState) -> set[str]:
    keys = (state.documents[key].billing_key for key in state.uncompared_documents)
    return {key for key in keys if key}


def _decision(
    key: str, draft: Draft | None, document: Document | None, verdict: str, reason: str | None, business_date: date
) -> Decision:
    drafted = draft.total_amount if draft else None
    issued = document.total_amount if document else None
    difference = issued - drafted if drafted is not None and issued is not None else None
    return Decision(
        kind="comparison_made",
        subject_kind="charge",
        subject_key=key,
        business_date=business_date,
        actor_kind=ActorKind.RULE,
        actor="invoicing",
        payload={
            "verdict": verdict,
            "document_key": document.document_key if document else None,
            "document_number": document.document_number if document else None,
            "drafted_amount": None if drafted is None else plain(drafted),
            "issued_amount": None if issued is None else plain(issued),
            "difference_amount": None if difference is None else plain(difference),
            "reason_code": reason,
        },
        occurrence=verdict,
        reason_code=reason,
    )
