"""Outbox: what should leave, what left, and what nobody can know until a person has looked?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from assets.decisions import crediting, service
from assets.decisions.outbox import MessageState, QueuedMessage
from assets.decisions.sending_late import late_before
from dashboards import deciding, frame, outbox_late, reading, wording
from dashboards.frame import Page

VIEWS: dict[str, tuple[str, tuple[MessageState, ...]]] = {
    "uncertain": ("Uncertain", (MessageState.UNCERTAIN,)),
    "kept_back": ("Kept back", ()),
    "waiting": ("Waiting", (MessageState.WAITING,)),
    "too_late": ("Left alone", ()),
    "stopped": ("Not sent", (MessageState.FAILED, MessageState.WITHDRAWN)),
    "sent": ("Sent", (MessageState.SENT,)),
}
DOCUMENTS = {"invoice": "Invoice", "credit_memo": "Credit memo"}
# What a rule kept back although somebody waits for it; what was paid or taken back needs nobody.
NEEDS_A_PERSON = ("DOCUMENT_REFUSED", "MESSAGE_UNSENDABLE")
SEARCHED = ("about", "recipient", "detail", "subject_key")
SHOWN = 1000
BROKEN_AT = 40  # letters: a line of prose that is longer goes on in the next; the facts of a letter are shorter
ROUND = "outbox_round"


def main() -> None:
    """Show the messages by what became of them; the uncertain ones first, because only a person can settle them."""
    with frame.page("Outbox", "What left, what waits, and what nobody can know until a person looks?") as shown:
        numbers = reading.invoice_numbers(shown.snapshot) | _numbers_since(shown)
        rows = [_row(queued, numbers) for queued in deciding.store().outbox()]
        by_view = {view: [row for row in rows if row["message_state"] in states] for view, (_, states) in VIEWS.items()}
        by_view["kept_back"] = _kept_back(rows)
        late = _too_late(rows, shown.run)
        by_view["too_late"] = [row for row in rows if row["outbox_key"] in late]
        by_view["waiting"] = [row for row in by_view["waiting"] if row["outbox_key"] not in late]
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            view = str(
                st.segmented_control(
                    "View",
                    list(VIEWS),
                    default=_view_of(by_view),
                    required=True,
                    key="outbox-view",
                    format_func=lambda name: f"{VIEWS[name][0]} ({wording.number(len(by_view[name]))})",
                    label_visibility="collapsed",
                )
            )
            wanted = st.text_input(
                "Search",
                value=st.query_params.get("search", ""),
                placeholder="Number, customer's address, charge",
                label_visibility="collapsed",
                icon=":material/search:",
                width=360,
                key="outbox-search",
            )
        frame.keep_in_address(view, "uncertain")
        every = frame.matching(by_view[view], wanted, SEARCHED)[::-1]
        found = every[:SHOWN]
        if not found:
            _empty(view, bool(by_view[view]))
        elif view == "uncertain":
            _uncertain(found, shown)
        elif view == "kept_back":
            _keeping(found, shown)
        elif view == "too_late":
            outbox_late.show(every, shown, _message, limit=SHOWN)
        else:
            _list(found, view, shown)


def _view_of(by_view: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    """Return the view that an address leads to, else the first in which something waits for a person or a close."""
    asked = st.query_params.get("search", "")
    if asked:
        return next((name for name, rows in by_view.items() if frame.matching(rows, asked, SEARCHED)), "sent")
    waiting = next((name for name in ("uncertain", "kept_back", "waiting") if by_view[name]), "sent")
    return frame.linked_view(VIEWS) or (waiting if by_view[waiting] else "uncertain")


def _numbers_since(shown: Page) -> dict[tuple[str, str], str]:
    """Return the numbers of invoices that the snapshot does not show yet."""
    return {
        (recorded.decision.subject_key, recorded.decision.occurrence): str(recorded.decision.payload["document_number"])
        for decisions in shown.pending.values()
        for recorded in decisions
        if recorded.decision.kind == "invoice_issued"
    }


def _row(queued: QueuedMessage, numbers: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    message = queued.message
    brings = DOCUMENTS.get(str(message.payload.get("document")))
    number = numbers.get((message.subject_key, message.occurrence.removeprefix("invoice-")))
    if message.payload.get("document") == "credit_memo":
        number = f"of {message.occurrence.removeprefix('credit-memo-').rpartition('-')[0]}"
    return {
        "outbox_key": queued.outbox_key,
        "about": f"{brings} {number or message.subject_key}" if brings else str(message.payload.get("subject") or ""),
        "brings": brings,
        "body": str(message.payload.get("body") or ""),
        "reason_code": queued.detail if queued.state is MessageState.WITHDRAWN else None,
        "recipient": message.recipient,
        "channel": wording.words(message.channel),
        "decision_key": message.decision_key,
        "subject_key": message.subject_key,
        "message_state": queued.state,
        "state": wording.words(queued.state.value),
        "attempt": queued.attempt,
        "detail": _said(queued.detail),
        "written_in": _language(message.payload),
        "business_date": message.business_date,
        "changed_at": queued.changed_at.replace(tzinfo=None),
    }


def _language(payload: Mapping[str, Any]) -> str | None:
    """Return the language a letter is written in, and the one asked for that we have no words of."""
    if "language" not in payload:
        return None
    name = wording.language(str(payload["language"]))
    missed = payload.get("language_missed")
    return f"{name}: no words of ours in {wording.language(str(missed))}" if missed else name


def _kept_back(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was issued and did not leave: withdrawn by a rule, or failed for good."""
    return [
        row
        for row in rows
        if row["reason_code"] in NEEDS_A_PERSON or (row["brings"] and row["message_state"] is MessageState.FAILED)
    ]


