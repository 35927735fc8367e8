"""Documents we issue: drafts, invoices and credit memos, and what is still open on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from assets.ledger.errors import PermanentError
from assets.ledger.money import ZERO, from_minor, line_amount, tax_amount

DISCOUNT = "Discount"
CREDITED_BEFORE = "Credited before"
# What records name only where it is known: those made before say nothing of it.
NAMED_WHERE_KNOWN = (
    "tax_category", "tax_exemption_code", "tax_exemption_reason", "buyer_reference", "document_format",
)  # fmt: skip


class DocumentDoesNotAddUpError(PermanentError):
    """A document's total is not its lines plus its taxes."""

    def __init__(self, document: str, expected: Decimal, found: Decimal) -> None:
        self.document = document
        super().__init__(
            f"Cannot make document `{document}`: its lines and taxes add up to {expected}, but its total says {found}. "
            "Build it from its lines; totals are never entered."
        )


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line of a draft or invoice; the net amount follows the rounding rule of the ledger."""

    line_number: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    net_amount: Decimal
    product_id: str | None = None

    @classmethod
    def priced(
        cls,
        line_number: int,
        description: str,
        quantity: Decimal,
        unit_price: Decimal,
        currency_code: str,
        product_id: str | None = None,
    ) -> DocumentLine:
        """Return the line with its net amount computed."""
        net = line_amount(quantity, unit_price, currency_code)
        return cls(line_number, description, quantity, unit_price, net, product_id)

    @property
    def is_discount(self) -> bool:
        """Return whether the line takes off what was agreed to be taken off: less than nothing, at a price above it."""
        return self.quantity == -1 and self.description.startswith(DISCOUNT)

    @property
    def is_credited_before(self) -> bool:
        """Return whether the line takes off what was credited of an invoice that this one replaces."""
        return self.quantity == -1 and self.description.startswith(CREDITED_BEFORE)

    def as_payload(self) -> dict[str, Any]:
        """Return the line as it stands in decisions and in `invoice_drafts.lines`."""
        return {
            "line_number": self.line_number,
            "product_id": self.product_id,
            "description": self.description,
            "quantity": plain(self.quantity),
            "unit_price": plain(self.unit_price),
            "net_amount": plain(self.net_amount),
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice that is not issued yet: one charge, priced and taxed, waiting for its review."""

    billing_key: str
    charge_kind: str  # retainer | milestone | usage | goods
    legal_entity_id: str
    customer_key: str | None
    contract_id: str | None
    contract_line_number: int | None
    order_number: str | None
    currency_code: str
    lines: tuple[DocumentLine, ...]
    tax_code: str | None
    tax_rate: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal
    terms_code: str | None
    due_days: int | None
    purchase_order_number: str | None
    period_start: date | None
    period_end: date | None
    trigger_at: datetime
    triggered_date: date
    tax_category: str | None = None  # None in drafts made before they named it
    tax_exemption_code: str | None = None
    tax_exemption_reason: str | None = None
    buyer_reference: str | None = None  # by which the customer routes the invoice; None: our customer number
    document_format: str | None = None  # factur-x | ubl | xrechnung | pdf; None: any of them

    def __post_init__(self) -> None:
        expected = sum((line.net_amount for line in self.lines), ZERO) + self.tax_amount
        if expected != self.total_amount:
            raise DocumentDoesNotAddUpError(self.billing_key, expected, self.total_amount)

    def as_payload(self) -> dict[str, Any]:
        """Return the whole draft as decision payload: amounts as text, dates in ISO form."""
        return {
            "billing_key": self.billing_key,
            "charge_kind": self.charge_kind,
            "legal_entity_id": self.legal_entity_id,
            "customer_key": self.customer_key,
            "contract_id": self.contract_id,
            "contract_line_number": self.contract_line_number,
            "order_number": self.order_number,
            "currency_code": self.currency_code,
            "lines": [line.as_payload() for line in self.lines],
            "tax_code": self.tax_code,
            "tax_rate": plain(self.tax_rate),
            "net_amount": plain(self.net_amount),
            "tax_amount": plain(self.tax_amount),
            "total_amount": plain(self.total_amount),
            "terms_code": self.terms_code,
            "due_days": self.due_days,
            "purchase_order_number": self.purchase_order_number,
            "period_start": self.period_start.isoformat() if self.period_start else None,
            "period_end": self.period_end.isoformat() if self.period_end else None,
            "trigger_at": self.trigger_at.isoformat(),
            "triggered_date": self.triggered_date.isoformat(),
            **self.named_where_known,
        }

    @property
    def named_where_known(self) -> dict[str, str]:
        """Return how it is taxed and received, as records name it: only what is known."""
        named = {name: getattr(self, name) for name in NAMED_WHERE_KNOWN}
        return {name: value for name, value in named.items() if value is not None}


