"""Bank statements in MT940 and MT942, read by the mt-940 library and proved entry by entry and by their balances."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import mt940

from assets.extract.bank_statements import (
    CREDIT,
    DEBIT,
    BankFile,
    BankReason,
    Detail,
    Statement,
    fits_minor_unit,
    known_currency,
)
from assets.extract.reading import ParsedFile, QuarantineError, decode_text

# Business transaction codes of the German :86: field for returned payments, and SWIFT's returned item.
RETURN_TRANSACTION_CODES = frozenset({"108", "109", "159", "181", "184"})
RETURN_TYPES = frozenset({"NRTI", "FRTI"})
NOT_A_REFERENCE = {"", "NONREF", "NOTPROVIDED", "NOREF"}
FIFTEEN_DIGITS = Decimal(10) ** 15

logging.getLogger("mt940").addHandler(logging.NullHandler())  # its pattern dumps would drown our one reason

_STATEMENT_START = re.compile(r"(?m)^(?=:20:)")
_ENTRY = re.compile(r"(?m)^:61:")
# The library reads `100.50` as 100 and takes the rest for a reference; so the amount must end where a type begins.
_AMOUNT_OF_ENTRY = re.compile(
    r":61:[0-9]{6}(?:[0-9]{4}|[0-9]{2} {2}| {4})?[RE]?[DCdc][A-Z]?[ \n]?[0-9]{1,15}(?:,[0-9]{0,10})?(?=[A-Z\n])"
)
_BALANCE_TAG = re.compile(r"(?m)^:6([02])[FM]:")
_INTERIM_REPORT = re.compile(r"(?m)^:(34F|13D|13):")
_WORDS = re.compile(r"/(NAME|REMI|IBAN|EREF|ORDP|BENM|TRTP|CSID|MARF|BIC|RTRN|PREF|ADDR|PURP|TRCD|ISDT)/")


def read_mt940(content: bytes, file_name: str) -> ParsedFile:
    """Return the entries of an MT940 or MT942 file; a truncated or unbalanced one raises QuarantineError."""
    bank_file = BankFile()
    occurrences: Counter[tuple[str, str]] = Counter()
    for block, line in _blocks(_text_of(content)):
        _read_statement(bank_file, block, line, occurrences)
    return bank_file.parsed("MT940")


def _text_of(content: bytes) -> str:
    """Return the text: UTF-8 where it is, else the Western code page most banks still send."""
    try:
        text = decode_text(content)
    except QuarantineError as error:
        if not isinstance(error.__cause__, UnicodeDecodeError):
            raise
        text = decode_text(content, "latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _blocks(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for block in _STATEMENT_START.split(text):
        if block.startswith(":20:"):
            yield block, line
        elif _ENTRY.search(block):
            raise QuarantineError(
                BankReason.TRUNCATED_STATEMENT,
                "Entries stand before the first statement (:20:): the beginning of the file is missing.",
                f"line {line}",
            )
        line += block.count("\n")


def _read_statement(bank_file: BankFile, block: str, line: int, occurrences: Counter[tuple[str, str]]) -> None:
    position = f"line {line}"
    parsed = _parse(block, position)
    entry_count = len(_ENTRY.findall(block))
    transactions = list(parsed[0]) if parsed else []
    if len(transactions) != entry_count:
        raise QuarantineError(
            BankReason.ENTRY_UNREADABLE,
            f"The statement has {entry_count} entries (:61:), but {len(transactions)} can be read.",
            position,
        )
    data: Mapping[str, Any] = parsed[0].data
    positions = list(_positions(block, line))
    statement = _open_statement(block, data, transactions, position, occurrences)
    for transaction, where in zip(transactions, positions, strict=True):
        detail = _detail(transaction.data, statement.currency, where)
        statement.entry_count += 1
        statement.booked += detail.signed_amount
        bank_file.add_detail(statement, 1, detail)
    bank_file.close_statement(statement)


def _parse(block: str, position: str) -> list[Any]:
    """Return what the library reads; ASN Bank's longer :61: is tried when the standard one does not fit."""
    first_error: Exception | None = None
    longer: dict[int | str, mt940.tags.Tag] = {mt940.tags.StatementASNB.id: mt940.tags.StatementASNB()}
    for tags in (None, longer):
        try:
            # Bytes, because the library opens a text that happens to be the name of a file.
            return list(
                mt940.parse_statements(block.encode(), encoding="utf-8", tags=tags, options=mt940.Options.all())
            )
        except Exception as error:  # it raises RuntimeError, ValueError, decimal and regex errors alike
            first_error = first_error or error
    raise QuarantineError(
        BankReason.ENTRY_UNREADABLE,
        f"The statement cannot be read: {str(first_error).splitlines()[0][:160]}.",
        position,
    ) from first_error


def _positions(block: str, line: int) -> Iterator[str]:
    """Yield where each entry stands, after a look at what the library would read into its amount."""
    for offset, text in enumerate(block.split("\n")):
        if text.startswith(":61:"):
            if not _AMOUNT_OF_ENTRY.match(text + "\n"):
                raise QuarantineError(
                    BankReason.ENTRY_UNREADABLE,
                    f"`{text[:40]}` has no amount with decimal comma.",
                    f"line {line + offset}",
                )
            yield f"line {line + offset}"


