"""The certified bound is the published one."""

from __future__ import annotations

import pytest

from dashboards.bounds import certified_bound


@pytest.mark.parametrize("tried", [1, 59, 299, 2995, 40_000])
def test_without_a_fault_the_bound_is_what_can_be_worked_out_by_hand(tried: int) -> None:
    assert certified_bound(0, tried) == pytest.approx(1 - 0.05 ** (1 / tried), rel=1e-6)


@pytest.mark.parametrize(
    ("wrong", "tried", "confidence", "bound"),
    [(1, 10, 0.95, 0.394163), (1, 10, 0.975, 0.445016), (5, 100, 0.95, 0.102253), (3, 8000, 0.95, 0.000969)],
    ids=["one of ten", "one of ten, two-sided 95 %", "five of a hundred", "three of eight thousand"],
)
def test_the_bound_agrees_with_published_tables(wrong: int, tried: int, confidence: float, bound: float) -> None:
    assert certified_bound(wrong, tried, confidence) == pytest.approx(bound, abs=2e-6)


def test_two_thousand_nine_hundred_ninety_five_without_a_fault_certify_one_in_a_thousand() -> None:
    assert certified_bound(0, 2995) <= 0.001 < certified_bound(0, 2994)


def test_nothing_tried_certifies_nothing_and_more_wrong_than_tried_is_refused() -> None:
    assert certified_bound(0, 0) == 1.0
    assert certified_bound(7, 7) == 1.0
    with pytest.raises(ValueError, match="3 wrong of 2"):
        certified_bound(3, 2)
