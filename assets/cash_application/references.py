"""Which document numbers does this text name? Numbers we issued are found as printed, spaced, glued or shortened."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

LONGEST_TEXT = 2_000  # a remittance text is at most 140 to 900 characters; anything longer is cut before it is read
LARGEST_TAIL_SET = 12  # a shortened number that could be more documents than this says nothing

_WORD = re.compile(r"[A-Z0-9]+")
_RUN = re.compile(r"[A-Z]+|[0-9]+")
_AMOUNT = re.compile(r"(?<![\w\-/.,])\d{1,3}(?:[.,']\d{3})*[.,]\d{2}(?![\w\-/])|(?<![\w\-/.,])\d+[.,]\d{2}(?![\w\-/])")
_DATE = re.compile(r"(?<![\w\-/.])(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2}))(?![\w\-/])")
_LIST_SEPARATOR = re.compile(r"\s*[/,+&;]\s*")
_LIST_WORDS = frozenset({"AND", "UND", "ET", "U", "Y", "E"})
_YEAR = re.compile(r"(?:19[89]|20[0-9])\d")
_LOOKS_ALIKE = str.maketrans("OQILSBZG", "00115826")


class MentionKind(StrEnum):
    """How a text names a number; the first five carry every digit of it, the last does not."""

    PRINTED = "printed"  # as on the document, whatever its separators
    SPACED = "spaced"  # blanks or a line break inside
    GLUED = "glued"  # no blank before or after
    DIGITS = "digits"  # every digit, but not the letters
    CONTINUED = "continued"  # "…00041/00042": the second number without what it shares with the first
    TAIL = "tail"  # the last digits only


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names one or, when shortened, one of several numbers."""

    kind: MentionKind
    number_keys: tuple[str, ...]
    text: str

    @property
    def is_certain(self) -> bool:
        """Return whether every digit is there and only one number reads so."""
        return self.kind is not MentionKind.TAIL and len(self.number_keys) == 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a receipt's texts name: numbers of ours, order numbers, and tokens that only look like a number of ours."""

    mentions: tuple[Mention, ...] = ()
    order_keys: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()

    @property
    def certain_keys(self) -> tuple[str, ...]:
        """Return the numbers named with every digit, in order of appearance, each once."""
        return tuple(dict.fromkeys(mention.number_keys[0] for mention in self.mentions if mention.is_certain))

    @property
    def uncertain_keys(self) -> tuple[str, ...]:
        """Return the numbers that a shortened mention may mean."""
        return tuple(
            dict.fromkeys(key for mention in self.mentions if not mention.is_certain for key in mention.number_keys)
        )

    @property
    def is_empty(self) -> bool:
        """Return whether the texts name nothing that could be a number of ours."""
        return not (self.mentions or self.strangers)


def number_key(number: str) -> str:
    """Return a number's letters and digits only, in capitals; what two spellings of one number share."""
    return "".join(_WORD.findall(_plain(number)))


