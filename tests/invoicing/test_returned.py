"""What came back before its invoice was replaced is not billed again: at its price, less its share of the discount."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from assets.invoicing.returned import without_credited
from assets.ledger.crediting import NotBilledAgain
from assets.ledger.documents import DocumentLine

LICENCES = DocumentLine.priced(1, "Licence", Decimal(40), Decimal("18.50"), "EUR", "CT-1-1")
SETUP = DocumentLine.priced(2, "Setup", Decimal(1), Decimal("260.00"), "EUR")
DISCOUNT = DocumentLine.priced(3, "Discount 10 %", Decimal(-1), Decimal("100.00"), "EUR", "CT-1-1")


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ({}, [(1, "40", "740.00"), (2, "1", "260.00"), (3, "-1", "-100.00")]),
        ({1: "10"}, [(1, "30", "555.00"), (2, "1", "260.00"), (3, "-1", "-81.50")]),
        ({1: "40"}, [(2, "1", "260.00"), (3, "-1", "-26.00")]),
        ({1: "50", 2: "1"}, []),
    ],
    ids=["nothing", "ten of forty", "all of a line", "everything"],
)
def test_what_is_left_is_billed_with_its_share_of_the_discount(
    returned: dict[int, str], expected: list[tuple[int, str, str]]
) -> None:
    lines = {1: LICENCES, 2: SETUP}
    back = {number: replace(lines[number], quantity=Decimal(quantity)) for number, quantity in returned.items()}
    found = without_credited((LICENCES, SETUP, DISCOUNT), NotBilledAgain("MUS-1", back), "EUR")
    assert [(line.line_number, line.quantity, line.net_amount) for line in found] == [
        (number, Decimal(quantity), Decimal(net)) for number, quantity, net in expected
    ]


def test_an_amount_given_back_that_is_no_whole_quantity_leaves_a_quantity_that_can_be_printed() -> None:
    care = DocumentLine.priced(1, "Care", Decimal(1), Decimal("900.00"), "EUR")
    back = {1: replace(care, quantity=Decimal(300) / Decimal(900))}
    [line] = without_credited((care,), NotBilledAgain("MUS-1", back), "EUR")
    assert (line.quantity, line.net_amount) == (Decimal("0.6666666667"), Decimal("600.00"))


@pytest.mark.parametrize(
    ("told", "stood", "left"),
    [("7", "4", "4.00"), ("4", "4", "4.00"), ("5", "4", "4.00"), ("10", "4", "7.00"), ("2", "4", "2.00")],
    ids=["told as it was", "taken off by its source too", "taken off in part", "more since", "less than stood"],
)
def test_what_its_source_took_off_too_was_taken_off_twice(told: str, stood: str, left: str) -> None:
    line = DocumentLine.priced(1, "Sensor", Decimal(told), Decimal("10.00"), "EUR")
    back = {1: replace(line, quantity=Decimal(3))}
    [found] = without_credited((line,), NotBilledAgain("MUS-1", back, {1: Decimal(stood)}), "EUR")
    assert found.quantity == Decimal(left)


@pytest.mark.parametrize(
    ("told", "net"),
    [("70.00", "60.00"), ("60.00", "60.00"), ("65.00", "60.00"), ("90.00", "80.00"), ("50.00", "50.00")],
    ids=["as it was", "priced anew by the credit", "by a part of it", "dearer since", "cheaper than stood"],
)
def test_what_was_credited_as_an_amount_is_taken_off_once_by_the_credit_or_by_the_price(told: str, net: str) -> None:
    line = DocumentLine.priced(1, "Care", Decimal(1), Decimal(told), "EUR")
    credited = NotBilledAgain("MUS-1", amount=Decimal("10.00"), stood_amount=Decimal("60.00"))
    found = without_credited((line,), credited, "EUR")
    assert sum(each.net_amount for each in found) == Decimal(net)
    assert all(each.is_credited_before for each in found[1:])
