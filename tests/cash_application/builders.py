"""Small receipts, open items and payers: each test says only what matters to it."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from assets.cash_application.decide import NOBODY_LEFT, decide_cash
from assets.cash_application.gates import Left
from assets.cash_application.known import Known
from assets.cash_application.outcomes import CashOutcome
from assets.cash_application.policy import CashPolicy
from assets.ledger.documents import OpenItem
from assets.ledger.parties import Customer, PayerAccount
from assets.ledger.policy import Policy
from assets.ledger.receipts import Receipt
from assets.ledger.remittances import RemittanceLine

DAY = date(2026, 3, 16)
CASH_SEEDS = (
    "cash_thresholds", "cash_words", "cash_differences", "tolerances", "withholding_rates", "payment_terms",
)  # fmt: skip
SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds" / "policy"


def seed_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a policy seed as text."""
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def the_policy() -> CashPolicy:
    """Return the policy as shipped."""
    return CashPolicy.from_policy(Policy.from_rows({name: seed_rows(name) for name in CASH_SEEDS}))


def the_same_for_all() -> CashPolicy:
    """Return the policy with one threshold for every class of evidence, so that tests outlive its calibration."""
    policy = the_policy()
    return replace(policy, matching=replace(policy.matching, thresholds={}, default_threshold=0.995))


def an_item(
    number: str = "MUS-2026-00041",
    open_minor: int = 10_000,
    *,
    customer: str | None = "acme",
    key: str | None = None,
    entity: str = "MUS",
    currency: str = "USD",
    document_date: date = date(2026, 2, 1),
    due_date: date | None = date(2026, 3, 3),
    order_number: str | None = None,
    purchase_order_number: str | None = None,
) -> OpenItem:
    """Return an open document; a negative amount makes it a credit memo."""
    return OpenItem(
        document_key=key or f"{entity}/{number}",
        document_number=number,
        document_type="invoice" if open_minor >= 0 else "credit_memo",
        customer_key=customer,
        legal_entity_id=entity,
        currency_code=currency,
        document_date=document_date,
        due_date=due_date,
        original_minor=open_minor,
        open_minor=open_minor,
        known_date=document_date,
        order_number=order_number,
        purchase_order_number=purchase_order_number,
    )


def a_receipt(
    text: str | None = None,
    amount_minor: int = 10_000,
    *,
    key: str = "r1",
    account: str | None = None,
    payer_name: str | None = None,
    value_date: date = DAY,
    entity: str = "MUS",
    currency: str = "USD",
    end_to_end_id: str | None = None,
    customer: str | None = None,
    is_returned: bool = False,
    credited: str | None = None,
) -> Receipt:
    """Return a receipt of the bank."""
    return Receipt(
        receipt_key=key,
        receipt_id=key,
        legal_entity_id=entity,
        bank_account="021000021-4471002",
        value_date=value_date,
        currency_code=currency,
        amount_minor=amount_minor,
        payer_name=payer_name,
        payer_account=account,
        end_to_end_id=end_to_end_id,
        remittance_text=text,
        customer_key=customer,
        is_unbanked=False,
        known_date=value_date,
        is_returned=is_returned,
        credited_account=credited,
    )


def a_customer(key: str = "acme", name: str = "Acme Tools Inc", **more: str | None) -> Customer:
    """Return a customer of the US entity."""
    return Customer(key, key, name, "MUS", "USD", **more)  # type: ignore[arg-type]


def a_line(number: str, amount: str | None, *, receipt: str | None = None, message: str | None = None, line: int = 1,
           reference: str | None = None, sent: date = DAY, payer: str | None = None,
           reason: str | None = None) -> RemittanceLine:  # fmt: skip
    """Return a line of a remittance, inside the bank entry or of a message."""
    return RemittanceLine(
        remittance_line_key=f"{receipt or message}/{line}",
        source="bank" if receipt else "message",
        receipt_key=receipt,
        message_id=message,
        line_number=line,
        payer_name=payer,
        payer_email=None,
        payment_reference=reference,
        document_number=number,
        amount=None if amount is None else Decimal(amount),
        currency_code="USD",
        sent_date=sent,
        known_date=sent,
        deduction_reason=reason,
    )


def some_payers(
    *receipts: Receipt,
    accounts: dict[str, str] | None = None,
    customers: tuple[Customer, ...] = (),
    policy: CashPolicy | None = None,
) -> Known:
    """Return what is known with these accounts on file and these receipts seen, but no document yet."""
    known = Known(policy or the_same_for_all())
    for customer in customers or (a_customer(), a_customer("beta", "Beta Works LLC")):
        known.put_customer(customer)
    for account, customer_key in (accounts or {"ACC1": "acme", "ACC2": "beta"}).items():
        known.put_account(PayerAccount(account, customer_key, DAY))
    for receipt in receipts:
        known.put_receipt(receipt)
    return known


def decide(
    receipts: list[Receipt],
    items: list[OpenItem],
    *,
    payers: Known | None = None,
    lines: list[RemittanceLine] | None = None,
    left: Left = NOBODY_LEFT,
    terms_code: str | None = None,
) -> list[CashOutcome]:
    """Decide receipts against items under one threshold for all classes of evidence."""
    known = payers or some_payers()
    for item in items:
        known.put_document(item, terms_code=terms_code)
    for line in lines or ():
        known.remittances.add(line)
    for receipt in receipts:
        known.put_receipt(receipt)
    return decide_cash(receipts, known, left=left)
