"""What became billable? Periods, milestones, provisioned services, metered months, shipments and deals, each once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from assets.invoicing.agreed import Stretch, agreed_periods, stretches
from assets.invoicing.dealing import deals_to_bill, lines_of_deal
from assets.invoicing.metering import metered_charges
from assets.invoicing.pricing import is_beyond_range, net_of, period_lines, product_of, single_line
from assets.ledger.charges import contract_billing_key, deal_billing_key, goods_billing_key
from assets.ledger.contracts import ContractLine
from assets.ledger.day import DayState
from assets.ledger.deals import Deal
from assets.ledger.documents import DocumentLine
from assets.ledger.fulfilment import Milestone, ShipmentLine
from assets.ledger.money import ZERO
from assets.ledger.orders import Order


@dataclass(frozen=True, slots=True)
class Charge:
    """Something that can be billed: priced lines, and the agreement, order or deal that it is billed under."""

    billing_key: str
    charge_kind: str
    lines: tuple[DocumentLine, ...]
    trigger_at: datetime
    contract_line: ContractLine | None = None
    order: Order | None = None
    deal: Deal | None = None
    period_start: date | None = None
    period_end: date | None = None
    milestone: Milestone | None = None

    def triggered_date(self, state: DayState) -> date:
        """Return the business day of the trigger, where the legal entity is that bills it."""
        billed_by = self.contract_line or self.order or self.deal
        return state.local_date(billed_by.legal_entity_id if billed_by else None, self.trigger_at)


def charges_due(
    state: DayState,
    business_date: date,
    *,
    again: Collection[str] = (),
    billed_elsewhere_before: date | None = None,
    deals_billed_by: Collection[str] = (),
) -> list[Charge]:
    """Return every charge whose trigger and agreement are known and that was not drafted yet, in billing-key order.

    What was triggered long before the company's records begin was billed elsewhere, and is left alone. The charges
    named in `again` are told once more, as they stand by what is known now; one that is not told has lost its trigger.
    East of UTC an evening's event is of the next day: it is told when that day is decided.
    """
    wanted = frozenset(again)
    charges = [
        *_from_contract_lines(state, business_date, wanted),
        *_from_milestones(state, wanted),
        *_from_shipments(state, wanted),
        *_from_deals(state, wanted, deals_billed_by),
    ]
    if billed_elsewhere_before is not None:
        charges = [charge for charge in charges if charge.triggered_date(state) >= billed_elsewhere_before]
    told = [
        charge for charge in charges if charge.billing_key in wanted or not _is_tomorrow(charge, state, business_date)
    ]
    return sorted(told, key=lambda charge: charge.billing_key)


def _is_tomorrow(charge: Charge, state: DayState, business_date: date) -> bool:
    return charge.trigger_at.date() <= business_date < charge.triggered_date(state)


def _from_contract_lines(state: DayState, business_date: date, again: frozenset[str]) -> Iterator[Charge]:
    for contract_id, line_number in state.line_versions:
        yield from _from_contract_line(state, contract_id, line_number, business_date, again)


def _from_contract_line(
    state: DayState, contract_id: str, line_number: int, business_date: date, again: frozenset[str]
) -> Iterator[Charge]:
    """Yield what a line makes due: anew by all that is known, again by what counted when it was first drafted."""
    newest = newest_line(state, contract_id, line_number)
    if newest is None or newest.contract_kind == "milestone":
        return
    told = _recurring if newest.contract_kind == "retainer" else _metered
    known_by: dict[str, date | None] = {
        key: state.first_drafted.get(key)
        for key in state.charges_of_line.get((contract_id, line_number), ())
        if key in again
    }
    for moment in dict.fromkeys([None, *known_by.values()]):
        laid = stretches(state, contract_id, line_number, known_by=moment)
        for charge in told(state, laid, newest, business_date, again):
            is_again = charge.billing_key in again
            if (
                known_by.get(charge.billing_key) == moment
                if is_again
                else (moment is None and not state.is_charged(charge.billing_key))
            ):
                yield charge


def newest_line(state: DayState, contract_id: str, line_number: int) -> ContractLine | None:
    """Return the last version of a line that names it: what is printed on its invoices."""
    versions = state.line_versions.get((contract_id, line_number))
    return versions[max(versions)] if versions else None


def _recurring(
    state: DayState, laid: list[Stretch], newest: ContractLine, business_date: date, again: frozenset[str]
) -> Iterator[Charge]:
    """Yield the periods due; one drafted before is not priced again when nothing can come of it."""
    is_amended = any(one.line is not None and one.line.effective_date is not None for one in laid)
    for agreed in agreed_periods(laid, business_date):
        if agreed.trigger_date > business_date:
            continue
        occasion = agreed.period.start.isoformat()
        key = contract_billing_key(newest.contract_id, newest.contract_line_number, occasion, "retainer")
        if not is_amended and key not in again and state.is_charged(key):
            continue
        lines = period_lines(agreed)
        charge = Charge(
            billing_key=key,
            charge_kind="retainer",
            lines=lines,
            trigger_at=_midnight(agreed.trigger_date),
            contract_line=newest,
            period_start=agreed.period.start,
            period_end=agreed.period.end,
        )
        yield charge
        if state.is_charged(key) and is_billed(state, key):
            yield from _change_in_mid_term(state, charge, newest, laid, business_date, again)


def is_billed(state: DayState, billing_key: str) -> bool:
    """Return whether a live invoice bills the charge."""
    return bool(state.live_documents_billing(billing_key))


def _change_in_mid_term(
    state: DayState,
    charge: Charge,
    newest: ContractLine,
    laid: list[Stretch],
    business_date: date,
    again: frozenset[str],
) -> Iterator[Charge]:
    """Yield what each dated amendment adds to a period billed already, from the day the amendment counts.

    Together they bill no more than the period lacks by all that is known. What is taken off is for a person to credit.
    """
    start, end = charge.period_start or date.min, charge.period_end or date.max
    occasion = start.isoformat()
    spoken_for = _spoken_for(state, newest, occasion, again)
    room = net_of(charge.lines) - sum(spoken_for.values(), ZERO)
    if room <= 0:
        return
    changes = {
        contract_billing_key(
            newest.contract_id, newest.contract_line_number, f"{occasion}.v{line.version}", charge.charge_kind
        ): index
        for index, line in _dated_within(laid, start, min(end, business_date))
    }
    so_far = sum((net for key, net in spoken_for.items() if key not in changes), ZERO)
    for key, index in changes.items():
        if key in spoken_for:
            so_far += spoken_for[key]
            continue
        missing = min(_net_of_period(laid[: index + 1], start) - so_far, room)
        if missing <= 0:
            continue
        so_far, room = so_far + missing, room - missing
        from_date = laid[index].from_date
        words = f"{newest.description} from {occasion}, change from {from_date}"
        changed = DocumentLine.priced(1, words, Decimal(1), missing, newest.currency_code, product_of(newest))
        trigger_at = max(charge.trigger_at, _midnight(from_date))
        yield replace(charge, billing_key=key, lines=(changed,), trigger_at=trigger_at)


def _dated_within(laid: list[Stretch], start: date, until: date) -> Iterator[tuple[int, ContractLine]]:
    """Yield the dated amendments that count on a day from `start` on and begin by `until`, with their places."""
    for index, one in enumerate(laid):
        is_over = index + 1 < len(laid) and laid[index + 1].from_date <= start
        if is_over or one.line is None or one.line.effective_date is None:
            continue
        if date.min < one.from_date <= until:
            yield index, one.line


def _net_of_period(laid: list[Stretch], start: date) -> Decimal:
    """Return what the period that begins on a day costs by what is laid."""
    found = (each for each in agreed_periods(laid, start) if each.period.start == start)
    return sum((net_of(period_lines(each)) for each in found), ZERO)


def _spoken_for(state: DayState, line: ContractLine, occasion: str, again: frozenset[str]) -> dict[str, Decimal]:
    """Return by charge of a period what is billed of it or waits to be; what is told again is not settled."""
    billed = _billed_by_charge(state, line, occasion)
    keys = state.charges_of_line.get((line.contract_id, line.contract_line_number), ())
    waiting = [key for key in keys if key not in again and state.is_charged(key) and _occasion_of(key) == occasion]
    return {key: state.charges[key].draft.net_amount for key in waiting} | billed


def billed_beyond(state: DayState) -> Iterator[tuple[str, ContractLine, Decimal]]:
    """Yield periods billed for more than is agreed after a dated amendment: first charge, line, net amount too much."""
    for (contract_id, line_number), versions in state.line_versions.items():
        is_dated = any(of_contract.effective_date for of_contract in state.contract_versions[contract_id].values())
        newest = versions[max(versions)]
        if not is_dated or newest.contract_kind != "retainer":
            continue
        laid = stretches(state, contract_id, line_number)
        charges = sorted(state.charges_of_line.get((contract_id, line_number), ()))
        billed = {_occasion_of(key): key for key in reversed(charges)}
        if not billed:
            continue
        last = date.fromisoformat(max(billed))
        agreed = {each.period.start.isoformat(): net_of(period_lines(each)) for each in agreed_periods(laid, last)}
        for occasion, key in billed.items():
            beyond = net_billed(state, newest, occasion) - agreed.get(occasion, ZERO)
            if beyond > 0 and state.is_charged(key):
                yield key, newest, beyond


def net_billed(state: DayState, line: ContractLine, occasion: str) -> Decimal:
    """Return what stands billed of a period, with its changes and less its credits."""
    return sum(_billed_by_charge(state, line, occasion).values(), ZERO)


def _billed_by_charge(state: DayState, line: ContractLine, occasion: str) -> dict[str, Decimal]:
    billed = {}
    for key in state.charges_of_line.get((line.contract_id, line.contract_line_number), ()):
        live = state.live_documents_billing(key) if _occasion_of(key) == occasion else ()
        if live:
            credited = sum((state.credited_of(document, key) for document in live), ZERO)
            billed[key] = state.charges[key].draft.net_amount - credited
    return billed


def _occasion_of(billing_key: str) -> str:
    """Return the period a charge of a contract line belongs to."""
    return billing_key.split("|")[3].partition(".")[0]


def _metered(
    state: DayState, laid: list[Stretch], newest: ContractLine, business_date: date, again: frozenset[str]
) -> Iterator[Charge]:
    def key_of(occasion: str) -> str:
        return contract_billing_key(newest.contract_id, newest.contract_line_number, occasion, "usage")

    def is_drafted(occasion: str) -> bool:
        key = key_of(occasion)
        return key not in again and state.is_charged(key)

    for metered in metered_charges(state, laid, business_date, is_drafted=is_drafted):
        yield Charge(
            billing_key=key_of(metered.occasion),
            charge_kind="usage",
            lines=metered.lines,
            trigger_at=_midnight(metered.trigger_date),
            contract_line=newest,
            period_start=metered.period_start,
            period_end=metered.period_end,
        )


def _from_milestones(state: DayState, again: Collection[str]) -> Iterator[Charge]:
    waiting = list(state.undrafted_milestones)
    waiting += [key.split("|")[3] for key in again if state.charges[key].draft.charge_kind == "milestone"]
    for milestone_id in dict.fromkeys(waiting):
        milestone = state.milestones.get(milestone_id)
        if milestone is None:
            continue
        key = contract_billing_key(milestone.contract_id, milestone.contract_line_number, milestone_id, "milestone")
        laid = stretches(
            state, milestone.contract_id, milestone.contract_line_number, known_by=state.first_drafted.get(key)
        )
        agreed = laid[-1].line if laid else None
        billable_at = milestone.billable_at(agreed.milestone_billed_when) if agreed is not None else None
        if agreed is None or billable_at is None:
            continue
        billable_date = state.local_date(agreed.legal_entity_id, billable_at)
        priced = next((one.line for one in reversed(laid) if one.from_date <= billable_date), None) or agreed
        yield Charge(
            billing_key=key,
            charge_kind="milestone",
            lines=_lines_of_milestone(priced, milestone),
            trigger_at=billable_at,
            contract_line=newest_line(state, milestone.contract_id, milestone.contract_line_number),
            milestone=milestone,
        )


def _lines_of_milestone(line: ContractLine, milestone: Milestone) -> tuple[DocumentLine, ...]:
    """Return a milestone at its price, or the units that were provisioned at theirs."""
    words = f"{line.description}: {milestone.milestone_name}"
    if milestone.quantity is None or line.unit_price is None:
        return single_line(line, words, Decimal(1), line.period_amount or ZERO)
    if is_beyond_range(milestone.quantity, line.unit_price):
        return ()
    return single_line(line, words, milestone.quantity, line.unit_price)


def _from_shipments(state: DayState, again: Collection[str]) -> Iterator[Charge]:
    waiting = list(state.undrafted_shipments)
    waiting += [key.split("|")[2] for key in again if state.charges[key].draft.charge_kind == "goods"]
    for shipment_number in dict.fromkeys(waiting):
        shipped = [line for line in state.shipments[shipment_number].values() if not line.is_voided]
        order = state.orders.get(shipped[0].order_key or "") if shipped else None
        if order is None or not state.is_managed(order.legal_entity_id):
            continue
        ordered = state.order_lines.get(order.order_key, {})
        prices = {number: line.unit_price for number, line in ordered.items() if line.unit_price is not None}
        if any(
            is_beyond_range(line.quantity, prices[line.line_number]) for line in shipped if line.line_number in prices
        ):
            yield _goods(order, shipment_number, (), shipped)
            continue
        lines = tuple(
            DocumentLine.priced(
                position,
                ordered[line.line_number].description or ordered[line.line_number].product_id or "",
                line.quantity,
                prices[line.line_number],
                order.currency_code,
                ordered[line.line_number].product_id,
            )
            for position, line in enumerate(sorted(shipped, key=lambda line: line.line_number), start=1)
            if line.line_number in prices
        )
        if len(lines) < len(shipped):
            continue  # something was shipped that is not known to be ordered, or at which price: it waits for that
        yield _goods(order, shipment_number, lines, shipped)


def _goods(
    order: Order, shipment_number: str, lines: tuple[DocumentLine, ...], shipped: Sequence[ShipmentLine]
) -> Charge:
    return Charge(
        billing_key=goods_billing_key(order.order_number, shipment_number),
        charge_kind="goods",
        lines=lines,
        trigger_at=min(line.shipped_at for line in shipped),
        order=order,
    )


def _from_deals(state: DayState, again: Collection[str], billed_by: Collection[str]) -> Iterator[Charge]:
    for deal in deals_to_bill(state, again, billed_by):
        key = deal_billing_key(deal.deal_id)
        yield Charge(key, "deal", lines_of_deal(state, deal), deal.won_at or deal.changed_at, deal=deal)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)
