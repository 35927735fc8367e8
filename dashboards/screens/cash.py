"""Cash application: whose money is it, and which documents does it settle?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from dashboards import cash_actions, cash_evidence, cash_panel, cash_works, deciding, frame, reading, wording
from dashboards.cash_actions import ROUND, Shown
from dashboards.cash_panel import OUTCOMES
from dashboards.frame import Page

VIEWS = {"decide": "To decide", "account": "On account", "applied": "Applied", "works": "How well it works"}
SEARCHED = ("payer_name", "payer_account", "remittance_text", "customer_name", "receipt_id", "said_amount")
SORTS = {"value": "Largest first", "sure": "Surest first", "age": "Oldest first"}
AGES = {3: "older than 3 days", 7: "older than 7 days", 30: "older than 30 days"}
CURSOR = "receipt_at"


def main() -> None:
    """Show what could not be applied by itself, what is proposed for it, what was applied, and how well that works."""
    with frame.page("Cash application", "Whose money is it, and which documents does it settle?") as shown:
        everything = reading.cash_queue(shown.snapshot)
        waiting = [row for row in everything if not _is_decided(row["receipt_key"], shown)]
        kept = [row for row in waiting if row.get("is_kept_on_account")]
        queue = [row for row in waiting if not row.get("is_kept_on_account")]
        linked = st.query_params.get("receipt", "")
        is_waiting = any(row["receipt_key"] == linked for row in waiting)
        settled = reading.applications_of(shown.snapshot, linked) if linked and not is_waiting else []
        listed = {"decide": queue, "account": kept, "applied": settled}
        view, wanted = _view_and_search(listed, linked, shown)
        if view in ("decide", "account"):
            _progress(queue, shown)
            cash_actions.just_decided(shown, everything)
        if linked and not is_waiting and not settled:
            st.info("The linked receipt is decided, or not in this snapshot.", icon=":material/link_off:")
        if view == "works":
            cash_works.show(shown)
        elif view == "applied":
            settled = [] if wanted else settled
            shown_first = {row["application_key"] for row in settled}
            found = reading.cash_applied(shown.snapshot, wanted)
            _applied([*settled, *(row for row in found if row["application_key"] not in shown_first)], shown)
        else:
            found = frame.matching(_with_amounts(listed[view], "unapplied_amount"), wanted, SEARCHED)
            _queue(view, found, bool(listed[view]), shown, linked)
        frame.pending_table(
            shown,
            lambda recorded: recorded.decision.subject_kind == "receipt",
            lambda key: (
                _receipt_label(key, everything)
                or _receipt_label(key, reading.applications_of(shown.snapshot, key))
                or key
            ),
            key="pending-receipts",
        )


def _is_decided(receipt_key: str, shown: Page) -> bool:
    return cash_actions.standing(shown.pending.get(str(receipt_key), [])) is not None


def _with_amounts(rows: Sequence[reading.Row], column: str) -> list[reading.Row]:
    """Return rows with their amount as people type it, so that a search finds it."""
    return [{**row, "said_amount": f"{row[column]:.2f} {row[column]:,.2f}"} for row in rows]


def _receipt_label(receipt_key: str, rows: Sequence[reading.Row]) -> str:
    for row in rows:
        if row["receipt_key"] == receipt_key:
            return f"{wording.plain_text(row['payer_name'])} · {row['receipt_id']}"
    return ""


def _view_and_search(listed: Mapping[str, Sequence[reading.Row]], linked: str, shown: Page) -> tuple[str, str]:
    counts = {name: wording.number(len(rows)) for name, rows in listed.items()}
    counts["applied"] = wording.number(reading.cash_applied_count(shown.snapshot))
    default = next((name for name, rows in listed.items() if any(row["receipt_key"] == linked for row in rows)), None)
    default = default or frame.linked_view(VIEWS)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        view = st.segmented_control(
            "View",
            list(VIEWS),
            default=default or "decide",
            required=True,
            key="view",
            format_func=lambda name: f"{VIEWS[name]} ({counts[name]})" if name in counts else VIEWS[name],
            label_visibility="collapsed",
        )
        wanted = ""
        if view != "works":
            wanted = st.text_input(
                "Search",
                value=st.query_params.get("search", ""),
                placeholder="Payer, account, text, document, amount",
                label_visibility="collapsed",
                icon=":material/search:",
                width=360,
                key=f"search-{view}",
            )
    frame.keep_in_address(str(view), "decide")
    return str(view), wanted


def _progress(queue: Sequence[reading.Row], shown: Page) -> None:
    """Say how far the day's work is: what people decided on the open day, of that and what still waits."""
    still = {row["receipt_key"] for row in queue}
    done = {
        row["receipt_key"]
        for row in reading.cash_reviews(shown.snapshot)
        if row["business_date"] == shown.open_day and row["kind"] in cash_actions.SETTLING
    }
    for receipt_key, decided in shown.pending.items():
        found = cash_actions.standing(decided)
        if found is not None and found.decision.business_date == shown.open_day:
            done.add(receipt_key)
    count = len(done - still)
    whole = count + len(still)
    if whole:
        said = f"{wording.number(count)} of {wording.number(whole)} done today"
        st.progress(count / whole, text=said)


