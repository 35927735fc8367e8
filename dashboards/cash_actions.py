"""What may be decided about a receipt, each with a key of the keyboard and, where it asks something, a form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

import streamlit as st

from assets.decisions import service
from assets.decisions.service import Application
from assets.ledger.decision import RecordedDecision
from dashboards import cash_evidence, deciding, frame, reading, typed, wording
from dashboards.frame import Page
from dashboards.typed import NotANumberError

REJECT_REASONS = ("MATCH_WRONG_DOCUMENT", "MATCH_WRONG_CUSTOMER", "MATCH_NOT_OURS")
EXACT_AMOUNT = r"^\d{1,12}(\.\d{1,3})?$"
ROUND = "cash_round"
SETTLING = ("match_confirmed", "match_changed", "match_rejected", "cash_on_account")
SAID = {
    "match_confirmed": "Confirmed",
    "match_changed": "Applied",
    "match_rejected": "Rejected",
    "cash_on_account": "Put on account",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A receipt as the page shows it, and the version of it that the page has seen."""

    row: reading.Row
    seen: int


def standing(decided: Sequence[RecordedDecision]) -> RecordedDecision | None:
    """Return the last decision about a receipt that settles it for now, None when it was taken back."""
    undone = {
        str(entry.decision.payload.get("undoes")) for entry in decided if entry.decision.kind == "application_undone"
    }
    standing_ones = [
        entry for entry in decided if entry.decision.kind in SETTLING and entry.decision.decision_key not in undone
    ]
    return standing_ones[-1] if standing_ones else None


def by_rank(offered: Sequence[reading.Row]) -> list[list[reading.Row]]:
    """Return proposals in order, each as its documents."""
    return [list(parts) for _, parts in groupby(offered, key=lambda part: part["rank"])]


def confirm(run: reading.Run, chosen: Sequence[tuple[Shown, Sequence[reading.Row]]]) -> None:
    """Record that receipts are applied as proposed; each on its own, so that one refusal stops no other."""
    deciding.decide_all(
        [
            (service.confirm_match, (_for_customer(each.row, parts), list(parts)), {"seen_version": each.seen})
            for each, parts in chosen
        ],
        run=run,
    )
    next_round()


def _for_customer(row: reading.Row, parts: Sequence[reading.Row]) -> reading.Row:
    """Return the receipt with the customer whose documents are paid: an alternative may be another's."""
    owners = [part.get("customer_key") for part in parts if part.get("customer_key")]
    if not owners or row["customer_key"] in owners:
        return row
    return {**row, "customer_key": owners[0]}


