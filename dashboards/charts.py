"""The pictures: marks instead of rows. Only here amounts become floats, because marks are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import altair as alt
import streamlit as st

from dashboards import wording
from dashboards.reading import Row

HEIGHT = 260
_BUCKET_COLORS = {
    "light": ["#0f766e", "#e3b341", "#e08a2e", "#d6602b", "#bd3d26", "#8f1d1d", "#94a3a0", "#6f8fb5"],
    "dark": ["#2dd4bf", "#f2cc60", "#f0a048", "#ec7a45", "#e25a45", "#c93b3b", "#7d8f8c", "#6d93c4"],
}
_COLORS = {
    "light": {
        "now": "#0f766e",
        "then": "#9aa8a5",
        "bar": "#0f766e",
        "good": "#0f766e",
        "half": "#8cc7bf",
        "bad": "#d6602b",
        "muted": "#c3cecb",
        "label": "#5c6b69",
        "grid": "#e6edeb",
    },
    "dark": {
        "now": "#2dd4bf",
        "then": "#71827f",
        "bar": "#2dd4bf",
        "good": "#2dd4bf",
        "half": "#1f7a70",
        "bad": "#ec7a45",
        "muted": "#5f726e",
        "label": "#a3b5b2",
        "grid": "#243130",
    },
}


def theme() -> str:
    """Return whether the person's page is light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def colors() -> dict[str, str]:
    """Return the colors of marks by what they mean, for the person's theme."""
    return _COLORS[theme()]


def dso_trend(history: Sequence[Row], measure: str) -> alt.Chart:
    """Return DSO by day on both clocks: as known that day, and as known now."""
    names = {"known_now": "As known now", "known_then": "As known that day"}
    colors = _COLORS[theme()]
    rows = [
        {"day": row["as_of_date"].isoformat(), "clock": names[row["clock"]], "days": _number(row[measure])}
        for row in history
        if row[measure] is not None
    ]
    color = alt.Color(
        "clock:N",
        title=None,
        scale=alt.Scale(domain=list(names.values()), range=[colors["now"], colors["then"]]),
        legend=alt.Legend(orient="top", direction="horizontal"),
    )
    dash = alt.StrokeDash("clock:N", legend=None, scale=alt.Scale(domain=list(names.values()), range=[[1, 0], [5, 4]]))
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2.4, interpolate="monotone")
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", grid=False, tickCount=7)),
            y=alt.Y("days:Q", title="days", scale=alt.Scale(zero=False, nice=True), axis=_y_axis()),
            color=color,
            strokeDash=dash,
            tooltip=[
                alt.Tooltip("day:T", title="Day", format="%-d %b %Y"),
                alt.Tooltip("clock:N", title="Clock"),
                alt.Tooltip("days:Q", title="Days", format=".1f"),
            ],
        )
        .properties(height=HEIGHT)
    )


def aging_bars(aging: Sequence[Row], currency_code: str) -> alt.LayerChart | alt.FacetChart:
    """Return the aging as bars, the darker the older; unapplied cash stands below zero."""
    rows = [
        {
            "bucket": wording.BUCKETS.get(row["aging_bucket"], row["aging_bucket"]),
            "order": row["bucket_order"],
            "amount": _number(row["open_amount"]),
            "label": wording.compact_money(row["open_amount"], currency_code),
            "count": wording.number(row["document_count"]),
            "code": row["aging_bucket"],
        }
        for row in aging
        if row["open_amount"] or row["aging_bucket"] not in {"no_due_date"}
    ]
    order = [row["bucket"] for row in sorted(rows, key=lambda row: row["order"])]
    palette = dict(zip(wording.BUCKETS.values(), _BUCKET_COLORS[theme()], strict=True))
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X(
            "bucket:N",
            sort=order,
            title=None,
            axis=alt.Axis(labelAngle=0, labelLimit=90, labelOverlap=False, labelFontSize=10, grid=False),
        ),
        y=alt.Y("amount:Q", title=None, axis=_y_axis(format="~s")),
        tooltip=[
            alt.Tooltip("bucket:N", title="Bucket"),
            alt.Tooltip("label:N", title="Open"),
            alt.Tooltip("count:N", title="Documents"),
        ],
    )
    bars = base.mark_bar(cornerRadiusEnd=4, size=38).encode(
        color=alt.Color(
            "bucket:N", legend=None, scale=alt.Scale(domain=order, range=[palette.get(name, "#888") for name in order])
        )
    )
    labels = base.mark_text(
        dy=alt.ExprRef("datum.amount < 0 ? 10 : -8"), fontSize=11, color=_COLORS[theme()]["label"]
    ).encode(text="label:N")
    return alt.layer(bars, labels).properties(height=HEIGHT)


