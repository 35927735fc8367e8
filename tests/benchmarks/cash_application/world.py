"""The invented seller's books: customers with their payers' habits, and numbered documents."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.cash_application import numbers
from tests.benchmarks.cash_application.wording import CITIES, base_name, ledger_name, payer_names

NOISE: dict[str, Any] = json.loads((Path(__file__).parent / "noise.json").read_text())
FIRST_DAY = date(2025, 3, 3)
LOCALES = ("us", "sepa", "brazil")
COUNTRIES = {"us": ("US",), "sepa": ("DE", "FR", "NL", "AT", "BE", "ES", "IT"), "brazil": ("BR",)}


@dataclass(slots=True)
class Customer:
    """A customer of the ledger, with what its payers habitually do."""

    customer_id: str
    name: str
    locale: str
    country: str
    language: str
    currency: str
    family_id: str | None
    parent: int | None
    tax_id: str | None
    payer_names: list[str]
    accounts: list[str]
    known_accounts: list[str]
    form: str
    separator: str
    agent: tuple[str, str | None] | None
    has_orders: bool
    discount: tuple[float, int] | None
    terms: int
    sends_lines: bool


@dataclass(slots=True)
class Document:
    """An invoice or credit memo; days are counted from the first day of the batch."""

    document_id: str
    number: str
    is_memo: bool
    customer: int
    issue_day: int
    due_day: int
    amount: int
    open_at_start: int
    currency: str
    entity: int
    purchase_order: str | None
    order: str | None
    discount_day: int | None
    discount: int | None
    closed_day: int | None
    open: int = 0
    is_spoken_for: bool = False


@dataclass(slots=True)
class World:
    """Customers, documents and the settings they were drawn with."""

    settings: dict[str, Any]
    customers: list[Customer]
    documents: list[Document]
    agents: list[tuple[str, str | None]]
    styles: list[str]
    payer_accounts: list[tuple[int, str]] = field(default_factory=list)


def pick(chance: random.Random, weighted: Sequence[tuple[Any, float] | list[Any]]) -> Any:
    """Return one of the (value, weight) pairs' values."""
    point = chance.random() * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        point -= weight
        if point < 0:
            return value
    return weighted[-1][0]


def day_of(day: int) -> date:
    """Return the date of a day of the batch."""
    return FIRST_DAY + timedelta(days=day)


def settings_of(*, stress: bool) -> dict[str, Any]:
    """Return the noise of one variety: the common part, the mix, and what differs under stress, flattened."""
    chosen = {**NOISE, **NOISE["stress" if stress else "standard"]}
    chosen["mix"] = NOISE["stress_mix_percent" if stress else "mix_percent"]
    return chosen


def draw_world(
    seed: int, *, document_count: int, family: str, stress: bool, entities: int, tag: str, first_number: int
) -> World:
    """Return the books before the first receipt. `tag` keeps ids of parts apart, `first_number` their numbers."""
    settings = settings_of(stress=stress)
    chance = random.Random(f"world {seed} {family} {tag}")
    bulk = np.random.default_rng(
        [seed, 11, len(tag), sum(tag.encode()), LOCALES.index(family) if family in LOCALES else 9]
    )
    sizes = _sizes(bulk, document_count, settings)
    customers, agents = _customers(chance, len(sizes), family, settings, tag)
    # The largest customer is a quarter of the book: one agent paying for it would be a quarter of the receipts.
    customers[0].agent = customers[0].parent = None
    styles = {locale: chance.sample(numbers.STYLES[locale], settings["number_styles_per_ledger"]) for locale in LOCALES}
    style_of = [chance.choice(styles[customer.locale]) for customer in customers]
    world = World(settings, customers, [], agents, style_of)
    world.documents = _documents(chance, bulk, customers, style_of, sizes, settings, entities, tag, first_number)
    _tell_accounts(chance, world)
    return world


