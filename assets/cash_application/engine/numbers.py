"""Which documents does a text name? Numbers as printed, without letters or zeros, glued, cut, or by their order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from assets.cash_application.engine.slips import SlipNumbers
from assets.cash_application.engine.texts import (
    Text,
    Token,
    compact,
    digits_of,
    fold,
    without_zeros,
)

SHORTEST_KEY = 4  # digits a number must have to be looked for among all documents; shorter ones only within a payer's
SHORTEST_MAIN = 5  # digits the longest group of a number must have to stand for the whole of it
SHORTEST_TAIL = 3
SHORTEST_IN_REFERENCE = 5  # digits a number must have to be read inside a reference that is filled up with zeros
QR_DIGITS = 27
MOST_HOMONYMS = 12  # a number that more documents share is no document's number
MOST_OF_ORDER = 200
MOST_OF_TAIL = 60
MOST_FORMS = 1 << 16  # numbers whose forms are kept at hand
MOST_COMPARED = 400  # documents of a customer up to which each is compared; of more, an index is made
LONGEST_SLIPPED = 16  # digits of a number up to which slips are looked for
MOST_SLIPPED = 1_000  # numbers whose slips are kept at hand, about 20 kilobytes each

_RUN = re.compile(r"[0-9]+")
_CREDITOR_REFERENCE = re.compile(r"(?=(RF[0-9]{2}[A-Z0-9]{1,21}))")  # one may begin inside another
_OWN_ID = re.compile(r"E[0-9]{8}20[0-9]{6}")  # PIX end-to-end id: participant, date, time
_YEAR = re.compile(r"(?:19[89]|20[0-4])[0-9]")

# The kinds of mark, by how a number is written.
PRINTED, STRUCTURED, DIGITS, NO_ZEROS, MAIN, LISTED = (
    "printed",
    "structured",
    "digits",
    "no_zeros",
    "main_group",
    "listed",
)
WITHIN, ORDER, TAIL, CUT, SLIP, TWO_SLIPS = "within", "order", "tail", "cut_off", "slip", "two_slips"
STRONG = frozenset({PRINTED, STRUCTURED, DIGITS, NO_ZEROS, MAIN, LISTED})
IN_FULL = frozenset({PRINTED, STRUCTURED, DIGITS, NO_ZEROS, LISTED})
DAMAGED = frozenset({WITHIN, TAIL, CUT, SLIP})
_HABIT = {  # how often a payer who names a document names it so
    PRINTED: 0.4, STRUCTURED: 0.3, DIGITS: 0.25, NO_ZEROS: 0.15, MAIN: 0.1, LISTED: 0.1, WITHIN: 0.05, ORDER: 0.06,
    TAIL: 0.04, CUT: 0.02, SLIP: 0.06, TWO_SLIPS: 0.01,
}  # fmt: skip
_MOST = {
    PRINTED: 9.5, STRUCTURED: 10.5, DIGITS: 9.0, NO_ZEROS: 8.5, MAIN: 8.0, LISTED: 8.0, WITHIN: 7.0, ORDER: 6.5,
    TAIL: 7.0, CUT: 5.0, SLIP: 4.5, TWO_SLIPS: 2.5,
}  # fmt: skip


class Mark(NamedTuple):
    """How a text names one document, with its weight in natural log-odds."""

    kind: str
    weight: float
    token: str

    @property
    def is_strong(self) -> bool:
        """Return whether every digit that matters stands in the text."""
        return self.kind in STRONG


class Mention(NamedTuple):
    """A place in a text that names one document, or several of the same number."""

    documents: tuple[int, ...]
    kind: str
    token: str


def weight_of(kind: str, length: int, chances: int, sharing: int = 1) -> float:
    """Return the log-odds of a mark: its habit against the chance that so many digits agree by accident."""
    accident = max(chances, 1) * 10.0 ** -min(length, 12)
    return max(0.0, min(_MOST[kind], math.log(_HABIT[kind]) - math.log(accident))) - math.log(sharing)


class NumberIndex:
    """All numbers issued, open or closed, by every key they may be found under."""

    def __init__(self) -> None:
        self.printed: list[str] = []
        self._keys: dict[str, int | list[int]] = {}
        self._orders: dict[str, int | list[int]] = {}
        self.slips = SlipNumbers()
        self._whole_lengths: set[int] = set()
        self._digit_lengths: set[int] = set()
        self._whole: tuple[int, ...] = ()
        self._digits: tuple[int, ...] = ()

    def add(self, printed: str, orders: Iterable[str] = ()) -> int:
        """Take up a document's number and, in compact form, its order numbers; return its place from now on."""
        document = len(self.printed)
        whole, core, keys = _keys_of(printed)
        self.printed.append(printed)
        for key in keys:
            _put(self._keys, key, document)
        self._note_lengths(whole, core, keys)
        for order in orders:
            for key in _keys_of_order(order):
                _put(self._orders, key, document)
        return document

    def add_orders(self, document: int, orders: Iterable[str]) -> None:
        """Let a document known before be found by further order numbers, in compact form; those it had stay."""
        for order in orders:
            for key in _keys_of_order(order):
                if document not in self.ordered(key):
                    _put(self._orders, key, document)

    def rename(self, document: int, printed: str) -> None:
        """Give a document another number; who still writes the one it had before finds it too."""
        whole, core, keys = _keys_of(printed)
        self.printed[document] = printed
        for key in keys:
            if document not in self.numbered(key):
                _put(self._keys, key, document)
        self._note_lengths(whole, core, keys)

    def _note_lengths(self, whole: str, core: str, keys: Iterable[str]) -> None:
        """Remember of which lengths there are numbers: those with letters, and those of digits alone."""
        for key in keys:
            lengths = self._whole_lengths if key == whole != core else self._digit_lengths
            if len(key) not in lengths:
                lengths.add(len(key))
                self._whole = tuple(sorted(self._whole_lengths, reverse=True))
                self._digits = tuple(sorted(self._digit_lengths, reverse=True))

    def numbered(self, key: str) -> tuple[int, ...]:
        """Return the documents found under a key."""
        return _get(self._keys, key)

    def resembling(self, document: int, tokens: Sequence[Token]) -> Mark | None:
        """Return how a text names a document if its number is damaged in it; see `resembles`."""
        return resembles(self.printed[document], tokens)

    def forms(self, document: int) -> Forms:
        """Return a document's number in the forms that people write."""
        return forms_of(self.printed[document])

    def ordered(self, key: str) -> tuple[int, ...]:
        """Return the documents of an order or purchase order."""
        return _get(self._orders, key)

    def read(self, text: Text) -> list[Mention]:
        """Return what a text names for certain or nearly so, longest finds first."""
        found: list[Mention] = []
        taken: list[tuple[int, int]] = []
        self._structured(text, found, taken)
        self._wholes(text, found, taken)
        if not _OWN_ID.match(text.squeezed):
            self._digit_windows(text, found, taken)
        self._orders_in(text, found, taken)
        return found

    def _structured(self, text: Text, found: list[Mention], taken: list[tuple[int, int]]) -> None:
        if self.slips:
            self._slips_in(text, found, taken)
        for match in _CREDITOR_REFERENCE.finditer(text.squeezed) if "RF" in text.squeezed else ():
            start = match.start()
            longest = match.group(1)
            for length in range(len(longest), 5, -1):
                reference = longest[:length]
                if start + length not in text.word_ends and length != len(longest):
                    continue
                core = without_zeros(reference[4:])
                documents = self.numbered(core) or self.numbered(reference[4:])
                if documents and is_creditor_reference(reference):
                    found.append(Mention(documents, STRUCTURED, reference))
                    taken.append((start, start + length))
                    break
            else:
                self._mistyped(text, longest, start, found, taken)
        for start, reference in _qr_references(text):
            documents = self._in_qr_reference(reference)
            if documents:
                found.append(Mention(documents, STRUCTURED, reference))
                taken.append((start, start + len(reference)))
        for token in text.tokens:
            digits = token.text
            if not digits.isdigit() or len(digits) < SHORTEST_KEY + 1 or digits in self._keys:
                continue
            documents = self.numbered(without_zeros(_checked_core(digits) or ""))
            if documents:
                at = text.starts[token.start]
                found.append(Mention(documents, DIGITS, digits))
                taken.append((at, at + len(digits)))

    def _slips_in(self, text: Text, found: list[Mention], taken: list[tuple[int, int]]) -> None:
        for documents, number, is_checked, start, end in self.slips.read(text):
            if end - start > len(number) and self.numbered(text.squeezed[start:end].lstrip("0")):
                continue  # with the digit after it, it is the number of a document
            if is_checked is False:  # one of its digits is not as given
                found.append(Mention(documents, TWO_SLIPS, number))
            else:
                others = () if is_checked else self.numbered(number)
                same = tuple(dict.fromkeys([*documents, *others]))
                found.append(Mention(same, STRUCTURED if is_checked else DIGITS, number))
            taken.append((start, end))

    def _mistyped(
        self, text: Text, longest: str, start: int, found: list[Mention], taken: list[tuple[int, int]]
    ) -> None:
        """Take a creditor reference whose check digits are wrong for what it is: one of its digits is not as given."""
        if start not in text.word_at:
            return
        for length in range(len(longest), 3 + SHORTEST_KEY, -1):
            body, after = longest[4:length], longest[length : length + 1]
            if not body.isdigit() or (start + length not in text.word_ends and after.isdigit()):
                continue
            if is_creditor_reference(longest[:length]):
                return
            documents = self.numbered(without_zeros(body)) or self.numbered(body)
            if documents and len(documents) <= MOST_HOMONYMS:
                found.append(Mention(documents, TWO_SLIPS, body))
                taken.append((start, start + length))
                return

    def _in_qr_reference(self, reference: str) -> tuple[int, ...]:
        """Return the documents whose number fills a QR reference up to its check digit, zeros before it."""
        body = reference[:-1]
        for start in range(len(body) - SHORTEST_IN_REFERENCE + 1):
            if start == 0 or (body[start - 1] == "0" and body[start] != "0"):
                documents = self.numbered(body[start:])
                if documents and len(documents) <= MOST_HOMONYMS:
                    return documents
        return ()

    def _wholes(self, text: Text, found: list[Mention], taken: list[tuple[int, int]]) -> None:
        squeezed, ends = text.squeezed, text.word_ends
        for start in text.word_at:
            for length in self._whole:
                key = squeezed[start : start + length]
                if key not in self._keys or len(key) < length or _is_inside(start, start + length, taken):
                    continue
                documents = self.numbered(key)
                if len(documents) > MOST_HOMONYMS:
                    continue
                end = start + length
                is_whole = end in ends or not (squeezed[end].isdigit() and key[-1].isdigit())
                found.append(Mention(documents, PRINTED if is_whole else WITHIN, key))
                taken.append((start, end))
                if is_whole:
                    self._continue(text, end, key, found, taken)
                break

    def _digit_windows(self, text: Text, found: list[Mention], taken: list[tuple[int, int]]) -> None:
        squeezed, starts, ends, keys = text.squeezed, text.word_at, text.word_ends, self._keys
        for run in _RUN.finditer(squeezed):
            left, right = run.span()
            if right - left < SHORTEST_KEY:
                continue
            for length in self._digits:
                for start in range(left, right - length + 1):
                    end = start + length
                    key = squeezed[start:end]
                    if key not in keys:
                        continue
                    documents = _get(keys, key)
                    if len(documents) > MOST_HOMONYMS or _is_inside(start, end, taken):
                        continue
                    stands = (start == left or start in starts) and (end == right or end in ends)
                    if not stands and squeezed[left:start].strip("0") == "" and (end == right or end in ends):
                        stands = True  # zeros were put in front of it
                    if not stands and length < 5:
                        continue
                    if any(begin < end and start < stop for begin, stop in text.decoys.items()):
                        stands = False
                    if not stands and any(begin < end and start < stop for begin, stop in taken):
                        continue
                    kind = self._kind(documents[0], key) if stands else WITHIN
                    found.append(Mention(documents, kind, key))
                    taken.append((start, end))
                    if stands:
                        self._continue(text, end, key, found, taken)

    def _kind(self, document: int, key: str) -> str:
        forms = self.forms(document)
        if key == forms.whole:
            return PRINTED
        if key == forms.core:
            return DIGITS
        return NO_ZEROS if key == forms.bare else MAIN

    def _continue(self, text: Text, end: int, key: str, found: list[Mention], taken: list[tuple[int, int]]) -> None:
        """Read `…00041/42/43`: numbers given by their last digits right after one given in full."""
        word = text.word_ends.get(end)
        if word is None:
            return
        for digits in text.continuations(word + 1):
            if len(digits) >= len(key) or len(digits) < 2 or self.numbered(digits):
                return
            longer = key[: -len(digits)] + digits
            documents = self.numbered(longer)
            if not documents:
                return
            found.append(Mention(documents, LISTED, longer))
            key = longer

    def _orders_in(self, text: Text, found: list[Mention], taken: list[tuple[int, int]]) -> None:
        seen: set[str] = set()
        for token in text.tokens:
            if token.text in seen:
                continue
            if token.text in self._orders:
                documents = self.ordered(token.text)
            elif len(token.digits) >= 5 and token.digits in self._orders:
                documents = self.ordered(token.digits)
            else:
                continue
            if len(documents) <= MOST_OF_ORDER and not _stands_inside(text, token, taken):
                seen.add(token.text)
                found.append(Mention(documents, ORDER, token.text))


