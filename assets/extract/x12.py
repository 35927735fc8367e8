"""The envelope of ANSI X12 files: interchanges, groups and transaction sets, counted and numbered as they say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assets.extract.reading import MAX_PAYLOAD_CHARACTERS, FileReason, QuarantineError, decode_text

_AMOUNT = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})")
_ISA_ELEMENTS = 16


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its name and elements, and where it stands in the file."""

    elements: tuple[str, ...]
    number: int

    @property
    def name(self) -> str:
        """Return the name of the segment."""
        return self.elements[0]

    @property
    def position(self) -> str:
        """Return where the segment stands."""
        return f"segment {self.number} ({self.name})"

    def at(self, place: int) -> str | None:
        """Return an element by its place as the standard counts, or None when it is empty or not there."""
        return (self.elements[place] or None) if place < len(self.elements) else None


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """What stands between ST and SE, with the numbers that tell it from every other one."""

    header: Segment
    segments: tuple[Segment, ...]
    identity: str
    sent_date: str
    separator: str

    @property
    def text(self) -> str:
        """Return the segments as they came, cut to what is kept beside a reason."""
        lines = (self.separator.join(one.elements) for one in (self.header, *self.segments))
        return "\n".join(lines)[:MAX_PAYLOAD_CHARACTERS]

    def all(self, name: str) -> list[Segment]:
        """Return the segments of a name."""
        return [one for one in self.segments if one.name == name]

    def first(self, name: str) -> Segment | None:
        """Return the first segment of a name."""
        return next((one for one in self.segments if one.name == name), None)

    def reference_of(self, *qualifiers: str) -> str | None:
        """Return the first reference of a kind that stands before the lines."""
        for one in self.segments:
            if one.name in ("ENT", "RMR"):
                break
            if one.name == "REF" and one.at(1) in qualifiers and one.at(2):
                return one.at(2)
        return None


def amount_of(segment: Segment, place: int) -> Decimal | None:
    """Return an element as an amount; None when it is empty."""
    text = segment.at(place)
    if text is None:
        return None
    if not _AMOUNT.fullmatch(text.strip()):
        raise ValueError(f"{segment.name}{place:02} is `{text[:40]}`, expected an amount with a decimal point.")
    return Decimal(text.strip())


def date_of(segment: Segment, place: int) -> str | None:
    """Return an element as a day (CCYYMMDD, or YYMMDD of this century); None when it is empty."""
    text = segment.at(place)
    if text is None:
        return None
    whole = f"20{text}" if len(text) == 6 else text
    try:
        if not re.fullmatch(r"[0-9]{8}", whole):
            raise ValueError(whole)
        return date(int(whole[:4]), int(whole[4:6]), int(whole[6:])).isoformat()
    except ValueError as error:
        raise ValueError(f"{segment.name}{place:02} is `{text[:20]}`, expected a day as CCYYMMDD.") from error


def read_interchanges(content: bytes, set_code: str, group_code: str) -> Iterator[TransactionSet]:
    """Yield the transaction sets of a file; an envelope that does not add up quarantines the file."""
    segments, separator = _segments(_text_of(content))
    at = 0
    known: set[str] = set()
    while at < len(segments):
        interchange = _expected(segments, at, "ISA")
        at, groups = at + 1, 0
        while at < len(segments) and segments[at].name == "GS":
            group = segments[at]
            at, sets, groups = at + 1, 0, groups + 1
            if group.at(1) != group_code:
                raise QuarantineError(
                    FileReason.WRONG_SHAPE,
                    f"GS01 is `{group.at(1)}`, expected {group_code}: the group holds other messages than {set_code}.",
                    group.position,
                )
            while at < len(segments) and segments[at].name == "ST":
                header, start = segments[at], at
                if header.at(1) != set_code:
                    raise QuarantineError(
                        FileReason.WRONG_SHAPE, f"ST01 is `{header.at(1)}`, expected {set_code}.", header.position
                    )
                at, sets = _end_of(segments, at, header), sets + 1
                sent = _sent_date(interchange, group)  # control numbers start again
                identity = "-".join(
                    (part or "").strip()
                    for part in (set_code, interchange.at(6), sent, interchange.at(13), group.at(6), header.at(2))
                )
                if identity in known:
                    raise QuarantineError(
                        FileReason.WRONG_SHAPE,
                        f"The file holds set `{header.at(2)}` of group `{group.at(6)}` twice. Ask which one counts.",
                        header.position,
                    )
                known.add(identity)
                yield TransactionSet(header, tuple(segments[start + 1 : at]), identity, sent, separator)
                _check_trailer(segments[at], at - start + 1, header.at(2), "segments", "ST02")
                at += 1
            _check_trailer(_expected(segments, at, "GE"), sets, group.at(6), "transaction sets", "GS06")
            at += 1
        _check_trailer(_expected(segments, at, "IEA"), groups, interchange.at(13), "groups", "ISA13")
        at += 1
    if not known:
        raise QuarantineError(FileReason.WRONG_SHAPE, f"The file holds no {set_code} transaction set.", "segment 1")


