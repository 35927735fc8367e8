"""Small books for the matcher: each test says only what matters to it."""

from __future__ import annotations

from datetime import date

from assets.cash_application.engine.book import Book, Entry
from assets.cash_application.engine.matching import Matcher, MatchPolicy
from assets.cash_application.engine.memory import Memory
from assets.cash_application.engine.nouns import Finding, Line, Payment

DAY = date(2026, 3, 16).toordinal()


def an_entry(
    number: str = "RE-2026-004711",
    amount: int = 123_456,
    *,
    customer: str = "acme",
    key: str | None = None,
    open_minor: int | None = None,
    issued: int = DAY - 30,
    due: int = DAY,
    purchase_order: str | None = None,
    discount: int = 0,
    discount_until: int = 0,
    deliveries: str | None = None,
    bank_slips: str | None = None,
) -> Entry:
    """Return one document; a negative amount makes it a credit memo."""
    return Entry(
        key or number, number, customer, "E1", "EUR", issued, due, amount, amount if open_minor is None else open_minor,
        purchase_order, None, discount, discount_until, deliveries, bank_slips,
    )  # fmt: skip


def a_payment(
    text: str | None = None,
    amount: int = 123_456,
    *,
    key: str = "r1",
    name: str | None = "ACME GmbH",
    account: str | None = None,
    end_to_end_id: str | None = None,
    day: int = DAY,
    lines: tuple[Line, ...] = (),
    credited: str | None = None,
) -> Payment:
    """Return one payment in the ledger that `a_matcher` makes first."""
    return Payment(key, day, amount, 0, name, account, end_to_end_id, text, lines, None, credited)


def a_matcher(*entries: Entry, policy: MatchPolicy | None = None, accounts: dict[str, str] | None = None) -> Matcher:
    """Return a matcher on a book of these documents; the customers acme and other are on file."""
    book, memory = Book(), Memory()
    book.ledger_of("E1", "EUR")
    for customer, name in (("acme", "Acme GmbH"), ("other", "Borealis Werke AG")):
        memory.payers.add_customer(customer, name)
    for account, customer in (accounts or {}).items():
        memory.payers.add_account(account, customer)
    for entry in entries:
        book.put(entry)
    return Matcher(book, memory, policy or MatchPolicy(default_threshold=0.95))


def paid_by(finding: Finding, matcher: Matcher) -> list[tuple[str, int]]:
    """Return the numbers and amounts of the best way found."""
    best = finding.best
    return sorted((matcher.book.numbers.printed[part.document], part.applied) for part in best.parts) if best else []
