"""A small handmade company and a log that lives in memory; each builder shows only what matters to its test."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from assets.close.facts import Facts
from assets.close.reviewer import Reviewer
from assets.close.walk import WalkResult, walk
from assets.ledger.contracts import Agreement, ContractLine
from assets.ledger.day import Fact
from assets.ledger.decision import ActorKind, Decision, OutboxMessage, RecordedDecision, canonical_json
from assets.ledger.documents import Document
from assets.ledger.fulfilment import Milestone, ShipmentLine, UsageEvent
from assets.ledger.keys import document_key, surrogate_key
from assets.ledger.orders import Order, OrderLine
from assets.ledger.parties import Customer, LegalEntity, PayerAccount
from assets.ledger.policy import Policy
from assets.ledger.receipts import BankStatement, Receipt
from assets.platform.window import RunMode, RunWindow

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "policy"
FIRST = date(2026, 3, 1)


def day(number: int) -> date:
    """Return the n-th day of the handmade world; day 1 is 1 March 2026."""
    return FIRST + timedelta(days=number - 1)


@cache
def a_policy() -> Policy:
    """Return the policy of the committed seeds."""
    return Policy.from_rows(
        {
            path.stem: [
                {name: value or None for name, value in row.items()}
                for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
            ]
            for path in sorted(SEEDS.glob("*.csv"))
        }
    )


def entities() -> dict[str, LegalEntity]:
    """Return the legal entities of the committed seed."""
    return a_policy().legal_entities()


def a_customer(key: str = "acme", *, entity: str = "MUS", known: int = 1, **changes: Any) -> Customer:
    made = Customer(
        customer_key=key,
        customer_number=f"mus:{key}",
        customer_name=f"{key.title()} Trading",
        legal_entity_id=entity,
        currency_code="USD",
        country_code="US" if entity == "MUS" else "DE",
        address_line="1 Main St",
        city="Salem",
        postal_code="97301",
        billing_email=f"ap@{key}.example",
        is_billing_email_valid=True,
        known_date=day(known),
    )
    return replace(made, **changes)


def a_frame_agreement(customer: str = "acme", *, entity: str = "MUS", known: int = 1, **changes: Any) -> Agreement:
    made = Agreement(
        contract_id=f"CT-{customer}",
        version=1,
        customer_key=customer,
        legal_entity_id=entity,
        terms_code="NET15",
        purchase_order_number=None,
        is_purchase_order_required=False,
        tax_code="US0" if entity == "MUS" else "DE19",
        credit_limit_amount=Decimal(10_000),
        has_lines=False,
        known_date=day(known),
    )
    return replace(made, **changes)


def a_contract_line(
    kind: str = "retainer",
    *,
    contract: str = "CT-1",
    line: int = 1,
    known: int = 1,
    entity: str = "MUS",
    **changes: Any,
) -> ContractLine:
    made = ContractLine(
        contract_id=contract,
        contract_line_number=line,
        version=1,
        customer_key="acme",
        legal_entity_id=entity,
        contract_kind=kind,
        description="Care retainer",
        currency_code="USD" if entity == "MUS" else "EUR",
        period_amount=None if kind == "usage" else Decimal("900.00"),
        unit_price=Decimal("0.0125") if kind == "usage" else None,
        included_quantity=Decimal(1000) if kind == "usage" else None,
        billing_frequency="monthly" if kind == "retainer" else None,
        is_billed_in_advance=kind == "retainer",
        metric="api_calls" if kind == "usage" else None,
        purchase_order_number=None,
        is_purchase_order_required=False,
        terms_code="NET30",
        tax_code="US0" if entity == "MUS" else "DE19",
        start_date=FIRST,
        end_date=None,
        known_date=day(known),
    )
    return replace(made, **changes)


def an_order(number: str = "SO-1", *, known: int = 2, entity: str = "MUS", **changes: Any) -> Order:
    made = Order(
        order_key=surrogate_key("shop", number),
        order_number=number,
        source_system="shop",
        customer_key="acme",
        legal_entity_id=entity,
        currency_code="USD" if entity == "MUS" else "EUR",
        order_date=day(known) - timedelta(days=1),
        purchase_order_number=None,
        is_purchase_order_required=False,
        terms_code="NET15",
        agreed_terms_code="NET15",
        tax_code="US0" if entity == "MUS" else "DE19",
        bill_to_email="ap@acme.example",
        net_amount=Decimal("100.00"),
        tax_amount=Decimal("0.00") if entity == "MUS" else Decimal("19.00"),
        total_amount=Decimal("100.00") if entity == "MUS" else Decimal("119.00"),
        is_cancelled=False,
        known_date=day(known),
    )
    return replace(made, **changes)


def an_order_line(number: str = "SO-1", *, known: int = 2, **changes: Any) -> OrderLine:
    made = OrderLine(
        surrogate_key("shop", number), number, 1, "SKU-1", "Valve", Decimal(10), Decimal("10.00"), Decimal("100.00"),
        day(known),
    )  # fmt: skip
    return replace(made, **changes)


def a_shipment(order: str = "SO-1", number: str = "SHP-1", *, known: int = 4, **changes: Any) -> ShipmentLine:
    shipped = datetime.combine(day(known), datetime.min.time(), tzinfo=UTC) - timedelta(hours=9)
    made = ShipmentLine(number, surrogate_key("shop", order), order, 1, Decimal(10), shipped, False, day(known))
    return replace(made, **changes)


def a_milestone(milestone: str = "M1", *, known: int = 5, contract: str = "CT-1", line: int = 1) -> Milestone:
    return Milestone(
        milestone, contract, line, "Go-live", True, datetime.combine(day(known), datetime.min.time(), UTC), day(known)
    )


def some_usage(
    quantity: int, *, on: date, known: date, contract: str = "CT-1", line: int = 1, event: str = "e1"
) -> UsageEvent:
    return UsageEvent(event, contract, line, Decimal(quantity), on, known)


def an_invoice(
    number: str = "RE-1", amount: str = "119.00", *, known: int = 6, entity: str = "MEU", **changes: Any
) -> Document:
    made = Document(
        document_key=document_key("quickbooks", entity, number),
        document_number=number,
        document_type="invoice",
        source_system="quickbooks",
        legal_entity_id=entity,
        customer_key="acme",
        currency_code="EUR" if entity == "MEU" else "USD",
        document_date=day(known) - timedelta(days=1),
        due_date=day(known) + timedelta(days=2),
        total_amount=Decimal(amount),
        net_amount=Decimal(amount),
        tax_amount=Decimal("0.00"),
        known_date=day(known),
        billing_key=f"order|SO-{number}|SHP-{number}|goods",
    )
    return replace(made, **changes)


def a_receipt(
    receipt: str = "R1", amount: int = 10_000, *, text: str = "", known: int = 8, entity: str = "MUS", **changes: Any
) -> Receipt:
    made = Receipt(
        receipt_key=receipt,
        receipt_id=f"account/1/{receipt}",
        legal_entity_id=entity,
        bank_account="021000021-4471002",
        value_date=day(known),
        currency_code="USD" if entity == "MUS" else "EUR",
        amount_minor=amount,
        payer_name="ACME TRADING",
        payer_account=None,
        end_to_end_id=None,
        remittance_text=text,
        customer_key=None,
        is_unbanked=False,
        known_date=day(known),
    )
    return replace(made, **changes)


def a_statement(until: int, *, entity: str = "MUS") -> BankStatement:
    return BankStatement(entity, f"account of {entity}", day(until), day(until))


def an_account(account: str = "ACC-9", customer: str = "acme", *, known: int = 1) -> PayerAccount:
    return PayerAccount(account, customer, day(known))


class MemoryLog:
    """A decision log in memory: numbers issued documents, refuses what is recorded or closed already."""

    def __init__(self) -> None:
        self.entries: list[RecordedDecision] = []
        self.messages: dict[str, OutboxMessage] = {}
        self.closed: date | None = None
        self.policy_digest: str | None = None  # of the run that writes into it
        self._series: Counter[str] = Counter()
        self._keys: set[str] = set()

    def commit(
        self, on: date, decisions: list[Decision], messages: list[OutboxMessage], closes: bool
    ) -> list[RecordedDecision]:
        recorded = [self.record(decision) for decision in decisions]
        for message in messages:
            assert message.outbox_key not in self.messages
            self.messages[message.outbox_key] = message
        if closes:
            recorded.append(self.record(Decision("day_closed", "day", on.isoformat(), on, ActorKind.RULE, "close", {})))
            self.closed = on
        return recorded

    def record(self, decision: Decision) -> RecordedDecision:
        assert self.closed is None or decision.business_date > self.closed, f"{decision.business_date} is closed"
        assert decision.decision_key not in self._keys, f"{decision.kind} {decision.subject_key} is recorded"
        payload = dict(decision.payload)
        if decision.number_series:
            self._series[decision.number_series] += 1
            payload["document_number"] = f"{decision.number_series}-{self._series[decision.number_series]:05d}"
        as_stored = replace(
            decision,
            payload=json.loads(canonical_json(payload)),
            evidence=json.loads(canonical_json(decision.evidence)),
        )
        entry = RecordedDecision(
            len(self.entries) + 1, as_stored, None, self.policy_digest, datetime(2026, 3, 1, tzinfo=UTC), "", ""
        )
        self.entries.append(entry)
        self._keys.add(decision.decision_key)
        return entry

    def by_person(self, kind: str, subject: str, on: int, occurrence: str = "1", **payload: Any) -> RecordedDecision:
        """Record what a person decided."""
        subject_kind = kind.split("_")[0]
        return self.record(
            Decision(kind, subject_kind, subject, day(on), ActorKind.PERSON, "clerk", payload, occurrence=occurrence)
        )

    def of(self, kind: str) -> list[Decision]:
        """Return the recorded decisions of a kind."""
        return [entry.decision for entry in self.entries if entry.decision.kind == kind]


def walk_days(
    facts: Iterable[Fact],
    log: MemoryLog,
    start: int,
    end: int,
    *,
    mode: RunMode = RunMode.CLOSE,
    reviewer: Reviewer | None = None,
    policy: Policy | None = None,
) -> WalkResult:
    """Walk a window as a run would: it knows only what became known by its end."""
    known = [fact for fact in facts if fact.known_date is not None and fact.known_date <= day(end)]
    log.policy_digest = (policy or a_policy()).digest
    return walk(
        Facts.of(entities(), known),
        list(log.entries),
        RunWindow(day(start), day(end), mode),
        policy or a_policy(),
        log.commit,
        reviewer,
    )


def walk_in_steps(
    facts: Sequence[Fact],
    steps: Iterable[tuple[int, int]],
    *,
    reviewer: Reviewer | None = None,
    people: Callable[[MemoryLog, int], None] | None = None,
    policy: Policy | None = None,
) -> tuple[dict[str, list[str]], MemoryLog]:
    """Walk windows one after the other; return the rows of all of them as comparable text, and the log."""
    log = MemoryLog()
    tables: dict[str, list[str]] = {}
    for start, end in steps:
        if people is not None:
            people(log, start)
        result = walk_days(facts, log, start, end, reviewer=reviewer, policy=policy)
        for name, rows in as_text(result).items():
            tables.setdefault(name, []).extend(rows)
    return tables, log


def as_text(result: WalkResult) -> dict[str, list[str]]:
    """Return rows as text, in their order, so that tables can be compared."""
    return {name: [canonical_json(row) for row in rows] for name, rows in result.tables.items()}
