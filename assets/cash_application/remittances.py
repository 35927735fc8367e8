"""What did the payer say elsewhere? Lines inside the bank entry, and remittance messages that belong to a receipt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from assets.cash_application.engine.texts import compact, unwrapped
from assets.ledger.money import to_minor
from assets.ledger.receipts import Receipt
from assets.ledger.remittances import RemittanceLine

_APART = re.compile(r"[\s*|:;,~+]+")  # what stands between a reference and its label, as in TRN*1*77123*9
SHORTEST_REFERENCE = 5  # a payment reference of fewer signs is found in too many texts by chance


@dataclass(frozen=True, slots=True)
class StatedLine:
    """One document a payer lists, with the amount meant for it and why it is less than billed, if stated."""

    document_number: str
    amount_minor: int | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """All that one payer listed for one payment, and how it was linked to the receipt."""

    link: str  # bank_lines | payment_reference | total
    source_key: str
    lines: tuple[StatedLine, ...]

    @property
    def total_minor(self) -> int | None:
        """Return the sum of the lines, or None while a line states no amount."""
        amounts = [line.amount_minor for line in self.lines]
        return None if None in amounts else sum(amount for amount in amounts if amount is not None)


@dataclass(slots=True)
class _Message:
    message_id: str
    lines: dict[int, RemittanceLine]

    @property
    def currency_code(self) -> str | None:
        return next((line.currency_code for line in self.lines.values() if line.currency_code), None)

    @property
    def sent_date(self) -> date | None:
        return next((line.sent_date for line in self.lines.values() if line.sent_date), None)

    @property
    def payment_reference(self) -> str:
        return next((compact(line.payment_reference) for line in self.lines.values() if line.payment_reference), "")


class RemittanceIndex:
    """Remittance lines by bank entry, and messages by payment reference and by total."""

    def __init__(self, lines: Iterable[RemittanceLine] = ()) -> None:
        self._of_receipt: dict[str, dict[int, RemittanceLine]] = {}
        self._messages: dict[str, _Message] = {}
        self._by_reference: dict[str, dict[str, None]] = {}
        self._by_total: dict[tuple[str, int], dict[str, None]] = {}
        for line in lines:
            self.add(line)

    def add(self, line: RemittanceLine) -> None:
        """Take up a line; a line known already is replaced."""
        if line.receipt_key:
            self._of_receipt.setdefault(line.receipt_key, {})[line.line_number] = line
            return
        if not line.message_id:
            return
        message = self._messages.get(line.message_id)
        if message is None:
            message = self._messages[line.message_id] = _Message(line.message_id, {})
        else:
            self._by_total.get(_total(message) or ("", 0), {}).pop(message.message_id, None)
        message.lines[line.line_number] = line
        if message.payment_reference:
            self._by_reference.setdefault(message.payment_reference, {})[message.message_id] = None
        total = _total(message)
        if total:
            self._by_total.setdefault(total, {})[message.message_id] = None

    def of_receipt(self, receipt: Receipt) -> Statement | None:
        """Return the lines that came inside the bank entry."""
        lines = self._of_receipt.get(receipt.receipt_key)
        if not lines:
            return None
        return _statement("bank_lines", receipt.receipt_key, lines, receipt.currency_code)

    def messages_by_reference(self, receipt: Receipt) -> list[Statement]:
        """Return messages whose payment reference the receipt carries."""
        keys: dict[str, None] = {}
        for text in (receipt.end_to_end_id, unwrapped(receipt.remittance_text or "")):
            for token in _tokens_of(text) if text else ():
                keys.update(self._by_reference.get(token, {}))
        return self._statements("payment_reference", sorted(keys), receipt)

    def messages_by_total(self, receipt: Receipt, within_days: int) -> list[Statement]:
        """Return messages about exactly this amount, sent within some days of the receipt."""
        near = []
        for message_id in sorted(self._by_total.get((receipt.currency_code, receipt.amount_minor), ())):
            sent = self._messages[message_id].sent_date
            if sent is not None and abs((receipt.value_date - sent).days) <= within_days:
                near.append(message_id)
        return self._statements("total", near, receipt)

    def _statements(self, link: str, message_ids: Iterable[str], receipt: Receipt) -> list[Statement]:
        return [
            _statement(link, message_id, self._messages[message_id].lines, receipt.currency_code)
            for message_id in message_ids
            if self._messages[message_id].currency_code in (None, receipt.currency_code)
        ]


@lru_cache(maxsize=20_000)
def _tokens_of(text: str) -> frozenset[str]:
    tokens = {compact(text), *(compact(word) for word in text.split()), *(compact(part) for part in _APART.split(text))}
    return frozenset(token for token in tokens if len(token) >= SHORTEST_REFERENCE)


def _statement(link: str, key: str, lines: dict[int, RemittanceLine], currency_code: str) -> Statement:
    return Statement(
        link,
        key,
        tuple(
            StatedLine(
                line.document_number,
                None if line.amount is None else to_minor(line.amount, currency_code),
                line.deduction_reason,
            )
            for _, line in sorted(lines.items())
            if line.document_number
        ),
    )


def _total(message: _Message) -> tuple[str, int] | None:
    currency = message.currency_code
    amounts = [line.amount for line in message.lines.values()]
    if currency is None or None in amounts:
        return None
    return currency, sum(to_minor(amount, currency) for amount in amounts if amount is not None)
