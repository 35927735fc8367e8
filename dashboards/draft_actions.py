"""What may be decided about a draft or a fresh invoice, each with a key of the keyboard and a form that asks why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from assets.decisions import invoice_review
from dashboards import deciding, frame, reading, together, wording
from dashboards.drafts import Issued
from dashboards.frame import Page

MENDED_BY = invoice_review.MENDED_BY
REJECT_REASONS = ("DRAFT_AMOUNT_WRONG", "DRAFT_CUSTOMER_WRONG", "DRAFT_NOT_AGREED", "DRAFT_BILLED_ELSEWHERE")
HOLD_REASONS = ("DRAFT_WAITS_FOR_CUSTOMER", "DRAFT_WAITS_FOR_PURCHASE_ORDER", "DRAFT_UNDER_DISCUSSION")
EXACT_NUMBER = r"^-?\d{1,12}(\.\d{1,10})?$"
ROUND = "invoices_round"


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft as the page shows it, and the version of its charge that the page has seen."""

    row: reading.Row
    seen: int


def buttons(draft: Shown, lines: Sequence[Mapping[str, Any]], shown: Page) -> None:
    """Show the row of actions; each says its key, and asks what it needs to know."""
    row = draft.row
    is_blocked = row["status"] == "blocked"
    is_mendable = all(reason in MENDED_BY for reason in reasons_against(row)) if is_blocked else True
    others = together.beside(row, shown)
    with st.container(horizontal=True, gap="xsmall"):
        if not is_blocked:
            st.button(
                "Approve",
                type="primary",
                icon=":material/check:",
                key="approve",
                shortcut="A",
                on_click=approve,
                args=(shown, [draft]),
                disabled=not deciding.allowed("approve_draft") or not row["billing_email"],
                help="Issues the invoice with the next number of its series and queues its mail.",
            )
        if st.button(
            "Correct",
            icon=":material/edit:",
            key="correct",
            shortcut="E",
            type="primary" if is_blocked else "secondary",
            disabled=not deciding.allowed("correct_draft") or not is_mendable,
        ):
            _correct(draft, lines, shown)
        if is_blocked:
            return
        if st.button(
            "Hold", icon=":material/pause:", key="hold", shortcut="H", disabled=not deciding.allowed("hold_draft")
        ):
            _hold(draft, shown)
        if st.button(
            "Reject", icon=":material/close:", key="reject", shortcut="X", disabled=not deciding.allowed("reject_draft")
        ):
            _reject(draft, shown)
    together.show(row, others)


def several(chosen: Sequence[Shown], differing: Collection[str], shown: Page) -> None:
    """Show what several drafts come to, and one button for all of them but those that are held."""
    going = [draft for draft in chosen if draft.row["status"] != "held"]
    with st.container(border=True):
        st.subheader(f"{wording.counted(len(chosen), 'draft')} chosen", anchor=False)
        _left_out([draft.row for draft in chosen if draft.row["status"] == "held"])
        sums: dict[str, Any] = {}
        for draft in going:
            currency_code = draft.row["currency_code"]
            sums[currency_code] = sums.get(currency_code, 0) + draft.row["total_amount"]
        with st.container(horizontal=True):
            for currency_code, total in sorted(sums.items()):
                st.metric(f"Total in {currency_code}", wording.money(total, currency_code), width="content")
        count = sum(str(draft.row["billing_key"]) in differing for draft in going)
        if count:
            is_one = count == 1
            st.warning(
                f"{count} of them {'differs' if is_one else 'differ'} from what was agreed. "
                f"Look at {'it' if is_one else 'them'} one by one first.",
                icon=":material/difference:",
            )
        unreachable = sum(not draft.row["billing_email"] for draft in going)
        if unreachable:
            st.warning(
                f"{wording.counted(unreachable, 'draft')} without a billing contact will be refused and named.",
                icon=":material/mail_off:",
            )
        st.button(
            f"Approve and issue {len(going)}",
            type="primary",
            icon=":material/done_all:",
            key="approve-several",
            shortcut="A",
            on_click=approve,
            args=(shown, going),
            disabled=not going or not deciding.allowed("approve_draft"),
            width="stretch",
        )
        st.caption(
            "Each gets the next number of its series; those billed together share one. "
            "One that changed meanwhile is left out and named."
        )


def _left_out(held: Sequence[reading.Row]) -> None:
    """Say which of the chosen drafts are not approved together with the others, and why each is held."""
    if not held:
        return
    reasons = Counter(wording.words(row["reason_code"]) for row in held)
    said = "; ".join(f"{reason} ({count})" for reason, count in sorted(reasons.items()))
    st.warning(
        f"{wording.counted(len(held), 'draft')} held and left out: {said}. "
        f"Look at {'it' if len(held) == 1 else 'each'} and approve it by itself.",
        icon=":material/pause:",
    )


def just_issued(found: Sequence[Issued], shown: Page) -> None:
    """Show the last approval of this snapshot with the way back, as long as its mail has not left."""
    if not found:
        return
    last = found[0]
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.badge("Issued", color="green", icon=":material/check:")
        said = f"{last.row['document_number']} · {wording.plain_text(last.row['customer_name'])}"
        st.text(f"{said} · {wording.money(last.row['total_amount'], last.row['currency_code'])}")
        st.caption("Its mail leaves with the close of the day.", width="content")
        undo_button(last, shown)


