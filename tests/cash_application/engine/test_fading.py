"""What people said counts less with time, the same whatever order it was read in, and not at all once taken back."""

from __future__ import annotations

import math
from itertools import permutations

import pytest

from assets.cash_application.engine.fading import HALF_LIFE, counted, left_of
from assets.cash_application.engine.memory import Memory
from assets.cash_application.engine.payers import PayerIndex
from tests.cash_application.engine.worlds import DAY, a_matcher, a_payment, an_entry

YEARS = round(4 * HALF_LIFE)
TEXT = "Rechnung 4711"


def reason(matcher, name: str) -> float:
    """Return the weight of one piece of evidence of the best proposal, 0 when it is none."""
    best = matcher.find(a_payment("danke", account="DE1")).best
    return sum(each.weight for each in best.reasons if each.evidence == name)


@pytest.mark.parametrize(("days", "left"), [(0, -3.0), (180, -1.5), (360, -0.75), (6 * 365, 0.0)])
def test_a_refusal_of_long_ago_weighed_as_much_as_one_of_today(days: int, left: float) -> None:
    matcher = a_matcher(an_entry("RE-2026-004711"), accounts={"DE1": "acme"})
    matcher.memory.refuse("DE1", "ACME GmbH", "RE-2026-004711", DAY - days)
    assert math.isclose(reason(matcher, "refused_before"), left, abs_tol=1e-9)


def test_a_customer_refused_for_a_payer_comes_back_with_time() -> None:
    def weight(days: int | None) -> float:
        payers = PayerIndex()
        payers.add_customer("acme", "Acme GmbH")
        payers.add_account("DE1", "acme")
        if days is not None:
            payers.refuse("acme", "DE1", None, DAY - days)
        return payers.identify(None, "DE1", (), DAY).weight("acme")

    never = weight(None)
    assert [never - weight(days) for days in (0, 180, 360)] == pytest.approx([2.0, 1.0, 0.5])
    assert weight(6 * 365) == never


def test_a_habit_of_long_ago_gives_way_to_one_of_today() -> None:
    memory = Memory()
    memory.learn_habit("DE1", None, "tail", DAY - YEARS, 4.0)
    memory.learn_habit("DE1", None, "digits", DAY)
    then, today = memory.habits("DE1", None, DAY - YEARS), memory.habits("DE1", None, DAY)
    assert then["tail"] > then["digits"]
    assert today["digits"] > today["tail"] > 0


@pytest.mark.parametrize("order", list(permutations([(DAY - 300, 1), (DAY - 20, 1), (DAY - 90, 2)])))
def test_what_was_said_counts_by_its_day_and_not_by_the_order_in_which_it_was_read(
    order: tuple[tuple[int, int], ...],
) -> None:
    said = None
    payers, memory = PayerIndex(), Memory()
    payers.add_customer("acme", "Acme GmbH")
    for day, count in order:
        said = counted(said, count, day)
        payers.learn("acme", "DE1", None, day, count)
        memory.learn_habit("DE1", None, "tail", day, count)
        memory.refuse("DE1", None, "d", day, count)
    expected = sum(count * 0.5 ** ((DAY - day) / HALF_LIFE) for day, count in order)
    assert left_of(said, DAY) == pytest.approx(expected)
    assert memory.refused("DE1", None, ["d"], DAY) == pytest.approx(expected)
    assert memory.habits("DE1", None, DAY)["tail"] == pytest.approx(math.log1p(4 * expected / (expected + 2)))
    assert payers.identify(None, "DE1", (), DAY).weight("acme") == pytest.approx(6.5 - 1 / (expected + 0.5))


def test_an_undo_takes_back_what_is_left_of_it_and_nothing_of_what_was_said_since() -> None:
    memory, only = Memory(), Memory()
    for each in (memory, only):
        each.learn_from("DE1", None, TEXT, "RE-2026-004711", DAY)
        each.refuse("DE1", None, "d", DAY)
    memory.learn_from("DE1", None, TEXT, "RE-2026-004711", DAY - 360)
    memory.refuse("DE1", None, "d", DAY - 360)
    assert memory.habits("DE1", None, DAY) != only.habits("DE1", None, DAY)
    memory.learn_from("DE1", None, TEXT, "RE-2026-004711", DAY - 360, -1)
    memory.refuse("DE1", None, "d", DAY - 360, -1)
    assert memory.habits("DE1", None, DAY) == pytest.approx(only.habits("DE1", None, DAY))
    assert memory.refused("DE1", None, ["d"], DAY) == pytest.approx(1.0)


def test_what_is_taken_back_leaves_no_trace() -> None:
    memory = Memory()
    memory.refuse("DE1", None, "d", DAY - 100)
    memory.refuse("DE1", None, "d", DAY - 100, -1)
    memory.learn_habit("DE1", None, "tail", DAY - 100)
    memory.learn_habit("DE1", None, "tail", DAY - 100, -1)
    assert memory.refused("DE1", None, ["d"], DAY) == 0
    assert memory.habits("DE1", None, DAY) == {}
