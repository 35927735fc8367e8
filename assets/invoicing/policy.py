"""Terms, tax rates and blocking checks for drafts: the seeds, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from assets.ledger.policy import Policy, as_amount, as_flag
from assets.ledger.terms import PaymentTerms, terms_by_code


@dataclass(frozen=True, slots=True)
class InvoicingPolicy:
    """What drafts are priced, taxed, dated and stopped by."""

    terms: Mapping[str, PaymentTerms]
    tax_rates: Mapping[tuple[str, str], Decimal]
    blocking: Mapping[str, str]  # check code → reason code
    days_until_missing_in_accounting: int
    days_until_not_drafted: int
    days_of_history: int

    @classmethod
    def from_policy(cls, policy: Policy) -> InvoicingPolicy:
        """Return the typed policy of the seeds payment_terms, tax_rates, draft_checks and comparison_rules."""
        return cls(
            terms=terms_by_code(policy.rows("payment_terms")),
            tax_rates={
                (str(row["legal_entity_id"]), str(row["tax_code"])): as_amount(row["tax_rate"]) or Decimal(0)
                for row in policy.rows("tax_rates")
            },
            blocking={
                str(row["check_code"]): str(row["reason_code"])
                for row in policy.rows("draft_checks")
                if as_flag(row["is_blocking"])
            },
            days_until_missing_in_accounting=int(
                policy.row("comparison_rules", "rule_code", "NOT_IN_ACCOUNTING")["days"]
            ),
            days_until_not_drafted=int(policy.row("comparison_rules", "rule_code", "NOT_DRAFTED")["days"]),
            days_of_history=int(policy.row("comparison_rules", "rule_code", "HISTORY")["days"]),
        )
