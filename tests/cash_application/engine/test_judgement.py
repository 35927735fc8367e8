"""What the matcher applies by itself, and what it leaves to a person."""

from __future__ import annotations

from decimal import Decimal

from assets.cash_application.engine.besides import named_once
from assets.cash_application.engine.book import Book
from assets.cash_application.engine.matching import MatchPolicy
from assets.cash_application.engine.nouns import Candidate, Line, Part
from assets.cash_application.engine.numbers import Mark
from assets.cash_application.engine.rounds import settle_day
from assets.cash_application.engine.scene import read_scene
from assets.ledger.money import minor_digits
from tests.cash_application.engine.worlds import DAY, a_matcher, a_payment, an_entry, paid_by


def settle(matcher, *payments):
    """Return the findings of one day."""
    return settle_day(payments, matcher.book, matcher.memory, lambda day: [matcher.find(one) for one in day])


def test_a_batch_without_reference_is_found_by_its_only_sum() -> None:
    amounts = (104_417, 220_953, 89_181, 431_207, 50_377)
    matcher = a_matcher(*(an_entry(f"RE-{at}", amount) for at, amount in enumerate(amounts)), accounts={"DE1": "acme"})
    finding = matcher.find(a_payment("danke", 104_417 + 89_181 + 50_377, account="DE1"))
    assert paid_by(finding, matcher) == [("RE-0", 104_417), ("RE-2", 89_181), ("RE-4", 50_377)]


def test_two_equal_documents_are_a_tie_and_never_applied() -> None:
    matcher = a_matcher(an_entry("A-100001"), an_entry("A-200002"), accounts={"DE1": "acme"})
    finding = matcher.find(a_payment("Zahlung", account="DE1"))
    assert not finding.is_certain
    assert len(finding.ranked) == 2


def test_the_second_payment_of_an_invoice_is_left_alone() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711"), an_entry("RE-2026-004799", 55_555))
    (first,) = settle(matcher, a_payment("RE-2026-004711", key="r1", day=DAY))
    (again,) = settle(matcher, a_payment("RE-2026-004711", key="r2", day=DAY + 6))
    assert first.is_certain
    assert not again.is_certain


def test_two_receipts_of_a_day_for_one_invoice_are_not_served_first_come() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711"))
    findings = settle(
        matcher, a_payment("RE-2026-004711", key="r1"), a_payment("2026004711 bitte", key="r2", name="Acme AG")
    )
    assert [finding.is_certain for finding in findings] == [False, False]
    assert {finding.stop for finding in findings} == {"RECEIPTS_COMPETE"}


def test_an_advance_payment_waits_even_where_an_amount_fits() -> None:
    policy = MatchPolicy(default_threshold=0.9, hint_words={"VORKASSE": "advance"})
    matcher = a_matcher(an_entry("RE-2026-004711"), policy=policy, accounts={"DE1": "acme"})
    finding = matcher.find(a_payment("Vorkasse Auftrag", account="DE1"))
    assert finding.stop == "ADVANCE_PAYMENT"


def test_a_cash_discount_in_time_clears_the_document() -> None:
    entry = an_entry("RE-2026-004711", 100_000, discount=2_000, discount_until=DAY + 1)
    matcher = a_matcher(entry)
    (finding,) = settle(matcher, a_payment("RE-2026-004711", 98_000))
    (part,) = finding.best.parts
    assert (part.applied, part.difference, part.kind) == (98_000, 2_000, "cash_discount")
    assert matcher.book.open[0] == 0


def test_a_short_payment_leaves_its_rest_open() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 100_003))
    (finding,) = settle(matcher, a_payment("RE-2026-004711", 91_244))
    assert finding.is_certain
    assert matcher.book.open[0] == 100_003 - 91_244


def test_remittance_lines_settle_documents_and_credit_memos_together() -> None:
    matcher = a_matcher(an_entry("RE-1000001", 80_000), an_entry("RE-1000002", 50_500), an_entry("GU-900001", -10_250))
    lines = (Line("RE1000001", 80_000, None), Line("1000002", 50_500, None), Line("GU-900001", -10_250, None))
    finding = matcher.find(a_payment("siehe Avis", 120_250, lines=lines))
    assert finding.is_certain
    assert paid_by(finding, matcher) == [("GU-900001", -10_250), ("RE-1000001", 80_000), ("RE-1000002", 50_500)]


