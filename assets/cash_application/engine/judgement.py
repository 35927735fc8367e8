"""May the best way to apply a payment be taken by itself? Its confidence, and the gate that stops it."""

from __future__ import annotations

import math

from assets.cash_application.engine.advice import lines_in_text
from assets.cash_application.engine.besides import (
    breaks_off,
    has_another_number,
    leaves_numbers_unread,
    leaves_out_named,
    named_once,
    names_another_nearly,
    speaks_of_closed,
)
from assets.cash_application.engine.differences import (
    FX,
    INSTALMENT,
    LEAVES_REST_OPEN,
    TOLERANCE,
    is_beyond_nice_share,
    is_nice_share,
)
from assets.cash_application.engine.nouns import Candidate, Finding
from assets.cash_application.engine.numbers import IN_FULL, LISTED, MAIN, ORDER
from assets.cash_application.engine.payers import FAMILY, LEARNED, NAMED_IN_TEXT, STRANGER
from assets.cash_application.engine.rules import (
    AMOUNT_AGAINST_REFERENCE,
    AMOUNT_ONLY,
    CAN_SWAP,
    EXACT_REFERENCE,
    FILLED_UP,
    LISTED_AMOUNTS,
    LISTED_REFERENCES,
    NEAR_REFERENCE,
    ORDER_REFERENCE,
    PAYER_AND_AMOUNT,
    REASON_OF_READING,
    STRUCTURES,
)
from assets.cash_application.engine.scene import NO_MARK, Scene

WRITTEN = IN_FULL - {LISTED}
MOST_OTHER_SETS = 0.02  # how likely all other sets of the same sum may be together, the best being 1
MOST_BEYOND_PERCENT = 30  # of what is named that may be paid beyond it
SHARES_BEYOND = (1, 5, 10, 20)  # what is named is so many times what may be paid beyond it: as much again, a tenth
MOST_SHORT_PERCENT = 80  # of what is named that may stay open, when nothing says why
WELL_NAMED = 5.0  # log-odds of a mark by which a document counts as named whoever pays
LEAST_APART = 3.0  # log-odds by which a damaged number must be nearer to a document than to another of its amount
ONLY_OF_GROUP = 7.5  # log-odds of six digits or more that tell one document from all others
ONLY_OF_ORDER = 6.0  # log-odds of an order's number that one document has; of two it has less
ROUND_AMOUNT, NICE_AMOUNT = 10_000, 1_000  # hundredths
ONE_EXACT = frozenset(
    {AMOUNT_AGAINST_REFERENCE, AMOUNT_ONLY, EXACT_REFERENCE, NEAR_REFERENCE, ORDER_REFERENCE, PAYER_AND_AMOUNT}
)


def judge(finding: Finding, ranked: list[Candidate], against: list[Candidate], scene: Scene) -> None:
    """Set a finding's ranked ways, their confidence, its margin over the next best, and what stops the best.

    Confidence is by Bayes' rule over the ways that compete: `exp(score)` over the sum of it for the best fifty and for
    all that is against; margin is the difference of two scores, the log of how much likelier the best is. Of money for
    which nothing is proposed, the best reading is kept with its confidence, its margin and its reasons.
    """
    top = max(one.score for one in (*ranked[:1], *against))
    whole = sum(math.exp(one.score - top) for one in ranked[:50]) + sum(math.exp(one.score - top) for one in against)
    readings = sorted(against, key=lambda one: (-one.score, _order(one, scene)))[:2]
    finding.against = tuple(readings)
    for candidate in (*ranked, *readings):
        candidate.confidence = math.exp(candidate.score - top) / whole
    if not ranked:
        finding.stop = REASON_OF_READING.get(readings[0].rule) or _why_nothing(scene)
        for other in readings[1:]:
            finding.margin, finding.runner_up = readings[0].score - other.score, other.rule
        return
    finding.ranked = ranked[: scene.policy.proposals]
    best = ranked[0]
    rival = max((one for one in (*ranked[1:2], *against)), key=lambda one: one.score, default=None)
    if rival is not None:
        finding.margin = best.score - rival.score
        finding.runner_up = rival.rule
    best.stop = finding.stop = _why_not(best, ranked, scene)
    finding.is_certain = best.stop is None


def _why_nothing(scene: Scene) -> str:
    return "NOTHING_FITS" if scene.payer.is_known else "PAYER_UNKNOWN"


