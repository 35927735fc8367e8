"""The first safe ladder: what applies by itself, and each reason for which it must not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from assets.cash_application.outcomes import CashOutcome, Outcome
from tests.cash_application.builders import DAY, a_customer, a_line, a_receipt, an_item, decide, some_payers


def applied(outcome: CashOutcome) -> dict[str, int]:
    return {application.document_number: application.applied_minor for application in outcome.applications}


def test_an_exact_reference_with_the_exact_amount_is_applied() -> None:
    [outcome] = decide([a_receipt("Invoice MUS-2026-00041")], [an_item(), an_item("MUS-2026-00042")])
    assert (outcome.outcome, outcome.rule) == (Outcome.AUTO_APPLIED, "exact_reference")
    assert applied(outcome) == {"MUS-2026-00041": 10_000}
    assert outcome.unapplied_minor == 0
    assert outcome.evidence["named"] == ["MUS-2026-00041=printed"]
    assert outcome.proposals[0].evidence["runner_up"] == "MUS-2026-00042"


def test_an_end_to_end_id_is_a_reference() -> None:
    [outcome] = decide([a_receipt(end_to_end_id="MUS202600041")], [an_item()])
    assert applied(outcome) == {"MUS-2026-00041": 10_000}


def test_listed_references_that_sum_are_applied_with_credit_memos_netted() -> None:
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 5_000), an_item("MUS-2026-00043", -2_000)]
    [outcome] = decide([a_receipt("00041: MUS-2026-00041/42 less MUS-2026-00043", 13_000)], items)
    assert outcome.rule == "listed_references"
    assert applied(outcome) == {"MUS-2026-00041": 10_000, "MUS-2026-00042": 5_000, "MUS-2026-00043": -2_000}


def test_stated_amounts_that_sum_are_applied_as_stated() -> None:
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 5_000)]
    lines = [a_line("MUS-2026-00041", "60.00", receipt="r1"), a_line("MUS-2026-00042", "50.00", receipt="r1", line=2)]
    [outcome] = decide([a_receipt("see list", 11_000)], items, lines=lines)
    assert outcome.rule == "listed_amounts"
    assert applied(outcome) == {"MUS-2026-00041": 6_000, "MUS-2026-00042": 5_000}


def test_a_remittance_message_is_linked_by_its_payment_reference() -> None:
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 5_000)]
    lines = [
        a_line("MUS-2026-00041", "100.00", message="m1", reference="PAY-77123"),
        a_line("MUS-2026-00042", "50.00", message="m1", line=2, reference="PAY-77123"),
    ]
    [outcome] = decide([a_receipt("payment PAY-77123", 15_000)], items, lines=lines)
    assert outcome.rule == "listed_references"
    assert outcome.evidence["remittance"] == "payment_reference:m1"


def test_a_message_of_the_same_total_is_linked_only_to_its_payer() -> None:
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 5_000)]
    lines = [a_line("MUS-2026-00041", "100.00", message="m1"), a_line("MUS-2026-00042", "50.00", message="m1", line=2)]
    [own] = decide([a_receipt("payment", 15_000, account="ACC1")], items, lines=lines)
    [stranger] = decide([a_receipt("payment", 15_000, account="ACC2")], items, lines=lines)
    assert own.is_applied
    assert not stranger.is_applied


def test_a_unique_amount_of_an_identified_payer_is_applied() -> None:
    [outcome] = decide([a_receipt("thank you", account="ACC1")], [an_item(), an_item("MUS-2026-00042", 9_999)])
    assert outcome.rule == "payer_and_amount"
    assert outcome.customer_key == "acme"


def test_a_tax_id_in_the_text_identifies_the_payer() -> None:
    payers = some_payers(customers=(a_customer(tax_id="DE811569869"),))
    [outcome] = decide([a_receipt("VAT DE811569869")], [an_item()], payers=payers)
    assert outcome.rule == "payer_and_amount"


def test_a_name_alone_applies_nothing_but_proposes() -> None:
    [outcome] = decide([a_receipt("thanks", payer_name="ACME TOOLS")], [an_item()])
    assert (outcome.outcome, outcome.rule) == (Outcome.PROPOSED, "name_and_amount")
    assert outcome.customer_key is None
    assert outcome.unapplied_minor == 10_000


@pytest.mark.parametrize(
    ("text", "amount", "reason"),
    [
        ("MUS-2026-00041", 9_000, "SHORT_PAYMENT"),
        ("MUS-2026-00041", 11_000, "OVERPAYMENT"),
        ("MUS-2026-00041 and MUS-2026-00040", 10_000, "DOCUMENT_CLOSED"),
        ("MUS-2026-00041 MEU-2026-00007", 10_000, "ENTITY_DIFFERS"),
        ("MUS-2026-00041 MUS-2026-00050", 10_000, "CURRENCY_DIFFERS"),
        ("MUS-2026-00041 MUS-2026-09941", 10_000, "REFERENCE_CONTRADICTS"),
        ("MUS-2026-00077", 10_000, "REFERENCE_AMBIGUOUS"),
    ],
    ids=["short", "over", "one closed", "other entity", "other currency", "unknown number beside", "number used twice"],
)
def test_a_reference_with_something_against_it_is_proposed_not_applied(text: str, amount: int, reason: str) -> None:
    items = [
        an_item(),
        an_item("MUS-2026-00040", 0),
        an_item("MEU-2026-00007", entity="MEU", currency="EUR"),
        an_item("MUS-2026-00050", currency="EUR"),
        an_item("MUS-2026-00077", key="one"),
        an_item("MUS-2026-00077", key="two", customer="beta"),
    ]
    [outcome] = decide([a_receipt(text, amount)], items)
    assert not outcome.is_applied
    assert reason in {outcome.reason_code, *(proposal.reason_code for proposal in outcome.proposals)}


def test_cat_25_an_equal_amount_under_another_reference_is_not_applied() -> None:
    """erpnext#46725: a voucher with another reference number was reconciled because its amount was equal."""
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 4_000)]
    [outcome] = decide([a_receipt("MUS-2026-00042", 10_000, account="ACC1")], items)
    assert not outcome.is_applied