def test_what_a_person_refused_is_not_applied_to_the_same_payer_again() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711"), accounts={"DE1": "acme"})
    payment = a_payment("danke", account="DE1")
    before = matcher.find(payment).best.score
    matcher.memory.refuse("DE1", "ACME GmbH", "RE-2026-004711", DAY)
    assert matcher.find(payment).best.score < before


def test_confirmations_make_an_unknown_account_known_and_an_undo_takes_that_back() -> None:
    policy = MatchPolicy(thresholds={"payer_and_amount/unnamed/identified/exact": Decimal("0.9")})
    matcher = a_matcher(an_entry("RE-2026-004711"), policy=policy)
    payment = a_payment("danke", name="Factor Bank", account="DE77")
    assert not matcher.find(payment).is_certain
    for count in (1, 1, 1):
        matcher.memory.payers.learn("acme", "DE77", "Factor Bank", DAY - 10, count)
    assert matcher.find(payment).is_certain
    matcher.memory.payers.learn("acme", "DE77", "Factor Bank", DAY - 10, -3)
    assert not matcher.find(payment).is_certain


def test_two_receipts_of_one_amount_that_name_one_document_wait_for_a_person() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711"), an_entry("RE-2026-004790", 55_555))
    (first,) = settle(matcher, a_payment("RE-2026-004711 Vorkasse?", key="r1", name="Somebody", day=DAY - 400))
    matcher.book.awaited[0, 123_456] = "r1"
    (again,) = settle(matcher, a_payment("RE-2026-004711", 123_456, key="r2", name="Acme AG"))
    assert first.payment.receipt_id == "r1"
    assert again.stop == "POSSIBLE_DUPLICATE"


def test_an_instalment_is_not_taken_where_the_text_goes_on_with_a_number_nobody_knows() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 100_003))
    assert matcher.find(a_payment("RE-2026-004711", 91_244)).is_certain
    finding = matcher.find(a_payment("RE-2026-004711, 2026094712", 91_244))
    assert finding.stop == "AMOUNT_FITS_ANOTHER"


def test_an_excess_is_not_put_on_account_where_the_text_breaks_off_in_a_list() -> None:
    matcher = a_matcher(an_entry("KB/12459", 100_003))
    assert matcher.find(a_payment("REF KB/12459", 102_003)).is_certain
    finding = matcher.find(a_payment("REF KB 12459, KB/1", 102_003))
    assert finding.stop == "AMOUNT_FITS_ANOTHER"


def test_a_short_payment_waits_where_its_amount_is_open_on_another_document_of_the_payer() -> None:
    matcher = a_matcher(an_entry("1239386-IN", 58_591), an_entry("1200001-IN", 20_011))
    finding = matcher.find(a_payment("1239386-IN", 20_011))
    assert not finding.is_certain


def test_two_equal_documents_may_be_one_paid_twice() -> None:
    matcher = a_matcher(an_entry("RE-1000001", 79_478), an_entry("RE-2000002", 79_478), accounts={"DE1": "acme"})
    finding = matcher.find(a_payment("", 2 * 79_478, account="DE1"))
    assert finding.stop == "SEVERAL_SOLUTIONS"


def test_numbers_cut_by_the_fields_of_an_mt940_statement_are_read() -> None:
    matcher = a_matcher(an_entry("9004250257", 60_244), an_entry("9004250259", 80_913))
    text = "166?00GUTSCHR. UEBERWEISUNG?109310?20SVWZ+Re-Nr. 9004250257, 900?214250259?30COBADEFF?32ACME GMBH"
    finding = matcher.find(a_payment(text, 60_244 + 80_913))
    assert paid_by(finding, matcher) == [("9004250257", 60_244), ("9004250259", 80_913)]
    assert finding.is_certain


