"""Issued invoices: the list, and beside it what became of the chosen one and everything that was decided about it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from assets.decisions.crediting import creditable_charges
from dashboards import credit_form, deciding, draft_actions, drafts, frame, reading, wording
from dashboards.draft_actions import ROUND
from dashboards.frame import Page


def show(rows: Sequence[reading.Row], fresh: Sequence[drafts.Issued], shown: Page) -> None:
    """Show the newest invoices, or those a search finds, and the chosen one in full."""
    if not rows:
        frame.empty("No invoice to show", "Nothing was issued here yet, or nothing matches the search.")
        return
    left, right = st.columns([11, 9], gap="medium")
    currency_code = frame.one_currency(rows)
    with left:
        selected = frame.table(
            rows,
            {
                "document_number": frame.text("Number", width=118),
                "customer_name": frame.text("Customer", width=156 if currency_code else 120),
                "invoice_date": frame.dated("Issued", width=84),
                "total_amount": frame.amount(
                    f"Total {currency_code or ''}".rstrip(), width=84 if currency_code else 76
                ),
                "open_amount": frame.amount("Open", width=76),
                **({} if currency_code else {"currency_code": frame.text("", width=44)}),
            },
            key=f"issued-{st.session_state.get(ROUND, 0)}",
            select="single-row",
            height=560,
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            frame.download(rows, "invoices-issued", shown.run)
            frame.the_last(rows, reading.ISSUED_SHOWN)
    with right:
        row = rows[selected[0] if selected else 0]
        _invoice(row, next((each for each in fresh if each.row is row), None), shown)


def _invoice(row: reading.Row, fresh: drafts.Issued | None, shown: Page) -> None:
    currency_code = row["currency_code"]
    came_back = reading.rejections_of(shown.snapshot, str(row["legal_entity_id"]), str(row["document_number"]))
    charges = creditable_charges(deciding.store(), str(row["billing_key"]))
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            st.metric("Total", wording.money(row["total_amount"], currency_code), width="content")
            with st.container(horizontal=True, width="content"):
                if came_back:
                    st.badge(wording.words(came_back[0]["reason_code"]), color="red", icon=":material/block:")
                if any(
                    shown.is_pending(each.charge.billing_key, kind) for each in charges for kind in credit_form.MEMOS
                ):
                    st.badge("Credited, the next run shows it", color="orange", icon=":material/hourglass_top:")
                if fresh is not None:
                    st.badge("Issued today", color="green", icon=":material/check:")
                elif row["is_posted_in_accounting"]:
                    st.badge("In accounting", color="green", icon=":material/check:")
                else:
                    st.badge("Not yet in accounting", color="orange", icon=":material/hourglass_top:")
        if fresh is not None:
            draft_actions.undo_button(fresh, shown)
        else:
            credit_form.button(row, charges, shown)
        credited = credit_form.credited_total(charges)
        net, tax = (wording.money(row[name], currency_code) for name in ("net_amount", "tax_amount"))
        frame.facts(
            [
                ("Invoice", wording.plain_text(row["document_number"])),
                ("Customer", wording.plain_text(row["customer_name"])),
                ("Charge", wording.words(row["charge_kind"])),
                ("Issued", wording.day(row["invoice_date"])),
                ("Due", wording.day(row["due_date"])),
                ("Open", wording.money(row["open_amount"], currency_code)),
                *([("Credited so far", wording.money(credited, currency_code))] if credited else []),
                ("Order", wording.plain_text(row.get("order_number"))),
                ("Purchase order", wording.plain_text(row.get("purchase_order_number"))),
                ("Net + tax", f"{net} + {tax}"),
            ]
        )
        with st.container(horizontal=True):
            if came_back:
                st.page_link(
                    "screens/rejections.py",
                    label="Why it came back",
                    icon=":material/assignment_return:",
                    query_params={"document": str(row["document_number"])},
                )
            st.page_link(
                "screens/outbox.py",
                label="Was it sent?",
                icon=":material/outbox:",
                query_params={"search": str(row["document_number"])},
            )
        frame.facts([("Make its files", f"openitem documents render '{row['billing_key']}'")], columns=1)
        history(str(row["billing_key"]))


def history(billing_key: str) -> None:
    """Show what was decided about a charge, the oldest first: nothing of it is ever changed."""
    entries = [
        {
            "on": recorded.decision.business_date,
            "what": wording.words(recorded.decision.kind),
            "number": recorded.decision.payload.get("document_number"),
            "by": recorded.decision.actor,
        }
        for recorded in deciding.store().on_subject(billing_key)
        if recorded.decision.kind != "revenue_recognised"
    ]
    with st.expander("History", icon=":material/history:"):
        frame.table(
            entries,
            {
                "on": frame.dated("On", width=80),
                "what": frame.text("What", width=102),
                "number": frame.text("Number", width=110),
                "by": frame.text("By", width=100),
            },
            key="history",
            height="content",
        )
