"""What was shipped beyond the order is not billed silently, whichever shipment became known first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from assets.decisions.invoice_review import MENDED_BY
from assets.invoicing.decide import invoicing_findings
from assets.invoicing.preflight import QUESTIONS
from assets.invoicing.undone import deliveries_undone_after_billing
from assets.invoicing.untold import deliveries_untold
from assets.ledger.day import DayState, Fact
from assets.ledger.fulfilment import ShipmentLine
from tests.close.builders import a_customer, a_frame_agreement, a_policy, a_shipment, an_order, an_order_line, day
from tests.invoicing.test_recurring import POLICY, decide, issue, learn
from tests.ledger.test_day import a_state

ORDERED: tuple[Fact, ...] = (a_customer(), a_frame_agreement(), an_order(), an_order_line())
SEVEN = a_shipment(number="SHP-1", known=3, quantity=Decimal(7))
NINE = a_shipment(number="SHP-2", known=4, quantity=Decimal(9))
BEYOND = "SHIPPED_BEYOND_ORDER"


def standing(state: DayState) -> dict[str, str]:
    """Return what stands for each shipment: its net amount, or why it is blocked."""
    return {
        key.split("|")[2]: charge.reason_code or str(charge.draft.net_amount) for key, charge in state.charges.items()
    }


@pytest.mark.parametrize("shipments", [(SEVEN, NINE), (NINE, SEVEN)], ids=["in order", "out of order"])
def test_of_seven_and_nine_shipped_of_ten_ordered_only_the_first_is_billed(shipments: tuple[Fact, ...]) -> None:
    together = a_state(*ORDERED, *shipments)
    decide(together, day(5))
    one_by_one = a_state(*ORDERED)
    for number, shipment in enumerate(shipments, start=4):
        learn(one_by_one, shipment)
        decide(one_by_one, day(number))
    assert standing(together) == standing(one_by_one) == {"SHP-1": "70.00", "SHP-2": BEYOND}


def test_the_block_names_the_quantity_in_the_shipping_system_and_whose_it_is() -> None:
    state = a_state(*ORDERED, SEVEN, NINE)
    decide(state, day(5))
    [finding] = [each for each in invoicing_findings(state) if each.reason_code == BEYOND]
    assert (finding.upstream_system, finding.upstream_field) == ("shipstation", "quantity")
    assert (finding.subject_label, finding.amount) == ("SO-1", Decimal("90.00"))


def test_a_shipment_that_left_earlier_and_is_told_late_waits_when_the_other_is_billed() -> None:
    state = a_state(*ORDERED, NINE)
    decide(state, day(4))
    issue(state, "order|SO-1|SHP-2|goods", day(4))
    learn(state, SEVEN)
    [decision] = decide(state, day(5))
    assert (decision.kind, decision.reason_code) == ("draft_blocked", BEYOND)


@pytest.mark.parametrize(
    "mended",
    [
        a_shipment(number="SHP-1", known=3, quantity=Decimal(7), is_voided=True),
        a_shipment(number="SHP-2", known=4, quantity=Decimal(3)),
        an_order_line(quantity=Decimal(16), net_amount=Decimal(160)),
    ],
    ids=["the other is voided", "the shipped quantity is corrected", "the order is raised"],
)
def test_the_draft_goes_out_once_shipped_and_ordered_agree(mended: Fact) -> None:
    state = a_state(*ORDERED, SEVEN, NINE)
    decide(state, day(5))
    learn(state, mended)
    drafted = {decision.subject_key: decision.kind for decision in decide(state, day(6))}
    assert drafted["order|SO-1|SHP-2|goods"] == "draft_created"


def test_parts_that_come_to_what_was_ordered_are_billed_to_the_last() -> None:
    parts: list[ShipmentLine] = [
        a_shipment(number=f"SHP-{number}", known=3, quantity=Decimal(2), shipped_at=NINE.shipped_at + timedelta(number))
        for number in range(5)
    ]
    state = a_state(*ORDERED, *parts)
    decide(state, day(5))
    assert set(standing(state).values()) == {"20.00"}


def test_everything_a_correction_can_mend_is_a_check_of_drafts() -> None:
    """An amount out of range could not be corrected on the page: the list named a reason of bank statements."""
    reasons = {check.reason_code for check in POLICY.checks.values()}
    assert set(MENDED_BY) <= reasons
    assert {"DRAFT_AMOUNT_OUT_OF_RANGE", BEYOND} <= set(MENDED_BY)
    assert set(POLICY.checks) == set(QUESTIONS)


def test_policy_says_which_refusal_it_prevents() -> None:
    [row] = [row for row in a_policy().rows("draft_checks") if row["check_code"] == "QUANTITY_ORDERED"]
    assert row["prevents"] == "QUANTITY_DIFFERS_FROM_ORDER"


def test_a_shipment_of_a_line_removed_from_its_order_waits_and_is_billed_when_the_line_is_back() -> None:
    state = a_state(*ORDERED, a_shipment())
    assert [d.kind for d in decide(state, day(4))] == ["draft_created"]
    learn(state, an_order(known=5), an_order_line(known=5, is_removed=True))
    assert [(d.kind, d.reason_code) for d in decide(state, day(5))] == [("draft_withdrawn", "TRIGGER_GONE")]
    assert [each.reason_code for each in deliveries_untold(state, POLICY, day(30))] == ["ORDER_LINE_NOT_KNOWN"]
    assert decide(state, day(6)) == []
    learn(state, an_order(known=7), an_order_line(known=7))
    [again] = decide(state, day(7))
    assert (again.kind, again.occurrence) == ("draft_created", "2")


def test_what_is_left_of_a_shipment_voided_in_part_is_billed() -> None:
    other = a_shipment(line_number=2, quantity=Decimal(5))
    state = a_state(*ORDERED, an_order_line(line_number=2), a_shipment(), other)
    learn(state, a_shipment(line_number=2, quantity=Decimal(5), is_voided=True))
    [draft] = decide(state, day(4))
    assert draft.payload["net_amount"] == "100.00"


def test_what_ships_of_an_order_line_told_without_a_price_waits_for_its_price_and_is_in_the_queue() -> None:
    unpriced = an_order_line(quantity=None, unit_price=None)
    state = a_state(*ORDERED[:3], unpriced, a_shipment())
    assert decide(state, day(4)) == []
    assert [each.reason_code for each in deliveries_untold(state, POLICY, day(30))] == ["ORDER_LINE_NOT_KNOWN"]
    learn(state, an_order_line(known=5))
    [draft] = decide(state, day(5))
    assert draft.payload["net_amount"] == "100.00"
    issue(state, "order|SO-1|SHP-1|goods", day(5))
    learn(state, an_order_line(known=6, unit_price=None))
    assert list(deliveries_undone_after_billing(state)) == []
