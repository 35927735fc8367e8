"""What revenue is made of: judgements, what was billed of a charge, how it is planned, and what was posted when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from assets.ledger.money import ZERO

OVER_TIME, POINT_IN_TIME, AS_INVOICED = "over_time", "point_in_time", "as_invoiced"
METHODS = (OVER_TIME, POINT_IN_TIME, AS_INVOICED)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How an obligation is earned, and who says so: the policy seed, a policy decision, or a person about this one."""

    method: str
    service_months: int | None = None  # of what is earned over time and has no billed period of its own
    held_back_percent: Decimal = ZERO  # variable consideration: not earned until a person lets it go
    source: str = "policy"  # policy | policy_decision | person
    effective_date: date | None = None


@dataclass(frozen=True, slots=True)
class Billing:
    """An amount that a document bills, credits (negative) or takes back by being cancelled."""

    document: str
    credited: str | None
    billed_date: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a charge's price and the day it is earned by; held back while it has none."""

    obligation_key: str
    earned_date: date | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class RunningCharge:
    """A period of a contract line that has begun and is not due for billing yet, priced as agreed today."""

    billing_key: str
    legal_entity_id: str
    currency_code: str
    customer_key: str | None
    period_start: date
    period_end: date
    net_amount: Decimal


@dataclass(frozen=True, slots=True)
class RevenueCharge:
    """What the record says about the revenue of one charge, or of one document that names none."""

    charge_key: str
    charge_kind: str
    currency_code: str
    billings: tuple[Billing, ...] = ()
    parts: tuple[Part, ...] = ()
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    earned: Mapping[date, int] = field(default_factory=dict)  # by the period it belongs to
    posted: Mapping[date, tuple[int, int]] = field(default_factory=dict)  # billed and earned, by period posted to
    decision_count: int = 0


@dataclass(slots=True)
class RevenueNews:
    """What concerns revenue and was not looked at yet."""

    documents: dict[str, None] = field(default_factory=dict)
    obligations: dict[str, None] = field(default_factory=dict)
    charge_kinds: dict[str, None] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget what was looked at."""
        self.documents.clear()
        self.obligations.clear()
        self.charge_kinds.clear()
