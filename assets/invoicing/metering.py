"""What does metered usage bill? Blocks when a threshold is crossed, the month's rest, its minimum, the year's true-up.

Each of them follows from how much was metered and known by the month's billing day, never from the order in which
the meter reported it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from assets.invoicing.agreed import Stretch, agreed_on
from assets.invoicing.pricing import ONE, discounted, net_of, usage_lines
from assets.ledger.charges import add_months, month_end
from assets.ledger.contracts import ContractLine
from assets.ledger.day import DayState
from assets.ledger.documents import DocumentLine
from assets.ledger.money import ZERO
from assets.ledger.periods import periods_between, prorated


@dataclass(frozen=True, slots=True)
class MeteredCharge:
    """Something metered that can be billed: which part of which period, and its lines."""

    line: ContractLine
    occasion: str
    trigger_date: date
    period_start: date
    period_end: date
    lines: tuple[DocumentLine, ...]


def billing_cut(state: DayState, line: ContractLine, month: date) -> date:
    """Return the day a metered month is billed by: the 1st after it, or the day the contract became known if later."""
    return max(add_months(month, 1), state.line_known_since[(line.contract_id, line.contract_line_number)])


def metered_quantity(state: DayState, line: ContractLine, month: date) -> Decimal:
    """Return what was metered in a month and known by its billing day; what comes later is an exception."""
    cut = billing_cut(state, line, month)
    events = state.usage.get((line.contract_id, line.contract_line_number, month), ())
    return sum((event.quantity for event in events if event.known_date <= cut), ZERO)


def metered_charges(
    state: DayState,
    laid: list[Stretch],
    business_date: date,
    *,
    is_drafted: Callable[[str], bool] = lambda _: False,
) -> Iterator[MeteredCharge]:
    """Yield what a usage line bills by a day: priced as agreed on the first day of each month.

    A month billed in one is left out when `is_drafted` says so of it: it need not be metered and priced again.
    """
    newest = next((one.line for one in reversed(laid) if one.line is not None), None)
    if newest is None:
        return
    month = newest.start_date.replace(day=1)
    while month <= business_date and (newest.end_date is None or month <= newest.end_date):
        line = agreed_on(laid, max(month, newest.start_date))
        if line is not None and (line.threshold_quantity or not is_drafted(month.isoformat())):
            yield from _of_month(state, line, month, business_date)
        month = add_months(month, 1)
    if newest.commitment_amount:
        yield from _true_ups(state, laid, newest, business_date)


def _of_month(state: DayState, line: ContractLine, month: date, business_date: date) -> Iterator[MeteredCharge]:
    billable = max(metered_quantity(state, line, month) - (line.included_quantity or ZERO), ZERO)
    block = line.threshold_quantity
    blocks = int(billable // block) if block else 0
    words = f"{line.metric} in {month:%Y-%m}"
    following = add_months(month, 1)
    for number in range(1, blocks + 1):
        if block is None:
            break
        lines = discounted(line, usage_lines(line, f"{words}, block {number}", block * (number - 1), block * number))
        crossed = _crossed_on(state, line, month, block * number)
        if net_of(lines) > 0 and crossed <= business_date:
            yield MeteredCharge(line, f"{month}.{number}", crossed, month, month_end(month), lines)
    if following > business_date:
        return
    rest = _rest_of_month(line, month, billable, block, blocks, words)
    if rest and net_of(rest) > 0:
        yield MeteredCharge(line, month.isoformat(), following, month, month_end(month), rest)


def _rest_of_month(
    line: ContractLine, month: date, billable: Decimal, block: Decimal | None, blocks: int, words: str
) -> tuple[DocumentLine, ...]:
    """Return what is left of a month after its blocks, lifted to the agreed minimum."""
    priced = usage_lines(line, words, (block or ZERO) * blocks, billable)
    lines = discounted(line, priced)
    minimum = _minimum(line, month)
    used = net_of(lines) + _net_of_blocks(line, block, blocks, words)
    if minimum > used:
        lines = (
            *lines,
            DocumentLine.priced(
                len(lines) + 1,
                f"Minimum for {month:%Y-%m}",
                ONE,
                minimum - used,
                line.currency_code,
                f"{line.contract_id}-{line.contract_line_number}",
            ),
        )
    return lines


def _net_of_blocks(line: ContractLine, block: Decimal | None, blocks: int, words: str) -> Decimal:
    if block is None:
        return ZERO
    return sum(
        (
            net_of(discounted(line, usage_lines(line, words, block * number, block * (number + 1))))
            for number in range(blocks)
        ),
        ZERO,
    )


def _minimum(line: ContractLine, month: date) -> Decimal:
    """Return the month's minimum, by days when the contract covers only a part of the month."""
    if not line.minimum_amount:
        return ZERO
    first = max(month, line.start_date)
    last = min(month_end(month), line.end_date or month_end(month))
    days = (last - first).days + 1
    [amount] = prorated([(line.minimum_amount, days)], month_end(month).day, line.currency_code)
    return amount


def _crossed_on(state: DayState, line: ContractLine, month: date, block_end: Decimal) -> date:
    """Return the day by which so much was metered, as the meter dates it."""
    cut = billing_cut(state, line, month)
    counted, wanted = ZERO, block_end + (line.included_quantity or ZERO)
    events = state.usage.get((line.contract_id, line.contract_line_number, month), ())
    for event in sorted(events, key=lambda event: (event.occurred_date, event.usage_event_key)):
        if event.known_date <= cut:
            counted += event.quantity
            if counted >= wanted:
                return event.occurred_date
    return month_end(month)


def _true_ups(
    state: DayState, laid: list[Stretch], newest: ContractLine, business_date: date
) -> Iterator[MeteredCharge]:
    """Yield what is missing to the commitment of each contract year that is over."""
    for year in periods_between(newest.start_date, newest.end_date, "yearly", None, until=business_date):
        billed_by = add_months(year.end.replace(day=1), 1)  # of the month in which the year ends, all is metered
        if billed_by > business_date:
            return
        [committed] = prorated([(newest.commitment_amount or ZERO, year.days)], year.whole_days, newest.currency_code)
        used, month = ZERO, year.start.replace(day=1)
        while month <= year.end:
            line = agreed_on(laid, max(month, newest.start_date))
            if line is not None and year.start <= max(month, newest.start_date):
                used += sum((net_of(each.lines) for each in _of_month(state, line, month, business_date)), ZERO)
            month = add_months(month, 1)
        if committed > used:
            owed_whole = replace(newest, discount_percent=None)
            lines = discounted(owed_whole, [(f"True-up for {year.start} to {year.end}", ONE, committed - used)])
            yield MeteredCharge(newest, f"{year.start}.true_up", billed_by, year.start, year.end, lines)
