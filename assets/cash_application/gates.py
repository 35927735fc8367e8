"""What keeps a certain allocation from being applied? What people decided, what speaks against it, what policy asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from assets.cash_application.engine.differences import (
    BANK_FEE,
    CASH_DISCOUNT,
    FX,
    OVERPAYMENT,
    SHORT_PAYMENT,
    TOLERANCE,
    UNEARNED_DISCOUNT,
    WITHHOLDING_TAX,
)
from assets.cash_application.engine.nouns import Candidate, Finding, Payment
from assets.cash_application.engine.numbers import DIGITS, NO_ZEROS, PRINTED, STRONG, STRUCTURED, TAIL, resembles
from assets.cash_application.engine.rules import AMOUNT_AGAINST_REFERENCE
from assets.cash_application.engine.texts import Token, read_text, unwrapped
from assets.cash_application.known import Known
from assets.ledger.receipts import Receipt

CLEARING = frozenset({CASH_DISCOUNT, UNEARNED_DISCOUNT, BANK_FEE, WITHHOLDING_TAX, FX, TOLERANCE})
REFUSED_BY_PERSON, UNDONE_BY_PERSON = "REFUSED_BY_PERSON", "UNDONE_BY_PERSON"
DIFFERENCE_NEEDS_PERSON = "DIFFERENCE_NEEDS_PERSON"
DAY_CLOSED = "DAY_CLOSED"
ALL_NAMED, CONTRADICTED = "all_named", "contradicted"
UNDAMAGED = STRONG | {TAIL}
WRITTEN_OUT = frozenset({PRINTED, STRUCTURED, DIGITS, NO_ZEROS})  # ways to write a number that leave none of it out
LONG_ENOUGH = 5  # signs of a number that is not in a text by chance


@dataclass(frozen=True, slots=True)
class Left:
    """What people decided about receipts that wait: matches they turned down, and applications they took back."""

    refused: Mapping[str, Set[frozenset[str]]] = field(default_factory=dict)
    undone: Set[str] = frozenset()


def gate(finding: Finding, receipt: Receipt, known: Known, left: Left) -> Finding:
    """Return the finding without what people refused, and no longer certain where a gate is shut."""
    refused = left.refused.get(receipt.receipt_key)
    ids = known.book.ids
    if refused:
        finding.named, finding.nearly = (
            tuple(at for at in named if not _is_refused({ids[at]}, refused))
            for named in (finding.named, finding.nearly)
        )
        ranked = [one for one in finding.ranked if not _is_refused({ids[at] for at in one.documents}, refused)]
        if len(ranked) < len(finding.ranked):
            finding.ranked = ranked
            _stop(finding, REFUSED_BY_PERSON)
    for candidate in finding.ranked:
        candidate.parts = tuple(
            part._replace(kind=SHORT_PAYMENT) if part.kind in CLEARING and not _clears(known, part.kind) else part
            for part in candidate.parts
        )
    if finding.is_certain:
        reason = _why_not(finding.ranked[0], finding, receipt, known, left)
        if reason is not None:
            _stop(finding, reason)
    return finding


def _why_not(best: Candidate, finding: Finding, receipt: Receipt, known: Known, left: Left) -> str | None:
    if receipt.receipt_key in left.undone:
        return UNDONE_BY_PERSON
    if CONTRADICTED in best.basis.split("/"):
        return "PAYER_CONTRADICTS"
    if best.rule == AMOUNT_AGAINST_REFERENCE:
        return "REFERENCE_CONTRADICTS"
    contradicts = _what_is_named_besides(best, finding, known)
    if contradicts is not None:
        return contradicts
    for part in best.parts:
        if part.kind is not None:
            rule = known.policy.differences.get(part.kind)
            if rule is None or not rule.allows(part.difference, part.applied, receipt.currency_code):
                return DIFFERENCE_NEEDS_PERSON
    too_much = receipt.amount_minor - best.applied
    rule = known.policy.differences.get(OVERPAYMENT)
    if too_much > 0 and (rule is None or not rule.allows(-too_much, receipt.amount_minor, receipt.currency_code)):
        return DIFFERENCE_NEEDS_PERSON
    if ALL_NAMED in best.basis.split("/"):
        return None
    customers = {known.book.customers[part.document] for part in best.parts}
    if any(known.is_refused(receipt, customer) for customer in customers):
        return REFUSED_BY_PERSON
    return None


def _what_is_named_besides(best: Candidate, finding: Finding, known: Known) -> str | None:
    """Return what speaks against it when the text gives a number in full that belongs to none of its documents."""
    book, payment, chosen = known.book, finding.payment, {*best.documents, *finding.excluded}
    for words in (payment.text, payment.end_to_end_id, *(line.reference for line in payment.lines)):
        for mention in book.numbers.read(read_text(unwrapped(words))) if words else ():
            if mention.kind not in WRITTEN_OUT or len(mention.token) < LONG_ENOUGH or chosen & set(mention.documents):
                continue
            here = [at for at in mention.documents if book.ledger[at] == payment.ledger]
            if not here:
                if any(book.open[at] for at in mention.documents):
                    return "ENTITY_DIFFERS"
                continue
            if any(book.open[at] and book.issued[at] <= payment.day for at in here):
                return "REFERENCE_CONTRADICTS"
            if any(book.issued[at] <= payment.day for at in here):
                return "DOCUMENT_CLOSED"
    return _what_is_named_in_part(best, payment, known)


def _what_is_named_in_part(best: Candidate, payment: Payment, known: Known) -> str | None:
    """Return what speaks against it when the end of another number of the customer stands in the text as it is."""
    book, chosen = known.book, set(best.documents)
    tokens = [
        token
        for words in (payment.text, payment.end_to_end_id)
        if words
        for token in read_text(unwrapped(words)).tokens
        if len(token.digits) >= LONG_ENOUGH - 1 and not token.is_decoy
    ]
    if not tokens or any(_stands_in(book.numbers.printed[at], tokens) for at in chosen):
        return None
    for customer in sorted({book.customers[at] for at in chosen}):
        for other in book.neighbours(customer).of(tokens, book.open):
            is_open = book.is_open(other, payment.ledger, payment.day)
            if other not in chosen and is_open and _stands_in(book.numbers.printed[other], tokens):
                return "REFERENCE_CONTRADICTS"
    return None


def _stands_in(printed: str, tokens: Sequence[Token]) -> bool:
    mark = resembles(printed, tokens)
    return mark is not None and mark.kind in UNDAMAGED


def _stop(finding: Finding, reason: str) -> None:
    finding.is_certain = False
    finding.stop = reason
    if finding.ranked:
        finding.ranked[0].stop = reason


def _is_refused(documents: Set[str], refused: Set[frozenset[str]]) -> bool:
    """A person who turned down what was proposed turned down each of the sets of documents in it."""
    return any(documents <= together for together in refused)


def _clears(known: Known, kind: str) -> bool:
    rule = known.policy.differences.get(kind)
    return rule is not None and rule.clears_document
