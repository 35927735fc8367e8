"""What is known about one payment before anything is tried? Its text, its payer, and the documents it may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from assets.cash_application.engine.book import Book
from assets.cash_application.engine.memory import Memory
from assets.cash_application.engine.nouns import Payment
from assets.cash_application.engine.numbers import (
    IN_FULL,
    LISTED,
    SHORTEST_KEY,
    TWO_SLIPS,
    WITHIN,
    Mark,
    Mention,
    weight_of,
)
from assets.cash_application.engine.payers import Payer
from assets.cash_application.engine.policy import MatchPolicy, in_units
from assets.cash_application.engine.stated import withheld
from assets.cash_application.engine.texts import Text, Token, compact, digits_of, read_text, unwrapped, without_zeros

RANGED = 5.0  # a document between the two ends of a range the text names
LONGEST_RANGE = 1_000  # numbers between the two ends of a range
WINDOWS = 40  # places in a text at which digits may stand by chance inside longer ones
_SAYS_NOTHING = frozenset({"", "NOTPROVIDED", "NONREF", "NONE", "NA", "NULL"})
_REASON_WORDS = {
    "DED": "deduction", "DEDUCTION": "deduction", "DISC": "discount", "DISCOUNT": "discount", "SKONTO": "discount",
    "FEE": "fee", "BANK": "fee", "WHT": "withholding", "TAX": "withholding", "PART": "part", "PARTIAL": "part",
    "INSTALMENT": "part", "FX": "fx", "SHORT": "part",
}  # fmt: skip
_NUMBER_WORDS = frozenset({"NR", "NO", "N", "NUM", "NUMBER", "NRO", "NUMERO"})
_WITHIN_A_NUMBER = frozenset({"/", "-", "."})
NO_MARK = Mark("none", 0.0, "")


@dataclass(slots=True)
class Scene:
    """One payment with all that bears on it: the book as it stands, what people taught, policy, and what it says."""

    payment: Payment
    book: Book
    memory: Memory
    policy: MatchPolicy
    payer: Payer
    texts: list[Text]
    line_texts: list[Text]
    tokens: list[Token] = field(default_factory=list)
    marks: dict[int, Mark] = field(default_factory=dict)  # open documents; the search adds those it finds damaged
    mentions: list[tuple[Mention, tuple[int, ...]]] = field(default_factory=list)  # with the open documents meant
    closed: dict[int, Mark] = field(default_factory=dict)
    coming: dict[int, Mark] = field(default_factory=dict)  # documents not issued yet
    excluded: dict[int, Mark] = field(default_factory=dict)  # documents that the text says are not paid
    withheld: dict[int, int] = field(default_factory=dict)  # what the text says is kept back from documents
    hints: frozenset[str] = frozenset()
    customers: list[str] = field(default_factory=list)  # among whose documents to look, the likeliest first
    listed: list[int] = field(default_factory=list)  # open documents named for certain, by mentions of one document

    @property
    def names_open(self) -> bool:
        """Return whether the text names an open document for certain."""
        return any(mark.is_strong for mark in self.marks.values())

    @property
    def names_closed(self) -> bool:
        """Return whether the text names a paid document for certain."""
        return any(mark.is_strong for mark in self.closed.values())

    def mark_of(self, document: int) -> Mark:
        """Return how the text names an open document, or a mark of no kind and no weight."""
        return self.marks.get(document, NO_MARK)


def read_scene(payment: Payment, book: Book, memory: Memory, policy: MatchPolicy) -> Scene:
    """Return what is known about a payment: who pays, which documents it may name, and what its words hint at."""
    texts = [read_text(unwrapped(payment.text))] if payment.text else []
    if payment.end_to_end_id and compact(payment.end_to_end_id) not in _SAYS_NOTHING:
        texts.append(read_text(payment.end_to_end_id))
    if payment.customer:
        payer = Payer({payment.customer: (9.0, "source")}, True)
    else:
        payer = memory.payers.identify(
            payment.payer_name, payment.payer_account, texts, payment.day, payment.credited_account
        )
    scene = Scene(payment, book, memory, policy, payer, texts, [read_text(line.reference) for line in payment.lines])
    _read_mentions(scene)
    for document in _ranged(scene):
        scene.marks.setdefault(document, Mark(LISTED, RANGED, "range"))
        scene.mentions.append((Mention((document,), LISTED, "range"), (document,)))
    scene.tokens = _tokens(scene)
    scene.hints = _hints(scene)
    if "deduction" in scene.hints:
        kept_back = withheld(texts, book, payment, policy.hint_words)
        scene.withheld = {document: in_units(amount, policy.digits) for document, amount in kept_back.items()}
    scene.customers = _customers(scene)
    scene.listed = list(
        dict.fromkeys(
            documents[0]
            for _, documents in scene.mentions
            if len(documents) == 1 and scene.marks[documents[0]].is_strong
        )
    )
    return scene


def read_damaged(scene: Scene, document: int) -> Mark | None:
    """Return how the text may give a document's number cut, mistyped or by its end, or None; a payer's habit adds."""
    mark = scene.book.numbers.resembling(document, scene.tokens)
    if mark is None:
        return None
    payment = scene.payment
    bonus = scene.memory.habits(payment.payer_account, payment.payer_name, payment.day).get(mark.kind, 0.0)
    return Mark(mark.kind, mark.weight + bonus, mark.token) if bonus else mark


def _read_mentions(scene: Scene) -> None:
    """Sort the documents that the texts name into open, closed and not issued yet, each by its strongest mention."""
    book, payment, payer = scene.book, scene.payment, scene.payer
    habits = scene.memory.habits(payment.payer_account, payment.payer_name, payment.day)
    for text in (*scene.texts, *scene.line_texts):
        mentions = book.numbers.read(text)
        excepted = _excepted_from(text, scene.policy.hint_words)
        if excepted is not None and any(0 <= text.squeezed.find(one.token) < excepted for one in mentions):
            excepted = None  # it names what is paid before: the word says something else
        for mention in mentions:
            if mention.kind not in IN_FULL and scene.memory.payers.is_number_of(mention.token, payer):
                continue
            is_excepted = excepted is not None and text.squeezed.find(mention.token, excepted) >= 0
            chances = WINDOWS if mention.kind == WITHIN else max(len(text.tokens), 1)
            weight = weight_of(mention.kind, len(mention.token), chances, len(mention.documents))
            weight += habits.get(mention.kind, 0.0)
            mark = Mark(mention.kind, weight, mention.token)
            open_ones = []
            for document in mention.documents:
                if book.ledger[document] != payment.ledger:
                    continue
                is_coming, is_open = book.issued[document] > payment.day, bool(book.open[document])
                into = scene.coming if is_coming else scene.marks if is_open else scene.closed
                if is_excepted:
                    into = scene.excluded
                if document not in into or into[document].weight < weight:
                    into[document] = mark
                if into is scene.marks:
                    open_ones.append(document)
            if open_ones:
                known = [document for document in open_ones if payer.weight(book.customers[document]) > 0]
                scene.mentions.append((mention, tuple(known or open_ones)))


def _excepted_from(text: Text, meanings: Mapping[str, str]) -> int | None:
    """Return the place in a text, without its spaces, from which it lists what is not paid, or None."""
    for start, word in zip(text.starts, text.words, strict=True):
        if meanings.get(word) == "except":
            return start
    return None


def _ranged(scene: Scene) -> Iterator[int]:
    """Yield the open documents between the two ends of a range such as `4711 bis 4714`, both of one customer."""
    book, payment = scene.book, scene.payment
    for text in scene.texts:
        for first, last in text.ranges():
            if len(last) < len(first):
                last = first[: len(first) - len(digits_of(last))] + digits_of(last)
            heads = book.numbers.numbered(first) or book.numbers.numbered(digits_of(first))  # a word may stand before
            tails = book.numbers.numbered(last) or book.numbers.numbered(digits_of(last))
            is_excepted = not scene.excluded.keys().isdisjoint((*heads, *tails))
            owners = {book.customers[document] for document in heads} & {book.customers[at] for at in tails}
            low, high = without_zeros(digits_of(first)), without_zeros(digits_of(last))
            if len(owners) != 1 or not low or not high or int(low) >= int(high):
                continue
            owner = owners.pop()
            for number in range(int(low) + 1, min(int(high), int(low) + LONGEST_RANGE)):
                for document in book.numbers.numbered(str(number)):
                    if (
                        book.customers[document] == owner
                        and book.numbers.forms(document).bare == str(number)
                        and document not in scene.marks
                        and book.is_open(document, payment.ledger, payment.day)
                    ):
                        if is_excepted:
                            scene.excluded.setdefault(document, Mark(LISTED, RANGED, "range"))
                        else:
                            yield document


def _tokens(scene: Scene) -> list[Token]:
    """Return the tokens of all texts; those that name a document in full or are the payer's number are decoys."""
    payers = scene.memory.payers
    spoken = {mention.token for mention, _ in scene.mentions if mention.kind in IN_FULL}
    spoken |= {mark.token for mark in (*scene.closed.values(), *scene.excluded.values()) if mark.kind in IN_FULL}
    mistyped = {mention.token for mention, _ in scene.mentions if mention.kind == TWO_SLIPS}  # its check digits say so
    found: list[Token] = []
    for text in (*scene.texts, *scene.line_texts):
        others = _numbers_of_other_things(text, scene.policy.hint_words) if text.tokens else frozenset()
        for token in text.tokens:
            if mistyped and any(number in token.text for number in mistyped):
                continue
            is_decoy = (
                (spoken and _is_spoken(token, spoken))
                or payers.is_number_of(token.digits, scene.payer)
                or not others.isdisjoint(range(token.start, token.end))
            )
            found.append(_as_decoy(token) if is_decoy else token)
    return found


