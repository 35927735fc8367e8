"""What does a payer's text say? Its words, and the numbers in it however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

LONGEST_TEXT = 2_000  # a remittance text has at most 140 to 900 characters; anything longer is cut before it is read
MOST_TOKENS = 60
LONGEST_JOIN = 4  # words a number may be spread over
LONGEST_NUMBER = 30
SHORTEST_LISTED = 5  # signs of the last number of a list that is not cut off
SHORTEST_END = 3  # signs at the end of a text that may begin a number, unless it goes on a list

WRAPPED_AFTER = 27  # signs of a field of an MT940 statement

_WORD = re.compile(r"[A-Z0-9]+")
_FIELD = re.compile(r"\?([0-9]{2})")
_DIGITS = re.compile(r"[0-9]+")
_LIST_SIGN = re.compile(r"[,;+&]")
AMOUNT = r"(?<![\w\-/.,])\d{1,3}(?:[.,' ]\d{3})+[.,]\d{2}(?![\w\-/])|(?<![\w\-/.,])\d{1,9}[.,]\d{2}(?![\w\-/.,]\d|\w)"
_AMOUNT = re.compile(AMOUNT)
_DATE = re.compile(
    r"(?<![\w/.\-])(?:\d{4}[\-./]\d{1,2}[\-./]\d{1,2}|\d{1,2}[\-./]\d{1,2}[\-./](?:\d{4}|\d{2}))(?![\w/\-])"
)
_PHONE = re.compile(r"\b(?:TEL|PHONE|FONE|FAX|MOBIL|MOB)\W{0,3}[+\d][\d /\-]{5,}")
_BANKS = re.compile(  # what the bank's fields hold that are not for the payer's words, by their tags
    r"(?<![A-Z0-9])(?:KREF|MREF|CRED|DEBT|IBAN|BIC|COAM|OAMT)\+\S*"
    r"|/(?:IBAN|BIC|MARF|CSID|IDC|VAT|KREF|SVCL|RTRN|ISDT)/[^/\s]*"
)
_END_TO_END = re.compile(
    r"(?<![A-Z0-9])EREF\+\S*|/EREF/[^/\s]*"
)  # may be the payer's number of an invoice, or any other
_TAG = re.compile(r"[A-Z]{4}\+")
_END_OF_RANGE = r"([A-Z]{0,6}[\-/ ]?\d{%s})"
_RANGE = re.compile(
    r"(?<![\w\-/.])" + _END_OF_RANGE % "3,14" + r"\s?"
    r"(?:-|–|BIS|TO|THRU|THROUGH|AU|TOT|T/M|TOT EN MET|A|AL|HASTA|ATE|DO|TILL|TIL|\.\.+)"
    r"\s?" + _END_OF_RANGE % "2,14" + r"(?![\w\-/])"
)  # fmt: skip
_LIST_END = re.compile(r"(?:[,;&]|(?<!\+)\+)\s*$")  # three plus signs end a Belgian reference
_LIST_SEPARATOR = re.compile(r"\s*[/,+&;]\s*")
_CONNECTIVES = frozenset({"AND", "UND", "ET", "EN", "Y", "E", "OG", "OCH", "I", "U"})
_LOOKS_ALIKE = str.maketrans("OQDILSBZG", "000115826")
_NO_SEPARATORS = {code: None for code in range(128) if not chr(code).isalnum()}
_NO_LETTERS = {code: None for code in range(128) if not chr(code).isdigit()}
_SPECIAL = str.maketrans({"ß": "SS", "æ": "AE", "Æ": "AE", "ø": "O", "Ø": "O", "ł": "L", "Ł": "L", "đ": "D", "Đ": "D"})


def unwrapped(text: str) -> str:
    """Return what the payer wrote in a text that still has the fields of an MT940 statement, or the text as it is.

    Fields ?20 to ?29 and ?60 to ?63 hold it, cut hard after 27 signs; the others hold the bank's words, accounts and
    names (German Banking Industry Committee, Appendix 3 on data formats, chapter 8).
    """
    fields = _FIELD.split(text)
    if len(fields) < 5 or not (fields[0].strip().isdigit() or not fields[0].strip()):
        return text
    written = ""
    for code, value in zip(fields[1::2], fields[2::2], strict=True):
        if "20" <= code <= "29" or "60" <= code <= "63":
            written += value if len(value) >= WRAPPED_AFTER else f"{value} "
    return written.strip()


def plain(text: str) -> str:
    """Return a text in capitals without accents, at most as long as is read."""
    text = text[:LONGEST_TEXT]
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKD", text.translate(_SPECIAL)).encode("ascii", "ignore").decode().upper()


def compact(text: str) -> str:
    """Return the letters and digits of a text in capitals; what two spellings of one number share."""
    if text.isascii() and text.isalnum():
        return text[:LONGEST_TEXT].upper()
    return plain(text).translate(_NO_SEPARATORS)


def digits_of(text: str) -> str:
    """Return the digits of a text."""
    if not text.isascii():
        return "".join(_DIGITS.findall(text))
    return text if text.isdigit() else text.translate(_NO_LETTERS)


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """Return a compact text with letters replaced by the digits they are mistaken for."""
    return text.translate(_LOOKS_ALIKE)


def without_zeros(digits: str) -> str:
    """Return digits without leading zeros."""
    return digits.lstrip("0")


class Token(NamedTuple):
    """Something in a text that may be a number: one word with digits, or a few that stand together."""

    text: str  # letters and digits only
    digits: str  # its digits, look-alike letters read as digits when most of it is digits
    start: int  # its place among the words
    end: int
    is_decoy: bool = False  # part of a date, an amount, a telephone number or a field that is the bank's own
    ends_text: bool = False  # the text breaks off right after it
    is_listed: bool = False  # it is on a list: a comma, a plus sign or an `and` stands before it, or a sign after it


class Text:
    """One text taken apart once."""

    __slots__ = ("decoys", "joined", "plain", "squeezed", "starts", "tokens", "word_at", "word_ends", "words")

    def __init__(self, text: str) -> None:
        self.plain = plain(text)
        decoys = [*_spans(_DATE, self.plain), *_spans(_AMOUNT, self.plain), *_spans(_PHONE, self.plain)]
        has_fields = "+" in self.plain or "/" in self.plain  # of a bank
        decoys += _spans(_BANKS, self.plain) if has_fields else ()
        own = _spans(_END_TO_END, self.plain) if has_fields else []
        self.words: list[str] = []
        spans: list[tuple[int, int]] = []
        for match in _WORD.finditer(self.plain):
            self.words.append(match.group())
            spans.append(match.span())
        self.squeezed = "".join(self.words)
        self.word_at: dict[int, int] = {}  # where in the squeezed text a word begins -> which word
        self.word_ends: dict[int, int] = {}
        self.starts: list[int] = []  # where in the squeezed text each word begins
        place = 0
        for number, word in enumerate(self.words):
            self.starts.append(place)
            self.word_at[place] = number
            place += len(word)
            self.word_ends[place] = number
        is_decoy = _within(spans, decoys)
        self.decoys = {
            at: at + len(self.words[number]) for at, number in self.word_at.items() if is_decoy[number]
        }  # where in the squeezed text dates, amounts, telephone numbers and the bank's own fields stand
        self.joined = [
            self.plain[spans[at][1] : spans[at + 1][0]] for at in range(len(spans) - 1)
        ]  # what stands between two words
        if own:
            is_decoy = [one or other for one, other in zip(is_decoy, _within(spans, own), strict=True)]
        self.tokens = self._tokens(is_decoy)

    def _tokens(self, is_decoy: Sequence[bool]) -> list[Token]:
        words, last = self.words, len(self.words)
        has_digit = [not word.isalpha() for word in words]
        made: list[Token] = []
        for start in range(last):
            if not has_digit[start] and not (len(words[start]) <= 6 and start + 1 < last and has_digit[start + 1]):
                continue
            goes_on = self._goes_on(start)
            text, is_number, decoy = "", False, False
            for end in range(start + 1, min(last, start + LONGEST_JOIN) + 1):
                if text:
                    gap = self.joined[end - 2]
                    if len(gap) > 3 or "," in gap or ";" in gap:
                        break
                text += words[end - 1]
                if len(text) > LONGEST_NUMBER:
                    break
                decoy = decoy or is_decoy[end - 1]
                if has_digit[end - 1]:
                    is_number = True
                elif end - start > 1 or not is_number:
                    continue
                is_listed = goes_on or self._is_followed(end)
                made.append(Token(text, _number_in(text), start, end, decoy, end == last, is_listed))
                if len(made) >= MOST_TOKENS:
                    return made
        return made

    def _goes_on(self, start: int) -> bool:
        if not start:
            return False
        before, gap = self.words[start - 1], self.joined[start - 1]
        return before in _CONNECTIVES or bool(_LIST_SIGN.search(gap) and not _TAG.fullmatch(before + gap))

    def _is_followed(self, end: int) -> bool:
        """Return whether a list goes on after a word: a list sign and then another number, or its prefix."""
        if end >= len(self.words) or not _LIST_SIGN.search(self.joined[end - 1]):
            return False
        return not all(word.isalpha() for word in self.words[end : end + 2])

    def ends(self) -> Iterator[str]:
        """Yield the last word, and the last few as one, where a number may break off: no date, no amount, no figure."""
        for count in range(1, LONGEST_JOIN + 1):
            words = self.words[-count:]
            if len(words) < count or self.starts[-1] in self.decoys:
                return
            end = "".join(words)
            if len(end) >= SHORTEST_END or (len(self.words) > count and _LIST_SIGN.search(self.joined[-count])):
                yield end

    def goes_on(self) -> bool:
        """Return whether a text ends within a list: in a list sign or in the first signs after one."""
        if not self.words:
            return False
        if _LIST_END.search(self.plain) or (len(self.words[-1]) > 1 and self.words[-1] in _CONNECTIVES):
            return True
        last = self.words[-1]
        is_short = len(last) < SHORTEST_LISTED and not last.isalpha() and self.starts[-1] not in self.decoys
        return is_short and len(self.words) > 1 and bool(_LIST_SIGN.search(self.joined[-1]))

    def ranges(self) -> Iterator[tuple[str, str]]:
        """Yield the two ends of each range such as `4711-4714` or `4711 bis 4714`."""
        for match in _RANGE.finditer(self.plain):
            yield compact(match.group(1)), compact(match.group(2))

    def continuations(self, end: int) -> Iterator[str]:
        """Yield the digits listed right after a word, as in `…00041/42/43`."""
        while end < len(self.words):
            gap, last = self.joined[end - 1], end + 1 == len(self.words)
            if not _LIST_SEPARATOR.fullmatch(gap) or not self.words[end].isdigit():
                return
            if last and " " in gap:
                return  # it may be the beginning of a number that is cut off
            if not last and not self.joined[end].strip() and not self.words[end + 1].isalpha():
                return  # it is the beginning of a number written in groups
            yield self.words[end]
            end += 1


def _within(spans: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> list[bool]:
    """Return for each span whether it lies in, or over the edge of, one of the others."""
    if not others:
        return [False] * len(spans)
    return [any(left < end and start < right for left, right in others) for start, end in spans]


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(text)]


def _number_in(text: str) -> str:
    """Return the digits of a token; look-alike letters between digits are read as digits."""
    if text.isdigit():
        return text
    digits = digits_of(text)
    if len(digits) * 2 > len(text):
        folded = digits_of(fold(text))
        if len(folded) - len(digits) <= 2:
            return folded
    return digits


def read_text(text: str) -> Text:
    """Return a text taken apart; several rules ask for it, and of a receipt that waits on many days."""
    return _taken_apart(text[:LONGEST_TEXT])


_taken_apart = lru_cache(maxsize=4_096)(Text)
