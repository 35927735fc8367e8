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
    """One milestone of a contract line, completed or not, and who accepted it for the customer."""

    milestone_id: str
    contract_id: str
    contract_line_number: int
    milestone_name: str
    is_completed: bool
    completed_at: datetime | None
    known_date: date
    attachments: tuple[str, ...] = ()
    accepted_by: str | None = None
    accepted_at: datetime | None = None

    def is_delivered(self, billed_when: str) -> bool:
        """Return whether it is what the contract bills on: complete, or accepted by the customer as well."""
        return self.is_completed and (billed_when == "completed" or bool(self.accepted_by))

    def billable_at(self, billed_when: str) -> datetime | None:
        """Return when it became what the contract bills on; None while it is not."""
        if not self.is_delivered(billed_when):
            return None
        return self.completed_at if billed_when == "completed" else self.accepted_at


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One metered quantity under a contract line."""

    usage_event_key: str
    contract_id: str
    contract_line_number: int
    quantity: Decimal
    occurred_date: date
    known_date: date
