"""Retainers by their days: parts, changes in mid-term, ends, and what was billed before it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from assets.close.replay import apply_decision
from assets.invoicing.decide import draft_charges, invoicing_findings, issue_approved
from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.contracts import ContractLine
from assets.ledger.crediting import Credited, CreditedCharge, credit_charges, credit_of, lines_credited
from assets.ledger.day import DayState, Fact
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.money import ZERO
from tests.close.builders import a_contract_line, a_customer, a_milestone, a_policy, an_invoice, day
from tests.ledger.test_day import a_state

POLICY = InvoicingPolicy.from_policy(a_policy())


def decide(state: DayState, on: date) -> list[Decision]:
    """Let the day's drafts take effect and return them."""
    state.business_date = on
    decisions = draft_charges(state, POLICY, business_date=on)
    for decision in decisions:
        apply_decision(state, decision)
    return decisions


def learn(state: DayState, *facts: Fact) -> None:
    state.begin(state.business_date or day(1))
    for fact in facts:
        state.learn(fact)


def nets(decisions: Sequence[Decision]) -> dict[str, str]:
    """Return net amounts of drafts by occasion."""
    return {d.subject_key.split("|")[3]: d.payload["net_amount"] for d in decisions if d.kind == "draft_created"}


def issue(state: DayState, key: str, on: date) -> None:
    """Issue a drafted charge as the store would number it."""
    for number, decision in enumerate(issue_approved(state, [(key, "clerk")], business_date=on)):
        numbered = {**decision.payload, "document_number": f"MUS-{on}-{number:05d}-{key}"}
        apply_decision(state, replace(decision, payload=numbered))


def credit(state: DayState, key: str, on: int, *, units: str | None = None, net: str | None = None) -> None:
    """Let a person credit units or a price of a charge, or all that is left of it to be billed again."""
    charge = state.charges[key]
    document = state.documents[charge.document_key or ""]
    invoice, number = charge.draft, document.document_number
    credited_net = state.credited_of(document, key)
    before = Credited(credited_net, ZERO, int(credited_net))
    lines = lines_credited(invoice, number, Credited(), {1: Decimal(units)}) if units else ()
    asked = sum((line.net_amount for line in lines), ZERO) if units else Decimal(net) if net else None
    given = credit_of(invoice, number, before, asked)
    [memo] = credit_charges(
        invoice, state.entities["MUS"], [CreditedCharge(invoice, given, before, lines)],
        document_key=document.document_key, document_number=number, credit_memo_date=day(on),
        actor_kind=ActorKind.PERSON, actor="clerk", bills_again=asked is None,
        reason_code="CREDIT_QUANTITY" if units else "CREDIT_PRICE" if net else "CREDIT_REISSUE",
    )  # fmt: skip
    numbered = {**memo.payload, "document_number": f"MUSC-{on}-{len(state.documents)}"}
    apply_decision(state, replace(memo, payload=numbered))


def a_version(version: int, effective: date | None, known: int = 2, **changes: Any) -> ContractLine:
    return a_contract_line(version=version, effective_date=effective, known=known, **changes)


def test_a_contract_that_begins_in_mid_month_bills_its_days_by_the_calendar() -> None:
    state = a_state(a_contract_line(start_date=date(2026, 3, 16), anchor="calendar"))
    assert nets(decide(state, date(2026, 4, 1))) == {"2026-03-16": "464.52", "2026-04-01": "900.00"}


def test_a_contract_bills_from_its_own_date_without_parts() -> None:
    state = a_state(a_contract_line(start_date=date(2026, 1, 31)))
    assert nets(decide(state, date(2026, 3, 31))) == {
        "2026-01-31": "900.00",
        "2026-02-28": "900.00",
        "2026-03-31": "900.00",
    }


def test_a_contract_that_ends_in_mid_month_bills_its_days() -> None:
    state = a_state(a_contract_line(end_date=date(2026, 4, 10)))
    assert nets(decide(state, date(2026, 5, 1))) == {"2026-03-01": "900.00", "2026-04-01": "300.00"}


@pytest.mark.parametrize(
    ("frequency", "on", "count"),
    [("yearly", date(2027, 2, 28), 1), ("yearly", date(2027, 3, 1), 2), ("half_yearly", date(2026, 9, 1), 2)],
)
def test_years_and_half_years(frequency: str, on: date, count: int) -> None:
    assert len(decide(a_state(a_contract_line(billing_frequency=frequency)), on)) == count


