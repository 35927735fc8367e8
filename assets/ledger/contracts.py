"""What was agreed with a customer: terms for everything, and charges for contracts with lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement's header; a frame agreement has no lines."""

    contract_id: str
    version: int
    customer_key: str | None
    legal_entity_id: str
    terms_code: str | None
    purchase_order_number: str | None
    is_purchase_order_required: bool
    tax_code: str | None
    credit_limit_amount: Decimal | None
    has_lines: bool  # an agreement without lines is a frame agreement: it gives orders their terms
    known_date: date


@dataclass(frozen=True, slots=True)
class ContractLine:
    """One version of one charge agreed in a contract."""

    contract_id: str
    contract_line_number: int
    version: int
    customer_key: str | None
    legal_entity_id: str
    contract_kind: str  # retainer | milestone | usage
    description: str
    currency_code: str
    period_amount: Decimal | None  # per period, or per milestone
    unit_price: Decimal | None
    included_quantity: Decimal | None
    billing_frequency: str | None  # monthly | quarterly
    is_billed_in_advance: bool
    metric: str | None
    purchase_order_number: str | None
    is_purchase_order_required: bool
    terms_code: str | None
    tax_code: str | None
    start_date: date
    end_date: date | None
    known_date: date