def ranked_bars(rows: Sequence[tuple[str, int]], what: str, limit: int = 9) -> alt.LayerChart | alt.FacetChart:
    """Return counts as horizontal bars, the longest on top."""
    shown = [{"name": name, "count": count} for name, count in rows[:limit]]
    most = max((count for _, count in rows), default=1)
    base = alt.Chart(alt.Data(values=shown)).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=230, grid=False, ticks=False, domain=False)),
        x=alt.X("count:Q", title=None, axis=None, scale=alt.Scale(domain=[0, most * 1.14])),
        tooltip=[alt.Tooltip("name:N", title="Reason"), alt.Tooltip("count:Q", title=what, format=",")],
    )
    bars = base.mark_bar(cornerRadiusEnd=4, size=16, color=_COLORS[theme()]["bar"])
    labels = base.mark_text(align="left", dx=5, color=_COLORS[theme()]["label"]).encode(
        text=alt.Text("count:Q", format=",")
    )
    return alt.layer(bars, labels).properties(height=max(30 * len(shown), 60))


def rejection_months(months: Sequence[Row]) -> alt.Chart:
    """Return the share of each month's invoices that were turned down or disputed."""
    rows = [
        {"month": wording.month(row["cohort_month"]), "kind": kind, "share": _share(row[column], row["invoice_count"])}
        for row in months
        for kind, column in (("Rejected", "rejected_count"), ("Disputed", "disputed_count"))
    ]
    colors = _COLORS[theme()]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(cornerRadiusEnd=3)
        .encode(
            x=alt.X("month:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, grid=False)),
            xOffset=alt.XOffset("kind:N", sort=["Rejected", "Disputed"]),
            y=alt.Y("share:Q", title=None, axis=_y_axis(format=".0%")),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=["Rejected", "Disputed"], range=[colors["bad"], colors["muted"]]),
                legend=alt.Legend(orient="top", direction="horizontal"),
            ),
            tooltip=[
                alt.Tooltip("month:N", title="Month"),
                alt.Tooltip("kind:N", title="What"),
                alt.Tooltip("share:Q", title="Share of invoices", format=".1%"),
            ],
        )
        .properties(height=HEIGHT - 40)
    )


OUTCOMES = (
    ("By rule", ("auto_applied_count", "applied_at_source_count"), "good"),
    ("By people", ("confirmed_count",), "half"),
    ("Waiting", ("proposed_count", "on_account_count"), "muted"),
    ("Unidentified", ("unidentified_count",), "bad"),
)


def cash_outcomes(days: Sequence[Row]) -> alt.Chart:
    """Return what became of receipts, week by week."""
    colors = _COLORS[theme()]
    rows = [
        {
            "day": row["business_date"].isoformat(),
            "outcome": name,
            "order": order,
            "count": sum(int(row.get(column) or 0) for column in columns),
        }
        for row in days
        for order, (name, columns, _) in enumerate(OUTCOMES)
    ]
    names = [name for name, _, _ in OUTCOMES]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(cornerRadius=1)
        .encode(
            x=alt.X("yearweek(day):T", title=None, axis=alt.Axis(format="%-d %b", grid=False, tickCount=8)),
            y=alt.Y("sum(count):Q", title="receipts", axis=_y_axis()),
            color=alt.Color(
                "outcome:N",
                title=None,
                sort=names,
                scale=alt.Scale(domain=names, range=[colors[tone] for _, _, tone in OUTCOMES]),
                legend=alt.Legend(orient="top", direction="horizontal", columns=4, labelLimit=160),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("yearweek(day):T", title="Week of", format="%-d %b %Y"),
                alt.Tooltip("outcome:N", title="Outcome"),
                alt.Tooltip("sum(count):Q", title="Receipts", format=","),
            ],
        )
        .properties(height=HEIGHT + 90)
    )


def reminder_days(history: Sequence[Row]) -> alt.Chart:
    """Return how many open invoices were reminded and how many were not, day by day."""
    colors = _COLORS[theme()]
    names = {"send": "Reminded", "suppressed": "Suppressed"}
    rows = [
        {
            "day": row["business_date"].isoformat(),
            "decision": names.get(row["decision"], row["decision"]),
            "count": row["document_count"],
        }
        for row in history
        if row["decision"] == "send"
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(cornerRadiusEnd=2, color=colors["bar"])
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", grid=False, tickCount=8)),
            y=alt.Y("count:Q", title="reminders", axis=_y_axis()),
            tooltip=[
                alt.Tooltip("day:T", title="Day", format="%-d %b %Y"),
                alt.Tooltip("count:Q", title="Reminders", format=","),
            ],
        )
        .properties(height=170)
    )


