"""What was sold in the CRM: deals with their line items, for companies that bill a deal when it is won."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Deal:
    """One version of a deal; it may be won, opened again and won again, and stands for a contract when it names one."""

    deal_id: str
    changed_at: datetime  # by the CRM's clock: an older version that becomes known late replaces nothing
    customer_key: str | None
    legal_entity_id: str | None
    currency_code: str | None
    deal_name: str | None
    amount: Decimal | None
    is_won: bool
    won_at: datetime | None
    contract_id: str | None
    purchase_order_number: str | None
    terms_code: str | None
    known_date: date


@dataclass(frozen=True, slots=True)
class DealLine:
    """One version of a line item of a deal."""

    line_item_id: str
    deal_id: str
    changed_at: datetime
    product_id: str | None
    description: str | None
    quantity: Decimal
    unit_price: Decimal
    known_date: date
