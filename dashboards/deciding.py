"""The only door to decisions: who is at the desk, what is pending, and every button that records something."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from assets.decisions import invoice_review
from assets.decisions.roles import Actor, Role, may
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Turn
from assets.ledger.decision import RecordedDecision
from assets.ledger.errors import OpenitemError, PermanentError
from dashboards import reading, wording

OUTCOME = "decision_outcome"
Pending = Mapping[str, list[RecordedDecision]]


def actor() -> Actor:
    """Return who is at the desk, as the environment names them."""
    try:
        role = Role(os.environ.get("OPENITEM_ROLE") or Role.APPROVER)
    except ValueError:
        role = Role.VIEWER
    return Actor(os.environ.get("OPENITEM_USER") or "local", role)


def allowed(action: str) -> bool:
    """Return whether the person may; the service asks again when they do."""
    return may(actor(), action)


def store() -> DecisionStore:
    """Return the decision log of this home."""
    return _open(os.environ.get("OPENITEM_DECISIONS_URL") or str(reading.home() / "decisions.sqlite"))


@st.cache_resource(show_spinner=False)
def _open(url: str) -> DecisionStore:
    return DecisionStore.open(url if "://" in url else Path(url))


def open_day(run: reading.Run) -> date:
    """Return the business day on which a decision made now counts: as published, unless it was closed since."""
    closed = store().last_closed_date()
    return run.open_date if closed is None else max(run.open_date, closed + timedelta(days=1))


def pending(run: reading.Run) -> dict[str, list[RecordedDecision]]:
    """Return people's decisions that the snapshot does not show yet, by subject."""
    waiting: dict[str, list[RecordedDecision]] = {}
    for recorded in store().people_since(run.decisions_sequence):
        waiting.setdefault(recorded.decision.subject_key, []).append(recorded)
    return waiting


def seen_version(row: reading.Row, waiting: Pending, key: str) -> int:
    """Return the version of a subject that the page shows: as published, or the pending decision on top of it."""
    on_top = waiting.get(str(row[key]), [])
    return max([int(row.get("version") or 0), *(recorded.sequence for recorded in on_top)])


def draft_on_record(billing_key: str) -> Mapping[str, Any] | None:
    """Return a charge's draft as the log holds it now, None when it holds none."""
    return invoice_review.current_draft(store().on_subject(billing_key))


def refuse(reason: object, *, run: reading.Run) -> None:
    """Say on top of the page why a button recorded nothing."""
    st.session_state[OUTCOME] = {"recorded": 0, "day": run.open_date, "refused": [wording.plain_text(reason)]}


def decide(action: Callable[..., Any], *contents: Any, run: reading.Run, **named: Any) -> bool:
    """Record one decision from a button; what came of it is said on top of the page."""
    return decide_all([(action, contents, named)], run=run)


def decide_all(wanted: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]], *, run: reading.Run) -> bool:
    """Record several decisions, each on its own: one that is refused does not stop the others."""
    refused: list[str] = []
    recorded = 0
    day = run.open_date
    try:
        opened = store()
        day = open_day(run)
        for action, contents, named in wanted:
            try:
                action(opened, Turn(actor(), day, opened.now()), *contents, **named)
                recorded += 1
            except PermanentError as error:
                refused.append(wording.plain_text(error))
    except OpenitemError as error:
        refused.append(wording.plain_text(error))
    st.session_state[OUTCOME] = {"recorded": recorded, "day": day, "refused": refused}
    return not refused