def _text_of(content: bytes) -> str:
    try:
        return decode_text(content)
    except QuarantineError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            return decode_text(content, "latin-1")
        raise


def _segments(text: str) -> tuple[list[Segment], str]:
    """Return the segments; the ISA segment itself says by which signs they and their elements are told apart."""
    text = text.lstrip()
    if not text.startswith("ISA") or len(text) < 5 or text[3].isalnum():
        raise QuarantineError(
            FileReason.WRONG_SHAPE, f"The file begins with `{text[:10]}`, expected an ISA segment.", "segment 1"
        )
    separator = text[3]
    head = text.split(separator, _ISA_ELEMENTS)
    if len(head) <= _ISA_ELEMENTS or len(head[_ISA_ELEMENTS]) < 2:
        raise QuarantineError(
            FileReason.TRUNCATED_FILE, f"ISA has {len(head) - 1} elements, expected {_ISA_ELEMENTS}.", "segment 1 (ISA)"
        )
    terminator = head[_ISA_ELEMENTS][1]
    if terminator.isalnum():
        raise QuarantineError(
            FileReason.WRONG_SHAPE,
            f"`{terminator}` stands where ISA ends, expected a sign that ends segments, such as ~.",
            "segment 1 (ISA)",
        )
    pieces = (piece.strip("\r\n\t ") for piece in text.split(terminator))
    return [
        Segment(tuple(element.strip() for element in piece.split(separator)), number)
        for number, piece in enumerate((piece for piece in pieces if piece), start=1)
    ], separator


def _expected(segments: Sequence[Segment], at: int, name: str) -> Segment:
    if at >= len(segments):
        raise QuarantineError(
            FileReason.TRUNCATED_FILE,
            f"The file ends where segment {name} is expected. Ask the sender for it again.",
            f"segment {at + 1}",
        )
    if segments[at].name != name:
        raise QuarantineError(
            FileReason.TRUNCATED_FILE,
            f"Segment `{segments[at].name[:10]}` stands where {name} is expected: a part of the file is missing.",
            segments[at].position,
        )
    return segments[at]


def _end_of(segments: Sequence[Segment], at: int, header: Segment) -> int:
    """Return the place of the SE that ends a transaction set."""
    place = at
    while place + 1 < len(segments):
        place += 1
        if segments[place].name == "SE":
            return place
        if segments[place].name in ("ST", "GE", "IEA", "GS", "ISA"):
            break
    raise QuarantineError(
        FileReason.TRUNCATED_FILE,
        f"Transaction set `{header.at(2)}` has no end, expected its SE. Ask the sender for the file again.",
        segments[place].position,
    )


def _check_trailer(trailer: Segment, count: int, control: str | None, what: str, element: str) -> None:
    said = trailer.at(1) or ""
    if not re.fullmatch(r"[0-9]{1,10}", said) or int(said) != count:
        raise QuarantineError(
            FileReason.TRUNCATED_FILE,
            f"{trailer.name}01 counts `{said[:10]}` {what}, found {count}. Ask the sender for the file again.",
            trailer.position,
        )
    if (trailer.at(2) or "").lstrip("0") != (control or "").lstrip("0"):
        raise QuarantineError(
            FileReason.TRUNCATED_FILE,
            f"{trailer.name}02 is `{trailer.at(2)}`, expected `{control}` as in {element}.",
            trailer.position,
        )


def _sent_date(interchange: Segment, group: Segment) -> str:
    """Return the day on which the file was made, as its envelope says."""
    try:
        found = date_of(group, 4) or date_of(interchange, 9)
    except ValueError as error:
        raise QuarantineError(FileReason.WRONG_SHAPE, str(error), group.position) from error
    if found is None:
        raise QuarantineError(
            FileReason.WRONG_SHAPE, "Neither GS04 nor ISA09 says when the file was made.", group.position
        )
    return found
