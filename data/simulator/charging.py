"""What should be billed, once each: the charges of agreements and deals, by the truth's own reckoning.

Nothing here is taken from the product's invoicing rules. Months, parts of periods, tiers, minimums and true-ups are
worked out a second time, from what was agreed, metered and told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

from assets.ledger.money import line_amount
from data.simulator.calendars import DAY, add_months
from data.simulator.deals import charge_of_deal
from data.simulator.defects import defects_of_agreement, defects_of_customer, first_day_clear
from data.simulator.deliveries import Deliveries
from data.simulator.periods import MONTHS, covered_days, half_up
from data.simulator.scale import Scale
from data.simulator.trade import Amendment, Charge, ChargeLine, Trade, UsageEvent, at
from data.simulator.world import Agreement, Line, Milestone, World

HISTORY_DAYS = 62  # what was triggered longer before the first day was billed by the system before this one
TIME_ZONES = {"MEU": ZoneInfo("Europe/Berlin"), "MUS": ZoneInfo("America/New_York")}


def run_charges(scale: Scale, world: World, trade: Trade, deliveries: Deliveries) -> None:
    """Add the charges of agreements and deals, and settle when each can first be drafted and at which price."""
    metered: dict[str, list[UsageEvent]] = {}
    for event in trade.usage:
        metered.setdefault(event.agreement.agreement_id, []).append(event)
    for agreement in world.agreements:
        if agreement.known is not None:
            events = metered.get(agreement.agreement_id, [])
            trade.charges += _AgreementCharges(scale, agreement, events, deliveries).all()
    trade.charges += [charge_of_deal(deal, deliveries) for deal in trade.deals]
    oldest = scale.first_date - HISTORY_DAYS * DAY
    trade.charges[:] = [charge for charge in trade.charges if triggered_on(charge) >= oldest]
    for charge in trade.charges:
        charge.defects += defects_of_customer(charge.customer, deliveries)
        if charge.possible is not None:
            charge.possible = first_day_clear(charge.defects, charge.possible, scale.last_date)
        amendment = charge.amendment
        if amendment is not None and (charge.possible or charge.known) >= amendment.known:
            charge.lines, charge.amendment = amendment.lines, None
        elif amendment is not None and amendment.effective is None:
            charge.amendment = None
    trade.charges.sort(key=lambda charge: (charge.triggered_at, charge.billing_key))


def triggered_on(charge: Charge) -> date:
    """Return the day of the trigger where the legal entity is; midnight UTC is a date without an hour."""
    moment = charge.triggered_at
    if moment.time() == time(0):
        return moment.date()
    return moment.astimezone(TIME_ZONES[charge.customer.legal_entity]).date()


def change_in_mid_term(charge: Charge, scale: Scale) -> Charge | None:
    """Return what an amendment adds to a period that was invoiced before it was known; None when it adds nothing."""
    amendment = charge.amendment
    if amendment is None or amendment.effective is None:
        return None
    missing = sum((line.net for line in amendment.lines), Decimal(0)) - charge.net
    if missing <= 0 or amendment.effective > scale.last_date:
        return None
    contract, line, occasion = charge.billing_key.split("|")[1:4]
    key = f"contract|{contract}|{line}|{occasion}.v2|retainer"
    words = f"{charge.lines[0].description}, change from {amendment.effective}"
    trigger = max(charge.triggered_at, _midnight(amendment.effective))
    known = max(amendment.known, amendment.effective)
    priced = [ChargeLine(charge.lines[0].product_id, words, Decimal(1), missing, missing)]
    change = Charge(key, "retainer", charge.customer, trigger, known, priced, charge.agreement, None, charge.po_number)
    change.defects, change.known = charge.defects, known
    change.possible = first_day_clear(change.defects, known, scale.last_date)
    return change


class _AgreementCharges:
    """The charges of one agreement."""

    def __init__(self, scale: Scale, agreement: Agreement, usage: Iterable[UsageEvent], deliveries: Deliveries) -> None:
        self.scale = scale
        self.agreement = agreement
        self.deliveries = deliveries
        self.known = agreement.known or date.max
        self.metered: dict[tuple[int, date], list[UsageEvent]] = {}
        for event in usage:
            self.metered.setdefault((event.line.line, event.occurred_at.date().replace(day=1)), []).append(event)
        self.charges: list[Charge] = []

    def all(self) -> list[Charge]:
        for line in self.agreement.lines:
            if line.kind == "retainer":
                self._retainer(line)
            elif line.kind == "usage":
                self._usage(line)
            else:
                self._milestones(line)
                self._activations(line)
        return self.charges

    def _add(
        self, line: Line, occasion: object, kind: str, trigger: datetime, known: date, lines: list[ChargeLine],
        milestone: Milestone | None = None,
    ) -> Charge:  # fmt: skip
        agreement = self.agreement
        possible = max(known, self.known, self.scale.first_date)
        has_number = "missing_po" not in agreement.faults or agreement.po_known is not None
        charge = Charge(
            billing_key=f"contract|{agreement.agreement_id}|{line.line}|{occasion}|{kind}",
            kind=kind,
            customer=agreement.customer,
            triggered_at=trigger,
            possible=possible if possible <= self.scale.last_date else None,
            lines=lines,
            agreement=agreement,
            order=None,
            po_number=agreement.po_number if has_number else None,
            defects=defects_of_agreement(agreement, milestone, self.deliveries),
            known=possible,
        )
        self.charges.append(charge)
        return charge

    def _priced(self, line: Line, parts: list[tuple[str, Decimal, Decimal]]) -> list[ChargeLine]:
        """Return lines of (words, quantity, price); an agreed discount on them all is a line of its own."""
        currency = self.agreement.customer.currency
        product = f"{self.agreement.agreement_id}-{line.line}"
        lines = [
            ChargeLine(product, words, quantity, price, line_amount(quantity, price, currency))
            for words, quantity, price in parts
        ]
        if line.discount_percent:
            share = Fraction(line.discount_percent) / 100
            taken = half_up(Fraction(sum((each.net for each in lines), Decimal(0))) * share)
            if taken:
                lines.append(
                    ChargeLine(product, f"Discount {line.discount_percent} %", Decimal(-1), taken, -taken)
                )  # fmt: skip
        return lines

    def _retainer(self, line: Line) -> None:
        agreement = self.agreement
        amount = line.amount or Decimal(0)
        for covered in covered_days(agreement.start, agreement.end, MONTHS[line.frequency or "monthly"], line.anchor):
            due = covered.first if line.in_advance else covered.last + DAY
            if due > self.scale.last_date:
                break
            words = f"{line.description} from {covered.first}"
            cost = covered.cost(lambda _: amount)
            charge = self._add(
                line, covered.first, "retainer", _midnight(due), due, self._priced(line, [(words, Decimal(1), cost)])
            )
            if line.new_amount is not None and agreement.amendment_known is not None:
                begins, later = agreement.amendment_effective, line.new_amount

                def price_on(day: date, begins: date | None = begins, later: Decimal = later) -> Decimal:
                    return later if begins is None or day >= begins else amount

                amended = covered.cost(price_on)
                if amended != cost:
                    lines = self._priced(line, [(words, Decimal(1), amended)])
                    charge.amendment = Amendment(agreement.amendment_known, lines, begins)

    def _usage(self, line: Line) -> None:
        agreement, last = self.agreement, self.scale.last_date
        nets: dict[date, Decimal] = {}
        month = agreement.start.replace(day=1)
        while month <= min(agreement.end, last):
            following = add_months(month, 1)
            cut = max(following, self.known, self.scale.first_date)
            told = sorted(
                (arrives, event.occurred_at.date(), event.quantity)
                for event in self.metered.get((line.line, month), ())
                if (arrives := self.deliveries.arrival("usage", "usage", event.file_day)) <= min(cut, last)
            )
            included = line.included_quantity or Decimal(0)
            beyond = max(sum((quantity for _, _, quantity in told), Decimal(0)) - included, Decimal(0))
            used, blocks = Decimal(0), int(beyond // line.threshold) if line.threshold else 0
            for number in range(1, blocks + 1):
                until = Decimal((line.threshold or 0) * number)
                lines = self._units(line, f"{line.metric} in {month:%Y-%m}", until - (line.threshold or 0), until)
                used += _net(lines)
                told_on = _reached([(arrives, quantity) for arrives, _, quantity in told], until + included)
                crossed = _reached(sorted((day, quantity) for _, day, quantity in told), until + included)
                if _net(lines) > 0:
                    self._add(line, f"{month}.{number}", "usage", _midnight(crossed), max(told_on, crossed), lines)
            if following <= last:
                begins = Decimal((line.threshold or 0) * blocks)
                lines = self._units(line, f"{line.metric} in {month:%Y-%m}", begins, beyond)
                used += _net(lines)
                if (lacking := self._minimum(line, month) - used) > 0:
                    words = f"Minimum for {month:%Y-%m}"
                    product = f"{agreement.agreement_id}-{line.line}"
                    lines = [*lines, ChargeLine(product, words, Decimal(1), lacking, lacking)]
                    used += lacking
                if _net(lines) > 0:
                    self._add(line, month, "usage", _midnight(following), following, lines)
                nets[month] = used
            month = following
        if line.commitment:
            self._true_up(line, nets)

    def _units(self, line: Line, words: str, begins: Decimal, ends: Decimal) -> list[ChargeLine]:
        """Return what the units from one place to another cost, each at the price of the tier it falls in."""
        parts: list[tuple[str, Decimal, Decimal]] = []
        floor = Decimal(0)
        for up_to, price in line.tiers or [(None, line.unit_price or Decimal(0))]:
            ceiling = ends if up_to is None else min(Decimal(up_to), ends)
            if ceiling > max(floor, begins):
                parts.append((words, ceiling - max(floor, begins), price))
            floor = max(floor, ceiling)
        return self._priced(line, parts)

    def _minimum(self, line: Line, month: date) -> Decimal:
        if line.minimum is None:
            return Decimal(0)
        days = [month + offset * DAY for offset in range((add_months(month, 1) - month).days)]
        agreed = [day for day in days if self.agreement.start <= day <= self.agreement.end]
        return half_up(Fraction(line.minimum) * len(agreed) / len(days))

    def _true_up(self, line: Line, nets: dict[date, Decimal]) -> None:
        """Add what is missing to the commitment of each year whose last month is metered to its end."""
        for year in covered_days(self.agreement.start, self.agreement.end, 12, None):
            due = add_months(year.last.replace(day=1), 1)
            if due > self.scale.last_date:
                return
            of_year = [month for month in nets if year.first <= max(month, self.agreement.start) <= year.last]
            owed = year.cost(lambda _: line.commitment or Decimal(0))
            lacking = owed - sum((nets[month] for month in of_year), Decimal(0))
            if lacking > 0:
                product = f"{self.agreement.agreement_id}-{line.line}"
                words = f"True-up for {year.first} to {year.last}"
                lines = [ChargeLine(product, words, Decimal(1), lacking, lacking)]
                self._add(line, f"{year.first}.true_up", "usage", _midnight(due), due, lines)

    def _milestones(self, line: Line) -> None:
        for milestone in line.milestones:
            if milestone.completed is None:
                continue
            if not self.deliveries.is_delivered("projects", "milestones", milestone.completed):
                continue
            arrives = self.deliveries.arrival("projects", "milestones", milestone.completed)
            trigger = at(milestone.completed, Random(milestone.milestone_id), 9, 18)
            words = f"{line.description}: {milestone.name}"
            lines = self._priced(line, [(words, Decimal(1), line.amount or Decimal(0))])
            self._add(line, milestone.milestone_id, "milestone", trigger, arrives, lines, milestone)

    def _activations(self, line: Line) -> None:
        for activation in line.activations:
            if not self.deliveries.is_delivered("projects", "milestones", activation.provisioned):
                continue
            arrives = self.deliveries.arrival("projects", "milestones", activation.provisioned)
            trigger = at(activation.provisioned, Random(activation.activation_id), 9, 18)
            words = f"{line.description}: {activation.name}"
            price = line.unit_price or Decimal(0)
            lines = self._priced(line, [(words, Decimal(activation.quantity), price)])
            self._add(line, activation.activation_id, "milestone", trigger, arrives, lines)


def _net(lines: list[ChargeLine]) -> Decimal:
    return sum((line.net for line in lines), Decimal(0))


def _reached(counted: list[tuple[date, Decimal]], wanted: Decimal) -> date:
    """Return the day on which quantities in order of days first add up to so much."""
    total = Decimal(0)
    for day, quantity in counted:
        total += quantity
        if total >= wanted:
            return day
    raise ValueError(f"{total} were metered, not {wanted}.")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)
