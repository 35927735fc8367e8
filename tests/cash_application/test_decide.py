"""What applies by itself, and each reason for which it must not."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from assets.cash_application.gates import Left
from assets.cash_application.outcomes import CashOutcome, Outcome
from assets.ledger.parties import PayerAccount
from tests.cash_application.builders import DAY, a_customer, a_line, a_receipt, an_item, decide, some_payers


def applied(outcome: CashOutcome) -> dict[str, int]:
    return {application.document_number: application.applied_minor for application in outcome.applications}


def test_an_exact_reference_with_the_exact_amount_is_applied() -> None:
    [outcome] = decide([a_receipt("Invoice MUS-2026-00041")], [an_item(), an_item("MUS-2026-00042")])
    assert (outcome.outcome, outcome.rule) == (Outcome.AUTO_APPLIED, "exact_reference")
    assert applied(outcome) == {"MUS-2026-00041": 10_000}
    assert outcome.unapplied_minor == 0


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
    assert outcome.rule == "listed_amounts"
    assert outcome.proposals[0].evidence["remittance"] == "payment_reference:m1"


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


def test_a_name_shared_by_two_customers_applies_nothing_but_proposes() -> None:
    payers = some_payers(customers=(a_customer(), a_customer("other", "Acme Tools Ltd")))
    items = [an_item(), an_item("MUS-2026-00050", customer="other")]
    [outcome] = decide([a_receipt("thanks", payer_name="ACME TOOLS")], items, payers=payers)
    assert outcome.outcome is Outcome.PROPOSED
    assert outcome.customer_key is None
    assert outcome.unapplied_minor == 10_000


@pytest.mark.parametrize(
    ("text", "amount", "reason"),
    [
        ("MUS-2026-00041 and MUS-2026-00040", 10_000, "DOCUMENT_CLOSED"),
        ("MUS-2026-00041 MEU-2026-00007", 10_000, "ENTITY_DIFFERS"),
        ("MUS-2026-00042 MUS-2026-00041", 5_000, "NOT_SURE_ENOUGH"),
        ("MUS-2026-00077", 10_000, "SEVERAL_SOLUTIONS"),
    ],
    ids=["one closed", "other entity", "one too many", "number used twice"],
)
def test_a_reference_with_something_against_it_is_proposed_not_applied(text: str, amount: int, reason: str) -> None:
    items = [
        an_item(),
        an_item("MUS-2026-00040", 0),
        an_item("MEU-2026-00007", entity="MEU", currency="EUR"),
        an_item("MUS-2026-00042", 5_000),
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
        payers.put_account(PayerAccount("AGENT", customer, DAY))
    items = [an_item(), an_item("MUS-2026-00050", customer="beta")]
    [by_amount] = decide([a_receipt("thanks", account="AGENT")], items, payers=payers)
    [by_number] = decide([a_receipt("MUS-2026-00041", account="AGENT", key="r2")], items, payers=payers)
    assert not by_amount.is_applied
    assert by_number.is_applied


def test_equal_amounts_of_one_payer_are_a_tie_and_wait() -> None:
    [outcome] = decide([a_receipt("thanks", account="ACC1")], [an_item(), an_item("MUS-2026-00042")])
    assert (outcome.outcome, outcome.reason_code) == (Outcome.PROPOSED, "SEVERAL_SOLUTIONS")
    assert len(outcome.proposals) == 2
    assert outcome.proposals[0].evidence["margin"] == "0.000"


def test_a_shortened_reference_must_agree_with_the_amount_match() -> None:
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 4_000)]
    [agrees] = decide([a_receipt("inv 00041", account="ACC1")], items)
    [disagrees] = decide([a_receipt("inv 00042", account="ACC1")], items)
    assert agrees.is_applied
    assert not disagrees.is_applied


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
    assert outcome.reason_code in {"DOCUMENT_CLOSED", "POSSIBLE_DUPLICATE"}


def test_a_proposal_against_the_payers_own_words_is_not_called_sure() -> None:
    first = a_receipt("MUS-2026-00041", key="r0", account="ACC1", value_date=DAY - timedelta(days=60))
    second = a_receipt("MUS-2026-00041", account="ACC1")
    items = [an_item(open_minor=0), an_item("MUS-2026-00042")]
    [outcome] = decide([second], items, payers=some_payers(first, second))
    assert not outcome.is_applied
    assert all(proposal.confidence < Decimal("0.95") for proposal in outcome.proposals)


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
    assert (outcome.outcome, outcome.customer_key) == (Outcome.ON_ACCOUNT, "acme")


def test_a_number_misread_by_a_machine_is_understood() -> None:
    [outcome] = decide([a_receipt("MUS-2026-0O041")], [an_item(), an_item("MUS-2026-00045")])
    assert [a.document_number for a in outcome.proposals[0].applications] == ["MUS-2026-00041"]


def test_an_order_number_whose_documents_sum_names_them() -> None:
    items = [an_item("MUS-2026-00041", purchase_order_number="PO-88123"),
             an_item("MUS-2026-00042", 500, purchase_order_number="PO-88123")]  # fmt: skip
    [outcome] = decide([a_receipt("PO-88123", 10_500)], items)
    assert len(outcome.proposals[0].applications) == 2


def test_sums_among_the_open_documents_of_a_payer_are_proposed_with_their_count() -> None:
    items = [an_item(f"MUS-2026-0004{at}", amount) for at, amount in enumerate((1_000, 2_000, 3_000, 5_000))]
    [all_of_it] = decide([a_receipt(None, 11_000, account="ACC1")], items)
    [some] = decide([a_receipt(None, 6_000, account="ACC1")], items)
    assert len(all_of_it.proposals[0].applications) == 4
    assert not some.is_applied
    assert {proposal.solution_count for proposal in some.proposals} == {2}


def test_a_receipt_of_a_known_payer_without_any_match_is_on_account() -> None:
    [outcome] = decide([a_receipt("thanks", 777, account="ACC1")], [an_item()])
    assert (outcome.outcome, outcome.customer_key, outcome.reason_code) == (Outcome.ON_ACCOUNT, "acme", "NOTHING_FITS")


def test_a_receipt_of_nobody_known_is_unidentified() -> None:
    [outcome] = decide([a_receipt("thanks", 777, account="NEW")], [an_item()])
    assert (outcome.outcome, outcome.customer_key, outcome.reason_code) == (Outcome.UNIDENTIFIED, None, "PAYER_UNKNOWN")
    assert [row["document_key"] for row in outcome.rows(DAY)] == [None]


def test_every_outcome_says_what_it_rests_on_with_its_weights() -> None:
    items = [an_item(), an_item("MUS-2026-00042")]
    [applied_one, waiting] = decide(
        [a_receipt("MUS-2026-00041", account="ACC1"), a_receipt("?", key="r2", account="ACC1")], items
    )
    evidence = applied_one.proposals[0].evidence
    assert evidence["rule"] == "exact_reference"
    assert evidence["evidence_class"] == "exact_reference/all_named/identified/exact"
    named = next(reason for reason in evidence["reasons"] if reason["evidence"] == "reference_printed")
    assert named["document_number"] == "MUS-2026-00041"
    assert Decimal(named["weight"]) > 5
    assert all(isinstance(reason["weight"], str) for reason in evidence["reasons"])
    assert evidence["stopped_by"] is None
    assert evidence["policy_version"]
    assert set(evidence["runner_up"]) == {"rule", "documents", "score"}
    shown = json.loads(next(iter(waiting.rows(DAY)))["evidence"])
    assert {"reasons", "margin", "runner_up", "solutions", "evidence_class", "policy_version", "stopped_by"} <= set(
        shown
    )


def test_a_bank_fee_is_proposed_as_such_and_closes_nothing_by_itself() -> None:
    [outcome] = decide(
        [a_receipt("MUS-2026-00041 less bank charges", 99_000, account="ACC1")], [an_item(open_minor=100_000)]
    )
    assert (outcome.outcome, outcome.reason_code) == (Outcome.PROPOSED, "DIFFERENCE_NEEDS_PERSON")
    [difference] = outcome.proposals[0].differences
    assert (difference.kind, difference.amount, difference.clears) == ("bank_fee", Decimal("10.00"), True)


def test_a_part_payment_of_a_named_invoice_leaves_the_rest_open() -> None:
    [outcome] = decide([a_receipt("part payment MUS-2026-00041", 5_000, account="ACC1")], [an_item()])
    assert applied(outcome) == {"MUS-2026-00041": 5_000}
    decision = outcome.decision(DAY)
    assert decision is not None
    [difference] = decision.payload["differences"]
    assert (difference["kind"], difference["amount"], difference["clears"]) == ("instalment", "50.00", False)


def test_too_much_for_a_named_invoice_stays_on_account() -> None:
    [outcome] = decide([a_receipt("MUS-2026-00041", 11_000, account="ACC1")], [an_item()])
    assert (applied(outcome), outcome.unapplied_minor) == ({"MUS-2026-00041": 10_000}, 1_000)


def test_a_cash_discount_of_the_terms_is_recognised() -> None:
    item = an_item(document_date=DAY - timedelta(days=5))
    [outcome] = decide([a_receipt("MUS-2026-00041", 9_800, account="ACC1")], [item], terms_code="2D10N30")
    assert [(d.kind, d.amount) for d in outcome.proposals[0].differences] == [("cash_discount", Decimal("2.00"))]


def test_what_a_person_undid_or_refused_is_not_applied_by_a_rule_again() -> None:
    receipt, item = a_receipt("MUS-2026-00041", account="ACC1"), an_item()
    [undone] = decide([receipt], [item], left=Left(undone={"r1"}))
    [refused] = decide([receipt], [item], left=Left(refused={"r1": {frozenset({item.document_key, "another"})}}))
    assert (undone.outcome, undone.reason_code) == (Outcome.PROPOSED, "UNDONE_BY_PERSON")
    assert (refused.is_applied, refused.proposals, refused.reason_code) == (False, (), "REFUSED_BY_PERSON")


def test_the_decision_carries_what_was_applied_as_text() -> None:
    [outcome] = decide([a_receipt("MUS-2026-00041")], [an_item()])
    decision = outcome.decision(DAY)
    assert decision is not None
    assert decision.payload["applications"] == [
        {"document_key": "MUS/MUS-2026-00041", "document_number": "MUS-2026-00041", "applied_amount": "100.00"}
    ]
    assert decision.business_date == date(2026, 3, 16)


def test_a_receipt_left_alone_says_which_document_it_pays_twice_and_how_surely() -> None:
    [outcome] = decide(
        [a_receipt("MUS-2026-00041", account="ACC1")], [an_item(open_minor=0), an_item("MUS-2026-00042", 7)]
    )
    assert (outcome.outcome, outcome.reason_code) == (Outcome.ON_ACCOUNT, "POSSIBLE_DUPLICATE")
    [row] = outcome.rows(DAY)
    shown = json.loads(row["evidence"])
    named = next(reason for reason in shown["reasons"] if reason["evidence"] == "closed")
    assert (named["document_number"], named["document_key"]) == ("MUS-2026-00041", "MUS/MUS-2026-00041")
    assert shown["rule"] == "duplicate"
    assert shown["runner_up"]["rule"]
    assert Decimal(shown["margin"]) > 0
    assert 0 < row["confidence"] <= 1
    score = sum(Decimal(reason["weight"]) for reason in shown["reasons"])
    assert abs(score - Decimal(shown["score"])) < Decimal("0.01")


def test_money_of_nobody_known_for_nothing_open_has_its_evidence_too() -> None:
    [outcome] = decide([a_receipt("thanks", 777, account="NEW")], [an_item()])
    shown = json.loads(next(iter(outcome.rows(DAY)))["evidence"])
    assert (shown["rule"], shown["stopped_by"]) == ("nothing", "PAYER_UNKNOWN")
    assert [reason["evidence"] for reason in shown["reasons"]] == ["frequency"]


def test_a_customer_told_apart_by_the_account_it_was_given_is_applied_and_the_evidence_says_so() -> None:
    payers = some_payers()
    payers.put_account(PayerAccount("VIRTUAL4711", "acme", DAY, "virtual"))
    receipt = a_receipt("thanks", 12_345, payer_name="Clearing House", credited="VIRTUAL4711")
    [outcome] = decide([receipt], [an_item(open_minor=12_345)], payers=payers)
    assert outcome.outcome is Outcome.AUTO_APPLIED
    assert "virtual_account" in json.dumps(outcome.proposals[0].evidence)


def test_a_tax_id_cut_by_the_fields_of_a_statement_tells_who_paid() -> None:
    known = some_payers()
    known.put_customer(a_customer("brava", "Brava Ltda", tax_id="12.345.678/0001-95"))
    text = "166?00GUTSCHRIFT?109310?20SVWZ+Rechnung 1 CNPJ 12.345?21.678/0001-95?30COBADEFF?32SOMEBODY"
    payer = known.payer_of(a_receipt(text, 10_000, payer_name="Somebody Else", account=None))
    assert list(payer.customers) == ["brava"]


def test_money_for_an_offer_is_an_advance_and_no_payment_of_what_happens_to_be_as_much() -> None:
    for text in ("Angebot 15805", "quotation 15805", "devis 15805", "preventivo 15805"):
        [outcome] = decide([a_receipt(text, 10_007, account="ACC1")], [an_item(open_minor=10_007)])
        assert (outcome.outcome, outcome.reason_code) == (Outcome.PROPOSED, "ADVANCE_PAYMENT"), text


def test_a_receipt_of_a_later_value_date_told_on_the_same_day_took_what_an_earlier_one_waits_for() -> None:
    receipts = [
        a_receipt("MUS-2026-00071", key="r1", payer_name="Somebody"),
        a_receipt("MUS-2026-00041", key="r2", account="ACC1", value_date=DAY + timedelta(days=1)),
    ]
    items = [an_item(), an_item("MUS-2026-00099", 7_777, customer="beta")]
    [alone] = decide(receipts[1:], items)
    assert alone.is_applied
    assert [outcome.reason_code for outcome in decide(receipts, items)][1] == "POSSIBLE_DUPLICATE"