def _queue(view: str, rows: Sequence[reading.Row], has_any: bool, shown: Page, linked: str) -> None:
    if not rows:
        _nothing_waits(view, has_any)
        return
    left, right = st.columns(2, gap="small")
    with left:
        listed = _filtered(view, rows, shown)
        at = _cursor(listed, linked)
        selected = _list(view, listed, at)
    with right:
        if not listed:
            frame.empty(
                "None of this kind", "Take a filter away to see the other receipts.", icon=":material/filter_alt:"
            )
            return
        chosen = [_shown(listed[position], shown) for position in selected]
        if len(chosen) > 1:
            cash_panel.several(chosen, shown)
        else:
            cash_panel.show(chosen[0] if chosen else _shown(listed[at], shown), shown)


def _nothing_waits(view: str, has_any: bool) -> None:
    if has_any:
        frame.empty("Nothing fits the search", "No receipt here has these words in payer, account, text or amount.")
    elif view == "account":
        frame.empty(
            "No money is kept on account",
            "What a person puts on a customer's account waits here until it is applied or paid back.",
        )
    else:
        frame.empty(
            "No receipt waits for you",
            "Everything that arrived is applied, decided or on account. New receipts come with the next statement.",
        )


def _shown(row: reading.Row, shown: Page) -> Shown:
    return Shown(row, deciding.seen_version(row, shown.pending, "receipt_key"))


def _filtered(view: str, rows: Sequence[reading.Row], shown: Page) -> list[reading.Row]:
    """Return the rows that fit outcome and filters, in the order chosen."""
    with st.container(horizontal=True, vertical_alignment="center"):
        outcomes = [name for name in OUTCOMES if any(row["outcome"] == name for row in rows)]
        chosen = st.pills(
            "Outcome",
            outcomes,
            selection_mode="multi",
            format_func=OUTCOMES.__getitem__,
            label_visibility="collapsed",
            key=f"outcomes-{view}",
            width="content",
        )
        fits = [row for row in rows if not chosen or row["outcome"] in chosen]
        wanted = _filters(view, rows)
        listed = [row for row in fits if _fits(row, wanted)]
        by = st.selectbox(
            "Sort",
            list(SORTS),
            format_func=SORTS.__getitem__,
            label_visibility="collapsed",
            key=f"sort-{view}",
            width=140,
        )
        frame.download(listed, "cash-queue" if view == "decide" else "cash-on-account", shown.run)
    return _in_order(listed, by)


def _filters(view: str, rows: Sequence[reading.Row]) -> dict[str, Any]:
    """Ask for reason, entity, currency, age and amount; return only what was asked for."""
    state = {
        name: st.session_state.get(f"filter-{name}-{view}")
        for name in ("reason", "entity", "currency", "age", "from", "to")
    }
    active = sum(value not in (None, "", []) for value in state.values())
    with st.popover(f"Filter ({active})" if active else "Filter", icon=":material/filter_alt:"):
        reasons = sorted({row["reason_code"] for row in rows if row["reason_code"]})
        entities = sorted({row["legal_entity_id"] for row in rows if row["legal_entity_id"]})
        currencies = sorted({row["currency_code"] for row in rows})
        return {
            "reason": st.selectbox(
                "Reason", reasons, index=None, placeholder="Any", format_func=wording.words, key=f"filter-reason-{view}"
            ),
            "entity": st.selectbox("Entity", entities, index=None, placeholder="Any", key=f"filter-entity-{view}"),
            "currency": st.selectbox(
                "Currency", currencies, index=None, placeholder="Any", key=f"filter-currency-{view}"
            ),
            "age": st.selectbox(
                "Age", list(AGES), index=None, placeholder="Any", format_func=AGES.__getitem__, key=f"filter-age-{view}"
            ),
            "from": st.number_input("Amount from", value=None, min_value=0, step=100, key=f"filter-from-{view}"),
            "to": st.number_input("Amount to", value=None, min_value=0, step=100, key=f"filter-to-{view}"),
        }


