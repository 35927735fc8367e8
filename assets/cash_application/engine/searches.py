"""Which sets of documents, none or only some of them named, sum to the payment?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from assets.cash_application.engine.book import Book
from assets.cash_application.engine.differing import different_damaged
from assets.cash_application.engine.nouns import Candidate
from assets.cash_application.engine.numbers import SHORTEST_TAIL, Mark
from assets.cash_application.engine.payers import IDENTIFYING
from assets.cash_application.engine.rules import (
    LISTED_AND_REST,
    MOST_NAMED,
    MOST_PAIRED,
    MOST_READ,
    MOST_SEARCHED,
    NEAR_REFERENCE,
    SUBSET_SUM,
)
from assets.cash_application.engine.scene import Scene, read_damaged
from assets.cash_application.engine.scoring import score_whole
from assets.cash_application.engine.sheets import Sheet
from assets.cash_application.engine.subsets import MOST_MEMBERS, count_and_find, small_sets


def damaged(scene: Scene) -> dict[int, Mark]:
    """Return documents of the likely customers whose number the text may give cut, mistyped or by its end."""
    book, payment = scene.book, scene.payment
    found: dict[int, Mark] = {}
    if not any(not token.is_decoy and len(token.digits) >= SHORTEST_TAIL for token in scene.tokens):
        return found
    for customer in scene.customers[:MOST_READ]:
        for document in book.neighbours(customer).of(scene.tokens, book.open):
            if document in scene.marks or not book.is_open(document, payment.ledger, payment.day):
                continue
            mark = read_damaged(scene, document)
            if mark is not None:
                found[document] = mark
    return found


def named_and_rest(scene: Scene, fuzzy: dict[int, Mark]) -> Iterator[Candidate]:
    """Yield sets of which some documents are named and the rest of the money fits others of the same customers."""
    book, payment = scene.book, scene.payment
    strong = [document for document, mark in scene.marks.items() if mark.is_strong]
    pinned = [document for document in strong if scene.payer.weight(book.customers[document]) >= 0] or strong
    if not pinned or len(pinned) > 60:
        return
    rest = payment.amount - sum(book.open[document] for document in pinned)
    if rest == 0:
        return
    owners = list(dict.fromkeys(book.customers[document] for document in pinned))
    others = [customer for customer in scene.customers[:30] if customer not in owners]
    levels = [owners, [*owners, *others]] if others else [owners]
    weak = [document for document in (*fuzzy, *scene.marks) if document not in pinned]
    if weak:
        scene.marks.update(fuzzy)
        total, found = _sets(book, weak[:MOST_MEMBERS], rest)
        for places in found:
            yield score_whole(
                scene, [*pinned, *(weak[place] for place in places)], LISTED_AND_REST, "set", solutions=total
            )
    for level in levels:
        own = book.count_of_all(level)
        if own > scene.policy.search_members:
            inside = set(level)
            single = [
                document for document in book.with_amount(payment.ledger, rest)
                if book.customers[document] in inside and document not in pinned
                and book.issued[document] <= payment.day
            ]  # fmt: skip
            for document in single[:4]:
                yield score_whole(
                    scene, [*pinned, document], LISTED_AND_REST, "set", solutions=len(single), searched=own, added=1
                )
            if single:
                break
        if own > MOST_SEARCHED:
            continue
        sheet = book.sheet(level, payment.ledger, payment.day)
        total, found, chosen = _search(sheet, rest, frozenset([*pinned, *scene.excluded]), scene.policy.search_members)
        for places in found:
            group = [*pinned, *(chosen[place] for place in places)]
            yield score_whole(
                scene, group, LISTED_AND_REST, "set", solutions=total, searched=len(chosen), added=len(places)
            )
        if found:
            break


def damaged_sets(scene: Scene, fuzzy: dict[int, Mark]) -> Iterator[Candidate]:
    """Yield documents, none of them named wholly, that sum to the payment, or one that is paid with a difference."""
    book = scene.book
    for document, mark in fuzzy.items():
        scene.marks.setdefault(document, mark)
    weak = sorted(
        (document for document, mark in scene.marks.items() if book.open[document]),
        key=lambda document: (-scene.marks[document].weight, book.in_order(document)),
    )[:MOST_NAMED]
    if len(weak) < 2:
        return
    total, found = _sets(book, weak, scene.payment.amount)
    for places in found:
        if len(places) > 1:
            yield score_whole(scene, [weak[place] for place in places], NEAR_REFERENCE, "set", solutions=total)
    yield from different_damaged(scene, fuzzy)


def structures(scene: Scene) -> Iterator[Candidate]:
    """Yield the customary sets: whole balance, all due, one month, one order, the oldest first."""
    book, payment = scene.book, scene.payment
    levels = [[customer] for customer in scene.customers[:MOST_READ]]
    families = {scene.memory.payers.family_of(customer) for customer in scene.customers[:6]}
    levels += [list(scene.memory.payers.members_of(family)) for family in sorted(families)]
    for level in levels:
        if len(level) > 60 or book.count_of_all(level) < 2:
            continue
        sheet = book.sheet(level, payment.ledger, payment.day)
        for rule, documents in sheet.summing_to(payment.amount, payment.day):
            yield score_whole(scene, documents.tolist(), rule, "structure")
        for rule, documents in sheet.without(scene.excluded, payment.amount, payment.day) if scene.excluded else ():
            yield score_whole(scene, documents.tolist(), rule, "structure")


def subsets(scene: Scene) -> Iterator[Candidate]:
    """Yield any set of a likely customer's documents that sums to the payment."""
    book, payment = scene.book, scene.payment
    tried: set[tuple[str, ...]] = set()
    best = [customer for customer in scene.customers if scene.payer.basis(customer) in IDENTIFYING]
    levels = [best[:60]] if best else []
    levels += [[customer] for customer in scene.customers[:8]]
    families = {scene.memory.payers.family_of(customer) for customer in scene.customers[:4]}
    levels += [list(scene.memory.payers.members_of(family))[:60] for family in sorted(families)]
    for level in levels:
        owing = tuple(sorted([customer for customer in level if book.count_of(customer)]))
        if not owing or owing in tried:
            continue
        tried.add(owing)
        if book.count_of_all(owing) > MOST_SEARCHED:
            continue
        sheet = book.sheet(owing, payment.ledger, payment.day)
        total, found, chosen = _search(sheet, payment.amount, frozenset(scene.excluded), scene.policy.search_members)
        for places in found:
            if len(places) > 1:
                yield score_whole(
                    scene, [chosen[place] for place in places], SUBSET_SUM, "set", solutions=total,
                    searched=len(chosen), added=len(places),
                )  # fmt: skip


def _search(
    sheet: Sheet, amount: int, without: frozenset[int], members: int
) -> tuple[int, list[tuple[int, ...]], list[int]]:
    """Return how many sets of a sheet sum to an amount, and of what; of more than `members` only small sets."""
    if not -sheet.credit <= amount <= sheet.invoiced:
        return 0, [], []  # no set is as large
    fits = sheet.open <= amount + sheet.credit
    for document in without:
        fits &= sheet.documents != document
    chosen, open_ones = sheet.documents[fits].tolist(), sheet.open[fits]
    if len(chosen) <= members:
        total, found = count_and_find(open_ones.tolist(), amount)
        return total, found, chosen
    singles: list[tuple[int, ...]] = [(place,) for place in np.nonzero(open_ones == amount)[0].tolist()]
    if len(chosen) > MOST_PAIRED:
        return len(singles), singles[:4], chosen
    total, found = small_sets(open_ones.tolist(), amount)
    return total + len(singles), [*singles[:4], *found], chosen


def _sets(book: Book, documents: Sequence[int], amount: int) -> tuple[int, list[tuple[int, ...]]]:
    listed = list(documents)[:MOST_NAMED]
    return count_and_find([book.open[document] for document in listed], amount)