def draw_past(
    world: World, seed: int, *, document_count: int, entities: int, tag: str, first_number: int
) -> list[Document]:
    """Return documents that were issued and settled before the batch, from older number ranges, by customer and day."""
    chance = random.Random(f"past {seed} {tag}")
    owners = [chance.choice(world.documents).customer for _ in range(document_count)]
    past = []
    for owner in owners:
        model = world.customers[owner]
        issue = -chance.randrange(15, 90) - model.terms
        settled = min(-1, issue + model.terms + int(chance.expovariate(1 / 6)))
        amount = max(900, int(chance.lognormvariate(world.settings["amount"]["mu"], 1.5) * 100))
        past.append(
            Document(
                document_id="", number="", is_memo=False, customer=owner, issue_day=issue, due_day=issue + model.terms,
                amount=amount, open_at_start=0, currency=model.currency, entity=chance.randrange(entities),
                purchase_order=f"PO{chance.randrange(10**6):06d}" if model.has_orders else None, order=None,
                discount_day=None, discount=None, closed_day=settled,
            )
        )  # fmt: skip
    _number(chance, world.styles, world.customers, past, world.settings, f"{tag}H", first_number)
    past.sort(key=lambda document: (document.customer, document.entity, document.closed_day, document.document_id))
    return past


