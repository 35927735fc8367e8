"""By which rules does cash application decide? The seeds `cash_rules` and `tolerances`, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from assets.ledger.policy import Policy, as_amount, as_count, as_flag

# Rules in the order they are tried. What each may do is policy; what each means is code.
EXACT_REFERENCE = "exact_reference"
LISTED_REFERENCES = "listed_references"
LISTED_AMOUNTS = "listed_amounts"
PAYER_AND_AMOUNT = "payer_and_amount"
NAMED_WITH_DIFFERENCE = "named_with_difference"
NEAR_REFERENCE = "near_reference"
ORDER_REFERENCE = "order_reference"
WHOLE_BALANCE = "whole_balance"
ALL_OVERDUE = "all_overdue"
SUBSET_SUM = "subset_sum"
NAME_AND_AMOUNT = "name_and_amount"
AMOUNT_ONLY = "amount_only"

NO_RULE = "none"  # what a receipt without any proposal is said to have been decided by


@dataclass(frozen=True, slots=True)
class CashRule:
    """One rule of the ladder: may it apply cash by itself, and how sure is it when it proposes."""

    rule: str
    position: int
    is_automatic: bool
    confidence: Decimal
    minimum_confidence: Decimal


# What the payer wrote, or who paid, speaks against the solution, however well its amount fits.
CONTRADICTIONS = frozenset(
    {"DOCUMENT_CLOSED", "REFERENCE_CONTRADICTS", "PAYER_CONTRADICTS", "POSSIBLE_DUPLICATE", "RECEIPT_BEFORE_DOCUMENT"}
)


@dataclass(frozen=True, slots=True)
class CashPolicy:
    """What cash application may do by itself, and where it must ask."""

    rules: Mapping[str, CashRule]
    duplicate_days: int
    duplicate_days_without_reference: int
    remittance_days: int
    maximum_proposals: int
    maximum_ties: int
    subset_items: int
    agent_families: int
    bank_fee_amount: Decimal
    cash_discount_percent: Decimal
    contradicted_share: Decimal

    @classmethod
    def from_policy(cls, policy: Policy) -> CashPolicy:
        """Return the typed policy of the seeds `cash_rules` and `tolerances`."""
        rules = {
            str(row["rule"]): CashRule(
                rule=str(row["rule"]),
                position=as_count(row["position"]) or 0,
                is_automatic=as_flag(row["is_automatic"]),
                confidence=as_amount(row["confidence"]) or Decimal(0),
                minimum_confidence=as_amount(row["minimum_confidence"]) or Decimal(0),
            )
            for row in policy.rows("cash_rules")
        }

        def threshold(code: str) -> Decimal:
            return as_amount(policy.row("tolerances", "tolerance_code", code)["threshold"]) or Decimal(0)

        return cls(
            rules=rules,
            duplicate_days=int(threshold("DUPLICATE_RECEIPT")),
            duplicate_days_without_reference=int(threshold("DUPLICATE_RECEIPT_WITHOUT_REFERENCE")),
            remittance_days=int(threshold("REMITTANCE_MESSAGE")),
            maximum_proposals=int(threshold("PROPOSALS_SHOWN")),
            maximum_ties=int(threshold("TIES_SHOWN")),
            subset_items=int(threshold("SUBSET_ITEMS")),
            agent_families=int(threshold("PAYER_FAMILIES")),
            bank_fee_amount=threshold("BANK_FEE"),
            cash_discount_percent=threshold("CASH_DISCOUNT"),
            contradicted_share=threshold("CONTRADICTED"),
        )

    def is_automatic(self, rule: str) -> bool:
        """Return whether the rule may apply cash without a person."""
        known = self.rules.get(rule)
        return known is not None and known.is_automatic and known.confidence >= known.minimum_confidence

    def confidence(self, rule: str, tied: int, reason_code: str | None = None) -> Decimal:
        """Return how sure a rule is of one of several equal solutions, and far less so of one that is contradicted."""
        known = self.rules.get(rule)
        if known is None:
            return Decimal(0)
        share = self.contradicted_share if reason_code in CONTRADICTIONS else Decimal(1)
        return (known.confidence * share / max(tied, 1)).quantize(Decimal("0.000001"))
