"""What does the text say is withheld, and from which document? `less 50.00 on 4711`, `abzgl. 1.200,00 zu RE-4711`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assets.cash_application.engine.book import Book
from assets.cash_application.engine.nouns import Payment
from assets.cash_application.engine.texts import AMOUNT, Text, digits_of, read_text

# A word, an amount, at most two words, and a number as it is printed.
_STATED = re.compile(
    r"\b([A-Z]+)\W{1,3}(?:[A-Z]{3}\W)?("
    + AMOUNT
    + r")\W{1,3}(?:[A-Z]{1,4}\W{1,2}){0,2}?([A-Z]{0,6}[\-/. ]?\d[\w\-/.]{2,20})"
)


def withheld(texts: list[Text], book: Book, payment: Payment, meanings: Mapping[str, str]) -> dict[int, int]:
    """Return open documents of which the text says that an amount is kept back, with the amount in hundredths."""
    found: dict[int, int] = {}
    for text in texts:
        for match in _STATED.finditer(text.plain):
            word, amount, number = match.group(1), match.group(2), match.group(3)
            if meanings.get(word) != "deduction":
                continue
            named = {
                document
                for mention in book.numbers.read(read_text(number))
                for document in mention.documents
                if book.is_open(document, payment.ledger, payment.day)
            }
            if len(named) == 1:
                found[named.pop()] = int(digits_of(amount))
    return found
