"""Receipts that wait are looked at again when, and only when, something new may settle them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from assets.cash_application.open_items import OpenItemIndex, OverAppliedDocumentError, UnknownDocumentError
from assets.cash_application.waiting import WaitingReceipts
from tests.cash_application.builders import DAY, a_line, a_receipt, an_item, decide, some_payers


def waiting_for(*receipts, items=()) -> WaitingReceipts:
    waiting = WaitingReceipts()
    for outcome in decide(list(receipts), list(items)):
        assert waiting.keep(outcome)
    return waiting


def keys(receipts) -> list[str]:
    return [receipt.receipt_key for receipt in receipts]


def test_a_document_that_becomes_known_late_wakes_the_receipt_that_names_it() -> None:
    waiting = waiting_for(a_receipt("MUS 2026 00041 thanks"), a_receipt("other", 777, key="r2"))
    assert keys(waiting.touched(documents=[an_item("MUS-2026-00041", 5)])) == ["r1"]


def test_amount_customer_and_account_wake_receipts() -> None:
    waiting = waiting_for(
        a_receipt("a", 777), a_receipt("b", 888, key="r2", account="ACC1"), a_receipt("c", 1, key="r3")
    )
    assert keys(waiting.touched(documents=[an_item(open_minor=777, customer=None)])) == ["r1"]
    assert keys(waiting.touched(documents=[an_item(open_minor=5)])) == ["r2"]
    assert keys(waiting.touched(payer_accounts=["acc 1"])) == ["r2"]
    assert waiting.touched(documents=[an_item(open_minor=5, document_date=DAY + timedelta(days=1))]) == []


def test_a_remittance_message_wakes_the_receipt_of_its_total_or_reference() -> None:
    waiting = waiting_for(a_receipt("PAY-77123", 15_000), a_receipt("x", 15_100, key="r2"))
    lines = [a_line("A", "100.00", message="m"), a_line("B", "51.00", message="m", line=2)]
    assert keys(waiting.touched(remittance_lines=lines)) == ["r2"]
    assert keys(waiting.touched(remittance_lines=[a_line("A", None, message="m", reference="PAY-77123")])) == ["r1"]


def test_rivals_for_one_document_are_looked_at_together() -> None:
    item = an_item()
    receipts = [a_receipt("MUS-2026-00041", 4_000, key=key) for key in ("r1", "r2")]
    waiting = waiting_for(*receipts, items=[item])
    assert keys(waiting.touched(remittance_lines=[a_line("A", "40.00", receipt="r1")])) == ["r1", "r2"]


def test_keeping_the_same_outcome_shows_nothing_new() -> None:
    receipt = a_receipt("thanks", account="ACC1")
    waiting = WaitingReceipts()
    first = decide([receipt], [an_item(), an_item("MUS-2026-00042")])[0]
    assert waiting.keep(first)
    assert not waiting.keep(decide([receipt], [an_item(), an_item("MUS-2026-00042")])[0])
    assert waiting.keep(decide([receipt], [an_item("MUS-2026-00042"), an_item("MUS-2026-00043")])[0])
    waiting.drop("r1")
    assert len(waiting) == 0
    assert waiting.touched(documents=[an_item()]) == []


def test_the_index_refuses_to_apply_more_than_is_open() -> None:
    index = OpenItemIndex([an_item(), an_item("CM-1", -500)])
    with pytest.raises(OverAppliedDocumentError, match="MUS-2026-00041"):
        index.settle("MUS/MUS-2026-00041", 10_001)
    with pytest.raises(OverAppliedDocumentError):
        index.settle("MUS/CM-1", 500)
    with pytest.raises(UnknownDocumentError):
        index.settle("nothing", 1)


def test_settling_and_reopening_a_document_leaves_no_difference() -> None:
    """account-reconcile#617: after an undo the invoice could not be matched any more."""
    index = OpenItemIndex([an_item()])
    index.settle("MUS/MUS-2026-00041", 10_000)
    assert list(index.open_of("acme")) == []
    assert index.with_open_amount("MUS", "USD", 10_000) == []
    index.reopen("MUS/MUS-2026-00041", 10_000)
    assert index.get("MUS/MUS-2026-00041") == an_item()
    assert index.with_open_amount("MUS", "USD", 10_000) == [an_item()]
    assert list(index.open_of("acme")) == [an_item()]


def test_what_an_undone_application_taught_is_forgotten() -> None:
    payers = some_payers()
    payers.learn_account("NEW", "acme")
    receipt = a_receipt(account="NEW")
    assert payers.identify(receipt, agent_families=3).is_identified
    payers.unlearn_account("NEW", "acme")
    assert not payers.identify(receipt, agent_families=3).is_identified


def test_a_customer_that_changes_is_found_by_its_new_name_only() -> None:
    payers = some_payers()
    customer = replace(next(iter(payers._customers.values())), customer_name="Zenith Optics Inc")
    payers.add_customer(customer)
    assert payers.named_like("Zenith Optics", "MUS") == [("acme", 100)]
    assert payers.named_like("Acme Tools", "MUS") == []
