"""Overview: how long money takes, where it waits, and why."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from dashboards import charts, frame, reading, wording
from dashboards.frame import Page

MEASURES = {"dso_countback_days": "Count-back", "dso_simple_days": "Simple"}
RECENT_DAYS = 30
TREND_DAYS = 120  # two clocks a day; the first months of a history have no sales of 90 days to compare with
MONTHS = 7


def main() -> None:
    """Show the controller's page."""
    with frame.page("Overview", "How long does our money take, where does it wait, and why?") as shown:
        scopes = reading.scopes(shown.snapshot)
        if not scopes:
            frame.empty(
                "No receivables yet",
                "The chain has not seen an invoice or a receipt. Put files into the inbox and run the chain.",
            )
            return
        names = {wording.scope_name(scope): scope for scope in scopes}
        chosen = st.segmented_control(
            "Legal entity and currency",
            list(names),
            default=next(iter(names)),
            required=True,
            label_visibility="collapsed",
            key="scope",
        )
        legal_entity_id, currency_code = names.get(chosen or "", scopes[0])
        history = reading.dso_history(shown.snapshot, legal_entity_id, currency_code)
        _money_tiles(history, currency_code)
        _work_tiles(shown, legal_entity_id, currency_code)
        left, right = st.columns(2)
        with left, st.container(border=True, height="stretch"):
            _dso(history)
        with right, st.container(border=True, height="stretch"):
            _aging(shown, legal_entity_id, currency_code)
        left, right = st.columns(2)
        with left, st.container(border=True, height="stretch"):
            _waiting(shown)
        with right, st.container(border=True, height="stretch"):
            _exceptions(shown)
        left, right = st.columns(2)
        with left, st.container(border=True, height="stretch"):
            _cash(shown, legal_entity_id, currency_code)
        with right, st.container(border=True, height="stretch"):
            _rejections(shown, legal_entity_id)
        left, right = st.columns(2)
        with left, st.container(border=True, height="stretch"):
            _customers(shown, legal_entity_id, currency_code)
        with right, st.container(border=True, height="stretch"):
            _cycle_times(shown, legal_entity_id)


def _money_tiles(history: Sequence[reading.Row], currency_code: str) -> None:
    now = [row for row in history if row["clock"] == "known_now"]
    if not now:
        frame.empty("No history for this choice", "No invoice or receipt of this legal entity and currency is known.")
        return
    today, before = now[-1], now[-1 - RECENT_DAYS] if len(now) > RECENT_DAYS else None
    tiles = st.columns(6)
    for place, label, measure, meaning in (
        (
            tiles[0],
            "DSO count-back",
            "dso_countback_days",
            "Days of the latest sales that today's receivables stand for.",
        ),
        (
            tiles[1],
            "DSO simple",
            "dso_simple_days",
            "Receivables / sales of the last 90 days × 90, both gross of tax.",
        ),
        (tiles[2], "Best possible", "best_possible_dso_days", "What DSO would be if nothing were overdue."),
    ):
        place.metric(
            label,
            wording.days(today[measure]),
            delta=_change(today[measure], before[measure] if before else None),
            delta_color="inverse",
            chart_data=[float(row[measure] or 0) for row in now[-90:]],
            chart_type="area",
            border=True,
            help=f"{meaning} The arrow compares with {RECENT_DAYS} days before.",
        )
    tiles[3].metric(
        "Receivables",
        wording.compact_money(today["open_amount"], currency_code),
        delta=_change_of_money(today, before, "open_amount", currency_code),
        delta_color="off",
        chart_data=[float(row["open_amount"] or 0) for row in now[-90:]],
        chart_type="area",
        border=True,
        help=f"All open documents. The arrow compares with {RECENT_DAYS} days before.",
    )
    tiles[4].metric(
        "Overdue",
        wording.share(today["overdue_amount"], today["open_amount"]),
        delta=wording.compact_money(today["overdue_amount"], currency_code),
        delta_color="off",
        delta_arrow="off",
        chart_data=[float(row["overdue_amount"] or 0) for row in now[-90:]],
        chart_type="area",
        border=True,
        help="Share of receivables past their due date.",
    )
    tiles[5].metric(
        "Unapplied cash",
        wording.compact_money(today["unapplied_amount"], currency_code),
        delta=f"{wording.share(today['unapplied_amount'], today['open_amount'])} of receivables",
        delta_color="off",
        delta_arrow="off",
        chart_data=[float(row["unapplied_amount"] or 0) for row in now[-90:]],
        chart_type="area",
        border=True,
        help="Money that arrived and is not yet set against a document.",
    )


