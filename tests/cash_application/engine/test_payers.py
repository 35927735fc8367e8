"""Who a payment is taken to come from: accounts on file, agents, tax ids as written, and what was learned."""

from __future__ import annotations

from datetime import date

import pytest

from assets.cash_application.engine.matching import MatchPolicy
from assets.cash_application.engine.nouns import Finding, Payment
from assets.cash_application.engine.rounds import lessons_of, settle_day
from tests.cash_application.engine.worlds import DAY, a_matcher, a_payment, an_entry, paid_by


def test_a_name_does_not_stand_against_an_account_on_file_for_another() -> None:
    matcher = a_matcher(an_entry("RE-1000"), accounts={"DE1": "other"})
    by_name = matcher.find(a_payment("danke", account="DE1"))
    assert paid_by(by_name, matcher) == [("RE-1000", 123_456)]
    assert by_name.stop == "PAYER_CONTRADICTS"
    assert matcher.find(a_payment("danke")).is_certain


def test_a_number_in_full_stands_against_an_account_on_file_for_another() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711"), accounts={"DE1": "other"})
    assert matcher.find(a_payment("RE-2026-004711", account="DE1")).is_certain


def test_an_agent_identified_the_customers_it_pays_for() -> None:
    matcher = a_matcher(an_entry("RE-1000"))
    for customer in ("acme", "other", "third", "fourth"):
        matcher.memory.payers.add_customer(customer, matcher.memory.payers.names.get(customer, customer))
        matcher.memory.payers.add_account("DE1", customer)
    finding = matcher.find(a_payment("danke", account="DE1", name="Zahlstelle"))
    assert not finding.is_identified
    assert finding.best is None or "/identified/" not in finding.best.basis


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pagamento 12.345.678/0001-95", "PAGADOR"),
        ("pagamento", "PAGADOR 12345678000195"),
        ("pagamento", "PAGADOR 12.345.678/0001-95"),
        ("pagamento 12.345.678/0007-80", "PAGADOR"),  # another branch of the same company
    ],
)
def test_a_brazilian_tax_id_is_read_as_it_is_written(text: str, name: str) -> None:
    matcher = a_matcher(an_entry("RE-1000", customer="acme-br"))
    matcher.memory.payers.add_customer("acme-br", "Comercio Verde", None, "12345678000195")
    finding = matcher.find(a_payment(text, name=name))
    assert paid_by(finding, matcher) == [("RE-1000", 123_456)]
    assert finding.is_identified


def test_what_one_confirmation_taught_applied_cash_by_itself() -> None:
    policy = MatchPolicy(default_threshold=0.95, confirmations=2)
    matcher = a_matcher(an_entry("RE-1000"), an_entry("RE-2000", 77_777), policy=policy)
    payment = a_payment("danke", account="DE7", name="Unbekannt")
    matcher.memory.payers.learn("acme", "DE7", None, DAY - 20)
    assert matcher.find(payment).stop == "CONFIRMATIONS_MISSING"
    matcher.memory.payers.learn("acme", "DE7", None, DAY - 10)
    assert matcher.find(payment).is_certain
    matcher.memory.payers.learn("acme", "DE7", None, DAY - 10, -1)  # a person undid one
    assert matcher.find(payment).stop == "CONFIRMATIONS_MISSING"


def test_a_stranger_who_pays_part_of_an_invoice_was_taken_at_its_word() -> None:
    matcher = a_matcher(an_entry("RE-2026-004711", 100_000), policy=MatchPolicy(default_threshold=0.5))
    part = matcher.find(a_payment("RE-2026-004711", 60_000, name="Quite Another Ltd"))
    whole = matcher.find(a_payment("RE-2026-004711", 100_000, name="Quite Another Ltd"))
    assert part.stop == "PAYER_UNKNOWN"
    assert whole.is_certain


def test_a_list_with_numbers_that_name_nothing_was_filled_up_with_other_invoices() -> None:
    owed = [an_entry(f"RE-2026-00{at}", amount) for at, amount in ((4711, 10_457), (5822, 20_951), (6933, 31_007))]
    matcher = a_matcher(*owed, accounts={"DE1": "acme"}, policy=MatchPolicy(default_threshold=0.5))
    unread = matcher.find(a_payment("RE-2026-004711, 9004250182, 9004250830", 41_464, account="DE1"))
    read = matcher.find(a_payment("RE-2026-004711 and one more", 41_464, account="DE1"))
    assert unread.stop == "REFERENCE_TOO_WEAK"
    assert paid_by(read, matcher) == [("RE-2026-004711", 10_457), ("RE-2026-006933", 31_007)]
    assert read.is_certain


@pytest.mark.parametrize("learned", [date(1, 1, 1).toordinal(), DAY - 20])
def test_a_placeholder_date_in_the_history_stopped_the_whole_match(learned: int) -> None:
    matcher = a_matcher(an_entry("RE-1000"))
    matcher.memory.payers.learn("acme", "DE7", "Unbekannt", learned)
    assert matcher.find(a_payment("danke", account="DE7", name="Unbekannt")).best is not None
    assert matcher.find(a_payment("danke", account="DE7", name="Unbekannt", day=date(9999, 12, 31).toordinal())).best


