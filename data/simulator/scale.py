"""How large the invented company is, and which days it lives through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

LAST_DATE = date(2026, 6, 30)


@dataclass(frozen=True)
class Scale:
    """Size of the company. The window is the last `days` days ending on the fixed last day."""

    name: str
    customers: int
    products: int
    orders_per_day: int
    days: int
    opening_invoices_per_customer: float
    last_date: date = LAST_DATE

    @cached_property
    def first_date(self) -> date:
        """The day openitem went live: everything older arrives on this day as history."""
        return self.last_date - timedelta(days=self.days - 1)

    @cached_property
    def first_activity(self) -> date:
        """The earliest day whose events arrive inside the window (events arrive the morning after)."""
        return self.first_date - timedelta(days=1)

    @cached_property
    def last_activity(self) -> date:
        """The last day whose events arrive inside the window."""
        return self.last_date - timedelta(days=1)

    def resized(
        self, customers: int | None = None, orders_per_day: int | None = None, days: int | None = None
    ) -> Scale:
        """Return the same preset with some sizes replaced."""
        return replace(
            self,
            customers=customers or self.customers,
            orders_per_day=orders_per_day or self.orders_per_day,
            days=days or self.days,
        )


SCALES: dict[str, Scale] = {
    "demo": Scale("demo", 420, 400, 22, 180, 1.8),
    "small": Scale("small", 60, 80, 6, 14, 3.0),
    "seed": Scale("seed", 8000, 7500, 1500, 30, 2.0),
}
