"""What every bank reader owes: exact amounts, one row per transaction detail, and statements that balance."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from babel.numbers import list_currencies

from assets.extract.reading import ParsedFile, QuarantineError, RejectedRow
from assets.extract.text_rows import TextRows
from assets.ledger.money import ZERO, minor_digits, minor_unit

STATEMENTS = "bank__statements"
ENTRIES = "bank__entries"
REMITTANCE_LINES = "bank__remittance_lines"

STATEMENT_COLUMNS = (
    "account", "currency", "statement_id", "statement_number", "from_date", "to_date",
    "opening_balance", "closing_balance", "format",
)  # fmt: skip
ENTRY_COLUMNS = (
    "account", "currency", "statement_id", "entry_number", "sub_number", "booking_date", "value_date", "amount",
    "direction", "is_reversal", "status", "bank_reference", "end_to_end_id", "payer_name", "payer_account",
    "remittance_text", "return_reason", "credited_account",
)  # fmt: skip
REMITTANCE_COLUMNS = (
    "account", "statement_id", "entry_number", "sub_number", "line", "document_number", "amount", "reason",
)  # fmt: skip

CREDIT = "C"
DEBIT = "D"

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?")  # fifteen digits are what decimal(18,3) holds


class BankReason(StrEnum):
    """Why a bank file is quarantined as a whole."""

    NOT_A_BANK_FILE = "NOT_A_BANK_FILE"
    TRUNCATED_STATEMENT = "TRUNCATED_STATEMENT"
    STATEMENT_DOES_NOT_BALANCE = "STATEMENT_DOES_NOT_BALANCE"
    BALANCE_MISSING = "BALANCE_MISSING"
    ACCOUNT_MISSING = "ACCOUNT_MISSING"
    CURRENCY_MISSING = "CURRENCY_MISSING"
    UNKNOWN_CURRENCY = "UNKNOWN_CURRENCY"
    CURRENCY_CONFLICT = "CURRENCY_CONFLICT"
    AMOUNT_MALFORMED = "AMOUNT_MALFORMED"
    AMOUNT_OUT_OF_RANGE = "AMOUNT_OUT_OF_RANGE"
    AMOUNT_EXCEEDS_MINOR_UNIT = "AMOUNT_EXCEEDS_MINOR_UNIT"
    DATE_MALFORMED = "DATE_MALFORMED"
    DIRECTION_MISSING = "DIRECTION_MISSING"
    ENTRY_UNREADABLE = "ENTRY_UNREADABLE"
    DUPLICATED_STATEMENT = "DUPLICATED_STATEMENT"


class EntryReason(StrEnum):
    """Why one entry of a good statement is kept out of the receipts."""

    NOT_BOOKED = "NOT_BOOKED"
    DETAIL_AMOUNT_MISSING = "DETAIL_AMOUNT_MISSING"
    DETAILS_DO_NOT_SUM = "DETAILS_DO_NOT_SUM"
    UNKNOWN_TYPE_CODE = "UNKNOWN_TYPE_CODE"


@dataclass(slots=True)
class Statement:
    """One statement of one account while its file is read; `booked` sums the signed amounts of its booked entries."""

    account: str
    currency: str
    statement_id: str
    statement_number: str | None
    from_date: str | None
    to_date: str | None
    opening_balance: Decimal | None
    closing_balance: Decimal | None
    format: str
    position: str
    is_final: bool = True  # reports of a day that still runs are not: a statement brings their entries again
    booked: Decimal = ZERO
    entry_count: int = 0


class NamedDocument(NamedTuple):
    """One document that structured remittance names, what is paid of it and why it is less than billed, if stated."""

    number: str
    amount: Decimal | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """One transaction detail: the money of one payer inside an entry, and what the bank said about it."""

    amount: Decimal
    direction: str
    booking_date: str | None
    value_date: str | None
    is_reversal: bool = False
    bank_reference: str | None = None
    end_to_end_id: str | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    remittance_text: str | None = None
    return_reason: str | None = None
    credited_account: str | None = None  # of ours, where the bank names it beside the statement's
    remittance_lines: tuple[NamedDocument, ...] = ()

    @property
    def signed_amount(self) -> Decimal:
        """Return the amount as the balance sees it: credits positive."""
        return self.amount if self.direction == CREDIT else -self.amount


@dataclass(slots=True)
class BankFile:
    """Collects the statements of one file; gives them out only when all of them balance."""

    _statements: TextRows = field(default_factory=lambda: TextRows(STATEMENT_COLUMNS))
    _entries: TextRows = field(default_factory=lambda: TextRows(ENTRY_COLUMNS))
    _remittance_lines: TextRows = field(default_factory=lambda: TextRows(REMITTANCE_COLUMNS))
    _rejected: list[RejectedRow] = field(default_factory=list)
    _amount_sums: Counter[str] = field(default_factory=Counter)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _row_number: int = 0

    def add_detail(self, statement: Statement, sub_number: int, detail: Detail) -> None:
        """Keep one detail of the statement's current entry; its number in the statement keeps equal entries apart."""
        self._row_number += 1
        entry_number, sub = str(statement.entry_count), str(sub_number)
        self._entries.append(
            statement.account, statement.currency, statement.statement_id, entry_number, sub,
            detail.booking_date, detail.value_date, amount_text(detail.amount, statement.currency), detail.direction,
            "true" if detail.is_reversal else "false", "BOOK", detail.bank_reference, detail.end_to_end_id,
            detail.payer_name, detail.payer_account, detail.remittance_text, detail.return_reason,
            detail.credited_account,
        )  # fmt: skip
        for line, (document_number, amount, reason) in enumerate(detail.remittance_lines, start=1):
            self._remittance_lines.append(
                statement.account, statement.statement_id, entry_number, sub, str(line), document_number,
                None if amount is None else amount_text(amount, statement.currency), reason,
            )  # fmt: skip
        self._amount_sums[statement.currency] += detail.signed_amount  # type: ignore[assignment]

    def reject(self, reason_code: EntryReason, reason: str, payload: str) -> None:
        """Keep one detail or entry out of the rows, with its reason."""
        self._row_number += 1
        self._rejected.append(RejectedRow(ENTRIES, self._row_number, str(reason_code), reason, payload))

    def close_statement(self, statement: Statement) -> None:
        """Check that the statement balances and keep it; otherwise the whole file is quarantined."""
        key = (statement.account, statement.statement_id)
        if key in self._seen:
            raise QuarantineError(
                BankReason.DUPLICATED_STATEMENT,
                f"The file holds statement `{statement.statement_id}` of account `{statement.account}` twice. "
                "Ask the bank which one counts.",
                statement.position,
            )
        self._seen.add(key)
        opening, closing = statement.opening_balance, statement.closing_balance
        if opening is not None and closing is not None and opening + statement.booked != closing:
            raise QuarantineError(
                BankReason.STATEMENT_DOES_NOT_BALANCE,
                f"Statement `{statement.statement_id}` of account `{statement.account}`: opening {opening} plus "
                f"{statement.entry_count} booked entries {statement.booked} gives {opening + statement.booked} "
                f"{statement.currency}, but the closing balance says {closing}. Ask the bank for the statement again.",
                statement.position,
            )
        if not statement.is_final:
            return  # the account is not known up to here, and no balance of it opens the next statement
        currency = statement.currency
        self._statements.append(
            statement.account, currency, statement.statement_id, statement.statement_number,
            statement.from_date, statement.to_date,
            None if opening is None else amount_text(opening, currency),
            None if closing is None else amount_text(closing, currency),
            statement.format,
        )  # fmt: skip

    def parsed(self, expected: str) -> ParsedFile:
        """Return everything read; a file without any statement is quarantined."""
        if not self._seen:
            raise QuarantineError(
                BankReason.NOT_A_BANK_FILE,
                f"The file holds no {expected} statement. Check that it was put into the right folder.",
                "byte 0",
            )
        currencies = set(self._amount_sums)
        return ParsedFile(
            rows={STATEMENTS: self._statements, ENTRIES: self._entries, REMITTANCE_LINES: self._remittance_lines},
            rejected=tuple(self._rejected),
            amount_sum=sum(map(Decimal, self._amount_sums.values()), ZERO),
            currency_code=currencies.pop() if len(currencies) == 1 else None,
        )


