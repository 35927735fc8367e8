"""What the words around numbers say: whose they are, what is kept back, what is not paid, where a text breaks off."""

from __future__ import annotations

import pytest

from assets.cash_application.engine.matching import MatchPolicy
from assets.cash_application.engine.payers import ALIAS, LEARNED_ACCOUNT
from assets.cash_application.engine.policy import in_units
from assets.cash_application.engine.texts import Text
from tests.cash_application.engine.test_judgement import settle
from tests.cash_application.engine.worlds import DAY, a_matcher, a_payment, an_entry, paid_by

WORDS = {
    "CK": "other_number", "KD": "other_number", "EXCEPT": "except", "AUSSER": "except", "LESS": "deduction",
    "ABZGL": "deduction", "TEILZAHLUNG": "part", "ON ACCOUNT": "advance", "FX": "fx",
}  # fmt: skip
POLICY = MatchPolicy(default_threshold=0.95, hint_words=WORDS)
INVOICE = an_entry("RE-2026-004711", 100_000, discount=2_000, discount_until=DAY + 1)


@pytest.mark.parametrize(
    "text",
    [
        "EREF+NOTPROVIDED KREF+94110535043 SVWZ+RE-2026-004711",
        "EREF+2045685457 SVWZ+RE-2026-004711",
        "/IBAN/NL45ABNA4314666547/BIC/INGBNL2A/NAME/Acme/REMI/RE-2026-004711/EREF/567093615",
        "LOCKBOX CK 045635 RE-2026-004711",
        "RE-2026-004711, Kd.Nr. 2026004122",
    ],
)
def test_a_discount_is_taken_though_the_bank_or_the_payer_print_numbers_of_other_things(text: str) -> None:
    finding = a_matcher(INVOICE, policy=POLICY).find(a_payment(text, 98_000))
    assert finding.stop is None
    assert finding.best is not None
    assert finding.best.parts[0].kind == "cash_discount"


def test_a_further_number_on_a_list_still_keeps_a_difference_from_being_taken() -> None:
    matcher = a_matcher(INVOICE, policy=POLICY)
    assert matcher.find(a_payment("RE-2026-004711, 88123", 98_000)).stop == "AMOUNT_FITS_ANOTHER"
    assert matcher.find(a_payment("88123, RE-2026-004711", 98_000)).stop == "AMOUNT_FITS_ANOTHER"


def test_an_amount_at_the_end_of_a_text_is_no_number_that_breaks_off() -> None:
    matcher = a_matcher(an_entry("4017547", 100_000, discount=2_000, discount_until=DAY + 1), policy=POLICY)
    assert matcher.find(a_payment("4017547 DISC 23.40", 98_000)).stop is None
    assert matcher.find(a_payment("4017547 + 401", 98_000)).stop == "AMOUNT_FITS_ANOTHER"


@pytest.mark.parametrize("text", ["all open except RE-2026-004712", "alle ausser RE-2026-004712"])
def test_all_but_a_document_named_as_not_paid_is_the_rest_of_the_balance(text: str) -> None:
    entries = (
        an_entry("RE-2026-004711", 10_417),
        an_entry("RE-2026-004712", 66_123),
        an_entry("RE-2026-004713", 5_390),
    )
    matcher = a_matcher(*entries, policy=POLICY, accounts={"DE1": "acme"})
    finding = matcher.find(a_payment(text, 15_807, account="DE1"))
    assert paid_by(finding, matcher) == [("RE-2026-004711", 10_417), ("RE-2026-004713", 5_390)]
    assert not matcher.find(a_payment(text, 66_123, account="DE1")).is_certain


def test_what_a_text_says_is_kept_back_from_one_of_its_documents_is_a_deduction_of_that_one() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 80_000), an_entry("RE-2026-004712", 50_500), policy=POLICY)
    finding = matcher.find(a_payment("RE-2026-004711 RE-2026-004712 less 50.00 on RE-2026-004712", 125_500))
    assert finding.best is not None
    assert {(matcher.book.numbers.printed[part.document], part.applied, part.kind) for part in finding.best.parts} == {
        ("RE-2026-004711", 80_000, None), ("RE-2026-004712", 45_500, "deduction"),
    }  # fmt: skip


def test_money_is_not_taken_as_paid_beyond_where_the_text_says_that_less_was_paid() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 80_000), policy=POLICY)
    finding = matcher.find(a_payment("16253,17491 less 50.00 on RE-2026-004711", 125_500))
    assert not finding.is_certain


def test_two_words_mean_what_neither_says_alone() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711"), policy=POLICY, accounts={"DE1": "acme"})
    assert matcher.find(a_payment("payment on account", account="DE1")).stop == "ADVANCE_PAYMENT"


def test_nearly_half_is_a_half_and_a_difference_and_waits() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 234_350), policy=POLICY)
    assert not matcher.find(a_payment("RE-2026-004711", 117_275)).is_certain
    assert matcher.find(a_payment("RE-2026-004711", 117_175)).is_certain
    assert matcher.find(a_payment("RE-2026-004711 Teilzahlung", 117_275)).is_certain


