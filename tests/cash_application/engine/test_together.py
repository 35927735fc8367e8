"""Two receipts without any reference that pay one document together: proposed with what explains it, never applied."""

from __future__ import annotations

from assets.cash_application.engine.matching import Matcher
from assets.cash_application.engine.nouns import Finding, Payment
from assets.cash_application.engine.rounds import settle_day
from assets.cash_application.engine.together import Lately
from tests.cash_application.engine.worlds import DAY, a_matcher, a_payment, an_entry, paid_by

OWED = (an_entry("RE-1000", 100_037), an_entry("RE-2000", 55_501), an_entry("RE-3000", 903_011, customer="other"))


def part(amount: int, key: str, *, day: int = DAY, account: str = "DE1", text: str = "danke") -> Payment:
    return a_payment(text, amount, key=key, day=day, account=account)


def settled(*payments: Payment, matcher: Matcher) -> dict[str, Finding]:
    """Return what became of payments, day by day."""
    lately, found = Lately(), {}
    for day in sorted({payment.day for payment in payments}):
        of_day = [payment for payment in payments if payment.day == day]
        findings = settle_day(
            of_day, matcher.book, matcher.memory, lambda waiting: [matcher.find(one) for one in waiting]
        )
        lately.propose(findings, matcher, day)
        found |= {finding.payment.receipt_id: finding for finding in findings}
    return found


def known() -> Matcher:
    return a_matcher(*OWED, accounts={"DE1": "acme", "DE2": "other"})


def test_two_receipts_of_a_day_that_add_up_to_one_invoice_are_proposed_with_each_other() -> None:
    matcher = known()
    found = settled(part(60_000, "r1"), part(40_037, "r2"), matcher=matcher)
    assert [paid_by(found[key], matcher) for key in ("r1", "r2")] == [[("RE-1000", 60_000)], [("RE-1000", 40_037)]]
    for key, other in (("r1", "r2"), ("r2", "r1")):
        [candidate] = found[key].ranked
        assert (candidate.rule, candidate.stop, found[key].is_certain) == ("several_payments", "RECEIPTS_ADD_UP", False)
        assert [reason.detail for reason in candidate.reasons if reason.evidence == "adds_up_with"] == [other]
        assert candidate.confidence > 0.5
        assert candidate.parts[0].kind == "instalment"


def test_the_later_of_two_receipts_names_the_earlier_which_stays_as_it_was_decided() -> None:
    matcher = known()
    found = settled(part(60_000, "r1"), part(40_037, "r2", day=DAY + 9), matcher=matcher)
    assert not found["r1"].ranked
    assert paid_by(found["r2"], matcher) == [("RE-1000", 40_037)]


def test_receipts_too_far_apart_or_of_two_payers_or_before_the_invoice_are_not_added_up() -> None:
    matcher = known()
    assert not settled(part(60_000, "r1"), part(40_037, "r2", day=DAY + 11), matcher=matcher)["r2"].ranked
    matcher = known()
    assert not settled(part(60_000, "r1"), part(40_037, "r2", account="DE2"), matcher=matcher)["r2"].ranked
    matcher = a_matcher(an_entry("RE-1000", 100_037, issued=DAY + 1), accounts={"DE1": "acme"})
    assert not settled(part(60_000, "r1"), part(40_037, "r2", day=DAY + 2), matcher=matcher)["r2"].ranked


def test_receipts_that_add_up_in_more_than_one_way_are_left_to_a_person() -> None:
    matcher = a_matcher(an_entry("RE-1000", 100_037), an_entry("RE-2000", 100_037), accounts={"DE1": "acme"})
    found = settled(part(60_000, "r1"), part(40_037, "r2"), matcher=matcher)
    assert not found["r1"].ranked
    matcher = known()
    found = settled(part(60_000, "r1"), part(40_037, "r2"), part(40_037, "r3", text="merci"), matcher=matcher)
    assert not any(finding.ranked for finding in found.values())


def test_a_receipt_that_something_else_explains_is_added_to_no_other() -> None:
    matcher = known()
    found = settled(part(55_501, "r1"), part(44_536, "r2"), matcher=matcher)
    assert found["r1"].ranked[0].rule == "payer_and_amount"
    assert not found["r2"].ranked


def test_the_order_of_receipts_changes_nothing() -> None:
    payments = [part(60_000, "r1"), part(40_037, "r2"), part(7_111, "r3")]
    one, other = known(), known()
    first, second = settled(*payments, matcher=one), settled(*payments[::-1], matcher=other)
    assert {key: (finding.ranked, finding.stop) for key, finding in first.items()} == {
        key: (finding.ranked, finding.stop) for key, finding in second.items()
    }


def test_two_receipts_proposed_together_hold_their_document_for_money_that_does_not_name_it() -> None:
    matcher = known()
    settled(part(60_000, "r1"), part(40_037, "r2"), matcher=matcher)
    later = settled(part(100_037, "r3", day=DAY + 1, account="DE9"), matcher=matcher)["r3"]
    assert (paid_by(later, matcher), later.stop) == ([("RE-1000", 100_037)], "RECEIPTS_COMPETE")


def test_money_that_names_and_pays_the_whole_waited_for_two_receipts_that_only_add_up_to_it() -> None:
    matcher = known()
    settled(part(60_000, "r1"), part(40_037, "r2"), matcher=matcher)
    whole = part(100_037, "r3", day=DAY + 1, account="DE9", text="RE-1000")
    assert settled(whole, matcher=matcher)["r3"].is_certain


def test_the_second_of_two_receipts_proposed_together_was_scored_as_a_rival_of_the_first() -> None:
    found = settled(part(60_000, "r1"), part(40_037, "r2"), matcher=known())
    for finding in found.values():
        assert "claimed_by_another_receipt" not in {reason.evidence for reason in finding.ranked[0].reasons}
