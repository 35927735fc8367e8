"""What may cash application do by itself, and where must it ask? The seeds of the room, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from assets.cash_application.engine.differences import DUPLICATE, LEAVES_REST_OPEN, OVERPAYMENT, PREPAYMENT
from assets.cash_application.engine.matching import MatchPolicy
from assets.cash_application.engine.rules import REASON_OF_READING
from assets.cash_application.match_policy import match_policy
from assets.ledger.errors import PermanentError
from assets.ledger.money import from_minor
from assets.ledger.policy import Policy, as_amount, as_count, as_flag

PAYS_NOTHING_OPEN = frozenset({DUPLICATE, PREPAYMENT})
NO_RULE = "none"  # what a receipt without any proposal is said to have been decided by


class DifferenceCannotClearError(PermanentError):
    """Policy lets a kind of difference close a document of which the payer still owes the rest."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(
            f"Cannot use policy `cash_differences`: `{kind}` is said to clear the document, but it leaves a rest to be "
            "paid or settled, or pays no open document. Set clears_document to false; write the rest off under another "
            "kind."
        )


@dataclass(frozen=True, slots=True)
class DifferenceRule:
    """What policy says of one kind of difference between what is open and what was paid."""

    kind: str
    clears_document: bool
    account: str | None
    largest_amount: Decimal | None
    largest_percent: Decimal | None
    is_automatic: bool
    reason_code: str

    def allows(self, difference_minor: int, paid_minor: int, currency_code: str) -> bool:
        """Return whether a rule may accept a difference of this size without a person."""
        if not self.is_automatic:
            return False
        size = abs(difference_minor)
        if self.largest_amount is not None and from_minor(size, currency_code) > self.largest_amount:
            return False
        whole = paid_minor + max(difference_minor, 0)
        return self.largest_percent is None or size * 100 <= self.largest_percent * whole


@dataclass(frozen=True, slots=True)
class CashPolicy:
    """The matcher's policy, and what the walk needs beside it."""

    matching: MatchPolicy
    differences: Mapping[str, DifferenceRule]
    discounts: Mapping[str, tuple[Decimal, int]]  # terms -> percent off, and the days within which
    remittance_days: int
    agent_families: int

    def reason_of(self, reading: str) -> str | None:
        """Return why nothing is proposed for money that is best read so, in the words of policy."""
        rule = self.differences.get(reading) if reading in PAYS_NOTHING_OPEN else None
        return rule.reason_code if rule is not None else REASON_OF_READING.get(reading)

    @classmethod
    def from_policy(cls, policy: Policy) -> CashPolicy:
        """Return the typed policy of the seeds about cash, tolerances and terms."""

        def threshold(code: str) -> int:
            return int(as_amount(policy.row("tolerances", "tolerance_code", code)["threshold"]) or 0)

        rules = {
            str(row["kind"]): DifferenceRule(
                kind=str(row["kind"]),
                clears_document=as_flag(row["clears_document"]),
                account=str(row["account"]) if row["account"] else None,
                largest_amount=as_amount(row["largest_amount"]),
                largest_percent=as_amount(row["largest_percent"]),
                is_automatic=as_flag(row["is_automatic"]),
                reason_code=str(row["reason_code"]),
            )
            for row in policy.rows("cash_differences")
        }
        for kind in sorted({*LEAVES_REST_OPEN, *PAYS_NOTHING_OPEN, OVERPAYMENT}):
            if kind in rules and rules[kind].clears_document:
                raise DifferenceCannotClearError(kind)
        return cls(
            matching=match_policy(policy),
            differences=rules,
            discounts={
                str(row["terms_code"]): (as_amount(row["discount_percent"]) or Decimal(0), days)
                for row in policy.rows("payment_terms")
                if (days := as_count(row["discount_days"])) is not None
            },
            remittance_days=threshold("REMITTANCE_MESSAGE"),
            agent_families=threshold("PAYER_FAMILIES"),
        )
