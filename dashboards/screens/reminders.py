"""Reminders: who is reminded today, and why is everybody else not?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from assets.decisions import service
from dashboards import charts, deciding, frame, reading, typed, wording
from dashboards.frame import Page
from dashboards.typed import NotANumberError

SEARCHED = ("customer_name", "document_number", "recipient")
ROUND = "reminders_round"
DAYS_SHOWN = 90
DECISIONS = {"send": "Remind", "suppressed": "Do not remind"}


def main() -> None:
    """Show the day's plan: one line per open invoice."""
    with frame.page("Reminders", "Who is reminded today, and why is everybody else not?") as shown:
        rows = reading.reminders(shown.snapshot)
        if not rows:
            frame.empty(
                "No plan for this day",
                "No invoice is open on the as-of date, or the day is not a business day, so nobody is reminded.",
            )
            return
        _tiles(rows)
        left, right = st.columns([1, 1])
        with left, st.container(border=True, height="stretch"):
            _reasons(rows)
        with right, st.container(border=True, height="stretch"):
            st.subheader("Reminders by day", anchor=False)
            st.altair_chart(charts.reminder_days(_recent(reading.reminder_history(shown.snapshot), shown)), key="days")
        _plan(rows, shown)
        frame.pending_table(
            shown,
            lambda recorded: recorded.decision.kind in {"reminder_held", "reminder_released", "promise_recorded"},
            lambda key: _label(key, rows),
            key="pending-reminders",
        )


def _recent(history: Sequence[reading.Row], shown: Page) -> list[reading.Row]:
    """The first plan of a history reminds of everything at once and would dwarf every other day."""
    since = shown.run.as_of_date - timedelta(days=DAYS_SHOWN)
    return [row for row in history if row["business_date"] > since]


def _label(key: str, rows: Sequence[reading.Row]) -> str:
    for row in rows:
        if key in (row["document_key"], row["customer_key"]):
            name = wording.plain_text(row["customer_name"])
            return f"{row['document_number']} · {name}" if key == row["document_key"] else f"Everything of {name}"
    return key


def _tiles(rows: Sequence[reading.Row]) -> None:
    sent = [row for row in rows if row["decision"] == "send"]
    overdue = [row for row in rows if row["days_overdue"] and row["days_overdue"] > 0]
    tiles = st.columns(4)
    tiles[0].metric("Open invoices looked at", wording.number(len(rows)), border=True)
    tiles[1].metric("Overdue", wording.number(len(overdue)), border=True)
    tiles[2].metric("To remind", wording.number(len(sent)), border=True)
    tiles[3].metric("Not reminded, with a reason", wording.number(len(rows) - len(sent)), border=True)


def _reasons(rows: Sequence[reading.Row]) -> None:
    st.subheader("Why not reminded", anchor=False)
    counts: dict[str, int] = {}
    for row in rows:
        if row["decision"] != "send":
            counts[row["reason_code"]] = counts.get(row["reason_code"], 0) + 1
    if not counts:
        frame.empty("Everybody open is reminded", "No rule holds a reminder back today.")
        return
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    st.altair_chart(charts.ranked_bars([(wording.words(code), n) for code, n in ranked], "Invoices"), key="reasons")


