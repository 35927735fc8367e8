"""Which documents does the payment fit to the cent, named by its text or by the amount alone?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice, product

from assets.cash_application.engine.differing import all_discounted
from assets.cash_application.engine.nouns import Candidate
from assets.cash_application.engine.numbers import ORDER, Mark
from assets.cash_application.engine.rules import (
    AMOUNT_AGAINST_REFERENCE,
    AMOUNT_ONLY,
    EXACT_REFERENCE,
    LISTED_REFERENCES,
    MOST_EQUAL,
    MOST_NAMED,
    NEAR_REFERENCE,
    ORDER_REFERENCE,
    PAYER_AND_AMOUNT,
)
from assets.cash_application.engine.scene import Scene, read_damaged
from assets.cash_application.engine.scoring import score_whole
from assets.cash_application.engine.subsets import count_and_find


def listed(scene: Scene) -> Iterator[Candidate]:
    """Yield what the text names where it sums to the payment: all of it, or a part when more is named."""
    book, amount = scene.book, scene.payment.amount
    named = list(dict.fromkeys(document for _, documents in scene.mentions for document in documents))
    if not named:
        return
    if len(named) == 1:
        if book.open[named[0]] == amount:
            yield score_whole(scene, named, EXACT_REFERENCE, "single")
        return
    strong = [document for document in named if scene.marks[document].is_strong]
    for group in (named, strong):
        if len(group) > 1 and sum(book.open[document] for document in group) == amount:
            yield score_whole(scene, group, LISTED_REFERENCES, "set")
            return
    yield from _choices(scene)
    discounted = all_discounted(scene, strong)
    if discounted is not None:
        yield discounted
    if len(named) > MOST_NAMED:
        named = strong[:MOST_NAMED]
    if 2 <= len(named) <= MOST_NAMED:
        total, found = count_and_find([book.open[document] for document in named], amount)
        for places in found:
            group = [named[place] for place in places]
            rule = LISTED_REFERENCES if len(group) > 1 else EXACT_REFERENCE
            yield score_whole(scene, group, rule, "set" if len(group) > 1 else "single", solutions=total)


def singles(scene: Scene) -> Iterator[Candidate]:
    """Yield every document on which exactly the amount is open."""
    book, payment = scene.book, scene.payment
    equal = [
        document for document in book.with_amount(payment.ledger, payment.amount)
        if book.issued[document] <= payment.day
    ]  # fmt: skip
    alike = len(equal)
    if alike > MOST_EQUAL:
        customers = set(scene.customers)
        equal = [document for document in equal if document in scene.marks or book.customers[document] in customers][
            :MOST_EQUAL
        ]
    for document in equal:
        mark = scene.marks.get(document)
        if mark is None or not mark.is_strong:
            damaged = read_damaged(scene, document)
            if damaged is not None and (mark is None or mark.weight < damaged.weight):
                mark = scene.marks[document] = damaged
        rule = _single_rule(scene, document, mark)
        yield score_whole(scene, [document], rule, "single", equal=alike)


def _choices(scene: Scene) -> Iterator[Candidate]:
    """Yield, for numbers that several documents carry, one document for each, so that the sum fits."""
    choices = [documents for mention, documents in scene.mentions if mention.kind != ORDER]
    if len(choices) < 2 or all(len(documents) == 1 for documents in choices):
        return
    if math.prod(len(documents) for documents in choices) > 512:
        return
    for chosen in islice(product(*choices), 512):
        group = list(dict.fromkeys(chosen))
        if sum(scene.book.open[document] for document in group) == scene.payment.amount:
            yield score_whole(scene, group, LISTED_REFERENCES, "set")


def _single_rule(scene: Scene, document: int, mark: Mark | None) -> str:
    if mark is not None:
        if mark.is_strong:
            return EXACT_REFERENCE
        return ORDER_REFERENCE if mark.kind == ORDER else NEAR_REFERENCE
    if scene.names_open:
        return AMOUNT_AGAINST_REFERENCE
    return PAYER_AND_AMOUNT if scene.payer.weight(scene.book.customers[document]) > 0 else AMOUNT_ONLY