def test_customers_an_account_paid_for_long_ago_made_it_an_agent_for_ever() -> None:
    matcher = a_matcher(an_entry("RE-1000"))
    payers = matcher.memory.payers
    for customer, years in (("x", 16), ("y", 15), ("acme", 0)):
        payers.add_customer(customer, payers.names.get(customer, customer))
        for _ in range(2):
            payers.learn(customer, "DE7", None, DAY - 30 - 365 * years)
    assert matcher.find(a_payment("danke", account="DE7")).is_identified


def test_who_has_paid_for_a_customer_before_is_no_stranger_the_next_day() -> None:
    owed = [an_entry("RE-2026-004711", 100_000), an_entry("RE-2026-005822", 60_000)]
    matcher = a_matcher(*owed, policy=MatchPolicy(default_threshold=0.5))

    def settled(payment: Payment) -> Finding:
        (found,) = settle_day([payment], matcher.book, matcher.memory, lambda day: [matcher.find(one) for one in day])
        matcher.memory.learn_payers(lessons_of([found], matcher.book))
        return found

    first = settled(a_payment("RE-2026-005822", 60_000, name="Quite Another Ltd", account="XX1"))
    later = settled(a_payment("RE-2026-004711", 55_000, key="r2", name="Somebody", account="XX1", day=DAY + 1))
    assert first.is_certain
    assert later.stop != "PAYER_UNKNOWN"


def test_a_customer_told_of_anew_is_found_by_what_is_known_now_alone() -> None:
    payers = a_matcher().memory.payers
    payers.add_customer("4711", "Verde", None, "12345678000195")
    payers.add_customer("4711", "Verde Comercio", None, None)
    assert payers.identify("12345678000195", None, [], DAY).customers == {}
    assert payers.identify("VERDE COMERCIO", None, [], DAY).basis("4711") == "name"


VIRTUAL = "DE55500105170000004711"


@pytest.mark.parametrize(
    ("payment", "is_known"),
    [
        (a_payment("danke", name="Jemand", credited=VIRTUAL), True),
        (a_payment("an DE55 5001 0517 0000 0047 11", name="Jemand"), True),
        (a_payment("danke", name="Jemand", end_to_end_id=VIRTUAL), True),
        (a_payment("danke", name="Jemand", credited="DE55500105170000009999"), False),
        (a_payment("an DE55 5001 0517 0000 0047", name="Jemand"), False),
    ],
    ids=["paid to it", "printed in groups", "in a field of its own", "paid to another", "cut off"],
)
def test_an_account_of_ours_given_to_one_customer_identifies_who_pays(payment: Payment, is_known: bool) -> None:
    matcher = a_matcher(an_entry("RE-1000"), an_entry("RE-2000", customer="other"))
    matcher.memory.payers.add_virtual_account(VIRTUAL, "acme")
    finding = matcher.find(payment)
    assert (finding.is_identified, finding.is_certain) == (is_known, is_known)
    if is_known:
        assert paid_by(finding, matcher) == [("RE-1000", 123_456)]
        assert "virtual_account" in [reason.detail for reason in finding.ranked[0].reasons]


def test_an_account_of_ours_given_to_two_customers_identifies_neither() -> None:
    matcher = a_matcher(an_entry("RE-1000"))
    for customer in ("acme", "other"):
        matcher.memory.payers.add_virtual_account(VIRTUAL, customer)
    assert not matcher.find(a_payment("danke", name="Jemand", credited=VIRTUAL)).is_identified


@pytest.mark.parametrize(("text", "is_certain"), [("danke", False), ("RE-2026-004711", True)], ids=["unnamed", "named"])
def test_a_virtual_account_and_the_payers_own_of_different_families_contradict(text: str, is_certain: bool) -> None:
    matcher = a_matcher(an_entry(), accounts={"DE1": "other"})
    matcher.memory.payers.add_virtual_account(VIRTUAL, "acme")
    finding = matcher.find(a_payment(text, account="DE1", credited=VIRTUAL))
    assert (finding.is_identified, finding.is_certain) == (False, is_certain)
    assert finding.stop == (None if is_certain else "PAYER_CONTRADICTS")


def test_a_virtual_account_says_which_of_the_families_an_account_pays_for_it_is() -> None:
    matcher = a_matcher(an_entry("RE-1000"), an_entry("RE-2000", customer="other"), accounts={"DE1": "other"})
    matcher.memory.payers.add_account("DE1", "acme")
    matcher.memory.payers.add_virtual_account(VIRTUAL, "acme")
    finding = matcher.find(a_payment("danke", name="Jemand", account="DE1", credited=VIRTUAL))
    assert finding.is_identified
    assert matcher.memory.payers.identify("Jemand", "DE1", (), DAY, VIRTUAL).identified == {"acme"}
