"""In which ways does a payment pay nothing that is open? Something unknown, a second time, in advance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from assets.cash_application.engine.nouns import Candidate, Reason
from assets.cash_application.engine.rules import (
    DUPLICATE,
    MOST_EQUAL,
    MOST_SEARCHED,
    NOTHING,
    PREPAYMENT,
    UNLISTED_REST,
)
from assets.cash_application.engine.scene import Scene
from assets.cash_application.engine.scoring import PRIOR, UNNAMED, log_ways

ROUND = 2.5  # how much rarer a round amount is as a sum of invoices than as money paid beyond them


def ways_against(scene: Scene) -> Iterator[Candidate]:
    """Yield the ways in which the payment pays nothing that is open: something unknown, a second time, in advance."""
    book, payment = scene.book, scene.payment
    hinted = 3.0 if "advance" in scene.hints else 0.0
    advance = (Reason("advance_said", hinted),) if hinted else ()
    other = 3.0 if "not_trade" in scene.hints else 0.0
    said = (Reason("other_business_said", other),) if other else ()
    yield Candidate(NOTHING, (), PRIOR["nothing"] + other, (_before(NOTHING), *said))
    size = book.density(payment.ledger, payment.amount, 1)
    count = max(book.count[payment.ledger] - book.open_count[payment.ledger], 2)
    for document, mark in scene.closed.items():
        fits = payment.amount in (book.amount[document], book.amount[document] - book.discount[document])
        payer = scene.payer.weight(book.customers[document])
        weight = PRIOR["duplicate"] - math.log(count) + mark.weight + payer + (size if fits else 2.0)
        reasons: tuple[Reason, ...] = (
            _before(DUPLICATE, -math.log(count)),
            Reason("amount_of_closed", size) if fits else Reason("amount_not_of_closed", 2.0),
            _payer(scene, document, payer),
            Reason("closed", mark.weight, document, mark.token),
        )
        yield Candidate(DUPLICATE, (), weight, reasons)
    paid = [document for document, mark in scene.closed.items() if mark.is_strong]
    if len(paid) > 1 and sum(book.amount[document] for document in paid) == payment.amount:
        named = [Reason("closed", 3.0 / len(paid), document, scene.closed[document].token) for document in paid]
        reasons = (_before(DUPLICATE), Reason("amount_of_closed", size), *named)
        yield Candidate(DUPLICATE, (), PRIOR["duplicate"] + size + 3.0, reasons)
    for document in book.closed_with_amount(payment.ledger, payment.amount)[:MOST_EQUAL]:
        payer = scene.payer.weight(book.customers[document])
        if document not in scene.closed and payer > 0 and book.issued[document] <= payment.day:
            unnamed = UNNAMED if not scene.marks else -4.0
            weight = PRIOR["duplicate"] - math.log(count) + payer + size + unnamed
            reasons = (
                _before(DUPLICATE, -math.log(count)),
                Reason("closed_of_that_amount", size, document),
                _payer(scene, document, payer),
                Reason("not_named", unnamed),
            )
            yield Candidate(DUPLICATE, (), weight, reasons)
    earlier = scene.memory.seen_like(payment, scene.policy.duplicate_days)
    if earlier:
        payer, basis = max(scene.payer.customers.values(), default=(0.0, "unknown"))
        weight = PRIOR["duplicate"] + size - 6.0 + payer
        reasons = (
            _before(DUPLICATE, -6.0), Reason("seen_before", size, None, earlier), Reason("payer", payer, None, basis),
        )  # fmt: skip
        yield Candidate(DUPLICATE, (), weight, reasons)
    for document, mark in scene.coming.items():
        payer = scene.payer.weight(book.customers[document])
        weight = PRIOR["prepayment"] - math.log(count) + mark.weight + payer + size / 2 + hinted
        reasons = (
            _before(PREPAYMENT, -math.log(count)),
            Reason("amount_in_advance", size / 2),
            _payer(scene, document, payer),
            Reason("not_issued_yet", mark.weight, document, mark.token),
            *advance,
        )
        yield Candidate(PREPAYMENT, (), weight, reasons)
    if scene.listed:
        rest = payment.amount - sum(book.open[document] for document in scene.listed)
        payers = scene.memory.payers
        owners = {
            member
            for document in scene.listed
            for member in payers.members_of(payers.family_of(book.customers[document]))
        }
        others = book.count_of_all(owners) - len(scene.listed)
        if others <= scene.policy.search_members or not _can_be_left_out(scene, owners, rest):
            rest = 0
        if rest:
            count = max(book.open_count[payment.ledger], 2)
            weight = sum(scene.marks[document].weight for document in scene.listed) + max(
                scene.payer.weight(customer) for customer in owners
            )
            # A list too short is rarer than a difference; credit memos left out are rarer than invoices left out.
            weight += math.log(0.04 if rest > 0 else 0.0008) - math.log(count)
            weight -= ROUND if rest > 0 and rest % (100 * scene.policy.differences.hundredth) == 0 else 0.0
            weight += 4.0 if "incomplete" in scene.hints else 0.0
            if len(scene.listed) > 1:
                weight -= log_ways(others + len(scene.listed), len(scene.listed) - 1)
            listed = [
                Reason(f"reference_{mark.kind}", mark.weight, document, mark.token)
                for document in scene.listed
                for mark in (scene.marks[document],)
            ]
            rare = weight - sum(reason.weight for reason in listed)
            yield Candidate(UNLISTED_REST, (), weight, (*listed, Reason("unlisted_rest", rare)))
    if hinted:
        reasons = (_before(PREPAYMENT), Reason("advance_said", 2 * hinted))
        yield Candidate(PREPAYMENT, (), PRIOR["prepayment"] + 2 * hinted, reasons)


def _before(reading: str, more: float = 0.0) -> Reason:
    """Return how often money is of this kind, before anything is known of a payment."""
    return Reason("frequency", PRIOR[reading] + more, None, reading)


def _payer(scene: Scene, document: int, weight: float) -> Reason:
    basis = scene.payer.basis(scene.book.customers[document])
    return Reason("payer", weight, None, basis or ("other" if scene.payer.customers else "unknown"))


def _can_be_left_out(scene: Scene, customers: Iterable[str], rest: int) -> bool:
    """Return whether other documents of some customers could make up for what is paid beyond, or short of, a list."""
    book, payment = scene.book, scene.payment
    listed = list(customers)
    if rest == 0 or book.count_of_all(listed) > MOST_SEARCHED * 10:
        return rest != 0
    sheet = book.sheet(listed, payment.ledger, payment.day)
    if rest < 0:
        return -rest <= sheet.credit
    others = sheet.open[~np.isin(sheet.documents, scene.listed)]
    return bool(((others > 0) & (others <= rest + sheet.credit)).any())