def undo_button(issued: Issued, shown: Page) -> None:
    """Offer to take an approval back."""
    if st.button(
        "Undo",
        icon=":material/undo:",
        key="undo",
        shortcut="U",
        disabled=not deciding.allowed("undo_approval"),
        help="The number stays in the series, marked as cancelled; the draft waits for review again.",
    ):
        _undo(issued, shown)


def reasons_against(row: reading.Row) -> list[str]:
    """Return everything that blocks a draft, as the log says it; what the snapshot says when the log says nothing."""
    draft = deciding.draft_on_record(str(row["billing_key"]))
    return (invoice_review.reasons_against(draft) if draft else []) or [str(row["reason_code"])]


@st.dialog("Hold the draft")
def _hold(draft: Shown, shown: Page) -> None:
    _reason_form("hold", HOLD_REASONS, "Hold this draft", draft, shown)


@st.dialog("Reject the draft")
def _reject(draft: Shown, shown: Page) -> None:
    _reason_form("reject", REJECT_REASONS, "Reject this draft", draft, shown)


def _reason_form(verb: str, reasons: Sequence[str], said: str, draft: Shown, shown: Page) -> None:
    st.selectbox("Reason", reasons, format_func=wording.words, key=f"{verb}-reason")
    st.text_input("Note", key=f"{verb}-note", max_chars=500)
    if st.button(
        said,
        type="primary",
        key=f"{verb}-record",
        shortcut="Ctrl+Enter",
        on_click=_turn_away,
        args=(verb, shown.run, draft),
    ):
        st.rerun()


@st.dialog("Take the approval back")
def _undo(issued: Issued, shown: Page) -> None:
    st.text(f"{issued.row['document_number']} · {wording.plain_text(issued.row['customer_name'])}")
    st.caption("The number stays in the series, marked as cancelled. The draft waits for review again.")
    st.text_input("What was wrong?", key="undo-note", max_chars=500, placeholder="Needed: it stands in the log")
    if st.button(
        "Take it back",
        type="primary",
        key="undo-record",
        shortcut="Ctrl+Enter",
        on_click=_take_back,
        args=(shown.run, issued),
    ):
        st.rerun()


@st.dialog("Correct the draft", width="large")
def _correct(draft: Shown, lines: Sequence[Mapping[str, Any]], shown: Page) -> None:
    row = draft.row
    st.caption("Totals are computed again from the lines; they are never entered. A line of quantity 0 is left out.")
    left, right = st.columns(2)
    left.text_input("Purchase order", value=row["purchase_order_number"] or "", key="correct-po", max_chars=80)
    terms = reading.terms(shown.snapshot)
    right.selectbox(
        "Terms",
        [None, *terms],
        format_func=lambda each: _terms_choice(each, row),
        key="correct-terms",
    )
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
        "Record the correction",
        type="primary",
        key="correct-record",
        shortcut="Ctrl+Enter",
        on_click=_record_correction,
        args=(shown.run, draft, lines),
    ):
        st.rerun()


def _terms_choice(each: reading.Row | None, row: reading.Row) -> str:
    if each is None:
        return f"As drafted: {wording.plain_text(row['terms_code'])}"
    return f"{wording.plain_text(each['terms_code'])}, due after {wording.counted(each['due_days'], 'day')}"


def _texts(line: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(line[name]) for name in ("description", "quantity", "unit_price")}


def _record_correction(run: reading.Run, draft: Shown, lines: Sequence[Mapping[str, Any]]) -> None:
    edits = st.session_state["correct-lines"]["edited_rows"]
    corrected = [{**line, **edits.get(position, {})} for position, line in enumerate(lines)]
    deciding.decide(
        invoice_review.correct_draft,
        draft.row,
        run=run,
        seen_version=draft.seen,
        lines=corrected,
        purchase_order_number=st.session_state["correct-po"].strip() or None,
        terms=st.session_state["correct-terms"],
        note=st.session_state["correct-note"],
    )
    next_round()


def approve(shown: Page, chosen: Sequence[Shown]) -> None:
    """Approve drafts from a button, each invoice on its own; drafts billed together are one."""
    wanted, taken = [], set[str]()
    for draft in chosen:
        if draft.row["billing_key"] in taken:
            continue
        others = together.beside(draft.row, shown)
        taken.update(str(row["billing_key"]) for row, _ in others)
        named: dict[str, Any] = {"seen_version": draft.seen, **({"others": others} if others else {})}
        wanted.append((invoice_review.approve_draft, (draft.row,), named))
    deciding.decide_all(wanted, run=shown.run)
    next_round()


def _turn_away(verb: str, run: reading.Run, draft: Shown) -> None:
    action = invoice_review.hold_draft if verb == "hold" else invoice_review.reject_draft
    reason, note = st.session_state[f"{verb}-reason"], st.session_state[f"{verb}-note"]
    deciding.decide(action, draft.row, run=run, seen_version=draft.seen, reason_code=reason, note=note)
    next_round()


def _take_back(run: reading.Run, issued: Issued) -> None:
    note = st.session_state["undo-note"]
    deciding.decide(invoice_review.undo_approval, issued.row, run=run, seen_version=issued.version, note=note)
    next_round()


def next_round() -> None:
    """Forget what was ticked and linked: the list is another one now."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.query_params.pop("billing_key", None)
    st.query_params.pop("invoice", None)
