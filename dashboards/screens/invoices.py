"""Invoices to review: is each draft what was agreed and delivered?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from assets.decisions import invoice_review
from assets.ledger.decision import RecordedDecision
from dashboards import deciding, frame, reading, wording
from dashboards.frame import Page

VIEWS = {"review": "To review", "blocked": "Blocked", "issued": "Issued"}
SEARCHED = ("customer_name", "billing_key", "order_number", "contract_id", "purchase_order_number", "document_number")
REJECT_REASONS = ("DRAFT_AMOUNT_WRONG", "DRAFT_CUSTOMER_WRONG", "DRAFT_NOT_AGREED", "DRAFT_BILLED_ELSEWHERE")
HOLD_REASONS = ("DRAFT_WAITS_FOR_CUSTOMER", "DRAFT_WAITS_FOR_PURCHASE_ORDER", "DRAFT_UNDER_DISCUSSION")
EXACT_NUMBER = r"^-?\d{1,12}(\.\d{1,10})?$"
ROUND = "invoices_round"


def main() -> None:
    """Show the drafts and what stands behind the chosen one."""
    with frame.page("Invoices to review", "Is each draft what was agreed and delivered?") as shown:
        rows = reading.invoices_to_review(shown.snapshot)
        issued = reading.invoices_issued(shown.snapshot)
        review = [_as_decided(row, shown) for row in rows if row["status"] != "blocked" and not _is_done(row, shown)]
        blocked = [row for row in rows if row["status"] == "blocked"]
        counts = {
            "review": str(len(review)),
            "blocked": str(len(blocked)),
            "issued": frame.up_to(issued, reading.ISSUED_SHOWN),
        }
        linked = st.query_params.get("invoice", "")
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            view = st.segmented_control(
                "View",
                list(VIEWS),
                default=_view_of(linked, blocked, issued),
                required=True,
                key="view",
                format_func=lambda name: f"{VIEWS[name]} ({counts[name]})",
                label_visibility="collapsed",
            )
            wanted = st.text_input(
                "Search",
                value=linked if view == "issued" else "",
                placeholder="Customer, contract, order, PO, number",
                label_visibility="collapsed",
                icon=":material/search:",
                width=360,
                key=f"search-{view}",
            )
        if view == "blocked":
            _blocked(frame.matching(blocked, wanted, SEARCHED), shown)
        elif view == "issued":
            _issued(frame.matching(issued, wanted, SEARCHED), shown)
        else:
            _review(frame.matching(review, wanted, SEARCHED), shown, linked)
        frame.pending_table(shown, _is_about_a_draft, lambda key: _short(key), key="pending-drafts")


def _view_of(linked: str, blocked: Sequence[reading.Row], issued: Sequence[reading.Row]) -> str:
    if any(row["billing_key"] == linked for row in blocked):
        return "blocked"
    return "issued" if any(linked in (row["document_number"], row["billing_key"]) for row in issued) else "review"


def _is_done(row: reading.Row, shown: Page) -> bool:
    """Approved and rejected drafts leave the list at once; corrected and held ones stay in it."""
    last = [recorded.decision.kind for recorded in shown.pending.get(row["billing_key"], ())][-1:]
    return bool(last) and last[0] in {"invoice_issued", "draft_approved", "draft_rejected"}


def _as_decided(row: reading.Row, shown: Page) -> reading.Row:
    """Return the draft with what people changed since the snapshot laid over it."""
    on_top: dict[str, Any] = {}
    for recorded in shown.pending.get(row["billing_key"], ()):
        decision = recorded.decision
        if decision.kind == "draft_held":
            on_top |= {"status": "held", "reason_code": decision.reason_code}
        if decision.kind == "draft_corrected":
            draft = decision.payload["draft"]
            on_top |= {name: Decimal(draft[name]) for name in ("net_amount", "tax_amount", "total_amount")}
            on_top |= {"purchase_order_number": draft["purchase_order_number"], "lines": json.dumps(draft["lines"])}
    return {**row, **on_top}


def _is_about_a_draft(recorded: RecordedDecision) -> bool:
    return recorded.decision.subject_kind == "charge" and recorded.decision.kind != "draft_approved"


def _review(rows: Sequence[reading.Row], shown: Page, linked: str) -> None:
    kinds = sorted({row["charge_kind"] for row in rows})
    if not rows:
        frame.empty(
            "No draft waits for you",
            "Every draft is approved, rejected or blocked. "
            "New ones appear after the next run that finds something due.",
        )
        return
    left, right = st.columns([11, 10], gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            chosen = st.pills(
                "Kind of charge",
                kinds,
                selection_mode="multi",
                format_func=wording.words,
                label_visibility="collapsed",
                key="kinds",
            )
            listed = [row for row in rows if not chosen or row["charge_kind"] in chosen]
            frame.download(listed, "invoices-to-review", shown.run)
        selected = frame.table(
            [{**row, "kind": wording.words(row["charge_kind"]), "state": _state(row)} for row in listed],
            {
                "customer_name": frame.text("Customer", width=155),
                "kind": frame.text("Charge", width=72),
                "total_amount": frame.amount("Total", width=78),
                "currency_code": frame.text("", width=45),
                "purchase_order_number": frame.text("PO", width=68),
                "age_days": frame.whole("Days", width=45),
                "state": frame.text("State", width=78),
            },
            key=f"drafts-{st.session_state.get(ROUND, 0)}",
            select="multi-row",
            height=560,
        )
        st.caption("Tick one to look at it, several to decide about them together. Without a tick the oldest is shown.")
    with right:
        if len(selected) > 1:
            _several([listed[position] for position in selected], shown)
        else:
            position = (
                selected[0]
                if selected
                else next((n for n, row in enumerate(listed) if row["billing_key"] == linked), 0)
            )
            _draft(listed[position], shown)


def _state(row: reading.Row) -> str:
    if row["status"] == "held":
        return "Held"
    return "PO missing" if not row["purchase_order_number"] else "Drafted"


def _several(rows: Sequence[reading.Row], shown: Page) -> None:
    with st.container(border=True):
        st.subheader(f"{wording.counted(len(rows), 'draft')} chosen", anchor=False)
        sums: dict[str, Decimal] = {}
        for row in rows:
            sums[row["currency_code"]] = sums.get(row["currency_code"], Decimal(0)) + row["total_amount"]
        for currency_code, total in sorted(sums.items()):
            st.metric(f"Total in {currency_code}", wording.money(total, currency_code))
        pairs = [(row, deciding.seen_version(row, shown.pending, "billing_key")) for row in rows]
        st.button(
            f"Approve and issue {len(rows)}",
            type="primary",
            icon=":material/check:",
            key="approve-several",
            on_click=_approve,
            args=(shown.run, pairs),
            disabled=not deciding.allowed("approve_draft"),
            width="stretch",
        )
        st.caption("Each gets the next number of its series. One that changed meanwhile is left out and named.")


def _draft(row: reading.Row, shown: Page) -> None:
    seen = deciding.seen_version(row, shown.pending, "billing_key")
    currency_code = row["currency_code"]
    lines = _lines(row)
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            st.metric("Total to invoice", wording.money(row["total_amount"], currency_code), width="content")
            with st.container(horizontal=True, width="content"):
                _badges(row, shown)
        frame.facts(
            [
                ("Customer", wording.plain_text(row["customer_name"])),
                ("Charge", wording.words(row["charge_kind"])),
                ("Terms", _terms(row)),
                ("Contract or order", wording.plain_text(row["contract_id"] or row["order_number"])),
                ("Purchase order", wording.plain_text(row["purchase_order_number"])),
                ("Became due", wording.day(row["triggered_date"])),
            ]
        )
        st.markdown("**The draft**")
        frame.table(
            lines,
            {
                "description": frame.text("Line", width=215),
                "quantity": frame.text("Quantity", width=65, alignment="right"),
                "unit_price": frame.text("Price", width=75, alignment="right"),
                "net_amount": frame.amount("Net", width=85),
            },
            key="lines",
            height="content",
        )
        frame.facts(
            [
                ("Net", wording.money(row["net_amount"], currency_code)),
                ("Tax", wording.money(row["tax_amount"], currency_code)),
                ("Total", wording.money(row["total_amount"], currency_code)),
            ]
        )
        st.markdown("**What was agreed and delivered**")
        frame.facts(
            [
                ("Agreed", wording.money(row["contract_amount"], currency_code)),
                ("Last time", wording.money(row["previous_total_amount"], currency_code)),
            ]
        )
        frame.evidence_table(_json(row["evidence"]), key="evidence")
        frame.facts([("Key of the charge", row["billing_key"])], columns=1)
        _actions(row, lines, seen, shown)


def _terms(row: reading.Row) -> str:
    if row["due_days"] is None:
        return wording.plain_text(row["terms_code"])
    return f"{wording.plain_text(row['terms_code'])}, due {wording.counted(row['due_days'], 'day')} after issue"


def _badges(row: reading.Row, shown: Page) -> None:
    if shown.is_pending(row["billing_key"], "draft_corrected"):
        st.badge("Corrected", color="violet", icon=":material/edit:")
    if row["status"] == "held":
        st.badge(f"Held: {wording.words(row['reason_code'])}", color="orange", icon=":material/pause:")
    if not row["purchase_order_number"]:
        st.badge("No purchase order", color="orange", icon=":material/warning:")
    agreed, before = row["contract_amount"], row["previous_total_amount"]
    if agreed is not None and agreed == row["net_amount"]:
        st.badge("As agreed", color="green", icon=":material/check:")
    elif agreed is not None:
        st.badge("Differs from the agreement", color="red", icon=":material/difference:")
    if before is not None and before != row["total_amount"]:
        st.badge("Differs from last time", color="gray", icon=":material/history:")


def _actions(row: reading.Row, lines: Sequence[Mapping[str, Any]], seen: int, shown: Page) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Approve and issue",
            type="primary",
            icon=":material/check:",
            key="approve",
            on_click=_approve,
            args=(shown.run, [(row, seen)]),
            disabled=not deciding.allowed("approve_draft"),
        )
        if st.button("Correct", icon=":material/edit:", key="correct", disabled=not deciding.allowed("correct_draft")):
            _correct(row, lines, seen, shown)
        with frame.asking("Hold", "hold-form", icon=":material/pause:", is_allowed=deciding.allowed("hold_draft")):
            _reason_form("hold", HOLD_REASONS, "Hold this draft", row, seen, shown)
        with frame.asking(
            "Reject", "reject-form", icon=":material/close:", is_allowed=deciding.allowed("reject_draft")
        ):
            _reason_form("reject", REJECT_REASONS, "Reject this draft", row, seen, shown)


def _reason_form(verb: str, reasons: Sequence[str], said: str, row: reading.Row, seen: int, shown: Page) -> None:
    st.selectbox("Reason", reasons, format_func=wording.words, key=f"{verb}-reason")
    st.text_input("Note", key=f"{verb}-note", max_chars=500)
    st.form_submit_button(said, type="primary", on_click=_turn_away, args=(verb, shown.run, row, seen))


def _approve(run: reading.Run, pairs: Sequence[tuple[reading.Row, int]]) -> None:
    deciding.decide_all(
        [(invoice_review.approve_draft, (row,), {"seen_version": seen}) for row, seen in pairs], run=run
    )
    _next_round()


def _turn_away(verb: str, run: reading.Run, row: reading.Row, seen: int) -> None:
    action = invoice_review.hold_draft if verb == "hold" else invoice_review.reject_draft
    reason, note = st.session_state[f"{verb}-reason"], st.session_state[f"{verb}-note"]
    deciding.decide(action, row, run=run, seen_version=seen, reason_code=reason, note=note)
    _next_round()


def _next_round() -> None:
    """Forget what was ticked and linked: the list is another one now."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.query_params.pop("invoice", None)