def _numbers_of_other_things(text: Text, meanings: Mapping[str, str]) -> frozenset[int]:
    """Return which words are numbers that the word before them says to be of a cheque, a customer, a contract."""
    words, joined = text.words, text.joined
    found: set[int] = set()
    for at, word in enumerate(words):
        if meanings.get(word) != "other_number":
            continue
        end = at + 1
        while end < len(words) and words[end] in _NUMBER_WORDS:
            end += 1
        while end < len(words) and not words[end].isalpha():
            found.add(end)
            if end + 1 >= len(words) or joined[end] not in _WITHIN_A_NUMBER:
                break
            end += 1
    return frozenset(found)


def _hints(scene: Scene) -> frozenset[str]:
    """Return what the words of the texts and the reasons of the remittance lines mean."""
    reasons = {line.reason.upper() for line in scene.payment.lines if line.reason}
    meanings = {_REASON_WORDS[reason] for reason in reasons if reason in _REASON_WORDS}
    if scene.policy.hint_words:
        known = scene.policy.hint_words
        for text in scene.texts:
            meanings |= {known[word] for word in text.words if word in known}
            meanings |= {known[pair] for pair in map(" ".join, pairwise(text.words)) if pair in known}
    return frozenset(meanings)


def _customers(scene: Scene) -> list[str]:
    """Return the customers among whose documents to look, the likeliest first."""
    weights = {customer: weight for customer, (weight, _) in scene.payer.customers.items()}
    for document, mark in scene.marks.items():
        if mark.is_strong:
            customer = scene.book.customers[document]
            weights[customer] = max(weights.get(customer, 0.0), 2.0)
    return sorted(weights, key=lambda customer: (-weights[customer], customer))


def _as_decoy(token: Token) -> Token:
    return Token(token.text, token.digits, token.start, token.end, True, token.ends_text, token.is_listed)


def _is_spoken(token: Token, spoken: set[str]) -> bool:
    """Return whether a token is, or is part of, a number that names another document in full."""
    digits = without_zeros(token.digits)
    is_long = len(digits) > SHORTEST_KEY and not token.ends_text  # at the end it may begin one more number, cut off
    return any(number in token.text or token.text in number or (is_long and digits in number) for number in spoken)
