"""The day's state: facts are learned once, later versions replace earlier ones, balances stay exact."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ledger.day import DayState, Fact
from assets.ledger.receipts import SourceApplication
from tests.close.builders import (
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_receipt,
    an_invoice,
    an_order,
    day,
    entities,
)


def a_state(*facts: Fact) -> DayState:
    state = DayState(entities=entities(), first_date=day(1))
    state.begin(day(1))
    for fact in facts:
        state.learn(fact)
    return state


def open_minor(state: DayState, number: str) -> int:
    [key] = state.document_keys[number]
    return state.open_items[key].open_minor


def test_a_credit_memo_lowers_the_invoice_it_names_and_keeps_the_rest() -> None:
    invoice = an_invoice("RE-1", "100.00")
    memo = an_invoice("GS-1", "120.00", document_type="credit_memo", credits_document_key=invoice.document_key)
    for facts in ([invoice, memo], [memo, invoice]):
        state = a_state(*facts)
        assert (open_minor(state, "RE-1"), open_minor(state, "GS-1")) == (0, -2000)


def test_a_cancelled_invoice_gives_its_receipt_back() -> None:
    invoice, receipt = an_invoice("RE-1", "100.00"), a_receipt("R1", 10_000, entity="MEU")
    state = a_state(invoice, receipt, SourceApplication("A1", "R1", invoice.document_key, 10_000, day(8)))
    assert (open_minor(state, "RE-1"), state.unapplied["R1"]) == (0, 0)
    state.learn(replace(invoice, is_cancelled=True))
    assert (open_minor(state, "RE-1"), state.unapplied["R1"]) == (0, 10_000)


def test_a_returned_receipt_opens_what_it_had_paid() -> None:
    invoice, receipt = an_invoice("RE-1", "100.00"), a_receipt("R1", 10_000, entity="MEU")
    state = a_state(invoice, receipt, SourceApplication("A1", "R1", invoice.document_key, 10_000, day(8)))
    state.learn(replace(receipt, is_returned=True))
    assert (open_minor(state, "RE-1"), state.unapplied["R1"]) == (10_000, 0)


def test_an_application_waits_for_its_document() -> None:
    invoice = an_invoice("RE-1", "100.00")
    state = a_state(
        a_receipt("R1", 4_000, entity="MEU"), SourceApplication("A1", "R1", invoice.document_key, 4_000, day(8))
    )
    assert state.unapplied["R1"] == 4_000
    state.learn(invoice)
    assert (open_minor(state, "RE-1"), state.unapplied["R1"]) == (6_000, 0)


def test_a_fact_learned_twice_counts_once() -> None:
    invoice = an_invoice("RE-1", "100.00")
    application = SourceApplication("A1", "R1", invoice.document_key, 4_000, day(8))
    receipt = a_receipt("R1", 4_000, entity="MEU")
    state = a_state(invoice, receipt, application, invoice, receipt, application)
    assert (open_minor(state, "RE-1"), state.unapplied["R1"]) == (6_000, 0)


@settings(max_examples=200, deadline=None)
@given(
    total=st.integers(1, 10**9),
    parts=st.lists(st.integers(1, 10**8), min_size=1, max_size=5),
)
def test_undoing_an_application_restores_every_balance(total: int, parts: list[int]) -> None:
    invoice = an_invoice("RE-1", str(Decimal(total).scaleb(-2)))
    receipts = [a_receipt(f"R{index}", part, entity="MEU") for index, part in enumerate(parts)]
    state = a_state(invoice, *receipts)
    for receipt in receipts:
        state.apply_cash(receipt.receipt_key, receipt.receipt_key, [(invoice.document_key, receipt.amount_minor)])
    assert open_minor(state, "RE-1") == total - sum(parts)
    for receipt in receipts:
        state.undo_cash(receipt.receipt_key)
    assert open_minor(state, "RE-1") == total
    assert [state.unapplied[receipt.receipt_key] for receipt in receipts] == parts


def test_a_line_that_a_new_version_does_not_name_is_no_longer_agreed() -> None:
    state = a_state(a_contract_line(line=1), a_contract_line(line=2), a_contract_line(line=1, version=2, known=3))
    assert list(state.contract_lines["CT-1"]) == [1]


def test_a_second_accounting_record_has_the_agreement_of_its_tax_number() -> None:
    state = a_state(
        a_customer("acme", tax_id="US-1"),
        a_customer("acme again", tax_id="US-1"),
        a_customer("stranger", tax_id="US-1", entity="MEU"),
        a_frame_agreement("acme"),
    )
    assert state.frame_agreement("acme again") == state.frame_agreement("acme")
    assert state.frame_agreement("stranger") is None


def test_a_late_agreement_has_the_customers_orders_checked_again() -> None:
    state = a_state(a_customer(), an_order())
    state.unchecked_orders.clear()
    state.learn(a_frame_agreement(known=9))
    assert list(state.unchecked_orders) == [an_order().order_key]
