"""Which accounts and which method does a kind of charge use? The seed `revenue_accounts`, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assets.ledger.policy import Policy, UnknownPolicyError


@dataclass(frozen=True, slots=True)
class RevenueRule:
    """One row of revenue_accounts.csv."""

    receivable_account: str
    revenue_account: str
    deferred_account: str
    is_straight_line: bool


@dataclass(frozen=True, slots=True)
class RevenuePolicy:
    """Revenue rules by charge kind and billing timing."""

    rules: Mapping[tuple[str, str], RevenueRule]

    @classmethod
    def from_policy(cls, policy: Policy) -> RevenuePolicy:
        """Return the typed policy of the seed `revenue_accounts`."""
        return cls(
            {
                (str(row["charge_kind"]), str(row["billing_timing"])): RevenueRule(
                    str(row["receivable_account"]),
                    str(row["revenue_account"]),
                    str(row["deferred_account"]),
                    str(row["method"]) == "straight_line",
                )
                for row in policy.rows("revenue_accounts")
            }
        )

    def rule(self, charge_kind: str, billing_timing: str) -> RevenueRule:
        """Return the rule of a kind of charge; raise UnknownPolicyError when policy has none."""
        key = (charge_kind, billing_timing)
        if key not in self.rules:
            raise UnknownPolicyError("revenue_accounts", " ".join(key), (" ".join(known) for known in self.rules))
        return self.rules[key]
