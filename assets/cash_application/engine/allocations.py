"""In which ways can a payment be applied? What is near at hand first, the wide searches only if they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assets.cash_application.engine.advice import by_lines
from assets.cash_application.engine.differences import CASH_DISCOUNT
from assets.cash_application.engine.differing import (
    different_sets,
    different_singles,
    discounted_singles,
    stated_less,
)
from assets.cash_application.engine.exact import listed, singles
from assets.cash_application.engine.nouns import Candidate
from assets.cash_application.engine.scene import Scene
from assets.cash_application.engine.searches import damaged, damaged_sets, named_and_rest, structures, subsets

EXPLAINED = 6.0  # log-odds of a way to apply a payment at which no wider search is made


def ways_to_apply(scene: Scene) -> Iterator[Candidate]:
    """Yield every way that fits; the wide searches only when nothing near at hand explains the payment."""
    found = [
        *by_lines(scene), *listed(scene), *singles(scene), *discounted_singles(scene),
        *different_singles(scene), *different_sets(scene), *stated_less(scene),
    ]  # fmt: skip
    yield from found
    if _is_explained(scene, found):
        if not scene.marks:
            yield from structures(scene)
        return
    fuzzy = damaged(scene)
    yield from named_and_rest(scene, fuzzy)
    yield from damaged_sets(scene, fuzzy)
    yield from structures(scene)
    yield from subsets(scene)


def _is_explained(scene: Scene, found: Sequence[Candidate]) -> bool:
    """Return whether a way found takes the whole payment and all that the text names, and is very likely."""
    if not found:
        return False
    best = max(found, key=lambda candidate: candidate.score)
    if best.score < EXPLAINED or best.applied != scene.payment.amount:
        return False
    if any(part.kind not in (None, CASH_DISCOUNT) for part in best.parts):
        return False
    chosen = set(best.documents)
    return all(document in chosen for document, mark in scene.marks.items() if mark.is_strong)
