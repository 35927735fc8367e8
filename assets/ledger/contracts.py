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
    agreed_prices: tuple[tuple[str, Decimal], ...] = ()  # by product, of a frame agreement
    purchase_order_valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A price for the units up to a quantity; the last tier has no end."""

    up_to_quantity: Decimal | None
    unit_price: Decimal


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
    billing_frequency: str | None  # monthly | quarterly | half_yearly | yearly
    is_billed_in_advance: bool
    metric: str | None
    purchase_order_number: str | None
    is_purchase_order_required: bool
    terms_code: str | None
    tax_code: str | None
    start_date: date
    end_date: date | None
    known_date: date
    effective_date: date | None = None  # from when this version counts; without one, from the day it is known
    anchor: str | None = None  # contract_date | calendar | a day of the month
    discount_percent: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    threshold_quantity: Decimal | None = None  # usage is billed each time so much more was metered
    minimum_amount: Decimal | None = None  # of usage, per month
    commitment_amount: Decimal | None = None  # of usage, per contract year
    required_attachments: tuple[str, ...] = ()
    buyer_reference: str | None = None  # by which the customer routes invoices of this contract
    milestone_billed_when: str = "completed"  # completed | accepted: by the customer | provisioned: it is confirmed
    purchase_order_valid_until: date | None = None
