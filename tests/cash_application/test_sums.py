"""The search over sums finds what trying every subset finds, and counts it."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.cash_application.sums import count_sums, subsets_that_sum

amounts_strategy = st.lists(st.integers(-9, 30).filter(bool), max_size=9)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(amounts_strategy, st.integers(-5, 60))
def test_all_subsets_are_found_shortest_first(amounts: list[int], target: int) -> None:
    expected = [
        chosen
        for size in range(1, len(amounts) + 1)
        for chosen in combinations(range(len(amounts)), size)
        if sum(amounts[at] for at in chosen) == target
    ]
    assert subsets_that_sum(amounts, target, at_most=10_000) == expected
    assert count_sums(amounts, target, 20) == sum(len(chosen) > 1 for chosen in expected[:4])


def test_of_a_long_list_only_pairs_are_counted() -> None:
    assert count_sums([1, 2, 4, 8, 16], 6, 3) == 1
    assert count_sums([1, 2, 4, 8, 16], 7, 3) == 0