class Forms(NamedTuple):
    """One number in the forms that people write."""

    whole: str  # all its letters and digits
    core: str  # all its digits
    bare: str  # the same without leading zeros
    main: str  # the group of digits that tells it from its neighbours, without leading zeros


@lru_cache(maxsize=MOST_FORMS)
def forms_of(printed: str) -> Forms:
    """Return the forms of a number; those asked for lately are kept, for a text is held against many."""
    return Forms(compact(printed), *_digit_forms(printed))


def _digit_forms(printed: str) -> tuple[str, str, str]:
    groups = _RUN.findall(printed)
    if len(groups) == 1:
        core = groups[0]
        return core, (bare := core.lstrip("0")), bare
    core = "".join(groups)
    bare = core.lstrip("0")
    return core, bare, main_group(groups).lstrip("0") if groups else bare


def _keys_of(printed: str) -> tuple[str, str, set[str]]:
    """Return a number's letters and digits, its digits, and all the keys that it is looked for under."""
    whole, groups = compact(printed), _RUN.findall(printed)
    core = "".join(groups)
    keys = {whole, core, without_zeros(core)}
    if len(groups) > 1:
        group = main_group(groups)
        short = without_zeros(group)
        if len(short) >= SHORTEST_MAIN:
            keys.add(group)
            keys.add(short)
    return whole, core, {key for key in keys if len(key) >= SHORTEST_KEY}