def test_a_small_round_document_nobody_named_is_no_reason_for_paying_more_than_named() -> None:
    matcher = a_matcher(
        an_entry("RE-2026-004711", 338_358), an_entry("RE-2025-000911", 5_000), policy=POLICY, accounts={"DE1": "acme"}
    )
    assert not matcher.find(a_payment("Rechnung RE-2026-004711", 343_358, account="DE1")).is_certain


def test_an_amount_is_not_taken_for_another_document_than_the_one_nearly_named() -> None:
    matcher = a_matcher(
        an_entry("900137399", 64_511), an_entry("900141615", 32_255), policy=POLICY, accounts={"DE1": "acme"}
    )
    assert matcher.find(a_payment("ft n. 41615", 64_511, account="DE1")).stop == "AMOUNT_FITS_ANOTHER"


def test_an_invoice_and_its_credit_memo_of_one_order_do_not_make_a_second_invoice_paid() -> None:
    matcher = a_matcher(
        an_entry("RE-2026-004711", 80_017, purchase_order="869390"),
        an_entry("RE-2026-004712", 80_017, purchase_order="869390"),
        an_entry("GU-2026-000017", -80_017, purchase_order="869390"),
        policy=POLICY, accounts={"DE1": "acme"},
    )  # fmt: skip
    assert not matcher.find(a_payment("PO 869390", 80_017, account="DE1")).is_certain


def test_a_document_that_a_waiting_receipt_may_have_paid_in_part_waits_too() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 234_350), policy=MatchPolicy(default_threshold=None))
    settle(matcher, a_payment("RE-2026-004711", 100_000, key="r1"))
    matcher.policy = POLICY
    matcher._policies.clear()
    (later,) = settle(matcher, a_payment("RE-2026-004711", 60_000, key="r2", day=DAY + 1))
    assert later.stop in ("RECEIPTS_COMPETE", "AMOUNT_FITS_ANOTHER")
    assert not later.is_certain


def test_confirmations_by_name_count_though_the_account_is_new() -> None:
    payers = a_matcher().memory.payers
    for account in ("DE1", "DE2"):
        payers.learn("acme", account, "Rhein Service", DAY)
    assert payers.confirmed("acme", ALIAS, "DE3", "Rhein Service") == 2
    assert payers.confirmed("acme", LEARNED_ACCOUNT, "DE1", "Rhein Service") == 1


def test_a_number_that_is_a_paid_document_of_somebody_else_is_a_slip() -> None:
    matcher = a_matcher(
        an_entry("202502137", 84_365), an_entry("202508888", 11_111, customer="other", open_minor=0),
        policy=POLICY, accounts={"DE1": "acme"},
    )  # fmt: skip
    assert matcher.find(a_payment("factuurnr. 202508888", 84_365, account="DE1")).is_certain


def test_a_paid_document_of_the_payer_just_as_large_is_a_second_payment() -> None:
    matcher = a_matcher(
        an_entry("202502137", 84_365), an_entry("202502131", 84_365, open_minor=0), accounts={"DE1": "acme"}
    )
    finding = matcher.find(a_payment("factuurnr. 202502131", 84_365, account="DE1"))
    assert finding.stop in ("DOCUMENT_CLOSED", "POSSIBLE_DUPLICATE")


def test_the_end_of_a_text_is_read_as_a_beginning_only_where_it_can_be_one() -> None:
    assert list(Text("RE-1 23.40").ends()) == []
    assert list(Text("Rechnung 2026, 20").ends())[:1] == ["20"]
    assert {"2", "12"}.isdisjoint(Text("acconto 1/2").ends())


def test_amounts_written_after_numbers_are_read_as_the_lines_of_an_advice() -> None:
    matcher = a_matcher(
        an_entry("4013077", 1_752_427), an_entry("4013468", 500_000), an_entry("GU-77123", -10_000), policy=POLICY
    )
    finding = matcher.find(a_payment("4013077 17,524.27 4013468 2,864.69 GU-77123 -100.00", 2_028_896))
    assert finding.best is not None
    assert finding.best.rule == "listed_amounts"
    assert {(matcher.book.numbers.printed[part.document], part.applied) for part in finding.best.parts} == {
        ("4013077", 1_752_427), ("4013468", 286_469), ("GU-77123", -10_000),
    }  # fmt: skip


def test_part_of_a_document_is_not_paid_by_one_whose_name_is_that_of_another_customer() -> None:
    matcher = a_matcher(an_entry("SIN0048325", 393_252, customer="other"), policy=POLICY)
    assert not matcher.find(a_payment("48325 Teilzahlung", 117_800, name="Acme GmbH")).is_certain


