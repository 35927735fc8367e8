"""By which policy does the matcher decide? The seeds on thresholds, words, tolerances and withholding rates, typed."""

from __future__ import annotations

from decimal import Decimal

from assets.cash_application.engine.differences import DifferencePolicy
from assets.cash_application.engine.policy import PLACES, MatchPolicy
from assets.ledger.policy import Policy, as_amount

SEEDS = ("cash_thresholds", "cash_words", "tolerances", "withholding_rates")
HUNDREDTHS = 10**PLACES  # amounts in tolerances are written with two places, whatever the currency has


def match_policy(policy: Policy) -> MatchPolicy:
    """Return the matcher's policy; a class of evidence without a row is never applied by itself."""

    def threshold(code: str) -> Decimal:
        return as_amount(policy.row("tolerances", "tolerance_code", code)["threshold"]) or Decimal(0)

    return MatchPolicy(
        thresholds={
            f"{row['rule']}/{row['reference']}/{row['payer']}/{row['difference']}": Decimal(
                str(row["minimum_confidence"])
            )
            for row in policy.rows("cash_thresholds")
        },
        differences=DifferencePolicy(
            largest_fee=int(threshold("BANK_FEE") * HUNDREDTHS),
            tolerance=int(threshold("SMALL_DIFFERENCE") * HUNDREDTHS),
            withholding_percents=tuple(
                sorted({Decimal(str(row["withholding_percent"])) for row in policy.rows("withholding_rates")})
            ),
            discount_grace_days=int(threshold("CASH_DISCOUNT_GRACE")),
        ),
        value_cap=int(threshold("AUTOMATIC_VALUE_CAP") * HUNDREDTHS),
        duplicate_days=int(threshold("DUPLICATE_RECEIPT")),
        hint_words={str(row["word"]): str(row["meaning"]) for row in policy.rows("cash_words")},
        together_days=int(threshold("RECEIPTS_TOGETHER")),
        search_members=int(threshold("SUBSET_ITEMS")),
        confirmations=int(threshold("CONFIRMATIONS_BEFORE_AUTOMATIC")),
        agent_families=int(threshold("PAYER_FAMILIES")),
        proposals=int(threshold("PROPOSALS_SHOWN")),
        version=policy.digest[:12],
    )
