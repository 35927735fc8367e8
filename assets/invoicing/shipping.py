"""Was more shipped of an order line than was ordered, and by which shipment?"""

from __future__ import annotations

from datetime import datetime

from assets.ledger.charges import goods_billing_key
from assets.ledger.day import DayState
from assets.ledger.money import ZERO
from assets.ledger.orders import Order

Place = tuple[bool, datetime, str]


def is_shipped_beyond_order(state: DayState, order: Order, shipment_number: str) -> bool:
    """Return whether a shipment takes a line of its order beyond the quantity ordered.

    What is billed already counts first, then what left before it: of two shipments the later one waits, whichever
    became known first.
    """
    ordered = state.order_lines.get(order.order_key, {})
    own_place = _place(state, order, shipment_number)
    shipped = dict.fromkeys(ordered, ZERO)
    for number in state.shipments_of_order.get(order.order_key, ()):
        if number == shipment_number or _place(state, order, number) < own_place:
            for line in state.shipments[number].values():
                if line.order_key == order.order_key and line.line_number in shipped and not line.is_voided:
                    shipped[line.line_number] += line.quantity
    return any(
        shipped[line.line_number] > ordered[line.line_number].quantity
        for line in state.shipments[shipment_number].values()
        if line.line_number in ordered and not line.is_voided
    )


def _place(state: DayState, order: Order, shipment_number: str) -> Place:
    is_billed = bool(state.live_documents_billing(goods_billing_key(order.order_number, shipment_number)))
    left_at = min(line.shipped_at for line in state.shipments[shipment_number].values())
    return not is_billed, left_at, shipment_number
