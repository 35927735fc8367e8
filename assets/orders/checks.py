"""What stands against an order? Each check is a question with a text that says what was found, or None."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assets.ledger.contracts import Agreement
from assets.ledger.money import ZERO
from assets.ledger.orders import Order, OrderLine

Evidence = Mapping[str, Any]


def why_customer_is_unknown(order: Order, lines: Sequence[OrderLine], agreement: Agreement | None) -> Evidence | None:
    """Return what was found when the order names none of our customers."""
    return None if order.customer_key else {"customer_key": None}


def why_purchase_order_is_missing(
    order: Order, lines: Sequence[OrderLine], agreement: Agreement | None
) -> Evidence | None:
    """Return what was found when a purchase order number is asked for and none is on the order."""
    is_required = order.is_purchase_order_required or bool(agreement and agreement.is_purchase_order_required)
    if not is_required or order.purchase_order_number:
        return None
    return {"purchase_order_number": None, "required_by": agreement.contract_id if agreement else "order"}


def why_terms_differ(order: Order, lines: Sequence[OrderLine], agreement: Agreement | None) -> Evidence | None:
    """Return order's and agreement's payment terms when both are known and differ."""
    agreed = agreed_terms(order, agreement)
    if not order.terms_code or not agreed or order.terms_code == agreed:
        return None
    return {"order_terms": order.terms_code, "agreed_terms": agreed}


def why_terms_are_unknown(order: Order, lines: Sequence[OrderLine], agreement: Agreement | None) -> Evidence | None:
    """Return what was found when neither order nor agreement names payment terms."""
    return None if order.terms_code or agreed_terms(order, agreement) else {"order_terms": None, "agreed_terms": None}


def why_tax_code_is_missing(order: Order, lines: Sequence[OrderLine], agreement: Agreement | None) -> Evidence | None:
    """Return what was found when the order has no tax code."""
    return None if order.tax_code else {"tax_code": None}


def why_nobody_can_be_billed(order: Order, lines: Sequence[OrderLine], agreement: Agreement | None) -> Evidence | None:
    """Return what was found when no address for the invoice is on the order."""
    return None if order.bill_to_email else {"bill_to_email": None}


def why_total_differs(order: Order, lines: Sequence[OrderLine], agreement: Agreement | None) -> Evidence | None:
    """Return the sums when lines and tax do not add up to the order's total."""
    net = sum((line.net_amount for line in lines), ZERO) if lines else order.net_amount
    if net == order.net_amount and order.net_amount + order.tax_amount == order.total_amount:
        return None
    return {
        "line_net_amount": net,
        "net_amount": order.net_amount,
        "tax_amount": order.tax_amount,
        "total_amount": order.total_amount,
    }


def agreed_terms(order: Order, agreement: Agreement | None) -> str | None:
    """Return the payment terms agreed with the customer: the frame agreement's, else what the order was joined to."""
    return agreement.terms_code if agreement and agreement.terms_code else order.agreed_terms_code


QUESTIONS: dict[str, Callable[[Order, Sequence[OrderLine], Agreement | None], Evidence | None]] = {
    "CUSTOMER_KNOWN": why_customer_is_unknown,
    "PO_PRESENT": why_purchase_order_is_missing,
    "TERMS_AGREED": why_terms_differ,
    "TERMS_KNOWN": why_terms_are_unknown,
    "TAX_CODE_PRESENT": why_tax_code_is_missing,
    "BILL_TO_EMAIL": why_nobody_can_be_billed,
    "TOTAL_ADDS_UP": why_total_differs,
}