def test_a_price_that_changes_in_mid_term_is_charged_by_days() -> None:
    state = a_state(a_contract_line(), a_version(2, date(2026, 3, 15), period_amount=Decimal("1000.00")))
    [draft] = decide(state, day(3))
    assert [(line["net_amount"], line["description"]) for line in draft.payload["lines"]] == [
        ("406.45", "Care retainer from 2026-03-01 (14 of 31 days)"),
        ("548.39", "Care retainer from 2026-03-01 (17 of 31 days)"),
    ]


def test_an_amended_contract_replaces_the_draft_that_is_not_issued() -> None:
    state = a_state(a_contract_line())
    decide(state, day(1))
    learn(state, a_version(2, date(2026, 3, 15), period_amount=Decimal("1000.00")))
    withdrawn, created = decide(state, day(2))
    assert (withdrawn.kind, withdrawn.reason_code) == ("draft_withdrawn", "BASIS_CHANGED")
    assert (created.kind, created.occurrence, created.payload["net_amount"]) == ("draft_created", "2", "954.84")
    assert decide(state, day(3)) == []


def test_an_amendment_without_a_date_leaves_drafted_periods_alone() -> None:
    state = a_state(a_contract_line())
    decide(state, day(1))
    learn(state, a_version(2, None, period_amount=Decimal("1000.00")))
    assert decide(state, day(2)) == []
    assert nets(decide(state, date(2026, 4, 1))) == {"2026-04-01": "1000.00"}


def test_what_a_dated_amendment_adds_to_an_issued_period_is_billed_once() -> None:
    state = a_state(a_customer(), a_contract_line())
    decide(state, day(1))
    issue(state, "contract|CT-1|1|2026-03-01|retainer", day(1))
    learn(state, a_version(2, date(2026, 3, 15), period_amount=Decimal("1000.00")))
    assert nets(decide(state, day(15))) == {"2026-03-01.v2": "54.84"}
    issue(state, "contract|CT-1|1|2026-03-01.v2|retainer", day(15))
    assert decide(state, day(16)) == []


def test_a_change_known_before_its_day_is_not_billed_before_it() -> None:
    state = a_state(a_customer(), a_contract_line())
    decide(state, day(1))
    issue(state, "contract|CT-1|1|2026-03-01|retainer", day(1))
    learn(state, a_version(2, date(2026, 3, 15), period_amount=Decimal("1000.00")))
    assert decide(state, day(14)) == []
    [change] = decide(state, day(15))
    assert change.payload["triggered_date"] == "2026-03-15"


YEAR = "contract|CT-1|1|2026-03-01|retainer"


def a_year_that_is_billed() -> DayState:
    state = a_state(a_customer(), a_contract_line(billing_frequency="yearly", period_amount=Decimal("3650.00")))
    decide(state, day(1))
    issue(state, YEAR, day(1))
    return state


def a_year(version: int, effective: date, amount: str, **changes: Any) -> ContractLine:
    return a_version(version, effective, billing_frequency="yearly", period_amount=Decimal(amount), **changes)


def test_a_change_in_mid_term_is_billed_from_its_day_though_a_later_one_is_known() -> None:
    state = a_year_that_is_billed()
    learn(state, a_year(2, date(2026, 3, 10), "7300.00"), a_year(3, date(2026, 9, 1), "10950.00"))
    assert decide(state, day(9)) == []
    [change] = decide(state, day(10))
    assert nets([change]) == {"2026-03-01.v2": "3560.00"}
    assert change.payload["lines"][0]["description"] == "Care retainer from 2026-03-01, change from 2026-03-10"
    assert nets(decide(state, date(2026, 9, 1))) == {"2026-03-01.v3": "1810.00"}  # though the one before it waits
    for number, version in enumerate((3, 2)):
        issue(state, f"contract|CT-1|1|2026-03-01.v{version}|retainer", date(2026, 9, 2 + number))
        learn(state, a_customer())
        assert decide(state, date(2026, 9, 2 + number)) == []


def test_a_renewal_signed_early_leaves_the_change_that_waits() -> None:
    state = a_year_that_is_billed()
    learn(state, a_year(2, date(2026, 3, 10), "7300.00"))
    assert nets(decide(state, day(10))) == {"2026-03-01.v2": "3560.00"}
    learn(state, a_year(3, date(2027, 3, 1), "10950.00"))
    assert decide(state, day(11)) == []