def test_cat_30_a_number_used_by_two_invoices_is_never_applied() -> None:
    """hitobito#4005: one reference on several invoices sent payments to the wrong one."""
    items = [an_item(key="one"), an_item(key="two", customer="beta")]
    [outcome] = decide([a_receipt("MUS-2026-00041")], items)
    assert not outcome.is_applied


def test_cat_67_an_equal_number_in_another_currency_is_not_the_same_amount() -> None:
    """erpnext#34565: AED 36 was matched with USD 36."""
    [outcome] = decide([a_receipt("thanks", account="ACC1", currency="EUR")], [an_item()])
    assert not outcome.is_applied
    assert outcome.proposals == ()


def test_an_account_of_another_customer_contradicts_the_reference() -> None:
    [outcome] = decide([a_receipt("MUS-2026-00041", account="ACC2")], [an_item(customer="acme")])
    assert (outcome.outcome, outcome.reason_code) == (Outcome.PROPOSED, "PAYER_CONTRADICTS")


def test_a_parent_pays_for_its_family() -> None:
    customers = (a_customer(family_key="group"), a_customer("sub", "Acme South Inc", family_key="group"))
    payers = some_payers(customers=customers)
    [outcome] = decide([a_receipt("MUS-2026-00041", account="ACC1")], [an_item(customer="sub")], payers=payers)
    assert outcome.is_applied
    assert outcome.customer_key == "sub"


def test_an_account_that_pays_for_many_is_an_agent_and_identifies_nobody() -> None:
    payers = some_payers()
    for customer in ("acme", "beta", "gamma"):
        payers.add_account("AGENT", customer)
    [by_amount] = decide([a_receipt("thanks", account="AGENT")], [an_item()], payers=payers)
    [by_number] = decide([a_receipt("MUS-2026-00041", account="AGENT")], [an_item()], payers=payers)
    assert not by_amount.is_applied
    assert by_number.is_applied