def _plan(rows: Sequence[reading.Row], shown: Page) -> None:
    st.subheader("The plan", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        decision = st.segmented_control(
            "Decision", list(DECISIONS), format_func=DECISIONS.__getitem__, key="decision", label_visibility="collapsed"
        )
        reasons = sorted({row["reason_code"] for row in rows if row["reason_code"]})
        reason = st.selectbox(
            "Reason",
            reasons,
            index=None,
            placeholder="Any reason",
            format_func=wording.words,
            key="reason",
            label_visibility="collapsed",
            width=280,
        )
        linked = st.query_params.get("document", "")
        wanted = st.text_input(
            "Search",
            value=linked,
            placeholder="Customer, document, address",
            label_visibility="collapsed",
            icon=":material/search:",
            width=300,
            key="search",
        )
    listed = [
        row
        for row in frame.matching(rows, wanted, SEARCHED)
        if (not decision or row["decision"] == decision) and (not reason or row["reason_code"] == reason)
    ]
    if not listed:
        frame.empty("Nothing fits the filter", "No open invoice has this decision, reason and name.")
        return
    left, right = st.columns([7, 4], gap="medium")
    with left:
        selected = frame.table(
            [
                {
                    **row,
                    "plan": "Yes" if row["decision"] == "send" else "No",
                    "why": wording.words(row["reason_code"]),
                }
                for row in listed
            ],
            {
                "document_number": frame.text("Invoice", width=108),
                "customer_name": frame.text("Customer", width=122),
                "open_amount": frame.amount("Open", width=72),
                "currency_code": frame.text("", width=40),
                "days_overdue": frame.whole("Late", width=42, help="Days past due"),
                "plan": frame.text("Remind", width=56),
                "why": frame.text("Why", width=122),
                "dunning_level": frame.whole("Level", width=44, help="Of the letters sent so far, or sent now"),
            },
            key=f"plan-{st.session_state.get(ROUND, 0)}",
            select="single-row",
            height=480,
        )
        frame.download(listed, "reminder-plan", shown.run)
    with right:
        _item(listed[selected[0] if selected else 0], shown)


def _item(row: reading.Row, shown: Page) -> None:
    seen = deciding.seen_version(row, shown.pending, "document_key")
    customer_seen = deciding.store().version(str(row["customer_key"])) if row["customer_key"] else 0
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.metric("Open", wording.money(row["open_amount"], row["currency_code"]), width="content")
            color: frame.Color = "green" if row["decision"] == "send" else "gray"
            st.badge(DECISIONS.get(row["decision"], "Open"), color=color)
        frame.facts(
            [
                ("Invoice", wording.plain_text(row["document_number"])),
                ("Customer", wording.plain_text(row["customer_name"])),
                ("Due", wording.day(row["due_date"])),
                ("Why", wording.words(row["reason_code"])),
                ("Message", _message_state(row)),
                ("To", wording.plain_text(row["recipient"])),
            ],
            columns=2,
        )
        _links(row)
        if shown.is_pending(row["document_key"]) or shown.is_pending(row["customer_key"]):
            st.badge("Somebody decided; the next run shows it", color="orange", icon=":material/hourglass_top:")
        may_hold, may_release = deciding.allowed("hold_reminder"), deciding.allowed("release_reminder")
        with st.container(horizontal=True, gap="xsmall"):
            with frame.asking("Hold", "hold-form", icon=":material/pause:", is_allowed=may_hold):
                st.radio("What", ["This invoice", "Everything of this customer"], key="hold-what")
                st.text_input("Note", key="hold-note", max_chars=500)
                st.form_submit_button(
                    "Hold reminders",
                    type="primary",
                    on_click=_hold,
                    args=("hold", shown.run, row, seen, customer_seen),
                )
            with frame.asking("Release", "release-form", icon=":material/play_arrow:", is_allowed=may_release):
                st.radio("What", ["This invoice", "Everything of this customer"], key="release-what")
                st.text_input("Note", key="release-note", max_chars=500)
                st.form_submit_button(
                    "Release reminders",
                    type="primary",
                    on_click=_hold,
                    args=("release", shown.run, row, seen, customer_seen),
                )
            with frame.asking(
                "Promise", "promise-form", icon=":material/handshake:", is_allowed=deciding.allowed("record_promise")
            ):
                st.date_input("Paid by", value=shown.open_day + timedelta(days=7), key="promise-date")
                st.text_input("Amount", value=format(row["open_amount"].normalize(), "f"), key="promise-amount")
                st.form_submit_button(
                    "Record the promise", type="primary", on_click=_promise, args=(shown.run, row, seen)
                )


def _message_state(row: reading.Row) -> str:
    """Return what became of the letter: a close sends after it has published, so the snapshot says queued."""
    key = row.get("outbox_key")
    queued = deciding.store().message(str(key)) if key else None
    return wording.words(queued.state.value if queued is not None else row["outbox_state"])


def _links(row: reading.Row) -> None:
    """Lead to what stands behind the decision: the letter, the cash that covers it, or the refusal."""
    number, name = str(row["document_number"]), str(row["customer_name"] or "")
    target, label, icon, query = {
        "COVERED_BY_CASH": ("cash", "Receipts of this customer", "account_balance", {"search": name}),
        "REJECTED": ("rejections", "Why it came back", "assignment_return", {"document": number}),
    }.get(str(row["reason_code"]), ("outbox", "Letters about it", "outbox", {"search": number}))
    if target != "outbox" or row["dunning_level"] or row["outbox_state"]:
        st.page_link(f"screens/{target}.py", label=label, icon=f":material/{icon}:", query_params=query)


def _hold(verb: str, run: reading.Run, row: reading.Row, seen: int, customer_seen: int) -> None:
    whole_customer = st.session_state[f"{verb}-what"] != "This invoice"
    deciding.decide(
        service.hold_reminder if verb == "hold" else service.release_reminder,
        row,
        run=run,
        seen_version=customer_seen if whole_customer else seen,
        whole_customer=whole_customer,
        note=st.session_state[f"{verb}-note"],
    )
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def _promise(run: reading.Run, row: reading.Row, seen: int) -> None:
    try:
        promised_amount = typed.number(st.session_state["promise-amount"])
    except NotANumberError as error:
        deciding.refuse(error, run=run)
        return
    deciding.decide(
        service.record_promise,
        row,
        run=run,
        seen_version=seen,
        promised_date=st.session_state["promise-date"],
        promised_amount=promised_amount,
    )
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


if __name__ == "__main__":
    main()