def next_round() -> None:
    """Forget ticks and the link, so that the next receipt stands beside the list."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.query_params.pop("receipt", None)


def buttons(receipt: Shown, offered: Sequence[reading.Row], shown: Page) -> None:
    """Show what else may be done with a receipt than confirming a proposal."""
    with st.container(horizontal=True, gap="xsmall"):
        if st.button(
            "Choose documents",
            icon=":material/edit:",
            key="change",
            shortcut="E",
            disabled=not deciding.allowed("change_match"),
            help="Apply it to other documents, of this customer or another, wholly or in part.",
        ):
            _change(receipt, shown)
        if receipt.row.get("is_kept_on_account"):
            if st.button(
                "Take off account",
                icon=":material/undo:",
                key="take-off",
                shortcut="U",
                disabled=not deciding.allowed("undo_application"),
            ):
                undo(receipt.row | {"decision_key": receipt.row["kept_decision_key"]}, receipt.seen, [], shown)
        elif st.button(
            "On account",
            icon=":material/savings:",
            key="on-account",
            shortcut="O",
            disabled=not deciding.allowed("put_on_account"),
            help="Keep the money for the customer without a document.",
        ):
            _put_on_account(receipt, shown)
        if offered and st.button(
            "Reject",
            icon=":material/close:",
            key="reject",
            shortcut="X",
            disabled=not deciding.allowed("reject_match"),
            help="None of what is proposed is right; the receipt stays unapplied.",
        ):
            _reject(receipt, offered, shown)


@st.dialog("Reject what is proposed")
def _reject(receipt: Shown, offered: Sequence[reading.Row], shown: Page) -> None:
    st.selectbox("Reason", REJECT_REASONS, format_func=wording.words, key="reject-reason")
    st.text_input("Note", key="reject-note", max_chars=500)
    st.caption(
        "Rules keep from these documents for this payer, and the receipt stays unapplied. If the customer is wrong, "
        "no rule applies money of this payer to that customer any more unless it names what it pays."
    )
    if st.button(
        "Reject",
        type="primary",
        key="reject-record",
        shortcut="Ctrl+Enter",
        on_click=_record_rejection,
        args=(shown.run, receipt, offered),
    ):
        st.rerun()


def _record_rejection(run: reading.Run, receipt: Shown, offered: Sequence[reading.Row]) -> None:
    reason, note = st.session_state["reject-reason"], st.session_state["reject-note"]
    deciding.decide(
        service.reject_match,
        receipt.row,
        list(offered),
        run=run,
        seen_version=receipt.seen,
        reason_code=reason,
        note=note,
    )
    next_round()


@st.dialog("Put on account")
def _put_on_account(receipt: Shown, shown: Page) -> None:
    row = receipt.row
    known = _customer_labels([*reading.customers(shown.snapshot), *([row] if row["customer_key"] else [])])
    keys = list(known)
    frame.facts(
        [
            ("Stays unapplied", wording.money(row["unapplied_amount"], row["currency_code"])),
            ("Payer", wording.plain_text(row["payer_name"])),
        ],
        columns=2,
    )
    customer_key = st.selectbox(
        "Whose money is it?",
        keys,
        index=keys.index(row["customer_key"]) if row["customer_key"] in known else None,
        format_func=known.__getitem__,
        placeholder="Customer",
        key="account-customer",
    )
    st.text_input("Note", key="account-note", max_chars=500)
    st.caption("It leaves this list, counts as the customer's unapplied cash, and waits under On account.")
    if st.button(
        "Put on account",
        type="primary",
        key="account-record",
        shortcut="Ctrl+Enter",
        disabled=not customer_key,
        on_click=_record_on_account,
        args=(shown.run, receipt),
    ):
        st.rerun()


def _record_on_account(run: reading.Run, receipt: Shown) -> None:
    deciding.decide(
        service.put_on_account,
        receipt.row,
        run=run,
        seen_version=receipt.seen,
        customer_key=st.session_state["account-customer"],
        note=st.session_state["account-note"],
    )
    next_round()


@st.dialog("Choose documents", width="large")
def _change(receipt: Shown, shown: Page) -> None:
    row = receipt.row
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
    wanted = ""
    if whose == "all":
        wanted = st.text_input(
            "Search",
            placeholder="Customer, number or amount",
            icon=":material/search:",
            key="change-search",
            label_visibility="collapsed",
        )
    items = reading.open_items(shown.snapshot, currency_code, customer_key if whose == "customer" else None, wanted)
    remembered = f"change-picked-{row['receipt_key']}"  # what was picked stays while another search is made
    kept = {item["document_key"]: item for item in st.session_state.get(remembered, [])}
    by_key = {**kept, **{item["document_key"]: item for item in items}}
    labels = wording.told_apart({key: item_label(item) for key, item in by_key.items()})
    chosen = st.multiselect(
        "Documents",
        list(by_key),
        key=f"change-documents-{whose}",
        placeholder="Number or customer",
        format_func=labels.__getitem__,
    )
    if len(items) >= reading.OPEN_ITEMS_SHOWN:
        st.caption(f"The first {wording.number(len(items))} are listed; search to narrow them.")
    picked = [by_key[key] for key in chosen]
    st.session_state[remembered] = picked
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
        applied = sum((part.applied_amount for part in _applications(picked, chosen, row)), Decimal(0))
        left = row["unapplied_amount"] - applied
        st.text(
            f"Applies {wording.money(applied, currency_code)}, leaves {wording.money(left, currency_code)} unapplied."
        )
    st.text_input("Note", key="change-note", max_chars=500)
    clicked = st.button(
        "Apply",
        type="primary",
        key="change-record",
        shortcut="Ctrl+Enter",
        disabled=not picked,
        on_click=_record_change,
        args=(shown.run, receipt, picked, chosen),
    )
    if clicked:
        st.rerun()


def _customer_labels(rows: Sequence[reading.Row]) -> dict[str, str]:
    """Return customers by key under names that tell them apart: two companies of ours may sell to one of one name."""
    by_key: dict[str, reading.Row] = {}
    for row in rows:
        by_key.setdefault(str(row["customer_key"]), row)
    count = Counter(row["customer_name"] for row in by_key.values())
    return wording.told_apart(
        {
            key: wording.plain_text(row["customer_name"])
            + (f" · {row['legal_entity_id']}" if count[row["customer_name"]] > 1 else "")
            for key, row in by_key.items()
        }
    )


def item_label(item: reading.Row) -> str:
    """Return a document as a choice: two companies of ours may use one number for one customer."""
    amount = wording.money(item["open_amount"], item["currency_code"])
    customer, due = wording.plain_text(item["customer_name"]), wording.day(item["due_date"])
    number = f"{wording.plain_text(item['document_number'])} · {item['legal_entity_id']}"
    return f"{number} · {customer} · {amount} · due {due}"


def _spread(picked: Sequence[reading.Row], amount: Decimal) -> list[reading.Row]:
    """Return the documents with what is applied to each: in the order chosen, until the receipt is used up."""
    rows, left = [], amount
    for item in picked:
        applied = min(item["open_amount"], left)
        left -= applied
        rows.append({**item, "applied": format(applied.normalize(), "f")})
    return rows


def _applications(picked: Sequence[reading.Row], chosen: Sequence[str], row: reading.Row) -> list[Application]:
    edits = st.session_state.get(f"change-amounts-{'-'.join(chosen)}", {}).get("edited_rows", {})
    return [
        Application(
            item["document_key"], item["document_number"], _exact(edits.get(at, {}).get("applied", item["applied"]))
        )
        for at, item in enumerate(_spread(picked, row["unapplied_amount"]))
    ]


def _record_change(run: reading.Run, receipt: Shown, picked: Sequence[reading.Row], chosen: Sequence[str]) -> None:
    row = receipt.row
    owners = [item["customer_key"] for item in picked]
    customer_key = row["customer_key"] if row["customer_key"] in owners else next(iter(owners), None)
    deciding.decide(
        service.change_match,
        row,
        _applications(picked, chosen, row),
        run=run,
        seen_version=receipt.seen,
        customer_key=customer_key,
        note=st.session_state["change-note"],
    )
    st.session_state.pop(f"change-picked-{row['receipt_key']}", None)
    next_round()


def _exact(written: Any) -> Decimal:
    try:
        return typed.number(written)
    except NotANumberError:
        return Decimal(0)  # the service refuses an amount that is not above zero, and says so


@st.dialog("Take it back")
def undo(row: reading.Row, seen: int, documents: Sequence[reading.Row], shown: Page) -> None:
    """Ask why, and say what the rules forget with it."""
    if documents:
        listed = ", ".join(wording.plain_text(each["document_number"]) for each in documents)
        frame.facts([("Open again", listed)], columns=1)
    st.caption("What this un-learns")
    for sentence in cash_evidence.unlearned_by_undo(row):
        st.text(f"– {sentence}")
    st.text_input("Why?", key="undo-note", max_chars=500)
    if st.button(
        "Take it back",
        type="primary",
        key="undo-record",
        shortcut="Ctrl+Enter",
        on_click=_record_undo,
        args=(shown.run, row, seen),
    ):
        st.rerun()


def _record_undo(run: reading.Run, row: reading.Row, seen: int) -> None:
    deciding.decide(service.undo_application, row, run=run, seen_version=seen, note=st.session_state["undo-note"])
    next_round()


def just_decided(shown: Page, rows: Sequence[reading.Row]) -> None:
    """Offer to take back the last decision that no run has seen yet, with one click."""
    latest: RecordedDecision | None = None
    for decided in shown.pending.values():
        found = standing(decided)
        if found is not None and found.decision.kind in service.UNDOABLE:
            latest = found if latest is None or found.sequence > latest.sequence else latest
    if latest is None or not deciding.allowed("undo_application"):
        return
    decision = latest.decision
    row = next((each for each in rows if each["receipt_key"] == decision.subject_key), {})
    undone = {"receipt_key": decision.subject_key, "decision_key": decision.decision_key}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        amount = wording.money(row.get("unapplied_amount"), row.get("currency_code"))
        who = wording.plain_text(row.get("payer_name"))
        st.text(f"{SAID[decision.kind]}: {who}, {amount}", width="content")
        st.button(
            "Take back",
            icon=":material/undo:",
            key="take-back",
            shortcut="Z",
            type="tertiary",
            on_click=_take_back,
            args=(shown.run, undone, max(each.sequence for each in shown.pending[decision.subject_key])),
        )


def _take_back(run: reading.Run, row: reading.Row, seen: int) -> None:
    deciding.decide(service.undo_application, row, run=run, seen_version=seen, note="Taken back on the page")
    next_round()
