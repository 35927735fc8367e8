"""Rejections: which invoices came back, which field was at fault, and who could have prevented it?"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from assets.decisions import crediting
from assets.ledger.decision import RecordedDecision
from dashboards import charts, deciding, frame, issued_panel, reading, wording
from dashboards.frame import Page

SEARCHED = ("document_number", "customer_name", "order_number", "purchase_order_number", "reason_code", "field_name")
MONTHS = 12
REISSUED = "CREDIT_REISSUE"
ROUND = "rejections_round"


def main() -> None:
    """Show the three rates, the causes, and what became of each invoice that came back."""
    with frame.page("Rejections", "Which invoices came back, why, and who could have prevented it?") as shown:
        rows = reading.rejected_invoices(shown.snapshot)
        _rates(shown)
        if not rows:
            frame.empty("No invoice came back", "Neither a platform nor a buyer has turned one down.")
        else:
            _causes(rows)
            _list(rows, shown)
        frame.pending_table(shown, _is_credit, lambda key: wording.plain_text(key), key="pending-rejections")


def _is_credit(recorded: RecordedDecision) -> bool:
    return recorded.decision.kind == "credit_memo_issued"


def _rates(shown: Page) -> None:
    months = _since_anything_came_back(reading.rejections(shown.snapshot, "all")[-MONTHS:])
    if not months:
        return
    last = months[-2] if len(months) > 1 else months[-1]
    named = [
        ("Turned down by a platform", "rejected_by_platform_count"),
        ("Refused by the buyer", "refused_by_buyer_count"),
        ("Disputed afterwards", "disputed_count"),
    ]
    left, right = st.columns([4, 7], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.caption(f"Of {wording.number(last['invoice_count'])} invoices of {wording.month(last['cohort_month'])}")
        for label, column in named:
            st.metric(
                label,
                wording.share(last[column], last["invoice_count"]),
                delta=wording.counted(last[column], "invoice"),
                delta_color="off",
                delta_arrow="off",
            )
    with right, st.container(border=True, height="stretch"):
        st.subheader("By month of issue", anchor=False)
        st.altair_chart(charts.rejection_months(months), key="rejection-months")
        st.caption("Rejected: by a platform or by the buyer, of the invoices issued in that month.")
        unclear = sum(row["not_told_apart_count"] for row in months)
        if unclear:
            st.caption(
                f"{wording.counted(unclear, 'invoice')} with a number that others have too got an answer that does not "
                "tell which is meant: it counts in no rate. Have it sent again with our VAT number or network address."
            )


def _since_anything_came_back(months: Sequence[reading.Row]) -> Sequence[reading.Row]:
    """Leave out the months before the first answer: of those nobody knows what came back, and 0 % would say so."""
    answered = (n for n, row in enumerate(months) if row["rejected_count"] or row["disputed_count"])
    return months[next(answered, 0) :]


def _causes(rows: Sequence[reading.Row]) -> None:
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.subheader("Who could have prevented it", anchor=False)
        _bars([row["prevented_by"] for row in rows], "preventers")
    with right, st.container(border=True, height="stretch"):
        st.subheader("Field at fault", anchor=False)
        _bars([row["field_name"] for row in rows], "fields")


def _bars(values: Sequence[str | None], key: str) -> None:
    counts: dict[str, int] = {}
    for value in values:
        counts[wording.words(value)] = counts.get(wording.words(value), 0) + 1
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    st.altair_chart(charts.ranked_bars(ranked, "Rejections", limit=6), key=key)


def _list(rows: Sequence[reading.Row], shown: Page) -> None:
    linked = st.query_params.get("document", "")
    with st.container(horizontal=True, vertical_alignment="center"):
        states = sorted({row["state"] for row in rows})
        chosen = st.pills(
            "State",
            states,
            selection_mode="multi",
            default=["open"] if "open" in states and not linked else None,
            format_func=wording.words,
            label_visibility="collapsed",
            key="rejection-states",
            width="content",
        )
        reason = st.selectbox(
            "Reason",
            sorted({row["reason_code"] for row in rows if row["reason_code"]}),
            index=None,
            placeholder="Any reason",
            format_func=wording.words,
            key="rejection-reason",
            label_visibility="collapsed",
            width=260,
        )
        wanted = st.text_input(
            "Search",
            placeholder="Number, customer, order, PO, field",
            label_visibility="collapsed",
            icon=":material/search:",
            width=320,
            key="rejection-search",
        )
    listed = [
        row
        for row in frame.matching(rows, wanted, SEARCHED)
        if (not chosen or row["state"] in chosen) and (reason is None or row["reason_code"] == reason)
    ]
    if not listed:
        frame.empty("Nothing fits the filter", "No invoice that came back has this state, reason and name.")
        return
    left, right = st.columns([7, 5], gap="medium")
    has_states = len(chosen) != 1 or any(_state(row, shown) == "Credited" for row in listed)
    with left:
        selected = frame.table(
            [{**row, "why": wording.words(row["reason_code"]), "shown_state": _state(row, shown)} for row in listed],
            {
                "document_number": frame.text("Invoice", width=112),
                "customer_name": frame.text("Customer", width=118 if has_states else 158),
                "why": frame.text("Reason", width=126 if has_states else 140),
                "total_amount": frame.amount("Total", width=68),
                "currency_code": frame.text("", width=40),
                **({"shown_state": frame.text("State", width=54)} if has_states else {}),
                "age_days": frame.whole("Days", width=40, help="Since it came back"),
            },
            key=f"rejected-{st.session_state.get(ROUND, 0)}",
            select="single-row",
            height=520,
        )
        frame.download(listed, "rejections", shown.run)
    with right:
        position = next((n for n, row in enumerate(listed) if row["document_number"] == linked), 0)
        _rejection(listed[selected[0] if selected else position], shown)


def _state(row: reading.Row, shown: Page) -> str:
    is_credited = row["billing_key"] and any(
        shown.is_pending(row["billing_key"], kind) for kind in ("credit_memo_issued", "charge_credited")
    )
    return "Credited" if is_credited else wording.words(row["state"])


def _rejection(row: reading.Row, shown: Page) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader(wording.words(row["reason_code"]), anchor=False, width="content")
            st.badge(wording.words(row["rejection_status"]), color="red")
        frame.facts([("What it means", wording.plain_text(row["reason_description"]))], columns=1)
        if row["reason_text"]:
            frame.facts([("In the sender's words", wording.plain_text(row["reason_text"]))], columns=1)
        system = wording.words(row["upstream_system"])
        frame.facts(
            [
                ("Invoice", wording.plain_text(row["document_number"])),
                ("Customer", wording.plain_text(row["customer_name"])),
                ("Came back", wording.day(row["responded_date"])),
                ("Field at fault", wording.words(row["field_name"])),
                ("Arises in", f"{system} → {wording.plain_text(row['upstream_field'])}"),
                ("Put right by", wording.words(row["owner"])),
                ("Could be prevented by", wording.words(row["prevented_by"])),
                ("Open", wording.money(row["open_amount"], row["currency_code"])),
                ("Replaced by", wording.plain_text(row["replaced_by_number"])),
            ]
        )
        if not row["is_traced"]:
            st.caption("Nobody traced this one: it says where its reason usually arises.")
        if row["fitting_count"] > 1:
            st.caption(
                f"{row['fitting_count']} invoices have this number, and the answer does not tell which is meant."
            )
        if row["billing_key"]:
            issued_panel.history(str(row["billing_key"]))
            st.page_link(
                "screens/invoices.py",
                label="Open the charge",
                icon=":material/open_in_new:",
                query_params={"billing_key": str(row["billing_key"])},
            )
        _reissue_button(row, shown)


def _reissue_button(row: reading.Row, shown: Page) -> None:
    if row["issued_by"] != "openitem":
        st.caption("It was issued in accounting: it is credited and issued again there.")
        return
    is_done = row["state"] == "replaced" or _state(row, shown) == "Credited"
    if st.button(
        "Credit and bill again",
        type="primary",
        icon=":material/assignment_return:",
        key="reissue",
        shortcut="B",
        disabled=not deciding.allowed("credit_invoice") or is_done,
        help="Credits all that is left of the invoice; its charges wait for review again and get a new number.",
    ):
        _reissue(row, shown)


@st.dialog("Credit and bill again")
def _reissue(row: reading.Row, shown: Page) -> None:
    st.text(f"{row['document_number']} · {wording.plain_text(row['customer_name'])}")
    st.caption(
        "One credit memo over all that is left of it gets the next number. Its charges wait for review again: correct "
        "what was at fault there, and approve them under a new number. The invoice and its refusal stay in the history."
    )
    st.text_input("Note", key="reissue-note", max_chars=500, value=wording.words(row["reason_code"]))
    if st.button(
        "Credit and bill again",
        type="primary",
        key="reissue-record",
        shortcut="Ctrl+Enter",
        on_click=_record,
        args=(shown.run, row, deciding.seen_version(row, shown.pending, "billing_key")),
    ):
        st.rerun()


def _record(run: reading.Run, row: reading.Row, seen: int) -> None:
    deciding.decide(
        crediting.credit_invoice,
        row,
        run=run,
        seen_version=seen,
        reason_code=REISSUED,
        note=st.session_state["reissue-note"],
        bills_again=True,
    )
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


if __name__ == "__main__":
    main()
