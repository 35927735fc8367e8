"""What a reader of a foreign file takes and gives: bytes in, text rows of raw tables out, or one reason why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from assets.ledger.errors import PermanentError

MAX_FILE_BYTES = 256 * 1024 * 1024  # larger files are quarantined unread; a year of the largest source is 60 MB
MAX_VALUE_CHARACTERS = 100_000  # one field; a longer one is an attack or a broken quote, never a name or a reference
MAX_PAYLOAD_CHARACTERS = 4_000  # how much of a rejected row is kept beside its reason


class FileReason(StrEnum):
    """Why a whole file is quarantined. Formats may add their own codes; these are shared."""

    UNKNOWN_SYSTEM = "UNKNOWN_SYSTEM"
    UNKNOWN_FILE = "UNKNOWN_FILE"
    HOSTILE_FILE_NAME = "HOSTILE_FILE_NAME"
    NOT_A_REGULAR_FILE = "NOT_A_REGULAR_FILE"
    UNREADABLE_FILE = "UNREADABLE_FILE"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    EMPTY_FILE = "EMPTY_FILE"
    WRONG_ENCODING = "WRONG_ENCODING"
    NUL_BYTE = "NUL_BYTE"
    TRUNCATED_FILE = "TRUNCATED_FILE"
    MALFORMED_JSON = "MALFORMED_JSON"
    MALFORMED_CSV = "MALFORMED_CSV"
    MALFORMED_XML = "MALFORMED_XML"
    DOCTYPE_REFUSED = "DOCTYPE_REFUSED"
    NESTED_TOO_DEEP = "NESTED_TOO_DEEP"
    DUPLICATED_COLUMN = "DUPLICATED_COLUMN"
    MISSING_COLUMN = "MISSING_COLUMN"
    UNKNOWN_COLUMN = "UNKNOWN_COLUMN"
    WRONG_SHAPE = "WRONG_SHAPE"
    ARCHIVE_REFUSED = "ARCHIVE_REFUSED"
    ZIP_BOMB = "ZIP_BOMB"
    READER_FAILED = "READER_FAILED"


class RowReason(StrEnum):
    """Why one row of an otherwise good file is kept out."""

    MISSING_VALUE = "MISSING_VALUE"
    WRONG_TYPE = "WRONG_TYPE"
    AMOUNT_NOT_A_NUMBER = "AMOUNT_NOT_A_NUMBER"
    NOT_A_DATE = "NOT_A_DATE"
    UNKNOWN_CURRENCY = "UNKNOWN_CURRENCY"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    VALUE_TOO_LONG = "VALUE_TOO_LONG"
    WRONG_COLUMN_COUNT = "WRONG_COLUMN_COUNT"
    WRONG_CHECK_DIGIT = "WRONG_CHECK_DIGIT"
    LINES_DO_NOT_SUM = "LINES_DO_NOT_SUM"


UNREAD_FIELDS = "UNREAD_FIELDS"  # said of an accepted file: it holds fields that no table keeps


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row of a good file that is kept out, with the reason and what it said."""

    object: str
    row_number: int
    reason_code: str
    reason: str
    payload: str


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """All rows of one file as text, per raw table (e.g. `bank__entries`), and the totals that prove none is lost.

    `amount_sum` is the control total of the accepted rows; where a file mixes currencies it is still one total,
    and `currency_code` is None. `unread_fields` names what the file holds and no table keeps.
    """

    rows: Mapping[str, Sequence[Mapping[str, str | None]]]
    rejected: Sequence[RejectedRow] = ()
    amount_sum: Decimal | None = None
    currency_code: str | None = None
    unread_fields: Sequence[str] = ()

    @property
    def row_count(self) -> int:
        """Return how many rows the file puts into raw tables."""
        return sum(len(rows) for rows in self.rows.values())


class QuarantineError(PermanentError):
    """A file as a whole cannot be trusted: nothing of it is loaded, and the reason says where to look."""

    def __init__(self, reason_code: str, reason: str, position: str) -> None:
        self.reason_code = str(reason_code)
        self.reason = reason
        self.position = position
        super().__init__(f"{reason_code} at {position}: {reason}")


Reader = Callable[[bytes, str], ParsedFile]
Readers = Mapping[tuple[str, str], tuple[str, Reader]]  # (system, file name pattern) -> (object, reader)


def decode_text(content: bytes, encoding: str = "utf-8-sig") -> str:
    """Return the file as text; an empty file, a NUL byte or another encoding is a reason with its byte offset."""
    if not content.strip():
        raise QuarantineError(FileReason.EMPTY_FILE, "The file holds nothing. Ask the sender for it again.", "byte 0")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        reason = "The file is UTF-16. Export it as UTF-8."
        raise QuarantineError(FileReason.WRONG_ENCODING, reason, "byte 0")
    nul = content.find(b"\x00")
    if nul >= 0:
        reason = "The file holds a NUL byte, so it is damaged or not text. Ask the sender for it again."
        raise QuarantineError(FileReason.NUL_BYTE, reason, f"byte {nul}")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        expected = encoding.removesuffix("-sig").upper()
        reason = (
            f"The file is not {expected}: byte {content[error.start]:#04x} is no text. Export it again as {expected}."
        )
        raise QuarantineError(FileReason.WRONG_ENCODING, reason, f"byte {error.start}") from error
