"""Who gets what on one day? Findings are settled together: rivals for a document are never served first come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from assets.cash_application.engine.book import Book
from assets.cash_application.engine.differences import LEAVES_REST_OPEN
from assets.cash_application.engine.memory import Memory, PaidFor
from assets.cash_application.engine.nouns import Finding, Part, Payment
from assets.cash_application.engine.rules import (
    EXACT_REFERENCE,
    LISTED_AMOUNTS,
    LISTED_REFERENCES,
    SEVERAL_PAYMENTS,
)

BY_REFERENCE = frozenset({EXACT_REFERENCE, LISTED_REFERENCES, LISTED_AMOUNTS})
MOST_ROUNDS = 6
SURE_ENOUGH_TO_CLAIM = 0.5

Find = Callable[[Sequence[Payment]], list[Finding]]


def settle_day(payments: Iterable[Payment], book: Book, memory: Memory, find: Find) -> list[Finding]:
    """Return what became of the payments of one value date, after lowering the book by what is certain.

    Each round looks at all that still wait on one state of the book, lets the certain ones take effect unless they
    compete, and looks again at those whose documents have changed; so no order of the input matters.
    """
    ordered = sorted(payments, key=lambda payment: payment.receipt_id)
    for payment in ordered:
        memory.note(payment)
    findings = settle(ordered, book, find)
    for finding in findings:
        if not finding.is_certain:
            hold(finding, book)
            for document in finding.best.documents if finding.best else ():  # however unlikely
                book.awaited.setdefault((document, finding.payment.amount), finding.payment.receipt_id)
    return findings


def hold(finding: Finding, book: Book) -> None:
    """Let a receipt that waits hold, from the next day on, the documents that it will likely pay, or that it names."""
    for document in _likely(finding):
        book.claimed.setdefault(document, finding.payment.receipt_id)
    for awaited in awaited_by(finding, book):
        book.awaited.setdefault(awaited, finding.payment.receipt_id)


def awaited_by(finding: Finding, book: Book) -> list[tuple[int, int]]:
    """Return documents with the amounts of which another receipt for them is to wait while this one does (D-27)."""
    documents = dict.fromkeys([*finding.named, *finding.nearly, *_likely(finding)])
    return [*((document, finding.payment.amount) for document in documents), *_paid_in_part(finding, book)]


def _paid_in_part(finding: Finding, book: Book) -> Iterator[tuple[int, int]]:
    """Yield documents that a receipt likely pays in part, with all that is open: who pays that pays too much.

    Of two receipts that together pay what neither names, that is no more than a guess.
    """
    best = finding.best
    if best is not None and best.rule != SEVERAL_PAYMENTS and _likely(finding):
        for part in best.parts:
            if part.kind in LEAVES_REST_OPEN:
                yield part.document, book.open[part.document]


def lessons_of(findings: Iterable[Finding], book: Book) -> list[PaidFor]:
    """Return what a day's applications teach about payers: those that paid what they named in full, each once."""
    found: dict[PaidFor, None] = {}
    for finding in findings:
        if finding.is_certain and set(finding.ranked[0].documents) <= set(finding.named):
            payment = finding.payment
            for customer in {book.customers[at] for at in finding.ranked[0].documents}:
                found[PaidFor(customer, payment.payer_account, payment.payer_name, payment.day)] = None
    return sorted(found, key=str)


def settle(payments: Iterable[Payment], book: Book, find: Find) -> list[Finding]:
    """Return what becomes of payments of one value date that were noted before; leaves claims as they are."""
    ordered = sorted(payments, key=lambda payment: payment.receipt_id)
    done: dict[str, Finding] = {}
    waiting = ordered
    latest: dict[str, Finding] = {}
    for _ in range(MOST_ROUNDS):
        for finding in find(waiting):
            latest[finding.payment.receipt_id] = finding
        open_ones = [latest[payment.receipt_id] for payment in ordered if payment.receipt_id not in done]
        held = _Held([finding for finding in open_ones if not finding.is_certain], book)
        certain = [finding for finding in open_ones if finding.is_certain and not held.keeps_back(finding)]
        winners, losers = _without_rivals(certain, book)
        changed: set[int] = set()
        for finding in winners:
            done[finding.payment.receipt_id] = finding
            for part in finding.ranked[0].parts:
                book.settle(part.document, cleared(part))
                changed.add(part.document)
        for finding in losers:
            _stop(finding)
        left = {(book.ledger[document], book.open[document]) for document in changed}
        waiting = [
            finding.payment
            for finding in open_ones
            if finding.payment.receipt_id not in done
            and (_concerns(finding, changed) or (finding.payment.ledger, finding.payment.amount) in left)
        ]
        if not winners or not waiting:
            break
    for finding in latest.values():
        if finding.is_certain and finding.payment.receipt_id not in done:
            _stop(finding)
    return [latest[payment.receipt_id] for payment in ordered]


class _Held:
    """What receipts of a day that wait will likely pay, or name, while others of that day want it too (D-27)."""

    def __init__(self, waiting: Iterable[Finding], book: Book) -> None:
        self._awaited: set[tuple[int, int]] = set()
        self._claimed: set[int] = set()
        for finding in waiting:
            self._claimed.update(_likely(finding))
            self._awaited.update(awaited_by(finding, book))

    def keeps_back(self, finding: Finding) -> bool:
        """Return whether a receipt would pay what another of its amount waits for, or unnamed what another will pay."""
        amount = finding.payment.amount
        return any(
            (document, amount) in self._awaited or (document in self._claimed and document not in finding.named)
            for document in finding.ranked[0].documents
        )


def _likely(finding: Finding) -> tuple[int, ...]:
    best = finding.best
    return best.documents if best is not None and best.confidence >= SURE_ENOUGH_TO_CLAIM else ()


def _stop(finding: Finding) -> None:
    finding.is_certain = False
    finding.stop = finding.ranked[0].stop = "RECEIPTS_COMPETE"


def cleared(part: Part) -> int:
    """Return by how much an application lowers a document: the cash, and a difference that leaves nothing open."""
    return part.applied if part.kind in LEAVES_REST_OPEN else part.applied + max(part.difference, 0)


def _without_rivals(certain: Sequence[Finding], book: Book) -> tuple[list[Finding], list[Finding]]:
    wanted: dict[int, list[tuple[Finding, int]]] = {}
    for finding in certain:
        for part in finding.ranked[0].parts:
            wanted.setdefault(part.document, []).append((finding, cleared(part)))
    losing: set[str] = set()
    for document, claims in wanted.items():
        if len(claims) == 1 or abs(sum(amount for _, amount in claims)) <= abs(book.open[document]):
            continue
        strong = [finding for finding, _ in claims if finding.ranked[0].rule in BY_REFERENCE]
        kept = strong[0].payment.receipt_id if len(strong) == 1 else None
        losing.update(finding.payment.receipt_id for finding, _ in claims if finding.payment.receipt_id != kept)
    winners = [finding for finding in certain if finding.payment.receipt_id not in losing]
    return winners, [finding for finding in certain if finding.payment.receipt_id in losing]


def _concerns(finding: Finding, changed: set[int]) -> bool:
    return any(document in changed for candidate in finding.ranked for document in candidate.documents)
