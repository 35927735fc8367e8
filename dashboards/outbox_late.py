"""What no close sends any more: why it was left alone, what is open of it now, and what a person can still do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import streamlit as st

from assets.decisions import sending_late
from assets.decisions.outbox import DAYS_TO_SEND
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Turn
from dashboards import deciding, frame, reading, wording
from dashboards.frame import Page

Row = Mapping[str, Any]
Shown = Callable[[Row, str], None]
ROUND = "outbox_late_round"
NOTHING_OPEN = "Nothing open"


def released() -> set[str]:
    """Return the messages that a person lets leave although they are late."""
    decided = deciding.store().people_since(0)
    return {entry.decision.subject_key for entry in decided if entry.decision.kind == sending_late.RELEASED}


def show(rows: Sequence[Row], shown: Page, message: Shown, *, limit: int) -> None:
    """Show the newest messages beside the one chosen, or what can be done with several at once."""
    items = _items(rows, shown)
    every = [{**row, "now": _now(row, items)} for row in rows]
    useful = [row for row in every if row["brings"] or _may_be_due(items.get(str(row["subject_key"])))]
    _why(every, useful, shown)
    if useful and len(useful) < len(every):
        is_all = st.toggle(
            f"Also the {wording.number(len(every) - len(useful))} that need nothing", key="outbox-late-all"
        )
        every = every if is_all else useful
    listed = every[:limit]
    left, right = st.columns(2, gap="small")
    with left:
        selected = frame.table(
            listed,
            {
                "about": frame.text("About", width=220),
                "recipient": frame.text("To", width=130),
                "business_date": frame.dated("Queued on", width=84),
                "now": frame.text("Now", width=96, help="What is open of the document at the last close"),
            },
            key=f"outbox-late-{st.session_state.get(ROUND, 0)}",
            select="multi-row",
            height=460,
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            frame.download(every, "outbox-too_late", shown.run)
            frame.the_last(listed, limit)
    chosen = [listed[position] for position in selected]
    with right:
        if len(chosen) > 1:
            st.subheader(f"{wording.counted(len(chosen), 'message')} chosen", anchor=False)
        _actions(chosen or listed[:1], items, shown)
        if len(chosen) <= 1:
            message((chosen or listed)[0], "too_late")


def _why(rows: Sequence[Row], useful: Sequence[Row], shown: Page) -> None:
    """Say plainly why these wait for ever unless somebody acts, and what acting does."""
    day = deciding.open_day(shown.run)
    since = wording.day(sending_late.late_before(day))
    documents = sum(bool(row["brings"]) for row in rows)
    reminders, of_open = len(rows) - documents, len(useful) - documents
    st.info(
        f"The next close is that of {wording.day(day)}. It sends what was queued since {since}; these are older, and "
        f"none of them ever left. What cannot leave for more than {DAYS_TO_SEND} days stays behind, "
        "and a run over many past days queues what was due on each of them, but sends only at its end.",
        icon=":material/schedule_send:",
    )
    if reminders:
        st.caption(
            f"{wording.counted(reminders, 'reminder')}, {wording.number(of_open)} of something still due. A late one "
            "says what is no longer true, so none leaves as it is. *Remind again* withdraws all of a document that "
            "were left alone; the next close writes a new one by what is open then, if a reminder is still due."
        )
    if documents:
        st.caption(
            f"{wording.counted(documents, 'document')}: it says the same whenever it leaves. *Send late* lets its mail "
            "leave with the next close."
        )


def _items(rows: Sequence[Row], shown: Page) -> dict[str, reading.Row]:
    keys = sorted({str(row["subject_key"]) for row in rows if not row["brings"]})
    return {str(item["document_key"]): item for item in reading.open_items_named(shown.snapshot, keys)}


def _now(row: Row, items: Mapping[str, reading.Row]) -> str:
    if row["brings"]:
        return wording.NOTHING
    item = items.get(str(row["subject_key"]))
    if item is None or item["open_amount"] <= 0:
        return NOTHING_OPEN
    if item["is_disputed"]:
        return "Disputed"
    return "Came back" if item["is_rejected"] else wording.money(item["open_amount"], item["currency_code"])


def _actions(rows: Sequence[Row], items: Mapping[str, reading.Row], shown: Page) -> None:
    """Offer what makes sense for the chosen: each document is decided on its own, and once."""
    due = {
        key: items[key] for row in rows if not row["brings"] and _may_be_due(items.get(key := str(row["subject_key"])))
    }
    documents = [str(row["outbox_key"]) for row in rows if row["brings"]]
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if due:
            with frame.asking(
                f"Remind again ({wording.number(len(due))})" if len(due) > 1 else "Remind again",
                "remind-again",
                icon=":material/restart_alt:",
                is_allowed=deciding.allowed("remind_again"),
            ):
                st.text_input("Note", key="remind-again-note", max_chars=300)
                st.form_submit_button(
                    "Let the next close decide anew", type="primary", on_click=_remind, args=(list(due.values()), shown)
                )
        if documents:
            with frame.asking(
                f"Send late ({wording.number(len(documents))})" if len(documents) > 1 else "Send late",
                "send-late",
                icon=":material/forward_to_inbox:",
                is_allowed=deciding.allowed("send_late"),
            ):
                st.text_input("Note", key="send-late-note", max_chars=300)
                st.form_submit_button(
                    "Send with the next close", type="primary", on_click=_send, args=(documents, shown)
                )
        if not due and not documents:
            st.caption("No reminder of it is due any more: it is paid, disputed, sent back or not known here.")


def _may_be_due(item: reading.Row | None) -> bool:
    return item is not None and bool(item["open_amount"] > 0 and not item["is_disputed"] and not item["is_rejected"])


def _remind(items: Sequence[reading.Row], shown: Page) -> None:
    note = st.session_state["remind-again-note"]
    outbox_of = cache(DecisionStore.outbox)  # read once for all of them: an outbox holds years of messages

    def remind(store: DecisionStore, turn: Turn, item: reading.Row, **named: Any) -> None:
        sending_late.remind_again(store, turn, item, outbox=outbox_of(store), **named)

    _decide_all(
        [
            (
                remind,
                (item,),
                {"seen_version": deciding.seen_version(item, shown.pending, "document_key"), "note": note},
            )
            for item in items
        ],
        shown,
    )


def _send(outbox_keys: Sequence[str], shown: Page) -> None:
    note = st.session_state["send-late-note"]
    _decide_all([(sending_late.send_late, (key,), {"note": note}) for key in outbox_keys], shown)


def _decide_all(wanted: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]], shown: Page) -> None:
    deciding.decide_all(wanted, run=shown.run)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