def _order(reading: Candidate, scene: Scene) -> tuple[str, list[str]]:
    """Return an order of readings that weigh the same, whatever order they were found in."""
    return reading.rule, [scene.book.ids[one.document] for one in reading.reasons if one.document is not None]


def _why_not(best: Candidate, ranked: list[Candidate], scene: Scene) -> str | None:
    """Return the gate that is shut, whatever the score, or the threshold that is not reached."""
    payment = scene.payment
    if payment.amount > scene.policy.value_cap:
        return "VALUE_CAP"
    if len(ranked) > 1 and ranked[0].score - ranked[1].score < 1e-9:
        return "SEVERAL_SOLUTIONS"
    if best.solutions > 1 and _may_be_another_set(best, ranked):
        return "SEVERAL_SOLUTIONS"
    awaited = (scene.book.awaited.get((document, payment.amount)) for document in best.documents)
    if any(receipt not in (None, payment.receipt_id) for receipt in awaited):
        return "POSSIBLE_DUPLICATE"
    if speaks_of_closed(best, scene):
        return "DOCUMENT_CLOSED"
    if _is_of_others(best, scene):
        return "PAYER_CONTRADICTS"
    if _is_learned_too_seldom(best, scene):
        return "CONFIRMATIONS_MISSING"
    if _is_of_a_stranger(best, scene):
        return "PAYER_UNKNOWN"
    if (
        len(best.parts) == 1
        and best.parts[0].document not in scene.marks
        and any(one.rule in STRUCTURES and best.parts[0].document in one.documents for one in ranked[1:])
    ):
        return "SEVERAL_SOLUTIONS"
    if _can_swap(best, scene) or _is_twice_one(best, scene) or _cancels_out(best, scene):
        return "SEVERAL_SOLUTIONS"
    if best.rule in FILLED_UP and _adds_instead_of_named(best, scene):
        return "REFERENCE_TOO_WEAK"
    if _is_loosely_different(best, scene) or leaves_numbers_unread(best, scene):
        return "REFERENCE_TOO_WEAK"
    if "except" in scene.hints and not _excepts_something_else(scene):
        return "REFERENCE_TOO_WEAK"
    if _is_beyond_a_share(best, scene) or names_another_nearly(best, scene):
        return "AMOUNT_FITS_ANOTHER"
    if _may_be_paid_beyond(best, scene):
        return "SEVERAL_SOLUTIONS"
    if _is_claimed(best, scene):
        return "RECEIPTS_COMPETE"
    if _fits_another(best, ranked, scene):
        return "AMOUNT_FITS_ANOTHER"
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


def _may_be_another_set(best: Candidate, ranked: list[Candidate]) -> bool:
    """Return whether the other sets of the same sum, few of which are scored, could together be as likely."""
    if best.rule in (LISTED_REFERENCES, LISTED_AMOUNTS):
        return False
    same = next((one for one in ranked[1:] if one.rule == best.rule), None)
    margin = best.score - same.score if same is not None else 0.0
    return (best.solutions - 1) * math.exp(-margin) > MOST_OTHER_SETS


def _is_twice_one(best: Candidate, scene: Scene) -> bool:
    """Return whether two documents of one amount, not both named, would be paid: one may have been paid twice."""
    left = [scene.book.open[document] for document in best.documents]
    if len(left) != 2 or left[0] != left[1]:
        return False
    marks = [scene.mark_of(document) for document in named_once(best, scene)]
    return len(marks) < 2 or any(mark.kind == ORDER and mark.weight < ONLY_OF_ORDER for mark in marks)


def _cancels_out(best: Candidate, scene: Scene) -> bool:
    """Return whether an invoice and a credit memo of one amount, known by their order alone, could be left out."""
    by_order = [part.applied for part in best.parts if scene.mark_of(part.document).kind == ORDER]
    return any(amount < 0 and -amount in by_order for amount in by_order)


