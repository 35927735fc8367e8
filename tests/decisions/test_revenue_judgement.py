"""A controller judges revenue, nobody else, and never without saying why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.decisions.errors import NotAllowedError, StaleViewError, UndecidableError
from assets.decisions.revenue_judgement import judge_charge_kind, judge_obligation
from assets.decisions.roles import Actor, Role
from assets.decisions.store import DecisionStore
from tests.decisions.builders import a_turn

CORA = Actor("cora", Role.CONTROLLER)
LINE = {"obligation_key": "contract|CT-1|1", "charge_kind": "milestone", "version": 0}


@pytest.fixture
def store(tmp_path: Path) -> DecisionStore:
    return DecisionStore.open(tmp_path / "decisions.sqlite")


def test_a_judgement_is_recorded_once_with_its_reason(store: DecisionStore) -> None:
    for _ in range(2):
        judge_obligation(
            store, a_turn(CORA), LINE, seen_version=0, method="over_time", service_months=6,
            held_back_percent=Decimal("12.5"), note="The customer uses it while it is built",
        )  # fmt: skip
    [entry] = store.people_since(0)
    assert entry.decision.payload == {
        "method": "over_time",
        "service_months": 6,
        "held_back_percent": "12.50",
        "note": "The customer uses it while it is built",
    }


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK, Role.APPROVER], ids=lambda role: role.value)
def test_nobody_but_a_controller_judges(store: DecisionStore, role: Role) -> None:
    with pytest.raises(NotAllowedError):
        judge_obligation(store, a_turn(Actor("x", role)), LINE, seen_version=0, method="as_invoiced", note="so")
    assert store.people_since(0) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"method": "at_will"}, "no method"),
        ({"method": "over_time"}, "over how many months"),
        ({"method": "over_time", "service_months": 0}, "between 1 and 240"),
        ({"method": "as_invoiced", "held_back_percent": Decimal("100.01")}, "between 0 and 100"),
        ({"method": "as_invoiced", "note": "  "}, "must say why"),
    ],
    ids=["unknown method", "no months", "zero months", "more than everything", "no reason"],
)
def test_a_judgement_that_cannot_be_is_refused_with_every_fault(
    store: DecisionStore, wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(UndecidableError, match=said):
        judge_obligation(store, a_turn(CORA), LINE, seen_version=0, **{"note": "so", **wrong})


def test_a_judgement_on_what_somebody_judged_meanwhile_is_refused(store: DecisionStore) -> None:
    judge_obligation(store, a_turn(CORA), LINE, seen_version=0, method="as_invoiced", note="first")
    with pytest.raises(StaleViewError):
        judge_obligation(
            store, a_turn(Actor("ben", Role.CONTROLLER)), LINE, seen_version=0, method="point_in_time", note="second"
        )


def test_a_default_counts_from_an_open_month_on(store: DecisionStore) -> None:
    turn = a_turn(CORA)
    row = {"charge_kind": "goods", "version": 0}
    with pytest.raises(UndecidableError, match="that month is over"):
        judge_charge_kind(
            store, turn, row, seen_version=0, method="as_invoiced", effective_date=date(2020, 1, 1), note="so"
        )
    judge_charge_kind(
        store, turn, row, seen_version=0, method="as_invoiced", effective_date=turn.business_date, note="so"
    )
    [entry] = store.people_since(0)
    assert entry.decision.subject_key == "charge_kind|goods"
