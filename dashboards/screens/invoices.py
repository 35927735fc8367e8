"""Invoices to review: is each draft what was agreed and delivered?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from assets.ledger.decision import RecordedDecision
from dashboards import deciding, draft_actions, draft_panel, drafts, frame, reading, wording
from dashboards.draft_actions import ROUND, Shown
from dashboards.frame import Page

VIEWS = {"review": "To review", "blocked": "Blocked", "unbilled": "Delivered, not billed", "issued": "Issued"}
SEARCHED = ("customer_name", "billing_key", "order_number", "contract_id", "purchase_order_number", "document_number")
STATES = {"agreed": "As agreed", "differs": "Differs", "held": "Held"}
CURSOR = "draft_at"


def main() -> None:
    """Show the drafts and what stands behind the chosen one."""
    with frame.page("Invoices to review", "Is each draft what was agreed and delivered?") as shown:
        rows = reading.invoices_to_review(shown.snapshot)
        names = {row["billing_key"]: row["customer_name"] for row in rows}
        fresh = drafts.issued_since(shown.pending, names)
        issued = [*(each.row for each in fresh), *reading.invoices_issued(shown.snapshot)]
        waiting = [drafts.as_decided(row, shown.pending) for row in rows if not drafts.is_done(row, shown.pending)]
        unbilled = reading.delivered_not_billed(shown.snapshot)
        listed = {
            "review": [row for row in waiting if row["status"] != "blocked"],
            "blocked": [row for row in waiting if row["status"] == "blocked"],
            "unbilled": unbilled,
            "issued": issued,
        }
        linked = st.query_params.get("billing_key") or st.query_params.get("invoice", "")
        view, wanted = _view_and_search(listed, linked)
        found = frame.matching(listed[view], wanted, SEARCHED)
        draft_actions.just_issued(fresh if view == "review" else [], shown)
        if view == "issued":
            _issued(found, fresh, shown)
        elif view == "unbilled":
            _unbilled(found, shown)
        else:
            _waiting(view, found, bool(listed[view]), linked, shown)
        frame.pending_table(shown, _is_about_a_draft, _short, key="pending-drafts")


def _view_and_search(listed: Mapping[str, Sequence[reading.Row]], linked: str) -> tuple[str, str]:
    asked = st.query_params.get("search", "")
    counts = {name: wording.number(len(rows)) for name, rows in listed.items()}
    counts["issued"] = frame.up_to(listed["issued"], reading.ISSUED_SHOWN)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        view = st.segmented_control(
            "View",
            list(VIEWS),
            default=_view_of(linked, asked, listed),
            required=True,
            key="view",
            format_func=lambda name: f"{VIEWS[name]} ({counts[name]})",
            label_visibility="collapsed",
        )
        wanted = st.text_input(
            "Search",
            value=linked if linked and view == "issued" else asked,
            placeholder="Customer, contract, order, PO, number",
            label_visibility="collapsed",
            icon=":material/search:",
            width=360,
            key=f"search-{view}",
        )
    return str(view), wanted


def _view_of(linked: str, asked: str, listed: Mapping[str, Sequence[reading.Row]]) -> str:
    """Return the view that an address leads to: where the linked charge is, else where a search finds anything."""
    if asked:
        return next((view for view in VIEWS if frame.matching(listed[view], asked, SEARCHED)), "review")
    if not linked:
        return "review"
    for view in ("review", "blocked", "unbilled"):
        if any(row.get("billing_key") == linked for row in listed[view]):
            return view
    is_issued = any(linked in (row["document_number"], row["billing_key"]) for row in listed["issued"])
    return "issued" if is_issued else "review"


def _is_about_a_draft(recorded: RecordedDecision) -> bool:
    return recorded.decision.subject_kind == "charge" and recorded.decision.kind != "draft_approved"


def _waiting(view: str, rows: Sequence[reading.Row], has_any: bool, linked: str, shown: Page) -> None:
    if not rows and has_any:
        frame.empty("Nothing fits the search", "No draft here has these words in its customer, contract, order or PO.")
        return
    if not rows and view == "blocked":
        frame.empty("Nothing is blocked", "Every charge that became due could be drafted.")
        return
    if not rows:
        frame.empty(
            "No draft waits for you",
            "Every draft is approved, rejected or blocked. "
            "New ones appear after the next run that finds something due.",
        )
        return
    sources = _sources_by_key(shown)
    differing = {row["billing_key"]: drafts.differences(row, sources.get(row["billing_key"], {})) for row in rows}
    left, right = st.columns([11, 10], gap="medium")
    with left:
        listed = _filtered(view, rows, differing, shown)
        at = _cursor(listed, linked)
        selected = _list(view, listed, differing, at)
    with right:
        if not listed:
            frame.empty("Nothing fits the filter", "Take a filter away to see the other drafts.")
            return
        chosen = [_shown(listed[position], shown) for position in selected]
        if len(chosen) > 1 and view == "review":
            draft_actions.several(chosen, sum(bool(differing[each.row["billing_key"]]) for each in chosen), shown)
            return
        draft = chosen[0] if chosen else _shown(listed[at], shown)
        key = draft.row["billing_key"]
        draft_panel.show(draft, differing[key], sources.get(key, {}), shown)


def _shown(row: reading.Row, shown: Page) -> Shown:
    return Shown(row, deciding.seen_version(row, shown.pending, "billing_key"))


def _sources_by_key(shown: Page) -> dict[str, drafts.Sources]:
    found: dict[str, list[reading.Row]] = {}
    for row in reading.draft_sources(shown.snapshot):
        found.setdefault(row["billing_key"], []).append(row)
    return {key: drafts.by_kind(rows) for key, rows in found.items()}


def _filtered(
    view: str, rows: Sequence[reading.Row], differing: Mapping[str, Sequence[drafts.Difference]], shown: Page
) -> list[reading.Row]:
    """Return the rows of the chosen kinds and states; a filter that would change nothing is not offered."""
    kinds = sorted({row["charge_kind"] for row in rows})
    states = sorted({_state(row, differing) for row in rows}, key=list(STATES).index)
    reasons = sorted({row["reason_code"] for row in rows if row["reason_code"]})
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.pills(
            "Kind of charge",
            kinds,
            selection_mode="multi",
            format_func=wording.words,
            label_visibility="collapsed",
            key=f"kinds-{view}",
            width="content",
        )
        wanted, reason = [], None
        if view == "review":
            wanted = st.pills(
                "State",
                states,
                selection_mode="multi",
                format_func=lambda state: STATES[state],
                label_visibility="collapsed",
                key="states",
                width="content",
            )
        else:
            reason = st.selectbox(
                "Reason",
                reasons,
                index=None,
                placeholder="Any reason",
                format_func=wording.words,
                key="blocked-reason",
                label_visibility="collapsed",
                width=230,
            )
        listed = [
            row
            for row in rows
            if (not chosen or row["charge_kind"] in chosen)
            and (not wanted or _state(row, differing) in wanted)
            and (reason is None or row["reason_code"] == reason)
        ]
        frame.download(listed, "invoices-to-review" if view == "review" else "blocked-charges", shown.run)
    return listed


def _state(row: reading.Row, differing: Mapping[str, Sequence[drafts.Difference]]) -> str:
    if row["status"] == "held":
        return "held"
    return "differs" if differing[row["billing_key"]] else "agreed"


def _cursor(listed: Sequence[reading.Row], linked: str) -> int:
    """Return which draft is looked at while none is ticked: the linked one, else where the keys have led."""
    position = next((n for n, row in enumerate(listed) if row["billing_key"] == linked), None)
    if position is not None:
        st.session_state[CURSOR] = position
        return position
    return max(0, min(int(st.session_state.get(CURSOR, 0)), len(listed) - 1))


def _move(by: int, last: int) -> None:
    st.session_state[CURSOR] = max(0, min(int(st.session_state.get(CURSOR, 0)) + by, last))
    draft_actions.next_round()


def _list(
    view: str, listed: Sequence[reading.Row], differing: Mapping[str, Sequence[drafts.Difference]], at: int
) -> list[int]:
    selected = frame.table(
        [
            {
                **row,
                "mark": "▸" if position == at else " ",
                "kind": wording.words(row["charge_kind"]),
                "state": _said(row, differing[row["billing_key"]]),
            }
            for position, row in enumerate(listed)
        ],
        {
            "mark": frame.text("", width=24),
            "customer_name": frame.text("Customer", width=128),
            "kind": frame.text("Charge", width=66),
            "total_amount": frame.amount("Total", width=76),
            "currency_code": frame.text("", width=44),
            "state": frame.text("State", width=120),
            "age_days": frame.whole("Days", width=46),
        },
        key=f"drafts-{view}-{st.session_state.get(ROUND, 0)}",
        select="multi-row" if view == "review" else "single-row",
        height=560,
    )
    last = len(listed) - 1
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button("Next", key="next", shortcut="J", icon=":material/south:", on_click=_move, args=(1, last))
        st.button("Previous", key="previous", shortcut="K", icon=":material/north:", on_click=_move, args=(-1, last))
        if view == "review":
            st.caption("Tick several to approve them together; ▸ is the one beside.", width="content")
    return selected


def _said(row: reading.Row, found: Sequence[drafts.Difference]) -> str:
    if row["status"] == "blocked":
        return wording.words(row["reason_code"])
    said = f"≠ {found[0].field}" if found else "As agreed"
    if len(found) > 1:
        said = f"≠ {found[0].field}, {len(found) - 1} more"
    return f"Held, {said[0].lower()}{said[1:]}" if row["status"] == "held" else said


def _unbilled(rows: Sequence[reading.Row], shown: Page) -> None:
    if not rows:
        frame.empty("Nothing delivered is left unbilled", "Everything that was delivered is invoiced or drafted.")
        return
    sums = reading.sums_by_currency(rows, "total_amount")
    with st.container(horizontal=True):
        for currency_code, total in sums.items():
            st.metric(f"Not billed, {currency_code}", wording.money(total, currency_code), width="content")
    frame.table(
        [
            {
                **row,
                **{name: wording.words(row[name]) for name in ("charge_kind", "stage", "owner")},
                "agreed_in": row["contract_id"] or row["order_number"],
            }
            for row in rows
        ],
        {
            "customer_name": frame.text("Customer", width=150),
            "agreed_in": frame.text("Contract or order", width=85),
            "charge_kind": frame.text("Charge", width=70),
            "total_amount": frame.amount("Amount", width=85),
            "currency_code": frame.text("", width=46),
            "age_days": frame.whole("Days", width=48),
            "stage": frame.text("Where it waits", width=125),
            "reason": frame.text("Why", width=270),
            "owner": frame.text("Owner", width=115),
        },
        key="unbilled",
        height=560,
    )
    frame.download(rows, "delivered-not-billed", shown.run)


def _issued(rows: Sequence[reading.Row], fresh: Sequence[drafts.Issued], shown: Page) -> None:
    if not rows:
        frame.empty("No invoice to show", "Nothing was issued here yet, or nothing matches the search.")
        return
    selected = frame.table(
        [{**row, "kind": wording.words(row["charge_kind"])} for row in rows],
        {
            "document_number": frame.text("Number"),
            "customer_name": frame.text("Customer", width="medium"),
            "kind": frame.text("Charge"),
            "invoice_date": frame.dated("Issued"),
            "due_date": frame.dated("Due"),
            "total_amount": frame.amount("Total"),
            "open_amount": frame.amount("Open"),
            "currency_code": frame.text("", width=50),
            "is_posted_in_accounting": st.column_config.CheckboxColumn("In accounting"),
        },
        key=f"issued-{st.session_state.get(ROUND, 0)}",
        select="single-row",
        height=560,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        frame.download(rows, "invoices-issued", shown.run)
        number = rows[selected[0]]["document_number"] if selected else None
        chosen = next((each for each in fresh if each.row["document_number"] == number), None)
        if chosen is not None:
            draft_actions.undo_button(chosen, shown)
        elif fresh:
            st.caption("Tick one that was issued today to take it back.", width="content")


def _short(billing_key: str) -> str:
    return wording.plain_text(billing_key.replace("|", " · "))


if __name__ == "__main__":
    main()