def known_currency(code: str | None, position: str) -> str:
    """Return the currency code if ISO 4217 knows or knew it."""
    if not code:
        raise QuarantineError(
            BankReason.CURRENCY_MISSING, "An amount names no currency; amounts are never guessed.", position
        )
    if code not in _currencies():
        raise QuarantineError(
            BankReason.UNKNOWN_CURRENCY, f"`{code}` is not an ISO 4217 currency code. Ask the bank.", position
        )
    return code


def exact_amount(text: str | None, currency: str, position: str) -> Decimal:
    """Return a plain unsigned amount that its currency can hold; anything else quarantines the file."""
    if text is None or not _AMOUNT.fullmatch(text):
        too_long = text is not None and re.fullmatch(r"[0-9]{16,}(\.[0-9]+)?", text) is not None
        raise QuarantineError(
            BankReason.AMOUNT_OUT_OF_RANGE if too_long else BankReason.AMOUNT_MALFORMED,
            f"`{(text or '')[:60]}` is not a plain amount of up to fifteen digits with a decimal point.",
            position,
        )
    return fits_minor_unit(Decimal(text), currency, position)


def fits_minor_unit(amount: Decimal, currency: str, position: str) -> Decimal:
    """Return the amount if it is a whole number of the currency's minor units."""
    exact = amount.quantize(_minor_unit(currency))
    if exact != amount:
        digits = minor_digits(currency)
        raise QuarantineError(
            BankReason.AMOUNT_EXCEEDS_MINOR_UNIT,
            f"{amount} has more decimals than {currency} knows ({digits}), so amount or currency is wrong.",
            position,
        )
    return exact


def iso_date(text: str | None, position: str) -> str | None:
    """Return the ISO date at the start of a date or date-time; None stays None."""
    if text is None:
        return None
    try:
        return _calendar_date(text[:10])
    except ValueError as error:
        raise QuarantineError(
            BankReason.DATE_MALFORMED, f"`{text[:40]}` is not a date of the calendar.", position
        ) from error


def amount_text(amount: Decimal, currency: str) -> str:
    """Return the amount with exactly the decimals of its currency."""
    return f"{amount:.{minor_digits(currency)}f}"


@cache
def _minor_unit(currency: str) -> Decimal:
    return minor_unit(currency)


@lru_cache(maxsize=4096)  # a statement knows a handful of days
def _calendar_date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())
