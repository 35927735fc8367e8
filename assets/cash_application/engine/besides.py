"""What does the text name, or nearly name, that an allocation does not pay?"""

from __future__ import annotations

from collections.abc import Iterator

from assets.cash_application.engine.nouns import Candidate
from assets.cash_application.engine.numbers import IN_FULL, LISTED, ORDER, SHORTEST_KEY
from assets.cash_application.engine.rules import FILLED_UP, PAYER_AND_AMOUNT, SUBSET_SUM
from assets.cash_application.engine.scene import Scene
from assets.cash_application.engine.texts import Token, digits_of, read_text, without_zeros

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONG = 7  # signs of a number from which on another that begins with its letters is taken for one of its kind
NEARLY_NAMED = 4.0  # log-odds of a damaged number from which on it may be meant
SEVERAL = frozenset({ORDER, LISTED})  # marks by which one number names several documents
UNNAMED_RULES = frozenset({PAYER_AND_AMOUNT, SUBSET_SUM})


def speaks_of_closed(best: Candidate, scene: Scene) -> bool:
    """Return whether the text names a paid document in full and the one chosen not so, or one just as large.

    A number that is a paid document of somebody else, or one slip away from the document chosen while the amount is
    not that of the paid one, is a slip.
    """
    book = scene.book
    named = [document for document, mark in scene.closed.items() if mark.kind in IN_FULL]
    if not named:
        return False
    if all(scene.mark_of(part.document).kind in IN_FULL for part in best.parts):
        return len(best.parts) == 1 and any(book.amount[document] == scene.payment.amount for document in named)
    return any(not _is_slip_for(document, best, scene) for document in named)


def _is_slip_for(closed: int, best: Candidate, scene: Scene) -> bool:
    """Return whether a paid document is named by mistake for one that is chosen."""
    book, payers = scene.book, scene.memory.payers
    amount = book.amount[closed]
    if scene.payment.amount in (amount, amount - book.discount[closed]):
        return False
    owners = {book.customers[document] for document in best.documents}
    if all(scene.payer.weight(owner) > 0 for owner in owners) and scene.payer.weight(book.customers[closed]) <= 0:
        family = payers.family_of(book.customers[closed])
        if all(payers.family_of(owner) != family for owner in owners):
            return True
    whole = book.numbers.forms(closed).whole
    token = Token(whole, digits_of(whole), 0, 1)
    return any(book.numbers.resembling(document, [token]) is not None for document in best.documents)


def named_once(best: Candidate, scene: Scene) -> set[int]:
    """Return the documents of an allocation that the text names, each number of it naming one: the one most like it.

    The number of an order names all its documents, and so does a list by last digits.
    """
    if len(best.parts) == 1:
        return scene.marks.keys() & best.documents
    found: set[int] = set()
    spoken: set[str] = set()
    marked = [document for document in best.documents if document in scene.marks]
    for document in sorted(marked, key=lambda document: -scene.marks[document].weight):
        mark = scene.marks[document]
        if mark.kind in SEVERAL or mark.token not in spoken:
            spoken.add(mark.token)
            found.add(document)
    return found


def leaves_out_named(best: Candidate, scene: Scene) -> bool:
    """Return whether the text names a document, or an order of documents none of which is chosen, beside the best."""
    chosen = set(best.documents)
    if set(scene.listed) - chosen:
        return True
    return any(mention.kind == ORDER and chosen.isdisjoint(documents) for mention, documents in scene.mentions)


def names_another_nearly(best: Candidate, scene: Scene) -> bool:
    """Return whether a number in the text is nearly that of another open document of those who pay, of none chosen."""
    if any(document in scene.marks for document in best.documents) or best.rule not in UNNAMED_RULES:
        return False
    book, payment = scene.book, scene.payment
    tokens = [token for token in scene.tokens if not token.is_decoy and len(token.digits) > SHORTEST_KEY]
    if not tokens:
        return False
    chosen = set(best.documents)
    for customer in {book.customers[document] for document in chosen}:
        for document in book.neighbours(customer).of(tokens, book.open):
            if document in chosen or not book.is_open(document, payment.ledger, payment.day):
                continue
            mark = book.numbers.resembling(document, tokens)
            if mark is not None and mark.weight >= NEARLY_NAMED:
                return True
    return False


