"""When is an order passed, referred or held? The seed `credit_rules`, typed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from assets.ledger.policy import Policy, as_amount


@dataclass(frozen=True, slots=True)
class CreditPolicy:
    """The thresholds of credit."""

    hold_percent_of_limit: Decimal
    refer_percent_of_limit: Decimal
    hold_percent_overdue: Decimal
    refer_percent_overdue: Decimal
    grace_days: int
    refer_without_limit_above: Decimal

    @classmethod
    def from_policy(cls, policy: Policy) -> CreditPolicy:
        """Return the typed policy of the seed `credit_rules`."""

        def threshold(rule_code: str) -> Decimal:
            return as_amount(policy.row("credit_rules", "rule_code", rule_code)["threshold"]) or Decimal(0)

        return cls(
            hold_percent_of_limit=threshold("OVER_LIMIT_HOLD"),
            refer_percent_of_limit=threshold("OVER_LIMIT_REFER"),
            hold_percent_overdue=threshold("OVERDUE_HOLD"),
            refer_percent_overdue=threshold("OVERDUE_REFER"),
            grace_days=int(threshold("OVERDUE_GRACE")),
            refer_without_limit_above=threshold("NO_LIMIT_REFER"),
        )
