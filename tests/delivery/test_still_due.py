"""What stops a queued message at the last moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.decisions.store import DecisionStore
from assets.delivery.still_due import still_due
from assets.ledger.decision import ActorKind
from assets.platform.warehouse import Warehouse
from tests.decisions.builders import AT, a_decision, a_message

TODAY = date(2026, 3, 10)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    with DecisionStore.open(tmp_path / "decisions.sqlite") as opened:
        yield opened


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    opened = Warehouse(tmp_path / "warehouse.duckdb")
    with opened.connect() as connection:
        connection.execute("create schema reporting")
        connection.execute(
            "create table reporting.rpt_open_items as select 'doc-1' as document_key, 'customer-1' as customer_key, "
            "10.00::decimal(18, 3) as open_amount, false as is_disputed, false as is_rejected"
        )
    return opened


def a_word(kind: str, subject: str = "doc-1", **changes: Any) -> Any:
    return a_decision(kind, subject, actor_kind=ActorKind.PERSON, actor="ann", **changes)


def why_not(warehouse: Warehouse, store: DecisionStore, *words: Any) -> str | None:
    queued = a_decision("reminder_queued", "doc-1")
    store.append([*words, queued], outbox=[a_message(queued)], recorded_at=AT)
    return still_due(warehouse, store, as_of_date=TODAY)(store.outbox()[0])


@pytest.mark.parametrize(
    ("promised_date", "verdict"),
    [("2026-03-10", "PROMISED"), ("2026-03-09", None)],
    ids=["a promise for today still holds", "a broken promise does not stop the reminder that follows it"],
)
def test_only_a_promise_that_is_not_past_stops_a_reminder(
    warehouse: Warehouse, store: DecisionStore, promised_date: str, verdict: str | None
) -> None:
    word = a_word("promise_recorded", payload={"promised_date": promised_date, "promised_amount": "10.00"})
    assert why_not(warehouse, store, word) == verdict


def test_a_hold_on_the_customer_stops_its_documents(warehouse: Warehouse, store: DecisionStore) -> None:
    assert why_not(warehouse, store, a_word("reminder_held", "customer-1")) == "ON_HOLD"


def test_releasing_a_hold_does_not_forget_a_promise(warehouse: Warehouse, store: DecisionStore) -> None:
    words = [
        a_word("promise_recorded", payload={"promised_date": "2026-03-20", "promised_amount": "10.00"}),
        a_word("reminder_held"),
        a_word("reminder_released"),
    ]
    assert why_not(warehouse, store, *words) == "PROMISED"
