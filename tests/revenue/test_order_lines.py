"""Which obligation does a line of a shipment's invoice belong to? That of the order line it bills, and no other."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from assets.ledger.documents import DocumentLine
from assets.revenue.known import known_charge
from tests.close.builders import a_customer, a_frame_agreement, a_shipment, an_order, an_order_line, day
from tests.invoicing.test_recurring import decide
from tests.ledger.test_day import a_state


def test_a_line_left_out_of_an_invoice_earned_its_neighbour_s_revenue() -> None:
    key = "order|SO-1|SHP-1|goods"
    lines = [an_order_line(), an_order_line(line_number=2, product_id="SKU-2", unit_price=Decimal("20.00"))]
    shipped = [a_shipment(), a_shipment(line_number=2)]
    state = a_state(a_customer(), a_frame_agreement(), an_order(), *lines, *shipped)
    decide(state, day(4))
    drafted = state.charges[key]
    rest = drafted.draft.lines[1]
    off = DocumentLine.priced(3, "Credited before on invoice MUS-1", Decimal(-1), Decimal("5.00"), "USD")
    net = rest.net_amount + off.net_amount
    left = replace(drafted.draft, lines=(rest, off), net_amount=net, total_amount=net + drafted.draft.tax_amount)
    state.add_charge(replace(drafted, draft=left))
    state.judged_order_lines["SO-1"] = {1: None, 2: None}
    known = known_charge(key, state, [], None, day(4))
    assert known is not None
    assert known.weights == {"order|SO-1|2": 20_000}
