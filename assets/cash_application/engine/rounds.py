"""Who gets what on one day? Findings are settled together: rivals for a document are never served first come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from assets.cash_application.engine.book import Book
from assets.cash_application.engine.differences import LEAVES_REST_OPEN
from assets.cash_application.engine.memory import Memory, PaidFor
from assets.cash_application.engine.nouns import Finding, Part, Payment
from assets.cash_application.engine.rules import (
    EXACT_REFERENCE,
    LISTED_AMOUNTS,
    LISTED_REFERENCES,
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
        if finding.is_certain:
            continue
        receipt = finding.payment.receipt_id
        best = finding.best
        if best is not None and best.confidence >= SURE_ENOUGH_TO_CLAIM:
            for document in best.documents:
                book.claimed.setdefault(document, receipt)
        for document in {*finding.named, *(best.documents if best else ())}:
            book.awaited.setdefault((document, finding.payment.amount), receipt)
    return findings


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
        winners, losers = _without_rivals([finding for finding in open_ones if finding.is_certain], book)
        changed: set[int] = set()
        for finding in winners:
            done[finding.payment.receipt_id] = finding
            for part in finding.ranked[0].parts:
                book.settle(part.document, cleared(part))
                changed.add(part.document)
        for finding in losers:
            finding.is_certain = False
            finding.stop = finding.ranked[0].stop = "RECEIPTS_COMPETE"
        waiting = [
            finding.payment
            for finding in open_ones
            if finding.payment.receipt_id not in done and _concerns(finding, changed)
        ]
        if not winners or not waiting:
            break
    return [latest[payment.receipt_id] for payment in ordered]


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
