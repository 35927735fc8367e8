"""What was delivered: shipments, accepted milestones, confirmed provisioning, metered usage."""

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
    """One milestone of a contract line or one activation of its service: done or not, accepted, provisioned."""

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
    provisioned_at: datetime | None = None
    quantity: Decimal | None = None  # of units activated, for a line that is priced by the unit
    changed_at: datetime | None = None  # by the source's clock: an older version that is told late replaces nothing

    def is_delivered(self, billed_when: str) -> bool:
        """Return whether it is what the contract bills on: complete, accepted as well, or confirmed as provisioned."""
        if billed_when == "provisioned":
            return self.provisioned_at is not None
        return self.is_completed and (billed_when == "completed" or bool(self.accepted_by))

    def billable_at(self, billed_when: str) -> datetime | None:
        """Return when it became what the contract bills on; None while it is not."""
        if not self.is_delivered(billed_when):
            return None
        moments = {"completed": self.completed_at, "accepted": self.accepted_at, "provisioned": self.provisioned_at}
        return moments[billed_when]


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One metered quantity under a contract line."""

    usage_event_key: str
    contract_id: str
    contract_line_number: int
    quantity: Decimal
    occurred_date: date
    known_date: date
