"""Which drafts become one invoice? Those of one customer and month that agree in all an invoice says once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assets.ledger.documents import Draft
from assets.ledger.one_invoice import ConsolidatedInvoice, one_invoice_of, said_once
from assets.ledger.policy import as_flag

ANY_CUSTOMER = "*"


@dataclass(frozen=True, slots=True)
class BillingGroups:
    """For whom charges are billed together: by legal entity, and by customer where one differs from its entity."""

    is_together: Mapping[tuple[str, str], bool]

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, Any]]) -> BillingGroups:
        """Return the typed policy of the seed billing_groups."""
        return cls(
            {
                (str(row["legal_entity_id"]), str(row["customer_number"])): as_flag(row["is_billed_together"])
                for row in rows
            }
        )

    def bills_together(self, legal_entity_id: str, customer_number: str | None) -> bool:
        """Return whether a customer's charges of a month are billed together; not, where policy says nothing."""
        for customer in (customer_number or "", ANY_CUSTOMER):
            if (legal_entity_id, customer) in self.is_together:
                return self.is_together[(legal_entity_id, customer)]
        return False


NOBODY_TOGETHER = BillingGroups({})


def consolidate(
    approved: Iterable[Draft], groups: BillingGroups, customer_numbers: Mapping[str, str]
) -> list[ConsolidatedInvoice]:
    """Return the invoices of drafts that were approved together, each charge on exactly one, in billing-key order.

    A charge approved twice is billed once. `customer_numbers` are those by which policy names customers.
    """
    by_invoice: dict[tuple[Any, ...], list[Draft]] = {}
    for draft in sorted({draft.billing_key: draft for draft in approved}.values(), key=lambda each: each.billing_key):
        number = customer_numbers.get(draft.customer_key or "")
        is_together = draft.customer_key is not None and groups.bills_together(draft.legal_entity_id, number)
        one: tuple[Any, ...] = (*said_once(draft), month_of(draft)) if is_together else (draft.billing_key,)
        by_invoice.setdefault(one, []).append(draft)
    return [one_invoice_of(drafts) for drafts in by_invoice.values()]


def month_of(draft: Draft) -> date:
    """Return the first day of the month in which a charge was triggered: the period that is billed together."""
    return draft.triggered_date.replace(day=1)
