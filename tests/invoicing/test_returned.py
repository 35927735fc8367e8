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
    [found] = without_credited(
        (line,), NotBilledAgain("MUS-1", back, {1: replace(line, quantity=Decimal(stood))}), "EUR"
    )
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


@pytest.mark.parametrize("products", [("SKU-1", "SKU-2"), (None, None)], ids=["by product", "by its words"])
def test_the_quantity_given_back_of_a_line_not_told_any_more_was_taken_off_the_one_that_took_its_number(
    products: tuple[str | None, str | None],
) -> None:
    sensor = DocumentLine.priced(1, "Sensor", Decimal(5), Decimal("10.00"), "EUR", products[0])
    cable = DocumentLine.priced(2, "Cable", Decimal(5), Decimal("20.00"), "EUR", products[1])
    stood = {1: replace(sensor, quantity=Decimal(0)), 2: cable}
    credited = NotBilledAgain("MUS-1", {1: sensor}, stood, stood_amount=Decimal("100.00"))
    moved = replace(cable, line_number=1)
    assert without_credited((moved,), credited, "EUR") == (moved,)
    part = {1: replace(sensor, quantity=Decimal(0)), 2: replace(cable, quantity=Decimal(3))}
    both = NotBilledAgain("MUS-1", {1: sensor, 2: replace(cable, quantity=Decimal(2))}, part)
    assert [line.quantity for line in without_credited((moved,), both, "EUR")] == [Decimal(3)]


def test_of_two_lines_of_one_product_the_one_that_was_credited_is_billed_for_less() -> None:
    dear = DocumentLine.priced(1, "First ten", Decimal(10), Decimal("3.00"), "EUR", "CT-1-1")
    cheap = DocumentLine.priced(2, "Beyond ten", Decimal(5), Decimal("1.00"), "EUR", "CT-1-1")
    back = {2: replace(cheap, quantity=Decimal(4))}
    credited = NotBilledAgain("MUS-1", back, {1: dear, 2: replace(cheap, quantity=Decimal(1))})
    found = without_credited((dear, cheap), credited, "EUR")
    assert [(line.line_number, line.quantity) for line in found] == [(1, Decimal(10)), (2, Decimal(1))]


def test_what_was_delivered_for_nothing_was_left_out_of_an_invoice_that_replaced_another() -> None:
    sold = DocumentLine.priced(1, "Sensor", Decimal(10), Decimal("10.00"), "EUR", "SKU-1")
    free = DocumentLine.priced(2, "Manual", Decimal(1), Decimal(0), "EUR", "SKU-2")
    credited = NotBilledAgain("MUS-1", amount=Decimal("20.00"), stood_amount=Decimal("80.00"))
    found = without_credited((sold, free), credited, "EUR")
    assert [line.description for line in found] == ["Sensor", "Manual", "Credited before on invoice MUS-1"]
