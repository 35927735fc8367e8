"""The pictures of cash application: evidence as a waterfall, the automatic rate with its bound, and calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt

from dashboards import charts, wording
from dashboards.bounds import certified_bound
from dashboards.cash_evidence import Explanation, rule_in_words, runner_up_in_words
from dashboards.reading import Row

NOT_BY_RULE = "none"
MOST_RULES = 6
TARGET = 0.001  # at most one wrong in a thousand applied
_PALETTE = {
    "light": ["#0f766e", "#1d5fa8", "#6d4fc4", "#b45309", "#5c6b69", "#be185d", "#94a3a0"],
    "dark": ["#2dd4bf", "#6cb2f7", "#b49cf5", "#f5b04c", "#93a5a2", "#f472b6", "#71827f"],
}


def waterfall(found: Explanation) -> alt.LayerChart | alt.FacetChart:
    """Return the evidence of one proposal, piece upon piece, up to its score; the runner-up is a dashed line."""
    colors = charts.colors()
    rows: list[dict[str, Any]] = []
    at = 0.0
    for place, reason in enumerate(found.reasons):
        weight = float(reason.weight)
        tone = (
            "muted"
            if place == 0 and weight < 0 and "Before any" in reason.label
            else "plus"
            if weight >= 0
            else "minus"
        )
        rows.append(_step(place, wording.plain_text(reason.label), at, at + weight, tone, reason.detail))
        at += weight
    rows.append(_step(len(rows), "Score", 0.0, at, "score", "") | {"weight": f"{found.score:.1f}"})
    names = [row["name"] for row in rows]
    low = min(0.0, *(min(row["start"], row["end"]) for row in rows))
    high = max(0.0, *(max(row["start"], row["end"]) for row in rows))
    room = max(high - low, 1.0)
    rival = None if found.margin is None else at - float(found.margin)
    if rival is not None:
        low, high = min(low, rival), max(high, rival)
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y(
            "name:N",
            sort=names,
            title=None,
            axis=alt.Axis(
                labelLimit=250,
                labelOverlap=False,
                grid=False,
                ticks=False,
                domain=False,
                labelExpr="split(datum.label, '\u2063')[0]",
            ),
        )
    )
    x_scale = alt.Scale(domain=[low - 0.02 * room, high + 0.14 * room], nice=False)
    bars = base.mark_bar(cornerRadius=3, size=14).encode(
        x=alt.X("start:Q", title=None, axis=None, scale=x_scale),
        x2="end:Q",
        color=alt.Color(
            "tone:N",
            legend=None,
            scale=alt.Scale(
                domain=["plus", "minus", "muted", "score"],
                range=[colors["half"], colors["bad"], colors["muted"], colors["now"]],
            ),
        ),
        tooltip=[
            alt.Tooltip("said:N", title="Evidence"),
            alt.Tooltip("weight:N", title="Points"),
            alt.Tooltip("detail:N", title="Found"),
        ],
    )
    labels = base.mark_text(align="left", dx=5, fontSize=11, color=colors["label"]).encode(
        x=alt.X("right:Q", scale=x_scale), text="weight:N"
    )
    layers: list[Any] = [bars, labels]
    if rival is not None:
        line = alt.Chart(alt.Data(values=[{"at": rival, "said": _rival_said(found)}]))
        layers.append(
            line.mark_rule(strokeDash=[4, 3], color=colors["then"], strokeWidth=1.5).encode(
                x=alt.X("at:Q", scale=x_scale), tooltip=[alt.Tooltip("said:N", title="Runner-up")]
            )
        )
        layers.append(
            line.mark_text(fontSize=10, color=colors["label"], baseline="bottom", dy=-2).encode(
                x=alt.X("at:Q", scale=x_scale), y=alt.value(0), text=alt.value("runner-up")
            )
        )
    return alt.layer(*layers).properties(height=24 * len(rows) + 6)


def _rival_said(found: Explanation) -> str:
    return f"{runner_up_in_words(found)}, {found.margin:.1f} points behind"


def _step(place: int, label: str, start: float, end: float, tone: str, detail: str) -> dict[str, Any]:
    return {
        "name": f"{label}\u2063{place}",  # two lines may say the same; an invisible separator keeps them apart
        "said": label,
        "start": start,
        "end": end,
        "right": max(start, end),
        "tone": tone,
        "weight": f"{end - start:+.1f}",
        "detail": wording.plain_text(detail),
    }


def weeks_of(days: Sequence[Row]) -> dict[date, list[Row]]:
    """Return rows by the Monday of their week, in order."""
    weeks: dict[date, list[Row]] = {}
    for row in days:
        monday = row["business_date"] - timedelta(days=row["business_date"].weekday())
        weeks.setdefault(monday, []).append(row)
    return dict(sorted(weeks.items()))


def automatic_rate(days: Sequence[Row]) -> alt.Chart:
    """Return which share of each week's receipts which rule applied by itself."""
    counts: dict[str, int] = {}
    for row in days:
        if row["rule"] != NOT_BY_RULE:
            counts[row["rule"]] = counts.get(row["rule"], 0) + row["receipt_count"]
    ranked = sorted(counts, key=lambda rule: (-counts[rule], rule))
    names = {rule: rule_in_words(rule) if place < MOST_RULES else "Other rules" for place, rule in enumerate(ranked)}
    shown = list(dict.fromkeys(names.values()))
    rows = []
    for monday, week in weeks_of(days).items():
        whole = sum(row["receipt_count"] for row in week)
        for place, name in enumerate(shown):
            count = sum(row["receipt_count"] for row in week if names.get(row["rule"]) == name)
            rows.append(
                {"week": monday.isoformat(), "rule": name, "place": place, "count": count, "share": count / whole}
            )
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(cornerRadius=1)
        .encode(
            x=alt.X("yearweek(week):T", title=None, axis=alt.Axis(format="%-d %b", grid=False, tickCount=8)),
            y=alt.Y("share:Q", title="share of receipts", axis=_y_axis(format=".0%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(
                "rule:N",
                title=None,
                sort=shown,
                scale=alt.Scale(domain=shown, range=_PALETTE[charts.theme()][: len(shown)]),
                legend=alt.Legend(orient="top", direction="horizontal", columns=2, labelLimit=260),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("week:T", title="Week of", format="%-d %b %Y"),
                alt.Tooltip("rule:N", title="Rule"),
                alt.Tooltip("count:Q", title="Receipts", format=","),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
        .properties(height=charts.HEIGHT + 60)
    )


def bound_over_time(days: Sequence[Row]) -> alt.LayerChart | alt.FacetChart:
    """Return, week by week, the bound that all applications so far certify, against the target."""
    applied = overturned = 0
    rows = []
    for monday, week in weeks_of(days).items():
        applied += sum(row["receipt_count"] for row in week if row["rule"] != NOT_BY_RULE)
        overturned += sum(row["overturned_count"] for row in week if row["rule"] != NOT_BY_RULE)
        rows.append(
            {
                "week": monday.isoformat(),
                "applied": applied,
                "overturned": overturned,
                "bound": certified_bound(overturned, applied),
            }
        )
    colors = charts.colors()
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("week:T", title=None, axis=alt.Axis(format="%-d %b", grid=False, tickCount=8))
    )
    scale = alt.Scale(type="log", domain=[0.0003, 1], clamp=True)
    axis = _y_axis(format="~%", values=[0.001, 0.01, 0.1, 1])
    line = base.mark_line(
        color=colors["now"], strokeWidth=2.4, point=alt.OverlayMarkDef(color=colors["now"], size=22)
    ).encode(
        y=alt.Y("bound:Q", title="at most wrong", scale=scale, axis=axis),
        tooltip=[
            alt.Tooltip("week:T", title="Up to week of", format="%-d %b %Y"),
            alt.Tooltip("applied:Q", title="Applied by rules", format=","),
            alt.Tooltip("overturned:Q", title="Taken back by people", format=","),
            alt.Tooltip("bound:Q", title="At most wrong (95 %)", format=".3%"),
        ],
    )
    target = (
        alt.Chart(alt.Data(values=[{"target": TARGET}]))
        .mark_rule(strokeDash=[4, 3], color=colors["bad"], strokeWidth=1.5)
        .encode(y=alt.Y("target:Q", scale=scale, axis=axis))
    )
    return alt.layer(line, target).properties(height=charts.HEIGHT - 60)


def calibration(bands: Sequence[Mapping[str, Any]]) -> alt.LayerChart | alt.FacetChart:
    """Return how often people confirmed a proposal against how sure it was; on the line it is honest."""
    colors = charts.colors()
    rows = [
        {
            "stated": (band["band"] + 5) / 100,
            "confirmed": band["confirmed"] / band["count"],
            "count": band["count"],
            "said": f"{band['band']}–{band['band'] + 10} %",
        }
        for band in bands
    ]
    axis, scale = _y_axis(format=".0%"), alt.Scale(domain=[0, 1])
    x = alt.X(
        "stated:Q",
        title="how sure the proposal was",
        axis=alt.Axis(format=".0%", grid=False),
        scale=alt.Scale(domain=[0, 1]),
    )
    points = (
        alt.Chart(alt.Data(values=rows))
        .mark_circle(color=colors["now"], opacity=0.9)
        .encode(
            x=x,
            y=alt.Y("confirmed:Q", title="share confirmed as proposed", axis=axis, scale=scale),
            size=alt.Size("count:Q", legend=None, scale=alt.Scale(range=[60, 600])),
            tooltip=[
                alt.Tooltip("said:N", title="Stated"),
                alt.Tooltip("confirmed:Q", title="Confirmed", format=".1%"),
                alt.Tooltip("count:Q", title="Decided", format=","),
            ],
        )
    )
    ideal = (
        alt.Chart(alt.Data(values=[{"stated": 0, "confirmed": 0}, {"stated": 1, "confirmed": 1}]))
        .mark_line(strokeDash=[4, 3], color=colors["then"], strokeWidth=1.5)
        .encode(x=x, y=alt.Y("confirmed:Q", axis=axis, scale=scale))
    )
    return alt.layer(ideal, points).properties(height=charts.HEIGHT + 20)


def _y_axis(**named: Any) -> alt.Axis:
    return alt.Axis(domain=False, ticks=False, gridColor=charts.colors()["grid"], **named)
