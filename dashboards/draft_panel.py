"""One draft beside what it came from: contract, order, evidence and the period before, differences marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboards import draft_actions, drafts, frame, reading, wording
from dashboards.draft_actions import Shown
from dashboards.frame import Page

SOURCE_TITLES = {
    "contract": "Contract",
    "order": "Order",
    "deal": "Deal",
    "shipment": "Shipment",
    "milestone": "Milestone",
    "usage": "Metered in",
}


def show(draft: Shown, found: Sequence[drafts.Difference], sources: drafts.Sources, shown: Page) -> None:
    """Show the draft, what may be decided about it, and everything it rests on."""
    row = draft.row
    currency_code = row["currency_code"]
    lines = drafts.lines_of(row)
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            st.metric("Total to invoice", wording.money(row["total_amount"], currency_code), width="content")
            with st.container(horizontal=True, width="content"):
                _badges(row, found, shown)
        draft_actions.buttons(draft, lines, shown)
        _why_blocked(row, shown)
        _differences(found)
        _changed_since(row)
        computation = drafts.computation(row)
        frame.facts(
            [
                *([("Amount by the contract", computation)] if computation else []),
                ("Customer", wording.plain_text(row["customer_name"])),
                ("Charge", wording.words(row["charge_kind"])),
                ("Became due", wording.day(row["triggered_date"])),
                ("Contract or order", wording.plain_text(row["contract_id"] or row["order_number"])),
                ("Purchase order", wording.plain_text(row["purchase_order_number"])),
                ("Terms", _terms(row)),
                ("Goes to", wording.plain_text(row["billing_email"] or "no valid address")),
                ("Net + tax", _net_and_tax(row)),
            ]
        )
        _beside(row, lines, sources)
        _period_before(row, lines, sources)
        with st.expander("Evidence", icon=":material/fact_check:"):
            frame.evidence_table(drafts.evidence_of(row), key="evidence")
            frame.facts([("Key of the charge", row["billing_key"])], columns=1)


def _badges(row: reading.Row, found: Sequence[drafts.Difference], shown: Page) -> None:
    if shown.is_pending(row["billing_key"], "draft_corrected"):
        st.badge("Corrected", color="violet", icon=":material/edit:")
    if row["status"] == "held":
        st.badge(f"Held: {wording.words(row['reason_code'])}", color="orange", icon=":material/pause:")
    if row["status"] == "blocked":
        st.badge(wording.words(row["reason_code"]), color="red", icon=":material/block:")
    if row["status"] != "blocked" and not row["purchase_order_number"] and row["is_purchase_order_required"]:
        st.badge("No purchase order", color="orange", icon=":material/warning:")
    missed = drafts.language_missed(row)
    if missed:
        st.badge(f"No words of ours in {missed}: it goes out in English", color="orange", icon=":material/translate:")
    if not row["billing_email"]:
        st.badge("No billing contact", color="red", icon=":material/mail_off:")
    if found:
        st.badge(wording.counted(len(found), "difference"), color="red", icon=":material/difference:")
    elif row["status"] != "blocked":
        st.badge("As agreed", color="green", icon=":material/check:")
    before = row["previous_total_amount"]
    if before is not None and before != row["total_amount"]:
        change = row["total_amount"] - before
        said = f"{'+' if change > 0 else ''}{wording.money(change, row['currency_code'])} since last time"
        st.badge(said.replace("$", "\\$"), color="gray", icon=":material/history:")


def _why_blocked(row: reading.Row, shown: Page) -> None:
    if row["status"] != "blocked":
        return
    reasons = draft_actions.reasons_against(row)
    fixable = all(reason in draft_actions.MENDED_BY for reason in reasons)
    said = ", ".join(wording.words(reason) for reason in reasons)
    st.warning(
        f"Blocked: {said}. "
        + (
            "Correct it here, or where it arises; the next run drafts it again."
            if fixable
            else "This is put right in the system it comes from; the next run drafts it again."
        ),
        icon=":material/block:",
    )
    if row["refused_because"]:
        frame.facts([("What the rules of EN 16931 say", wording.plain_text(row["refused_because"]))], columns=1)
    for reason in reasons:
        _where_it_arises(row, reason, shown)


def _where_it_arises(row: reading.Row, reason: str, shown: Page) -> None:
    """Name the system and field to mend and whose they are, as the exception that stands for it does."""
    names = ("billing_key", "customer_key", "customer_name", "contract_id", "order_number")
    subjects = [str(row[name]) for name in names if row[name]]
    for cause in reading.causes_of(shown.snapshot, reason, subjects):
        system, field = cause["upstream_system"], wording.plain_text(cause["upstream_field"])
        frame.facts(
            [
                (f"{wording.words(reason)} in", f"{wording.words(system)} → {field}" if system else wording.NOTHING),
                ("Put right by", wording.words(cause["owner"])),
                ("Meaning", wording.plain_text(cause["reason_description"])),
            ]
        )
        st.page_link(
            "screens/exceptions.py",
            label="Open its exception",
            icon=":material/open_in_new:",
            query_params={"exception": str(cause["exception_key"])},
        )


def _differences(found: Sequence[drafts.Difference]) -> None:
    if not found:
        return
    frame.table(
        [
            {
                "mark": "≠",
                "field": each.field,
                "on_draft": each.on_draft,
                "expected": f"{each.expected} ({each.source})",
            }
            for each in found
        ],
        {
            "mark": frame.text("", width=30),
            "field": frame.text("Differs", width=120),
            "on_draft": frame.text("On the draft", width=130),
            "expected": frame.text("Expected", width=190),
        },
        key="differences",
        height="content",
    )


def _changed_since(row: reading.Row) -> None:
    """Say what a draft that was made anew says otherwise than the one the accountant may have looked at before."""
    changed = drafts.changed_since(row)
    if changed is None:
        return
    since, rows = changed
    st.markdown(f"**What changed since {since}**")
    frame.table(
        rows,
        {
            "field": frame.text("Field", width=120),
            "then": frame.text("Then", width=150),
            "now": frame.text("Now", width=190),
        },
        key="changed-since",
        height="content",
    )


def _terms(row: reading.Row) -> str:
    if row["due_days"] is None:
        return wording.plain_text(row["terms_code"])
    return f"{wording.plain_text(row['terms_code'])}, {wording.counted(row['due_days'], 'day')}"


def _net_and_tax(row: reading.Row) -> str:
    currency_code = row["currency_code"]
    return f"{wording.money(row['net_amount'], currency_code)} + {wording.money(row['tax_amount'], currency_code)}"


def _beside(row: reading.Row, lines: Sequence[Any], sources: drafts.Sources) -> None:
    """Show the draft's lines, each beside what its contract, order and shipment say of it."""
    listed = [kind for kind in SOURCE_TITLES if sources.get(kind)]
    with st.container(horizontal=True, gap="medium"):
        for kind in listed:
            first = sources[kind][0]
            with st.container(gap=None, width="content"):
                st.caption(SOURCE_TITLES[kind])
                st.text(f"{wording.plain_text(first['source_number'])} · {wording.day(first['source_date'])}")
    if not listed:
        st.caption("Neither contract nor order of this charge is known to this snapshot.")
    compared = drafts.beside(row, lines, sources)
    frame.table(
        compared,
        {
            "mark": frame.text("", width=26),
            "description": frame.text("Line", width=106),
            "quantity": frame.text("Qty", width=42, alignment="right", help="Quantity on the draft"),
            **_column(compared, "shipped", "Shipped", 58),
            **_column(compared, "ordered", "Ordered", 58),
            **_column(compared, "metered", "Metered", 60),
            "unit_price": frame.text("Price", width=60, alignment="right"),
            **_column(compared, "agreed_price", "Agreed", 60),
            "net_amount": frame.amount("Net", width=74),
        },
        key="lines",
        height="content",
    )
    for line in sources.get("milestone", ()):
        st.text(wording.plain_text(line["description"]))


def _column(compared: Sequence[Any], name: str, label: str, width: int) -> dict[str, Any]:
    """Return a column where at least one line has something to say in it."""
    if not any(line.get(name) for line in compared):
        return {}
    return {name: frame.text(label, width=width, alignment="right")}


def _period_before(row: reading.Row, lines: Sequence[Any], sources: drafts.Sources) -> None:
    before = sources.get("previous_invoice")
    if not before:
        if row["charge_kind"] == "retainer":
            st.caption("The first invoice of this contract line: there is no period before to compare with.")
        return
    st.markdown("**What changed since the period before**")
    st.text(f"{wording.plain_text(before[0]['source_number'])} · {wording.day(before[0]['source_date'])}")
    frame.table(
        drafts.changes_since(lines, before),
        {
            "description": frame.text("Line", width=150),
            "then": frame.amount("Then", width=80),
            "now": frame.amount("Now", width=80),
            "change": frame.amount("Change", width=75),
            "what": frame.text("What changed", width=150),
        },
        key="period-before",
        height="content",
    )
