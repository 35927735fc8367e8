"""Revenue: what is billed and not earned, what is earned and not billed, and by which judgement?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import streamlit as st

from assets.decisions import revenue_judgement
from assets.ledger.revenue import AS_INVOICED, METHODS, OVER_TIME, POINT_IN_TIME
from dashboards import charts, deciding, frame, reading, reading_revenue, wording
from dashboards.frame import Page

METHOD_NAMES = {OVER_TIME: "Over time", POINT_IN_TIME: "Point in time", AS_INVOICED: "Usage, as invoiced"}
SOURCES = {"policy": "Policy", "policy_decision": "Finance", "person": "Controller"}
SEARCHED = ("customer_name", "contract_id", "order_number", "description")
ROUND = "revenue_round"


def main() -> None:
    """Show the roll-forward, the schedules with their judgements, what came late, and the journal."""
    with frame.page("Revenue", "What is billed and not earned, what is earned and not billed?") as shown:
        scopes = reading_revenue.scopes(shown.snapshot)
        if not scopes:
            frame.empty(
                "Nothing is earned yet", "No invoice and no delivery is known, so there is nothing to recognise."
            )
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            scope = st.selectbox("Company", scopes, format_func=wording.scope_name, key="scope", width=190)
            months = reading_revenue.months(shown.snapshot, *scope)
            by_period = {row["period"]: row for row in months}
            periods = list(by_period)[::-1]
            # In the first days of a month nothing is earned in it yet, and the one before is still posted into.
            newest = next((n for n, each in enumerate(periods) if by_period[each]["recognised_amount"]), 0)
            period = st.selectbox(
                "Month", periods, index=newest, format_func=wording.month, key=f"month-{scope}", width=130
            )
            month = by_period[period]
            journal = reading_revenue.journal(shown.snapshot, *scope, period)
            frame.download(journal, f"revenue-journal-{scope[0]}-{scope[1]}-{period:%Y-%m}", shown.run)
            if month["is_closed"]:
                st.badge("Closed", icon=":material/lock:", color="gray")
            else:
                st.badge(f"Posted into until {wording.day(month['closes_date'])}", icon=":material/lock_open:")
        _tiles(month, scope[1])
        obligations = reading_revenue.obligations(shown.snapshot, *scope)
        late = reading_revenue.late_facts(shown.snapshot, *scope)
        counts = {
            "roll": "Roll-forward",
            "judge": f"Schedules and judgements ({wording.number(len(obligations))})",
            "late": f"Late facts ({wording.number(len(late))})",
            "journal": f"Journal ({wording.number(len({row['entry_key'] for row in journal}))})",
            "defaults": "Defaults",
        }
        linked = st.query_params.get("obligation", "")
        view = st.segmented_control(
            "View",
            list(counts),
            default="judge" if linked else "roll",
            required=True,
            key="view",
            format_func=counts.__getitem__,
            label_visibility="collapsed",
        )
        if view == "judge":
            _obligations(obligations, shown, linked)
        elif view == "late":
            _late(late, shown)
        elif view == "journal":
            _journal(journal, period)
        elif view == "defaults":
            _defaults(shown)
        else:
            _roll_forward(month, months, reading_revenue.groups(shown.snapshot, *scope, period), scope[1], shown)
        frame.pending_table(
            shown,
            lambda recorded: recorded.decision.subject_kind in {"obligation", "charge_kind"},
            lambda key: key.replace("|", " "),
            key="pending-judgements",
        )


def _tiles(month: reading.Row, currency_code: str) -> None:
    tiles = st.columns(4)
    for place, label, column, meaning in (
        (tiles[0], "Recognised", "recognised_amount", "Revenue of the month, net of tax."),
        (tiles[1], "Billed", "billed_amount", "Invoices less credit memos of the month, net of tax."),
        (tiles[2], "Deferred revenue", "deferred_closing_amount", "Billed and not earned: the contract liability."),
        (tiles[3], "Contract asset", "asset_closing_amount", "Earned and not billed."),
    ):
        place.metric(label, wording.compact_money(month[column], currency_code), border=True, help=meaning)


def _since_any_balance(months: Sequence[reading.Row]) -> Sequence[reading.Row]:
    """Leave out the months before the first balance: nothing was recorded yet, which is not a balance of zero."""
    found = (n for n, row in enumerate(months) if row["deferred_closing_amount"] or row["asset_closing_amount"])
    return months[next(found, 0) :]


def _roll_forward(
    month: reading.Row,
    months: Sequence[reading.Row],
    groups: Sequence[reading.Row],
    currency_code: str,
    shown: Page,
) -> None:
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        which = st.segmented_control(
            "Balance",
            ["deferred", "asset"],
            default="deferred",
            required=True,
            key="balance",
            format_func={"deferred": "Deferred revenue", "asset": "Contract asset"}.__getitem__,
            label_visibility="collapsed",
        )
        opening, closing = month[f"{which}_opening_amount"], month[f"{which}_closing_amount"]
        if which == "deferred":
            moves = [
                ("Billed ahead", month["deferred_billed_amount"]),
                ("Earned", -month["deferred_recognised_amount"]),
            ]
        else:
            moves = [("Earned ahead", month["asset_recognised_amount"]), ("Billed", -month["asset_billed_amount"])]
        steps = [
            ("Opening", opening, True),
            *((name, amount, False) for name, amount in moves),
            ("Closing", closing, True),
        ]
        st.altair_chart(charts.waterfall(steps, currency_code), key=f"waterfall-{which}")
    with right, st.container(border=True, height="stretch"):
        st.subheader("At the end of each month", anchor=False)
        st.altair_chart(charts.balance_months(_since_any_balance(months)), key="balances")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("By contract", anchor=False)
        frame.download(groups, "revenue-roll-forward", shown.run)
    frame.table(
        [{**row, "what": "All orders" if row["revenue_group"] == "orders" else row["revenue_group"]} for row in groups],
        {
            "what": frame.text("Contract", width=130),
            "deferred_opening_amount": frame.amount("Deferred, opening"),
            "deferred_billed_amount": frame.amount("+ billed ahead"),
            "deferred_recognised_amount": frame.amount("− earned"),
            "deferred_closing_amount": frame.amount("= closing"),
            "asset_opening_amount": frame.amount("Asset, opening"),
            "asset_recognised_amount": frame.amount("+ earned ahead"),
            "asset_billed_amount": frame.amount("− billed"),
            "asset_closing_amount": frame.amount("= closing "),
        },
        key="groups",
        height=380,
    )
    st.caption("What is billed and earned alike in one month, such as shipped goods, passes through neither balance.")


def _obligations(rows: Sequence[reading.Row], shown: Page, linked: str) -> None:
    wanted = st.text_input(
        "Search",
        placeholder="Customer, contract, order",
        label_visibility="collapsed",
        icon=":material/search:",
        width=360,
        key="search",
    )
    listed = frame.matching(rows, wanted, SEARCHED)
    if not listed:
        frame.empty("No obligation fits", "No contract line, and no unfinished order, is known under these words.")
        return
    left, right = st.columns([7, 5], gap="medium")
    with left:
        selected = frame.table(
            [
                {
                    **row,
                    "what": row["contract_id"] or row["order_number"],
                    "how": METHOD_NAMES.get(str(row["method"]), str(row["method"])),
                    "who": SOURCES.get(row["judgement_source"], row["judgement_source"]),
                }
                for row in listed
            ],
            {
                "customer_name": frame.text("Customer", width=135),
                "what": frame.text("For", width=75),
                "how": frame.text("Earned", width=105),
                "who": frame.text("Judged by", width=80),
                "price_amount": frame.amount("Price", width=80),
                "to_come_amount": frame.amount("To come", width=75),
            },
            key=f"obligations-{st.session_state.get(ROUND, 0)}",
            select="single-row",
            height=560,
        )
        st.caption("The price is that of all charges known so far. Without a tick the first is shown.")
    with right:
        place = next((n for n, row in enumerate(listed) if row["obligation_key"] == linked), 0)
        _obligation(listed[selected[0] if selected else place], shown)


def _obligation(row: reading.Row, shown: Page) -> None:
    currency_code = row["currency_code"]
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            st.metric("Price", wording.money(row["price_amount"], currency_code), width="content")
            with st.container(horizontal=True, width="content"):
                st.badge(METHOD_NAMES.get(str(row["method"]), str(row["method"])), color="green")
                st.badge(f"Judged by {SOURCES.get(row['judgement_source'], 'policy').lower()}", color="gray")
                if shown.is_pending(row["obligation_key"]):
                    st.badge("Pending", color="orange")
        held = row["held_back_amount"]
        frame.facts(
            [
                ("Customer", wording.plain_text(row["customer_name"])),
                ("What", wording.plain_text(row["description"])),
                ("Kind of charge", wording.words(row["charge_kind"])),
                ("Earned", wording.money(row["earned_amount"], currency_code)),
                ("Deferred", wording.money(row["deferred_amount"], currency_code)),
                ("Earned and not billed", wording.money(row["unbilled_amount"], currency_code)),
                ("Held back", wording.money(held, currency_code) if held else wording.NOTHING),
                ("Why", wording.plain_text(row["note"])),
            ]
        )
        schedule = reading_revenue.schedule(shown.snapshot, row["obligation_key"])
        if any(each["period"] for each in schedule):
            st.altair_chart(charts.schedule_months(schedule), key="schedule")
        else:
            st.caption("Nothing of it is planned yet: no charge of it is known.")
    is_allowed = deciding.allowed("set_revenue_judgement")
    with frame.asking("Set the judgement", "judge-form", icon=":material/gavel:", is_allowed=is_allowed):
        _judgement_inputs("judge", row)
        if row["charge_kind"] == "goods" and row["obligation_key"].count("|") == 1:
            st.number_input("Line of the order, 0 for all of it", 0, 9999, 0, key="judge-line")
        st.form_submit_button("Record the judgement", type="primary", on_click=_judge, args=(shown, row))
    if not is_allowed:
        st.caption("Judgements are a controller's: OPENITEM_ROLE=controller.")


def _judgement_inputs(key: str, row: reading.Row) -> None:
    st.selectbox(
        "How it is earned",
        METHODS,
        index=METHODS.index(row["method"]) if row["method"] in METHODS else 0,
        format_func=METHOD_NAMES.__getitem__,
        key=f"{key}-method",
    )
    st.number_input(
        "Months of service, where it has no billed period",
        1,
        revenue_judgement.LONGEST_MONTHS,
        row["service_months"],
        key=f"{key}-months",
    )
    st.text_input(
        "Variable share held back, in percent",
        format((row["held_back_percent"] or Decimal(0)).normalize(), "f"),
        key=f"{key}-held",
        max_chars=8,
    )
    st.text_input("Why", key=f"{key}-note", max_chars=500)


def _entered(key: str) -> dict[str, object]:
    try:
        held = Decimal(str(st.session_state[f"{key}-held"]).strip() or "0")
    except InvalidOperation:
        held = Decimal(-1)  # the service refuses a share that is none, and says so
    return {
        "method": st.session_state[f"{key}-method"],
        "service_months": st.session_state[f"{key}-months"],
        "held_back_percent": held,
        "note": st.session_state[f"{key}-note"],
    }


def _judge(shown: Page, row: reading.Row) -> None:
    line = int(st.session_state.get("judge-line") or 0)
    if line:
        row = {**row, "obligation_key": f"{row['obligation_key']}|{line}", "version": 0}
    seen = deciding.seen_version(row, shown.pending, "obligation_key")
    deciding.decide(revenue_judgement.judge_obligation, row, run=shown.run, seen_version=seen, **_entered("judge"))
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def _defaults(shown: Page) -> None:
    rows = [
        {**row, "subject_key": f"charge_kind|{row['charge_kind']}"} for row in reading_revenue.defaults(shown.snapshot)
    ]
    if not rows:
        frame.empty("No default is known", "Policy names no kind of charge.")
        return
    selected = frame.table(
        [
            {
                **row,
                "kind": wording.words(row["charge_kind"]),
                "how": METHOD_NAMES.get(str(row["method"]), str(row["method"])),
                "who": SOURCES.get(row["judgement_source"], row["judgement_source"]),
            }
            for row in rows
        ],
        {
            "kind": frame.text("Kind of charge", width=120),
            "how": frame.text("Earned", width=140),
            "service_months": frame.whole("Months", width=70),
            "held_back_percent": st.column_config.NumberColumn("Held back %", format="%.2f", width=90),
            "who": frame.text("Decided by", width=90),
            "effective_date": frame.dated("From", width=100),
            "note": frame.text("Why", width="large"),
        },
        key="defaults",
        select="single-row",
        height="content",
    )
    row = rows[selected[0] if selected else 0]
    is_allowed = deciding.allowed("set_revenue_default")
    label = f"Decide for {wording.words(row['charge_kind']).lower()}"
    with frame.asking(label, "default-form", icon=":material/gavel:", is_allowed=is_allowed):
        _judgement_inputs("default", row)
        st.date_input("For what begins on or after", shown.open_day, key="default-from", format="YYYY-MM-DD")
        st.form_submit_button("Record the decision", type="primary", on_click=_decide_default, args=(shown, row))
    if not is_allowed:
        st.caption("Defaults are a controller's to change: OPENITEM_ROLE=controller.")


def _decide_default(shown: Page, row: reading.Row) -> None:
    seen = deciding.seen_version(row, shown.pending, "subject_key")
    deciding.decide(
        revenue_judgement.judge_charge_kind,
        row,
        run=shown.run,
        seen_version=seen,
        effective_date=st.session_state["default-from"],
        **_entered("default"),
    )


def _late(rows: Sequence[reading.Row], shown: Page) -> None:
    if not rows:
        frame.empty("No late fact", "Everything became known while its month was still open.")
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption("It belongs to a month that was closed when it became known, and was posted to the next open one.")
        frame.download(rows, "revenue-late-facts", shown.run)
    frame.table(
        [{**row, "why": wording.words(row["reason_code"])} for row in rows],
        {
            "known_date": frame.dated("Known"),
            "original_period": st.column_config.DateColumn("Belongs to", format="MMM YYYY"),
            "period": st.column_config.DateColumn("Posted to", format="MMM YYYY"),
            "why": frame.text("Reason", width="medium"),
            "customer_name": frame.text("Customer", width="medium"),
            "document_number": frame.text("Document"),
            "contract_id": frame.text("Contract"),
            "billed_amount": frame.amount("Billed"),
            "recognised_amount": frame.amount("Earned"),
        },
        key="late",
        height=520,
    )


def _journal(rows: Sequence[reading.Row], period: date) -> None:
    if not rows:
        frame.empty("No entry", f"Nothing is posted to {wording.month(period)}.")
        return
    debit = sum((row["debit_amount"] for row in rows), Decimal(0))
    credit = sum((row["credit_amount"] for row in rows), Decimal(0))
    currency_code = rows[0]["currency_code"]
    said = f"Debits {wording.money(debit, currency_code)}, credits {wording.money(credit, currency_code)}."
    st.caption(said.replace("$", "\\$"))
    frame.table(
        [{**row, "about": wording.words(row["entry_kind"])} for row in rows],
        {
            "posting_date": frame.dated("Posted on", width=95),
            "about": frame.text("Entry", width=95),
            "account": frame.text("Account", width=150),
            "debit_amount": frame.amount("Debit", width=95),
            "credit_amount": frame.amount("Credit", width=95),
            "customer_name": frame.text("Customer", width=170),
            "document_number": frame.text("Document", width=120),
            "contract_id": frame.text("Contract", width=90),
            "order_number": frame.text("Order", width=90),
        },
        key="journal",
        height=560,
    )


if __name__ == "__main__":
    main()