def test_receipts_of_a_day_of_one_amount_compete_though_only_one_gives_the_number_undamaged() -> None:
    def book():
        return a_matcher(an_entry("RE-2026-004711"), an_entry("RE-2026-009315", 123_456, customer="other"))

    damaged = a_payment("RE-2026-004771", key="r1", name="Somebody")
    (alone,) = settle(book(), a_payment("RE-2026-004711", key="r2"))
    assert alone.is_certain
    first, second = settle(book(), damaged, a_payment("RE-2026-004711", key="r2"))
    assert not first.is_certain
    assert second.stop == "RECEIPTS_COMPETE"


def test_a_receipt_is_looked_at_again_when_its_amount_became_what_is_left_of_a_document() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 100_003), accounts={"DE1": "acme"})
    findings = settle(
        matcher, a_payment("RE-2026-004711 Teil", 20_000, key="r1"), a_payment("danke", 80_003, key="r2", account="DE1")
    )
    assert [finding.is_certain for finding in findings] == [True, True]
    assert matcher.book.open[0] == 0


def test_who_pays_the_whole_of_what_an_undecided_receipt_pays_in_part_waits() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 100_003), an_entry("RE-2026-004799", 50_002))
    (part,) = settle(matcher, a_payment("RE-2026-004711 Teilzahlung", 50_002, key="r1"))
    assert not part.is_certain
    (whole,) = settle(matcher, a_payment("RE-2026-004711", 100_003, key="r2", day=DAY + 1, name="Acme AG"))
    assert whole.stop == "POSSIBLE_DUPLICATE"


def test_who_paid_the_whole_on_the_same_day_as_an_undecided_part_was_applied() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 100_003), an_entry("RE-2026-004799", 50_002))
    part = a_payment("RE-2026-004711 Teilzahlung", 50_002, key="r1")
    _, whole = settle(matcher, part, a_payment("RE-2026-004711", 100_003, key="r2", name="Acme AG"))
    assert whole.stop == "RECEIPTS_COMPETE"


MANY = [an_entry(f"5{at:06}", 100_003 + 7_919 * at) for at in range(200)]


def test_one_number_in_a_text_names_one_of_two_documents_that_are_like_it() -> None:
    entries = an_entry("RE-2024-056649", 315_361), an_entry("RE-2024-056843", 210_240)
    matcher = a_matcher(*entries)
    payment = a_payment("2024056643", 525_601)
    scene = read_scene(payment, matcher.book, matcher.memory, matcher.policy)
    scene.marks |= {document: Mark("slip", 4.5 - document, "2024056643") for document in (0, 1)}
    best = Candidate("listed_and_rest", (Part(0, 315_361), Part(1, 210_240)), 0.0, ())
    assert named_once(best, scene) == {0}


def test_documents_of_one_order_that_no_text_names_may_be_others_of_their_amounts() -> None:
    entries = (
        an_entry("4016074", 1_121_900, purchase_order="2026-0905"),
        an_entry("4016075", 26_100, purchase_order="2026-0905"),
    )
    other = an_entry("4016194", 1_121_900)
    for text in ("16075", ""):
        paid = a_payment(text, 1_148_000, account="DE1")
        known = {"DE1": "acme"}
        assert a_matcher(*entries, *MANY, accounts=known).find(paid).is_certain, text
        assert a_matcher(*entries, other, *MANY, accounts=known).find(paid).stop == "SEVERAL_SOLUTIONS", text


def test_twice_the_amount_of_two_documents_known_by_their_order_alone_may_be_one_paid_twice() -> None:
    entries = [an_entry(f"RE-{at}", 273_938, purchase_order="4506320838") for at in (10_001, 20_002)]
    finding = a_matcher(*entries).find(a_payment("Best.Nr. 4506320838", 2 * 273_938))
    assert finding.stop == "SEVERAL_SOLUTIONS"


