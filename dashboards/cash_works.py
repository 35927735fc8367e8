"""How well does cash application work? The automatic rate, what people took back, and what that certifies."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import cash_charts, cash_evidence, frame, reading, wording
from dashboards.bounds import certified_bound
from dashboards.frame import Page


def show(shown: Page) -> None:
    """Show how much the rules apply by themselves, what people took back, and what that certifies."""
    days = reading.cash_rules(shown.snapshot)
    entities = sorted({row["legal_entity_id"] for row in days if row["legal_entity_id"]})
    if not days:
        frame.empty(
            "Nothing can be counted yet",
            "No receipt is known to this snapshot, or it is older than this view. The next run counts.",
        )
        return
    entity = st.selectbox(
        "Entity",
        entities,
        index=None,
        placeholder="All entities",
        label_visibility="collapsed",
        key="works-entity",
        width=220,
    )
    days = [row for row in days if entity is None or row["legal_entity_id"] == entity]
    by_rule = [row for row in days if row["rule"] != cash_charts.NOT_BY_RULE]
    whole, applied = _sum(days, "receipt_count"), _sum(by_rule, "receipt_count")
    overturned = _sum(by_rule, "overturned_count")
    with st.container(horizontal=True, gap="large"):
        st.metric("Applied by rules", wording.share(applied, whole), width="content")
        st.metric("Receipts", wording.number(whole), width="content")
        st.metric("Taken back by people", f"{wording.number(overturned)} of {wording.number(applied)}", width="content")
        st.metric("Wrong, at most", _bound_said(overturned, applied), width="content")
    st.caption(
        "At most: the one-sided 95 % Clopper-Pearson bound on what people took back of what rules applied. "
        "It holds as far as people look; an error nobody noticed is not in it."
    )
    left, right = st.columns([12, 10], gap="medium")
    with left:
        st.markdown("**Applied by rules, week by week**")
        st.altair_chart(cash_charts.automatic_rate(days), key="automatic-rate", width="stretch")
        st.markdown("**Certified so far: at most so many wrong** (dashed: one in a thousand)")
        st.altair_chart(cash_charts.bound_over_time(days), key="bound", width="stretch")
    with right:
        st.markdown("**By rule**")
        _rules_table(by_rule, whole)
        st.markdown("**Is a stated confidence worth its figure?**")
        _calibration(shown)


def _sum(rows: Sequence[reading.Row], column: str) -> int:
    return sum(int(row[column]) for row in rows)


def _bound_said(overturned: int, applied: int) -> str:
    if not applied:
        return wording.NOTHING
    return f"{100 * certified_bound(overturned, applied):.2f}%"


def _rules_table(rows: Sequence[reading.Row], whole: int) -> None:
    counted: dict[str, tuple[int, int]] = {}
    for row in rows:
        count, overturned = counted.get(row["rule"], (0, 0))
        counted[row["rule"]] = count + int(row["receipt_count"]), overturned + int(row["overturned_count"])
    frame.table(
        [
            {
                "rule": cash_evidence.rule_in_words(rule),
                "count": count,
                "share": wording.share(count, whole),
                "overturned": overturned,
                "bound": _bound_said(overturned, count),
            }
            for rule, (count, overturned) in sorted(counted.items(), key=lambda pair: (-pair[1][0], pair[0]))
        ],
        {
            "rule": frame.text("Rule", width=172),
            "count": frame.whole("Applied", width=62),
            "share": frame.text("Share", width=56, alignment="right"),
            "overturned": frame.whole("Taken back", width=80),
            "bound": frame.text("At most", width=66, alignment="right"),
        },
        key="rules",
        height="content",
    )


def _calibration(shown: Page) -> None:
    bands: dict[int, tuple[int, int]] = {}
    for row in reading.cash_reviews(shown.snapshot):
        if row["confidence_band"] is not None and row["is_as_proposed"] is not None:
            count, confirmed = bands.get(row["confidence_band"], (0, 0))
            bands[row["confidence_band"]] = count + 1, confirmed + bool(row["is_as_proposed"])
    if not bands:
        frame.empty(
            "Nobody has decided a proposal yet",
            "Once people confirm, change or reject proposals, the share they confirm stands here against how sure the "
            "proposal was.",
            icon=":material/balance:",
        )
        return
    st.altair_chart(
        cash_charts.calibration(
            [
                {"band": band, "count": count, "confirmed": confirmed}
                for band, (count, confirmed) in sorted(bands.items())
            ]
        ),
        key="calibration",
        width="stretch",
    )
    st.caption("On the dashed line a stated 90 % is confirmed nine times in ten; below it the rules promise too much.")
