"""How likely is one way to apply a payment? The weights of its evidence added up, and the class it is judged in."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assets.cash_application.engine.differences import LEAVES_REST_OPEN, OVERPAYMENT
from assets.cash_application.engine.nouns import Candidate, Part, Reason
from assets.cash_application.engine.numbers import LISTED, ORDER
from assets.cash_application.engine.payers import IDENTIFYING
from assets.cash_application.engine.scene import Scene

PRIOR = {  # how often receipts are settled so, as natural logarithms
    "single": math.log(0.6), "set": math.log(0.2), "structure": math.log(0.03), "nothing": math.log(0.04),
    "duplicate": math.log(0.02), "prepayment": math.log(0.012),
}  # fmt: skip
_SIZES = {2: 0.35, 3: 0.2, 4: 0.13, 5: 0.09, 6: 0.06, 7: 0.04, 8: 0.03, 9: 0.025, 10: 0.02, 11: 0.015, 12: 0.01}
UNNAMED_BESIDE_NAMED = -3.0  # the text names open documents, but not this one
UNNAMED = -1.2  # the text names no document at all
LEFT_OUT = -2.5  # a document the text names is not among those paid
UNNAMED_REST = -1.5  # one more document than the text lists
CLOSED_NAMED = -3.5  # the text names a closed document, but not this one


def score_whole(
    scene: Scene,
    group: Sequence[int],
    rule: str,
    prior: str,
    *,
    solutions: int = 1,
    searched: int = 0,
    added: int = 0,
    equal: int = 1,
) -> Candidate:
    """Return an allocation that gives each document what is open on it, scored; `solutions` sets fitted as well."""
    parts = [Part(document, scene.book.open[document]) for document in group]
    candidate = score_parts(
        scene, parts, rule, prior, amount_weight=0.0, what="amount", searched=searched, added=added, equal=equal
    )
    candidate.solutions = max(solutions, 1)
    return candidate


def score_parts(
    scene: Scene,
    parts: Sequence[Part],
    rule: str,
    prior: str,
    *,
    amount_weight: float,
    what: str,
    searched: int = 0,
    added: int = 0,
    equal: int = 1,
    beside: str | None = None,
) -> Candidate:
    """Return an allocation with its score: prior, amount, payer and references, as additive log-odds.

    Each weight is the log of how much likelier the evidence is if the money is for these documents than if it is not
    (Fellegi and Sunter 1969). A set's prior is shared among the sets it was chosen from: `log P(size) - log C(n, k)`.
    `beside` is the receipt that pays the documents with this one, and so no rival for them.
    """
    book, payment = scene.book, scene.payment
    customers = list(dict.fromkeys([book.customers[part.document] for part in parts]))
    reasons: list[Reason] = []
    count = max(book.open_count[payment.ledger], 1)
    own = sum([max(book.count_of(customer), 1) for customer in customers])
    if prior == "single":
        frequency = PRIOR["single"] - math.log(count)
    elif prior == "structure":
        frequency = PRIOR["structure"] + math.log(min(own / count, 1.0)) - math.log(6)
    else:
        size = len(parts)
        unmarked = sum(part.document not in scene.marks for part in parts)
        ways = log_ways(max(own, size), size)
        if searched:
            ways = log_ways(max(searched, added), added) + log_ways(max(own, size), size - added)
        frequency = PRIOR["set"] + math.log(min(own / count, 1.0)) + math.log(_SIZES.get(size, 0.004)) - ways
        frequency -= 1.5 * max(len(customers) - 1, 0) if unmarked else 0.0
    reasons.append(Reason("frequency", frequency, None, prior))
    density = book.density(payment.ledger, payment.amount, equal)
    reasons.append(Reason(what, density + amount_weight))
    weights = [scene.payer.weight(customer) for customer in customers]
    payer, best = min(weights, default=0.0), max(weights, default=0.0)
    payer = (payer + best) / 2 if best > 0 and payer >= 0 else payer
    basis = next(filter(None, map(scene.payer.basis, customers)), None)
    reasons.append(Reason("payer", payer, None, basis or ("other" if scene.payer.customers else "unknown")))
    named = 0
    spoken: set[str] = set()
    for part in parts:
        mark = scene.marks.get(part.document)
        if mark is not None and (mark.kind in (ORDER, LISTED) or mark.token not in spoken):
            spoken.add(mark.token)  # one number in the text names one document
            named += 1
            reasons.append(Reason(f"reference_{mark.kind}", mark.weight, part.document, mark.token))
    unnamed = len(parts) - named
    if unnamed:
        if named:
            weight = UNNAMED_REST * unnamed
        elif scene.names_open:
            weight = UNNAMED_BESIDE_NAMED
        else:
            weight = UNNAMED
        if not named and scene.names_closed:
            weight += CLOSED_NAMED
        reasons.append(Reason("not_named", weight))
    paid = {part.document for part in parts}
    left_out = sum([document not in paid for document in scene.listed])
    if left_out and named:
        reasons.append(Reason("named_but_left_out", LEFT_OUT * left_out))
    no_rivals = (None, payment.receipt_id, beside)
    claimed = [part.document for part in parts if book.claimed.get(part.document) not in no_rivals]
    if claimed:
        reasons.append(Reason("claimed_by_another_receipt", -2.5, claimed[0]))
    refused = scene.memory.refused(
        payment.payer_account, payment.payer_name, [book.ids[part.document] for part in parts], payment.day
    )
    if refused > 0:
        reasons.append(Reason("refused_before", -3.0 * refused))
    score = sum([reason.weight for reason in reasons])
    candidate = Candidate(rule, tuple(parts), score, tuple(reasons))
    candidate.basis = _class_of(scene, candidate, payer, basis, named, what)
    return candidate


def log_ways(of: int, chosen: int) -> float:
    """Return the log of the number of ways to choose some documents of a pool, `log(n! / (k! (n - k)!))`."""
    if chosen <= 0 or chosen >= of:
        return 0.0
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)


def _class_of(scene: Scene, candidate: Candidate, payer: float, basis: str | None, named: int, what: str) -> str:
    """Return the class of evidence an allocation is judged in: rule, reference, payer and difference."""
    weakest = min(
        (scene.marks[part.document].weight if part.document in scene.marks else 0.0 for part in candidate.parts),
        default=0.0,
    )
    reference = "all_named" if named == len(candidate.parts) and weakest >= 5 else "named" if named else "unnamed"
    known = "identified" if basis in IDENTIFYING or basis == "source" else "named" if payer > 0 else "unknown"
    if payer < -1:
        known = "contradicted"
    different = next((part.kind for part in candidate.parts if part.kind), "exact" if what != OVERPAYMENT else what)
    group = "different" if different in LEAVES_REST_OPEN else "explained" if different != "exact" else "exact"
    return f"{candidate.rule}/{reference}/{known}/{group}"
