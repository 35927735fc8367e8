"""What was delivered: shipments, accepted milestones, metered usage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    """One order line in one shipment; a later version may void it."""

    shipment_number: str
    order_key: str | None
    order_number: str
    line_number: int
    quantity: Decimal
    shipped_at: datetime
    is_voided: bool
    known_date: date


@dataclass(frozen=True, slots=True)
class Milestone:
    """One milestone of a contract line, completed or not."""

    milestone_id: str
    contract_id: str
    contract_line_number: int
    milestone_name: str
    is_completed: bool
    completed_at: datetime | None
    known_date: date
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One metered quantity under a contract line."""

    usage_event_key: str
    contract_id: str
    contract_line_number: int
    quantity: Decimal
    occurred_date: date
    known_date: date