def test_a_later_change_that_takes_off_is_set_against_the_one_that_waits() -> None:
    state = a_year_that_is_billed()
    learn(state, a_year(2, date(2026, 3, 10), "7300.00"))
    decide(state, day(10))
    learn(state, a_year(3, date(2026, 9, 1), "3650.00"))
    withdrawn, created = decide(state, day(11))
    assert (withdrawn.reason_code, nets([created])) == ("BASIS_CHANGED", {"2026-03-01.v2": "1750.00"})
    issue(state, "contract|CT-1|1|2026-03-01.v2|retainer", day(11))
    assert [decide(state, on) for on in (day(12), date(2026, 9, 1))] == [[], []]
    assert "BILLED_BEYOND_AGREEMENT" not in {finding.reason_code for finding in invoicing_findings(state)}


def test_changes_known_after_both_count_bill_what_each_adds() -> None:
    state = a_year_that_is_billed()
    learn(state, a_year(2, date(2026, 3, 10), "7300.00"), a_year(3, date(2026, 9, 1), "10950.00"))
    assert nets(decide(state, date(2026, 10, 1))) == {"2026-03-01.v2": "3560.00", "2026-03-01.v3": "1810.00"}


def test_a_change_replaced_before_the_period_began_adds_nothing_of_its_own() -> None:
    state = a_state(a_customer(), a_contract_line())
    for on in (day(1), date(2026, 4, 1)):
        decide(state, on)
        issue(state, f"contract|CT-1|1|{on}|retainer", on)
    learn(
        state,
        a_version(2, date(2026, 3, 31), period_amount=Decimal("1000.00")),
        a_version(3, date(2026, 4, 1), period_amount=Decimal("1100.00")),
    )
    assert nets(decide(state, date(2026, 4, 2))) == {"2026-03-01.v2": "3.23", "2026-04-01.v3": "200.00"}


def test_what_a_cancellation_takes_off_an_issued_period_is_for_a_person_to_credit() -> None:
    state = a_state(a_customer(), a_contract_line())
    decide(state, day(1))
    issue(state, "contract|CT-1|1|2026-03-01|retainer", day(1))
    learn(state, a_version(2, date(2026, 3, 2), end_date=date(2026, 3, 10)))
    assert decide(state, day(2)) == []
    [finding] = [f for f in invoicing_findings(state) if f.reason_code == "BILLED_BEYOND_AGREEMENT"]
    assert (finding.amount, finding.currency_code) == (Decimal("609.68"), "USD")


def test_a_cancelled_contract_withdraws_what_is_not_issued() -> None:
    state = a_state(a_contract_line(is_billed_in_advance=True, billing_frequency="quarterly"))
    decide(state, day(1))
    learn(state, a_version(2, date(2026, 3, 2), end_date=date(2026, 2, 28), billing_frequency="quarterly"))
    [withdrawn] = decide(state, day(2))
    assert (withdrawn.kind, withdrawn.reason_code) == ("draft_withdrawn", "TRIGGER_GONE")
    assert decide(state, day(3)) == []


def test_a_milestone_that_is_opened_again_is_withdrawn_and_billed_once_when_it_is_done() -> None:
    state = a_state(a_contract_line("milestone"))
    done = a_milestone()
    learn(state, done)
    assert [d.kind for d in decide(state, day(5))] == ["draft_created"]
    learn(state, replace(done, is_completed=False, completed_at=None))
    assert [d.kind for d in decide(state, day(6))] == ["draft_withdrawn"]
    learn(state, done)
    [again] = decide(state, day(7))
    assert (again.kind, again.occurrence) == ("draft_created", "2")


def test_cat_9_a_cancelled_invoice_frees_its_charge_and_it_is_billed_again_twice() -> None:
    key = "contract|CT-1|1|2026-03-01|retainer"
    state = a_state(a_customer(), a_contract_line())
    decide(state, day(1))
    for number in (1, 2, 3):
        [*_, issued] = issue_approved(state, [(key, "clerk")], business_date=day(number))
        assert issued.occurrence == str(number)
        apply_decision(state, replace(issued, payload={**issued.payload, "document_number": f"MUS-{number}"}))
        assert issue_approved(state, [(key, "clerk")], business_date=day(number)) == []
        [document] = state.live_documents_billing(key)
        cancelled = Decision(
            "invoice_cancelled", "charge", key, day(number), issued.actor_kind, "clerk", {}, occurrence=str(number)
        )
        apply_decision(state, cancelled)
        assert state.live_documents_billing(key) == [], document.document_number


def test_cat_14_a_plan_changed_on_its_first_day_bills_the_new_price_once() -> None:
    state = a_state(
        a_contract_line(period_amount=Decimal("0.00")), a_version(2, day(1), period_amount=Decimal("300.00"))
    )
    assert nets(decide(state, day(1))) == {"2026-03-01": "300.00"}


