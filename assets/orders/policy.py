"""Which fields must an order carry? The seed `order_checks`, typed."""

from __future__ import annotations

from dataclasses import dataclass

from assets.ledger.policy import Policy, as_flag


@dataclass(frozen=True, slots=True)
class OrderCheck:
    """One row of order_checks.csv."""

    check_code: str
    field_name: str
    reason_code: str
    owner: str


@dataclass(frozen=True, slots=True)
class OrderPolicy:
    """The checks that are switched on."""

    checks: tuple[OrderCheck, ...]

    @classmethod
    def from_policy(cls, policy: Policy) -> OrderPolicy:
        """Return the typed policy of the seed `order_checks`."""
        return cls(
            tuple(
                OrderCheck(
                    str(row["check_code"]), str(row["field_name"]), str(row["reason_code"]), str(row["owner"] or "")
                )
                for row in sorted(policy.rows("order_checks"), key=lambda row: str(row["check_code"]))
                if as_flag(row["is_required"])
            )
        )