def test_equal_amounts_of_one_payer_are_a_tie_and_wait() -> None:
    [outcome] = decide([a_receipt("thanks", account="ACC1")], [an_item(), an_item("MUS-2026-00042")])
    assert (outcome.outcome, outcome.reason_code) == (Outcome.PROPOSED, "SEVERAL_SOLUTIONS")
    assert [proposal.solution_count for proposal in outcome.proposals] == [2, 2]
    assert outcome.proposals[0].evidence["margin"] == "0.000000"


def test_an_amount_that_is_also_the_sum_of_others_is_a_tie_and_waits() -> None:
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 6_000), an_item("MUS-2026-00043", 4_000)]
    [outcome] = decide([a_receipt("August", account="ACC1")], items)
    assert (outcome.outcome, outcome.reason_code) == (Outcome.PROPOSED, "SEVERAL_SOLUTIONS")
    assert {len(proposal.applications) for proposal in outcome.proposals} == {1, 2}


def test_a_shortened_reference_must_agree_with_the_amount_match() -> None:
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 4_000)]
    [agrees] = decide([a_receipt("inv 00041", account="ACC1")], items)
    [disagrees] = decide([a_receipt("inv 00042", account="ACC1")], items)
    assert agrees.is_applied
    assert (disagrees.is_applied, disagrees.reason_code) == (False, "REFERENCE_CONTRADICTS")


def test_two_receipts_of_one_day_that_want_one_invoice_both_wait() -> None:
    receipts = [a_receipt("thanks", key="r1", account="ACC1"), a_receipt("thank you", key="r2", account="ACC3")]
    payers = some_payers(*receipts, accounts={"ACC1": "acme", "ACC3": "acme"})
    outcomes = decide(receipts, [an_item()], payers=payers)
    assert [outcome.reason_code for outcome in outcomes] == ["RECEIPTS_COMPETE", "RECEIPTS_COMPETE"]


def test_a_reference_separates_two_receipts_that_want_one_invoice() -> None:
    receipts = [a_receipt("thanks", key="r1", account="ACC1"), a_receipt("MUS-2026-00041", key="r2", account="ACC3")]
    payers = some_payers(*receipts, accounts={"ACC1": "acme", "ACC3": "acme"})
    first, second = decide(receipts, [an_item(), an_item("MUS-2026-00042")], payers=payers)
    assert applied(second) == {"MUS-2026-00041": 10_000}
    assert not applied(first)  # it was a tie; with one of the two gone it may be the other, see the next round
    alone, named = decide(receipts, [an_item()], payers=payers)
    assert applied(named) == {"MUS-2026-00041": 10_000}
    assert not applied(alone)


def test_two_identical_receipts_of_one_day_are_a_possible_duplicate() -> None:
    receipts = [a_receipt("MUS-2026-00041", key=key, account="ACC1") for key in ("r1", "r2")]
    outcomes = decide(receipts, [an_item()])
    assert [outcome.reason_code for outcome in outcomes] == ["POSSIBLE_DUPLICATE", "POSSIBLE_DUPLICATE"]


def test_a_second_payment_of_a_closed_invoice_is_noticed() -> None:
    first = a_receipt("MUS-2026-00041", key="r0", account="ACC1", value_date=DAY - timedelta(days=20))
    second = a_receipt("MUS-2026-00041", account="ACC1")
    payers = some_payers(first, second)
    [outcome] = decide([second], [an_item(open_minor=0), an_item("MUS-2026-00042")], payers=payers)
    assert not outcome.is_applied
    assert outcome.reason_code == "DOCUMENT_CLOSED"


def test_a_proposal_against_the_payers_own_words_is_not_called_sure() -> None:
    first = a_receipt("MUS-2026-00041", key="r0", account="ACC1", value_date=DAY - timedelta(days=60))
    second = a_receipt("MUS-2026-00041", account="ACC1")
    items = [an_item(open_minor=0), an_item("MUS-2026-00042")]
    [outcome] = decide([second], items, payers=some_payers(first, second))
    [proposal] = outcome.proposals
    assert proposal.applications[0].document_number == "MUS-2026-00042"
    assert proposal.confidence < Decimal("0.5")


