"""Which open amounts add up to a receipt, and in how many ways? A bounded search that counts all its solutions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

MOST_IN_THREES = 80  # amounts among which threes are looked for
MANY = 16  # amounts from which on it is worth while to ask first whether any set fits
MOST_MEMBERS = 30  # two halves of 15: 32,768 sums each


def count_and_find(values: Sequence[int], target: int, *, at_most: int = 4) -> tuple[int, list[tuple[int, ...]]]:
    """Return how many non-empty sets of values sum to the target, and the places of the first of them.

    Two halves meet in the middle (Horowitz and Sahni 1974); the caller bounds the number of values by `MOST_MEMBERS`.
    Values are signed minor units. The sets found are the same whatever order equal sums come in: fewest members first.
    """
    if not values or target == 0:
        return 0, []
    if len(values) > MOST_MEMBERS:
        raise ValueError(f"Cannot search {len(values)} amounts at once: at most {MOST_MEMBERS}. Bound the pool first.")
    if not sum(value for value in values if value < 0) <= target <= sum(value for value in values if value > 0):
        return 0, []
    half = len(values) // 2
    left, right = _sums(values[:half]), _sums(values[half:])
    if len(values) >= MANY and not _is_any_in(target - left, right):
        return 0, []
    order = np.argsort(right, kind="stable")
    ranked = right[order]
    wanted = target - left
    low = np.searchsorted(ranked, wanted, side="left")
    high = np.searchsorted(ranked, wanted, side="right")
    counts = high - low
    total = int(counts.sum())
    found: list[tuple[int, ...]] = []
    for head in np.nonzero(counts)[0][:200].tolist():
        for place in range(int(low[head]), min(int(high[head]), int(low[head]) + 50)):
            mask = head | int(order[place]) << half
            found.append(tuple(at for at in range(mask.bit_length()) if mask >> at & 1))
    found.sort(key=lambda places: (len(places), places))
    return total, found[:at_most]


def small_sets(values: Sequence[int], target: int, *, at_most: int = 4) -> tuple[int, list[tuple[int, ...]]]:
    """Return how many pairs (and, of a list not too long, threes) sum to the target, and the first of them."""
    amounts = np.asarray(values, dtype=np.int64)
    order = np.argsort(amounts, kind="stable")
    ranked = amounts[order]
    found: set[tuple[int, ...]] = set()
    if len(values) <= MOST_IN_THREES:
        one, other = _pairs(len(values))
        rest = target - amounts[one] - amounts[other]
    else:
        one = other = np.arange(len(values))
        rest = target - amounts
    low = np.searchsorted(ranked, rest, side="left")
    for at in np.nonzero(ranked[np.minimum(low, len(ranked) - 1)] == rest)[0][:500].tolist():
        high = int(np.searchsorted(ranked, rest[at], side="right"))
        for place in range(int(low[at]), min(high, int(low[at]) + 20)):
            members = {int(one[at]), int(other[at]), int(order[place])}
            if len(members) == (3 if one is not other else 2):
                found.add(tuple(sorted(members)))
    if one is not other:
        pairs = np.nonzero(amounts[one] + amounts[other] == target)[0][:100].tolist()
        found.update((int(one[at]), int(other[at])) for at in pairs)
    return len(found), sorted(found, key=lambda places: (len(places), places))[:at_most]


def _is_any_in(wanted: np.ndarray, sums: np.ndarray) -> bool:
    """Return whether any of some values is among others; most searches end here."""
    wanted = wanted[(wanted >= sums.min()) & (wanted <= sums.max())]
    if not len(wanted):
        return False
    ranked = np.sort(sums[(sums >= wanted.min()) & (sums <= wanted.max())])
    if not len(ranked):
        return False
    wanted.sort()  # what is looked for in order is found faster
    at = np.searchsorted(ranked, wanted)
    return bool((ranked[np.minimum(at, len(ranked) - 1)] == wanted).any())


@lru_cache(maxsize=MOST_IN_THREES + 1)
def _pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of all pairs of so many values."""
    one, other = np.triu_indices(count, 1)
    return one, other


def _sums(values: Sequence[int]) -> np.ndarray:
    """Return the sum of every subset; the subset's bits are its place in the list."""
    sums = np.zeros(1, dtype=np.int64)
    for value in values:
        sums = np.concatenate([sums, sums + value])
    return sums