def plain(value: Decimal) -> str:
    """Return a number as the one text decisions use for it: no exponent, no trailing zeros after two decimals."""
    text = format(value.normalize(), "f")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


def totals(lines: Sequence[DocumentLine], tax_rate: Decimal, currency_code: str) -> tuple[Decimal, Decimal, Decimal]:
    """Return net, tax and total of a document at one rate, by the rounding rule."""
    nets = [line.net_amount for line in lines]
    net = sum(nets, ZERO)
    tax = tax_amount(nets, tax_rate, currency_code)
    return net, tax, net + tax


def lines_of(payload: Sequence[Mapping[str, Any]]) -> tuple[DocumentLine, ...]:
    """Return document lines as recorded in a decision."""
    return tuple(
        DocumentLine(
            int(line["line_number"]),
            str(line["description"]),
            Decimal(line["quantity"]),
            Decimal(line["unit_price"]),
            Decimal(line["net_amount"]),
            line.get("product_id"),
        )
        for line in payload
    )


def draft_of(payload: Mapping[str, Any]) -> Draft:
    """Return the draft that a decision recorded."""
    return Draft(
        billing_key=payload["billing_key"],
        charge_kind=payload["charge_kind"],
        legal_entity_id=payload["legal_entity_id"],
        customer_key=payload.get("customer_key"),
        contract_id=payload.get("contract_id"),
        contract_line_number=payload.get("contract_line_number"),
        order_number=payload.get("order_number"),
        currency_code=payload["currency_code"],
        lines=lines_of(payload["lines"]),
        tax_code=payload.get("tax_code"),
        tax_rate=Decimal(payload["tax_rate"]),
        net_amount=Decimal(payload["net_amount"]),
        tax_amount=Decimal(payload["tax_amount"]),
        total_amount=Decimal(payload["total_amount"]),
        terms_code=payload.get("terms_code"),
        due_days=payload.get("due_days"),
        purchase_order_number=payload.get("purchase_order_number"),
        period_start=_date_or_none(payload.get("period_start")),
        period_end=_date_or_none(payload.get("period_end")),
        trigger_at=datetime.fromisoformat(payload["trigger_at"]),
        triggered_date=date.fromisoformat(payload["triggered_date"]),
        **{name: payload.get(name) for name in NAMED_WHERE_KNOWN},
    )


def _date_or_none(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class Document:
    """A posted invoice or credit memo as some system of record holds it; amounts positive for both types."""

    document_key: str
    document_number: str
    document_type: str  # invoice | credit_memo
    source_system: str
    legal_entity_id: str
    customer_key: str | None
    currency_code: str
    document_date: date
    due_date: date | None
    total_amount: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    known_date: date
    billing_key: str | None = None
    order_number: str | None = None
    purchase_order_number: str | None = None
    terms_code: str | None = None
    credits_document_key: str | None = None
    is_cancelled: bool = False
    shares: tuple[tuple[str, Decimal], ...] = ()  # net amount by billing key, of a document of several charges

    @property
    def billing_keys(self) -> tuple[str, ...]:
        """Return the charges that the document bills."""
        return tuple(key for key, _ in self.shares) or ((self.billing_key,) if self.billing_key else ())

    def net_of(self, billing_key: str | None) -> Decimal:
        """Return what of the net amount bills one charge."""
        return dict(self.shares).get(billing_key or "", self.net_amount)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A posted document with a balance left; signed: an invoice is positive, a credit memo negative."""

    document_key: str
    document_number: str
    document_type: str  # invoice | credit_memo
    customer_key: str | None
    legal_entity_id: str
    currency_code: str
    document_date: date
    due_date: date | None
    original_minor: int
    open_minor: int
    known_date: date
    purchase_order_number: str | None = None
    order_number: str | None = None

    @property
    def open_amount(self) -> Decimal:
        """Return what is left open; positive = the customer owes us."""
        return from_minor(self.open_minor, self.currency_code)

    @property
    def original_amount(self) -> Decimal:
        """Return the document's total; negative for a credit memo."""
        return from_minor(self.original_minor, self.currency_code)

    def days_overdue(self, as_of_date: date) -> int:
        """Return days past due; 0 while it is not due or has no due date."""
        return max((as_of_date - self.due_date).days, 0) if self.due_date else 0