def _keys_of_order(order: str) -> Iterable[str]:
    """Return the keys that an order number is looked for under; a year is none."""
    digits = digits_of(order)
    short = digits.lstrip("0")
    for key in (order,) if order == short else {order, digits, short}:
        if len(key) > SHORTEST_KEY or (len(key) == SHORTEST_KEY and not _YEAR.fullmatch(key)):
            yield key


def main_group(groups: Sequence[str]) -> str:
    """Return the group of digits that tells a number from its neighbours: the longest, of equals the last."""
    return max(reversed(groups), key=len, default="")


def resembles(printed: str, tokens: Sequence[Token]) -> Mark | None:
    """Return how a text names one document if its number is cut, mistyped, misread or given by its last digits."""
    whole, core, bare, main = forms_of(printed)
    folded = fold(whole)
    chances = len(tokens)
    best: Mark | None = None
    for token in tokens:
        kind, length = _likeness(token, whole, folded, core, bare, main)
        if kind is None or (token.is_decoy and kind not in IN_FULL):
            continue
        weight = weight_of(kind, length, chances)
        if weight > 0 and (best is None or weight > best.weight):
            best = Mark(kind, weight, token.text)
    return best


def _likeness(token: Token, whole: str, folded: str, core: str, bare: str, main: str) -> tuple[str | None, int]:
    text, digits = token.text, token.digits
    length = len(digits)
    if text == whole:
        return PRINTED, length + 1
    if digits and digits == core:
        return DIGITS, length
    stripped = without_zeros(digits)
    if stripped and stripped == bare:
        return NO_ZEROS, len(stripped)
    if len(stripped) >= SHORTEST_TAIL and stripped == main:
        return MAIN, len(stripped)
    if length >= SHORTEST_TAIL and length < len(core) and core.endswith(digits) and not _YEAR.fullmatch(digits):
        return TAIL, length
    if len(bare) >= 5 and (digits.endswith(bare) or digits.startswith(bare)):
        return WITHIN, len(bare)
    if len(main) >= 5 and main in digits:
        return WITHIN, len(main)
    if len(whole) >= 6 and folded in fold(text):
        return WITHIN, len(core)
    if token.ends_text and length >= 4 and length < len(core) and (whole.startswith(text) or core.startswith(digits)):
        return CUT, length
    if _YEAR.fullmatch(digits):
        return None, 0
    if length >= 4 and abs(length - len(core)) <= 1 and OSA.distance(digits, core, score_cutoff=1) <= 1:
        return SLIP, min(length, len(core)) - 1
    if len(stripped) >= 4 and abs(len(stripped) - len(bare)) <= 1 and OSA.distance(stripped, bare, score_cutoff=1) <= 1:
        return SLIP, min(len(stripped), len(bare)) - 1
    if abs(len(text) - len(whole)) <= 1 and length >= 3 and OSA.distance(fold(text), folded, score_cutoff=1) <= 1:
        return SLIP, max(length, 3) - 1
    if len(main) >= 5 and abs(len(stripped) - len(main)) <= 1 and OSA.distance(stripped, main, score_cutoff=1) <= 1:
        return SLIP, min(len(stripped), len(main)) - 1
    if length >= 5 and length < len(core) and length + 3 >= len(core) and _ends_nearly(core, digits):
        return TWO_SLIPS, length - 1
    if length >= 7 and abs(length - len(core)) <= 2 and OSA.distance(digits, core, score_cutoff=2) <= 2:
        return TWO_SLIPS, length - 2
    return None, 0


