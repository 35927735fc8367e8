"""Payment terms: when a document is due, and what discount paying early earns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assets.ledger.money import ZERO, round_to_minor_unit
from assets.ledger.policy import as_amount, as_count


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """One row of payment_terms.csv."""

    terms_code: str
    due_days: int
    discount_percent: Decimal | None = None
    discount_days: int | None = None

    def due_date(self, document_date: date) -> date:
        """Return the day the document is due: calendar days after its date, also on weekends."""
        return document_date + timedelta(days=self.due_days)

    def cash_discount(self, document_date: date, paid_date: date, amount: Decimal, currency_code: str) -> Decimal:
        """Return the discount that paying on that day earns; 0 after the discount days or without a discount."""
        if self.discount_percent is None or self.discount_days is None:
            return ZERO
        if paid_date > document_date + timedelta(days=self.discount_days):
            return ZERO
        return round_to_minor_unit(amount * self.discount_percent / 100, currency_code)


def terms_by_code(rows: Iterable[Mapping[str, Any]]) -> dict[str, PaymentTerms]:
    """Return payment terms by code."""
    return {
        str(row["terms_code"]): PaymentTerms(
            str(row["terms_code"]),
            int(row["due_days"]),
            as_amount(row.get("discount_percent")),
            as_count(row.get("discount_days")),
        )
        for row in rows
    }
