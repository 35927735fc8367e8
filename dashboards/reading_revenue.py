"""What is published of revenue, read through the one door."""

from __future__ import annotations

from datetime import date

from dashboards.reading import Row, Snapshot, read_rows

_ROLLED = ", ".join(
    f"cast(sum({name}) as decimal(38, 3)) as {name}"
    for name in (
        "billed_amount", "recognised_amount", "deferred_opening_amount", "deferred_billed_amount",
        "deferred_recognised_amount", "deferred_closing_amount", "asset_opening_amount", "asset_recognised_amount",
        "asset_billed_amount", "asset_closing_amount",
    )
)  # fmt: skip


def months(snapshot: Snapshot, legal_entity_id: str, currency_code: str) -> list[Row]:
    """Return the roll-forward of a scope by month, the oldest first."""
    return read_rows(
        snapshot,
        f"select period, min(closes_date) as closes_date, bool_and(is_closed) as is_closed, {_ROLLED} "
        "from rpt_revenue_roll_forward where legal_entity_id = ? and currency_code = ? group by period order by period",
        legal_entity_id,
        currency_code,
    )


def scopes(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return (legal entity, currency) pairs with revenue, those with the most contracts first."""
    rows = read_rows(
        snapshot,
        "select legal_entity_id, currency_code, count(distinct contract_id) as contract_count "
        "from rpt_revenue_roll_forward group by legal_entity_id, currency_code order by 3 desc, 1, 2",
    )
    return [(row["legal_entity_id"], row["currency_code"]) for row in rows]


def groups(snapshot: Snapshot, legal_entity_id: str, currency_code: str, period: date) -> list[Row]:
    """Return the roll-forward of one month by contract, the largest balances first."""
    return read_rows(
        snapshot,
        "select * from rpt_revenue_roll_forward where legal_entity_id = ? and currency_code = ? and period = ? "
        "order by deferred_closing_amount + asset_closing_amount desc, recognised_amount desc, revenue_group",
        legal_entity_id,
        currency_code,
        period,
    )


def obligations(snapshot: Snapshot, legal_entity_id: str, currency_code: str) -> list[Row]:
    """Return what is owed to customers and how it is earned, the largest first."""
    return read_rows(
        snapshot,
        "select *, price_amount - earned_amount as to_come_amount from rpt_revenue_obligations "
        "where legal_entity_id = ? and currency_code = ? order by price_amount desc, obligation_key",
        legal_entity_id,
        currency_code,
    )


def schedule(snapshot: Snapshot, obligation_key: str) -> list[Row]:
    """Return an obligation's schedule by month; what is held back comes last."""
    return read_rows(
        snapshot,
        "select * from rpt_revenue_schedules where obligation_key = ? order by period nulls last",
        obligation_key,
    )


def defaults(snapshot: Snapshot) -> list[Row]:
    """Return how each kind of charge is earned unless somebody judged otherwise."""
    return read_rows(snapshot, "select * from rpt_revenue_defaults order by charge_kind")


def late_facts(snapshot: Snapshot, legal_entity_id: str, currency_code: str) -> list[Row]:
    """Return what was posted to a later month than its own, newest first."""
    return read_rows(
        snapshot,
        "select * from rpt_revenue_late_facts where legal_entity_id = ? and currency_code = ? "
        "order by known_date desc, entry_key limit 2000",
        legal_entity_id,
        currency_code,
    )


def journal(snapshot: Snapshot, legal_entity_id: str, currency_code: str, period: date) -> list[Row]:
    """Return a month's journal lines, entry by entry."""
    return read_rows(
        snapshot,
        "select * from rpt_revenue_journal where legal_entity_id = ? and currency_code = ? and period = ? "
        "order by posting_date, entry_key, credit_amount, account_kind",
        legal_entity_id,
        currency_code,
        period,
    )
