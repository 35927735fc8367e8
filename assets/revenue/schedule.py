"""How is a billed amount earned? At once, or in equal parts at the end of each month of the period it bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger.charges import add_months, month_end
from assets.ledger.documents import plain
from assets.ledger.keys import surrogate_key
from assets.ledger.money import split
from assets.revenue.policy import RevenueRule


@dataclass(frozen=True, slots=True)
class RevenueEntry:
    """One balanced entry: the same amount on one account's debit and another's credit side."""

    entry_kind: str  # recognise | defer | release
    recognised_date: date
    debit_account: str
    credit_account: str
    amount: Decimal

    def as_payload(self, subject: str) -> dict[str, Any]:
        """Return the entry as it stands in a decision, keyed by what it is about, its kind and its date."""
        return {
            "entry_key": surrogate_key("revenue", subject, self.entry_kind, self.recognised_date.isoformat()),
            "entry_kind": self.entry_kind,
            "recognised_date": self.recognised_date.isoformat(),
            "debit_account": self.debit_account,
            "credit_account": self.credit_account,
            "amount": plain(self.amount),
        }


def straight_line(
    net_amount: Decimal, period_start: date, period_end: date, currency_code: str
) -> list[tuple[date, Decimal]]:
    """Return month ends and equal parts that add up to the amount, one for each calendar month of the period."""
    months: list[date] = []
    start = period_start
    while start <= period_end:
        months.append(month_end(start))
        start = add_months(start.replace(day=1), 1)
    return list(zip(months, split(net_amount, len(months), currency_code), strict=True))


def recognise(net_amount: Decimal, on: date, rule: RevenueRule) -> RevenueEntry:
    """Return revenue earned at once."""
    return RevenueEntry("recognise", on, rule.receivable_account, rule.revenue_account, net_amount)


def reverse(net_amount: Decimal, on: date, rule: RevenueRule) -> RevenueEntry:
    """Return revenue taken back by a credit memo or a cancellation."""
    return RevenueEntry("recognise", on, rule.revenue_account, rule.receivable_account, net_amount)


def defer(net_amount: Decimal, on: date, rule: RevenueRule) -> RevenueEntry:
    """Return an amount billed that is not earned yet."""
    return RevenueEntry("defer", on, rule.receivable_account, rule.deferred_account, net_amount)


def releases(parts: Sequence[tuple[date, Decimal]], rule: RevenueRule) -> list[RevenueEntry]:
    """Return deferred parts that are earned now, dated at their month end."""
    return [
        RevenueEntry("release", month, rule.deferred_account, rule.revenue_account, amount) for month, amount in parts
    ]
