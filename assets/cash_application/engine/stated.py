"""What does the text say is withheld, and from which document? `less 50.00 on 4711`, `abzgl. 1.200,00 zu RE-4711`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assets.cash_application.engine.book import Book
from assets.cash_application.engine.nouns import Payment
from assets.cash_application.engine.texts import AMOUNT, Text, digits_of, read_text

_NUMBER = r"([A-Z]{0,6}[\-/. ]?\d[\w\-/.]{2,20})"
_KEPT_BACK = r"\b([A-Z]+)[ .:]{1,3}(?:[A-Z]{3} )?(" + AMOUNT + r")"
_LINK = (
    r"\s+(?:ON|OF|FOR|FROM|ZU|ZUR|ZUM|AUF|VON|FUER|WG|SUR|POUR|DE|DA|EM|SU|PER|SOBRE|EN|OP|VAN|VOOR|PAA|PA|TIL|DO|NA)"
    r"\.?\s+(?:[A-Z]{2,10}\W{1,2})?"
)
_BEFORE = re.compile(_KEPT_BACK + _LINK + _NUMBER)  # a word, an amount, a word that links it, a number as printed
_AFTER = re.compile(_NUMBER + r"[ ,]{1,2}" + _KEPT_BACK + r"(?!" + _LINK + r"\D{0,8}\d)")  # the number first
_MORE = re.compile(r"\d{3}")


def withheld(texts: list[Text], book: Book, payment: Payment, meanings: Mapping[str, str]) -> dict[int, int]:
    """Return open documents of which the text says that an amount is kept back, with the amount in hundredths."""
    found: dict[int, int] = {}
    for text in texts:
        said = [(match.group(1), match.group(2), match.group(3)) for match in _BEFORE.finditer(text.plain)]
        for match in _AFTER.finditer(text.plain):
            if meanings.get(match.group(2)) == "deduction" and _ends_a_list(text, match.end(), book):
                return {}
            said.append((match.group(2), match.group(3), match.group(1)))
        for word, amount, number in said:
            if meanings.get(word) != "deduction":
                continue
            named = {
                document
                for mention in book.numbers.read(read_text(number))
                for document in mention.documents
                if book.is_open(document, payment.ledger, payment.day)
            }
            if len(named) != 1 or named & found.keys():
                return {}  # it says more than is understood
            found[named.pop()] = int(digits_of(amount))
    return found


def _ends_a_list(text: Text, end: int, book: Book) -> bool:
    """Return whether what is kept back is said after numbers of several documents and before none: it may be of any."""
    if _MORE.search(text.plain, end):
        return False
    mentions = book.numbers.read(text)
    return len(mentions) > 1 and len({document for mention in mentions for document in mention.documents}) > 1
