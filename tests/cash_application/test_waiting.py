"""Receipts that wait are looked at again when, and only when, something new may settle them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from assets.cash_application.engine.book import OverAppliedDocumentError
from assets.cash_application.known import Known, Lesson
from assets.cash_application.waiting import WaitingReceipts
from tests.cash_application.builders import DAY, a_customer, a_line, a_receipt, an_item, decide, some_payers


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
    assert keys(waiting.touched(payers=["acc 1"])) == ["r2"]
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


def test_the_book_refuses_to_apply_more_than_is_open() -> None:
    known = some_payers()
    for item in (an_item(), an_item("CM-1", -500)):
        known.put_document(item)
    with pytest.raises(OverAppliedDocumentError, match="MUS-2026-00041"):
        known.book.settle(known.book.place["MUS/MUS-2026-00041"], 10_001)
    with pytest.raises(OverAppliedDocumentError):
        known.book.settle(known.book.place["MUS/CM-1"], 500)


def test_settling_and_reopening_a_document_leaves_no_difference() -> None:
    """account-reconcile#617: after an undo the invoice could not be matched any more."""
    known = some_payers()
    known.put_document(an_item())
    known.put_document(replace(an_item(), open_minor=0))
    assert known.book.count_of("acme") == 0
    known.put_document(an_item())
    [outcome] = decide([a_receipt("MUS-2026-00041", account="ACC1")], [], payers=known)
    assert outcome.is_applied


def test_money_for_a_cancelled_document_is_no_second_payment_of_it() -> None:
    known = some_payers()
    known.put_document(an_item())
    known.put_document(replace(an_item(), open_minor=0))
    known.put_document(replace(an_item(), open_minor=0), is_cancelled=True)
    [outcome] = decide([a_receipt("thanks", account="ACC1")], [an_item("MUS-2026-00050")], payers=known)
    assert outcome.is_applied


def taught(known: Known, account: str, times: int) -> None:
    for at in range(times):
        known.learn(Lesson(a_receipt(key=f"t{at}", account=account), "acme", ()), DAY.toordinal())


def test_a_learned_account_earns_automation_only_after_enough_confirmations() -> None:
    """One match confirmed by mistake must not send the next receipt of that account to the same customer."""
    receipt = a_receipt("thanks", account="NEW")
    once, twice = some_payers(), some_payers()
    taught(once, "NEW", 1)
    taught(twice, "NEW", 2)
    [waits] = decide([receipt], [an_item()], payers=once)
    [applies] = decide([receipt], [an_item()], payers=twice)
    assert (waits.is_applied, waits.reason_code) == (False, "CONFIRMATIONS_MISSING")
    assert applies.is_applied


def test_what_an_undone_application_taught_is_forgotten() -> None:
    known = some_payers()
    taught(known, "NEW", 2)
    receipt = a_receipt(account="NEW")
    assert known.payer_of(receipt).is_known
    for at in range(2):
        known.learn(Lesson(a_receipt(key=f"t{at}", account="NEW"), "acme", (), -1), DAY.toordinal())
    assert not known.payer_of(receipt).is_known


def test_a_document_refused_for_a_payer_weighs_less_for_the_next_receipt() -> None:
    known = some_payers()
    before = decide([a_receipt("thanks", account="ACC1", value_date=DAY)], [an_item()], payers=known)[0]
    known = some_payers()
    receipt = a_receipt("thanks", account="ACC1")
    known.learn(Lesson(receipt, None, (an_item().document_key,), is_refusal=True), DAY.toordinal())
    after = decide([receipt], [an_item()], payers=known)[0]
    assert after.proposals[0].confidence < before.proposals[0].confidence
    assert "refused_before" in {reason["evidence"] for reason in after.proposals[0].evidence["reasons"]}


def test_a_customer_that_changes_is_found_by_its_new_name_only() -> None:
    known = some_payers()
    known.put_customer(a_customer(name="Zenith Optics Inc"))
    assert known.payer_of(a_receipt(payer_name="Zenith Optics")).basis("acme") == "name"
    assert known.payer_of(a_receipt(payer_name="Acme Tools")).basis("acme") is None
