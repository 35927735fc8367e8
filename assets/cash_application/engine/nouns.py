"""The matcher's nouns: a payment as the bank shows it, a way to apply it, and what became of it.

What is made by the hundred for each payment is a tuple with names: made and sent between processes several times faster
than a frozen dataclass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Line(NamedTuple):
    """One line of a remittance advice that belongs to a payment."""

    reference: str
    amount: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Payment:
    """One amount received; day is an ordinal, amount minor units, ledger a number of the book."""

    receipt_id: str
    day: int
    amount: int
    ledger: int
    payer_name: str | None
    payer_account: str | None
    end_to_end_id: str | None
    text: str | None
    lines: tuple[Line, ...] = ()
    customer: str | None = None  # only when the source itself names the customer
    credited_account: str | None = None  # of ours, that the money arrived on

    def __reduce__(self) -> tuple[type[Payment], tuple[object, ...]]:
        """Travel between processes as plain fields, several times faster than by default."""
        return Payment, (
            self.receipt_id, self.day, self.amount, self.ledger, self.payer_name, self.payer_account,
            self.end_to_end_id, self.text, self.lines, self.customer, self.credited_account,
        )  # fmt: skip


class Part(NamedTuple):
    """What one document gets: the cash, what is cleared beyond it (or stays short), and why."""

    document: int
    applied: int
    difference: int = 0
    kind: str | None = None


class Reason(NamedTuple):
    """One piece of evidence with its weight in natural log-odds."""

    evidence: str
    weight: float
    document: int | None = None
    detail: str | None = None


@dataclass(slots=True)
class Candidate:
    """One way to apply a payment, or, without parts, one way in which it pays nothing that is open."""

    rule: str
    parts: tuple[Part, ...]
    score: float
    reasons: tuple[Reason, ...]
    basis: str = ""  # the class of its evidence, by which it is judged
    confidence: float = 0.0
    solutions: int = 1
    stop: str | None = None  # the reason that keeps it from being applied by itself

    @property
    def key(self) -> tuple[tuple[int, int], ...]:
        """Return what makes two candidates the same allocation."""
        return tuple(sorted((part.document, part.applied) for part in self.parts))

    @property
    def documents(self) -> tuple[int, ...]:
        """Return the documents it pays."""
        return tuple(part.document for part in self.parts)

    @property
    def of_documents(self) -> tuple[int, ...]:
        """Return the documents that its reasons are about, each once."""
        return tuple(dict.fromkeys(reason.document for reason in self.reasons if reason.document is not None))

    @property
    def applied(self) -> int:
        """Return how much of the payment it uses."""
        return sum(part.applied for part in self.parts)


@dataclass(slots=True)
class Finding:
    """What is known about one payment on the state of a moment: ranked ways, and whether the first may be applied."""

    payment: Payment
    ranked: list[Candidate] = field(default_factory=list)
    is_certain: bool = False
    stop: str | None = None
    customer: str | None = None
    is_identified: bool = False
    named: tuple[int, ...] = ()  # open documents that its text names in full
    nearly: tuple[int, ...] = ()  # open documents of its amount that its text names by a damaged number
    margin: float | None = None
    runner_up: str | None = None
    excluded: tuple[int, ...] = ()  # documents that its text says are not paid; not told between processes
    against: tuple[Candidate, ...] = ()  # the best ways in which it pays nothing that is open, two at most

    @property
    def reading(self) -> Candidate | None:
        """Return how money is best read for which nothing is proposed."""
        return self.against[0] if self.against and not self.ranked else None

    @property
    def best(self) -> Candidate | None:
        """Return the best way to apply it, if any."""
        return self.ranked[0] if self.ranked else None
