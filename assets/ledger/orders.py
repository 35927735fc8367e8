"""What a customer ordered, as known at some day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """One version of an order's header; a later version replaces it from the day it became known."""

    order_key: str
    order_number: str
    source_system: str
    customer_key: str | None
    legal_entity_id: str
    currency_code: str
    order_date: date
    purchase_order_number: str | None
    is_purchase_order_required: bool
    terms_code: str | None
    agreed_terms_code: str | None
    tax_code: str | None
    bill_to_email: str | None
    net_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal
    is_cancelled: bool
    known_date: date


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One version of an order's line; the order's next delivery may leave it out.

    Some systems tell only what a line amounts to: what ships of a line without a unit price cannot be priced.
    """

    order_key: str
    order_number: str
    line_number: int
    product_id: str | None
    description: str | None
    quantity: Decimal | None
    unit_price: Decimal | None
    net_amount: Decimal
    known_date: date
    is_removed: bool = False
