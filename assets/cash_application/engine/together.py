"""Which receipts of one payer, nothing explaining either alone, are together exactly what is open on one document?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from assets.cash_application.engine.book import Book
from assets.cash_application.engine.differences import INSTALMENT
from assets.cash_application.engine.matching import Matcher
from assets.cash_application.engine.nouns import Candidate, Finding, Part, Payment
from assets.cash_application.engine.payers import PayerIndex
from assets.cash_application.engine.rounds import hold
from assets.cash_application.engine.rules import NOTHING, SEVERAL_PAYMENTS
from assets.cash_application.engine.scene import read_scene
from assets.cash_application.engine.scoring import score_parts

MOST_LONE = 60  # receipts of one family among which pairs are looked for; of more, many add up by chance
IN_TWO_PARTS = -4.0  # how much rarer a document is paid by two receipts, neither naming it, than by one
ADD_UP, OTHER_BUSINESS = "adds_up_with", "other_business_said"


class Lone(NamedTuple):
    """A receipt of a known payer that nothing explains, and the family it came from."""

    payment: Payment
    family: str


class Together(NamedTuple):
    """A document that a receipt pays with another one, and among how many pairs the two were found."""

    document: int
    other: Payment
    tried: int


class Lately:
    """The receipts of the last days that nothing explained, one day after the other."""

    def __init__(self) -> None:
        self._lone: list[Lone] = []

    def propose(self, findings: Iterable[Finding], matcher: Matcher, day: int) -> None:
        """Propose, for receipts of a day that nothing explains, the document that each pays with one of the last days.

        What was decided on an earlier day stays as it was: the other receipt was not known then. From the next day on
        the two hold their document as any receipt that waits does.
        """
        of_day = {finding.payment.receipt_id: finding for finding in findings}
        new = [lone for finding in of_day.values() if (lone := lone_of(finding, matcher.memory.payers)) is not None]
        first = day - matcher.policy.together_days
        self._lone = [lone for lone in self._lone if lone.payment.day >= first]
        if not new:
            return
        self._lone += sorted(new, key=lambda lone: lone.payment.receipt_id)
        families = {lone.family for lone in new}
        for receipt_id, found in add_up([lone for lone in self._lone if lone.family in families], matcher).items():
            if receipt_id in of_day:
                propose(of_day[receipt_id], found, matcher)
                hold(of_day[receipt_id], matcher.book)


def lone_of(finding: Finding, payers: PayerIndex) -> Lone | None:
    """Return a receipt of a known payer that nothing explains, or None."""
    reading = finding.reading
    if reading is None or reading.rule != NOTHING or not finding.is_identified or finding.customer is None:
        return None
    if any(reason.evidence == OTHER_BUSINESS for reason in reading.reasons):
        return None
    return Lone(finding.payment, payers.family_of(finding.customer))


def add_up(lone: Iterable[Lone], matcher: Matcher) -> dict[str, Together]:
    """Return, by receipt, the one document that two receipts are together exactly what is open on.

    No other two receipts of the payer may add up to that document, nor either of the two with a third to another.
    """
    groups: dict[tuple[int, str], list[Payment]] = {}
    for one in lone:
        groups.setdefault((one.payment.ledger, one.family), []).append(one.payment)
    found: dict[str, Together] = {}
    for (_, family), payments in sorted(groups.items()):
        if 2 <= len(payments) <= MOST_LONE:
            members = frozenset(matcher.memory.payers.members_of(family))
            found |= _pairs(payments, members, matcher.book, matcher.policy.together_days)
    return found


def propose(finding: Finding, found: Together, matcher: Matcher) -> None:
    """Give a finding, of a receipt that nothing explained alone, its part of a document as the one proposal."""
    candidate = _as_candidate(finding.payment, found, matcher)
    top = max(candidate.score, *(one.score for one in finding.against))
    whole = sum(math.exp(one.score - top) for one in (candidate, *finding.against))
    candidate.confidence = math.exp(candidate.score - top) / whole
    candidate.stop = finding.stop = "RECEIPTS_ADD_UP"
    finding.ranked, finding.customer = [candidate], matcher.book.customers[found.document]
    for reading in finding.against[:1]:
        finding.margin, finding.runner_up = candidate.score - reading.score, reading.rule


def _pairs(payments: Sequence[Payment], members: frozenset[str], book: Book, days: int) -> dict[str, Together]:
    ordered = sorted(payments, key=lambda payment: (payment.day, payment.receipt_id))
    near = [(one, other) for one, other in combinations(ordered, 2) if other.day - one.day <= days]
    fits = [
        (document, one, other)
        for one, other in near
        for document in book.with_amount(one.ledger, one.amount + other.amount)
        if book.customers[document] in members and book.issued[document] <= one.day
    ]
    times: dict[int | str, int] = {}
    for document, one, other in fits:
        for key in (document, one.receipt_id, other.receipt_id):
            times[key] = times.get(key, 0) + 1
    return {
        payment.receipt_id: Together(document, beside, len(near))
        for document, one, other in fits
        if times[document] == times[one.receipt_id] == times[other.receipt_id] == 1
        for payment, beside in ((one, other), (other, one))
    }


def _as_candidate(payment: Payment, found: Together, matcher: Matcher) -> Candidate:
    """Return the part of a document that a receipt pays, scored by how improbable the sum of two is to the cent."""
    book, document = matcher.book, found.document
    left = book.open[document]
    part = Part(document, payment.amount, left - payment.amount, INSTALMENT)
    scene = read_scene(payment, book, matcher.memory, matcher.policy_of(payment.ledger))
    rare = book.density(payment.ledger, left, len(book.with_amount(payment.ledger, left)))
    weight = rare - book.density(payment.ledger, payment.amount, 1) - math.log(found.tried) + IN_TWO_PARTS
    candidate = score_parts(
        scene, [part], SEVERAL_PAYMENTS, "single", amount_weight=weight, what=ADD_UP, beside=found.other.receipt_id
    )
    candidate.reasons = tuple(
        reason._replace(detail=found.other.receipt_id) if reason.evidence == ADD_UP else reason
        for reason in candidate.reasons
    )
    return candidate
