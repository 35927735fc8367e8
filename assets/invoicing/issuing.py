"""What becomes an invoice of what was approved, and which charges stand on one?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assets.invoicing.consolidating import NOBODY_TOGETHER, BillingGroups, consolidate
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import plain
from assets.ledger.issuing import billed_with, issue_invoice


def issue_approved(
    state: DayState,
    approved: Sequence[tuple[str, str]],
    *,
    business_date: date,
    groups: BillingGroups = NOBODY_TOGETHER,
) -> list[Decision]:
    """Return approvals and invoices for the (billing key, actor) that may be issued here, in the order given.

    What is approved on one day for a customer whose charges are billed together is one invoice.
    """
    actors = {
        billing_key: actor
        for billing_key, actor in approved
        if (charge := state.charges.get(billing_key)) is not None
        and charge.status in {"drafted", "approved"}
        and state.issues_here(charge.draft.legal_entity_id)
    }
    drafts = [state.charges[billing_key].draft for billing_key in actors]
    numbers = {
        draft.customer_key: customer.customer_number
        for draft in drafts
        if draft.customer_key and (customer := state.customers.get(draft.customer_key)) is not None
    }
    decisions: list[Decision] = []
    place = {billing_key: at for at, billing_key in enumerate(actors)}
    for invoice in sorted(
        consolidate(drafts, groups, numbers), key=lambda one: min(place[k] for k in one.billing_keys)
    ):
        leader = invoice.billing_keys[0]
        occurrences = {key: str(state.drafting_count[(key, "invoice_issued")] + 1) for key in invoice.billing_keys}
        for part in invoice.parts:
            if state.charges[part.billing_key].status == "drafted":
                decisions.append(
                    Decision(
                        kind="draft_approved",
                        subject_kind="charge",
                        subject_key=part.billing_key,
                        business_date=business_date,
                        actor_kind=ActorKind.RULE,
                        actor=actors[part.billing_key],
                        payload={
                            "total_amount": plain(part.total_amount),
                            **billed_with(part.billing_key, leader, occurrences[leader]),
                        },
                        occurrence=occurrences[part.billing_key],
                    )
                )
        whole = invoice.as_draft
        decisions.append(
            issue_invoice(
                whole,
                state.entities[whole.legal_entity_id],
                invoice_date=business_date,
                actor_kind=ActorKind.RULE,
                actor=actors[leader],
                occurrence=occurrences[leader],
                charges=invoice.parts,
            )
        )
    return decisions
