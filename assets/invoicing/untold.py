"""What was delivered and cannot be billed, because no system has told of its order, its contract or what was sold?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from assets.invoicing.dealing import deals_without_lines
from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.day import DayState
from assets.ledger.exceptions import Finding


@dataclass(frozen=True, slots=True)
class Untold:
    """A delivery that waits for what it was delivered under, and since when it is known."""

    reason_code: str
    subject_kind: str  # order | contract | charge
    subject_key: str
    subject_label: str
    what: str
    delivered_date: date
    known_date: date
    customer_key: str | None = None


def deliveries_untold(state: DayState, policy: InvoicingPolicy, business_date: date) -> Iterator[Finding]:
    """Yield one finding per order, contract or deal that deliveries have waited for longer than policy lets them.

    A delivery from long before the company's records begin was billed elsewhere.
    """
    go_live = state.first_date - timedelta(days=policy.days_of_history) if state.first_date else date.min
    by_cause: dict[tuple[str, str, str], list[Untold]] = {}
    for untold in (*_shipments(state), *_milestones(state), *_usage(state), *_deals(state, policy)):
        if untold.delivered_date >= go_live:
            by_cause.setdefault((untold.reason_code, untold.subject_kind, untold.subject_key), []).append(untold)
    for (reason_code, subject_kind, subject_key), waiting in by_cause.items():
        since = min(untold.known_date for untold in waiting)
        if (business_date - since).days < policy.days_until_untold:
            continue
        system, field_name = policy.upstream.get(reason_code, (None, None))
        yield Finding(
            subject_kind=subject_kind,
            subject_key=subject_key,
            subject_label=waiting[0].subject_label,
            reason_code=reason_code,
            upstream_system=system,
            upstream_field=field_name,
            context={
                "waiting": sorted(untold.what for untold in waiting),
                "delivered_date": min(untold.delivered_date for untold in waiting).isoformat(),
                "known_date": since.isoformat(),
                "customer_key": waiting[0].customer_key,
            },
        )


def _shipments(state: DayState) -> Iterator[Untold]:
    for shipment_number in state.undrafted_shipments:
        shipped = [line for line in state.shipments[shipment_number].values() if not line.is_voided]
        if not shipped:
            continue
        first = min(shipped, key=lambda line: line.shipped_at)
        order = state.orders.get(first.order_key or "")
        if order is not None and not state.is_managed(order.legal_entity_id):
            continue
        ordered = state.order_lines.get(order.order_key, {}) if order is not None else {}
        priced = {number for number, line in ordered.items() if line.unit_price is not None}
        missing = sorted(line.line_number for line in shipped if line.line_number not in priced)
        if order is None or missing:
            lines = "" if order is None else f" line {', '.join(str(number) for number in missing)}"
            yield Untold(
                "ORDER_NOT_KNOWN" if order is None else "ORDER_LINE_NOT_KNOWN",
                "order",
                first.order_key or first.order_number,
                first.order_number,
                f"{shipment_number}{lines}",
                state.local_date(order.legal_entity_id if order else None, first.shipped_at),
                min(line.known_date for line in shipped),
                order.customer_key if order is not None else None,
            )


def _milestones(state: DayState) -> Iterator[Untold]:
    for milestone_id in state.undrafted_milestones:
        milestone = state.milestones[milestone_id]
        if (milestone.contract_id, milestone.contract_line_number) in state.line_versions:
            continue
        completed_at = milestone.completed_at or milestone.provisioned_at
        completed_date = state.local_date(None, completed_at) if completed_at else milestone.known_date
        what = f"line {milestone.contract_line_number}: {milestone.milestone_name}"
        yield _under_contract(milestone.contract_id, what, completed_date, milestone.known_date)


def _usage(state: DayState) -> Iterator[Untold]:
    """Yield each month that is metered under no known line, without its quantity: that grows from day to day."""
    for (contract_id, line_number), months in state.untold_usage.items():
        for month in months:
            events = state.usage[contract_id, line_number, month]
            first_date = min(event.occurred_date for event in events)
            what = f"line {line_number}: metered in {month:%Y-%m}"
            yield _under_contract(contract_id, what, first_date, min(event.known_date for event in events))


def _under_contract(contract_id: str, what: str, delivered_date: date, known_date: date) -> Untold:
    return Untold("CONTRACT_NOT_KNOWN", "contract", contract_id, contract_id, what, delivered_date, known_date)


def _deals(state: DayState, policy: InvoicingPolicy) -> Iterator[Untold]:
    for key, deal in deals_without_lines(state, policy.deals_billed_by):
        won_date = state.local_date(deal.legal_entity_id, deal.won_at or deal.changed_at)
        label = f"deal {deal.deal_id}"
        yield Untold("DEAL_LINES_NOT_KNOWN", "charge", key, label, label, won_date, deal.known_date, deal.customer_key)
