"""Which documents do the lines of a remittance advice pay, and with what amounts?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assets.cash_application.engine.differing import explained
from assets.cash_application.engine.nouns import Candidate, Line, Part
from assets.cash_application.engine.rules import LISTED_AMOUNTS
from assets.cash_application.engine.scene import Scene
from assets.cash_application.engine.scoring import score_parts
from assets.cash_application.engine.texts import Text, digits_of

_WRITTEN_AMOUNT = re.compile(  # an amount with two places, its sign before or after it
    r"(?<![\w/.,\-])(-?)(\d{1,3}(?:[.,' ]\d{3})+[.,]\d{2}|\d{1,9}[.,]\d{2})(-?)(?![\w/]|[.,]\d)"
)
LINE_DIFFERS = -2.0  # a line states less than is open on its document


def by_lines(scene: Scene) -> Iterator[Candidate]:
    """Yield what the lines of an advice say, each one document with its amount, if they sum to the payment."""
    lines = list(zip(scene.payment.lines, scene.line_texts, strict=True)) or lines_in_text(scene)
    if not lines:
        return
    parts: list[Part] = []
    taken: set[int] = set()
    missing = 0
    for line, text in sorted(lines, key=lambda pair: pair[0].amount is None):  # what states an amount first
        document = _of_line(scene, line, text, taken)
        if document is None:
            missing += not (line.amount is None and _names_again(scene, text, taken))
            continue
        taken.add(document)
        parts.append(_line_part(scene, document, line))
    if missing or not parts:
        return
    if sum(part.applied for part in parts) == scene.payment.amount:
        different = [part for part in parts if part.kind]
        if len(parts) == 1 and different:
            return  # its amount is that of the payment and says nothing more: see different_singles
        yield score_parts(
            scene, parts, LISTED_AMOUNTS, "set" if len(parts) > 1 else "single",
            amount_weight=LINE_DIFFERS * len(different), what="lines",
        )  # fmt: skip


def lines_in_text(scene: Scene) -> list[tuple[Line, Text]]:
    """Return the lines of a text that gives an amount after each number, if they sum to the payment."""
    for text in scene.texts:
        found: list[tuple[Line, Text]] = []
        start = 0
        for match in _WRITTEN_AMOUNT.finditer(text.plain):
            reference = Text(text.plain[start : match.start()])
            if not reference.tokens:
                break
            minor = int(digits_of(match.group(2)))
            found.append(
                (Line(reference.plain, -minor if match.group(1) or match.group(3) else minor, None), reference)
            )
            start = match.end()
        if len(found) > 1 and sum(line.amount or 0 for line, _ in found) == scene.payment.amount:
            return found
    return []


def _of_line(scene: Scene, line: Line, text: Text, taken: set[int]) -> int | None:
    """Return the one open document that a line can mean, or None if there is none or are several."""
    book, payment = scene.book, scene.payment
    named = [
        document
        for mention in book.numbers.read(text)
        for document in mention.documents
        if document not in taken and book.is_open(document, payment.ledger, payment.day)
    ]
    if not named:
        named = [
            document
            for customer in scene.customers[:20]
            for document in book.neighbours(customer).of(text.tokens, book.open)
            if document not in taken
            and book.is_open(document, payment.ledger, payment.day)
            and book.numbers.resembling(document, text.tokens) is not None
        ]
        for document in named:
            mark = book.numbers.resembling(document, text.tokens)
            if mark is not None and document not in scene.marks:
                scene.marks[document] = mark
    if len(named) > 1 and line.amount is not None:
        fitting = [
            document for document in named
            if line.amount in (book.open[document], book.open[document] - book.discount[document])
        ]  # fmt: skip
        named = fitting or named
    if len(named) > 1:
        known = [document for document in named if scene.payer.weight(book.customers[document]) > 0]
        named = known or named
    if len(named) > 1:
        strong = [document for document in named if scene.mark_of(document).is_strong]
        named = strong or named
    if len(set(named)) != 1:
        return None
    document = named[0]
    if line.amount is not None and not (
        0 < line.amount <= book.open[document] or book.open[document] <= line.amount < 0
    ):
        return None
    return document


def _names_again(scene: Scene, text: Text, taken: set[int]) -> bool:
    """Return whether a line names by another number, as a creditor reference beside it, what other lines pay."""
    named = {document for mention in scene.book.numbers.read(text) for document in mention.documents}
    return bool(named) and named <= taken


def _line_part(scene: Scene, document: int, line: Line) -> Part:
    left = scene.book.open[document]
    if line.amount is None or line.amount == left or left < 0:
        return Part(document, left if line.amount is None else line.amount)
    why = explained(scene, document, line.amount)
    return Part(document, line.amount, left - line.amount, why.kind if why else "short_payment")
