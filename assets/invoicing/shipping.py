"""Was more shipped of an order line than was ordered, and by which shipment?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from assets.ledger.charges import goods_billing_key
from assets.ledger.crediting import to_take_off
from assets.ledger.day import DayState
from assets.ledger.money import ZERO
from assets.ledger.orders import Order

ISSUED_HERE = "openitem"
Place = tuple[bool, datetime, str]


def is_shipped_beyond_order(state: DayState, order: Order, shipment_number: str) -> bool:
    """Return whether a shipment takes a line of its order beyond the quantity ordered.

    What is billed already counts first, then what left before it: of two shipments the later one waits, whichever
    became known first. What was credited because it came back or never arrived does not count as shipped.
    """
    ordered = state.order_lines.get(order.order_key, {})
    own_place = _place(state, order, shipment_number)
    shipped = dict.fromkeys(ordered, ZERO)
    for number in state.shipments_of_order.get(order.order_key, ()):
        if number == shipment_number or _place(state, order, number) < own_place:
            left = [
                line
                for line in sorted(state.shipments[number].values(), key=lambda each: each.line_number)
                if line.order_key == order.order_key and line.line_number in shipped and not line.is_voided
            ]
            told: dict[str | None, Decimal] = {}
            for line in left:
                product_id = ordered[line.line_number].product_id
                told[product_id] = told.get(product_id, ZERO) + line.quantity
            back = _given_back(state, goods_billing_key(order.order_number, number), told)
            for line in left:
                product_id = ordered[line.line_number].product_id
                taken = min(back.get(product_id, ZERO), line.quantity)
                back[product_id] = back.get(product_id, ZERO) - taken
                shipped[line.line_number] += line.quantity - taken
    limits = {number: line.quantity for number, line in ordered.items() if line.quantity is not None}
    return any(
        shipped[line.line_number] > limits[line.line_number]
        for line in state.shipments[shipment_number].values()
        if line.line_number in limits and not line.is_voided
    )


def _given_back(state: DayState, billing_key: str, told: Mapping[str | None, Decimal]) -> dict[str | None, Decimal]:
    """Return by product what was credited of a shipment and is told as shipped; its source may have taken it off too.

    Of accounting's memos, without lines, only the whole ones count.
    """
    charge = state.charges.get(billing_key)
    if charge is None:
        return {}
    by_line = state.given_back.get(billing_key, {})
    live = state.live_documents_billing(billing_key)
    is_whole = any(
        each.source_system != ISSUED_HERE and state.credited_of(each, billing_key) >= each.net_of(billing_key)
        for each in live
    )
    left_out = state.not_billed_again.get(billing_key)
    back: dict[str | None, Decimal] = {}
    stood: dict[str | None, Decimal] = {}
    before: dict[str | None, Decimal] = {}
    for line in left_out.stood.values() if left_out else ():
        if line.quantity >= ZERO:
            before[line.product_id] = before.get(line.product_id, ZERO) + line.quantity
    for line in charge.draft.lines:
        if line.quantity > ZERO:  # what is less takes an amount off, and no goods
            quantity = line.quantity if is_whole else by_line.get(line.line_number, ZERO)
            back[line.product_id] = back.get(line.product_id, ZERO) + quantity
            stood[line.product_id] = stood.get(line.product_id, ZERO) + line.quantity - quantity
    for product_id, quantity in stood.items():  # the draft may still be that of the invoice which was replaced
        stood[product_id] = min(quantity, before.get(product_id, quantity))
    for line in left_out.given_back.values() if left_out else ():
        back[line.product_id] = back.get(line.product_id, ZERO) + line.quantity
    return {
        product_id: to_take_off(told.get(product_id, ZERO), stood.get(product_id, ZERO), credited)
        for product_id, credited in back.items()
    }


def _place(state: DayState, order: Order, shipment_number: str) -> Place:
    is_billed = bool(state.live_documents_billing(goods_billing_key(order.order_number, shipment_number)))
    left_at = min(line.shipped_at for line in state.shipments[shipment_number].values())
    return not is_billed, left_at, shipment_number
