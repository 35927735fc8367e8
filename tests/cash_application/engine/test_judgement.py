"""What the matcher applies by itself, and what it leaves to a person."""

from __future__ import annotations

from decimal import Decimal

from assets.cash_application.engine.matching import MatchPolicy
from assets.cash_application.engine.nouns import Line
from assets.cash_application.engine.rounds import settle_day
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
