"""Which of these open amounts add up to the receipt? A bounded search that counts its solutions."""

from __future__ import annotations

from collections.abc import Sequence

KEPT_PER_SUM = 4  # equal sums kept in one half; more only raise the count of an answer that is ambiguous already


def subsets_that_sum(amounts: Sequence[int], target: int, *, at_most: int) -> list[tuple[int, ...]]:
    """Return positions of amounts that sum to the target, shortest first, at most this many; two halves are met."""
    middle = len(amounts) // 2
    left, right = _sums(amounts[:middle], 0), _sums(amounts[middle:], middle)
    found: list[tuple[int, ...]] = []
    for total, heads in left.items():
        for head in heads:
            found.extend(head + tail for tail in right.get(target - total, ()) if head or tail)
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


def _sums(amounts: Sequence[int], first: int) -> dict[int, list[tuple[int, ...]]]:
    sums: dict[int, list[tuple[int, ...]]] = {0: [()]}
    for position, amount in enumerate(amounts, start=first):
        for total, chosen in list(sums.items()):
            for positions in list(chosen):
                kept = sums.setdefault(total + amount, [])
                if len(kept) < KEPT_PER_SUM and not (positions and positions[-1] == position):
                    kept.append((*positions, position))
    return sums
