"""May the best way to apply a payment be taken by itself? Its confidence, and the gate that stops it."""

from __future__ import annotations

import math

from assets.cash_application.engine.differences import FX, LEAVES_REST_OPEN, TOLERANCE
from assets.cash_application.engine.nouns import Candidate, Finding
from assets.cash_application.engine.numbers import IN_FULL
from assets.cash_application.engine.rules import CAN_SWAP, LISTED_AND_REST, STRUCTURES, SUBSET_SUM
from assets.cash_application.engine.scene import Scene


def judge(finding: Finding, ranked: list[Candidate], against: list[Candidate], scene: Scene) -> None:
    """Set a finding's ranked ways, their confidence, its margin over the next best, and what stops the best.

    Confidence is by Bayes' rule over the ways that compete: `exp(score)` over the sum of it for the best fifty and for
    all that is against; margin is the difference of two scores, the log of how much likelier the best is.
    """
    if not ranked:
        finding.stop = max(against, key=lambda one: one.score).rule
        return
    top = max(ranked[0].score, max(one.score for one in against))
    whole = sum(math.exp(one.score - top) for one in ranked[:50]) + sum(math.exp(one.score - top) for one in against)
    for candidate in ranked:
        candidate.confidence = math.exp(candidate.score - top) / whole
    finding.ranked = ranked[: scene.policy.proposals]
    best = ranked[0]
    rival = max((one for one in (*ranked[1:2], *against)), key=lambda one: one.score, default=None)
    if rival is not None:
        finding.margin = best.score - rival.score
        finding.runner_up = rival.rule
    best.stop = finding.stop = _why_not(best, ranked, scene)
    finding.is_certain = best.stop is None


def _why_not(best: Candidate, ranked: list[Candidate], scene: Scene) -> str | None:
    """Return the gate that is shut, whatever the score, or the threshold that is not reached."""
    payment = scene.payment
    if payment.amount > scene.policy.value_cap:
        return "VALUE_CAP"
    if len(ranked) > 1 and ranked[0].score - ranked[1].score < 1e-9:
        return "SEVERAL_SOLUTIONS"
    if best.solutions > 1 and best.rule in (SUBSET_SUM, LISTED_AND_REST):
        same = [one for one in ranked[1:] if one.rule == best.rule]
        if not same or best.score - same[0].score < 4.0:
            return "SEVERAL_SOLUTIONS"
    if _speaks_of_closed(best, scene):
        return "DOCUMENT_CLOSED"
    if (
        len(best.parts) == 1
        and best.parts[0].document not in scene.marks
        and any(one.rule in STRUCTURES and best.parts[0].document in one.documents for one in ranked[1:])
    ):
        return "SEVERAL_SOLUTIONS"
    if best.rule in CAN_SWAP and _can_swap(best, scene):
        return "SEVERAL_SOLUTIONS"
    if _is_loosely_different(best, scene):
        return "REFERENCE_TOO_WEAK"
    if "advance" in scene.hints and not all(scene.mark_of(part.document).is_strong for part in best.parts):
        return "ADVANCE_PAYMENT"
    seen = scene.memory.seen_like(payment, scene.policy.duplicate_days)
    if seen and any(scene.book.claimed.get(part.document) == seen for part in best.parts):
        return "POSSIBLE_DUPLICATE"
    if seen and scene.memory.is_repeated(payment):
        return "POSSIBLE_DUPLICATE"
    threshold = scene.policy.thresholds.get(best.basis, scene.policy.default_threshold)
    if threshold is None:
        return "RULE_NOT_AUTOMATIC"
    if best.confidence < threshold:
        return "NOT_SURE_ENOUGH"
    return None


def _speaks_of_closed(best: Candidate, scene: Scene) -> bool:
    """Return whether the text names a paid document in full and the one chosen not so, or one just as large."""
    named = [document for document, mark in scene.closed.items() if mark.kind in IN_FULL]
    if not named:
        return False
    if not any(scene.mark_of(part.document).kind in IN_FULL for part in best.parts):
        return True
    return len(best.parts) == 1 and any(scene.book.amount[document] == scene.payment.amount for document in named)


def _is_loosely_different(best: Candidate, scene: Scene) -> bool:
    """Return whether an amount that says nothing rests on less than a whole number in the text."""
    is_loose = best.applied < scene.payment.amount or any(
        part.kind in LEAVES_REST_OPEN or part.kind in (FX, TOLERANCE) for part in best.parts
    )
    return is_loose and not all(
        part.document in scene.marks and scene.marks[part.document].kind in IN_FULL for part in best.parts
    )


def _can_swap(best: Candidate, scene: Scene) -> bool:
    """Return whether a document nobody named could be another of the same customer and the same amount."""
    book, payment, chosen = scene.book, scene.payment, set(best.documents)
    for part in best.parts:
        if part.document in scene.marks:
            continue
        customer = book.customers[part.document]
        for other in book.with_amount(payment.ledger, book.open[part.document]):
            if other not in chosen and book.customers[other] == customer and book.issued[other] <= payment.day:
                return True
    return False
