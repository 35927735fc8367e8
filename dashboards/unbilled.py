"""Delivered, not billed: what should have been invoiced and was not, where it waits, and who moves it on."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import frame, reading, wording
from dashboards.frame import Page

STAGES = ("not_drafted", "blocked", "waits_for_review", "held", "waits_for_accounting")
DRAFTED = {"blocked": "blocked", "waits_for_review": "review", "held": "review"}  # and the view they are in


def show(rows: Sequence[reading.Row], has_any: bool, shown: Page) -> None:
    """Show the list with its sums by currency, and the chosen charge in words."""
    if not rows and has_any:
        frame.empty("Nothing fits the search", "No unbilled charge has these words in its customer, contract or order.")
        return
    if not rows:
        frame.empty("Nothing delivered is left unbilled", "Everything that was delivered is invoiced or drafted.")
        return
    listed = _filtered(rows, shown)
    sums = reading.sums_by_currency([row for row in listed if row["currency_code"]], "total_amount")
    with st.container(horizontal=True, gap="large"):
        st.metric("Charges", wording.number(len(listed)), width="content")
        for currency_code, total in sums.items():
            st.metric(f"Not billed, {currency_code}", wording.money(total, currency_code), width="content")
        unpriced = sum(row["total_amount"] is None for row in listed)
        if unpriced:
            st.metric("Without a known price", wording.number(unpriced), width="content")
    if not listed:
        frame.empty("Nothing fits the filter", "Take a filter away to see the other charges.")
        return
    selected = frame.table(
        [
            {
                **row,
                **{name: wording.words(row[name]) for name in ("charge_kind", "stage", "owner")},
                "agreed_in": row["contract_id"] or row["order_number"],
            }
            for row in listed
        ],
        {
            "customer_name": frame.text("Customer", width=160),
            "agreed_in": frame.text("Agreed in", width=78, help="Contract or order"),
            "charge_kind": frame.text("Charge", width=68),
            "total_amount": frame.amount("Amount", width=82),
            "currency_code": frame.text("", width=44),
            "age_days": frame.whole("Days", width=46, help="Since it could have been invoiced"),
            "stage": frame.text("Where it waits", width=125),
            "reason": frame.text("Why", width=270),
            "owner": frame.text("Owner", width=110),
        },
        key="unbilled",
        select="single-row",
        height=480,
    )
    _charge(listed[selected[0] if selected else 0])


def _filtered(rows: Sequence[reading.Row], shown: Page) -> list[reading.Row]:
    stages = sorted({row["stage"] for row in rows}, key=lambda stage: (stage not in STAGES, stage))
    owners = sorted({row["owner"] for row in rows if row["owner"]})
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.pills(
            "Where it waits",
            stages,
            selection_mode="multi",
            format_func=wording.words,
            label_visibility="collapsed",
            key="unbilled-stages",
            width="content",
        )
        owner = st.selectbox(
            "Owner",
            owners,
            index=None,
            placeholder="Any owner",
            format_func=wording.words,
            label_visibility="collapsed",
            key="unbilled-owner",
            width=200,
        )
        listed = [
            row for row in rows if (not chosen or row["stage"] in chosen) and (owner is None or row["owner"] == owner)
        ]
        frame.download(listed, "delivered-not-billed", shown.run)
    return listed


def _charge(row: reading.Row) -> None:
    """Say in full why a charge is not billed, and lead to where it is worked on."""
    with st.container(border=True):
        frame.facts(
            [
                ("Why", wording.plain_text(row["reason"] or wording.words(row["reason_code"]))),
                ("Put right by", wording.words(row["owner"])),
                ("Could have been invoiced on", wording.day(row["triggered_date"])),
            ]
        )
        if row["stage"] in DRAFTED:
            st.button(
                "Open the draft", icon=":material/open_in_new:", key="open-draft", on_click=_open_draft, args=(row,)
            )
        else:
            st.page_link(
                "screens/exceptions.py",
                label="Look for its exception",
                icon=":material/open_in_new:",
                query_params={"search": str(row["contract_id"] or row["order_number"] or row["customer_name"])},
            )


def _open_draft(row: reading.Row) -> None:
    st.session_state["view"] = DRAFTED[row["stage"]]
    st.query_params["billing_key"] = str(row["billing_key"])
