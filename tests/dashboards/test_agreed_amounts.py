"""Whether a draft is what its contract says: a share, a discount or a change in mid-term is no difference."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from dashboards import drafts

RETAINER = "contract|CT-1|1|2026-03-16|retainer"


def a_line(net: str, words: str = "Care from 2026-03-16", quantity: str = "1.00", number: int = 1) -> dict[str, Any]:
    price = str(abs(Decimal(net)))
    return {"line_number": number, "product_id": "CT-1-1", "description": words, "quantity": quantity,
            "unit_price": price, "net_amount": net}  # fmt: skip


def a_draft(*lines: dict[str, Any], key: str = RETAINER, agreed: str | None = "1000.00", **changes: Any) -> Any:
    return {
        "billing_key": key, "charge_kind": key.split("|")[-1], "currency_code": "USD", "lines": json.dumps(lines),
        "net_amount": sum(Decimal(line["net_amount"]) for line in lines), "purchase_order_number": "PO-1",
        "contract_amount": None if agreed is None else Decimal(agreed), **changes,
    }  # fmt: skip


def marks(row: Any, sources: drafts.Sources | None = None) -> str:
    return "".join(line["mark"] for line in drafts.beside(row, drafts.lines_of(row), sources or AGREED))


AGREED = {"contract": [{"unit_price": Decimal(1000), "source_number": "CT-1"}]}
SHARE = a_line("516.13", "Care from 2026-03-16 to 2026-03-31 (16 of 31 days)")
DISCOUNT = a_line("-100.00", "Discount 10 %", "-1", 2)
TWO_PRICES = (
    a_line("480.00", "Care from 2026-03-01 (15 of 31 days)"),
    a_line("560.00", "Care from 2026-03-01 (16 of 31 days)", number=2),
)


@pytest.mark.parametrize(
    ("row", "computation"),
    [
        (a_draft(a_line("1000.00")), None),
        (a_draft(SHARE), "16 of 31 days of $1,000.00"),
        (a_draft(a_line("1000.00"), DISCOUNT), "Discount 10 % of $100.00"),
        (a_draft(SHARE, a_line("-51.61", "Discount 10 %", "-1", 2)),
         "16 of 31 days of $1,000.00, less Discount 10 % of $51.61"),
        (a_draft(*TWO_PRICES), "prices that changed within the period: 15 of 31 days, 16 of 31 days"),
        (a_draft(a_line("80.00"), key="contract|CT-1|1|2026-03-01.v2|retainer"),
         "what an amendment in mid-term adds to a period billed before"),
        (a_draft(a_line("12.00"), key="contract|CT-1|1|2026-03-01.1|usage"), None),
        (a_draft(a_line("1000.00", "Care: phase (1 of 2 days)"), key="contract|CT-1|1|M-1|milestone"), None),
    ],
    ids=["a whole period", "some days", "a discount", "some days at a discount", "two prices in a period",
         "a change in mid-term", "usage", "a milestone named like days"],
)  # fmt: skip
def test_a_draft_that_follows_from_its_contract_shows_how_and_no_difference(row: Any, computation: str | None) -> None:
    assert drafts.differences(row, AGREED) == []
    assert marks(row).strip() == ""
    assert drafts.computation(row) == computation


@pytest.mark.parametrize(
    ("row", "on_draft", "expected"),
    [
        (a_draft(a_line("990.00")), "$990.00", "$1,000.00"),
        (a_draft(a_line("500.00", str(SHARE["description"]))), "$500.00", "$516.13"),
        (a_draft(a_line("1010.00"), DISCOUNT), "$1,010.00", "$1,000.00"),
    ],
    ids=["a whole period", "some days", "before its discount"],
)
def test_an_amount_that_does_not_follow_from_the_contract_stands_out(row: Any, on_draft: str, expected: str) -> None:
    [found] = drafts.differences(row, AGREED)
    assert (found.field, found.on_draft, found.expected) == ("Net amount", on_draft, expected)
    assert "≠" in marks(row)


def test_a_discount_and_a_second_price_are_not_taken_for_the_line_they_belong_to() -> None:
    """All lines of a contract line bear one product number; the period before lost all but the last of them."""
    before = [{**a_line("900.00"), "net_amount": Decimal("900.00"), "quantity": Decimal(1), "unit_price": Decimal(900)}]
    row = a_draft(a_line("1000.00"), DISCOUNT)
    changes = drafts.changes_since(drafts.lines_of(row), before)
    assert [(line["then"], line["now"]) for line in changes] == [
        (Decimal("900.00"), Decimal("1000.00")),
        (None, Decimal("-100.00")),
    ]
    row = a_draft(*TWO_PRICES)
    assert [line["now"] for line in drafts.changes_since(drafts.lines_of(row), before)] == [480, 560]


def test_a_deal_stands_beside_its_draft_and_another_price_is_marked() -> None:
    won = {"line_number": 1, "product_id": "CT-1-1", "quantity": Decimal(1), "unit_price": Decimal(50)}
    row = a_draft(a_line("50.00"), key="deal|D-1|won|deal", agreed=None)
    assert marks(row, {"deal": [won]}).strip() == ""
    assert "≠" in marks(row, {"deal": [{**won, "unit_price": Decimal(45)}]})


@pytest.mark.parametrize(("kind", "key"), [("order", "order|SO-1|S-1|goods"), ("deal", "deal|D-1|won|deal")])
def test_a_product_that_was_sold_at_two_prices_was_marked_as_different(kind: str, key: str) -> None:
    """Ten at full price and two for nothing are two lines of one product, and twelve of it are shipped."""
    lines = [{**a_line("500.00"), "quantity": "10", "unit_price": "50"}]
    lines += [{**a_line("0.00"), "line_number": 2, "quantity": "2", "unit_price": "0"}]
    sold = [
        {**line, "quantity": Decimal(line["quantity"]), "unit_price": Decimal(line["unit_price"])} for line in lines
    ]
    shipped = [{"line_number": 1, "product_id": "CT-1-1", "quantity": Decimal(12)}] if kind == "order" else []
    sources = {kind: sold, "shipment": shipped}
    row = a_draft(*lines, key=key, agreed=None)
    assert drafts.differences(row, sources) == []
    assert marks(row, sources).strip() == ""
    short = {**sources, kind: [{**sold[0], "unit_price": Decimal(45)}, sold[1]]}
    assert marks(row, short).count("≠") == 1


@pytest.mark.parametrize("key", [RETAINER, "order|SO-1|SHP-1|goods"], ids=["a contract", "an order"])
def test_what_was_credited_of_a_replaced_invoice_is_one_difference_to_look_at(key: str) -> None:
    agreed = "1000.00" if key == RETAINER else None
    off = {**a_line("-50.00", "Credited before on invoice MUS-2026-00001", "-1", 2), "product_id": None}
    row = a_draft(a_line("1000.00"), off, key=key, agreed=agreed)
    order = {"product_id": "CT-1-1", "unit_price": Decimal(1000), "quantity": Decimal(1), "line_number": 1}
    sources: drafts.Sources = {} if key == RETAINER else {"order": [order]}
    [found] = drafts.differences(row, sources)
    assert (found.field, found.on_draft) == ("Credited before", "-$50.00")
