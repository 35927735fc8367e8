"""What came back before its invoice was replaced is not billed again: at its price, less its share of the discount."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from assets.invoicing.returned import without_returned
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
    left_out = {number: replace(lines[number], quantity=Decimal(quantity)) for number, quantity in returned.items()}
    found = without_returned((LICENCES, SETUP, DISCOUNT), left_out, "EUR")
    assert [(line.line_number, line.quantity, line.net_amount) for line in found] == [
        (number, Decimal(quantity), Decimal(net)) for number, quantity, net in expected
    ]


def test_an_amount_given_back_that_is_no_whole_quantity_leaves_a_quantity_that_can_be_printed() -> None:
    care = DocumentLine.priced(1, "Care", Decimal(1), Decimal("900.00"), "EUR")
    [line] = without_returned((care,), {1: replace(care, quantity=Decimal(300) / Decimal(900))}, "EUR")
    assert (line.quantity, line.net_amount) == (Decimal("0.6666666667"), Decimal("600.00"))