def test_what_is_kept_back_after_a_list_of_numbers_is_put_on_none_of_them() -> None:
    policy = MatchPolicy(default_threshold=0.5, hint_words={"LESS": "deduction"})
    matcher = a_matcher(an_entry("INV0570054", 560_763), an_entry("INV0570114", 236_271), policy=policy)
    whole = 560_763 + 236_271
    assert stated(matcher, "INV0570054 LESS 71.59, INV0570114", whole - 7_159) == {0: 7_159}
    assert stated(matcher, "INV0570054, INV0570114 LESS 71.59 ON\n INV0570054", whole - 7_159) == {0: 7_159}
    assert stated(matcher, "INV0570054, INV0570114 LESS 71.59", whole - 7_159) == {}
    assert stated(matcher, "INV0570054, INV0570114 LESS 71.59 ON I", whole - 7_159) == {}


def test_what_is_kept_back_after_a_number_and_its_order_was_taken_for_a_bank_fee() -> None:
    policy = MatchPolicy(default_threshold=0.5, hint_words={"LESS": "deduction"})
    matcher = a_matcher(an_entry("RE-2026-004711", 100_000, purchase_order="PO-4500017"), policy=policy)
    finding = matcher.find(a_payment("PO-4500017 RE-2026-004711 LESS 50.00", 95_000))
    assert [part.kind for part in finding.ranked[0].parts] == ["deduction"]


def stated(matcher, text: str, amount: int) -> dict[int, int]:
    """Return what a text says is kept back, by document."""
    payment = a_payment(text, amount)
    return read_scene(payment, matcher.book, matcher.memory, matcher.policy_of(0)).withheld


def test_a_credit_memo_is_not_added_where_the_payer_says_that_something_is_kept_back() -> None:
    policy = MatchPolicy(default_threshold=0.5, hint_words={"DAMAGED": "deduction"})
    entries = an_entry("INV0564856", 264_834), an_entry("INV0564924", 42_320), an_entry("CM033945", -2_116)
    amount = 264_834 + 42_320 - 2_116
    text = "INV0564856, INV0564924"
    assert a_matcher(*entries, policy=policy).find(a_payment(text, amount)).is_certain
    assert not a_matcher(*entries, policy=policy).find(a_payment(f"{text} DAMAGED GOODS 21.16", amount)).is_certain


def test_an_instalment_is_not_taken_where_the_text_says_how_the_money_is_shared() -> None:
    matcher = a_matcher(an_entry("000269996", 1_598_600), an_entry("000270244/01", 36_992))
    assert matcher.find(a_payment("000269996 Teil", 545_592)).is_certain
    assert not matcher.find(a_payment("DUPL 269996 5.086,00 / 0244 369,92", 545_592)).is_certain


def test_an_instalment_a_little_beyond_a_half_is_taken_where_the_payer_states_it() -> None:
    matcher = a_matcher(an_entry("SIN0049075", 74_791), an_entry("SIN0048379", 212_901))
    finding = matcher.find(a_payment("SIN0049075 747.91 SIN0048379 1.064,93", 74_791 + 106_493))
    assert finding.is_certain
    assert paid_by(finding, matcher) == [("SIN0048379", 106_493), ("SIN0049075", 74_791)]
    assert not matcher.find(a_payment("SIN0048379", 106_493)).is_certain


def test_a_small_part_is_taken_where_it_is_round_or_stated_and_no_other_small_part() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 158_436))
    assert matcher.find(a_payment("RE-2026-004711", 10_000)).is_certain
    assert matcher.find(a_payment("", 10_007, lines=(Line("RE-2026-004711", 10_007, None),))).is_certain
    assert matcher.find(a_payment("RE-2026-004711", 10_007)).stop == "AMOUNT_FITS_ANOTHER"


def test_exactly_twice_what_is_open_pays_a_document_named_in_full_twice_unless_another_is_as_large() -> None:
    entry = an_entry("RE-2026-004711", 159_571)
    twice = a_payment("RE-2026-004711", 2 * 159_571)
    matcher = a_matcher(entry)
    finding = matcher.find(twice)
    assert finding.is_certain
    assert paid_by(finding, matcher) == [("RE-2026-004711", 159_571)]
    assert a_matcher(entry).find(a_payment("RE-2026-004711", 2 * 159_571 + 77)).stop == "AMOUNT_FITS_ANOTHER"
    assert not a_matcher(entry, an_entry("RE-2026-005820", 159_571)).find(twice).is_certain


