"""What every page shares: the header with its dates, what came of a decision, tables, empty states, the footer."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import streamlit as st

from assets.ledger.decision import RecordedDecision
from dashboards import deciding, export, reading, wording

Row = reading.Row
ROW_PIXELS = 35
_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|[a-z]+(_[a-z]+)+")
Color = Literal["red", "orange", "blue", "green", "violet", "gray"]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page reads from: one snapshot, its run, and what people decided since."""

    snapshot: reading.Snapshot
    run: reading.Run
    pending: Mapping[str, list[RecordedDecision]]
    open_day: date

    def is_pending(self, key: object, *kinds: str) -> bool:
        """Return whether somebody decided about a subject since the snapshot."""
        return any(not kinds or recorded.decision.kind in kinds for recorded in self.pending.get(str(key), ()))


@contextmanager
def page(title: str, question: str) -> Iterator[Page]:
    """Show the header, then the page's body, then the footer; read all of it from one snapshot."""
    try:
        snapshot = reading.current_snapshot()
        run = reading.read_run(snapshot)
    except reading.NothingPublishedError:
        _nothing_published(title)
        st.stop()
    except reading.SnapshotChangedError:
        st.rerun()
    except reading.SnapshotTooOldError as error:
        st.title(title, anchor=False)
        _too_old(error)
        st.stop()
    shown = Page(snapshot, run, deciding.pending(run), deciding.open_day(run))
    _header(title, question, shown)
    _say_what_came_of_it()
    try:
        yield shown
    except reading.SnapshotChangedError:
        st.rerun()
    except reading.SnapshotTooOldError as error:
        _too_old(error)
    except KeyError as error:
        lacking = str(error.args[0])
        if reading.has_column(snapshot, lacking):
            raise
        _too_old(reading.SnapshotTooOldError(f"`{wording.plain_text(lacking)}`"))
    _footer(shown)


def _nothing_published(title: str) -> None:
    st.title(title)
    with st.container(border=True):
        st.subheader("Nothing has been published yet", anchor=False)
        st.markdown(
            "These pages read what the last green run published, and there is none for this home. "
            "Run `make demo` for the invented company, or `openitem run` for yours; then reload."
        )


def _too_old(error: reading.SnapshotTooOldError) -> None:
    logging.getLogger(__name__).error("%s", error, exc_info=error.__cause__ or True)
    with st.container(border=True):
        st.subheader("This snapshot was built by an older version: run the close again", anchor=False)
        st.text(str(error).replace("`", ""))
        st.caption("Nothing is lost: landing and decisions stay as they are, and the next green run publishes anew.")


def _header(title: str, question: str, shown: Page) -> None:
    run = shown.run
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        with st.container(width="content", gap=None):
            st.title(title, anchor=False)
            st.caption(question)
        with st.container(horizontal=True, width="content", gap="small"):
            st.badge(f"As of {wording.day(run.as_of_date)}", icon=":material/event:", color="gray")
            if run.verdict == "green":
                st.badge(
                    f"Last green run {wording.day(run.last_green_as_of_date)}", icon=":material/check:", color="green"
                )
            else:
                st.badge(
                    f"Books do not tie; last green {wording.day(run.last_green_as_of_date)}",
                    icon=":material/error:",
                    color="red",
                )
            st.badge(
                f"Decisions count on {wording.day(shown.open_day)}",
                icon=":material/edit_calendar:",
                color="blue",
                help="The open business day. What is decided here shows in the figures after the next run.",
            )
            waiting = sum(
                recorded.decision.kind != "invoice_issued"  # the approval's other half
                for decisions in shown.pending.values()
                for recorded in decisions
            )
            if waiting:
                st.badge(
                    f"{wording.counted(waiting, 'decision')} pending", icon=":material/hourglass_top:", color="orange"
                )
    st.space("small")


def _say_what_came_of_it() -> None:
    outcome = st.session_state.pop(deciding.OUTCOME, None)
    if outcome is None:
        return
    if outcome["recorded"]:
        said = wording.counted(outcome["recorded"], "decision")
        st.toast(f"{said} recorded. Counts on {wording.day(outcome['day'])}.", icon=":material/check_circle:")
    if outcome["refused"]:
        st.error("Not recorded", icon=":material/block:")
        for message in outcome["refused"][:5]:
            st.text(message)


