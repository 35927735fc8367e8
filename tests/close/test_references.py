"""Payers name a document by the delivery it bills, or by the bank slip printed with it; the walk knows both."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from assets.close.references import bank_slips_of, collection_accounts, deliveries_of
from assets.invoicing.payment_codes.free_fields import CollectionAccount
from assets.ledger.day import DayState, Fact
from assets.ledger.policy import Policy
from tests.close.builders import (
    MemoryLog,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_receipt,
    a_shipment,
    an_invoice,
    an_order,
    day,
    entities,
    walk_days,
)
from tests.close.test_cash_desk import latest

COMPANY: list[Fact] = [a_customer("acme"), a_customer("bolt"), a_frame_agreement()]
SANTANDER = CollectionAccount("033", agreement="0707077", wallet="102")


def owed(number: str, **changes: Any) -> Any:
    return an_invoice(number, "1000.00", entity="MUS", known=2, **{"billing_key": None, **changes})


def best(facts: list[Fact], until: int) -> tuple[str | None, set[str]]:
    """Return the document that the receipt most likely pays, and what speaks for it."""
    row = latest(walk_days([*COMPANY, *facts], MemoryLog(), 1, until), "R1")[0]
    return row["document_number"], {one["evidence"] for one in json.loads(row["evidence"]).get("reasons", ())}


def test_a_payer_who_names_the_delivery_pays_the_invoice_that_bills_it() -> None:
    facts = [
        owed("U-1001", billing_key="order|SO-1|SHP-77001|goods"),
        owed("U-1002", billing_key="order|SO-1|SHP-77002|goods"),
        a_receipt("R1", 100_000, text="Delivery SHP-77002", payer_name="Somebody Else", known=8),
    ]
    number, evidence = best(facts, 9)
    assert number == "U-1002"
    assert "reference_order" in evidence


@pytest.mark.parametrize("shipped", [4, 10], ids=["before the money came", "after it"])
def test_the_deliveries_of_an_order_name_its_invoice_from_the_day_they_are_known(shipped: int) -> None:
    facts = [
        an_order("SO-7", known=1),
        owed("U-1001"),
        owed("U-1002", order_number="SO-7"),
        a_shipment("SO-7", "SHP-77007", known=shipped),
        a_receipt("R1", 100_000, text="Delivery SHP-77007", payer_name="Somebody Else", known=8),
    ]
    number, evidence = best(facts, 12)
    assert number == "U-1002"
    assert "reference_order" in evidence


def test_a_delivery_that_was_taken_back_names_nothing() -> None:
    state = DayState(entities())
    for fact in (an_order("SO-7"), a_shipment("SO-7", "SHP-1"), a_shipment("SO-7", "SHP-2", is_voided=True)):
        state.learn(fact)
    assert deliveries_of(owed("U-1", order_number="SO-7"), state) == ("SHP-1",)
    assert deliveries_of(owed("U-1", billing_key="paid in shop"), state) == ()


def test_a_bank_slip_is_named_by_the_number_its_bank_prints() -> None:
    document = replace(owed("MBR-2026-00017"), source_system="openitem", legal_entity_id="MBR", currency_code="BRL")
    slips = bank_slips_of(document, {"MBR": SANTANDER})
    assert slips == ("000002600017-2",)
    assert bank_slips_of(replace(document, source_system="quickbooks"), {"MBR": SANTANDER}) == ()
    assert bank_slips_of(replace(document, currency_code="USD"), {"MBR": SANTANDER}) == ()
    assert bank_slips_of(replace(document, document_number="none"), {"MBR": SANTANDER}) == ()


def test_the_account_that_slips_are_paid_to_is_that_of_the_letterhead() -> None:
    empty = {f"slip_{part}": None for part in ("bank_code", "agency", "account", "wallet", "agreement")}
    given = {"legal_entity_id": "MUS", **empty}, {
        "legal_entity_id": "MBR", **empty, "slip_bank_code": "033", "slip_agreement": "0707077", "slip_wallet": "102",
    }  # fmt: skip
    brazil = {**entities(), "MBR": replace(entities()["MUS"], legal_entity_id="MBR", country_code="BR")}
    assert collection_accounts(Policy.from_rows({"letterheads": given}), brazil) == {"MBR": SANTANDER}
    assert collection_accounts(a_policy(), entities()) == {}


def test_a_purchase_order_number_told_after_its_invoice_names_it_from_then_on() -> None:
    told = owed("U-1002", purchase_order_number="PO-4500017")
    facts = [
        owed("U-1001"),
        owed("U-1002"),
        replace(told, known_date=day(10)),
        a_receipt("R1", 100_000, text="Your PO-4500017", payer_name="Somebody Else", known=8),
    ]
    number, evidence = best(facts, 12)
    assert number == "U-1002"
    assert "reference_order" in evidence