def has_another_number(best: Candidate, scene: Scene) -> bool:
    """Return whether the text has a number like those of the documents chosen, or on a list, that names none."""
    numbers = scene.book.numbers
    forms = {form for document in best.documents for form in numbers.forms(document)[2:]}
    for token in _unnamed(best, scene, shorter=2):
        digits = without_zeros(token.digits)
        if token.end - token.start > 1:
            return True
        if digits in forms:
            continue
        if token.is_listed and len(digits) > SHORTEST_KEY:
            return True
        if any(
            len(form) >= SHORTEST_KEY and abs(len(digits) - len(form)) <= 1 and digits[:2] == form[:2] for form in forms
        ):
            return True
    return False


def _unnamed(best: Candidate, scene: Scene, *, shorter: int = 1) -> Iterator[Token]:
    """Yield the numbers of the text that name nothing: one word each, or several that look like a number chosen.

    One that looks so begins with the same letters and has at most so many signs less, or one more.
    """
    forms = [scene.book.numbers.forms(document) for document in best.documents]
    wholes = [one.whole for one in forms]
    wholes += [mark.token for document in best.documents if (mark := scene.mark_of(document)).kind == ORDER]
    begun = [(_letters_before(whole), len(whole)) for whole in wholes]
    prefixes = {
        (prefix, size) for prefix, size in begun if len(prefix) > 1 or (prefix and shorter > 1 and size >= LONG)
    }
    for token in scene.tokens:
        if token.is_decoy or _is_own_number(token, scene):
            continue
        is_alike = any(
            _letters_before(token.text) == prefix and -shorter <= len(token.text) - size <= 1
            for prefix, size in prefixes
        )
        if token.end - token.start == 1 or (is_alike and all(token.text not in whole for whole in wholes)):
            yield token


def _letters_before(number: str) -> str:
    return number[: len(number) - len(number.lstrip(LETTERS))]


def breaks_off(best: Candidate, scene: Scene) -> bool:
    """Return whether a text ends within a list, or in the beginning of a number like those of the documents chosen."""
    forms = [scene.book.numbers.forms(document) for document in best.documents]
    numbers = {number for form in forms for number in (form.whole, form.core)}
    written = scene.texts[:1] if scene.payment.text else []
    if any(text.goes_on() for text in written):
        return True
    return any(
        len(end) < len(number) and number.startswith(end)
        for text in scene.texts
        for end in text.ends()
        for number in numbers
    )


def leaves_numbers_unread(best: Candidate, scene: Scene) -> bool:
    """Return whether documents were added to a list that holds numbers which name none of those it is said to pay."""
    if best.rule not in FILLED_UP or not any(scene.mark_of(document).is_strong for document in best.documents):
        return False
    numbers = scene.book.numbers
    marked = [scene.mark_of(document).token for document in best.documents]
    lengths = {len(numbers.forms(document).bare) for document in best.documents}
    return any(
        (token.end - token.start > 1 or token.is_listed or len(without_zeros(token.digits)) in lengths)
        and len(token.digits) >= SHORTEST_KEY
        and not any(token.text in mark or mark in token.text for mark in marked if mark)
        and all(numbers.resembling(document, [token]) is None for document in best.documents)
        for token in _unnamed(best, scene)
    )


def _is_own_number(token: Token, scene: Scene) -> bool:
    """Return whether a token is the end-to-end id, or a word of it, which is the payer's number and names nothing."""
    own = read_text(scene.payment.end_to_end_id or "")
    if any(mark.token and mark.token in own.squeezed for mark in scene.marks.values()):
        return False  # it is a list of documents
    return token.text == own.squeezed or token.text in own.words