@st.dialog("Correct the draft", width="large")
def _correct(row: reading.Row, lines: Sequence[Mapping[str, Any]], seen: int, shown: Page) -> None:
    st.caption("Totals are computed again from the lines; they are never entered.")
    st.text_input("Purchase order", value=row["purchase_order_number"] or "", key="correct-po", max_chars=80)
    st.data_editor(
        frame.as_arrow([{**line, **_texts(line)} for line in lines], ["description", "quantity", "unit_price"]),
        column_config={
            "description": frame.text("Line", width="large", required=True, max_chars=300),
            "quantity": frame.text("Quantity", validate=EXACT_NUMBER, required=True),
            "unit_price": frame.text("Price", validate=EXACT_NUMBER, required=True),
        },
        num_rows="fixed",
        hide_index=True,
        key="correct-lines",
    )
    st.text_input("What was wrong?", key="correct-note", max_chars=500, placeholder="Needed: it stands in the log")
    if st.button(
        "Record the correction", type="primary", on_click=_record_correction, args=(shown.run, row, lines, seen)
    ):
        st.rerun()


def _texts(line: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(line[name]) for name in ("description", "quantity", "unit_price")}


def _record_correction(run: reading.Run, row: reading.Row, lines: Sequence[Mapping[str, Any]], seen: int) -> None:
    edits = st.session_state["correct-lines"]["edited_rows"]
    corrected = [{**line, **edits.get(position, {})} for position, line in enumerate(lines)]
    deciding.decide(
        invoice_review.correct_draft,
        row,
        run=run,
        seen_version=seen,
        lines=corrected,
        purchase_order_number=st.session_state["correct-po"].strip() or None,
        note=st.session_state["correct-note"],
    )
    _next_round()


