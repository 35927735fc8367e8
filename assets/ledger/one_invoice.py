"""One invoice of several charges: their lines numbered through, and tax rounded once on the sum of them all.

Each charge keeps its part of the tax, down to the minor unit, so that what is earned, credited or taken back of a
charge adds up to the invoice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from assets.ledger.documents import (
    NAMED_WHERE_KNOWN,
    DocumentDoesNotAddUpError,
    DocumentLine,
    Draft,
    draft_of,
)
from assets.ledger.errors import PermanentError
from assets.ledger.money import ZERO, tax_amount

Value = TypeVar("Value")


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
            raise NotOneInvoiceError(
                keys, "they differ in customer, entity, currency, terms, tax, purchase order, form or reference"
            )
        expected = sum((line.net_amount for line in self.lines), ZERO) + self.tax_amount
        if expected != self.total_amount or expected != sum((part.total_amount for part in self.parts), ZERO):
            raise DocumentDoesNotAddUpError(" + ".join(keys), expected, self.total_amount)

    @property
    def billing_keys(self) -> tuple[str, ...]:
        """Return the charges that the invoice bills."""
        return tuple(part.billing_key for part in self.parts)

    @property
    def as_draft(self) -> Draft:
        """Return the whole as one draft, under the name of its first charge: what is printed, numbered and sent."""
        first = self.parts[0]
        if len(self.parts) == 1:
            return first
        starts = [part.period_start for part in self.parts if part.period_start]
        ends = [part.period_end for part in self.parts if part.period_end]
        return replace(
            first,
            contract_id=_same(part.contract_id for part in self.parts),
            contract_line_number=_same(part.contract_line_number for part in self.parts),
            order_number=_same(part.order_number for part in self.parts),
            lines=self.lines,
            net_amount=self.net_amount,
            tax_amount=self.tax_amount,
            total_amount=self.total_amount,
            period_start=min(starts, default=None),
            period_end=max(ends, default=None),
            trigger_at=min(part.trigger_at for part in self.parts),
            triggered_date=max(part.triggered_date for part in self.parts),
        )


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
        *(getattr(draft, name) for name in NAMED_WHERE_KNOWN),
    )


def charges_billed(payload: Mapping[str, Any]) -> tuple[Draft, ...]:
    """Return the charges that a recorded invoice bills, each with its share of the tax; most bill one."""
    return tuple(draft_of(part) for part in payload.get("charges", ())) or (draft_of(payload),)


def _same(values: Iterable[Value]) -> Value | None:
    """Return what all agree in, None where they do not."""
    found = list(values)
    return found[0] if all(value == found[0] for value in found) else None