def _footer(shown: Page) -> None:
    st.space("medium")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        someone = deciding.actor()
        st.caption("At the desk:", width="content")
        st.text(f"{wording.plain_text(someone.name)} ({someone.role.value})")
        st.caption(
            "· the name comes from OPENITEM_USER, the role from OPENITEM_ROLE; this is not a login.", width="content"
        )


def empty(title: str, meaning: str, icon: str = ":material/task_alt:") -> None:
    """Say in words what it means that there is nothing."""
    with st.container(border=True):
        st.markdown(f"{icon} **{title}**")
        st.caption(meaning)


@contextmanager
def asking(label: str, key: str, *, icon: str, is_allowed: bool) -> Iterator[None]:
    """Show a button that opens a small form; greyed out for those who may not."""
    with st.popover(label, icon=icon, disabled=not is_allowed), st.form(key, border=False):
        yield


def facts(pairs: Sequence[tuple[str, str]], columns: int = 3) -> None:
    """Show labelled values; a value is always text, never markup."""
    for start in range(0, len(pairs), columns):
        for place, (label, value) in zip(st.columns(columns), pairs[start : start + columns], strict=False):
            with place, st.container(gap=None):
                st.caption(label)
                st.text(value)


def evidence_table(contents: Any, key: str) -> None:
    """Show recorded evidence as names and values."""
    rows = [
        {"Detail": wording.words(str(name)), "Value": _as_text(value)}
        for name, value in _flat(contents)
        if value not in (None, "", []) and not str(name).endswith("_key")  # a hash tells nobody anything
    ]
    if not rows:
        st.caption("No evidence was recorded.")
        return
    st.dataframe(
        rows,
        hide_index=True,
        key=key,
        height="content",
        column_config={
            "Detail": st.column_config.TextColumn(width=150),
            "Value": st.column_config.TextColumn(width="large"),
        },
    )


def _flat(contents: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(contents, Mapping):
        for name, value in contents.items():
            yield from _flat(value, f"{prefix} {name}".strip())
    elif isinstance(contents, list) and any(isinstance(value, Mapping | list) for value in contents):
        for position, value in enumerate(contents, start=1):
            yield from _flat(value, f"{prefix} {position}".strip())
    else:
        yield prefix, contents


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_as_text(each) for each in value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str) and (as_date := _as_date(value)):
        return wording.day(as_date)
    if isinstance(value, str) and _CODE.fullmatch(value):
        return wording.words(value)
    return wording.plain_text(value)


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-06-30") else None
    except ValueError:
        return None


def one_currency(rows: Sequence[Row]) -> str | None:
    """Return the one currency of all rows, which a heading can say once; None where there are several."""
    found = {row["currency_code"] for row in rows}
    return str(found.pop()) if len(found) == 1 else None


def table(
    rows: Sequence[Row],
    columns: Mapping[str, Any],
    *,
    key: str,
    select: Literal["single-row", "multi-row"] | None = None,
    height: int | Literal["auto", "content"] = "auto",
) -> list[int]:
    """Show rows in the given columns; return the positions of the selected ones."""
    contents: Any = as_arrow(rows, list(columns))
    if isinstance(height, int):  # a short list ends where its rows end
        height = min(height, ROW_PIXELS * (len(rows) + 1) + 3)
    if select is None:
        st.dataframe(contents, hide_index=True, column_config=dict(columns), key=key, height=height, placeholder="–")
        return []
    state = st.dataframe(
        contents,
        hide_index=True,
        column_config=dict(columns),
        key=key,
        height=height,
        placeholder="–",
        on_select="rerun",
        selection_mode=select,
    )
    return [position for position in state["selection"]["rows"] if position < len(rows)]


def as_arrow(rows: Sequence[Row], columns: Sequence[str]) -> pa.Table:
    """Return rows as an exact table: amounts stay decimals, text from outside becomes one plain line."""
    arrays = []
    for column in columns:
        values = [row.get(column) for row in rows]
        arrays.append(pa.array([_plain(value) for value in values], _arrow_type(values)))
    return pa.table(dict(zip(columns, arrays, strict=True)))


def _plain(value: Any) -> Any:
    return wording.plain_text(value) if isinstance(value, str) else value