def test_the_same_amount_next_month_under_another_number_is_no_duplicate() -> None:
    first = a_receipt("MUS-2026-00040", key="r0", account="ACC1", value_date=DAY - timedelta(days=30))
    second = a_receipt("MUS-2026-00041", account="ACC1")
    [outcome] = decide([second], [an_item("MUS-2026-00040", 0), an_item()], payers=some_payers(first, second))
    assert outcome.is_applied


def test_a_returned_receipt_is_no_reason_to_suspect_the_next_one() -> None:
    first = a_receipt("MUS-2026-00041", key="r0", account="ACC1", value_date=DAY - timedelta(days=5), is_returned=True)
    second = a_receipt("MUS-2026-00041", account="ACC1")
    [again] = decide([second], [an_item()], payers=some_payers(first, second))
    [returned] = decide([first], [an_item()])
    assert again.is_applied
    assert (returned.is_applied, returned.reason_code) == (False, "RECEIPT_RETURNED")


def test_money_that_came_before_the_invoice_is_not_applied_to_it() -> None:
    [outcome] = decide([a_receipt("thanks", account="ACC1")], [an_item(document_date=DAY + timedelta(days=1))])
    assert (outcome.outcome, outcome.reason_code) == (Outcome.PROPOSED, "RECEIPT_BEFORE_DOCUMENT")


def test_a_misspelt_number_is_proposed_when_the_amount_agrees() -> None:
    [outcome] = decide([a_receipt("MUS-2026-0O041")], [an_item(), an_item("MUS-2026-00045")])
    assert outcome.rule == "near_reference"
    assert [a.document_number for a in outcome.proposals[0].applications] == ["MUS-2026-00041"]


def test_an_order_number_whose_documents_sum_is_proposed() -> None:
    items = [an_item("MUS-2026-00041", purchase_order_number="PO-88123"),
             an_item("MUS-2026-00042", 500, purchase_order_number="PO-88123")]  # fmt: skip
    [outcome] = decide([a_receipt("PO-88123", 10_500)], items)
    assert (outcome.rule, len(outcome.proposals[0].applications)) == ("order_reference", 2)


def test_the_whole_balance_and_sums_within_it_are_proposed_with_their_count() -> None:
    items = [an_item(f"MUS-2026-0004{at}", amount) for at, amount in enumerate((1_000, 2_000, 3_000, 5_000))]
    [all_of_it] = decide([a_receipt(None, 11_000, account="ACC1")], items)
    [some] = decide([a_receipt(None, 6_000, account="ACC1")], items)
    assert all_of_it.rule == "whole_balance"
    assert {(proposal.rule, proposal.solution_count) for proposal in some.proposals} == {("subset_sum", 2)}


def test_a_receipt_of_a_known_payer_without_any_match_is_on_account() -> None:
    [outcome] = decide([a_receipt("thanks", 777, account="ACC1")], [an_item()])
    assert (outcome.outcome, outcome.customer_key, outcome.reason_code) == (Outcome.ON_ACCOUNT, "acme", "NOTHING_FITS")


def test_a_receipt_of_nobody_known_is_unidentified() -> None:
    [outcome] = decide([a_receipt("thanks", 777, account="NEW")], [an_item()])
    assert (outcome.outcome, outcome.customer_key, outcome.reason_code) == (Outcome.UNIDENTIFIED, None, "PAYER_UNKNOWN")
    assert [row["document_key"] for row in outcome.rows(DAY)] == [None]


def test_the_decision_carries_what_was_applied_as_text() -> None:
    [outcome] = decide([a_receipt("MUS-2026-00041")], [an_item()])
    decision = outcome.decision(DAY)
    assert decision is not None
    assert decision.payload["applications"] == [
        {"document_key": "MUS/MUS-2026-00041", "document_number": "MUS-2026-00041", "applied_amount": "100.00"}
    ]
    assert decision.business_date == date(2026, 3, 16)
