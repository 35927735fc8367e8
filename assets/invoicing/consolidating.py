"""Which approved drafts become one invoice? Those of one customer and month that agree in all an invoice says once.

The tax of the one invoice is rounded once on the sum of its lines, as that of any document. Each charge keeps its part
of it, down to the minor unit, so that what is earned, credited or taken back of a charge adds up to the invoice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger.documents import DocumentDoesNotAddUpError, DocumentLine, Draft
from assets.ledger.errors import PermanentError
from assets.ledger.money import ZERO, tax_amount
from assets.ledger.policy import as_flag

ANY_CUSTOMER = "*"


class NotOneInvoiceError(PermanentError):
    """Charges were to stand on one invoice that cannot stand on one."""

    def __init__(self, billing_keys: Sequence[str], why: str) -> None:
        self.billing_keys = tuple(billing_keys)
        super().__init__(
            f"Cannot make one invoice of {', '.join(f'`{key}`' for key in billing_keys)}: {why}. "
            "Bill them on invoices of their own."
        )


@dataclass(frozen=True, slots=True)
class ConsolidatedInvoice:
    """One invoice of one or several charges; each part is the draft of a charge with its share of the invoice's tax."""

    parts: tuple[Draft, ...]
    lines: tuple[DocumentLine, ...]
    net_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal

    def __post_init__(self) -> None:
        keys = self.billing_keys
        if len(set(keys)) != len(keys):
            raise NotOneInvoiceError(keys, "a charge is named twice")
        if len({said_once(part) for part in self.parts}) != 1:
            raise NotOneInvoiceError(keys, "they differ in customer, entity, currency, terms, tax or purchase order")
        expected = sum((line.net_amount for line in self.lines), ZERO) + self.tax_amount
        if expected != self.total_amount or expected != sum((part.total_amount for part in self.parts), ZERO):
            raise DocumentDoesNotAddUpError(" + ".join(keys), expected, self.total_amount)

    @property
    def billing_keys(self) -> tuple[str, ...]:
        """Return the charges that the invoice bills."""
        return tuple(part.billing_key for part in self.parts)


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


def one_invoice_of(drafts: Sequence[Draft]) -> ConsolidatedInvoice:
    """Return the one invoice of drafts: the lines of each, numbered through, and tax rounded once on their sum."""
    parts: list[Draft] = []
    lines: list[DocumentLine] = []
    taxed = ZERO
    for draft in drafts:
        lines += [replace(line, line_number=len(lines) + at) for at, line in enumerate(draft.lines, start=1)]
        tax = tax_amount([line.net_amount for line in lines], draft.tax_rate, draft.currency_code)
        share, taxed = tax - taxed, tax
        parts.append(replace(draft, tax_amount=share, total_amount=draft.net_amount + share))
    net = sum((line.net_amount for line in lines), ZERO)
    return ConsolidatedInvoice(tuple(parts), tuple(lines), net, taxed, net + taxed)


def said_once(draft: Draft) -> tuple[Any, ...]:
    """Return what an invoice says once for all its lines: charges that differ in it cannot stand on one."""
    return (
        draft.legal_entity_id,
        draft.customer_key,
        draft.currency_code,
        draft.terms_code,
        draft.due_days,
        draft.tax_code,
        draft.tax_rate,
        draft.purchase_order_number,
    )


def month_of(draft: Draft) -> date:
    """Return the first day of the month in which a charge was triggered: the period that is billed together."""
    return draft.triggered_date.replace(day=1)
