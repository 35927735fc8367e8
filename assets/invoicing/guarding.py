"""Does what was just drafted look like this customer? A second opinion that knows nothing of how drafts are made.

A customer with far too many drafts, an amount far beyond its history or a date out of bounds is parked: its drafts of
the day wait for a person, and everybody else's go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from assets.invoicing.policy import GuardPolicy
from assets.invoicing.redrafting import is_made_anew
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import plain
from assets.ledger.exceptions import Finding

TOO_MANY, UNUSUAL, OUT_OF_BOUNDS = "GUARD_TOO_MANY_DRAFTS", "GUARD_AMOUNT_UNUSUAL", "GUARD_DATE_OUT_OF_BOUNDS"


def park_suspicious(
    state: DayState, drafted: Sequence[Decision], guard: GuardPolicy, *, business_date: date
) -> list[Decision]:
    """Return a hold for each draft of the day of a customer for whom one of them looks wrong."""
    by_customer: dict[str, list[Decision]] = {}
    for decision in drafted:
        if decision.kind == "draft_created":
            by_customer.setdefault(str(decision.payload["customer_key"]), []).append(decision)
    holds = []
    for customer_key, decisions in by_customer.items():
        found = why_parked(state, customer_key, decisions, guard, business_date)
        if found is None:
            continue
        reason_code, evidence = found
        holds += [
            Decision(
                kind="draft_held",
                subject_kind="charge",
                subject_key=decision.subject_key,
                business_date=business_date,
                actor_kind=ActorKind.RULE,
                actor="guard",
                payload={"note": "", "customer_key": customer_key},
                occurrence=f"guard-{decision.payload['drafting_number']}",
                reason_code=reason_code,
                evidence=evidence,
            )
            for decision in decisions
        ]
    return holds


def why_parked(
    state: DayState, customer_key: str, decisions: Sequence[Decision], guard: GuardPolicy, business_date: date
) -> tuple[str, dict[str, str]] | None:
    """Return the reason that parks a customer today with what it rests on, or None."""
    history = [past for past in state.draft_history.get(customer_key, ()) if past.drafted_date < business_date]
    most = max((past.count_of_day for past in history), default=0)
    count = sum(not is_made_anew(decision.evidence) for decision in decisions)
    if count > max(guard.drafts_a_day, 2 * most):
        return TOO_MANY, {"draft_count": str(count), "largest_before": str(most)}
    for decision in decisions:
        triggered = date.fromisoformat(decision.payload["triggered_date"])
        if triggered > business_date or (business_date - triggered).days > guard.days_back:
            return OUT_OF_BOUNDS, {"triggered_date": triggered.isoformat(), "billing_key": decision.subject_key}
    for decision in decisions:
        payload = decision.payload
        amount = Decimal(payload["total_amount"])
        alike = (payload["charge_kind"], payload["currency_code"])
        amounts = [past.total_amount for past in history if (past.charge_kind, past.currency_code) == alike]
        if len(amounts) < guard.least_history or amount < guard.least_amount:
            continue
        if amount > guard.times_largest * max(amounts):
            return UNUSUAL, {
                "total_amount": plain(amount),
                "largest_before": plain(max(amounts)),
                "billing_key": decision.subject_key,
            }
    return None


def guard_findings(state: DayState) -> list[Finding]:
    """Return each parked customer once per reason, with what waits of it."""
    parked: dict[tuple[str, str, str], list[str]] = {}
    for key in state.unissued_charges:
        charge = state.charges[key]
        if charge.status == "held" and str(charge.reason_code).startswith("GUARD_"):
            cause = charge.draft.customer_key or "", str(charge.reason_code), charge.draft.currency_code
            parked.setdefault(cause, []).append(key)
    return [
        Finding(
            subject_kind="customer",
            subject_key=customer_key,
            subject_label=state.customers[customer_key].customer_name if customer_key in state.customers else keys[0],
            reason_code=reason_code,
            amount=sum((state.charges[key].draft.total_amount for key in keys), Decimal(0)),
            currency_code=currency_code,
            context={"waiting": sorted(keys)},
        )
        for (customer_key, reason_code, currency_code), keys in parked.items()
    ]
