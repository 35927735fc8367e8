"""One receipt beside what is proposed for it: the evidence as a sum, the documents, and why no rule applied it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from dashboards import cash_actions, cash_charts, cash_evidence, deciding, frame, reading, wording
from dashboards.cash_actions import Shown
from dashboards.cash_evidence import Explanation
from dashboards.frame import Page

OUTCOMES = {"proposed": "Proposed", "on_account": "On account", "unidentified": "Unidentified"}
OUTCOME_COLORS: dict[str, frame.Color] = {"proposed": "green", "on_account": "blue"}
KEYS = {1: "A", 2: "2", 3: "3"}
SHOWN_BEFORE = 2  # receipts that paid the same before
SHOWN_OPEN = 3  # proposals shown in full; the rest are folded
LIKELY = Decimal("0.5")  # rather right than wrong


def show(receipt: Shown, shown: Page) -> None:
    """Show the receipt, what may be done with it, and each proposal with its reasons."""
    row = receipt.row
    offered = cash_actions.by_rank(reading.proposals(shown.snapshot, row["receipt_key"]))
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            st.metric("To apply", wording.money(row["unapplied_amount"], row["currency_code"]), width="content")
            with st.container(horizontal=True, width="content"):
                color = OUTCOME_COLORS.get(row["outcome"], "orange")
                st.badge(OUTCOMES.get(row["outcome"], "Partly applied"), color=color)
                if row["reason_code"]:
                    st.badge(wording.words(row["reason_code"]), color="gray")
        cash_actions.buttons(receipt, [part for parts in offered for part in parts], shown)
        frame.facts([("What the payer wrote", wording.plain_text(row["remittance_text"]))], columns=1)
        frame.facts(
            [
                ("Payer at the bank", wording.plain_text(row["payer_name"])),
                ("Customer", wording.plain_text(row["customer_name"])),
                ("Received", f"{wording.day(row['value_date'])}, {wording.counted(row['age_days'] or 0, 'day')} ago"),
                ("Payer's account", wording.plain_text(row["payer_account"])),
                ("Receipt", wording.plain_text(row["receipt_id"])),
                ("Received in all", wording.money(row["receipt_amount"], row["currency_code"])),
            ]
        )
        _why_not(row, offered)
    for place, parts in enumerate(offered, start=1):
        if place <= SHOWN_OPEN:
            _proposal(receipt, place, parts, shown)
        else:
            with st.expander(f"Alternative {place - 1}", key=f"more-{place}"):
                _proposal(receipt, place, parts, shown)
    if not offered:
        _nothing_proposed(row, shown)


def _why_not(row: reading.Row, offered: Sequence[Sequence[reading.Row]]) -> None:
    """Say why no rule applied it, in the words of policy."""
    found = cash_evidence.explain(offered[0][0]["evidence"] if offered else row.get("evidence"))
    if row.get("is_kept_on_account"):
        why = "A person put it on account."
    else:
        why = cash_evidence.stop_in_words(row["reason_code"], row.get("reason_description"))
        why = why or cash_evidence.stop_in_words(found.stopped_by)
    if why:
        frame.facts([("Why no rule applied it", why)], columns=1)


def _nothing_proposed(row: reading.Row, shown: Page) -> None:
    """Say how the money is best read when it pays nothing that is open, with the evidence for that."""
    found = cash_evidence.explain(row.get("evidence"))
    before = reading.paid_before(shown.snapshot, [key for key, _ in found.reading.documents])
    earlier = before or reading.receipt_named(shown.snapshot, found.reading.earlier_receipt)
    paid_by = " and ".join(
        f"receipt {wording.plain_text(each['receipt_id'])} on {wording.day(each['value_date'])}"
        for each in earlier[:SHOWN_BEFORE]
        if each["receipt_key"] != row["receipt_key"]
    )
    if found.reading.rule:
        account = found.reading.account
        held = [("Held on account", wording.plain_text(account))] if account else []
        frame.facts([("What it looks like", cash_evidence.reading_in_words(found, paid_by)), *held], columns=1)
    frame.empty(
        "Nothing is proposed",
        "No open document fits by reference, amount and payer. Choose the documents yourself, "
        "or keep the money on account.",
        icon=":material/search_off:",
    )
    if found.is_weighed:
        explanation(found, found.reading.confidence, None, "known")
    elif row.get("evidence"):
        with st.expander("What the rules know", key="known-box"):
            explanation(found, None, None, "known")


def _proposal(receipt: Shown, place: int, parts: list[reading.Row], shown: Page) -> None:
    row, first = receipt.row, parts[0]
    currency_code = row["currency_code"]
    applied = sum((part["applied_amount"] or Decimal(0) for part in parts), Decimal(0))
    left = row["unapplied_amount"] - applied
    found = cash_evidence.explain(first["evidence"])
    with st.container(border=True):
        said, button = st.columns([7, 3], vertical_alignment="center")
        with said, st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Best proposal**" if place == 1 else f"**Alternative {place - 1}**", width="content")
            st.badge(cash_evidence.rule_in_words(first["rule"]), color="gray")
            if first["confidence"] is not None:
                st.badge(f"{wording.share(first['confidence'], 1)} sure", color=_color_of(first["confidence"]))
            _solutions(first)
        button.button(
            "Confirm",
            type="primary" if place == 1 and _is_likely(first) else "secondary",
            icon=":material/check:",
            key=f"confirm-{place}",
            shortcut=KEYS.get(place),
            on_click=cash_actions.confirm,
            args=(shown.run, [(receipt, parts)]),
            disabled=not deciding.allowed("confirm_match"),
            width="stretch",
        )
        _documents(parts, found, place)
        outcome = "settles the receipt" if left == 0 else f"leaves {wording.money(left, currency_code)} unapplied"
        st.caption(f"Applies {wording.money(applied, currency_code)}, {outcome}.".replace("$", "\\$"))
        why_not_this = first.get("reason_code")
        if place > 1 and why_not_this and why_not_this != row["reason_code"]:
            st.text(cash_evidence.stop_in_words(why_not_this, first.get("reason_description")))
        explanation(found, first["confidence"], first["solution_count"], f"{place}")


def _solutions(part: reading.Row) -> None:
    count = part["solution_count"]
    if count is not None and count > 1:
        st.badge(f"{wording.number(count)} ways fit", color="orange", help="More than one solution is never applied.")
    elif count == 1:
        st.badge("Only way that fits", color="gray")


def _color_of(confidence: Decimal) -> frame.Color:
    """Return green only for what a person may confirm at a glance."""
    return "green" if confidence >= Decimal("0.9") else "orange" if confidence >= LIKELY else "gray"


def _documents(parts: Sequence[reading.Row], found: Explanation, place: int) -> None:
    rows = []
    for part in parts:
        difference = (part["document_open_amount"] or Decimal(0)) - (part["applied_amount"] or Decimal(0))
        kind = found.difference_kind(str(part["document_number"])) or "Stays open"
        rows.append({**part, "difference": difference, "kind": kind if difference else "Paid in full"})
    several = len({part["customer_name"] for part in parts}) > 1
    frame.table(
        rows,
        {
            "document_number": frame.text("Document", width=110),
            **({"customer_name": frame.text("Customer", width=110)} if several else {}),
            "due_date": frame.dated("Due", width=82),
            "document_open_amount": frame.amount("Open", width=72),
            "applied_amount": frame.amount("Apply", width=72),
            "difference": frame.amount("Differs", width=58),
            "kind": frame.text("Difference", width=88),
        },
        key=f"proposal-{place}",
        height="content",
    )
    if not several and parts[0]["customer_name"]:
        st.text(f"Owed by {wording.plain_text(parts[0]['customer_name'])}")


def explanation(found: Explanation, confidence: Decimal | None, solutions: int | None, key: str) -> None:
    """Show weighed evidence as a sum with the runner-up, older evidence as it was stored."""
    if not found.is_weighed:
        with st.expander("Evidence", key=f"evidence-box-{key}", icon=":material/fact_check:"):
            frame.evidence_table(dict(found.others), key=f"evidence-{key}")
            st.caption("From before evidence was weighed: it is shown as it was stored.")
        return
    st.altair_chart(cash_charts.waterfall(found), key=f"waterfall-{key}", width="stretch")
    st.text(_runner_up(found))
    with st.expander("How it was judged", key=f"judged-{key}", icon=":material/fact_check:"):
        frame.facts(
            [
                ("Score", f"{found.score:.1f} points"),
                ("Sure", wording.NOTHING if confidence is None else wording.share(confidence, 1)),
                ("Ways that fit", wording.number(found.solutions if found.solutions is not None else solutions)),
                ("Class of evidence", cash_evidence.class_in_words(found.evidence_class)),
                ("Policy version", wording.plain_text(found.policy_version)),
                ("Stopped by", cash_evidence.stop_in_words(found.stopped_by) or "Nothing"),
            ]
        )
        frame.table(
            [{"label": each.label, "detail": each.detail, "weight": each.weight} for each in found.reasons],
            {
                "label": frame.text("Evidence", width=260),
                "detail": frame.text("Found", width=110),
                "weight": st.column_config.NumberColumn("Points", format="%+.2f", width=70),
            },
            key=f"reasons-{key}",
            height="content",
        )
        st.caption("One point makes it 2.7 times as likely as before, and as unlikely when it is subtracted.")
        if found.others:
            frame.evidence_table(dict(found.others), key=f"others-{key}")


def _runner_up(found: Explanation) -> str:
    if found.margin is None:
        return f"{found.score:.1f} points."
    rival = cash_evidence.runner_up_in_words(found)
    if found.margin < 0:
        return f"{found.score:.1f} points; the best reading of it ({rival}) is {-found.margin:.1f} points ahead."
    return f"{found.score:.1f} points; the runner-up ({rival}, dashed line) is {found.margin:.1f} points behind."


def several(chosen: Sequence[Shown], shown: Page) -> None:
    """Show what several receipts come to, and one button for all that have a single likely proposal."""
    best: dict[str, list[reading.Row]] = {}
    for part in reading.best_proposals(shown.snapshot, [each.row["receipt_key"] for each in chosen]):
        best.setdefault(part["receipt_key"], []).append(part)
    ready = [(each, best[each.row["receipt_key"]]) for each in chosen if _is_plain(best.get(each.row["receipt_key"]))]
    with st.container(border=True):
        st.subheader(f"{wording.counted(len(chosen), 'receipt')} chosen", anchor=False)
        sums = reading.sums_by_currency([each.row for each, _ in ready], "unapplied_amount")
        with st.container(horizontal=True):
            for currency_code, total in sums.items():
                st.metric(f"To apply in {currency_code}", wording.money(total, currency_code), width="content")
        skipped = len(chosen) - len(ready)
        if skipped:
            st.warning(
                f"{wording.counted(skipped, 'receipt')} without one single likely proposal "
                f"{'is' if skipped == 1 else 'are'} left out. Look at them one by one.",
                icon=":material/rule:",
            )
        frame.table(
            [
                {
                    **each.row,
                    "documents": ", ".join(str(part["document_number"]) for part in parts),
                    "sure": None if parts[0]["confidence"] is None else parts[0]["confidence"] * 100,
                }
                for each, parts in ready
            ],
            {
                "payer_name": frame.text("Payer", width=150),
                "unapplied_amount": frame.amount("To apply", width=85),
                "currency_code": frame.text("", width=45),
                "documents": frame.text("Documents", width=190),
                "sure": st.column_config.NumberColumn("Sure", format="%.0f%%", width=55),
            },
            key="several",
            height="content" if len(ready) < 12 else 420,
        )
        st.button(
            f"Confirm {len(ready)} as proposed",
            type="primary",
            icon=":material/done_all:",
            key="confirm-several",
            shortcut="A",
            on_click=cash_actions.confirm,
            args=(shown.run, ready),
            disabled=not ready or not deciding.allowed("confirm_match"),
            width="stretch",
        )


def _is_plain(parts: Sequence[reading.Row] | None) -> bool:
    """Return whether there is one likely proposal and nothing that fits as well."""
    return bool(parts) and all((part["solution_count"] or 1) <= 1 and _is_likely(part) for part in parts or ())


def _is_likely(part: reading.Row) -> bool:
    """Return whether a proposal is rather right than wrong: what is not is offered, but not urged."""
    return part["confidence"] is None or part["confidence"] >= LIKELY


def application(row: reading.Row, shown: Page) -> None:
    """Show what a receipt is applied to, why, and the way back."""
    seen = deciding.seen_version(row, shown.pending, "receipt_key")
    stored = reading.applications_of(shown.snapshot, row["receipt_key"])
    together = [each for each in stored if each["decision_key"] == row["decision_key"]]
    chosen = next((each for each in together if each["application_key"] == row["application_key"]), row)
    with st.container(border=True):
        total = sum((each["applied_amount"] for each in together), Decimal(0))
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            st.metric("Applied", wording.money(total or row["applied_amount"], row["currency_code"]), width="content")
            with st.container(horizontal=True, width="content"):
                st.badge(cash_evidence.rule_in_words(row["rule"]), color="gray")
                st.badge(f"By {wording.words(row['actor_kind']).lower()}", color="blue")
        _way_back(chosen, seen, together, shown)
        frame.facts(
            [
                ("Payer", wording.plain_text(row["payer_name"])),
                ("Customer", wording.plain_text(row.get("customer_name"))),
                ("Receipt", wording.plain_text(row["receipt_id"])),
                ("Value date", wording.day(row["value_date"])),
                ("Applied on", wording.day(row["applied_date"])),
                ("What the payer wrote", wording.plain_text(chosen.get("remittance_text"))),
            ],
            columns=2,
        )
        frame.table(
            together or [row],
            {
                "document_number": frame.text("Document", width=150),
                "customer_name": frame.text("Customer", width=150),
                "applied_amount": frame.amount("Applied", width=100),
            },
            key="together",
            height="content",
        )
        if chosen.get("evidence"):
            found = cash_evidence.explain(chosen["evidence"])
            explanation(found, chosen.get("confidence"), chosen.get("solution_count"), "applied")


def _way_back(row: reading.Row, seen: int, together: Sequence[reading.Row], shown: Page) -> None:
    if shown.is_pending(row["receipt_key"], "application_undone"):
        st.badge("Undo is recorded; the next run shows it", color="orange", icon=":material/hourglass_top:")
    elif not row["decision_key"]:
        st.caption("Applied in the accounting system. It is corrected there.")
    elif st.button(
        "Undo",
        icon=":material/undo:",
        key="undo",
        shortcut="U",
        disabled=not deciding.allowed("undo_application"),
        help="Takes back everything this decision applied of the receipt, from the open day on.",
    ):
        cash_actions.undo(row, seen, together, shown)
