"""Invents a book of open items and the receipts that pay it, with the truth kept in files of its own.

python -m tests.benchmarks.cash_application.generator FOLDER --seed 3 --receipts 20000 --family sepa --stress
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from tests.benchmarks.cash_application import numbers, tables
from tests.benchmarks.cash_application.labels import label
from tests.benchmarks.cash_application.wording import (
    HINTS,
    STRUCTURE_WORDS,
    UNIDENTIFIED,
    UNKNOWN_PAYERS,
    WITH_REFERENCE,
    WITHOUT_REFERENCE,
    amount_text,
    date_text,
    month_name,
    plain,
)
from tests.benchmarks.cash_application.world import (
    Customer,
    Document,
    World,
    day_of,
    draw_past,
    draw_world,
    pick,
    settings_of,
)

FAMILIES = ("us", "sepa", "brazil", "mixed")
PART_SIZE = 20_000
BATCHES = ("batch_listed", "batch_partial", "batch_none")
LEAVES_REST_OPEN = {"short_payment", "deduction", "instalment"}


@dataclass(slots=True)
class Line:
    """One line of a remittance advice."""

    reference: str
    amount: int | None
    reason: str | None


@dataclass(slots=True)
class Paid:
    """What one document gets of a receipt: the cash, the difference to what was open, and its kind."""

    document: Document
    applied: int
    difference: int = 0
    kind: str | None = None


@dataclass(slots=True)
class Receipt:
    """One receipt as it will be written, with its truth."""

    day: int
    scenario: str
    owner: int | None
    amount: int
    currency: str
    entity: int
    paid: list[Paid] = field(default_factory=list)
    unapplied: int = 0
    overlays: list[str] = field(default_factory=list)
    payer_name: str = ""
    payer_account: str | None = None
    end_to_end_id: str | None = None
    text: str = ""
    lines: list[Line] = field(default_factory=list)
    receipt_id: str = ""


def generate(
    folder: Path,
    seed: int,
    receipts: int = 20_000,
    family: str = "mixed",
    *,
    stress: bool = False,
    history_days: int = 0,
    entities: int = 1,
    labelled: bool = True,
) -> None:
    """Write inputs and truth into a folder. Without labels, parts of 20,000 receipts are written one after another."""
    folder.mkdir(parents=True, exist_ok=True)
    with tables.writers(folder, has_entities=entities > 1, has_history=history_days > 0) as write:
        for part, start in enumerate(range(0, receipts, PART_SIZE)):
            count = min(PART_SIZE, receipts - start)
            _write_part(write, seed, part, count, family, stress, history_days, entities)
    if labelled:
        label(folder)


def _write_part(
    write: tables.Writers, seed: int, part: int, count: int, family: str, stress: bool, history_days: int, entities: int
) -> None:
    settings = settings_of(stress=stress)
    document_count = int(count * settings["documents_per_receipt"])
    tag = f"{part:02d}" if part else ""
    past_count = int(count * settings["past_documents_per_receipt_at_90_days"] * history_days / 90)
    room = 20 * max(document_count, 2_000)
    base = 3 * part * room
    world = draw_world(
        seed + part * 7919, document_count=document_count, family=family, stress=stress, entities=entities, tag=tag,
        first_number=base + room,
    )  # fmt: skip
    past = draw_past(world, seed, document_count=past_count, entities=entities, tag=tag, first_number=base)
    settlement = Settlement(world, random.Random(f"receipts {seed} {part} {family}"), entities)
    received = list(settlement.receive(count))
    for place, receipt in enumerate(received):
        receipt.receipt_id = f"R{tag}{place:06d}"
    order = random.Random(f"order {seed} {part}")
    shuffled = list(received)
    order.shuffle(shuffled)
    write.receipts(shuffled)
    write.truth(received, world)
    write.customers(world)
    # Duplicates and prepayments read documents, none changes one: what is written is the book before the first receipt.
    write.documents([*past, *world.documents], world)
    if history_days:
        write.history(list(remember(world, past, random.Random(f"history {seed} {part}"), history_days)), world)


def remember(
    world: World, past: list[Document], chance: random.Random, days: int
) -> Iterator[tuple[Receipt, str, datetime]]:
    """Yield receipts of the time before, each with its verdict: most confirmed, some rejected or taken back first."""
    settlement = Settlement(world, chance, 1)
    place = 0
    while place < len(past):
        first = past[place]
        size = pick(chance, [(1, 0.76), (2, 0.12), (3, 0.07), (4, 0.05)])
        group = [
            document for document in past[place : place + size]
            if (document.customer, document.entity) == (first.customer, first.entity)
        ]  # fmt: skip
        place += len(group)
        day = max(document.closed_day or -1 for document in group)
        for document in group:
            document.closed_day = day
        if day < -days:
            continue
        receipt = Receipt(
            day, "exact" if len(group) == 1 else "batch_listed", first.customer,
            sum(document.amount for document in group), first.currency, first.entity,
            [Paid(document, document.amount) for document in group],
        )  # fmt: skip
        if len(group) == 1 and chance.random() < 0.35:
            receipt.scenario = chance.choice(("altered", "altered", "no_reference"))
        settlement.dress(receipt)
        receipt.receipt_id = f"H{first.document_id[1:]}"
        decided = datetime.combine(day_of(day), time(9), tzinfo=UTC) + timedelta(days=1, minutes=chance.randrange(400))
        wrong = past[chance.randrange(len(past))]
        if chance.random() < 0.06 and wrong.customer != first.customer:
            mistaken = Receipt(**{name: getattr(receipt, name) for name in Receipt.__dataclass_fields__})
            mistaken.paid = [Paid(wrong, min(wrong.amount, receipt.amount))]
            yield mistaken, chance.choice(("rejected", "undone")), decided
            decided += timedelta(minutes=30)
        yield receipt, "confirmed", decided


class Settlement:
    """Pays the book day by day: each receipt is drawn from what is open on its day, and changes it."""

    def __init__(self, world: World, chance: random.Random, entities: int) -> None:
        self.world = world
        self.chance = chance
        self.entities = entities
        self.live: list[Document] = []
        self.place: dict[str, int] = {}
        self.open_of: dict[int, dict[str, Document]] = defaultdict(dict)
        self.memos_of: dict[int, dict[str, Document]] = defaultdict(dict)
        self.spoken_for: dict[int, int] = defaultdict(int)
        self.family: dict[str, list[int]] = defaultdict(list)
        for index, customer in enumerate(world.customers):
            if customer.family_id:
                self.family[customer.family_id].append(index)
        self.closed = [document for document in world.documents if document.closed_day is not None]
        self.instalments: list[tuple[int, Document, Receipt]] = []
        self.done: list[Receipt] = []

    def receive(self, count: int) -> Iterator[Receipt]:
        """Yield receipts in the order of their value dates, in the shares of the mix."""
        chance = self.chance
        window = self.world.settings["window_days"]
        days = sorted(day for day in (self._bank_day(window) for _ in range(count)))
        scenarios = self._mix(count)
        arriving = sorted(self.world.documents, key=lambda document: (document.issue_day, document.document_id))
        self.future = [document for document in arriving if document.issue_day > 0 and not document.is_memo]
        arrived = 0
        for day, scenario in zip(days, scenarios, strict=True):
            while arrived < len(arriving) and arriving[arrived].issue_day < day:
                self._arrive(arriving[arrived])
                arrived += 1
            receipt = self._plan(day, scenario)
            while receipt is None:
                scenario = chance.choice(("exact", "altered", "no_reference"))
                receipt = self._plan(day, scenario) or self._unidentified(day)
            self.dress(receipt)
            self._settle(receipt)
            self.done.append(receipt)
            yield receipt

    def _bank_day(self, window: int) -> int:
        while True:
            day = self.chance.randrange(window)
            if day_of(day).weekday() < 5:
                return day

    def _mix(self, count: int) -> list[str]:
        scenarios: list[str] = []
        mix = self.world.settings["mix"]
        owed = 0.0
        for scenario, percent in mix.items():
            owed += count * percent / 100
            scenarios += [scenario] * (round(owed) - len(scenarios))
        self.chance.shuffle(scenarios)
        return scenarios

    # What is open

    def _arrive(self, document: Document) -> None:
        if document.open == 0 or document.is_spoken_for:
            return
        if document.is_memo:
            self.memos_of[document.customer][document.document_id] = document
            return
        self.place[document.document_id] = len(self.live)
        self.live.append(document)
        self.open_of[document.customer][document.document_id] = document

    def _take_out(self, document: Document) -> None:
        self.memos_of[document.customer].pop(document.document_id, None)
        if self.open_of[document.customer].pop(document.document_id, None) is None:
            return
        place = self.place.pop(document.document_id)
        last = self.live.pop()
        if last is not document:
            self.live[place] = last
            self.place[last.document_id] = place

    def _settle(self, receipt: Receipt) -> None:
        for paid in receipt.paid:
            document = paid.document
            leaves = paid.kind in LEAVES_REST_OPEN
            document.open -= paid.applied if leaves else paid.applied + paid.difference
            self._take_out(document)
            if document.open:
                document.is_spoken_for = True
                self.spoken_for[document.customer] += 1

    def _single(self, day: int, fits: Callable[[Document], bool] | None = None, tries: int = 60) -> Document | None:
        chance = self.chance
        if not self.live:
            return None
        for _ in range(tries):
            document = self.live[int(chance.random() * len(self.live))]
            if fits is not None and not fits(document):
                continue
            if document.due_day <= day + 3 or chance.random() < 0.3:
                return document
        return None if fits is not None else self.live[int(chance.random() * len(self.live))]

    # Scenarios

    def _plan(self, day: int, scenario: str) -> Receipt | None:
        if scenario in BATCHES:
            return self._batch(day, scenario)
        plans: dict[str, Callable[[int], Receipt | None]] = {
            "exact": self._exact, "short": self._short, "bank_fee": self._bank_fee, "fx": self._fx,
            "cash_discount": self._cash_discount, "withholding": self._withholding, "overpayment": self._overpayment,
            "duplicate": self._duplicate, "prepayment": self._prepayment, "unidentified": self._unidentified,
        }  # fmt: skip
        return plans[scenario](day) if scenario in plans else self._one(day, scenario)

    def _receipt(self, day: int, scenario: str, paid: list[Paid], unapplied: int = 0) -> Receipt:
        document = paid[0].document
        amount = sum(part.applied for part in paid) + unapplied
        return Receipt(day, scenario, document.customer, amount, document.currency, document.entity, paid, unapplied)

    def _exact(self, day: int) -> Receipt | None:
        if self.instalments and self.instalments[0][0] <= day:
            _, document, first = self.instalments.pop(0)
            receipt = self._receipt(day, "exact", [Paid(document, document.open)])
            receipt.overlays.append("rest")
            receipt.payer_name, receipt.payer_account = first.payer_name, first.payer_account
            return receipt
        receipt = self._one(day, "exact")
        settings = self.world.settings
        if receipt and len(receipt.paid) == 1 and self.chance.random() < settings["instalment_share_of_exact"]:
            part = receipt.paid[0]
            share = self.chance.choice((0.5, 0.3, 0.25, self.chance.uniform(0.2, 0.8)))
            part.applied = int(part.document.open * share)
            part.difference, part.kind = part.document.open - part.applied, "instalment"
            receipt.amount = part.applied
            receipt.overlays.append("instalment")
            self._await_rest(day, receipt)
        elif receipt and len(receipt.paid) == 1 and self.chance.random() < settings["wrong_reference_share"] / 0.17:
            receipt.overlays.append("wrong_reference")
        return receipt

    def _one(self, day: int, scenario: str) -> Receipt | None:
        document = self._single(day)
        if document is None:
            return None
        paid = [Paid(document, document.open)]
        memos = self.memos_of[document.customer]
        if (
            memos
            and scenario != "no_reference"
            and self.chance.random() < 3 * self.world.settings["credit_with_single"]
        ):
            memo = self._memo(document, day, document.open // 2)
            if memo:
                paid.append(Paid(memo, memo.open))
        receipt = self._receipt(day, scenario, paid)
        if len(paid) > 1:
            receipt.overlays.append("credit_memo")
        return receipt

    def _memo(self, like: Document, day: int, most: int) -> Document | None:
        memos = [
            memo for memo in islice(self.memos_of[like.customer].values(), 20)
            if memo.entity == like.entity and memo.issue_day < day and -memo.open <= most
        ]  # fmt: skip
        return self.chance.choice(memos) if memos else None

    def _batch(self, day: int, scenario: str) -> Receipt | None:
        chance, settings = self.chance, self.world.settings
        size = pick(chance, settings["batch_size"])
        if scenario == "batch_listed" and chance.random() < 0.04:
            size = chance.randrange(13, 40)
        structure = pick(chance, list(settings["batch_structure"].items()))
        large = settings["batch_none_large_customer"] if scenario == "batch_none" else 0
        group: list[Document] = []
        for attempt in range(80):
            first = self._single(day)
            if first is None:
                return None
            count = len(self.open_of[first.customer])
            if count < min(size, 2 + attempt % 3) or (large and chance.random() > (large / count) ** 2):
                continue
            group = self._structured(first, day, size, structure)
            if len(group) >= 2 and (len(group) >= size - attempt // 8 or structure != "picked"):
                break
        if len(group) < 2:
            return None
        receipt = self._receipt(day, scenario, [Paid(document, document.open) for document in group])
        customer = self.world.customers[group[0].customer]
        if structure != "picked":
            receipt.overlays.append(structure)
        if structure == "picked" and customer.family_id and chance.random() < 3 * settings["family_batch"]:
            for sibling in self.family[customer.family_id]:
                if sibling != group[0].customer:
                    others = [
                        document for document in islice(self.open_of[sibling].values(), 2)
                        if (document.entity, document.currency) == (group[0].entity, group[0].currency)
                    ]  # fmt: skip
                    if others:
                        receipt.paid += [Paid(document, document.open) for document in others]
                        receipt.overlays.append("family")
                        break
        if structure != "whole_balance" and chance.random() < settings["credit_in_batch"]:
            memo = self._memo(group[0], day, sum(document.open for document in group) // 2)
            if memo:
                receipt.paid.append(Paid(memo, memo.open))
        if any(part.document.is_memo for part in receipt.paid):
            receipt.overlays.append("credit_memo")
        receipt.amount = sum(part.applied for part in receipt.paid)
        if scenario == "batch_listed" and chance.random() < 0.08:
            self._discount_each(receipt, day)
        return receipt if receipt.amount > 0 else None

    def _structured(self, first: Document, day: int, size: int, structure: str) -> list[Document]:
        own = [
            document for document in islice(self.open_of[first.customer].values(), 60)
            if (document.entity, document.currency) == (first.entity, first.currency)
        ]  # fmt: skip
        whole = len(self.open_of[first.customer]) < 60 and not self.spoken_for[first.customer]
        if structure == "oldest_first":
            return sorted(own, key=lambda document: (document.due_day, document.document_id))[:size]
        if structure == "all_overdue" and whole:
            return self._few([document for document in own if document.due_day < day])
        if structure == "one_month" and whole:
            month = day_of(first.issue_day).month
            return self._few([document for document in own if day_of(document.issue_day).month == month])
        if structure == "whole_balance" and whole:
            memos = [memo for memo in self.memos_of[first.customer].values() if memo.entity == first.entity]
            return self._few([*own, *memos]) if self.entities == 1 and len(own) > 1 else []
        if structure != "picked":
            return []
        return self.chance.sample(own, min(size, len(own)))

    @staticmethod
    def _few(group: list[Document]) -> list[Document]:
        return group if len(group) <= 12 else []

    def _discount_each(self, receipt: Receipt, day: int) -> None:
        if all(part.document.discount and part.document.open == part.document.amount for part in receipt.paid):
            for part in receipt.paid:
                earned = (part.document.discount_day or 0) >= day
                part.difference = part.document.discount or 0
                part.applied -= part.difference
                part.kind = "cash_discount" if earned else "unearned_discount"
            receipt.amount = sum(part.applied for part in receipt.paid)
            receipt.overlays.append("discount")

    def _cash_discount(self, day: int) -> Receipt | None:
        is_late = self.chance.random() < 0.3

        def fits(document: Document) -> bool:
            if not document.discount or document.open != document.amount or document.discount_day is None:
                return False
            late = day - document.discount_day
            return 0 < late <= 12 if is_late else late <= 0

        document = self._single(day, fits, tries=800)
        if document is None or not document.discount:
            return None
        kind = "unearned_discount" if is_late else "cash_discount"
        return self._receipt(
            day, "cash_discount", [Paid(document, document.open - document.discount, document.discount, kind)]
        )

    def _less(self, day: int, scenario: str, kind: str, less: Callable[[Document], int]) -> Receipt | None:
        for _ in range(40):
            document = self._single(day)
            if document is None:
                return None
            difference = less(document)
            if 0 < abs(difference) < document.open // 2:
                if difference < 0:
                    return self._receipt(day, scenario, [Paid(document, document.open)], unapplied=-difference)
                return self._receipt(day, scenario, [Paid(document, document.open - difference, difference, kind)])
        return None

    def _locale(self, document: Document) -> dict[str, Any]:
        return self.world.settings["locales"][self.world.customers[document.customer].locale]

    def _short(self, day: int) -> Receipt | None:
        kind = "deduction" if self.chance.random() < 0.6 else "short_payment"
        receipt = self._less(
            day, "short", kind, lambda document: int(document.open * self.chance.uniform(0.01, 0.35)) + 7
        )
        follows = self.world.settings["rest_of_short_payment_follows"]
        if receipt and kind == "short_payment" and self.chance.random() < follows:
            self._await_rest(day, receipt)
        return receipt

    def _await_rest(self, day: int, receipt: Receipt) -> None:
        self.instalments.append((day + self.chance.randrange(2, 10), receipt.paid[0].document, receipt))
        self.instalments.sort(key=lambda waiting: (waiting[0], waiting[1].document_id))

    def _bank_fee(self, day: int) -> Receipt | None:
        def fee(document: Document) -> int:
            amount = self.chance.choice(self._locale(document)["fees_minor"])
            return amount if amount * 15 < document.open else 0

        return self._less(day, "bank_fee", "bank_fee", fee)

    def _withholding(self, day: int) -> Receipt | None:
        def withheld(document: Document) -> int:
            return round(document.open * self.chance.choice(self._locale(document)["withholding_percent"]) / 100)

        return self._less(day, "withholding", "withholding_tax", withheld)

    def _fx(self, day: int) -> Receipt | None:
        sign = -1 if self.chance.random() < 0.25 else 1
        return self._less(
            day, "fx", "fx", lambda document: sign * (int(document.open * self.chance.uniform(0.0004, 0.012)) + 1)
        )

    def _overpayment(self, day: int) -> Receipt | None:
        document = self._single(day)
        if document is None:
            return None
        extra = self.chance.choice((100, 1_000, 10_000, int(document.open * self.chance.uniform(0.005, 0.3)) + 1))
        return self._receipt(day, "overpayment", [Paid(document, document.open)], unapplied=extra)

    def _duplicate(self, day: int) -> Receipt | None:
        """Pay again what was paid before: by a receipt of the batch at least a day ago, or before the batch."""
        for _ in range(60):
            if self.chance.random() < 0.65 and self.done:
                first = self.done[self.chance.randrange(len(self.done))]
                is_whole = first.scenario in {"exact", "altered", "no_reference", "batch_listed"} and not any(
                    overlay in {"instalment", "rest", "wrong_reference"} for overlay in first.overlays
                )
                if not is_whole or not 1 <= day - first.day <= 25:
                    continue
                again = Receipt(
                    day, "duplicate", first.owner, first.amount, first.currency, first.entity, unapplied=first.amount,
                    payer_name=first.payer_name, payer_account=first.payer_account, end_to_end_id=first.end_to_end_id,
                    text=first.text, lines=list(first.lines),
                )  # fmt: skip
                again.overlays.append(f"again {first.scenario}")
                again.paid = []
                return again
            if self.closed:
                document = self.closed[self.chance.randrange(len(self.closed))]
                again = self._receipt(day, "duplicate", [Paid(document, document.amount)], unapplied=0)
                self.dress(again)
                again.paid, again.unapplied = [], again.amount
                again.overlays.append("again closed")
                return again
        return None

    def _prepayment(self, day: int) -> Receipt | None:
        known = [document for document in islice(reversed(self.future), 4_000) if document.issue_day > day]
        document = self.chance.choice(known) if known else None
        if document is None or document.is_spoken_for:
            return None
        if self.chance.random() < 0.8:
            document.is_spoken_for = True
            reference = document.purchase_order or document.order or "VORAB"
        else:
            reference = f"{self.chance.randrange(10**5, 10**6)}"
        amount = int(document.amount * self.chance.choice((1.0, 1.0, 0.5, 0.3)))
        receipt = Receipt(
            day, "prepayment", document.customer, amount, document.currency, document.entity, unapplied=amount
        )
        customer = self.world.customers[document.customer]
        receipt.text = self.chance.choice(HINTS["prepayment"][customer.language]).format(r=reference)
        self._payer(receipt, customer)
        return receipt

    def _unidentified(self, day: int) -> Receipt:
        chance = self.chance
        like = chance.choice(self.world.customers)
        amount = max(500, int(chance.lognormvariate(self.world.settings["amount"]["mu"] - 1, 1.6) * 100))
        text = chance.choice(UNIDENTIFIED[like.locale]).format(
            c=chance.randrange(10**4, 10**8), q=chance.randrange(1, 5)
        )
        return Receipt(
            day, "unidentified", None, amount, like.currency, chance.randrange(self.entities), unapplied=amount,
            payer_name=chance.choice(UNKNOWN_PAYERS) if chance.random() < 0.85 else "", text=text,
            payer_account=numbers.account(chance, like.locale, like.country) if chance.random() < 0.6 else None,
        )  # fmt: skip

    # What the bank shows

    def dress(self, receipt: Receipt) -> None:
        """Give a receipt its payer, text, end-to-end id and remittance lines, unless it has them."""
        if receipt.owner is None or not receipt.paid:
            return
        customer = self.world.customers[receipt.owner]
        if not receipt.payer_name:
            self._payer(receipt, customer)
        chance, settings = self.chance, self.world.settings
        scenario = receipt.scenario
        documents = [part.document for part in receipt.paid]
        names_nothing = scenario in {"no_reference", "batch_none"}
        if scenario == "cash_discount" and chance.random() < 0.25:
            names_nothing = True
        if scenario == "duplicate" and chance.random() < 0.15:
            names_nothing = True
        if names_nothing:
            receipt.text = self._text(customer, receipt, None)
            return
        lines_share = settings["remittance_lines"]["batch_listed" if scenario in BATCHES else "single"]
        if customer.sends_lines:
            lines_share *= 1.6
        wants_lines = scenario != "batch_partial" and chance.random() < lines_share
        references = self._references(customer, receipt, documents)
        separator = (
            customer.separator if chance.random() < settings["habit_strength"] else chance.choice((", ", " ", "; "))
        )
        joined = self._joined(customer, receipt, references, separator)
        too_long = len(joined) > settings["locales"][customer.locale]["most"] - 24
        if scenario == "batch_partial":
            joined = self._joined(customer, receipt, self._incomplete(references, documents), separator)
        elif wants_lines or too_long:
            self._lines(receipt, references, always_amounts=scenario == "batch_listed" and len(documents) > 12)
            if chance.random() < 0.75 or too_long:
                receipt.text = chance.choice(
                    ("", "SEE REMITTANCE", "EDI 820", "per advice", self._text(customer, receipt, None))
                )
                receipt.end_to_end_id = receipt.end_to_end_id or None
                return
        if receipt.end_to_end_id and receipt.end_to_end_id.startswith("ONLY "):
            receipt.end_to_end_id = receipt.end_to_end_id[5:]
            receipt.text = self._text(customer, receipt, None)
        else:
            receipt.text = self._text(customer, receipt, joined)
        if receipt.end_to_end_id is None and chance.random() < 0.4:
            receipt.end_to_end_id = self._own_reference(customer)

    def _own_reference(self, customer: Customer) -> str | None:
        chance = self.chance
        if customer.locale == "sepa":
            return chance.choice(
                ("NOTPROVIDED", "NOTPROVIDED", f"PAY-{chance.randrange(10**6):06d}", f"{chance.randrange(10**9)}")
            )
        if customer.locale == "brazil":
            return f"E{chance.randrange(10**8):08d}2025{chance.randrange(10**8):08d}{chance.randrange(16**10):010X}"
        return f"TRN{chance.randrange(10**12):012d}"

    def _payer(self, receipt: Receipt, customer: Customer) -> None:
        chance, settings = self.chance, self.world.settings
        payer, account = customer, None
        shows_account = chance.random() < settings["account_shown"]
        if customer.agent and chance.random() < 0.7:
            receipt.payer_name = customer.agent[0]
            receipt.payer_account = customer.agent[1] if shows_account else None
            receipt.overlays.append("agent")
            return
        if customer.parent is not None and chance.random() < settings["parent_pays"]:
            payer = self.world.customers[customer.parent]
            receipt.overlays.append("parent")
        usual = chance.random() < settings["habit_strength"]
        receipt.payer_name = payer.payer_names[0] if usual else chance.choice(payer.payer_names)
        if shows_account:
            account = payer.accounts[0] if usual else chance.choice(payer.accounts)
        receipt.payer_account = account

    def _references(self, customer: Customer, receipt: Receipt, documents: list[Document]) -> list[str]:
        chance, settings = self.chance, self.world.settings
        if "wrong_reference" in receipt.overlays:
            other = self._another(documents[0])
            if other is None:
                receipt.overlays.remove("wrong_reference")
            else:
                return [other.number]
        if receipt.scenario == "altered":
            form = pick(chance, list(settings["altered_form"].items()))
            receipt.overlays.append(form)
            return [self._altered(form, document) for document in documents]
        form = (
            customer.form
            if chance.random() < settings["habit_strength"]
            else pick(chance, list(settings["exact_form"].items()))
        )
        if form == "structured":
            if len(documents) > 1:
                form = "printed"
            else:
                return [self._by_scheme(customer, receipt, documents[0])]
        return [self._printed(form, document) for document in documents]

    def _another(self, document: Document) -> Document | None:
        """Return an open document of another amount whose number the payer could have taken by mistake."""
        if self.chance.random() < 0.6:
            near = [
                other for other in islice(self.open_of[document.customer].values(), 40) if other.open != document.open
            ]
            if near:
                return self.chance.choice(near)
        other = self.live[self.chance.randrange(len(self.live))]
        return other if other.open != document.open else None

    @staticmethod
    def _printed(form: str, document: Document) -> str:
        number = document.number
        if form == "compact":
            return numbers.compact(number)
        if form == "digits":
            return numbers.digits_of(number)
        if form == "no_zeros":
            short = numbers.without_leading_zeros(number)
            return short if len(short) >= 4 else number
        return number.lower() if form == "lower" else number

    def _altered(self, form: str, document: Document) -> str:
        chance, number = self.chance, document.number
        if form == "typo":
            return numbers.typo(chance, number if chance.random() < 0.6 else numbers.digits_of(number))
        if form == "ocr":
            return numbers.misread(chance, number)
        if form == "tail":
            return numbers.digits_of(number)[-chance.choice((4, 4, 5, 5, 6)) :]
        if form == "head_cut":
            return numbers.compact(number)[chance.randrange(1, 4) :]
        if form == "glued":
            front = chance.choice(("INV", "RE", "NR", "NF", "FACT", "Rg", f"{chance.randrange(10, 99)}", "REF", "PGTO"))
            back = chance.choice(("", "", "VOM", "EUR", "X", "DT", f"{chance.randrange(10)}"))
            return f"{front}{numbers.compact(number)}{back}"
        if form == "spaced":
            return numbers.spaced(chance, number)
        return document.purchase_order or document.order or numbers.compact(number)

    def _by_scheme(self, customer: Customer, receipt: Receipt, document: Document) -> str:
        """Return a reference with check digits; sometimes it stands in the end-to-end id alone."""
        chance = self.chance
        core = numbers.digits_of(document.number)
        receipt.overlays.append("structured")
        if customer.locale == "sepa":
            is_valid = chance.random() < 0.92
            reference = numbers.creditor_reference(core, valid=is_valid)
            if not is_valid:
                receipt.overlays.append("check_digit_wrong")
            if chance.random() < 0.4:
                receipt.end_to_end_id = f"ONLY {reference.replace(' ', '')}"
            return reference if chance.random() < 0.5 else reference.replace(" ", "")
        if customer.locale == "brazil":
            if chance.random() < 0.5:
                return f"NOSSO NUMERO {numbers.our_number(core)}"
            receipt.end_to_end_id = f"ONLY {numbers.compact(document.number).zfill(26)}"
            return document.number
        if chance.random() < 0.5:
            receipt.end_to_end_id = f"ONLY {numbers.compact(document.number)}"
        return f"RMR*IV*{document.number}**{receipt.amount / 100:.2f}\\"

    def _joined(self, customer: Customer, receipt: Receipt, references: list[str], separator: str) -> str:
        chance = self.chance
        memos = [part.document.is_memo for part in receipt.paid]
        if len(references) != len(memos) or not any(memos):
            whole = separator.join(references)
            short = len(references) > 2 and chance.random() < 0.05 and len({len(number) for number in references}) == 1
            if short and len({number[:-2] for number in references}) == 1:
                return "/".join([references[0], *(number[-2:] for number in references[1:])])
            return whole
        invoices = separator.join(number for number, is_memo in zip(references, memos, strict=True) if not is_memo)
        credited = separator.join(number for number, is_memo in zip(references, memos, strict=True) if is_memo)
        return f"{invoices} {chance.choice(HINTS['memo'][customer.language])} {credited}"

    def _incomplete(self, references: list[str], documents: list[Document]) -> list[str]:
        """Return fewer or damaged references: the end cut off, one left out, or one mistyped."""
        chance = self.chance
        kept = list(references)
        kind = chance.random()
        if kind < 0.45:
            return kept[: max(1, len(kept) - chance.randrange(1, max(2, len(kept) // 2 + 1)))]
        if kind < 0.70:
            kept.pop(chance.randrange(len(kept)))
            return kept
        place = chance.randrange(len(kept))
        kept[place] = numbers.typo(chance, documents[place].number)
        return kept

    def _lines(self, receipt: Receipt, references: list[str], *, always_amounts: bool) -> None:
        chance = self.chance
        shows = always_amounts or chance.random() < self.world.settings["remittance_lines"]["with_amount"]
        if len(references) != len(receipt.paid):
            references = [part.document.number for part in receipt.paid]
        reasons = {"deduction": "DED", "short_payment": None, "cash_discount": "DISC", "unearned_discount": "DISC",
                   "bank_fee": "FEE", "withholding_tax": "WHT", "instalment": "PART", "fx": "FX"}  # fmt: skip
        receipt.lines = [
            Line(
                reference.replace("RMR*IV*", "").split("**")[0], part.applied if shows else None,
                reasons.get(part.kind or "") if chance.random() < 0.7 else None,
            )
            for reference, part in zip(references, receipt.paid, strict=True)
        ]  # fmt: skip
        receipt.overlays.append("lines")

    def _text(self, customer: Customer, receipt: Receipt, references: str | None) -> str:
        chance, settings = self.chance, self.world.settings
        language = customer.language
        locale = settings["locales"][customer.locale]
        structure = next((word for word in receipt.overlays if word in STRUCTURE_WORDS), None)
        if references is None and structure and chance.random() < 0.6:
            template = chance.choice(STRUCTURE_WORDS[structure][language])
            template = template.replace("{m}", month_name(language, day_of(receipt.paid[0].document.issue_day).month))
        else:
            template = chance.choice((WITH_REFERENCE if references is not None else WITHOUT_REFERENCE)[language])
        text = (
            template.replace("{r}", references or "")
            .replace("{d}", date_text(chance, language, day_of(receipt.day - chance.randrange(1, 40))))
            .replace("{a}", amount_text(language, receipt.amount))
            .replace("{c}", customer.customer_id[1:] if chance.random() < 0.6 else str(chance.randrange(10**3, 10**7)))
            .replace("{n}", receipt.payer_name)
        )
        hint = self._hint(receipt, language)
        if hint:
            text = f"{text} {hint}".strip()
        if chance.random() < settings["decoy_numbers"]:
            decoy = chance.choice(
                (f"TEL {chance.randrange(10**8, 10**9)}", f"{chance.randrange(10**5, 10**8)}", customer.tax_id or "",
                 f"CTR-{chance.randrange(10**4, 10**6)}", date_text(chance, language, day_of(receipt.day)),
                 f"TRN {chance.randrange(10**9, 10**12)}")
            )  # fmt: skip
            text = f"{text} {decoy}" if chance.random() < 0.7 else f"{decoy} {text}"
        text = text.strip()
        if customer.locale != "sepa" or chance.random() < 0.6:
            text = plain(text)
            if chance.random() < 0.5 and customer.form != "lower":
                text = text.upper()
        if len(text) > locale["width"] and chance.random() < locale["wrap"]:
            width = locale["width"]
            text = chance.choice((" ", "\n", "")).join(
                text[start : start + width] for start in range(0, len(text), width)
            )
        return text[: locale["most"]]

    def _hint(self, receipt: Receipt, language: str) -> str:
        key = receipt.scenario
        if "instalment" in receipt.overlays:
            key = "instalment"
        elif "rest" in receipt.overlays:
            key = "rest"
        elif "discount" in receipt.overlays:
            key = "cash_discount"
        if key not in HINTS or key in {"memo", "prepayment"} or self.chance.random() < 0.25:
            return ""
        return (
            self.chance.choice(HINTS[key][language])
            .replace("{c}", str(self.chance.randrange(100, 10_000)))
            .replace("{a}", amount_text(language, receipt.amount))
        )


def main() -> None:
    """Write one batch from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--receipts", type=int, default=20_000)
    parser.add_argument("--family", choices=FAMILIES, default="mixed")
    parser.add_argument("--stress", action="store_true")
    parser.add_argument("--history-days", type=int, default=0)
    parser.add_argument("--entities", type=int, default=1)
    parser.add_argument("--without-labels", action="store_true", help="for runs that are only timed")
    given = parser.parse_args()
    generate(
        given.folder, given.seed, given.receipts, given.family, stress=given.stress, history_days=given.history_days,
        entities=given.entities, labelled=not given.without_labels,
    )  # fmt: skip


if __name__ == "__main__":
    main()