def _work_tiles(shown: Page, legal_entity_id: str, currency_code: str) -> None:
    months = reading.rejections(shown.snapshot, legal_entity_id)
    cash = reading.cash_history(shown.snapshot, legal_entity_id, currency_code)
    cycles = reading.cycle_times(shown.snapshot, legal_entity_id)
    problems = reading.exceptions(shown.snapshot)
    tiles = st.columns(4)
    invoices = sum(row["invoice_count"] for row in months)
    tiles[0].metric(
        "Invoice rejection rate",
        wording.share(sum(row["rejected_count"] for row in months), invoices),
        delta=f"of {wording.counted(invoices, 'invoice')}",
        delta_color="off",
        delta_arrow="off",
        border=True,
        help="Invoices turned down by a platform or refused by the buyer at least once / invoices issued.",
    )
    receipts = sum(row["receipt_count"] for row in cash)
    by_rule = sum(row["auto_applied_count"] for row in cash)
    tiles[1].metric(
        "Matched without a hand",
        wording.share(by_rule, receipts),
        delta=f"of {wording.counted(receipts, 'receipt')}",
        delta_color="off",
        delta_arrow="off",
        border=True,
        help="Receipts that rules applied / all receipts.",
    )
    latest = [row for row in cycles if cycles and row["invoice_month"] == cycles[0]["invoice_month"]]
    hours = [row["trigger_to_invoice_hours_p50"] for row in latest]
    slowest = max((each for each in hours if each is not None), default=None)
    tiles[2].metric(
        "Trigger to invoice",
        wording.NOTHING if slowest is None else f"{wording.decimal(slowest)} h",
        delta="median, slowest kind, last month",
        delta_color="off",
        delta_arrow="off",
        border=True,
        help="Hours from what makes a charge due to its invoice. By kind of charge in the table below.",
    )
    oldest = max((row["age_days"] for row in problems if row["age_days"] is not None), default=None)
    tiles[3].metric(
        "Open exceptions",
        wording.number(len(problems)),
        delta="nothing waits" if oldest is None else f"oldest {wording.counted(oldest, 'day')}",
        delta_color="off",
        delta_arrow="off",
        border=True,
        help="What needs a person before the chain can go on.",
    )


def _dso(history: Sequence[reading.Row]) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("DSO on two clocks", anchor=False, width="content")
        measure = st.segmented_control(
            "DSO measure",
            list(MEASURES),
            default="dso_countback_days",
            required=True,
            format_func=MEASURES.__getitem__,
            label_visibility="collapsed",
            key="measure",
        )
    st.altair_chart(charts.dso_trend(history[-2 * TREND_DAYS :], measure or "dso_countback_days"), key="dso")
    st.caption("The dashed line is what was known at each day's close; facts that arrived late move the solid one.")


def _aging(shown: Page, legal_entity_id: str, currency_code: str) -> None:
    st.subheader(f"Aging in {currency_code}", anchor=False)
    rows = reading.aging(shown.snapshot, legal_entity_id, currency_code)
    if not rows:
        frame.empty("Nothing is open", "No document and no unapplied cash on the as-of date.")
        return
    st.altair_chart(charts.aging_bars(rows, currency_code), key="aging")
    total = sum((row["open_amount"] for row in rows), Decimal(0))
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption("Bars add up to receivables less unapplied cash:", width="content")
        st.text(wording.money(total, currency_code), width="content")