def test_the_plus_signs_that_end_a_belgian_reference_are_no_list_that_goes_on() -> None:
    matcher = a_matcher(an_entry("000250324967", 138_142))
    assert matcher.find(a_payment("+++000/2503/24967+++", 138_142 - 500)).is_certain
    assert not matcher.find(a_payment("000/2503/24967 +", 138_142 - 500)).is_certain


def test_no_document_is_added_while_one_named_in_full_is_left_out() -> None:
    amounts = {"SI26-12687": 931_800, "SI26-12959": 837_600, "SI26-13064": 84_980, "SI26-15265": 418_801}
    entries = [an_entry(number, amount) for number, amount in amounts.items()]
    paid = 931_800 + 84_980 + 418_801
    finding = a_matcher(*entries).find(a_payment("SI26-12687, SI26-12959, SI26-13064", paid))
    assert not finding.is_certain


def test_what_is_round_is_counted_alike_in_yen_euros_and_dinars() -> None:
    for currency, unit in (("JPY", 1), ("EUR", 1), ("KWD", 10)):
        policy = MatchPolicy().in_minor_units(minor_digits(currency))
        assert policy.differences.hundredth == unit, currency
        book = Book()
        ledger = book.ledger_of("E1", currency)
        assert book.density(ledger, 500_000 * unit, 1) < book.density(ledger, 500_001 * unit, 1), currency
    kuwaiti = Book()
    ledger = kuwaiti.ledger_of("E1", "KWD")
    assert abs(kuwaiti.density(ledger, 5_000_100, 1) - kuwaiti.density(ledger, 5_000_101, 1)) < 1e-6


def test_a_difference_waits_where_the_text_gives_another_number_with_the_same_letters() -> None:
    matcher = a_matcher(
        an_entry("FV/0451/09/2024", 165_704), an_entry("FA-0932", 336_526, purchase_order="P5847367-01")
    )
    assert matcher.find(a_payment("FV/0451/09/2024", 160_342)).is_certain
    assert matcher.find(a_payment("FV/0451/09/2024, FV/534/8/2024", 160_342)).stop == "AMOUNT_FITS_ANOTHER"
    assert matcher.find(a_payment("P5847367-01", 336_526 + 9_000)).is_certain
    assert matcher.find(a_payment("Ordine P5847367-01", 336_526 - 9_000)).is_certain
    assert matcher.find(a_payment("P669481-09 - P5847.367-01", 336_526 + 9_000)).stop == "AMOUNT_FITS_ANOTHER"


def test_no_document_is_added_while_the_only_one_of_an_order_in_the_text_is_left_out() -> None:
    entries = [
        an_entry("RE-2024-059911", 524_255), an_entry("RE-2024-059923", 126_509), an_entry("RE-2024-058863", 252_910),
        an_entry("RE-2024-059715", 502_427, purchase_order="PO-30304"),
    ]  # fmt: skip
    paid = 524_255 + 126_509 + 252_910
    assert a_matcher(*entries[:3]).find(a_payment("PO-30304, RE-2024-059911, RE-2024-059923", paid)).best
    assert not a_matcher(*entries).find(a_payment("PO-30304, RE-2024-059911, RE-2024-059923", paid)).is_certain


def test_exactly_a_tenth_or_as_much_again_beside_what_is_named_may_be_paid_beyond_it() -> None:
    for beside, is_certain in ((145_095, False), (1_450_950, False), (145_097, True)):
        parts = [beside - 40_007, 40_007] if beside > 1_000_000 else [beside]
        entries = [an_entry(f"RE-{at}0444{at}", amount) for at, amount in enumerate(parts, start=1)]
        matcher = a_matcher(an_entry("4015989", 1_450_950), *entries, accounts={"DE1": "acme"})
        finding = matcher.find(a_payment("4015989", 1_450_950 + beside, account="DE1"))
        assert finding.is_certain is is_certain, beside
