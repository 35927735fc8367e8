"""Which of these open amounts add up to the receipt? A bounded search that counts its solutions."""

from __future__ import annotations

from collections.abc import Sequence


def subsets_that_sum(amounts: Sequence[int], target: int, *, at_most: int) -> list[tuple[int, ...]]:
    """Return positions of amounts that sum to the target, shortest first, at most this many; two halves are met.

    The work doubles with every two amounts: callers bound their number (20 amounts are 2 times 1,024 sums).
    """
    middle = len(amounts) // 2
    left, right = _all_sums(amounts[:middle]), _all_sums(amounts[middle:])
    wanted = {target - total for total in left}
    tails: dict[int, list[int]] = {}
    for mask, total in enumerate(right):
        if total in wanted:
            tails.setdefault(total, []).append(mask)
    found: list[tuple[int, ...]] = []
    for head, total in enumerate(left) if tails else ():
        found.extend(_positions(head | tail << middle) for tail in tails.get(target - total, ()) if head or tail)
    return sorted(found, key=lambda positions: (len(positions), positions))[:at_most]


def count_sums(amounts: Sequence[int], target: int, longest_search: int) -> int:
    """Return how many sets of two or more amounts sum to the target, up to three; of a long list only pairs."""
    if len(amounts) <= longest_search:
        return sum(len(positions) > 1 for positions in subsets_that_sum(amounts, target, at_most=4))
    seen: set[int] = set()
    pairs = 0
    for amount in amounts:
        pairs += target - amount in seen
        seen.add(amount)
    return min(pairs, 3)


def _all_sums(amounts: Sequence[int]) -> list[int]:
    """Return the sum of every subset; the subset's bits are its place in the list."""
    sums = [0]
    for amount in amounts:
        sums += [total + amount for total in sums]
    return sums


def _positions(mask: int) -> tuple[int, ...]:
    return tuple(position for position in range(mask.bit_length()) if mask >> position & 1)
