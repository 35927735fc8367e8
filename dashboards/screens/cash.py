"""Cash application: whose money is it, and which documents does it settle?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

import streamlit as st

from assets.decisions import service
from assets.decisions.service import Application
from dashboards import deciding, frame, reading, wording
from dashboards.frame import Page

OUTCOMES = {"proposed": "Proposed", "on_account": "On account", "unidentified": "Unidentified"}
OUTCOME_COLORS: dict[str, frame.Color] = {"proposed": "green", "on_account": "blue"}
SEARCHED = ("payer_name", "payer_account", "remittance_text", "customer_name", "receipt_id")
APPLIED_SEARCHED = ("payer_name", "document_number", "receipt_id")
REJECT_REASONS = ("MATCH_WRONG_DOCUMENT", "MATCH_WRONG_CUSTOMER", "MATCH_NOT_OURS")
EXACT_AMOUNT = r"^\d{1,12}(\.\d{1,3})?$"
ROUND = "cash_round"


def _colour_of(confidence: Decimal) -> frame.Color:
    """Return green only for what a person may confirm at a glance."""
    return "green" if confidence >= Decimal("0.9") else "orange" if confidence >= Decimal("0.5") else "gray"


def main() -> None:
    """Show what could not be applied by itself, what is proposed for it, and what was applied."""
    with frame.page("Cash application", "Whose money is it, and which documents does it settle?") as shown:
        queue = [row for row in reading.cash_queue(shown.snapshot) if not shown.is_pending(row["receipt_key"])]
        applied = reading.cash_applied(shown.snapshot)
        counts = {
            "decide": ("To decide", wording.number(len(queue))),
            "applied": ("Applied", frame.up_to(applied, reading.APPLIED_SHOWN)),
        }
        linked = st.query_params.get("receipt", "")
        is_applied = any(row["receipt_key"] == linked for row in applied)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            view = st.segmented_control(
                "View",
                list(counts),
                default="applied" if is_applied else "decide",
                required=True,
                key="view",
                format_func=lambda name: f"{counts[name][0]} ({counts[name][1]})",
                label_visibility="collapsed",
            )
            wanted = st.text_input(
                "Search",
                placeholder="Payer, account, text, document",
                label_visibility="collapsed",
                icon=":material/search:",
                width=360,
                key=f"search-{view}",
            )
        if view == "applied":
            _applied(frame.matching(applied, wanted, APPLIED_SEARCHED), shown, linked)
        else:
            _queue(frame.matching(queue, wanted, SEARCHED), shown, linked)
        frame.pending_table(
            shown,
            lambda recorded: recorded.decision.subject_kind == "receipt",
            lambda key: _receipt_label(key, shown),
            key="pending-receipts",
        )


def _receipt_label(receipt_key: str, shown: Page) -> str:
    for row in (*reading.cash_queue(shown.snapshot), *reading.cash_applied(shown.snapshot)):
        if row["receipt_key"] == receipt_key:
            return f"{wording.plain_text(row['payer_name'])} · {row['receipt_id']}"
    return receipt_key


def _queue(rows: Sequence[reading.Row], shown: Page, linked: str) -> None:
    if not rows:
        frame.empty(
            "No receipt waits for you",
            "Everything that arrived is applied, or nothing matches the search. "
            "New receipts come with the next statement.",
        )
        return
    left, right = st.columns([11, 12], gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            chosen = st.pills(
                "Outcome",
                list(OUTCOMES),
                selection_mode="multi",
                format_func=OUTCOMES.__getitem__,
                label_visibility="collapsed",
                key="outcomes",
            )
            listed = [row for row in rows if not chosen or row["outcome"] in chosen]
            frame.download(listed, "cash-queue", shown.run)
        selected = frame.table(
            [{**row, "state": OUTCOMES.get(row["outcome"], row["outcome"])} for row in listed],
            {
                "payer_name": frame.text("Payer", width=165),
                "unapplied_amount": frame.amount("To apply", width=85),
                "currency_code": frame.text("", width=45),
                "state": frame.text("State", width=90),
                "age_days": frame.whole("Days", width=45),
                "value_date": frame.dated("Value date", width=95),
            },
            key=f"queue-{st.session_state.get(ROUND, 0)}",
            select="single-row",
            height=560,
        )
        st.caption("Proposals come first, then the largest amounts. Without a tick the first is shown.")
    with right:
        if not listed:
            frame.empty("None of this kind", "No receipt in the list has the chosen outcome.")
            return
        position = (
            selected[0] if selected else next((n for n, row in enumerate(listed) if row["receipt_key"] == linked), 0)
        )
        _receipt(listed[position], shown)


def _receipt(row: reading.Row, shown: Page) -> None:
    seen = deciding.seen_version(row, shown.pending, "receipt_key")
    currency_code = row["currency_code"]
    offered = reading.proposals(shown.snapshot, row["receipt_key"])
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            st.metric("To apply", wording.money(row["unapplied_amount"], currency_code), width="content")
            with st.container(horizontal=True, width="content"):
                color = OUTCOME_COLORS.get(row["outcome"], "orange")
                st.badge(OUTCOMES.get(row["outcome"], "Open"), color=color)
                if row["reason_code"]:
                    st.badge(wording.words(row["reason_code"]), color="gray")
        frame.facts(
            [
                ("Payer at the bank", wording.plain_text(row["payer_name"])),
                ("Customer", wording.plain_text(row["customer_name"])),
                ("Received", wording.day(row["value_date"])),
                ("Payer's account", wording.plain_text(row["payer_account"])),
                ("Receipt", wording.plain_text(row["receipt_id"])),
                ("Received in all", wording.money(row["receipt_amount"], currency_code)),
            ]
        )
        frame.facts([("What the payer wrote", wording.plain_text(row["remittance_text"]))], columns=1)
    for rank, parts in groupby(offered, key=lambda each: each["rank"]):
        _proposal(row, rank, list(parts), seen, shown)
    if not offered:
        frame.empty(
            "Nothing is proposed",
            "No open document fits by reference, amount and payer. "
            "Choose the documents yourself, or leave it unapplied.",
            icon=":material/search_off:",
        )
    with st.container(horizontal=True):
        if st.button(
            "Choose documents", icon=":material/edit:", key="change", disabled=not deciding.allowed("change_match")
        ):
            _change(row, seen, shown)
        if offered:
            with frame.asking(
                "Reject", "reject-form", icon=":material/close:", is_allowed=deciding.allowed("reject_match")
            ):
                st.selectbox("Reason", REJECT_REASONS, format_func=wording.words, key="reject-reason")
                st.text_input("Note", key="reject-note", max_chars=500)
                st.form_submit_button(
                    "Reject what is proposed",
                    type="primary",
                    on_click=_reject,
                    args=(shown.run, row, offered, seen),
                )


def _proposal(row: reading.Row, rank: int, parts: list[reading.Row], seen: int, shown: Page) -> None:
    currency_code = row["currency_code"]
    applied = sum((part["applied_amount"] or Decimal(0) for part in parts), Decimal(0))
    left = row["unapplied_amount"] - applied
    with st.container(border=True):
        said, button = st.columns([7, 2], vertical_alignment="center")
        with said, st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Best proposal**" if rank == 1 else f"**Alternative {rank - 1}**", width="content")
            st.badge(wording.words(parts[0]["rule"]), color="gray")
            if parts[0]["confidence"] is not None:
                st.badge(f"{wording.share(parts[0]['confidence'], 1)} sure", color=_colour_of(parts[0]["confidence"]))
            if (parts[0]["solution_count"] or 1) > 1:
                st.badge(f"{parts[0]['solution_count']} ways fit", color="orange")
        button.button(
            "Confirm",
            type="primary" if rank == 1 else "secondary",
            icon=":material/check:",
            key=f"confirm-{rank}",
            on_click=_confirm,
            args=(shown.run, row, parts, seen),
            disabled=not deciding.allowed("confirm_match"),
            width="stretch",
        )
        frame.table(
            parts,
            {
                "document_number": frame.text("Document", width=120),
                "customer_name": frame.text("Customer", width=135),
                "due_date": frame.dated("Due", width=90),
                "document_open_amount": frame.amount("Open", width=85),
                "applied_amount": frame.amount("Apply", width=85),
            },
            key=f"proposal-{rank}",
            height="content",
        )
        outcome = "settles the receipt" if left == 0 else f"leaves {wording.money(left, currency_code)} unapplied"
        st.caption(f"Applies {wording.money(applied, currency_code)}, {outcome}.".replace("$", "\\$"))
        with st.expander("Evidence", key=f"evidence-box-{rank}"):
            frame.evidence_table(_json(parts[0]["evidence"]), key=f"evidence-{rank}")


def _confirm(run: reading.Run, row: reading.Row, parts: list[reading.Row], seen: int) -> None:
    deciding.decide(service.confirm_match, row, parts, run=run, seen_version=seen)
    _next_round()


def _reject(run: reading.Run, row: reading.Row, offered: list[reading.Row], seen: int) -> None:
    reason, note = st.session_state["reject-reason"], st.session_state["reject-note"]
    deciding.decide(service.reject_match, row, offered, run=run, seen_version=seen, reason_code=reason, note=note)
    _next_round()


def _next_round() -> None:
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.query_params.pop("receipt", None)


@st.dialog("Choose documents", width="large")
def _change(row: reading.Row, seen: int, shown: Page) -> None:
    currency_code, customer_key = row["currency_code"], row["customer_key"]
    frame.facts(
        [
            ("To apply", wording.money(row["unapplied_amount"], currency_code)),
            ("Payer", wording.plain_text(row["payer_name"])),
            ("What the payer wrote", wording.plain_text(row["remittance_text"])),
        ]
    )
    whose = st.segmented_control(
        "Whose documents",
        ["customer", "all"] if customer_key else ["all"],
        default="customer" if customer_key else "all",
        required=True,
        format_func={"customer": "This customer's", "all": "Everybody's"}.__getitem__,
        key="change-whose",
    )
    items = reading.open_items(shown.snapshot, currency_code, customer_key if whose == "customer" else None)
    by_key = {item["document_key"]: item for item in items}
    chosen = st.multiselect(
        "Documents",
        list(by_key),
        key=f"change-documents-{whose}",
        placeholder="Number or customer",
        format_func=lambda key: _item_label(by_key[key]),
    )
    picked = [by_key[key] for key in chosen]
    if picked:
        st.data_editor(
            frame.as_arrow(_spread(picked, row["unapplied_amount"]), ["document_number", "open_amount", "applied"]),
            column_config={
                "document_number": frame.text("Document", disabled=True),
                "open_amount": frame.amount("Open", disabled=True),
                "applied": frame.text("Apply", validate=EXACT_AMOUNT, required=True, alignment="right"),
            },
            num_rows="fixed",
            hide_index=True,
            key=f"change-amounts-{'-'.join(chosen)}",
        )
    st.text_input("Note", key="change-note", max_chars=500)
    clicked = st.button(
        "Apply",
        type="primary",
        disabled=not picked,
        on_click=_record_change,
        args=(shown.run, row, picked, chosen, seen),
    )
    if clicked:
        st.rerun()


def _item_label(item: reading.Row) -> str:
    amount = wording.money(item["open_amount"], item["currency_code"])
    customer, due = wording.plain_text(item["customer_name"]), wording.day(item["due_date"])
    return f"{item['document_number']} · {customer} · {amount} · due {due}"


def _spread(picked: Sequence[reading.Row], amount: Decimal) -> list[reading.Row]:
    """Return the documents with what is applied to each: in the order chosen, until the receipt is used up."""
    rows, left = [], amount
    for item in picked:
        applied = min(item["open_amount"], left)
        left -= applied
        rows.append({**item, "applied": format(applied.normalize(), "f")})
    return rows


def _record_change(
    run: reading.Run, row: reading.Row, picked: Sequence[reading.Row], chosen: Sequence[str], seen: int
) -> None:
    edits = st.session_state.get(f"change-amounts-{'-'.join(chosen)}", {}).get("edited_rows", {})
    applications = []
    for position, item in enumerate(_spread(picked, row["unapplied_amount"])):
        written = edits.get(position, {}).get("applied", item["applied"])
        applications.append(Application(item["document_key"], item["document_number"], _exact(written)))
    customer_key = row["customer_key"] or (picked[0]["customer_key"] if picked else None)
    deciding.decide(
        service.change_match,
        row,
        applications,
        run=run,
        seen_version=seen,
        customer_key=customer_key,
        note=st.session_state["change-note"],
    )
    _next_round()


def _exact(written: Any) -> Decimal:
    try:
        return Decimal(str(written))
    except InvalidOperation:
        return Decimal(0)  # the service refuses an amount that is not above zero, and says so


def _applied(rows: Sequence[reading.Row], shown: Page, linked: str) -> None:
    if not rows:
        frame.empty("Nothing was applied", "No receipt is set against a document yet, or nothing matches the search.")
        return
    left, right = st.columns([7, 4], gap="medium")
    with left:
        selected = frame.table(
            [{**row, "how": wording.words(row["rule"]), "who": wording.words(row["actor_kind"])} for row in rows],
            {
                "applied_date": frame.dated("Applied"),
                "payer_name": frame.text("Payer", width="medium"),
                "document_number": frame.text("Document"),
                "applied_amount": frame.amount("Amount"),
                "currency_code": frame.text("", width=50),
                "how": frame.text("By which rule"),
                "who": frame.text("Who"),
            },
            key=f"applied-{st.session_state.get(ROUND, 0)}",
            select="single-row",
            height=560,
        )
        frame.download(rows, "cash-applied", shown.run)
    with right:
        position = (
            selected[0] if selected else next((n for n, row in enumerate(rows) if row["receipt_key"] == linked), 0)
        )
        _application(rows[position], shown)


def _application(row: reading.Row, shown: Page) -> None:
    seen = deciding.seen_version(row, shown.pending, "receipt_key")
    with st.container(border=True):
        st.metric("Applied", wording.money(row["applied_amount"], row["currency_code"]))
        frame.facts(
            [
                ("Document", wording.plain_text(row["document_number"])),
                ("Payer", wording.plain_text(row["payer_name"])),
                ("Receipt", wording.plain_text(row["receipt_id"])),
                ("Value date", wording.day(row["value_date"])),
                ("Rule", wording.words(row["rule"])),
                ("Decided by", wording.words(row["actor_kind"])),
            ],
            columns=2,
        )
        if shown.is_pending(row["receipt_key"], "application_undone"):
            st.badge("Undo is recorded; the next run shows it", color="orange", icon=":material/hourglass_top:")
        elif not row["decision_key"]:
            st.caption("Applied in the accounting system. It is corrected there.")
        else:
            with frame.asking(
                "Undo", "undo-form", icon=":material/undo:", is_allowed=deciding.allowed("undo_application")
            ):
                st.caption("Takes back everything this decision applied of the receipt, from the open day on.")
                st.text_input("Why?", key="undo-note", max_chars=500)
                st.form_submit_button(
                    "Undo this application", type="primary", on_click=_undo, args=(shown.run, row, seen)
                )


def _undo(run: reading.Run, row: reading.Row, seen: int) -> None:
    deciding.decide(service.undo_application, row, run=run, seen_version=seen, note=st.session_state["undo-note"])
    _next_round()


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "{}", parse_float=Decimal)
    except ValueError:
        return {"recorded": text}


if __name__ == "__main__":
    main()