def _open_statement(
    block: str,
    data: Mapping[str, Any],
    transactions: list[Any],
    position: str,
    occurrences: Counter[tuple[str, str]],
) -> Statement:
    account = str(data.get("account_identification") or "").replace(" ", "")
    if not account:
        raise QuarantineError(BankReason.ACCOUNT_MISSING, "The statement names no account (:25:).", position)
    opening = data.get("final_opening_balance") or data.get("intermediate_opening_balance")
    closing = data.get("final_closing_balance") or data.get("intermediate_closing_balance")
    is_interim_report = opening is None and closing is None and _INTERIM_REPORT.search(block) is not None
    if not is_interim_report:
        if opening is None:
            raise QuarantineError(
                BankReason.BALANCE_MISSING, "The statement has no opening balance (:60F: or :60M:).", position
            )
        if closing is None:
            raise QuarantineError(
                BankReason.TRUNCATED_STATEMENT,
                "The statement has no closing balance (:62F: or :62M:): its end is missing.",
                position,
            )
        if Counter(_BALANCE_TAG.findall(block)) != {"0": 1, "2": 1}:
            raise QuarantineError(
                BankReason.ENTRY_UNREADABLE, "The statement states its opening or closing balance twice.", position
            )
    currency_code = _currency(opening, transactions, data)
    currency = known_currency(currency_code, position)
    if closing is not None and closing.amount.currency != currency:
        raise QuarantineError(
            BankReason.CURRENCY_CONFLICT,
            f"The opening balance is in {currency}, the closing balance in {closing.amount.currency}.",
            position,
        )
    number = data.get("statement_number")
    sequence = data.get("sequence_number")
    statement_number = None if number is None else f"{number}/{sequence}" if sequence else str(number)
    to_date = str(closing.date) if closing is not None else _last_date(transactions)
    reference = data.get("transaction_reference") or ""
    statement_id = "-".join(part for part in (reference, statement_number or "", to_date or "") if part)
    occurrences[account, statement_id] += 1
    nth = occurrences[account, statement_id]
    return Statement(
        account=account,
        currency=currency,
        statement_id=statement_id if nth == 1 else f"{statement_id}-{nth}",
        statement_number=statement_number,
        from_date=str(opening.date) if opening is not None else to_date,
        to_date=to_date,
        opening_balance=None if opening is None else fits_minor_unit(opening.amount.amount, currency, position),
        closing_balance=None if closing is None else fits_minor_unit(closing.amount.amount, currency, position),
        format="mt942" if is_interim_report else "mt940",
        position=position,
    )


def _currency(opening: Any, transactions: list[Any], data: Mapping[str, Any]) -> str | None:
    if opening is not None:
        return str(opening.amount.currency)
    for transaction in transactions:
        if transaction.data.get("currency"):
            return str(transaction.data["currency"])
    for name in ("c_floor_limit", "d_floor_limit", "sum_credit_entries", "sum_debit_entries"):
        if data.get(name) is not None:
            return str(data[name].currency)
    return None


def _last_date(transactions: list[Any]) -> str | None:
    return max((str(transaction.data["date"]) for transaction in transactions), default=None)


def _detail(data: Mapping[str, Any], currency: str, position: str) -> Detail:
    mark = str(data["status"]).upper()
    if mark not in ("C", "D", "RC", "RD", "EC", "ED"):
        raise QuarantineError(BankReason.DIRECTION_MISSING, f"`{mark}` is no debit or credit mark of :61:.", position)
    amount = fits_minor_unit(abs(data["amount"].amount), currency, position)
    if amount >= FIFTEEN_DIGITS:
        raise QuarantineError(BankReason.AMOUNT_OUT_OF_RANGE, f"{amount} is more than an amount can be.", position)
    is_return = (
        str(data.get("transaction_code") or "") in RETURN_TRANSACTION_CODES or str(data.get("id")) in RETURN_TYPES
    )
    free = _words(_joined(data.get("transaction_details")))
    value_date = str(data["date"])
    return Detail(
        amount=amount,
        # A reversal of a credit takes money away and a reversal of a debit gives it back.
        direction=CREDIT if mark in ("C", "RD", "EC") else DEBIT,
        booking_date=str(data["entry_date"]) if data.get("entry_date") else value_date,
        value_date=value_date,
        is_reversal=mark in ("RC", "RD") or is_return,
        bank_reference=_reference(data.get("bank_reference")) or _reference(data.get("customer_reference")),
        end_to_end_id=_reference(data.get("end_to_end_reference")) or _reference(free.get("EREF")),
        payer_name=data.get("applicant_name") or free.get("NAME") or free.get("ORDP") or None,
        payer_account=data.get("applicant_iban") or free.get("IBAN") or None,
        remittance_text=_remittance_text(data, free),
        return_reason=_return_reason(data, is_return),
    )


def _remittance_text(data: Mapping[str, Any], free: Mapping[str, str]) -> str | None:
    structured = [_joined(data.get(name)) for name in ("purpose", "additional_purpose")]
    text = " ".join(part for part in structured if part)
    text = text or free.get("REMI", "").removeprefix("USTD//") or free.get("", "")
    return text or _joined(data.get("extra_details")) or _joined(data.get("posting_text")) or None


def _return_reason(data: Mapping[str, Any], is_return: bool) -> str | None:
    if not is_return:
        return None
    note = str(data.get("return_debit_notes") or "")
    return note if note.strip("0") else str(data.get("transaction_code") or data.get("id") or "RETURN")


def _words(text: str) -> dict[str, str]:
    """Return the parts of a `/NAME/…/REMI/…` text by their word; a text without them stands under the empty word."""
    pieces = _WORDS.split(text)
    words = {"": text}
    for word, value in zip(pieces[1::2], pieces[2::2], strict=True):
        words.setdefault(word, value.strip(" /"))
    return words


def _joined(value: Any) -> str:
    return " ".join(str(value).split()) if value else ""


def _reference(value: Any) -> str | None:
    text = _joined(value)
    return None if text.upper() in NOT_A_REFERENCE else text
