"""Which balanced entries follow? What is billed and what is earned, each in an open period, deferred in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assets.ledger.charges import add_months, month_end

RECEIVABLE, REVENUE, DEFERRED, ASSET = "receivable", "revenue", "deferred_revenue", "contract_asset"
BILLING, RECOGNITION, SALE = "billing", "recognition", "sale"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which months can be posted into on a business day. Months are named by their last day."""

    business_date: date
    close_days: int
    opened_date: date | None  # the first day that was decided: what lies before it was nobody's to close

    def is_open(self, period: date) -> bool:
        """Return whether the period can still be posted into today."""
        return self.closes(period) >= self.business_date or self.business_date == self.opened_date

    def closes(self, period: date) -> date:
        """Return the last day on which the period is posted into."""
        return period + timedelta(days=self.close_days)

    def period_for(self, period: date) -> date:
        """Return the period itself, or the next one that is open."""
        while not self.is_open(period):
            period = month_end(add_months(period.replace(day=1), 1))
        return period

    def posting_date(self, on: date) -> date:
        """Return the day itself in an open period, otherwise today or the last day of the period posted to."""
        period = self.period_for(month_end(on))
        if period == month_end(on):
            return on
        return min(self.business_date, period)

    @property
    def period_closing_today(self) -> date | None:
        """Return the period whose last day of posting this is."""
        period = month_end(self.business_date - timedelta(days=self.close_days))
        return period if self.closes(period) == self.business_date else None


@dataclass(frozen=True, slots=True)
class Movement:
    """An amount billed or earned on a day, in minor units; a credit is negative."""

    kind: str  # billing | recognition | sale
    on: date
    amount_minor: int
    document: str | None = None
    reason_code: str | None = None  # why it is posted to a later period, if it is


@dataclass(frozen=True, slots=True)
class Entry:
    """One balanced entry: debits positive, credits negative, per kind of account; they sum to zero."""

    entry_kind: str
    original_period: date
    period: date
    posting_date: date
    lines: tuple[tuple[str, int], ...]
    document: str | None
    reason_code: str | None


def post(movements: Sequence[Movement], posted: Mapping[date, tuple[int, int]], calendar: Calendar) -> list[Entry]:
    """Return the entries of a charge's movements on top of what was posted of it before.

    What is billed and not earned is deferred revenue, what is earned and not billed a contract asset, at the end of
    each period. A movement into an earlier open period moves the two in later periods as well.
    """
    books = dict(posted)
    entries: list[Entry] = []
    for movement in sorted(movements, key=lambda each: (each.on, each.kind != BILLING)):
        original = month_end(movement.on)
        period = calendar.period_for(original)
        before = _positions(books)
        billed, earned = books.get(period, (0, 0))
        amount = movement.amount_minor
        books[period] = (
            billed + (amount if movement.kind != RECOGNITION else 0),
            earned + (amount if movement.kind != BILLING else 0),
        )
        changes = _changes(before, _positions(books))
        own = [(RECEIVABLE, amount if movement.kind != RECOGNITION else 0)]
        own += [(REVENUE, -amount if movement.kind != BILLING else 0)]
        late = movement.reason_code if period > original else None
        for moved in sorted({period, *changes}):
            deferred, asset = changes.get(moved, (0, 0))
            lines = [*(own if moved == period else []), (DEFERRED, -deferred), (ASSET, asset)]
            kept = tuple((account, minor) for account, minor in lines if minor)
            if not kept:
                continue
            is_own = moved == period
            entries.append(
                Entry(
                    movement.kind if is_own else BILLING,
                    original if is_own else moved,
                    moved,
                    calendar.posting_date(movement.on) if is_own else min(calendar.business_date, moved),
                    kept,
                    movement.document,
                    late if is_own else None,
                )
            )
    return entries


def _positions(books: Mapping[date, tuple[int, int]]) -> dict[date, tuple[int, int]]:
    """Return by period how much more is deferred, and how much more is earned and unbilled, than the period before."""
    changes = {}
    balance = 0
    for period in sorted(books):
        billed, earned = books[period]
        after = balance + billed - earned
        changes[period] = (max(after, 0) - max(balance, 0), max(-after, 0) - max(-balance, 0))
        balance = after
    return changes


def _changes(
    before: Mapping[date, tuple[int, int]], after: Mapping[date, tuple[int, int]]
) -> dict[date, tuple[int, int]]:
    changes = {}
    for period, (deferred, asset) in after.items():
        deferred_before, asset_before = before.get(period, (0, 0))
        if (deferred, asset) != (deferred_before, asset_before):
            changes[period] = (deferred - deferred_before, asset - asset_before)
    return changes