def _blocked(rows: Sequence[reading.Row], shown: Page) -> None:
    if not rows:
        frame.empty("Nothing is blocked", "Every charge that became due could be drafted.")
        return
    st.caption(
        "Something is missing before these can be drafted. Put it right where it arises; the next run drafts them."
    )
    frame.table(
        [
            {**row, "kind": wording.words(row["charge_kind"]), "reason": wording.words(row["reason_code"])}
            for row in rows
        ],
        {
            "customer_name": frame.text("Customer", width="medium"),
            "kind": frame.text("Charge"),
            "reason": frame.text("What stops it", width="medium"),
            "total_amount": frame.amount("Total"),
            "currency_code": frame.text("", width=50),
            "order_number": frame.text("Order"),
            "contract_id": frame.text("Contract"),
            "triggered_date": frame.dated("Became due"),
        },
        key="blocked",
    )
    frame.download(rows, "blocked-charges", shown.run)


def _issued(rows: Sequence[reading.Row], shown: Page) -> None:
    if not rows:
        frame.empty("No invoice to show", "Nothing was issued here yet, or nothing matches the search.")
        return
    frame.table(
        [{**row, "kind": wording.words(row["charge_kind"])} for row in rows],
        {
            "document_number": frame.text("Number"),
            "customer_name": frame.text("Customer", width="medium"),
            "kind": frame.text("Charge"),
            "invoice_date": frame.dated("Issued"),
            "due_date": frame.dated("Due"),
            "total_amount": frame.amount("Total"),
            "open_amount": frame.amount("Open"),
            "currency_code": frame.text("", width=50),
            "is_posted_in_accounting": st.column_config.CheckboxColumn("In accounting"),
        },
        key="issued",
        height=560,
    )
    frame.download(rows, "invoices-issued", shown.run)


def _lines(row: reading.Row) -> list[dict[str, Any]]:
    found = _json(row["lines"])
    lines = [dict(line) for line in found if isinstance(line, Mapping)] if isinstance(found, list) else []
    return [{**line, "net_amount": Decimal(line["net_amount"])} for line in lines]


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "{}", parse_float=Decimal)
    except ValueError:
        return {"recorded": text}


def _short(billing_key: str) -> str:
    return wording.plain_text(billing_key.replace("|", " · "))


if __name__ == "__main__":
    main()