def test_an_amount_kept_back_belongs_to_the_number_that_a_word_links_it_to() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 83_417), an_entry("RE-2026-004712", 51_923), policy=POLICY)
    finding = matcher.find(a_payment("RE-2026-004711 less 50.00, RE-2026-004712", 130_340))
    assert finding.best is not None
    assert {(matcher.book.numbers.printed[part.document], part.applied) for part in finding.best.parts} == {
        ("RE-2026-004711", 78_417), ("RE-2026-004712", 51_923),
    }  # fmt: skip


def test_an_exception_after_what_is_paid_says_something_else() -> None:
    matcher = a_matcher(an_entry("2604711", 20_011), an_entry("2604713", 20_011), policy=POLICY)
    finding = matcher.find(a_payment("2604711 except bank holidays 2604711", 20_011))
    assert finding.best is None or matcher.book.numbers.printed[finding.best.documents[0]] == "2604711"


def test_money_of_just_the_amount_that_is_said_not_to_be_paid_waits() -> None:
    matcher = a_matcher(
        an_entry("2604711", 20_011), an_entry("2604713", 20_011), policy=POLICY, accounts={"DE1": "acme"}
    )
    assert matcher.find(a_payment("alle ausser 2604711", 20_011, account="DE1")).stop == "REFERENCE_TOO_WEAK"


def test_a_range_that_is_excepted_is_excepted_as_a_whole() -> None:
    entries = [an_entry(f"26047{at}", 10_000 + at * at * 7) for at in (11, 12, 13, 14, 15)]
    matcher = a_matcher(*entries, policy=POLICY, accounts={"DE1": "acme"})
    inside = matcher.book.open[1]
    assert not matcher.find(a_payment("alle ausser 2604711 - 2604714", inside, account="DE1")).is_certain


def test_a_paid_document_on_a_list_is_not_paid_again_through_another_of_its_amount() -> None:
    matcher = a_matcher(
        an_entry("4017547", 100_017), an_entry("4018001", 50_031, open_minor=0), an_entry("4019333", 50_031),
        policy=POLICY, accounts={"DE1": "acme"},
    )  # fmt: skip
    assert not matcher.find(a_payment("4017547 4018001", 150_048, account="DE1")).is_certain


@pytest.mark.parametrize("text", ["MUS-2026-00041, MUS-2026-00999", "MUS-2026-00999 MUS-2026-00041"])
def test_a_number_in_groups_like_those_chosen_keeps_a_difference_from_being_taken(text: str) -> None:
    matcher = a_matcher(an_entry("MUS-2026-00041", 100_000), policy=POLICY, accounts={"DE1": "acme"})
    assert matcher.find(a_payment(text, 50_000, account="DE1")).stop == "AMOUNT_FITS_ANOTHER"


@pytest.mark.parametrize("end", ["RE-2026-0047", "RE-2026-00", "20260047", "2026-00"])
def test_a_number_in_groups_that_is_cut_off_keeps_a_discount_from_being_taken(end: str) -> None:
    assert a_matcher(INVOICE, policy=POLICY).find(a_payment(f"RE-2026-004711 {end}", 98_000)).stop is not None


def test_an_end_to_end_id_that_repeats_the_list_does_not_hide_what_is_unread() -> None:
    entries = (an_entry("4017547", 83_417), an_entry("4017999", 51_923))
    matcher = a_matcher(*entries, policy=POLICY, accounts={"DE1": "acme"})
    payment = a_payment("4017547 4017001", 135_340, account="DE1", end_to_end_id="4017547-4017001")
    assert not matcher.find(payment).is_certain


@pytest.mark.parametrize("text", ["/REMI/USTD//RE-2026-004711/", "RE-2026-004711 Teil I"])
def test_a_closing_tag_or_a_single_letter_is_no_list_that_goes_on(text: str) -> None:
    assert a_matcher(INVOICE, policy=POLICY).find(a_payment(text, 98_000)).stop is None


def test_a_list_that_goes_on_keeps_a_discount_from_being_taken() -> None:
    matcher = a_matcher(INVOICE, policy=POLICY)
    for text in ("RE-2026-004711,", "RE-2026-004711 und", "RE-2026-004711 + 4"):
        assert matcher.find(a_payment(text, 98_000)).stop == "AMOUNT_FITS_ANOTHER"


def test_the_only_invoice_of_a_known_payer_takes_no_credit_memo_of_another_customer() -> None:
    matcher = a_matcher(
        an_entry("RE-2026-004711", 80_017), an_entry("GU-2026-000017", -10_003, customer="other"),
        policy=POLICY, accounts={"DE1": "acme"},
    )  # fmt: skip
    finding = matcher.find(a_payment("RE-2026-004711 GU-2026-000017", 70_014, account="DE1"))
    assert finding.stop == "PAYER_CONTRADICTS"


def test_an_amount_kept_back_is_read_in_the_units_of_the_currency() -> None:
    policy = MatchPolicy(default_threshold=0.95, hint_words=WORDS).in_minor_units(0)
    assert in_units(5_000, 0) == 50
    assert in_units(5_000, 3) == 50_000
    assert policy.digits == 0
