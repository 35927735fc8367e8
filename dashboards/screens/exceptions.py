"""Exceptions: what fell out of the chain, where does it arise, and who puts it right?"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from assets.decisions import service
from dashboards import charts, deciding, frame, reading, wording
from dashboards.frame import Page

SEARCHED = ("about", "subject_label", "subject_key", "reason_description", "context")
ROUND = "exceptions_round"
# Where a subject is worked on, the parameter of that page's address, and the column that names the subject there.
PAGES = {
    "charge": ("invoices", "billing_key", "subject_key"),
    "contract": ("invoices", "search", "subject_key"),
    "customer": ("invoices", "search", "subject_label"),
    "receipt": ("cash", "receipt", "subject_key"),
    "document": ("reminders", "document", "subject_label"),
}
REJECTED = frozenset({"INVOICE_REJECTED", "ANSWER_FITS_SEVERAL_INVOICES"})
CREDIT_REASONS = ("CREDIT_", "CUSTOMER_OVERDUE")


def main() -> None:
    """Show what is open, by reason and owner, and what is needed to act."""
    with frame.page("Exceptions", "What fell out, where does it arise, and who puts it right?") as shown:
        payers = {row["receipt_key"]: row["payer_name"] for row in reading.cash_queue(shown.snapshot)}
        rows = [
            _as_decided({**row, "about": payers.get(row["subject_key"]) or row["subject_label"]}, shown)
            for row in reading.exceptions(shown.snapshot)
            if not shown.is_pending(row["exception_key"], "exception_closed")
        ]
        frame.uncertain_sends()
        if not rows:
            frame.empty("No exception is open", "Nothing in the chain waits for a person's correction.")
        else:
            _tiles(rows)
            _list(rows, shown)
        frame.pending_table(
            shown,
            lambda recorded: recorded.decision.subject_kind in {"exception", "order"},
            lambda key: _label(key, shown),
            key="pending-exceptions",
        )


def _as_decided(row: reading.Row, shown: Page) -> reading.Row:
    for recorded in shown.pending.get(row["exception_key"], ()):
        if recorded.decision.kind == "exception_assigned":
            row = {**row, "owner": recorded.decision.payload["owner"]}
    return row


def _label(key: str, shown: Page) -> str:
    for row in reading.exceptions(shown.snapshot):
        if key in (row["exception_key"], row["subject_key"]):
            return f"{wording.words(row['reason_code'])} · {wording.plain_text(row['subject_label'])}"
    return key


def _tiles(rows: Sequence[reading.Row]) -> None:
    left, right = st.columns([4, 7])
    with left, st.container(border=True, height="stretch"):
        st.subheader("By owner", anchor=False)
        _bars([row["owner"] for row in rows], "owners")
    with right, st.container(border=True, height="stretch"):
        st.subheader("By reason", anchor=False)
        _bars([row["reason_code"] for row in rows], "reasons")


def _bars(values: Sequence[str | None], key: str) -> None:
    counts: dict[str, int] = {}
    for value in values:
        counts[wording.words(value)] = counts.get(wording.words(value), 0) + 1
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    st.altair_chart(charts.ranked_bars(ranked, "Exceptions", limit=7), key=key)


def _list(rows: Sequence[reading.Row], shown: Page) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reasons = sorted({row["reason_code"] for row in rows})
        reason = st.selectbox(
            "Reason",
            reasons,
            index=None,
            placeholder="Any reason",
            format_func=wording.words,
            key="reason",
            label_visibility="collapsed",
            width=300,
        )
        owners = sorted({row["owner"] for row in rows if row["owner"]})
        owner = st.selectbox(
            "Owner",
            owners,
            index=None,
            placeholder="Any owner",
            format_func=wording.words,
            key="owner",
            label_visibility="collapsed",
            width=220,
        )
        wanted = st.text_input(
            "Search",
            value=st.query_params.get("search", ""),
            placeholder="Order, document, customer, payer",
            label_visibility="collapsed",
            icon=":material/search:",
            width=320,
            key="search",
        )
    linked = st.query_params.get("exception", "")
    listed = [
        row
        for row in frame.matching(rows, wanted, SEARCHED)
        if (not reason or row["reason_code"] == reason) and (not owner or row["owner"] == owner)
    ]
    if not listed:
        frame.empty("Nothing fits the filter", "No open exception has this reason, owner and name.")
        return
    left, right = st.columns([7, 5], gap="medium")
    with left:
        selected = frame.table(
            [{**row, "why": wording.words(row["reason_code"]), "who": wording.words(row["owner"])} for row in listed],
            {
                "about": frame.text("About", width=128),
                "why": frame.text("Reason", width=160),
                "who": frame.text("Owner", width=106),
                "amount": frame.amount("Amount", width=78),
                "currency_code": frame.text("", width=40),
                "age_days": frame.whole("Days", width=42, help="Since it was opened"),
            },
            key=f"exceptions-{st.session_state.get(ROUND, 0)}",
            select="multi-row",
            height=520,
        )
        frame.download(listed, "exceptions", shown.run)
    with right:
        if len(selected) > 1:
            _several([listed[position] for position in selected], shown)
            return
        position = (
            selected[0] if selected else next((n for n, row in enumerate(listed) if row["exception_key"] == linked), 0)
        )
        _exception(listed[position], shown)


def _several(rows: Sequence[reading.Row], shown: Page) -> None:
    """Show what several come to, and what may be decided about all of them at once."""
    with st.container(border=True):
        st.subheader(f"{wording.counted(len(rows), 'exception')} chosen", anchor=False)
        sums = reading.sums_by_currency([row for row in rows if row["currency_code"]], "amount")
        with st.container(horizontal=True):
            for currency_code, total in sums.items():
                st.metric(f"In {currency_code}", wording.money(total, currency_code), width="content")
        frame.facts([("Reasons", ", ".join(sorted({wording.words(row["reason_code"]) for row in rows})))], columns=1)
        with st.container(horizontal=True, gap="xsmall"):
            with frame.asking(
                "Assign all",
                "assign-all",
                icon=":material/person_add:",
                is_allowed=deciding.allowed("assign_exception"),
            ):
                st.text_input("To whom", key="assign-owner", max_chars=80)
                st.text_input("Note", key="assign-note", max_chars=500)
                st.form_submit_button("Assign", type="primary", on_click=_assign_all, args=(shown, rows))
            with frame.asking(
                "Close all", "close-all", icon=":material/task_alt:", is_allowed=deciding.allowed("close_exception")
            ):
                st.text_input("Why do they need nothing more?", key="close-note", max_chars=500)
                st.form_submit_button("Close", type="primary", on_click=_close_all, args=(shown, rows))
        st.caption("Each is decided on its own. One that changed meanwhile is left out and named.")


def _assign_all(shown: Page, rows: Sequence[reading.Row]) -> None:
    _decide_all(
        service.assign_exception,
        shown,
        rows,
        owner=st.session_state["assign-owner"],
        note=st.session_state["assign-note"],
    )


def _close_all(shown: Page, rows: Sequence[reading.Row]) -> None:
    _decide_all(service.close_exception, shown, rows, note=st.session_state["close-note"])


def _decide_all(action: Callable[..., Any], shown: Page, rows: Sequence[reading.Row], **named: Any) -> None:
    deciding.decide_all(
        [
            (action, (row,), {"seen_version": deciding.seen_version(row, shown.pending, "exception_key"), **named})
            for row in rows
        ],
        run=shown.run,
    )
    _next_round()


def _exception(row: reading.Row, shown: Page) -> None:
    seen = deciding.seen_version(row, shown.pending, "exception_key")
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader(wording.words(row["reason_code"]), anchor=False, width="content")
            if row["amount"] is not None:
                st.badge(wording.money(row["amount"], row["currency_code"]).replace("$", "\\$"), color="gray")
        frame.facts([("What it means", wording.plain_text(row["reason_description"]))], columns=1)
        arises = " → ".join(
            wording.words(part) if part == row["upstream_system"] else part
            for part in (row["upstream_system"], row["upstream_field"])
            if part
        )
        frame.facts(
            [
                ("About", wording.plain_text(row["about"])),
                ("Arises in", wording.plain_text(arises)),
                ("Owner", wording.words(row["owner"])),
                ("Open since", wording.day(row["opened_date"])),
            ],
            columns=2,
        )
        frame.evidence_table(_context(row), key="context")
        _link(row)
        _actions(row, seen, shown)


def _link(row: reading.Row) -> None:
    """Offer the page on which the subject is worked on; an invoice that came back has a page of its own."""
    if row["reason_code"] in REJECTED:
        target, parameter, column = "rejections", "document", "subject_label"
    elif row["subject_kind"] in PAGES:
        target, parameter, column = PAGES[row["subject_kind"]]
    else:
        return
    st.page_link(
        f"screens/{target}.py",
        label="Open it on its page",
        icon=":material/open_in_new:",
        query_params={parameter: str(row[column])},
    )


def _actions(row: reading.Row, seen: int, shown: Page) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        with frame.asking(
            "Assign", "assign-form", icon=":material/person_add:", is_allowed=deciding.allowed("assign_exception")
        ):
            st.text_input("To whom", key="assign-owner", max_chars=80)
            st.text_input("Note", key="assign-note", max_chars=500)
            st.form_submit_button("Assign", type="primary", on_click=_assign, args=(shown.run, row, seen))
        with frame.asking(
            "Close", "close-form", icon=":material/task_alt:", is_allowed=deciding.allowed("close_exception")
        ):
            st.text_input("Why does it need nothing more?", key="close-note", max_chars=500)
            st.form_submit_button("Close", type="primary", on_click=_close, args=(shown.run, row, seen))
        st.button(
            "Retry",
            icon=":material/refresh:",
            key="retry",
            on_click=_retry,
            args=(shown.run, row, seen),
            disabled=not deciding.allowed("retry_exception")
            or shown.is_pending(row["exception_key"], "exception_retried"),
            help="Asks for the step to be tried again with the next run.",
        )
        if row["subject_kind"] == "order":
            _release(row, shown)


def _release(row: reading.Row, shown: Page) -> None:
    is_credit = row["reason_code"].startswith(CREDIT_REASONS)
    action = "release_credit" if is_credit else "release_order"
    seen = deciding.store().version(str(row["subject_key"]))
    with frame.asking(
        "Release order", "release-form", icon=":material/lock_open:", is_allowed=deciding.allowed(action)
    ):
        st.text_input("Why may it move on?", key="release-note", max_chars=500)
        st.form_submit_button("Release", type="primary", on_click=_release_order, args=(action, shown.run, row, seen))


def _assign(run: reading.Run, row: reading.Row, seen: int) -> None:
    owner, note = st.session_state["assign-owner"], st.session_state["assign-note"]
    deciding.decide(service.assign_exception, row, run=run, seen_version=seen, owner=owner, note=note)
    _next_round()


def _close(run: reading.Run, row: reading.Row, seen: int) -> None:
    deciding.decide(service.close_exception, row, run=run, seen_version=seen, note=st.session_state["close-note"])
    _next_round()


def _retry(run: reading.Run, row: reading.Row, seen: int) -> None:
    deciding.decide(service.retry_exception, row, run=run, seen_version=seen)
    _next_round()


def _release_order(action: str, run: reading.Run, row: reading.Row, seen: int) -> None:
    release = service.release_credit if action == "release_credit" else service.release_order
    order = {"order_key": row["subject_key"], "reason_code": row["reason_code"]}
    deciding.decide(release, order, run=run, seen_version=seen, note=st.session_state["release-note"])
    _next_round()


def _next_round() -> None:
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.query_params.pop("exception", None)


def _context(row: reading.Row) -> Any:
    """What the reason already says in words is not said again."""
    found = _json(row["context"])
    if isinstance(found, dict) and found.get("what") == row["reason_description"]:
        found.pop("what")
    return found


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "{}", parse_float=Decimal)
    except ValueError:
        return {"recorded": text}


if __name__ == "__main__":
    main()
