"""Crediting an invoice that was issued here: which charge, how much of it, why, and what the memo will come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from assets.decisions import crediting
from assets.decisions.crediting import Creditable
from assets.decisions.errors import UndecidableError
from assets.ledger.crediting import CREDIT_REASONS, CreditedCharge, why_no_amount
from dashboards import deciding, drafts, frame, reading, typed, wording
from dashboards.draft_actions import EXACT_NUMBER, next_round
from dashboards.frame import Page
from dashboards.typed import NotANumberError

REISSUED = "CREDIT_REISSUE"  # has its own button where documents came back: its charges are billed again
REASONS = tuple(reason for reason in CREDIT_REASONS if reason != REISSUED)
ALL, QUANTITY, AMOUNT = "All that is left", "By quantity", "An amount"
MEMOS = ("credit_memo_issued", "charge_credited")


def credited_total(charges: Sequence[Creditable]) -> Decimal:
    """Return what was credited of an invoice so far, tax and all."""
    return sum((each.before.net_amount + each.before.tax_amount for each in charges), Decimal(0))


def button(row: reading.Row, charges: Sequence[Creditable], shown: Page) -> None:
    """Offer to credit an invoice as long as something is left of it."""
    is_left = any(each.net_left > 0 for each in charges)
    if st.button(
        "Credit",
        icon=":material/assignment_return:",
        key="credit",
        shortcut="M",
        disabled=not is_left or not deciding.allowed("credit_invoice"),
        help="Issues a credit memo over one of its charges or a part of it." if is_left else "Nothing is left of it.",
    ):
        _credit(row, shown)


@st.dialog("Credit the invoice", width="large")
def _credit(row: reading.Row, shown: Page) -> None:
    charges = [
        each for each in crediting.creditable_charges(deciding.store(), str(row["billing_key"])) if each.net_left
    ]
    st.text(f"{row['document_number']} · {wording.plain_text(row['customer_name'])}")
    if not charges:
        st.caption("Nothing is left of it to credit.")
        return
    # Numbered: two charges of one description and amount would be one choice.
    said = [f"{position}. {_said(each)}" for position, each in enumerate(charges, start=1)]
    chosen, name = charges[0], None
    if len(charges) > 1:
        name = st.selectbox("Charge", said, key="credit-charge")
        chosen = charges[said.index(name)]
    ways = [ALL, QUANTITY, AMOUNT] if _by_quantity(chosen) else [ALL, AMOUNT]
    way = st.segmented_control("How much", ways, default=ALL, required=True, key="credit-way")
    if way == QUANTITY:
        _ask_quantities(chosen)
    elif way == AMOUNT:
        money = wording.money(chosen.net_left, chosen.charge.currency_code)
        st.text_input("Net amount", key="credit-amount", placeholder=f"At most {money}", width=220)
    elif chosen.why_no_quantities:
        st.caption(f"Not by quantity: {wording.plain_text(chosen.why_no_quantities)}")
    wanted, preview = _shown(chosen)
    left, right = st.columns(2)
    reason = left.selectbox(
        "Reason", REASONS, index=None, placeholder="Needed", format_func=wording.words, key="credit-reason"
    )
    why_not = why_no_amount(chosen.charge, chosen.before, reason) if way == AMOUNT and reason else None
    if why_not:
        st.warning(wording.plain_text(why_not), icon=":material/format_list_numbered:")
    right.text_input("Note", key="credit-note", max_chars=500, placeholder="Stands in the log")
    if st.button(
        "Issue the credit memo",
        type="primary",
        key="credit-record",
        shortcut="Ctrl+Enter",
        disabled=preview is None or reason is None or why_not is not None,
        on_click=_record,
        args=(shown.run, row, chosen, name, wanted),
    ):
        st.rerun()
    st.caption("It gets the next number of the credit memos and goes to whom the invoice went. It is not taken back.")


def _said(each: Creditable) -> str:
    charge = each.charge
    what = wording.plain_text(charge.lines[0].description if len(charge.lines) == 1 else charge.order_number)
    return f"{wording.words(charge.charge_kind)} · {what} · {wording.money(each.total_left, charge.currency_code)} left"


def _by_quantity(chosen: Creditable) -> list[dict[str, Any]]:
    """Return the lines of which a quantity can be credited; discounts and what is credited already cannot."""
    if chosen.why_no_quantities:
        return []
    return [
        {
            "line_number": line.line_number,
            "description": line.description,
            "billed": drafts.exact(line.quantity),
            "left": drafts.exact(left),
            "unit_price": drafts.exact(line.unit_price),
            "credit": "0",
        }
        for line in chosen.charge.lines
        if line.unit_price > 0 and (left := chosen.quantity_left(line.line_number)) > 0
    ]


def _ask_quantities(chosen: Creditable) -> None:
    st.data_editor(
        frame.as_arrow(_by_quantity(chosen), ["description", "billed", "left", "unit_price", "credit"]),
        column_config={
            "description": frame.text("Line", width="large"),
            "billed": frame.text("Billed", width=70, alignment="right"),
            "left": frame.text("Left", width=70, alignment="right"),
            "unit_price": frame.text("Price", width=80, alignment="right"),
            "credit": frame.text("Credit", width=90, validate=EXACT_NUMBER, required=True, alignment="right"),
        },
        disabled=["description", "billed", "left", "unit_price"],
        num_rows="fixed",
        hide_index=True,
        key="credit-quantities",
    )


def _wanted(chosen: Creditable) -> dict[str, Any]:
    """Return what the form asks for as it stands now: nothing is all that is left; refuse what is no number."""
    way = st.session_state["credit-way"]
    if way == QUANTITY:
        lines = _by_quantity(chosen)
        edits: Mapping[int, Mapping[str, str]] = st.session_state.get("credit-quantities", {}).get("edited_rows", {})
        asked = {
            int(lines[position]["line_number"]): typed.number(edit["credit"])
            for position, edit in edits.items()
            if position < len(lines) and edit.get("credit")
        }
        return {"quantities": {line_number: quantity for line_number, quantity in asked.items() if quantity}}
    if way == AMOUNT:
        text = st.session_state.get("credit-amount", "").strip()
        return {"net_amount": typed.number(text) if text else Decimal(0)}
    return {}


def _shown(chosen: Creditable) -> tuple[dict[str, Any] | None, CreditedCharge | None]:
    """Return what is asked for and what it comes to, shown; none of it where it is not understood or refused."""
    try:
        wanted = _wanted(chosen)
    except NotANumberError as error:
        st.error(str(error), icon=":material/block:")
        return None, None
    return wanted, _preview(chosen, wanted)


def _preview(chosen: Creditable, wanted: Mapping[str, Any]) -> CreditedCharge | None:
    """Show what the memo comes to and what is left after it; nothing while nothing is asked for."""
    is_asked = all(wanted.values())
    currency_code = chosen.charge.currency_code
    if not is_asked:
        st.caption(f"{wording.money(chosen.net_left, currency_code)} net is left to credit.")
        return None
    try:
        preview = chosen.credited(**wanted)
    except UndecidableError as error:
        st.error(wording.plain_text(error), icon=":material/block:")
        return None
    credit = preview.credit
    with st.container(horizontal=True, gap="large"):
        st.metric("Credit memo", wording.money(credit.total_amount, currency_code), width="content")
        st.metric("Net", wording.money(credit.net_amount, currency_code), width="content")
        st.metric("Tax", wording.money(credit.tax_amount, currency_code), width="content")
        st.metric(
            "Left after it", wording.money(chosen.total_left - credit.total_amount, currency_code), width="content"
        )
    return preview


def _record(
    run: reading.Run, row: reading.Row, chosen: Creditable, name: str | None, wanted: Mapping[str, Any]
) -> None:
    """Record the credit that was shown; what was typed with the click itself was not shown yet."""
    try:
        is_as_shown = _wanted(chosen) == wanted and name in (None, st.session_state["credit-charge"])
    except NotANumberError as error:
        deciding.refuse(error, run=run)
        return
    if not is_as_shown:
        deciding.refuse(
            f"Nothing was credited of `{row['document_number']}`: what is asked for changed after the credit memo "
            "was shown. Look at what it comes to now.",
            run=run,
        )
        return
    deciding.decide(
        crediting.credit_invoice,
        {**row, "billing_key": chosen.charge.billing_key},
        run=run,
        seen_version=chosen.version,
        reason_code=st.session_state["credit-reason"],
        note=st.session_state["credit-note"],
        **wanted,
    )
    next_round()