def _ends_nearly(core: str, digits: str) -> bool:
    return bool(OSA.distance(core[-len(digits) :], digits, score_cutoff=1) <= 1)


class Neighbours:
    """One customer's documents by the ends and by the neighbourhood of their numbers, for what is cut or mistyped."""

    __slots__ = ("_columns", "_documents", "_places", "_tails")

    def __init__(self, numbers: NumberIndex, documents: Iterable[int]) -> None:
        self._documents = list(documents)
        self._tails: dict[str, int | list[int]] = {}
        bares: list[str] = []
        mains: list[str] = []
        for document in self._documents:
            core, bare, main = _digit_forms(numbers.printed[document])
            tail, other = core[-SHORTEST_TAIL:], main[-SHORTEST_TAIL:]
            _put(self._tails, tail, document)
            if other != tail:
                _put(self._tails, other, document)
            bares.append(bare)
            mains.append(main)
        columns = [bares] if bares == mains else [bares, mains]
        self._columns = columns if len(self._documents) <= MOST_COMPARED else []  # each of few is compared
        self._places: dict[str, int | list[int]] = {}  # many are looked up
        if not self._columns:
            for column in columns:
                for place, key in enumerate(column):
                    _put(self._places, key, place)

    def of(self, tokens: Sequence[Token], left: Sequence[int]) -> dict[int, None]:
        """Return the documents whose number one of the tokens may be a damaged form of, and that `left` holds open.

        What is found depends on what is open alone, not on when this was made.
        """
        found: dict[int, None] = {}
        bare: dict[str, None] = {}
        for token in tokens:
            if len(token.digits) < SHORTEST_TAIL:
                continue
            if token.is_decoy:
                continue
            tail = [document for document in _get(self._tails, token.digits[-SHORTEST_TAIL:]) if left[document]]
            if len(tail) <= MOST_OF_TAIL:  # numbers that end in a year share their ends
                found.update(dict.fromkeys(tail))
            stripped = without_zeros(token.digits)
            if SHORTEST_KEY <= len(stripped) <= LONGEST_SLIPPED:
                bare[stripped] = None
        near = sorted(self._one_slip_from(list(bare))) if bare else ()
        found.update((self._documents[place], None) for place in near if left[self._documents[place]])
        return found

    def _one_slip_from(self, bare: list[str]) -> set[int]:
        if self._columns:
            return {
                place
                for column in self._columns
                for place in np.nonzero(
                    (cdist(bare, column, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8) <= 1).any(axis=0)
                )[0].tolist()
            }
        places = self._places
        return {
            place for stripped in bare for key in one_slip_from(stripped) & places.keys() for place in _get(places, key)
        }