def _too_late(rows: Sequence[dict[str, Any]], run: reading.Run) -> set[str]:
    """Return what no close sends any more: queued too long ago, unless a person issued the document or lets it."""
    since = late_before(deciding.open_day(run))
    released = outbox_late.released()
    by_people = {recorded.decision.decision_key for recorded in deciding.store().people_since(0)}
    return {
        row["outbox_key"]
        for row in rows
        if row["message_state"] is MessageState.WAITING
        and row["business_date"] < since
        and row["outbox_key"] not in released
        and not (row["brings"] and row["decision_key"] in by_people)
    }


def _said(detail: str) -> str:
    return wording.words(detail) if detail.isupper() else detail


def _empty(view: str, has_any: bool) -> None:
    if has_any:
        frame.empty("Nothing fits the search", "No message here has these words in its subject or address.")
    elif view == "uncertain":
        frame.empty("No send is uncertain", "Everything that was claimed is known to have left, or not to have.")
    elif view == "kept_back":
        frame.empty("Nothing was kept back", "Every document that was issued could be made and addressed.")
    elif view == "too_late":
        frame.empty("Nothing is too late", "Everything that waits still leaves with the next close.")
    elif view == "waiting":
        frame.empty("Nothing waits to be sent", "What is approved or due today leaves with the close of the day.")
    else:
        frame.empty("No message to show", "Nothing was sent or stopped yet.")


def _list(rows: Sequence[dict[str, Any]], view: str, shown: Page) -> None:
    if view == "waiting":
        st.caption("These leave with the close of their day, if the books tie and they are still due.")
    left, right = st.columns(2, gap="small")
    with left:
        selected = frame.table(
            [dict(row) for row in rows],
            {
                "about": frame.text("About", width=232),
                "recipient": frame.text("To", width=150),
                "business_date": frame.dated("Queued on", width=88),
                **({"state": frame.text("State", width=80)} if view == "stopped" else {}),
            },
            key=f"outbox-{view}",
            select="single-row",
            height=560,
        )
        frame.download(rows, f"outbox-{view}", shown.run)
    with right:
        _message(rows[selected[0] if selected else 0], view)


def _message(row: Mapping[str, Any], view: str) -> None:
    """Show one message whole: what it says, to whom, and what became of it."""
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            st.text(wording.plain_text(row["about"]), width="content")
            st.badge("Left alone" if view == "too_late" else row["state"], color="gray")
        frame.facts(
            [
                ("To", wording.plain_text(row["recipient"])),
                ("By", row["channel"]),
                ("Queued on", wording.day(row["business_date"])),
                ("Last change", wording.day(row["changed_at"].date())),
                ("Why" if view == "stopped" else "Sent as", wording.plain_text(row["detail"])),
                *([("Written in", str(row["written_in"]))] if row["written_in"] else []),
            ],
            columns=2,
        )
        if row["body"]:
            st.caption("What it says")
            lines = [wording.plain_text(line) if line else "" for line in _unwrapped(str(row["body"])).splitlines()]
            st.code("\n".join(lines), language=None, wrap_lines=True)
        if row["brings"]:
            frame.facts([("Make its files", f"openitem documents render '{row['subject_key']}'")], columns=1)
            st.page_link(
                "screens/invoices.py",
                label="Open the charge",
                icon=":material/open_in_new:",
                query_params={"billing_key": str(row["subject_key"])},
            )


def _unwrapped(body: str) -> str:
    """Return a letter with its paragraphs in one line each: broken for mail, they would be broken once more here."""
    paragraphs = [paragraph.split("\n") for paragraph in body.split("\n\n")]
    return "\n\n".join(
        " ".join(lines) if all(len(line) >= BROKEN_AT for line in lines[:-1]) else "\n".join(lines)
        for lines in paragraphs
    )