def _waiting(shown: Page) -> None:
    st.subheader("What waits where", anchor=False)
    undecided = [row for row in reading.invoices_to_review(shown.snapshot) if not shown.is_pending(row["billing_key"])]
    drafts = [row for row in undecided if row["status"] != "blocked"]
    blocked = [row for row in undecided if row["status"] == "blocked"]
    unbilled = reading.delivered_not_billed(shown.snapshot)
    cash = [row for row in reading.cash_queue(shown.snapshot) if not shown.is_pending(row["receipt_key"])]
    plan = [row for row in reading.reminders(shown.snapshot) if row["decision"] == "send"]
    problems = [row for row in reading.exceptions(shown.snapshot) if not shown.is_pending(row["exception_key"])]
    refused = [row for row in problems if row["reason_code"] == "INVOICE_REJECTED"]
    for icon, target, name, rows, amount_column, age_column in (
        (":material/receipt_long:", "invoices", "Invoices to review", drafts, "total_amount", "age_days"),
        (":material/block:", "invoices?blocked", "Charges blocked", blocked, "total_amount", "age_days"),
        (":material/local_shipping:", "invoices?unbilled", "Not billed yet", unbilled, "total_amount", "age_days"),
        (":material/account_balance:", "cash", "Receipts to apply", cash, "unapplied_amount", "age_days"),
        (":material/mail:", "reminders", "Reminders planned", plan, "open_amount", "days_overdue"),
        (":material/assignment_return:", "rejections", "Invoices refused", refused, "amount", "age_days"),
        (":material/error:", "exceptions", "Exceptions to clear", problems, "amount", "age_days"),
    ):
        link, count, amounts, age = st.columns([4, 1.2, 4.4, 2.6], vertical_alignment="center")
        target, _, view = target.partition("?")
        query = {"view": view} if view else None
        link.page_link(f"screens/{target}.py", label=name, icon=icon, query_params=query)
        count.markdown(f"**{wording.number(len(rows))}**")
        amounts.text(_sums(rows, amount_column))
        oldest = max((row[age_column] for row in rows if row[age_column] is not None), default=None)
        age.caption("" if oldest is None else f"oldest {wording.counted(oldest, 'day')}")
    frame.uncertain_sends()


