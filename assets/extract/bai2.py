"""Bank statements in BAI2: continuations, funds types and amounts in minor units, proved by balances and totals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from assets.extract.bank_statements import (
    CREDIT,
    DEBIT,
    BankFile,
    BankReason,
    Detail,
    EntryReason,
    Statement,
    known_currency,
)
from assets.extract.reading import ParsedFile, QuarantineError, decode_text
from assets.ledger.money import from_minor

DEFAULT_CURRENCY = "USD"  # the standard's default when neither group nor account name one
OPENING_LEDGER, CLOSING_LEDGER = "010", "015"

# Codes that undo an earlier entry: returned items and their corrections.
RETURN_CODES = frozenset({"252", "255", "257", "258", "259", "552", "555", "557", "558", "559"})

_RECORD = re.compile(r"(01|02|03|16|49|88|98|99),")
# Real files put several records on one line; a record then starts after a slash and blanks.
_RECORDS_ON_ONE_LINE = re.compile(r"/\s+(?=(?:01|02|03|16|49|88|98|99),)")
_MINOR_UNITS = re.compile(r"[+-]?[0-9]{1,17}")
_LABELLED = {
    "end_to_end_id": re.compile(r"(?:^|[\s;,])(?:EREF|END TO END ID|E2E REF):\s*([^;,\n]{1,70})", re.IGNORECASE),
    "payer_name": re.compile(
        r"(?:^|[\s;,])(?:DBNM|ORIG CO NAME|ORIGINATOR NAME|ORIG NAME|ORIG|PAYER):\s*"
        r"(.{1,70}?)(?=\s{2,}|\n|;|,|\s[A-Z0-9 ]{2,20}:|$)",
        re.IGNORECASE,
    ),
    "payer_account": re.compile(r"(?:^|[\s;,])(?:DACT|ORIG ACCT|PAYER ACCT):\s*([A-Z0-9]{1,34})", re.IGNORECASE),
}


@dataclass(slots=True)
class Record:
    """One logical record: its code, its text, the continuations that follow, and the line it started on."""

    code: str
    text: str
    line: int
    continuations: list[str] = field(default_factory=list)

    @property
    def position(self) -> str:
        """Return where the record stands."""
        return f"line {self.line}"

    @property
    def fields(self) -> list[str]:
        """Return all fields, continuations included."""
        return [part.strip() for part in ",".join((self.text, *self.continuations)).split(",")]


def read_bai2(content: bytes, file_name: str) -> ParsedFile:
    """Return the entries of a BAI2 file; a truncated or unbalanced file raises QuarantineError.

    A control total that disagrees is quarantined unless the statement's own balances tie: banks get totals wrong
    (three of five real files did), and opening plus entries equals closing is the stronger proof.
    """
    records = list(_records(_text_of(content)))
    if not records or records[0].code != "01":
        raise QuarantineError(BankReason.NOT_A_BANK_FILE, "The file does not start with record 01.", "line 1")
    if records[-1].code != "99":
        raise QuarantineError(
            BankReason.TRUNCATED_STATEMENT,
            f"The file ends with record {records[-1].code} instead of trailer 99. Ask the bank for it again.",
            records[-1].position,
        )
    bank_file = BankFile()
    header = records[0].fields
    file_id = header[4] if len(header) > 4 else ""
    group: Record | None = None
    account: Record | None = None
    entries: list[Record] = []
    occurrences: Counter[tuple[str, str]] = Counter()
    for record in records[1:]:
        if record.code == "02" and group is None and account is None:
            group = record
        elif record.code == "03" and group is not None and account is None:
            account, entries = record, []
        elif record.code == "16" and account is not None:
            entries.append(record)
        elif record.code == "49" and account is not None and group is not None:
            _read_account(bank_file, group, account, entries, record, file_id, occurrences)
            account = None
        elif record.code == "98" and group is not None and account is None:
            group = None
        elif record.code == "99" and group is None and record is records[-1]:
            break
        else:
            missing = "49" if account is not None else "98" if group is not None else "02"
            raise QuarantineError(
                BankReason.TRUNCATED_STATEMENT,
                f"Record {record.code} stands where record {missing} is expected: part of the file is missing.",
                record.position,
            )
    return bank_file.parsed("BAI2")


def _text_of(content: bytes) -> str:
    try:
        return decode_text(content)
    except QuarantineError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            return decode_text(content, "cp1252" if b"\x81" not in content else "latin-1")
        raise


def _records(text: str) -> Iterator[Record]:
    """Yield logical records; a line without a record code continues the line before (senders wrap at fixed width)."""
    current: Record | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        for piece in _RECORDS_ON_ONE_LINE.split(line):
            stripped = piece.strip()
            if not stripped:
                continue
            found = _RECORD.match(stripped)
            body = stripped[3:] if found else stripped
            body = body.rstrip().removesuffix("/").rstrip()
            if found is None:
                if current is None:
                    raise QuarantineError(
                        BankReason.NOT_A_BANK_FILE, f"`{stripped[:40]}` is no BAI2 record.", f"line {number}"
                    )
                if current.continuations:
                    current.continuations[-1] += " " + body
                else:
                    current.text += " " + body
            elif found.group(1) == "88":
                if current is None:
                    raise QuarantineError(
                        BankReason.NOT_A_BANK_FILE, "The file starts with a continuation.", f"line {number}"
                    )
                current.continuations.append(body)
            else:
                if current is not None:
                    yield current
                current = Record(found.group(1), body, number)
    if current is not None:
        yield current


def _read_account(
    bank_file: BankFile,
    group: Record,
    account: Record,
    entries: list[Record],
    trailer: Record,
    file_id: str,
    occurrences: Counter[tuple[str, str]],
) -> None:
    group_fields, fields = group.fields, account.fields
    number = fields[0].replace(" ", "")
    if not number:
        raise QuarantineError(BankReason.ACCOUNT_MISSING, "Record 03 names no account.", account.position)
    group_currency = group_fields[5] if len(group_fields) > 5 else ""
    declared = (fields[1] if len(fields) > 1 else "") or group_currency or DEFAULT_CURRENCY
    currency = known_currency(declared, account.position)
    as_of_date = _date(group_fields[3] if len(group_fields) > 3 else "", group.position)
    summary, summary_total = _summary(fields[2:], account)
    opening, closing = summary.get(OPENING_LEDGER), summary.get(CLOSING_LEDGER)
    if entries and (opening is None or closing is None):
        missing = OPENING_LEDGER if opening is None else CLOSING_LEDGER
        raise QuarantineError(
            BankReason.BALANCE_MISSING,
            f"Account `{number}` has entries but no ledger balance {missing}, so nothing proves them whole.",
            account.position,
        )
    statement_id = f"{as_of_date}-{file_id}"
    occurrences[number, statement_id] += 1
    nth = occurrences[number, statement_id]
    statement = Statement(
        account=number,
        currency=currency,
        statement_id=statement_id if nth == 1 else f"{statement_id}-{nth}",
        statement_number=file_id or None,
        from_date=as_of_date,
        to_date=as_of_date,
        opening_balance=None if opening is None else from_minor(opening, currency),
        closing_balance=None if closing is None else from_minor(closing, currency),
        format="bai2",
        position=account.position,
    )
    found_total = summary_total
    for record in entries:
        found_total += _read_entry(bank_file, statement, record, as_of_date)
    if opening is None or closing is None:  # without balances only the trailer can prove the account whole
        _check_control_total(number, trailer, found_total)
    bank_file.close_statement(statement)


def _check_control_total(account_number: str, trailer: Record, found: int) -> None:
    expected = _minor_units(trailer.fields[0], trailer.position)
    if expected != found:
        raise QuarantineError(
            BankReason.STATEMENT_DOES_NOT_BALANCE,
            f"Account `{account_number}`: the trailer says its amounts sum to {expected} minor units, found {found}.",
            trailer.position,
        )


def _summary(fields: list[str], account: Record) -> tuple[dict[str, int], int]:
    """Return balances by type code, and the sum of all amounts of the record (part of its control total)."""
    balances: dict[str, int] = {}
    total, index = 0, 0
    while index < len(fields):
        code = fields[index]
        amount = fields[index + 1] if index + 1 < len(fields) else ""
        if code and amount:
            value = _minor_units(amount, account.position)
            balances.setdefault(code, value)
            total += value
        index = _after_funds_type(fields, index + 3, account.position)
    return balances, total


def _after_funds_type(fields: list[str], index: int, position: str) -> int:
    """Return where the next field group starts, given the index of the funds type of this one."""
    funds_type = fields[index].upper() if index < len(fields) else ""
    if funds_type == "S":
        return index + 4
    if funds_type == "V":
        return index + 3
    if funds_type == "D":
        count = fields[index + 1] if index + 1 < len(fields) else ""
        if not re.fullmatch(r"[0-9]{1,3}", count):
            raise QuarantineError(
                BankReason.ENTRY_UNREADABLE, f"Funds type D needs a count, found `{count[:20]}`.", position
            )
        return index + 2 + 2 * int(count)
    return index + 1


def _read_entry(bank_file: BankFile, statement: Statement, record: Record, as_of_date: str) -> int:
    """Add one entry and return its amount in minor units, as the control total counts it."""
    fields = record.text.split(",")
    waiting = list(record.continuations)
    while len(fields) < 3 or len(fields) <= _after_funds_type([f.strip() for f in fields], 2, record.position) + 2:
        if not waiting:
            break
        fields += waiting.pop(0).split(",")
    written, fields = fields, [each.strip() for each in fields]
    if len(fields) < 2 or not re.fullmatch(r"[0-9]{3}", fields[0]):
        raise QuarantineError(
            BankReason.ENTRY_UNREADABLE, f"`16,{record.text[:60]}` has no type code and amount.", record.position
        )
    minor = _minor_units(fields[1], record.position)
    after = _after_funds_type(fields, 2, record.position) if len(fields) > 2 else 2
    funds_type = fields[2].upper() if len(fields) > 2 else ""
    value_date = as_of_date
    if funds_type == "V" and len(fields) > 3 and fields[3]:
        value_date = _date(fields[3], record.position)
    bank_reference = fields[after] if len(fields) > after else ""
    customer_reference = fields[after + 1] if len(fields) > after + 1 else ""
    lines = [",".join(written[after + 2 :]), *waiting]
    text = "\n".join(line.strip() for line in lines if line.strip())
    direction = _direction(fields[0])
    statement.entry_count += 1
    if direction is None:
        statement.entry_count -= 1
        if fields[0] != "890":  # 890 carries text only
            bank_file.reject(
                EntryReason.UNKNOWN_TYPE_CODE,
                f"Type code {fields[0]} does not say whether money came or went.",
                f"{record.position}: 16,{record.text[:200]}",
            )
        return minor
    if minor < 0:
        minor, direction = -minor, DEBIT if direction == CREDIT else CREDIT
    amount = from_minor(minor, statement.currency)
    labelled = {
        name: match.group(1).strip() if (match := pattern.search(text)) else None for name, pattern in _LABELLED.items()
    }
    is_return = fields[0] in RETURN_CODES
    detail = Detail(
        amount=amount,
        direction=direction,
        booking_date=as_of_date,
        value_date=value_date,
        is_reversal=is_return,
        bank_reference=bank_reference or customer_reference or None,
        end_to_end_id=labelled["end_to_end_id"] or (customer_reference if bank_reference else None) or None,
        payer_name=labelled["payer_name"],
        payer_account=labelled["payer_account"],
        remittance_text=re.sub(r"\s+", " ", text) or None,
        return_reason=fields[0] if is_return else None,
    )
    statement.booked += detail.signed_amount
    bank_file.add_detail(statement, 1, detail)
    return minor


def _direction(type_code: str) -> str | None:
    code = int(type_code)
    if 100 <= code <= 399 or 920 <= code <= 959:
        return CREDIT
    if 400 <= code <= 699 or 960 <= code <= 999:
        return DEBIT
    return None


def _minor_units(text: str, position: str) -> int:
    if not _MINOR_UNITS.fullmatch(text.strip()):
        reason = (
            BankReason.AMOUNT_OUT_OF_RANGE if re.fullmatch(r"[+-]?[0-9]{18,}", text) else BankReason.AMOUNT_MALFORMED
        )
        raise QuarantineError(
            reason, f"`{text[:40]}` is not an amount in whole minor units; BAI2 has no decimal sign.", position
        )
    value = int(text)
    if abs(Decimal(value)) >= Decimal(10) ** 15:
        raise QuarantineError(BankReason.AMOUNT_OUT_OF_RANGE, f"{value} minor units are more than we hold.", position)
    return value


def _date(text: str, position: str) -> str:
    try:
        if re.fullmatch(r"[0-9]{6}", text):
            return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:])).isoformat()
        if re.fullmatch(r"[0-9]{8}", text):
            return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError as error:
        raise QuarantineError(
            BankReason.DATE_MALFORMED, f"`{text}` is not a date of the calendar.", position
        ) from error
    raise QuarantineError(BankReason.DATE_MALFORMED, f"`{text[:20]}` is not a date in YYMMDD.", position)
