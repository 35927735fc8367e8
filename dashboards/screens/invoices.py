"""Invoices to review: is each draft what was agreed and delivered?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from assets.ledger.decision import RecordedDecision
from dashboards import deciding, draft_actions, draft_panel, drafts, frame, issued_panel, reading, unbilled, wording
from dashboards.draft_actions import ROUND, Shown
from dashboards.frame import Page

VIEWS = {"review": "To review", "blocked": "Blocked", "unbilled": "Delivered, not billed", "issued": "Issued"}
SEARCHED = (
    "customer_name", "billing_key", "order_number", "contract_id", "purchase_order_number", "document_number",
    "total_amount",
)  # fmt: skip
STATES = {"agreed": "As agreed", "differs": "Differs", "held": "Held"}
CURSOR = "draft_at"


def main() -> None:
    """Show the drafts and what stands behind the chosen one."""
    with frame.page("Invoices to review", "Is each draft what was agreed and delivered?") as shown:
        rows = reading.invoices_to_review(shown.snapshot)
        names = {row["billing_key"]: row["customer_name"] for row in rows}
        fresh = drafts.issued_since(shown.pending, names)
        waiting = [drafts.as_decided(row, shown.pending) for row in rows if not drafts.is_done(row, shown.pending)]
        listed = {
            "review": [row for row in waiting if row["status"] != "blocked"],
            "blocked": [row for row in waiting if row["status"] == "blocked"],
            "unbilled": reading.delivered_not_billed(shown.snapshot),
        }
        linked = st.query_params.get("billing_key") or st.query_params.get("invoice", "")
        view, wanted = _view_and_search(listed, linked, fresh, shown)
        draft_actions.just_issued(fresh if view == "review" else [], shown)
        if view == "issued":
            issued_panel.show(_issued(wanted, fresh, shown), fresh, shown)
        else:
            found = frame.matching(listed[view], wanted, SEARCHED)
            if view == "unbilled":
                unbilled.show(found, bool(listed[view]), shown)
            else:
                _waiting(view, found, bool(listed[view]), linked, shown)
        frame.pending_table(shown, _is_about_a_draft, _short, key="pending-drafts")


def _issued(wanted: str, fresh: Sequence[drafts.Issued], shown: Page) -> list[reading.Row]:
    """Return issued invoices with the words of a search, those that no run has seen yet first."""
    unseen = frame.matching([each.row for each in fresh], wanted, SEARCHED)
    return [*unseen, *reading.invoices_issued(shown.snapshot, wanted)]


def _view_and_search(
    listed: Mapping[str, Sequence[reading.Row]], linked: str, fresh: Sequence[drafts.Issued], shown: Page
) -> tuple[str, str]:
    asked = st.query_params.get("search", "")
    counts = {name: wording.number(len(rows)) for name, rows in listed.items()}
    counts["issued"] = wording.number(len(fresh) + reading.invoices_issued_count(shown.snapshot))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        view = st.segmented_control(
            "View",
            list(VIEWS),
            default=_view_of(linked, asked, listed, lambda words: bool(_issued(words, fresh, shown))),
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
    frame.keep_in_address(str(view), "review")
    return str(view), wanted


def _view_of(
    linked: str, asked: str, listed: Mapping[str, Sequence[reading.Row]], is_issued: Callable[[str], bool]
) -> str:
    """Return the view that an address leads to: the named one, where the linked charge is, or where a search finds."""
    named = frame.linked_view(VIEWS)
    if named and not linked:
        return named
    if asked:
        found = next((view for view, rows in listed.items() if frame.matching(rows, asked, SEARCHED)), None)
        return found or ("issued" if is_issued(asked) else "review")
    if not linked:
        return "review"
    for view, rows in listed.items():
        if any(row.get("billing_key") == linked for row in rows):
            return view
    return "issued" if is_issued(linked) else "review"


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
    left, right = st.columns(2, gap="small")
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
            draft_actions.several(chosen, {key for key, found in differing.items() if found}, shown)
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
    kinds = _choices({row["charge_kind"] for row in rows})
    states = _choices({_state(row, differing) for row in rows})
    reasons = sorted({row["reason_code"] for row in rows if row["reason_code"]})
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen, wanted, reason = [], [], None
        if kinds:
            chosen = st.pills(
                "Kind of charge",
                kinds,
                selection_mode="multi",
                format_func=wording.words,
                label_visibility="collapsed",
                key=f"kinds-{view}",
                width="content",
            )
        if view == "review" and states:
            wanted = st.pills(
                "State",
                states,
                selection_mode="multi",
                format_func=lambda state: STATES[state],
                label_visibility="collapsed",
                key="states",
                width="content",
            )
        if view == "blocked":
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


def _choices(found: set[str]) -> list[str]:
    """Return what can be told apart; where all rows are alike there is nothing to choose."""
    order = [*STATES, *sorted(found - STATES.keys())]
    return [each for each in order if each in found] if len(found) > 1 else []


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
    currency_code = frame.one_currency(listed)
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
            "customer_name": frame.text("Customer", width=160 if currency_code else 130),
            **({"kind": frame.text("Charge", width=66)} if view == "review" else {}),
            "total_amount": frame.amount(f"Total {currency_code or ''}".rstrip(), width=88 if currency_code else 76),
            **({} if currency_code else {"currency_code": frame.text("", width=42)}),
            "state": frame.text("State" if view == "review" else "Why blocked", width=105 if view == "review" else 170),
            "age_days": frame.whole("Days", width=42, help="Since it could have been invoiced"),
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


def _short(billing_key: str) -> str:
    return wording.plain_text(billing_key.replace("|", " · "))


if __name__ == "__main__":
    main()