class NumberIndex:
    """Every number we issued, open or closed, with the shapes and shortened forms it is found by."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, None]] = {}
        self._lengths: Counter[int] = Counter()
        self._prefix_lengths: dict[str, Counter[int]] = {}
        self._digit_lengths: Counter[int] = Counter()
        self._by_digits: dict[str, dict[str, None]] = {}
        self._by_tail: dict[str, dict[str, None]] = {}
        self._orders: dict[str, dict[str, None]] = {}
        self._order_lengths: Counter[int] = Counter()
        self._lengths_longest_first: tuple[int, ...] = ()
        self._order_lengths_longest_first: tuple[int, ...] = ()

    def add(self, document_number: str, document_key: str, order_numbers: Iterable[str | None] = ()) -> None:
        """Take up a document under its number, and under the order numbers its customer may name instead."""
        key = number_key(document_number)
        if key:
            known = self._documents.setdefault(key, {})
            if not known:
                self._take_shape(key, document_number)
            known[document_key] = None
        for order_number in order_numbers:
            order_key = number_key(order_number or "")
            if len(order_key) >= 4:
                self._orders.setdefault(order_key, {})[document_key] = None
                if len(order_key) not in self._order_lengths:
                    self._order_lengths[len(order_key)] += 1
                    self._order_lengths_longest_first = tuple(sorted(self._order_lengths, reverse=True))

    def document_keys(self, key: str) -> tuple[str, ...]:
        """Return the documents that carry this number; more than one when a number was used twice."""
        return tuple(self._documents.get(key, ()))

    def order_document_keys(self, key: str) -> tuple[str, ...]:
        """Return the documents that belong to this order or purchase order number."""
        return tuple(self._orders.get(key, ()))

    def neighbours(self, token: str) -> set[str]:
        """Return the known numbers that differ from the token by one digit, one missing or one swapped digit."""
        found: set[str] = set()
        for at in range(len(token) + 1):
            head, tail = token[:at], token[at:]
            spellings = [head + digit + tail for digit in "0123456789"]
            if tail:
                spellings.append(head + tail[1:])
                spellings.extend(head + digit + tail[1:] for digit in "0123456789")
            if len(tail) > 1:
                spellings.append(head + tail[1] + tail[0] + tail[2:])
            found.update(spelling for spelling in spellings if spelling in self._documents)
        found.discard(token)
        return found

    def _take_shape(self, key: str, printed: str) -> None:
        if len(key) not in self._lengths:
            self._lengths_longest_first = tuple(sorted({*self._lengths, len(key)}, reverse=True))
        self._lengths[len(key)] += 1
        runs = _RUN.findall(key)
        if runs[0].isalpha():
            self._prefix_lengths.setdefault(runs[0], Counter())[len(key)] += 1
        elif len(runs) == 1:
            self._digit_lengths[len(key)] += 1
        digits = "".join(run for run in runs if run.isdigit())
        if digits != key and len(digits) >= 4:
            self._by_digits.setdefault(digits, {})[key] = None
        groups = re.findall(r"\d+", _plain(printed))
        for tail in {groups[-1], groups[-1].lstrip("0"), digits.lstrip("0")} if groups else ():
            if len(tail) >= 3 and tail not in (key, digits) and not _YEAR.fullmatch(tail):
                self._by_tail.setdefault(tail, {})[key] = None

    def key_of(self, document_number: str) -> str | None:
        """Return the number that a field holding nothing else names, or None when it names none or several."""
        key = number_key(document_number)
        if key in self._documents:
            return key
        named = self.read((document_number,)).certain_keys
        return named[0] if len(named) == 1 else None

    def read(self, texts: Sequence[str | None]) -> Reading:
        """Return what these texts of one receipt name, in order of appearance."""
        mentions: list[Mention] = []
        orders: list[str] = []
        strangers: list[str] = []
        for text in dict.fromkeys(text for text in texts if text):
            _TextReader(self, text).read(mentions, orders, strangers)
        certain = {key for mention in mentions if mention.is_certain for key in mention.number_keys}
        kept = [m for m in mentions if m.is_certain or certain.isdisjoint(m.number_keys)]
        return Reading(tuple(dict.fromkeys(kept)), tuple(dict.fromkeys(orders)), tuple(dict.fromkeys(strangers)))


class _Words:
    """A text taken apart once: its words, and the same without blanks and separators, with where each sign stood."""

    __slots__ = ("compact", "digit_spans", "places", "run_starts", "text", "word_ends", "word_starts", "words")

    def __init__(self, text: str) -> None:
        self.text = _blank_out(_DATE, _blank_out(_AMOUNT, _plain(text)))
        self.words = [(match.start(), match.end()) for match in _WORD.finditer(self.text)]
        self.compact = "".join(self.text[start:end] for start, end in self.words)
        self.word_starts: dict[int, int] = {}
        self.word_ends: dict[int, int] = {}
        self.places: list[int] = []
        for number, (start, end) in enumerate(self.words):
            self.word_starts[len(self.places)] = number
            self.places.extend(range(start, end))
            self.word_ends[len(self.places)] = number
        self.run_starts = [match.start() for match in _RUN.finditer(self.compact)]
        self.digit_spans = self._digit_spans()

    def _digit_spans(self) -> list[tuple[int, int]]:
        """Runs of digits that are whole words or end or begin one, then runs of up to four such words in a row."""
        spans = []
        for match in re.finditer(r"\d+", self.compact):
            start, end = match.span()
            cuts = [start, *(at for at in self.word_starts if start < at < end), end]
            for first in range(len(cuts) - 1):
                for last in range(min(len(cuts) - 1, first + 4), first, -1):
                    spans.append((cuts[first], cuts[last]))
        return spans


@lru_cache(maxsize=20_000)
def _words_of(text: str) -> _Words:
    """Receipts that wait are read again as new numbers are issued; what does not change is kept."""
    return _Words(text)


class _TextReader:
    """Reads one text against one index; positions are those of the text without blanks and separators."""

    def __init__(self, index: NumberIndex, text: str) -> None:
        self.index = index
        words = _words_of(text)
        self.text, self.words, self.compact, self.places = words.text, words.words, words.compact, words.places
        self.word_starts, self.word_ends = words.word_starts, words.word_ends
        self.run_starts, self.digit_spans = words.run_starts, words.digit_spans
        self.taken: list[tuple[int, int]] = []

    def read(self, mentions: list[Mention], orders: list[str], strangers: list[str]) -> None:
        if not self.compact:
            return
        found = self._whole_numbers()
        found.extend(self._digit_tiles())
        self.taken = sorted((start, end) for start, end, _ in found)
        found.extend(self._continuations(found))
        self.taken = sorted((start, end) for start, end, _ in found)
        orders.extend(self._order_numbers())
        found.extend(self._shortened(self.index._by_digits, MentionKind.DIGITS))
        strangers.extend(self._begun_like_ours())
        found.extend(self._shortened(self.index._by_tail, MentionKind.TAIL))
        strangers.extend(self._one_slip_away())
        mentions.extend(mention for _, _, mention in sorted(found, key=lambda place: place[:2]))

    def _edges(self) -> tuple[list[int], set[int]]:
        starts, ends = set(self.word_starts), set(self.word_ends)
        for at in self.run_starts:
            starts.add(at)
            ends.add(at)
            if self.compact[at].isdigit():  # the letters before may end in a prefix of ours, glued to another word
                starts.update(
                    at - len(prefix) for prefix in self.index._prefix_lengths if self.compact.endswith(prefix, 0, at)
                )
        return sorted(starts), ends

    def _whole_numbers(self) -> list[tuple[int, int, Mention]]:
        index, compact, free_from = self.index, self.compact, 0
        found: list[tuple[int, int, Mention]] = []
        starts, ends = self._edges()
        for start in starts:
            if start < free_from or self._inside_digits(start):
                continue
            for length in index._lengths_longest_first:
                end = start + length
                key = compact[start:end]
                # A number runs on when a digit follows in the same word: that is a slip or another number.
                if end not in ends or key not in index._documents:
                    continue
                found.append((start, end, Mention(self._kind(start, end), (key,), self._printed(start, end))))
                free_from = end
                break
        return found

    def _inside_digits(self, start: int) -> bool:
        """A number that starts with a digit must not start in the middle of a run of digits of one word."""
        return (
            start > 0
            and start not in self.word_starts
            and self.compact[start].isdigit()
            and self.compact[start - 1].isdigit()
        )

    def _kind(self, start: int, end: int) -> MentionKind:
        if start not in self.word_starts or end not in self.word_ends:
            return MentionKind.GLUED
        printed = self._printed(start, end)
        return MentionKind.SPACED if any(sign.isspace() for sign in printed) else MentionKind.PRINTED

    def _printed(self, start: int, end: int) -> str:
        return self.text[self.places[start] : self.places[end - 1] + 1]

    def _digit_tiles(self) -> list[tuple[int, int, Mention]]:
        """Numbers of digits only that stand one behind the other without a blank, when they fill the whole run."""
        index, found = self.index, list[tuple[int, int, Mention]]()
        if not index._digit_lengths:
            return []
        shortest = min(index._digit_lengths)
        for match in re.finditer(r"\d+", self.compact):
            start, end = match.span()
            if end - start < 2 * shortest or shortest < 4 or start not in self.word_starts or end not in self.word_ends:
                continue
            tiles = self._tile(start, end)
            found.extend((s, e, Mention(MentionKind.GLUED, (self.compact[s:e],), self.compact[s:e])) for s, e in tiles)
        return found

    def _tile(self, start: int, end: int) -> list[tuple[int, int]]:
        if self.word_starts[start] != self.word_ends[end]:
            return []
        reached: dict[int, tuple[int, int]] = {}
        frontier = [start]
        while frontier:
            at = frontier.pop()
            for length in self.index._digit_lengths:
                to = at + length
                if to <= end and to not in reached and self.compact[at:to] in self.index._documents:
                    reached[to] = (at, to)
                    frontier.append(to)
        tiles = []
        at = end
        while at in reached:
            tiles.append(reached[at])
            at = reached[at][0]
        return tiles[::-1] if at == start and len(tiles) > 1 else []

    def _continuations(self, found: list[tuple[int, int, Mention]]) -> list[tuple[int, int, Mention]]:
        more: list[tuple[int, int, Mention]] = []
        for _, end, mention in found:
            key, at, is_listed = mention.number_keys[0], end, False
            while at in self.word_starts and at in self.word_ends:
                before, word = self.words[self.word_ends[at]], self.words[self.word_starts[at]]
                between, digits = self.text[before[1] : word[0]], self.text[slice(*word)]
                is_listed = is_listed or bool(_LIST_SEPARATOR.fullmatch(between))
                if digits in _LIST_WORDS and between.strip() in ("", ","):
                    at, is_listed = at + len(digits), True
                    continue
                # A blank alone lists nothing: what follows a number may be a customer number or a cut-off word.
                if not is_listed or not digits.isdigit() or not 2 <= len(digits) < len(key):
                    break
                longer = key[: -len(digits)] + digits
                if longer not in self.index._documents or digits in self.index._documents:
                    break
                more.append((at, at + len(digits), Mention(MentionKind.CONTINUED, (longer,), digits)))
                key, at, is_listed = longer, at + len(digits), False
        return more

    def _order_numbers(self) -> list[str]:
        index, found, starts = self.index, [], sorted(self.word_starts)
        for start in starts:
            for length in index._order_lengths_longest_first:
                end = start + length
                if end in self.word_ends and self.compact[start:end] in index._orders and self._is_free(start, end):
                    found.append(self.compact[start:end])
                    self.taken.append((start, end))
                    break
        return found

    def _is_free(self, start: int, end: int) -> bool:
        return all(end <= left or right <= start for left, right in self.taken)

    def _shortened(self, table: Mapping[str, Mapping[str, None]], kind: MentionKind) -> list[tuple[int, int, Mention]]:
        found: list[tuple[int, int, Mention]] = []
        for start, end in self.digit_spans:
            keys = table.get(self.compact[start:end])
            if keys is None or len(keys) > LARGEST_TAIL_SET or not self._is_free(start, end):
                continue
            found.append((start, end, Mention(kind, tuple(sorted(keys)), self._printed(start, end))))
            self.taken.append((start, end))
        return found

    def _begun_like_ours(self) -> list[str]:
        """Tokens that begin with the letters of our numbers and go on in digits, but are no number we issued."""
        found = []
        for prefix, lengths in self.index._prefix_lengths.items():
            at = self.compact.find(prefix)
            while at >= 0:
                end = self._end_of_number_like(at + len(prefix), at + max(lengths) + 1)
                if end - at >= len(prefix) + 3 and self._is_free(at, end):
                    found.append(self.compact[at:end])
                    self.taken.append((at, end))
                at = self.compact.find(prefix, at + 1)
        return found

    def _one_slip_away(self) -> list[str]:
        """Digits that are no number we issued, but one slip away from one."""
        index, found = self.index, []
        for start, end in self.digit_spans if index._digit_lengths else ():
            length = end - start
            near = {length - 1, length, length + 1} & index._digit_lengths.keys()
            token = self.compact[start:end]
            if length < 4 or not near or _YEAR.fullmatch(token) or not self._is_free(start, end):
                continue
            if index.neighbours(token):
                found.append(self.compact[start:end])
                self.taken.append((start, end))
        return found

    def _end_of_number_like(self, at: int, limit: int) -> int:
        while at < min(limit, len(self.compact)) and (
            self.compact[at].isdigit() or self.compact[at].translate(_LOOKS_ALIKE).isdigit()
        ):
            at += 1
        return at


def could_mean(token: str, key: str) -> bool:
    """Return whether a token may be this number with one slip, look-alike letters, or cut off at its end."""
    if token == key or token.translate(_LOOKS_ALIKE) == key.translate(_LOOKS_ALIKE):
        return True
    if len(token) < len(key) and key.startswith(token):
        return len(token) * 2 >= len(key)
    return bool(OSA.distance(token, key, score_cutoff=1) <= 1)


def _plain(text: str) -> str:
    text = text[:LONGEST_TEXT]
    return text.upper() if text.isascii() else unicodedata.normalize("NFKC", text).upper()


def _blank_out(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: "\x01" * len(match.group()), text)