def _fits(row: reading.Row, wanted: Mapping[str, Any]) -> bool:
    return (
        (wanted["reason"] is None or row["reason_code"] == wanted["reason"])
        and (wanted["entity"] is None or row["legal_entity_id"] == wanted["entity"])
        and (wanted["currency"] is None or row["currency_code"] == wanted["currency"])
        and (wanted["age"] is None or (row["age_days"] or 0) > wanted["age"])
        and (wanted["from"] is None or row["unapplied_amount"] >= wanted["from"])
        and (wanted["to"] is None or row["unapplied_amount"] <= wanted["to"])
    )


def _in_order(rows: Sequence[reading.Row], by: str) -> list[reading.Row]:
    if by == "sure":
        return sorted(rows, key=lambda row: -(row.get("confidence") or Decimal(-1)))
    if by == "age":
        return sorted(rows, key=lambda row: -(row["age_days"] or 0))
    return list(rows)


def _cursor(listed: Sequence[reading.Row], linked: str) -> int:
    """Return which receipt is looked at while none is ticked: the linked one, else where the keys have led."""
    position = next((n for n, row in enumerate(listed) if row["receipt_key"] == linked), None)
    if position is not None:
        st.session_state[CURSOR] = position
        return position
    return max(0, min(int(st.session_state.get(CURSOR, 0)), len(listed) - 1))


def _move(by: int, last: int) -> None:
    st.session_state[CURSOR] = max(0, min(int(st.session_state.get(CURSOR, 0)) + by, last))
    cash_actions.next_round()


def _list(view: str, listed: Sequence[reading.Row], at: int) -> list[int]:
    selected = frame.table(
        [
            {
                **row,
                "mark": "▸" if position == at else " ",
                "sure": None if row.get("confidence") is None else row["confidence"] * 100,
                "why": wording.words(row["reason_code"]),
            }
            for position, row in enumerate(listed)
        ],
        {
            "mark": frame.text("", width=24),
            "payer_name": frame.text("Payer", width=122),
            "unapplied_amount": frame.amount("To apply", width=78),
            "currency_code": frame.text("", width=40),
            "why": frame.text("Why it waits", width=136),
            "sure": st.column_config.NumberColumn("Sure", format="%.0f%%", width=44),
            "age_days": frame.whole("Days", width=42, help="Since the value date"),
        },
        key=f"queue-{view}-{st.session_state.get(ROUND, 0)}",
        select="multi-row",
        height=620,
    )
    last = len(listed) - 1
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button("Next", key="next", shortcut="J", icon=":material/south:", on_click=_move, args=(1, last))
        st.button("Previous", key="previous", shortcut="K", icon=":material/north:", on_click=_move, args=(-1, last))
        st.caption("Tick several to confirm them together; ▸ is the one beside. A confirms the best.", width="content")
    return selected


def _applied(rows: Sequence[reading.Row], shown: Page) -> None:
    if not rows:
        frame.empty("Nothing was applied", "No receipt is set against a document yet, or nothing matches the search.")
        return
    left, right = st.columns([13, 9], gap="small")
    with left:
        with st.container(horizontal=True, vertical_alignment="center"):
            actors = sorted({row["actor_kind"] for row in rows})
            chosen = st.pills(
                "Who",
                actors,
                selection_mode="multi",
                format_func=wording.words,
                label_visibility="collapsed",
                key="applied-by",
                width="content",
            )
            listed = [row for row in rows if not chosen or row["actor_kind"] in chosen]
            frame.download(listed, "cash-applied", shown.run)
            frame.the_last(rows, reading.APPLIED_SHOWN)
        selected = frame.table(
            [
                {
                    **row,
                    "how": cash_evidence.rule_in_words(row["rule"])
                    if row["rule"]
                    else wording.words(row["actor_kind"]),
                }
                for row in listed
            ],
            {
                "applied_date": frame.dated("Applied", width=82),
                "payer_name": frame.text("Payer", width=112),
                "document_number": frame.text("Document", width=108),
                "applied_amount": frame.amount("Amount", width=72),
                "currency_code": frame.text("", width=40),
                "how": frame.text("By which rule", width=150),
            },
            key=f"applied-{st.session_state.get(ROUND, 0)}",
            select="single-row",
            height=620,
        )
    with right:
        if not listed:
            frame.empty("None of this kind", "Take a filter away to see the others.", icon=":material/filter_alt:")
            return
        cash_panel.application(listed[selected[0] if selected else 0], shown)


if __name__ == "__main__":
    main()