def _sizes(bulk: np.random.Generator, document_count: int, settings: dict[str, Any]) -> list[int]:
    """Return how many documents each customer has: half have one or two, one has a quarter of the book."""
    open_items = settings["open_items"]
    largest = int(document_count * open_items["largest_share_of_book"])
    left = document_count - largest
    sizes: list[int] = []
    while left > 0:
        size = max(1, min(left, round(float(bulk.lognormal(open_items["mu"], open_items["sigma"])))))
        size = min(size, max(3, document_count // 8))
        sizes.append(size)
        left -= size
    return [largest, *sizes]


def _customers(
    chance: random.Random, count: int, family: str, settings: dict[str, Any], tag: str
) -> tuple[list[Customer], list[tuple[str, str | None]]]:
    names = settings["names"]
    agents = _agents(chance, count, family, settings)
    customers: list[Customer] = []
    while len(customers) < count:
        locale = family if family in LOCALES else chance.choice(LOCALES)
        country = chance.choice(COUNTRIES[locale])
        base = base_name(chance, locale, country)
        members = 1
        if chance.random() < names["shared_base_names"]:
            members = pick(chance, [(2, 0.55), (3, 0.25), (4, 0.12), (7, 0.05), (14, 0.03)])
        is_family = members > 1 and chance.random() < names["shared_as_family"]
        first = len(customers)
        family_id = f"G{tag}{first:05d}" if is_family else None
        root = f"{chance.randrange(10**8):08d}"
        cities = chance.sample(CITIES[country], min(members, len(CITIES[country])))
        for member in range(min(members, count - first)):
            customers.append(
                _customer(
                    chance, settings, f"C{tag}{len(customers):06d}", base, locale, country, family_id,
                    first if is_family and member else None, root if is_family else None,
                    cities[member % len(cities)] if members > 1 else None, agents,
                )
            )  # fmt: skip
    chance.shuffle(customers)
    place = {customer.customer_id: index for index, customer in enumerate(customers)}
    for customer in customers:
        if customer.parent is not None:
            customer.parent = place[f"C{tag}{customer.parent:06d}"]
    return customers, agents


def _agents(chance: random.Random, count: int, family: str, settings: dict[str, Any]) -> list[tuple[str, str | None]]:
    words = {
        "us": ("Capital Factors", "AP Services", "Payment Solutions", "Trade Finance", "Purchasing Alliance"),
        "sepa": ("Factoring", "Zentralregulierung", "Einkaufsverbund", "Services Comptables", "Incasso Diensten"),
        "brazil": ("Fomento Mercantil", "Securitizadora", "FIDC", "Central de Pagamentos", "Meios de Pagamento"),
    }
    agents: list[tuple[str, str | None]] = []
    for _ in range(max(2, int(count * settings["agent_customers"] / 6))):
        locale = family if family in LOCALES else chance.choice(LOCALES)
        country = chance.choice(COUNTRIES[locale])
        name = f"{base_name(chance, locale, country).split()[0]} {chance.choice(words[locale])}"
        agents.append((name, numbers.account(chance, locale, country) if chance.random() < 0.8 else None))
    return agents


def _customer(
    chance: random.Random, settings: dict[str, Any], customer_id: str, base: str, locale: str, country: str,
    family_id: str | None, parent: int | None, root: str | None, city: str | None,
    agents: list[tuple[str, str | None]],
) -> Customer:  # fmt: skip
    name = ledger_name(chance, base, locale, country, city)
    variants = payer_names(
        chance, name, base, locale, city, differs=chance.random() < settings["names"]["named_differently"]
    )
    accounts = [numbers.account(chance, locale, country) for _ in range(pick(chance, [(1, 0.8), (2, 0.17), (3, 0.03)]))]
    known = [number for number in accounts if chance.random() < settings["account_known"]]
    form = pick(chance, list(settings["exact_form"].items()))
    discount = None
    if chance.random() < settings["customers_with_discount"]:
        discount = tuple(chance.choice(settings["discounts"]))
    return Customer(
        customer_id=customer_id, name=name, locale=locale, country=country,
        language={"US": "en", "DE": "de", "AT": "de", "FR": "fr", "NL": "nl", "ES": "es", "IT": "it", "BR": "pt",
                  "BE": chance.choice(("nl", "fr"))}[country],
        currency=pick(chance, settings["locales"][locale]["currencies"]), family_id=family_id, parent=parent,
        tax_id=numbers.tax_number(chance, locale, country, root=root) if chance.random() < 0.85 else None,
        payer_names=variants, accounts=accounts, known_accounts=known, form=form,
        separator=chance.choice((", ", " ", "; ", "/", " / ", "+", " & ", ",", " - ", "\n")),
        agent=chance.choice(agents) if chance.random() < settings["agent_customers"] else None,
        has_orders=chance.random() < settings["customers_with_purchase_orders"], discount=discount,
        terms=pick(chance, settings["terms_days"]), sends_lines=chance.random() < 0.25,
    )  # fmt: skip


def _documents(
    chance: random.Random, bulk: np.random.Generator, customers: list[Customer], styles: list[str], sizes: list[int],
    settings: dict[str, Any], entities: int, tag: str, first_number: int,
) -> list[Document]:  # fmt: skip
    amounts = settings["amount"]
    documents: list[Document] = []
    window = settings["window_days"]
    entity_weights = (
        [(0, 1.0)] if entities == 1 else [(0, 0.6), *((place, 0.4 / (entities - 1)) for place in range(1, entities))]
    )
    for index, (customer, size) in enumerate(zip(customers, sizes, strict=True)):
        spread = amounts["customer_spread"]
        level = amounts["mu"] + float(bulk.normal(0, spread))
        within = math.sqrt(amounts["sigma"] ** 2 - spread**2)
        drawn = (
            np.maximum(np.exp(bulk.normal(level, within, size)) * 100, amounts["smallest_minor"])
            .astype(np.int64)
            .tolist()
        )
        weekly = chance.random() < 0.4
        earlier: list[int] = []
        purchase_order: str | None = None
        for amount in drawn:
            if amount > 10_000 and chance.random() < settings["amount"]["whole_units"]:
                amount = amount // 100 * 100
            if earlier and chance.random() < settings["equal_amount_copies"]:
                amount = chance.choice(earlier[-12:])
            earlier.append(amount)
            if chance.random() < settings["issued_during_window"]:
                issue = chance.randrange(0, window)
            else:
                issue = -1 - int(settings["oldest_issue_days"] * chance.random() ** 1.7)
            if weekly:
                issue -= (issue + 7 * 40) % 7
            if customer.has_orders and (purchase_order is None or chance.random() > settings["purchase_order_reused"]):
                purchase_order = chance.choice(("PO{:06d}", "45{:08d}", "{:07d}", "B-{:05d}", "OC {:05d}")).format(
                    chance.randrange(10**5)
                )
            document = Document(
                document_id="", number="", is_memo=False, customer=index, issue_day=issue,
                due_day=issue + customer.terms, amount=amount, open_at_start=amount, currency=customer.currency,
                entity=pick(chance, entity_weights), purchase_order=purchase_order if customer.has_orders else None,
                order=None, discount_day=None, discount=None, closed_day=None,
            )  # fmt: skip
            if customer.discount is not None:
                percent, days = customer.discount
                document.discount_day = issue + int(days)
                document.discount = round(amount * percent / 100)
            if issue < 0 and chance.random() < settings["partly_open_documents"]:
                document.open_at_start = amount - int(amount * chance.uniform(0.1, 0.7))
            documents.append(document)
            if size > 1 and chance.random() < settings["credit_memos_per_invoice"]:
                documents.append(_memo_to(chance, document, window))
    _close_some(chance, documents, settings)
    _number(chance, styles, customers, documents, settings, tag, first_number)
    return documents


def _close_some(chance: random.Random, documents: list[Document], settings: dict[str, Any]) -> None:
    """Settle a share of the older invoices before the batch begins, so that a second payment of them can come."""
    share = settings["closed_documents_per_receipt"] / settings["documents_per_receipt"]
    old_share = 1 - settings["issued_during_window"]
    for document in documents:
        if document.issue_day < -3 and not document.is_memo and chance.random() < share / old_share:
            document.closed_day = chance.randrange(max(document.issue_day + 1, -40), 0)
            document.open_at_start = 0


def _memo_to(chance: random.Random, invoice: Document, window: int) -> Document:
    part = chance.choice(
        (1.0, 0.5, 0.25, chance.uniform(0.02, 0.6), chance.uniform(0.02, 0.3), chance.uniform(0.01, 0.15))
    )
    issue = min(invoice.issue_day + chance.randrange(0, 20), window)
    amount = -max(1, int(invoice.amount * part))
    return Document(
        document_id="", number="", is_memo=True, customer=invoice.customer, issue_day=issue, due_day=issue,
        amount=amount, open_at_start=amount, currency=invoice.currency, entity=invoice.entity,
        purchase_order=invoice.purchase_order, order=None, discount_day=None, discount=None, closed_day=None,
    )  # fmt: skip


def _number(
    chance: random.Random, styles: list[str], customers: list[Customer], documents: list[Document],
    settings: dict[str, Any], tag: str, first_number: int,
) -> None:  # fmt: skip
    """Number documents in the order of their issue, densely enough that most have a neighbour one digit away."""
    counters: dict[str, int] = {}
    documents.sort(key=lambda document: (document.issue_day, document.customer, document.amount))
    previous = -1
    order = chance.randrange(10**5, 9 * 10**5)
    gap = 1 / settings["number_density"] - 1
    for place, document in enumerate(documents):
        customer = customers[document.customer]
        style = numbers.MEMO_STYLES[customer.locale] if document.is_memo else styles[document.customer]
        # Entities number their documents independently, so numbers of two entities may be equal.
        counter = f"{style} {document.entity}"
        if counter not in counters:
            counters[counter] = first_number + chance.randrange(1_000, 9_000)
        burst = settings["number_burst_of_customer" if previous == document.customer else "number_burst"]
        is_burst = chance.random() < burst
        counters[counter] += 1 if is_burst else 1 + int(chance.expovariate(1 / gap))
        previous = document.customer
        document.number = numbers.number_of(style, counters[counter], day_of(document.issue_day).year)
        document.document_id = f"D{tag}{place:07d}"
        if chance.random() < 0.8:
            order += chance.randrange(1, 12)
            document.order = f"{'SO' if customer.locale == 'us' else ''}{order}"
        document.open = document.open_at_start


def _tell_accounts(chance: random.Random, world: World) -> None:
    """Say which accounts the books know: some of each customer's, parents' for a branch, few agents' for several."""
    for index, customer in enumerate(world.customers):
        for number in customer.known_accounts:
            written = number
            if chance.random() < 0.1 and number[:2].isalpha():
                written = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
            world.payer_accounts.append((index, written))
        if customer.parent is not None and chance.random() < 0.3 and world.customers[customer.parent].known_accounts:
            world.payer_accounts.append((index, world.customers[customer.parent].known_accounts[0]))
        if customer.agent and customer.agent[1] and chance.random() < 0.5:
            world.payer_accounts.append((index, customer.agent[1]))
