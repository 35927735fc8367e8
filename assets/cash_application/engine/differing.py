"""Which documents does the payment fit if less, or more, was paid than is open?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assets.cash_application.engine.differences import (
    CASH_DISCOUNT,
    DEDUCTION,
    OVERPAYMENT,
    UNEARNED_DISCOUNT,
    Explained,
    best_explanation,
    explain,
)
from assets.cash_application.engine.nouns import Candidate, Part
from assets.cash_application.engine.numbers import Mark
from assets.cash_application.engine.rules import (
    LISTED_REFERENCES,
    LISTED_WITH_DIFFERENCE,
    MOST_EQUAL,
    NAMED_WITH_DIFFERENCE,
    PAYER_AND_AMOUNT,
)
from assets.cash_application.engine.scene import Scene, read_damaged
from assets.cash_application.engine.scoring import score_parts


def explained(scene: Scene, document: int, paid: int) -> Explained | None:
    """Return the likeliest reason why less, or more, is paid than is open on a document, or None."""
    return best_explanation(
        explain(
            scene.book.open[document], paid, discount=scene.book.discount[document],
            discount_until=scene.book.discount_until[document], day=scene.payment.day,
            hints=scene.hints, policy=scene.policy.differences,
        )
    )  # fmt: skip


def discounted_singles(scene: Scene) -> Iterator[Candidate]:
    """Yield documents of the payer, or named, on which exactly the amount is open after their cash discount."""
    book, payment = scene.book, scene.payment
    for document in book.with_discounted(payment.ledger, payment.amount)[:MOST_EQUAL]:
        if book.issued[document] > payment.day:
            continue
        if document not in scene.marks:
            damaged = read_damaged(scene, document)
            if damaged is not None:
                scene.marks[document] = damaged
            elif scene.payer.weight(book.customers[document]) <= 0:
                continue
        kind = _discount_kind(scene, document)
        part = Part(document, payment.amount, book.discount[document], kind)
        weight = -2.8 if kind == CASH_DISCOUNT else -4.2
        rule = NAMED_WITH_DIFFERENCE if document in scene.marks else PAYER_AND_AMOUNT
        yield score_parts(scene, [part], rule, "single", amount_weight=weight, what=kind)


def all_discounted(scene: Scene, group: Sequence[int]) -> Candidate | None:
    """Return the documents of a group as paid, if all their cash discounts together explain what is missing."""
    book = scene.book
    if len(group) < 2:
        return None
    less = sum(book.discount[document] for document in group)
    if not less or sum(book.open[document] for document in group) - less != scene.payment.amount:
        return None
    parts = [
        Part(
            document, book.open[document] - book.discount[document], book.discount[document],
            _discount_kind(scene, document) if book.discount[document] else None,
        )
        for document in group
    ]  # fmt: skip
    return score_parts(scene, parts, LISTED_REFERENCES, "set", amount_weight=-4.0, what="less_cash_discount")


def different_singles(scene: Scene) -> Iterator[Candidate]:
    """Yield documents that the text names, each paid alone with a difference of a known class."""
    book, payment = scene.book, scene.payment
    for document in list(scene.marks):
        left = book.open[document]
        if left <= 0 or left == payment.amount or len(scene.marks) > 60:
            continue
        why = explained(scene, document, payment.amount)
        if why is None:
            continue
        if why.kind == OVERPAYMENT:
            part = Part(document, left)
        else:
            part = Part(document, payment.amount, left - payment.amount, why.kind)
        size = book.density(payment.ledger, payment.amount, 1)
        yield score_parts(
            scene, [part], NAMED_WITH_DIFFERENCE, "single", amount_weight=why.weight - size, what=why.kind
        )


def different_sets(scene: Scene) -> Iterator[Candidate]:
    """Yield the documents that the text names as paid together with a difference; the largest invoice bears it."""
    book, payment = scene.book, scene.payment
    group = scene.listed
    if not 2 <= len(group) <= 60:
        return
    whole = sum(book.open[document] for document in group)
    less = sum(book.discount[document] for document in group)
    if whole == payment.amount or whole <= 0 or (less and whole - less == payment.amount):
        return  # paid in full, or each less its own discount: see all_discounted
    why = best_explanation(
        explain(
            whole, payment.amount, discount=less,
            discount_until=min(book.discount_until[document] for document in group), day=payment.day,
            hints=scene.hints, policy=scene.policy.differences,
        )
    )  # fmt: skip
    largest = max(group, key=lambda document: (book.open[document], document))
    missing = whole - payment.amount
    if why is None or missing >= book.open[largest]:
        return
    parts = [
        Part(document, book.open[document] - missing, missing, why.kind)
        if document == largest and missing > 0 else Part(document, book.open[document])
        for document in group
    ]  # fmt: skip
    size = book.density(payment.ledger, payment.amount, 1)
    yield score_parts(scene, parts, LISTED_WITH_DIFFERENCE, "set", amount_weight=why.weight - size - 1.0, what=why.kind)


def stated_less(scene: Scene) -> Iterator[Candidate]:
    """Yield what the text names, less what it says is kept back from it, if that is the payment."""
    book, less = scene.book, scene.withheld
    if not less:
        return
    strong = scene.listed
    named = list(strong)  # and the documents of orders, one of which is not named beside it
    for _, documents in scene.mentions:
        if set(documents).isdisjoint(strong):
            named.extend(document for document in documents if document not in named)
    for group in (named, strong):
        whole = sum(book.open[document] for document in group)
        if whole - sum(less.values()) != scene.payment.amount or not less.keys() <= set(group):
            continue
        if any(less[document] >= book.open[document] for document in less):
            continue
        parts = [
            Part(document, book.open[document] - less[document], less[document], DEDUCTION)
            if document in less else Part(document, book.open[document])
            for document in group
        ]  # fmt: skip
        rule, prior = (LISTED_REFERENCES, "set") if len(group) > 1 else (NAMED_WITH_DIFFERENCE, "single")
        yield score_parts(scene, parts, rule, prior, amount_weight=-1.0, what="stated_difference")
        return


def different_damaged(scene: Scene, fuzzy: dict[int, Mark]) -> Iterator[Candidate]:
    """Yield documents named by a damaged number, each paid short, if the text names no open document for certain."""
    if scene.names_open:
        return
    book, payment = scene.book, scene.payment
    for document in list(fuzzy)[:20]:
        left = book.open[document]
        if left <= payment.amount:
            continue
        why = explained(scene, document, payment.amount)
        if why is not None:
            part = Part(document, payment.amount, left - payment.amount, why.kind)
            size = book.density(payment.ledger, payment.amount, 1)
            yield score_parts(
                scene, [part], NAMED_WITH_DIFFERENCE, "single", amount_weight=why.weight - size, what=why.kind
            )


def _discount_kind(scene: Scene, document: int) -> str:
    until = scene.book.discount_until[document] + scene.policy.differences.discount_grace_days
    return CASH_DISCOUNT if scene.payment.day <= until else UNEARNED_DISCOUNT