def test_cat_54_a_free_period_makes_no_draft() -> None:
    assert decide(a_state(a_contract_line(period_amount=Decimal("0.00"))), day(1)) == []


def test_a_discount_is_a_line_of_its_own() -> None:
    state = a_state(a_contract_line(discount_percent=Decimal("12.5"), period_amount=Decimal("99.99")))
    [draft] = decide(state, day(1))
    assert [line["net_amount"] for line in draft.payload["lines"]] == ["99.99", "-12.50"]
    assert draft.payload["net_amount"] == "87.49"


def test_a_person_s_correction_is_not_overwritten() -> None:
    state = a_state(a_contract_line())
    [draft] = decide(state, day(1))
    lines = [{**draft.payload["lines"][0], "unit_price": "800.00", "net_amount": "800.00"}]
    corrected = {**draft.payload, "lines": lines, "net_amount": "800.00", "total_amount": "800.00"}
    apply_decision(state, replace(draft, kind="draft_corrected", payload={"draft": corrected}))
    learn(state, a_version(2, date(2026, 3, 15), period_amount=Decimal("1000.00")))
    assert decide(state, day(2)) == []


def test_a_period_that_accounting_billed_is_not_changed_by_its_wrong_price() -> None:
    key = "contract|CT-1|1|2026-03-01|retainer"
    state = a_state(a_customer(entity="MEU"), a_contract_line(entity="MEU"))
    decide(state, day(1))
    learn(state, an_invoice("RE-1", "1011.50", billing_key=key, net_amount=Decimal("850.00")))
    learn(state, a_version(2, date(2026, 4, 1), entity="MEU", period_amount=Decimal("1000.00")))
    assert decide(state, day(8)) == []


def test_a_price_credit_of_a_retainer_whose_contract_was_mended_since_was_taken_off_twice() -> None:
    key = "contract|CT-1|1|2026-03-01|retainer"
    state = a_state(a_customer(), a_contract_line())
    decide(state, day(1))
    issue(state, key, day(1))
    credit(state, key, 2, net="100.00")
    learn(state, a_version(2, date(2026, 3, 1), known=3, period_amount=Decimal("800.00")))
    credit(state, key, 3)
    decide(state, day(3))
    assert state.charges[key].draft.net_amount == Decimal("800.00")
    assert len(state.charges[key].draft.lines) == 1


def test_what_was_put_right_before_an_invoice_was_replaced_was_not_on_the_one_that_replaced_it() -> None:
    key = "contract|CT-1|1|2026-03-01|retainer"
    state = a_state(a_customer(), a_contract_line())
    decide(state, day(1))
    issue(state, key, day(1))
    learn(state, a_version(2, None, known=3, purchase_order_number="PO-77"))
    decide(state, day(3))
    state.begin(day(4))
    credit(state, key, 4)
    decide(state, day(4))
    assert state.charges[key].draft.purchase_order_number == "PO-77"


def test_a_correction_was_overwritten_once_the_approval_of_its_draft_was_taken_back() -> None:
    key = "contract|CT-1|1|2026-03-01|retainer"
    state = a_state(a_contract_line())
    [draft] = decide(state, day(1))
    lines = [{**draft.payload["lines"][0], "unit_price": "800.00", "net_amount": "800.00"}]
    corrected = {**draft.payload, "lines": lines, "net_amount": "800.00", "total_amount": "800.00"}
    apply_decision(state, replace(draft, kind="draft_corrected", payload={"draft": corrected}))
    issue(state, key, day(2))
    apply_decision(state, replace(draft, kind="invoice_cancelled", payload={}, business_date=day(2)))
    learn(state, a_version(2, None, known=3, purchase_order_number="PO-77"))
    assert decide(state, day(3)) == []
    assert state.charges[key].draft.net_amount == Decimal("800.00")


def test_a_correction_was_overwritten_once_its_invoice_was_replaced() -> None:
    key = "contract|CT-1|1|2026-03-01|retainer"
    state = a_state(a_customer(), a_contract_line())
    [draft] = decide(state, day(1))
    lines = [{**draft.payload["lines"][0], "unit_price": "800.00", "net_amount": "800.00"}]
    corrected = {**draft.payload, "lines": lines, "net_amount": "800.00", "total_amount": "800.00"}
    apply_decision(state, replace(draft, kind="draft_corrected", payload={"draft": corrected}))
    issue(state, key, day(1))
    credit(state, key, 3)
    learn(state, a_version(2, None, known=3, purchase_order_number="PO-77"))
    assert decide(state, day(3)) == []
    assert state.charges[key].draft.net_amount == Decimal("800.00")
