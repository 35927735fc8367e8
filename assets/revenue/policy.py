"""Accounts, default judgements and closing of periods: the seeds and what finance decided about them, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assets.ledger.money import ZERO
from assets.ledger.policy import Policy, UnknownPolicyError, as_amount, as_count
from assets.ledger.revenue import Judgement


@dataclass(frozen=True, slots=True)
class Accounts:
    """One row of revenue_accounts.csv: where a kind of charge is posted, by what the account is for."""

    receivable: str
    revenue: str
    deferred_revenue: str
    contract_asset: str


@dataclass(frozen=True, slots=True)
class RevenuePolicy:
    """How each kind of charge is earned unless a person judges otherwise, and until when a period is posted into."""

    accounts: Mapping[str, Accounts]
    judgements: Mapping[str, Judgement]
    period_close_days: int

    @classmethod
    def from_policy(cls, policy: Policy) -> RevenuePolicy:
        """Return the typed policy of the seeds revenue_accounts, revenue_judgements and revenue_rules."""
        return cls(
            accounts={
                str(row["charge_kind"]): Accounts(
                    str(row["receivable_account"]),
                    str(row["revenue_account"]),
                    str(row["deferred_account"]),
                    str(row["contract_asset_account"]),
                )
                for row in policy.rows("revenue_accounts")
            },
            judgements={
                str(row["charge_kind"]): Judgement(
                    str(row["method"]),
                    as_count(row["service_months"]),
                    as_amount(row["held_back_percent"]) or ZERO,
                )
                for row in policy.rows("revenue_judgements")
            },
            period_close_days=int(policy.row("revenue_rules", "rule_code", "PERIOD_CLOSE_DAYS")["days"]),
        )

    def accounts_of(self, charge_kind: str) -> Accounts:
        """Return the accounts of a kind of charge; raise UnknownPolicyError when policy has none."""
        if charge_kind not in self.accounts:
            raise UnknownPolicyError("revenue_accounts", charge_kind, self.accounts)
        return self.accounts[charge_kind]

    def judgement_of(self, charge_kind: str) -> Judgement:
        """Return the default judgement of a kind of charge; raise UnknownPolicyError when policy has none."""
        if charge_kind not in self.judgements:
            raise UnknownPolicyError("revenue_judgements", charge_kind, self.judgements)
        return self.judgements[charge_kind]
