"""A service bills once its provisioning is confirmed: by its units, whatever order it is told in and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.invoicing.decide import invoicing_findings
from assets.ledger.contracts import ContractLine
from assets.ledger.fulfilment import Milestone
from tests.close.builders import MemoryLog, a_contract_line, a_customer, a_frame_agreement, an_invoice, day, walk_days
from tests.invoicing.test_recurring import credit, decide, issue, learn
from tests.ledger.test_day import a_state

FIRST_BATCH = "contract|CT-1|1|A1|milestone"


def at(number: int) -> datetime:
    return datetime.combine(day(number), datetime.min.time(), UTC).replace(hour=15)


def a_service(**changes: Any) -> ContractLine:
    priced = {"description": "Licences", "period_amount": None, "unit_price": Decimal("18.50")}
    return a_contract_line("milestone", **{**priced, "milestone_billed_when": "provisioned", **changes})


def an_activation(
    activation: str = "A1", *, known: int, on: int | None = None, units: int | None = 40, changed: int | None = None
) -> Milestone:
    """Return what the project tool says of an activation: requested, or confirmed on a day."""
    return Milestone(
        activation, "CT-1", 1, f"batch {activation}", False, None, day(known), provisioned_at=at(on) if on else None,
        quantity=Decimal(units) if units else None, changed_at=at(changed or on or 1),
    )  # fmt: skip


def test_units_are_billed_when_their_provisioning_is_confirmed_each_batch_once() -> None:
    state = a_state(a_customer(), a_service(discount_percent=Decimal(10)), an_activation(known=2))
    assert decide(state, day(2)) == []
    learn(state, an_activation(known=5, on=4), an_activation("A2", known=5, on=4, units=5))
    drafts = decide(state, day(5))
    assert {d.subject_key.split("|")[3]: d.payload["net_amount"] for d in drafts} == {"A1": "666.00", "A2": "83.25"}
    assert {d.payload["triggered_date"] for d in drafts} == {day(4).isoformat()}
    learn(state, an_activation(known=6, on=4))
    assert decide(state, day(6)) == []


def test_a_service_without_units_bills_its_price() -> None:
    state = a_state(a_customer(), a_service(period_amount=Decimal("250.00")), an_activation(known=5, on=4, units=None))
    assert [d.payload["net_amount"] for d in decide(state, day(5))] == ["250.00"]


def test_a_task_that_is_done_and_not_confirmed_bills_nothing() -> None:
    done = replace(an_activation(known=5), is_completed=True, completed_at=at(4))
    assert decide(a_state(a_customer(), a_service(), done), day(5)) == []


def test_a_request_told_after_its_confirmation_takes_nothing_back() -> None:
    state = a_state(a_customer(), a_service(), an_activation(known=5, on=4))
    assert [d.kind for d in decide(state, day(5))] == ["draft_created"]
    learn(state, an_activation(known=7, changed=2))
    assert decide(state, day(7)) == []


def test_a_confirmation_taken_back_withdraws_the_draft_and_after_its_invoice_is_for_a_person() -> None:
    state = a_state(a_customer(), a_service(), an_activation(known=5, on=4))
    decide(state, day(5))
    learn(state, an_activation(known=6, changed=5))
    assert [(d.kind, d.reason_code) for d in decide(state, day(6))] == [("draft_withdrawn", "TRIGGER_GONE")]
    learn(state, an_activation(known=7, on=6))
    assert [d.kind for d in decide(state, day(7))] == ["draft_created"]
    issue(state, FIRST_BATCH, day(7))
    learn(state, an_activation(known=9, changed=8))
    [finding] = invoicing_findings(state)
    assert (finding.reason_code, finding.upstream_field) == ("DELIVERY_UNDONE_AFTER_BILLING", "provisioned_at")
    assert finding.amount == Decimal("740.00")


def test_fewer_units_than_billed_are_for_a_person_to_credit() -> None:
    state = a_state(a_customer(), a_service(), an_activation(known=5, on=4))
    decide(state, day(5))
    issue(state, FIRST_BATCH, day(5))
    learn(state, an_activation(known=6, on=4, units=30, changed=5))
    [finding] = invoicing_findings(state)
    assert (finding.reason_code, finding.amount) == ("DELIVERY_UNDONE_AFTER_BILLING", Decimal("185.00"))


def test_units_added_after_the_invoice_are_for_a_person_to_bill() -> None:
    state = a_state(a_customer(), a_service(), an_activation(known=5, on=4))
    decide(state, day(5))
    issue(state, FIRST_BATCH, day(5))
    learn(state, an_activation(known=6, on=4, units=50, changed=5))
    assert decide(state, day(6)) == []
    [finding] = invoicing_findings(state)
    assert (finding.reason_code, finding.amount) == ("UNITS_ADDED_AFTER_BILLING", Decimal("185.00"))
    assert (finding.upstream_system, finding.upstream_field) == ("projects", "quantity")
    learn(state, an_activation(known=7, on=4, units=40, changed=6))
    assert invoicing_findings(state) == []


def test_units_told_of_a_service_at_a_flat_price_make_no_finding() -> None:
    service = a_service(period_amount=Decimal("900.00"), unit_price=None)
    state = a_state(a_customer(), service, an_activation(known=5, on=4, units=None))
    decide(state, day(5))
    issue(state, FIRST_BATCH, day(5))
    for units in (0, 7):
        learn(state, replace(an_activation(known=6, on=4, changed=5), quantity=Decimal(units)))
        assert invoicing_findings(state) == []


def test_a_block_without_lines_that_accounting_billed_is_told_again_in_peace() -> None:
    enormous = replace(an_activation(known=5, on=4), quantity=Decimal(10) ** 17)
    state = a_state(a_customer(entity="MEU"), a_service(entity="MEU"), enormous)
    [blocked] = decide(state, day(5))
    assert (blocked.kind, blocked.payload["lines"]) == ("draft_blocked", [])
    learn(state, an_invoice("RE-1", billing_key=FIRST_BATCH), an_activation(known=6, on=4, units=5, changed=5))
    assert "DELIVERY_UNDONE_AFTER_BILLING" not in {finding.reason_code for finding in invoicing_findings(state)}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(2, 12), min_size=6, max_size=6))
def test_late_repeated_and_out_of_order_confirmations_end_in_the_same_invoices(heard: list[int]) -> None:
    service, request, confirmed, again, other, late = heard
    facts = [
        a_customer(), a_frame_agreement(), a_service(known=service), an_activation(known=request, changed=1),
        an_activation(known=confirmed, on=2), an_activation(known=again, on=2),
        an_activation("A2", known=other, on=3, units=7), an_activation("A2", known=late, changed=1, units=7),
    ]  # fmt: skip
    log = MemoryLog()
    walk_days(facts, log, 1, 14)
    last = {d.subject_key: d for d in log.of("draft_created")}
    withdrawn = {d.subject_key for d in log.of("draft_withdrawn")}
    assert not withdrawn
    assert {key.split("|")[3]: d.payload["net_amount"] for key, d in last.items()} == {"A1": "740.00", "A2": "129.50"}
    assert len(log.of("draft_created")) == 2


def test_fewer_units_that_were_credited_and_told_were_taken_off_twice_when_the_invoice_was_replaced() -> None:
    state = a_state(a_customer(), a_service(), an_activation(known=5, on=4))
    decide(state, day(5))
    issue(state, FIRST_BATCH, day(5))
    learn(state, an_activation(known=6, on=4, units=30, changed=5))
    credit(state, FIRST_BATCH, 6, units="10")
    assert invoicing_findings(state) == []
    credit(state, FIRST_BATCH, 7)
    decide(state, day(7))
    assert state.charges[FIRST_BATCH].draft.net_amount == Decimal("555.00")


def test_units_told_again_after_they_were_credited_were_not_billed() -> None:
    state = a_state(a_customer(), a_service(), an_activation(known=5, on=4))
    decide(state, day(5))
    issue(state, FIRST_BATCH, day(5))
    learn(state, an_activation(known=6, on=4, units=30, changed=5))
    credit(state, FIRST_BATCH, 6, units="10")
    learn(state, an_activation(known=7, on=4, units=40, changed=6))
    [finding] = invoicing_findings(state)
    assert (finding.reason_code, finding.amount) == ("UNITS_ADDED_AFTER_BILLING", Decimal("185.00"))


def test_units_given_back_were_found_to_be_added_once_their_invoice_was_replaced() -> None:
    state = a_state(a_customer(), a_service(), an_activation(known=5, on=4))
    decide(state, day(5))
    issue(state, FIRST_BATCH, day(5))
    credit(state, FIRST_BATCH, 6, units="5")
    credit(state, FIRST_BATCH, 6)
    assert [d.payload.get("net_amount") for d in decide(state, day(6))][-1] == "647.50"
    issue(state, FIRST_BATCH, day(6))
    learn(state, an_activation(known=7, on=4, units=40, changed=6))
    assert invoicing_findings(state) == []
    learn(state, an_activation(known=8, on=4, units=50, changed=7))
    [finding] = invoicing_findings(state)
    assert (finding.reason_code, finding.amount) == ("UNITS_ADDED_AFTER_BILLING", Decimal("185.00"))


@pytest.mark.parametrize(
    ("credited", "added"),
    [({"net": "5.00"}, []), ({"units": "4"}, ["74.00"]), ({"units": "10"}, ["185.00"])],
    ids=["a price", "some of the units", "all of them"],
)
def test_units_that_stayed_billed_while_fewer_were_told_were_found_to_be_added(
    credited: dict[str, str], added: list[str]
) -> None:
    state = a_state(a_customer(), a_service(), an_activation(known=5, on=4))
    decide(state, day(5))
    issue(state, FIRST_BATCH, day(5))
    learn(state, an_activation(known=6, on=4, units=30, changed=5))
    credit(state, FIRST_BATCH, 6, **credited)
    learn(state, an_activation(known=7, on=4, units=40, changed=6))
    assert [str(finding.amount) for finding in invoicing_findings(state)] == added
