"""What became billable? Retainer periods, accepted milestones, metered months and shipments, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from assets.ledger.charges import (
    add_months,
    contract_billing_key,
    goods_billing_key,
    months_per_period,
    period_end,
)
from assets.ledger.contracts import ContractLine
from assets.ledger.day import DayState
from assets.ledger.documents import DocumentLine
from assets.ledger.money import ZERO
from assets.ledger.orders import Order


@dataclass(frozen=True, slots=True)
class Charge:
    """Something that can be billed: priced lines, and the agreement or order that it is billed under."""

    billing_key: str
    charge_kind: str
    lines: tuple[DocumentLine, ...]
    trigger_at: datetime
    contract_line: ContractLine | None = None
    order: Order | None = None
    period_start: date | None = None
    period_end: date | None = None


def charges_due(
    state: DayState, business_date: date, *, retry_all: bool = True, billed_elsewhere_before: date | None = None
) -> list[Charge]:
    """Return every charge whose trigger and agreement are known and that was not drafted yet, in billing-key order.

    What was triggered long before the company's records begin was billed elsewhere, and is left alone.

    A blocked charge comes again, priced by what is known now, when something new is known of what it rests on;
    with `retry_all` every blocked one does, because policy may have changed as well.
    """
    blocked = [key for key in state.blocked_charges if retry_all or state.may_be_repaired(key)]
    charges = [
        *_from_contract_lines(state, business_date, frozenset(blocked)),
        *_from_milestones(state, blocked),
        *_from_shipments(state, blocked),
    ]
    if billed_elsewhere_before is not None:
        charges = [charge for charge in charges if charge.trigger_at.date() >= billed_elsewhere_before]
    return sorted(charges, key=lambda charge: charge.billing_key)


def _from_contract_lines(state: DayState, business_date: date, blocked: frozenset[str]) -> Iterator[Charge]:
    for lines in state.contract_lines.values():
        for line in lines.values():
            if line.contract_kind == "retainer":
                yield from _retainer_periods(state, line, business_date, blocked)
            elif line.contract_kind == "usage":
                yield from _metered_months(state, line, business_date, blocked)


def _retainer_periods(
    state: DayState, line: ContractLine, business_date: date, blocked: frozenset[str]
) -> Iterator[Charge]:
    start = line.start_date
    while line.end_date is None or start <= line.end_date:
        following = add_months(start, months_per_period(line.billing_frequency))
        trigger_date = start if line.is_billed_in_advance else following
        if trigger_date > business_date:
            return
        key = contract_billing_key(line.contract_id, line.contract_line_number, start.isoformat(), "retainer")
        if key not in state.charges or key in blocked:
            amount = line.period_amount or ZERO
            yield Charge(
                billing_key=key,
                charge_kind="retainer",
                lines=_single_line(line, f"{line.description} from {start}", Decimal(1), amount),
                trigger_at=_midnight(trigger_date),
                contract_line=line,
                period_start=start,
                period_end=period_end(start, line.billing_frequency),
            )
        start = following


def _metered_months(
    state: DayState, line: ContractLine, business_date: date, blocked: frozenset[str]
) -> Iterator[Charge]:
    start = line.start_date.replace(day=1)
    while line.end_date is None or start <= line.end_date:
        following = add_months(start, 1)
        if following > business_date:
            return
        key = contract_billing_key(line.contract_id, line.contract_line_number, start.isoformat(), "usage")
        if key not in state.charges or key in blocked:
            quantity = metered_quantity(state, line, start) - (line.included_quantity or ZERO)
            priced = _single_line(line, f"{line.metric} in {start:%Y-%m}", quantity, line.unit_price or ZERO)
            if quantity > 0 and priced[0].net_amount > 0:
                yield Charge(
                    billing_key=key,
                    charge_kind="usage",
                    lines=priced,
                    trigger_at=_midnight(following),
                    contract_line=line,
                    period_start=start,
                    period_end=period_end(start, "monthly"),
                )
        start = following


def billing_cut(state: DayState, line: ContractLine, month: date) -> date:
    """Return the day a metered month is billed by: the 1st after it, or the day the contract became known if later."""
    return max(add_months(month, 1), state.line_known_since[(line.contract_id, line.contract_line_number)])


def metered_quantity(state: DayState, line: ContractLine, month: date) -> Decimal:
    """Return what was metered in a month and known by its billing day; what comes later is an exception."""
    cut = billing_cut(state, line, month)
    events = state.usage.get((line.contract_id, line.contract_line_number, month), ())
    return sum((event.quantity for event in events if event.known_date <= cut), ZERO)


def _from_milestones(state: DayState, blocked: Sequence[str]) -> Iterator[Charge]:
    for milestone_id in state.undrafted_milestones:
        milestone = state.milestones[milestone_id]
        line = state.contract_lines.get(milestone.contract_id, {}).get(milestone.contract_line_number)
        if line is None or milestone.completed_at is None:
            continue
        yield _milestone_charge(line, milestone_id, milestone.milestone_name, milestone.completed_at)
    for key in blocked:
        draft = state.charges[key].draft
        if draft.charge_kind == "milestone":
            milestone = state.milestones[key.split("|")[3]]
            line = state.contract_lines.get(milestone.contract_id, {}).get(milestone.contract_line_number)
            if line is not None and milestone.is_completed and milestone.completed_at is not None:
                yield _milestone_charge(line, milestone.milestone_id, milestone.milestone_name, milestone.completed_at)


def _milestone_charge(line: ContractLine, milestone_id: str, milestone_name: str, completed_at: datetime) -> Charge:
    return Charge(
        billing_key=contract_billing_key(line.contract_id, line.contract_line_number, milestone_id, "milestone"),
        charge_kind="milestone",
        lines=_single_line(line, f"{line.description}: {milestone_name}", Decimal(1), line.period_amount or ZERO),
        trigger_at=completed_at,
        contract_line=line,
    )


def _from_shipments(state: DayState, blocked: Sequence[str]) -> Iterator[Charge]:
    waiting = list(state.undrafted_shipments)
    waiting += [key.split("|")[2] for key in blocked if state.charges[key].draft.charge_kind == "goods"]
    for shipment_number in waiting:
        shipped = [line for line in state.shipments[shipment_number].values() if not line.is_voided]
        order = state.orders.get(shipped[0].order_key or "") if shipped else None
        if order is None or not state.is_managed(order.legal_entity_id):
            continue
        ordered = state.order_lines.get(order.order_key, {})
        lines = tuple(
            DocumentLine.priced(
                position,
                ordered[line.line_number].description or ordered[line.line_number].product_id or "",
                line.quantity,
                ordered[line.line_number].unit_price,
                order.currency_code,
                ordered[line.line_number].product_id,
            )
            for position, line in enumerate(sorted(shipped, key=lambda line: line.line_number), start=1)
            if line.line_number in ordered
        )
        if len(lines) < len(shipped):
            continue  # something was shipped that is not known to be ordered: it waits for the order's next version
        yield Charge(
            billing_key=goods_billing_key(order.order_number, shipment_number),
            charge_kind="goods",
            lines=lines,
            trigger_at=min(line.shipped_at for line in shipped),
            order=order,
        )


def _single_line(
    line: ContractLine, description: str, quantity: Decimal, unit_price: Decimal
) -> tuple[DocumentLine, ...]:
    product_id = f"{line.contract_id}-{line.contract_line_number}"
    return (DocumentLine.priced(1, description, quantity, unit_price, line.currency_code, product_id),)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)
