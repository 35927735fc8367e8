"""When and how customers pay: the mix of scenarios, and what each receipt was really meant for.

The mix is by receipts and follows published measurements: 30 % exact reference, 12 % damaged reference, 13 % none,
22 % several invoices at once, 17 % with a difference, the rest nothing may be applied from.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from assets.ledger.money import round_to_minor_unit
from data.simulator import names, wording
from data.simulator.billing import Billing, Invoice
from data.simulator.calendars import DAY, add_business_days, next_business_day
from data.simulator.scale import Scale
from data.simulator.world import Customer, World

# Percent of bank receipts. Quotas, not probabilities: a scenario that was not possible is made up for later.
MIX: dict[str, float] = {
    "exact_reference": 32.0,
    "typo_reference": 4.0,
    "truncated_reference": 3.5,
    "glued_reference": 3.5,
    "wrong_reference": 1.0,
    "no_reference": 13.0,
    "batch_listed": 12.0,
    "batch_partial": 5.0,
    "batch_unlisted": 6.0,
    "short_payment": 3.5,
    "installment": 2.0,
    "fee_deducted": 4.0,
    "discount_taken": 4.0,
    "withholding_tax": 1.5,
    "exchange_difference": 1.5,
    "overpayment": 1.5,
    "duplicate": 1.5,
    "prepayment": 1.0,
    "unidentified": 2.0,
}
BATCHES = ("batch_listed", "batch_partial", "batch_unlisted")
REMITTANCE_SHARE = {"batch_listed": 0.3, "batch_partial": 0.6, "batch_unlisted": 0.7}
CARD_SHARE = 0.03
FEES = tuple(Decimal(fee) for fee in ("5.00", "7.50", "10.00", "12.50", "15.00", "25.00"))
WITHHOLDING_RATES = tuple(Decimal(rate) for rate in ("0.015", "0.10", "0.15"))
BANK_OF = {"EUR": "camt053-2051", "GBP": "mt940", "USD": "bai2"}


@dataclass(frozen=True, slots=True)
class Application:
    """How much of a receipt was meant for a document, and what of the document it leaves on purpose."""

    invoice: Invoice
    amount: Decimal
    difference: Decimal = Decimal(0)
    difference_kind: str | None = None


@dataclass(slots=True)
class Receipt:
    """Money that reached a bank account (or a card processor), as the bank tells it and as it was meant."""

    value_date: date
    amount: Decimal
    currency: str
    customer: Customer | None
    scenario: str
    applications: list[Application]
    payer_name: str
    payer_account: str | None
    text: list[str]
    structured: list[tuple[str, Decimal | None]] = field(default_factory=list)
    structured_reference: str | None = None
    end_to_end_id: str | None = None
    bank_reference: str | None = None
    must_not_apply: bool = False
    is_card: bool = False
    instructed: tuple[str, Decimal] | None = None
    remittance: list[tuple[str, Decimal, str | None]] = field(default_factory=list)
    returned: date | None = None
    return_reason: str | None = None
    account: str | None = None
    statement_id: str | None = None
    entry_number: int | None = None
    sub_number: int | None = None
    payment_id: str | None = None
    known: date = date.max
    returned_known: date | None = None
    is_posted: bool = True
    batch_booking: int | None = None


@dataclass(slots=True)
class _Item:
    """An invoice its customer will pay, and from when on."""

    invoice: Invoice
    pay_date: date
    is_done: bool = False


def run_payments(scale: Scale, seed: int, world: World, billing: Billing) -> list[Receipt]:
    """Return every receipt of the window in order of value date."""
    payers = _Payers(scale, Random(f"{seed}|payments"), world, billing)
    receipts = payers.run()
    receipts.sort(key=lambda receipt: receipt.value_date)
    _return_some(scale, Random(f"{seed}|returns"), receipts)
    return receipts


class _Payers:
    """All customers' payables departments, paying in order of date."""

    def __init__(self, scale: Scale, rng: Random, world: World, billing: Billing) -> None:
        self.scale = scale
        self.rng = rng
        self.world = world
        self.counts = dict.fromkeys(MIX, 0)
        self.receipts: list[Receipt] = []
        self.items: dict[str, list[_Item]] = {}
        self.queue: list[tuple[date, int, _Item]] = []
        self.numbers = [invoice.number for invoice in billing.invoices]
        self.unlinked = {memo.invoice.number for memo in billing.credit_memos if not memo.is_linked}
        self.sequence = 0
        for invoice in billing.invoices:
            if invoice.open_amount <= 0:
                continue
            pay_date = self._intended_pay_date(invoice)
            if pay_date is not None and pay_date <= scale.last_activity + timedelta(days=21):
                item = _Item(invoice, pay_date)
                self.items.setdefault(invoice.customer.customer_id, []).append(item)
                self._enqueue(item)

    def _enqueue(self, item: _Item) -> None:
        self.sequence += 1
        heapq.heappush(self.queue, (item.pay_date, self.sequence, item))

    def _intended_pay_date(self, invoice: Invoice) -> date | None:
        """Return when the customer means to pay; None when it never does."""
        rng = self.rng
        customer = invoice.customer
        if rng.random() < 0.012:
            return None
        if invoice.origin == "opening" and (self.scale.first_date - invoice.due).days > 45 and rng.random() < 0.7:
            return None
        if rng.random() < 0.40:
            day = invoice.due + timedelta(days=1 + int(rng.expovariate(1 / customer.mean_days_late)))
        else:
            day = invoice.due - timedelta(days=rng.choice((0, 0, 1, 2, 3, 5)))
        if invoice.is_disputed:
            day += timedelta(days=rng.randint(0, 15))
        if invoice.terms == "2D10N30" and rng.random() < 0.5:
            day = invoice.issued + timedelta(days=rng.randint(6, 9))
        day = max(day, invoice.issued + 3 * DAY, self.scale.first_activity)
        if day <= self.scale.first_activity and invoice.origin == "opening":
            day = self.scale.first_activity + timedelta(days=rng.randint(0, 12))
        if invoice.pay_not_before is not None:
            day = max(day, invoice.pay_not_before)
        return next_business_day(day)

    def run(self) -> list[Receipt]:
        while self.queue:
            day, _, item = heapq.heappop(self.queue)
            if item.is_done or day > self.scale.last_activity:
                continue
            if self.rng.random() < CARD_SHARE:
                self._pay_by_card(day, item)
                continue
            others = self._others(day, item)
            scenario = self._choose(item, others, day)
            if scenario == "unidentified":
                self._pay_unidentified(day)
                scenario = self._choose(item, others, day, without=("unidentified", "prepayment"))
            elif scenario == "prepayment":
                self._pay_ahead(day, item.invoice.customer)
                scenario = self._choose(item, others, day, without=("unidentified", "prepayment"))
            twin = next((other for other in others if other.invoice.open_amount == item.invoice.open_amount), None)
            if twin is not None and self.rng.random() < 0.3:
                self._pay_twins(day, item, twin)
            elif scenario in BATCHES:
                self._pay_batch(day, item, others, scenario)
            else:
                self._pay_single(day, item, scenario)
        return self.receipts

    def _others(self, day: date, item: _Item) -> list[_Item]:
        horizon = day + timedelta(days=18)
        customer = item.invoice.customer
        pool = [other for other in self.items[customer.customer_id] if not other.is_done]
        self.items[customer.customer_id] = pool
        found = [
            other
            for other in pool
            if other is not item
            and other.pay_date <= horizon
            and other.invoice.issued + 2 * DAY <= day
            and (other.invoice.pay_not_before or day) <= day
        ]
        found.sort(key=lambda other: (other.pay_date, other.invoice.number))
        return found

    def _choose(self, item: _Item, others: list[_Item], day: date, without: tuple[str, ...] = ()) -> str:
        """Return the scenario furthest behind its quota among the possible ones, with some chance."""
        total = sum(self.counts.values()) + 1
        weights: dict[str, float] = {}
        invoice = item.invoice
        for scenario, share in MIX.items():
            if scenario in without or (scenario in BATCHES and not others) or scenario == "duplicate":
                continue
            if scenario == "discount_taken" and invoice.terms != "2D10N30":
                continue
            if scenario == "installment" and (invoice.paid or invoice.open_amount < 400):
                continue
            if scenario == "fee_deducted" and invoice.open_amount < 60:
                continue
            behind = share / 100 * total - self.counts[scenario]
            weights[scenario] = max(behind, 0.0) + share / 100 * 0.35
            if scenario == "discount_taken" and (day - invoice.issued).days > 12:
                weights[scenario] *= 0.1
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def _receipt(
        self, day: date, scenario: str, customer: Customer | None, amount: Decimal, applications: list[Application]
    ) -> Receipt:
        """Return the receipt with its payer; who pays is often not written the way we write it."""
        rng = self.rng
        currency = customer.currency if customer else rng.choice(("EUR", "EUR", "GBP", "USD", "USD"))
        payer_name, payer_account = "", None
        if customer is not None:
            payer = customer
            if customer.parent is not None and rng.random() < 0.6:
                payer = customer.parent
            spellings = [payer.name, *payer.name_variants * 3]
            payer_name = rng.choice(spellings)
            if rng.random() < 0.71:
                uses_first = rng.random() < 0.85
                payer_account = payer.accounts[0] if uses_first else payer.accounts[1]
        receipt = Receipt(day, amount, currency, customer, scenario, applications, payer_name, payer_account, [])
        self.sequence += 1
        if rng.random() < 0.6:
            receipt.end_to_end_id = f"E2E{self.sequence:07d}{rng.randint(100, 999)}"
        self.receipts.append(receipt)
        self.counts[scenario] = self.counts.get(scenario, 0) + 1
        return receipt

    def _settle(self, item: _Item) -> Decimal:
        item.is_done = True
        return item.invoice.open_amount

    def _applied(self, invoice: Invoice, amount: Decimal) -> Application:
        """Return the application of a payment in full; an unlinked credit memo it nets is its difference."""
        netted = invoice.credited if invoice.number in self.unlinked else Decimal(0)
        return Application(invoice, amount, netted, "credit_memo" if netted else None)

    def _pay_by_card(self, day: date, item: _Item) -> None:
        invoice = item.invoice
        day = max(day, invoice.issued + 4 * DAY)
        if day > self.scale.last_activity:
            return
        amount = self._settle(item)
        application = self._applied(invoice, amount)
        invoice.paid += amount
        receipt = Receipt(
            day, amount, invoice.customer.currency, invoice.customer, "card", [application], invoice.customer.name,
            None, [], is_card=True,
        )  # fmt: skip
        self.receipts.append(receipt)

    def _pay_single(self, day: date, item: _Item, scenario: str) -> None:
        rng = self.rng
        invoice = item.invoice
        customer = invoice.customer
        currency = customer.currency
        due = self._settle(item)
        amount, difference, kind = due, Decimal(0), None
        instructed = None
        if scenario == "short_payment":
            share = Decimal(rng.choice(("0.02", "0.05", "0.08", "0.12", "0.25")))
            difference, kind = round_to_minor_unit(due * share, currency), "deduction"
        elif scenario == "installment":
            share = Decimal(rng.choice(("0.5", "0.4", "0.3", "0.6")))
            difference, kind = round_to_minor_unit(due * share, currency), "installment"
        elif scenario == "fee_deducted":
            difference, kind = rng.choice([fee for fee in FEES if fee < due / 4] or [FEES[0]]), "bank_fee"
        elif scenario == "discount_taken":
            difference, kind = round_to_minor_unit(invoice.total * Decimal("0.02"), currency), "cash_discount"
        elif scenario == "withholding_tax":
            difference, kind = round_to_minor_unit(due * rng.choice(WITHHOLDING_RATES), currency), "withholding_tax"
        elif scenario == "exchange_difference":
            slip = round_to_minor_unit(due * Decimal(rng.randint(15, 200)) / 10_000, currency) or Decimal("0.01")
            difference, kind = (slip if rng.random() < 0.6 else -slip), "exchange_difference"
            foreign = "USD" if currency != "USD" else "EUR"
            instructed = (foreign, round_to_minor_unit(due * Decimal("1.09"), foreign))
        elif scenario == "overpayment":
            extra = Decimal(rng.choice(("0.10", "1.00", "9.00", "10.00", "50.00", "90.00", "100.00")))
            difference, kind = -extra, "overpayment"
        amount = due - difference
        applied = min(amount, due)
        if kind is None:
            application = self._applied(invoice, applied)
        else:
            application = Application(invoice, applied, difference, kind)
        receipt = self._receipt(day, scenario, customer, amount, [application])
        receipt.instructed = instructed
        invoice.paid += applied
        number = invoice.number
        if scenario == "typo_reference":
            number = wording.mistype(number, rng)
        elif scenario == "truncated_reference":
            number = wording.truncate(number, rng)
        elif scenario == "wrong_reference":
            number = rng.choice(self.numbers[max(0, self.numbers.index(number) - 40) :][:80])
        if scenario == "glued_reference":
            receipt.text = wording.glued(number, customer, rng)
        elif scenario == "no_reference":
            receipt.text = wording.without_reference(invoice.po_number, customer, rng)
        else:
            receipt.text = wording.with_reference(number, invoice.issued, rng)
            is_clean = scenario in ("exact_reference", "short_payment", "installment", "discount_taken", "fee_deducted")
            if currency == "EUR" and is_clean and rng.random() < 0.3:
                if rng.random() < 0.5:
                    receipt.structured_reference = number
                else:
                    receipt.structured = [(number, amount)]
                receipt.text = []
        if kind in ("deduction", "cash_discount", "withholding_tax") and rng.random() < 0.3:
            reason = {"deduction": "goods missing", "cash_discount": "2% discount", "withholding_tax": "tax withheld"}
            receipt.remittance = [(invoice.number, applied, reason[kind])]
        if kind == "installment":
            again = _Item(invoice, add_business_days(day, rng.randint(8, 20)))
            self.items[customer.customer_id].append(again)
            self._enqueue(again)
        if scenario == "exact_reference" and self._is_behind("duplicate"):
            self._pay_again(receipt)

    def _is_behind(self, scenario: str) -> bool:
        return self.counts[scenario] < MIX[scenario] / 100 * sum(self.counts.values()) and self.rng.random() < 0.2

    def _pay_again(self, first: Receipt) -> None:
        """The same payment once more, some days later: nothing is open for it."""
        day = add_business_days(first.value_date, self.rng.randint(1, 15))
        if day > self.scale.last_activity:
            return
        again = self._receipt(day, "duplicate", first.customer, first.amount, [])
        again.payer_name, again.payer_account = first.payer_name, first.payer_account
        again.text = list(first.text)
        again.structured, again.structured_reference = list(first.structured), first.structured_reference
        again.must_not_apply = True

    def _pay_twins(self, day: date, item: _Item, twin: _Item) -> None:
        """Pay two invoices of the same amount by two receipts of one day that look exactly alike; both are real."""
        first: Receipt | None = None
        for member in (item, twin):
            amount = self._settle(member)
            applications = [self._applied(member.invoice, amount)]
            member.invoice.paid += amount
            receipt = self._receipt(day, "no_reference", member.invoice.customer, amount, applications)
            first = first or receipt
            receipt.payer_name, receipt.payer_account = first.payer_name, first.payer_account
            receipt.text, receipt.end_to_end_id = ["Zahlung"], None

    def _pay_batch(self, day: date, item: _Item, others: list[_Item], scenario: str) -> None:
        rng = self.rng
        customer = item.invoice.customer
        size = min(len(others), max(1, int(rng.lognormvariate(1.15, 0.65))), 13)
        chosen = [item, *others[:size]]
        chosen.sort(key=lambda member: member.invoice.number)
        applications = []
        for member in chosen:
            amount = self._settle(member)
            applications.append(self._applied(member.invoice, amount))
            member.invoice.paid += amount
        total = sum((application.amount for application in applications), Decimal(0))
        receipt = self._receipt(day, scenario, customer, total, applications)
        listed = [application.invoice.number for application in applications]
        if scenario == "batch_listed":
            if customer.currency == "EUR" and rng.random() < 0.35:
                receipt.structured = [(application.invoice.number, application.amount) for application in applications]
            else:
                receipt.text = wording.listing(listed, rng)
        elif scenario == "batch_partial":
            if rng.random() < 0.5 and len(listed) > 1:
                shown = listed[: rng.randint(1, len(listed) - 1)]
                receipt.text = wording.listing(shown, rng, is_more=True)
            else:
                spoiled = rng.randrange(len(listed))
                shown = [
                    wording.mistype(number, rng) if index == spoiled else number for index, number in enumerate(listed)
                ]
                receipt.text = wording.listing(shown, rng)
        else:
            receipt.text = wording.without_reference(None, customer, rng)
        if rng.random() < REMITTANCE_SHARE[scenario]:
            receipt.remittance = [
                (application.invoice.number, application.amount, None) for application in applications
            ]

    def _pay_ahead(self, day: date, customer: Customer) -> None:
        amount = Decimal(self.rng.randint(3, 90) * 100)
        receipt = self._receipt(day, "prepayment", customer, amount, [])
        receipt.text = wording.prepayment(self.rng)
        receipt.must_not_apply = True

    def _pay_unidentified(self, day: date) -> None:
        rng = self.rng
        amount = Decimal(str(round(rng.lognormvariate(6.2, 1.2), 2)))
        receipt = self._receipt(day, "unidentified", None, amount, [])
        country = {"EUR": "DE", "GBP": "GB", "USD": "US"}[receipt.currency]
        receipt.payer_name = names.legal_name(names.invent_base_name(rng), country, rng).upper()
        receipt.payer_account = names.invent_account(country, rng) if rng.random() < 0.6 else None
        receipt.text = wording.unexplained(rng)
        receipt.must_not_apply = True


def _return_some(scale: Scale, rng: Random, receipts: list[Receipt]) -> None:
    """Let a few receipts bounce: the bank takes the money back some days later, and the invoices are open again."""
    for receipt in receipts:
        if receipt.is_card or receipt.scenario not in ("exact_reference", "no_reference") or rng.random() > 0.006:
            continue
        day = add_business_days(receipt.value_date, rng.randint(2, 6))
        if day > scale.last_activity:
            continue
        receipt.returned = day
        receipt.return_reason = rng.choice(("AC04", "AM04", "MD06"))
        receipt.must_not_apply = False
        for application in receipt.applications:
            application.invoice.paid -= application.amount
