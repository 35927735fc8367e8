"""How may this payment be applied? Every way that fits, scored as one allocation, and one judgement on the best."""

from __future__ import annotations

from assets.cash_application.engine.against import ways_against
from assets.cash_application.engine.allocations import ways_to_apply
from assets.cash_application.engine.besides import NEARLY_NAMED
from assets.cash_application.engine.book import Book
from assets.cash_application.engine.judgement import judge
from assets.cash_application.engine.memory import Memory
from assets.cash_application.engine.nouns import Candidate, Finding, Payment
from assets.cash_application.engine.numbers import DAMAGED, IN_FULL
from assets.cash_application.engine.policy import MatchPolicy
from assets.cash_application.engine.scene import Scene, read_scene
from assets.ledger.money import minor_digits

__all__ = ["MatchPolicy", "Matcher"]


class Matcher:
    """Finds and judges the ways to apply payments against one book; reads it, never changes it."""

    def __init__(self, book: Book, memory: Memory, policy: MatchPolicy) -> None:
        self.book = book
        self.memory = memory
        self.policy = policy
        self._policies: dict[int, MatchPolicy] = {}  # by ledger

    def find(self, payment: Payment) -> Finding:
        """Return the ranked ways to apply a payment on the book as it stands, and whether the best is certain."""
        scene = read_scene(payment, self.book, self.memory, self.policy_of(payment.ledger))
        pool: dict[tuple[tuple[int, int], ...], Candidate] = {}
        for candidate in ways_to_apply(scene):
            if not 0 < candidate.applied <= payment.amount:
                continue
            if scene.excluded and not scene.excluded.keys().isdisjoint(candidate.documents):
                continue
            key = candidate.key
            known = pool.get(key)
            if known is None or known.score < candidate.score:
                pool[key] = candidate
        ranked = sorted(pool.values(), key=lambda one: (-one.score, _order(self.book, one)))
        named = tuple(document for document, mark in scene.marks.items() if mark.kind in IN_FULL)
        nearly = () if named else _nearly_named(scene)
        finding = Finding(
            payment,
            customer=_customer(scene, ranked),
            is_identified=scene.payer.is_known,
            named=named,
            nearly=nearly,
            excluded=tuple(scene.excluded),
        )
        judge(finding, ranked, list(ways_against(scene)), scene)
        return finding

    def policy_of(self, ledger: int) -> MatchPolicy:
        """Return the policy with its amounts in the minor units of a ledger's currency."""
        known = self._policies.get(ledger)
        if known is None:
            currency_code = next((code for (_, code), number in self.book.ledgers.items() if number == ledger), "")
            known = self._policies[ledger] = self.policy.in_minor_units(minor_digits(currency_code))
        return known


def _nearly_named(scene: Scene) -> tuple[int, ...]:
    """Return the open documents of a payment's amount that its text may name by a number that is damaged."""
    book, amount = scene.book, scene.payment.amount
    return tuple(
        document
        for document, mark in scene.marks.items()
        if mark.kind in DAMAGED and mark.weight >= NEARLY_NAMED and book.open[document] == amount
    )


def _customer(scene: Scene, ranked: list[Candidate]) -> str | None:
    if ranked:
        customers = {scene.book.customers[part.document] for part in ranked[0].parts}
        return min(customers) if customers else None
    if not scene.payer.customers:
        return None
    known = scene.payer.customers
    return min(known, key=lambda customer: (-known[customer][0], customer))


def _order(book: Book, candidate: Candidate) -> tuple[tuple[int, int, str], ...]:
    return tuple(sorted(book.in_order(part.document) for part in candidate.parts))
