"""Terms, tax rates and blocking checks for drafts: the seeds, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assets.invoicing.consolidating import BillingGroups
from assets.invoicing.receiving import ReceivingRules
from assets.invoicing.taxing import TaxRate, treatment_by_policy
from assets.ledger.policy import Policy, as_amount, as_flag
from assets.ledger.terms import PaymentTerms, terms_by_code


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """A check that blocks drafts: the reason when it fails, the rejection it prevents, and where the field is kept."""

    check_code: str
    reason_code: str
    prevents: str | None
    order_field: tuple[str, str]  # system, field
    contract_field: tuple[str, str]


@dataclass(frozen=True, slots=True)
class RejectionCause:
    """Where the field of a rejection comes from when no check of the draft had failed."""

    accounting_field: str | None
    order_field: tuple[str, str]
    contract_field: tuple[str, str]


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """When a customer's drafts of a day are so unlike it that a person looks first."""

    drafts_a_day: int
    times_largest: Decimal
    least_history: int
    least_amount: Decimal
    days_back: int

    @classmethod
    def from_policy(cls, policy: Policy) -> GuardPolicy:
        """Return the typed policy of the seed guard_rules."""

        def threshold(rule_code: str) -> Decimal:
            return Decimal(str(policy.row("guard_rules", "rule_code", rule_code)["threshold"]))

        return cls(
            int(threshold("DRAFTS_A_DAY")),
            threshold("TIMES_LARGEST"),
            int(threshold("LEAST_HISTORY")),
            threshold("LEAST_AMOUNT"),
            int(threshold("DAYS_BACK")),
        )


@dataclass(frozen=True, slots=True)
class InvoicingPolicy:
    """What drafts are priced, taxed, dated and stopped by."""

    terms: Mapping[str, PaymentTerms]
    tax_rates: Mapping[tuple[str, str], TaxRate]
    tax_codes: Mapping[tuple[str, str], str]  # (entity, country or region) → tax code when nobody stated one
    currencies: frozenset[str]
    checks: Mapping[str, DraftCheck]  # blocking ones only
    causes: Mapping[str, RejectionCause]
    upstream: Mapping[str, tuple[str, str]]
    guard: GuardPolicy
    groups: BillingGroups  # whose charges are billed together
    receiving: ReceivingRules
    deals_billed_by: frozenset[str]  # legal entities that bill a deal when it is won
    days_until_missing_in_accounting: int
    days_until_not_drafted: int
    days_until_untold: int
    days_of_history: int

    @classmethod
    def from_policy(cls, policy: Policy) -> InvoicingPolicy:
        """Return the typed policy of the seeds that speak of invoices."""
        return cls(
            terms=terms_by_code(policy.rows("payment_terms")),
            tax_rates={
                (str(row["legal_entity_id"]), str(row["tax_code"])): _tax_rate(row) for row in policy.rows("tax_rates")
            },
            tax_codes={
                (str(row["legal_entity_id"]), str(row["customer_region"])): str(row["tax_code"])
                for row in policy.rows("tax_rules")
            },
            currencies=frozenset(str(row["currency_code"]) for row in policy.rows("currencies")),
            checks={
                str(row["check_code"]): DraftCheck(
                    str(row["check_code"]),
                    str(row["reason_code"]),
                    row["prevents"] or None,
                    _field(row, "order"),
                    _field(row, "contract"),
                )
                for row in policy.rows("draft_checks")
                if as_flag(row["is_blocking"])
            },
            causes={
                str(row["reason_code"]): RejectionCause(
                    row["accounting_field"] or None, _field(row, "order"), _field(row, "contract")
                )
                for row in policy.rows("rejection_causes")
            },
            upstream={
                str(row["reason_code"]): (str(row["upstream_system"]), str(row["upstream_field"] or ""))
                for row in policy.rows("reason_codes")
                if row["upstream_system"]
            },
            guard=GuardPolicy.from_policy(policy),
            groups=BillingGroups.of_rows(policy.rows("billing_groups")),
            receiving=ReceivingRules.of_rows(policy.rows("customer_documents")),
            deals_billed_by=frozenset(
                str(row["legal_entity_id"]) for row in policy.rows("deal_billing") if as_flag(row["is_billed_when_won"])
            ),
            days_until_missing_in_accounting=int(
                policy.row("comparison_rules", "rule_code", "NOT_IN_ACCOUNTING")["days"]
            ),
            days_until_not_drafted=int(policy.row("comparison_rules", "rule_code", "NOT_DRAFTED")["days"]),
            days_until_untold=int(policy.row("comparison_rules", "rule_code", "NOT_KNOWN")["days"]),
            days_of_history=int(policy.row("comparison_rules", "rule_code", "HISTORY")["days"]),
        )


def _tax_rate(row: Mapping[str, Any]) -> TaxRate:
    category = str(row["tax_category"])
    of_goods = treatment_by_policy(category, row["exemption_code"] or None, row["exemption_reason"] or None)
    other = row["service_tax_category"] or category
    of_services = of_goods if other == category else treatment_by_policy(other, None, None)
    return TaxRate(as_amount(row["tax_rate"]) or Decimal(0), as_flag(row["requires_tax_id"]), of_goods, of_services)


def _field(row: Mapping[str, Any], of: str) -> tuple[str, str]:
    return str(row[f"{of}_system"]), str(row[f"{of}_field"])