def _sums(rows: Sequence[reading.Row], column: str) -> str:
    """Amounts are summed per currency only."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        if row[column] is not None and row["currency_code"]:
            sums[row["currency_code"]] = sums.get(row["currency_code"], Decimal(0)) + row[column]
    return "  ·  ".join(wording.compact_money(amount, code) for code, amount in sorted(sums.items())) or wording.NOTHING


def _exceptions(shown: Page) -> None:
    st.subheader("Exceptions by reason", anchor=False)
    counts: dict[str, int] = {}
    for row in reading.exceptions(shown.snapshot):
        counts[row["reason_code"]] = counts.get(row["reason_code"], 0) + 1
    if not counts:
        frame.empty("No exception is open", "Nothing in the chain waits for a person's correction.")
        return
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    st.altair_chart(charts.ranked_bars([(wording.words(code), n) for code, n in ranked], "Exceptions"), key="reasons")


def _cash(shown: Page, legal_entity_id: str, currency_code: str) -> None:
    st.subheader("What became of receipts", anchor=False)
    rows = reading.cash_history(shown.snapshot, legal_entity_id, currency_code)
    if not rows:
        frame.empty("No receipts", "No bank statement or payment of this choice is known yet.")
        return
    st.altair_chart(charts.cash_outcomes(rows), key="cash")


def _rejections(shown: Page, legal_entity_id: str) -> None:
    st.subheader("Invoices turned down", anchor=False)
    months = reading.rejections(shown.snapshot, legal_entity_id)
    if not months:
        frame.empty("No invoices", "No invoice of this choice is known, so none could be turned down.")
        return
    st.altair_chart(charts.rejection_months(months[-MONTHS:]), key="rejections")
    causes = reading.rejection_causes(shown.snapshot)
    if causes:
        frame.table(
            [
                {
                    "reason": wording.words(row["reason_code"]),
                    "arises": _arises(row),
                    "invoice_count": row["invoice_count"],
                    "amount": wording.money(row["total_amount"], row["currency_code"]),
                }
                for row in causes[:5]
            ],
            {
                "reason": frame.text("Cause", width=136),
                "arises": frame.text("Arises in", width=202),
                "invoice_count": frame.whole("Count", width=48, help="Invoices that came back for it"),
                "amount": frame.text("Amount", width=90, alignment="right"),
            },
            key="causes",
            height="content",
        )


def _arises(row: reading.Row) -> str:
    system = row["upstream_system"]
    field = wording.words(row["field_name"])
    return field if not system or system.replace(" ", "_") == "not_traced" else f"{wording.words(system)} · {field}"


def _customers(shown: Page, legal_entity_id: str, currency_code: str) -> None:
    rows = reading.overdue_customers(shown.snapshot, legal_entity_id, currency_code)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Most overdue customers", anchor=False, width="content")
        frame.download(rows, "overdue-customers", shown.run)
    if not rows:
        frame.empty("Nobody is overdue", "Every open document of this choice is still within its terms.")
        return
    frame.table(
        rows,
        {
            "customer_name": frame.text("Customer", width=178),
            "overdue_amount": frame.amount("Overdue", width=86),
            "currency_code": frame.text("", width=42),
            "days_overdue": frame.whole("Days", width=46, help="Of the oldest overdue invoice"),
            "open_amount": frame.amount("Open", width=86),
        },
        key="customers",
        height=290,
    )


def _cycle_times(shown: Page, legal_entity_id: str) -> None:
    st.subheader("Cycle times", anchor=False)
    _draft_delays(shown, legal_entity_id)
    rows = reading.cycle_times(shown.snapshot, legal_entity_id)
    if not rows:
        frame.empty("No invoices", "Cycle times need at least one invoice with a known trigger.")
        return
    frame.table(
        [{**row, "kind": wording.words(row["charge_kind"])} for row in rows],
        {
            "invoice_month": st.column_config.DateColumn("Month", format="MMM YYYY", width=75),
            "legal_entity_id": frame.text("Entity", width=50),
            "kind": frame.text("Charge", width=75),
            "invoice_count": frame.whole("Invoices", width=60),
            "trigger_to_invoice_hours_p50": _hours("Hours", "Median, from what makes a charge due to its invoice."),
            "trigger_to_invoice_hours_p95": _hours("95 %", "95 of 100 are invoiced within these hours."),
            "days_to_pay_p50": _hours("Days to pay", "Median, from invoice date to the last payment."),
        },
        key="cycles",
        height=290,
    )


def _draft_delays(shown: Page, legal_entity_id: str) -> None:
    """Show what is ours to answer for, and what waits for a fault upstream, side by side."""
    delays = reading.draft_delays(shown.snapshot, legal_entity_id)
    if not delays:
        return
    frame.table(
        [{**row, "group": wording.words(row["charge_group"])} for row in delays],
        {
            "group": frame.text("Charges", width=126),
            "charge_count": frame.whole("Count", width=56),
            "trigger_to_draft_hours_p95": _hours("Decided, 95 %", "Hours to the first draft, blocked or not."),
            "trigger_to_reviewable_hours_p95": _hours(
                "To review, 95 %",
                "Hours to the first draft that can be approved, the time that faults upstream stood included.",
            ),
            "still_blocked_count": frame.whole(
                "Blocked", width=62, help="Blocked still; they count with their hours so far."
            ),
        },
        key="draft-delays",
        height="content",
    )


def _hours(label: str, meaning: str) -> object:
    return st.column_config.NumberColumn(label, format="%.1f", help=meaning, width=len(label) * 7 + 14)


def _change(today: Decimal | None, before: Decimal | None) -> str | None:
    if today is None or before is None:
        return None
    return f"{today - before:+.1f} d"


def _change_of_money(today: reading.Row, before: reading.Row | None, column: str, currency_code: str) -> str | None:
    if before is None or today[column] is None or before[column] is None:
        return None
    return wording.compact_money(today[column] - before[column], currency_code)


if __name__ == "__main__":
    main()
