"""What does a customer owe, and what would it owe with everything it has ordered?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assets.ledger.day import DayState
from assets.ledger.money import ZERO
from assets.ledger.orders import Order


@dataclass(frozen=True, slots=True)
class Exposure:
    """A customer's exposure in one currency, on the day an order is measured."""

    open_amount: Decimal
    ordered_amount: Decimal  # other orders not billed yet
    order_amount: Decimal
    overdue_amount: Decimal  # overdue beyond the days of grace
    limit_amount: Decimal | None
    unapplied_amount: Decimal = ZERO  # money in hand that is not applied yet; owed and overdue are without it

    @property
    def credit_exposure_amount(self) -> Decimal:
        """Return what the customer would owe with this order."""
        return self.open_amount + self.ordered_amount + self.order_amount


def measure_exposure(
    order: Order,
    customer_key: str,
    state: DayState,
    *,
    grace_days: int,
    business_date: date,
    unapplied_amount: Decimal = ZERO,
) -> Exposure:
    """Return the customer's exposure in the order's currency; open items in other currencies do not count.

    Money in hand lowers what is owed and, as it would pay the oldest first, what is overdue.
    """
    open_amount = overdue = ZERO
    for item in state.open_items_of(customer_key):
        if item.currency_code != order.currency_code:
            continue
        open_amount += item.open_amount
        if item.open_minor > 0 and item.days_overdue(business_date) > grace_days:
            overdue += item.open_amount
    others = (state.orders[key] for key in state.unbilled_orders.get(customer_key, ()) if key != order.order_key)
    known_before = [
        other
        for other in others
        if other.currency_code == order.currency_code
        and (state.order_known_since[other.order_key], other.order_number)
        < (state.order_known_since[order.order_key], order.order_number)
    ]
    return Exposure(
        open_amount=open_amount - unapplied_amount,
        ordered_amount=sum((other.total_amount for other in known_before), ZERO),
        order_amount=order.total_amount,
        overdue_amount=max(overdue - unapplied_amount, ZERO),
        limit_amount=state.credit_limit(customer_key),
        unapplied_amount=unapplied_amount,
    )