@lru_cache(maxsize=MOST_SLIPPED)
def one_slip_from(digits: str) -> frozenset[str]:
    """Return digits and all that one slip makes of them: a digit more, less or another, or two that changed places."""
    found = {digits + other for other in _TEN}
    for place, sign in enumerate(digits):
        head, tail = digits[:place], digits[place + 1 :]
        found.add(head + tail)
        found.update([head + other + tail for other in _TEN])
        found.update([head + other + sign + tail for other in _TEN])
        if tail:
            found.add(head + tail[0] + sign + tail[1:])
    return frozenset(found)


_TEN = "0123456789"


def is_creditor_reference(reference: str) -> bool:
    """Return whether the check digits of an ISO 11649 reference are right (ISO 7064 mod 97-10)."""
    moved = reference[4:] + reference[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def is_qr_reference(digits: str) -> bool:
    """Return whether the last digit of a Swiss QR reference is right (modulo 10, recursive)."""
    carry = 0
    for sign in digits[:-1]:
        carry = _CARRIED[(carry + int(sign)) % 10]
    return (10 - carry) % 10 == int(digits[-1])


_CARRIED = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def _qr_references(text: Text) -> Iterator[tuple[int, str]]:
    """Yield the QR references of a text with their places: 27 digits, in one word or in groups."""
    words = text.words
    for at, word in enumerate(words):
        if not word.isdigit() or (at and words[at - 1].isdigit() and len(word) != QR_DIGITS):
            continue
        run, end = word, at + 1
        while len(run) < QR_DIGITS and end < len(words) and words[end].isdigit():
            run += words[end]
            end += 1
        if len(run) == QR_DIGITS and is_qr_reference(run):
            yield text.starts[at], run


def _checked_core(digits: str) -> str | None:
    """Return a reference without its check digits when they are right: Belgian OGM, Nordic 7-3-1, mod 10."""
    if len(digits) == 12 and (int(digits[:10]) % 97 or 97) == int(digits[10:]):
        return digits[:10]
    *values, check = map(int, digits)
    values.reverse()
    weighted = 7 * sum(values[0::3]) + 3 * sum(values[1::3]) + sum(values[2::3])
    doubled = sum(map(_DOUBLED.__getitem__, values[0::2])) + sum(values[1::2])
    return digits[:-1] if check in (-weighted % 10, -doubled % 10) else None


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # the sum of the digits of twice a digit


def _put(table: dict[str, int | list[int]], key: str, document: int) -> None:
    known = table.setdefault(key, document)
    if isinstance(known, int):
        if known != document:
            table[key] = [known, document]
    elif known[-1] != document:
        known.append(document)


def _get(table: dict[str, int | list[int]], key: str) -> tuple[int, ...]:
    known = table.get(key)
    if known is None:
        return ()
    return (known,) if isinstance(known, int) else tuple(known)


def _is_inside(start: int, end: int, taken: Sequence[tuple[int, int]]) -> bool:
    return any(left <= start and end <= right for left, right in taken)


def _stands_inside(text: Text, token: Token, taken: Sequence[tuple[int, int]]) -> bool:
    start = text.starts[token.start]
    return _is_inside(start, start + len(token.text), taken)