def _fits_another(best: Candidate, ranked: list[Candidate], scene: Scene) -> bool:
    """Return whether documents paid with a difference may be the wrong ones, or not all.

    So it is when the text names another document in full or has another number like theirs, when far less or far more
    is paid than is open and nothing says why, and when exactly the amount, or what is paid beyond, is open elsewhere.
    """
    book, payment = scene.book, scene.payment
    rest = payment.amount - best.applied
    if scene.withheld and scene.withheld != {part.document: part.difference for part in best.parts if part.kind}:
        return True
    if not rest and not any(part.kind for part in best.parts):
        return False
    if best.rule != LISTED_AMOUNTS and lines_in_text(scene):
        return True
    if leaves_out_named(best, scene) or has_another_number(best, scene) or breaks_off(best, scene):
        return True
    whole = sum(book.open[document] for document in best.documents)
    missing = sum(part.difference for part in best.parts if part.kind in LEAVES_REST_OPEN)
    is_stated = any(line.amount is not None for line in payment.lines)
    is_round = payment.amount % (ROUND_AMOUNT * scene.policy.differences.hundredth) == 0
    is_said = "part" in scene.hints or is_stated or is_round or is_nice_share(whole, payment.amount)
    is_twice = rest == whole and len(best.parts) == 1 and _is_named_in_full(best, scene)
    if (rest * 100 > whole * MOST_BEYOND_PERCENT and not is_twice) or (
        missing * 100 > whole * MOST_SHORT_PERCENT and not is_said
    ):
        return True
    if not rest and not missing:
        return False
    is_theirs = all(scene.payer.weight(book.customers[document]) > 0 for document in best.documents)
    least = 0.0 if is_theirs else STRANGER
    exact = [one.documents[0] for one in ranked[1:] if one.rule in ONE_EXACT]
    if any(scene.payer.weight(book.customers[document]) > least for document in exact):
        return True
    customers = {book.customers[document] for document in best.documents}
    return rest > 0 and any(
        book.customers[other] in customers and other not in best.documents and book.issued[other] <= payment.day
        for other in book.with_amount(payment.ledger, rest)
    )


def _excepts_something_else(scene: Scene) -> bool:
    """Return whether the text names what is not paid, and the payment is not exactly that."""
    return bool(scene.excluded) and all(scene.book.open[one] != scene.payment.amount for one in scene.excluded)


def _is_claimed(best: Candidate, scene: Scene) -> bool:
    """Return whether another receipt that waits is proposed to pay a document that this one does not pay as named."""
    claimed, own = scene.book.claimed, scene.payment.receipt_id
    is_beyond = best.applied < scene.payment.amount
    return any(
        claimed.get(part.document, own) != own
        and (is_beyond or part.kind in LEAVES_REST_OPEN or scene.mark_of(part.document).kind not in IN_FULL)
        for part in best.parts
    )


def _is_beyond_a_share(best: Candidate, scene: Scene) -> bool:
    """Return whether a part is paid that is a little more than a customary share, and no word calls it a part.

    It may be that share and something beyond; a round amount is an instalment as it is, and so is one the payer states.
    """
    if best.rule == LISTED_AMOUNTS:
        return False
    book, paid = scene.book, scene.payment.amount
    is_round = paid % (ROUND_AMOUNT * scene.policy.differences.hundredth) == 0
    if "part" in scene.hints or (is_round and "fx" not in scene.hints):
        return False
    return any(
        part.kind == INSTALMENT
        and ("fx" in scene.hints or is_beyond_nice_share(book.open[part.document], part.applied))
        for part in best.parts
    )


def _may_be_paid_beyond(best: Candidate, scene: Scene) -> bool:
    """Return whether what is added to named documents may be money beyond them, or chance: small, or a credit."""
    if best.rule not in FILLED_UP:
        return False
    named = named_once(best, scene)
    added = [scene.book.open[document] for document in best.documents if document not in named]
    if not added or len(added) == len(best.parts):
        return False
    if "deduction" in scene.hints and min(added) < 0:
        return True  # what is kept back may be it, or something else
    whole = sum(added)
    is_small = 0 < whole * 10 < scene.payment.amount
    is_nice = whole % (NICE_AMOUNT * scene.policy.differences.hundredth) == 0
    if whole > 0 and any(whole * share == scene.payment.amount - whole for share in SHARES_BEYOND):
        return True
    return (is_small and is_nice) or (len(added) > 1 and (is_small or whole < 0))


def _adds_instead_of_named(best: Candidate, scene: Scene) -> bool:
    """Return whether a document is added though the text names one, in full or as all of an order, that is not paid."""
    chosen = set(best.documents)
    is_left_out = any(scene.mark_of(document).kind in WRITTEN for document in scene.listed if document not in chosen)
    if not is_left_out and not any(
        mention.kind == ORDER and documents[0] not in chosen and _is_named_alone(documents[0], scene)
        for mention, documents in scene.mentions
        if len(documents) == 1
    ):
        return False
    return len(named_once(best, scene)) < len(best.parts)