def _arrow_type(values: Sequence[Any]) -> pa.DataType:
    kinds: list[tuple[type, pa.DataType]] = [
        (bool, pa.bool_()),
        (int, pa.int64()),
        (Decimal, pa.decimal128(38, 6)),
        (datetime, pa.timestamp("us")),
        (date, pa.date32()),
    ]
    first = next((value for value in values if value is not None), None)
    return next((arrow for kind, arrow in kinds if isinstance(first, kind)), pa.string())


def amount(label: str, **named: Any) -> Any:
    """Return a column of money: two decimals, thousands separated."""
    return st.column_config.NumberColumn(label, format="%,.2f", **named)


def text(label: str, **named: Any) -> Any:
    """Return a column of text."""
    return st.column_config.TextColumn(label, **named)


def whole(label: str, **named: Any) -> Any:
    """Return a column of whole numbers."""
    return st.column_config.NumberColumn(label, format="%,d", **named)


def dated(label: str, **named: Any) -> Any:
    """Return a column of dates."""
    return st.column_config.DateColumn(label, format="D MMM YYYY", **named)


def download(rows: Sequence[Row], name: str, run: reading.Run) -> None:
    """Offer rows as CSV, with every column and safe for spreadsheets."""
    columns = list(rows[0]) if rows else []
    st.download_button(
        "CSV",
        data=lambda: export.to_csv(rows, columns),
        file_name=f"{name}-{run.as_of_date.isoformat()}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"download-{name}",
        on_click="ignore",
        disabled=not rows,
        help="All columns of the rows shown. Text that a spreadsheet would run as a formula is escaped.",
    )


def the_last(rows: Sequence[Row], limit: int) -> None:
    """Say that a list is cut off where it is, and how to see the others."""
    if len(rows) >= limit:
        st.caption(f"The newest {wording.number(limit)} are listed. A search looks through all of them.")


def linked_view(views: Collection[str]) -> str | None:
    """Return the view that the address names, if the page has it."""
    asked = st.query_params.get("view")
    return asked if asked and asked in views else None


def keep_in_address(view: str, first: str) -> None:
    """Write the view into the address, so that a reload or a sent link opens it again; the first needs none."""
    if view != first:
        st.query_params["view"] = view
    elif "view" in st.query_params:
        del st.query_params["view"]


def uncertain_sends() -> None:
    """Say that sends are uncertain, which no rule can put right."""
    count = len(deciding.store().uncertain())
    if not count:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.badge(wording.counted(count, "uncertain send"), color="orange", icon=":material/outgoing_mail:")
        st.caption("Handed over, and nobody said whether it arrived.", width="content")
        st.page_link("screens/outbox.py", label="Settle in the outbox", icon=":material/open_in_new:")


def matching(rows: Sequence[Row], wanted: str, columns: Sequence[str]) -> list[Row]:
    """Return the rows that contain every word of a search somewhere in the named columns."""
    searched = wanted.lower().split()
    return [
        row
        for row in rows
        if all(any(word in str(row.get(column) or "").lower() for column in columns) for word in searched)
    ]


def pending_table(
    shown: Page, wanted: Callable[[RecordedDecision], bool], label: Callable[[str], str], key: str
) -> None:
    """List what was decided since the snapshot, if anything was."""
    rows = [
        {
            "what": wording.words(recorded.decision.kind),
            "subject": label(recorded.decision.subject_key),
            "by": recorded.decision.actor,
            "counts_on": recorded.decision.business_date,
            "detail": _detail(recorded),
        }
        for decisions in shown.pending.values()
        for recorded in decisions
        if wanted(recorded)
    ]
    if not rows:
        return
    counts_on = wording.day(shown.open_day)
    st.markdown(
        f":material/hourglass_top: **Pending** – recorded; counts on {counts_on}, in the figures after the next run"
    )
    table(
        rows,
        {
            "what": text("Decision"),
            "subject": text("About", width="large"),
            "detail": text("Detail"),
            "by": text("By"),
            "counts_on": dated("Counts on"),
        },
        key=key,
        height="content",
    )


def _detail(recorded: RecordedDecision) -> str:
    payload = recorded.decision.payload
    found = (
        payload.get("document_number") or payload.get("note") or payload.get("owner") or recorded.decision.reason_code
    )
    return str(found or "")