def _keeping(rows: Sequence[dict[str, Any]], shown: Page) -> None:
    """Show what did not leave beside what to do about it."""
    left, right = st.columns([7, 5], gap="medium")
    with left:
        selected = frame.table(
            rows,
            {
                "about": frame.text("About", width=200),
                "detail": frame.text("Why", width=190),
                "recipient": frame.text("To", width=150),
                "business_date": frame.dated("Queued on", width=90),
            },
            key="kept-back",
            select="single-row",
            height=420,
        )
        frame.download(rows, "outbox-kept-back", shown.run)
    with right, st.container(border=True):
        row = rows[selected[0] if selected else 0]
        st.text(wording.plain_text(row["about"]))
        st.badge(row["detail"], color="red", icon=":material/block:")
        st.caption(
            "It was issued and nobody has received it. Its number stays. Complete what the rules miss where it is "
            "kept; then credit the invoice and bill it again under a new number, or send its files by hand."
            if row["reason_code"] == "DOCUMENT_REFUSED"
            else "Nobody has received it: correct the billing contact where it is kept, and send it by hand."
        )
        frame.facts(
            [("To", wording.plain_text(row["recipient"])), ("Queued on", wording.day(row["business_date"]))], columns=2
        )
        if row["brings"]:
            frame.facts([("Make its files", f"openitem documents render '{row['subject_key']}'")], columns=1)
            st.page_link(
                "screens/invoices.py",
                label="Open the charge",
                icon=":material/open_in_new:",
                query_params={"billing_key": str(row["subject_key"])},
            )
        if row["brings"] == "Invoice":
            st.button(
                "Credit and bill again",
                type="primary",
                icon=":material/assignment_return:",
                key="bill-again",
                disabled=not deciding.allowed("credit_invoice"),
                help="Credits all that is left of the invoice; its charge waits for review and gets a new number.",
                on_click=_bill_again,
                args=(shown.run, row),
            )


def _uncertain(rows: Sequence[dict[str, Any]], shown: Page) -> None:
    left, right = st.columns([7, 5], gap="medium")
    with left:
        selected = frame.table(
            rows,
            {
                "about": frame.text("About", width=230),
                "recipient": frame.text("To", width=190),
                "business_date": frame.dated("Queued on", width=90),
                "attempt": frame.whole("Attempt", width=60),
            },
            key=f"uncertain-{st.session_state.get(ROUND, 0)}",
            select="single-row",
            height=420,
        )
        frame.download(rows, "outbox-uncertain", shown.run)
    with right:
        _settle(rows[selected[0] if selected else 0], shown)


def _settle(row: dict[str, Any], shown: Page) -> None:
    with st.container(border=True):
        st.text(wording.plain_text(row["about"]))
        st.caption(
            "It was handed over and nobody said whether it arrived. It is never sent again by itself: look into the "
            "mailbox or ask the provider, then say what you found."
        )
        frame.facts(
            [
                ("To", wording.plain_text(row["recipient"])),
                ("Queued on", wording.day(row["business_date"])),
                ("Attempt", wording.number(row["attempt"])),
                ("What the provider said", wording.plain_text(row["detail"])),
            ],
            columns=2,
        )
        with st.form("settle-form", border=False):
            st.text_input(
                "How do you know?", key="settle-note", max_chars=300, placeholder="Needed: it stands in the log"
            )
            is_allowed = deciding.allowed("settle_uncertain")
            with st.container(horizontal=True, gap="xsmall"):
                st.form_submit_button(
                    "It was sent",
                    key="was-sent",
                    type="primary",
                    icon=":material/mark_email_read:",
                    on_click=_record,
                    args=(shown.run, row, True),
                    disabled=not is_allowed,
                )
                st.form_submit_button(
                    "It was not: send again",
                    key="send-again",
                    icon=":material/forward_to_inbox:",
                    on_click=_record,
                    args=(shown.run, row, False),
                    disabled=not is_allowed,
                )


def _bill_again(run: reading.Run, row: Mapping[str, Any]) -> None:
    key = str(row["subject_key"])
    deciding.decide(
        crediting.credit_invoice,
        {"billing_key": key, "about": row["about"], "reason_code": row["reason_code"]},
        run=run,
        seen_version=deciding.store().version(key),
        reason_code="CREDIT_REISSUE",
        note=str(row["detail"]),
        bills_again=True,
    )


def _record(run: reading.Run, row: Mapping[str, Any], was_sent: bool) -> None:
    note = st.session_state["settle-note"]
    deciding.decide(service.settle_uncertain, row["outbox_key"], run=run, was_sent=was_sent, detail=note)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


if __name__ == "__main__":
    main()