def waterfall(steps: Sequence[tuple[str, Decimal, bool]], currency_code: str) -> alt.LayerChart | alt.FacetChart:
    """Return how a balance moved: (step, amount, whether it is a balance), each bar standing where the last ended."""
    colors = _COLORS[theme()]
    rows: list[dict[str, Any]] = []
    level = Decimal(0)
    for name, amount, is_balance in steps:
        start = Decimal(0) if is_balance else level
        level = amount if is_balance else level + amount
        rows.append(
            {
                "step": name,
                "start": _number(start),
                "end": _number(level),
                "top": _number(max(start, level)),
                "label": wording.compact_money(amount, currency_code),
                "kind": "balance" if is_balance else "up" if amount >= 0 else "down",
            }
        )
    order = [name for name, _, _ in steps]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("step:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, grid=False, labelLimit=120)),
        tooltip=[alt.Tooltip("step:N", title="Step"), alt.Tooltip("label:N", title="Amount")],
    )
    bars = base.mark_bar(cornerRadius=3, size=58).encode(
        y=alt.Y("start:Q", title=None, axis=_y_axis(format="~s")),
        y2="end:Q",
        color=alt.Color(
            "kind:N",
            legend=None,
            scale=alt.Scale(domain=["balance", "up", "down"], range=[colors["good"], colors["half"], colors["bad"]]),
        ),
    )
    labels = base.mark_text(dy=-8, fontSize=11, color=_COLORS[theme()]["label"]).encode(y="top:Q", text="label:N")
    return alt.layer(bars, labels).properties(height=HEIGHT)


def balance_months(months: Sequence[Row]) -> alt.Chart:
    """Return deferred revenue and contract asset at the end of each month."""
    colors = _COLORS[theme()]
    names = {"deferred_closing_amount": "Deferred revenue", "asset_closing_amount": "Contract asset"}
    rows = [
        {"month": row["period"].isoformat(), "balance": name, "amount": _number(row[column])}
        for row in months
        for column, name in names.items()
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2.4, point=alt.OverlayMarkDef(size=46, filled=True))
        .encode(
            x=alt.X("yearmonth(month):T", title=None, axis=alt.Axis(format="%b %y", grid=False, tickCount="month")),
            y=alt.Y("amount:Q", title=None, axis=_y_axis(format="~s")),
            color=alt.Color(
                "balance:N",
                title=None,
                scale=alt.Scale(domain=list(names.values()), range=[colors["now"], colors["bad"]]),
                legend=alt.Legend(orient="top", direction="horizontal"),
            ),
            tooltip=[
                alt.Tooltip("yearmonth(month):T", title="Month", format="%b %Y"),
                alt.Tooltip("balance:N", title="Balance"),
                alt.Tooltip("amount:Q", title="At its end", format=",.2f"),
            ],
        )
        .properties(height=HEIGHT)
    )


def schedule_months(schedule: Sequence[Row]) -> alt.Chart:
    """Return what of an obligation is earned and what is to come, month by month."""
    colors = _COLORS[theme()]
    names = ["Earned", "To come"]
    rows = [
        {"month": wording.month(row["period"]), "part": name, "amount": _number(amount), "order": order}
        for row in schedule
        if row["period"] is not None
        for order, (name, amount) in enumerate(
            [("Earned", row["earned_amount"]), ("To come", row["planned_amount"] - row["earned_amount"])]
        )
        if amount
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X("month:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, grid=False, labelOverlap=True)),
            y=alt.Y("sum(amount):Q", title=None, axis=_y_axis(format="~s")),
            color=alt.Color(
                "part:N",
                title=None,
                sort=names,
                scale=alt.Scale(domain=names, range=[colors["good"], colors["muted"]]),
                legend=alt.Legend(orient="top", direction="horizontal"),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("month:N", title="Month"),
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("sum(amount):Q", title="Amount", format=",.2f"),
            ],
        )
        .properties(height=190)
    )


def _y_axis(**named: Any) -> alt.Axis:
    return alt.Axis(domain=False, ticks=False, tickCount=5, gridColor=_COLORS[theme()]["grid"], **named)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _share(part: int, whole: int) -> float:
    return float(Decimal(part) / Decimal(whole)) if whole else 0.0