def _is_of_others(best: Candidate, scene: Scene) -> bool:
    """Return whether account or tax id identify others than those whose documents are paid.

    Documents that are all named in full, to the cent, may be paid by anybody, but not among documents of who is known.
    """
    identified = scene.payer.identified
    if not identified:
        return False
    family_of = scene.memory.payers.family_of
    owners = {scene.book.customers[document] for document in best.documents}
    if _is_named_in_full(best, scene):
        is_other = [family_of(owner) not in identified for owner in owners]
        is_different = best.applied < scene.payment.amount or any(part.kind for part in best.parts)
        return any(is_other) and (is_different or not all(is_other))
    if scene.payer.is_contradicted:
        return True
    return any(family_of(owner) not in identified and scene.payer.basis(owner) != NAMED_IN_TEXT for owner in owners)


def _is_of_a_stranger(best: Candidate, scene: Scene) -> bool:
    """Return whether nothing points at those who owe, and it says no reason to pay less, or names nothing well."""
    customers = {scene.book.customers[document] for document in best.documents}
    if any(scene.payer.weight(customer) > 0 for customer in customers):
        return False
    is_said = best.rule == LISTED_AMOUNTS or bool(scene.hints & {"part", "deduction"})
    is_told_apart = is_said and not scene.payer.customers  # else the name is like that of others
    if not is_told_apart and any(part.kind in LEAVES_REST_OPEN for part in best.parts):
        return True
    if any(part.kind for part in best.parts) and not _is_named_in_full(best, scene):
        return True
    return not any(scene.mark_of(document).weight >= WELL_NAMED for document in best.documents)


def _is_learned_too_seldom(best: Candidate, scene: Scene) -> bool:
    """Return whether all that points at a customer was learned, from fewer confirmations than policy asks for."""
    if _is_named_in_full(best, scene):
        return False
    payment, payers = scene.payment, scene.memory.payers
    for customer in {scene.book.customers[part.document] for part in best.parts}:
        basis = scene.payer.basis(customer)
        if basis == FAMILY:  # what points at a sibling points here
            siblings = payers.members_of(payers.family_of(customer))
            bases = {scene.payer.basis(sibling) for sibling in siblings} - {None, FAMILY}
            basis = bases.pop() if len(bases) == 1 else None
        if basis is None or basis not in LEARNED:
            continue
        if payers.confirmed(customer, basis, payment.payer_account, payment.payer_name) < scene.policy.confirmations:
            return True
    return False


def _is_loosely_different(best: Candidate, scene: Scene) -> bool:
    """Return whether an amount that says nothing rests on less than a whole number in the text."""
    is_loose = best.applied < scene.payment.amount or any(
        part.kind in LEAVES_REST_OPEN or part.kind in (FX, TOLERANCE) for part in best.parts
    )
    return is_loose and not all(_is_named_alone(part.document, scene) for part in best.parts)


def _is_named_alone(document: int, scene: Scene) -> bool:
    """Return whether a document is named by its whole number, or by that of its order or group which no other has."""
    mark = scene.mark_of(document)
    if mark.kind == MAIN:
        return mark.weight >= ONLY_OF_GROUP
    return mark.kind in IN_FULL or (mark.kind == ORDER and mark.weight >= ONLY_OF_ORDER)


def _is_named_in_full(best: Candidate, scene: Scene) -> bool:
    return all(scene.mark_of(part.document).kind in IN_FULL for part in best.parts)


def _can_swap(best: Candidate, scene: Scene) -> bool:
    """Return whether a document not named in full could be another of the same customer and the same amount."""
    if _is_named_in_full(best, scene):
        return False
    book, payment, chosen = scene.book, scene.payment, set(best.documents)
    named = named_once(best, scene)
    for part in best.parts:
        is_named = part.document in named
        mark = scene.mark_of(part.document) if is_named else NO_MARK
        if mark.kind in IN_FULL or (not is_named and not named and best.rule not in CAN_SWAP):
            continue
        customer = book.customers[part.document]
        for other in book.with_amount(payment.ledger, book.open[part.document]):
            if (
                other not in chosen
                and book.customers[other] == customer
                and book.issued[other] <= payment.day
                and scene.mark_of(other).weight > mark.weight - LEAST_APART
            ):
                return True
    return False
