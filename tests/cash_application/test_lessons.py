"""What people decided teaches cash application, fades, and is unlearned as far as it still counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from assets.cash_application.known import Known, Lesson
from tests.cash_application.builders import DAY, a_receipt, an_item, some_payers

RECEIPT = a_receipt("MUS-2026-00041", key="r0", account="ACC9")
NOT_THEIRS = Lesson(RECEIPT, None, ("MUS/MUS-2026-00041",), is_refusal=True, refused_customers=("acme",))
THEIRS = Lesson(RECEIPT, "acme", ("MUS/MUS-2026-00041",))
TODAY = DAY.toordinal()


def taught(*lessons: tuple[Lesson, int]) -> Known:
    """Return what is known after lessons so many days ago."""
    known = some_payers()
    known.put_document(an_item())
    for lesson, days in sorted(lessons, key=lambda one: -one[1]):
        known.learn(lesson, TODAY - days)
    return known


def now_known(known: Known) -> tuple[object, ...]:
    """Return all that lessons change of what is asked today, to nine places."""
    memory = known.memory
    weight = memory.payers.identify(None, "ACC9", (), TODAY).weight("acme")
    return (
        round(memory.refused("ACC9", None, ["MUS/MUS-2026-00041"], TODAY), 9),
        {kind: round(bonus, 9) for kind, bonus in memory.habits("ACC9", None, TODAY).items()},
        round(weight, 9),
        known.is_refused(RECEIPT, "acme"),
        known.confirmations(RECEIPT, "acme"),
    )


@pytest.mark.parametrize(
    ("refused_days", "confirmed_days", "is_refused"),
    [(1, None, True), (400, None, True), (6 * 365, None, False), (20, 1, True), (200, 1, False)],
    ids=["yesterday", "last year", "long ago", "one application since is not enough", "it is after a half-life"],
)
def test_a_payer_said_not_to_be_the_customer_is_not_held_so_for_ever(
    refused_days: int, confirmed_days: int | None, is_refused: bool
) -> None:
    lessons = [(NOT_THEIRS, refused_days), *([(THEIRS, confirmed_days)] if confirmed_days else [])]
    assert taught(*lessons).is_refused(RECEIPT, "acme") is is_refused


@pytest.mark.parametrize("lesson", [NOT_THEIRS, THEIRS], ids=["a refusal", "a confirmation"])
def test_a_lesson_taken_back_a_year_later_leaves_what_was_taught_besides(lesson: Lesson) -> None:
    other = replace(lesson, receipt=replace(RECEIPT, receipt_key="r1", value_date=DAY - timedelta(days=30)))
    with_undo = taught((lesson, 400), (other, 30), (replace(lesson, count=-1), 5))
    assert now_known(with_undo) == now_known(taught((other, 30)))


def test_a_lesson_taken_back_leaves_nothing() -> None:
    assert now_known(taught((NOT_THEIRS, 300), (replace(NOT_THEIRS, count=-1), 5))) == now_known(taught())
    assert now_known(taught((THEIRS, 300), (replace(THEIRS, count=-1), 5))) == now_known(taught())
