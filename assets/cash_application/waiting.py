"""Which waiting receipts are worth another look today? Those that something new may settle, and their rivals."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from datetime import date

from assets.cash_application.decide import receipt_order
from assets.cash_application.engine.payers import name_key
from assets.cash_application.engine.texts import compact, digits_of, unwrapped, without_zeros
from assets.cash_application.outcomes import CashOutcome
from assets.ledger.documents import OpenItem
from assets.ledger.money import to_minor
from assets.ledger.receipts import Receipt
from assets.ledger.remittances import RemittanceLine

_WORD = re.compile(r"[A-Za-z0-9]+")
_DIGIT = re.compile(r"[0-9]")
LONGEST_SPLIT = 4  # words a number may be spread over


class WaitingReceipts:
    """Receipts not applied yet, by everything that may change their outcome."""

    def __init__(self) -> None:
        self._outcomes: dict[str, CashOutcome] = {}
        self._signs: dict[str, tuple[Hashable, ...]] = {}
        self._watching: dict[Hashable, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._outcomes)

    def get(self, receipt_key: str) -> CashOutcome | None:
        """Return the latest outcome of a receipt, or None when it does not wait."""
        return self._outcomes.get(receipt_key)

    def keep(self, outcome: CashOutcome) -> bool:
        """Keep a receipt waiting under its latest outcome; return whether a person would see anything new."""
        before = self._outcomes.get(outcome.receipt_key)
        self._outcomes[outcome.receipt_key] = outcome
        if not is_news(before, outcome):
            return False
        if before is not None:
            self._unwatch(outcome.receipt_key)
        self._signs[outcome.receipt_key] = signs = tuple(_signs(outcome))
        for sign in signs:
            self._watching.setdefault(sign, {})[outcome.receipt_key] = None
        return True

    def drop(self, receipt_key: str) -> None:
        """Stop waiting for a receipt: it was applied, put on account by a person, or returned."""
        if self._outcomes.pop(receipt_key, None) is not None:
            self._unwatch(receipt_key)

    def _unwatch(self, receipt_key: str) -> None:
        for sign in self._signs.pop(receipt_key):
            self._watching[sign].pop(receipt_key, None)

    def stopped_by(self, reason_code: str) -> list[str]:
        """Return the receipts that wait for one reason."""
        return [key for key, outcome in self._outcomes.items() if outcome.reason_code == reason_code]

    def outcomes(self) -> list[CashOutcome]:
        """Return the latest outcome of every waiting receipt, in value-date order."""
        return sorted(self._outcomes.values(), key=lambda outcome: receipt_order(outcome.receipt))

    def touched(
        self,
        documents: Iterable[OpenItem] = (),
        remittance_lines: Iterable[RemittanceLine] = (),
        payers: Iterable[str] = (),
        amounts: Iterable[tuple[str, int]] = (),
    ) -> list[Receipt]:
        """Return receipts that documents, remittances, payers or amounts that are news may settle, and their rivals."""
        signs: dict[Hashable, None] = {("amount", *amount): None for amount in amounts}
        oldest: dict[str, date] = {}
        for item in documents:
            signs[("document", item.document_key)] = None
            if item.customer_key:
                oldest[item.customer_key] = min(item.document_date, oldest.get(item.customer_key, item.document_date))
            signs[("amount", item.currency_code, item.open_minor)] = None
            digits = digits_of(item.document_number)
            for number in (compact(item.document_number), digits, without_zeros(digits)):
                signs[("token", number)] = None
        totals: dict[tuple[str | None, str | None], int] = {}
        for line in remittance_lines:
            if line.receipt_key:
                signs[("receipt", line.receipt_key)] = None
            signs[("token", compact(line.payment_reference or ""))] = None
            if line.amount is not None and line.currency_code:
                key = line.message_id, line.currency_code
                totals[key] = totals.get(key, 0) + _minor(line)
        signs.update({("amount", currency, total): None for (_, currency), total in totals.items()})
        signs.update({("payer", compact(payer)): None for payer in payers})
        found = {key for sign in signs for key in self._watching.get(sign, ())}
        for customer_key, document_date in oldest.items():  # what was issued after the money came changes no balance
            found.update(
                key
                for key in self._watching.get(("customer", customer_key), ())
                if self._outcomes[key].receipt.value_date >= document_date
            )
        wanted = {document for key in found for p in self._outcomes[key].proposals for document in p.document_keys}
        found.update(key for document in wanted for key in self._watching.get(("document", document), ()))
        return sorted((self._outcomes[key].receipt for key in found), key=receipt_order)


def is_news(before: CashOutcome | None, outcome: CashOutcome) -> bool:
    """Return whether a person would see anything new in an outcome."""
    return (
        before is None or before.situation != outcome.situation or before.watched_customers != outcome.watched_customers
    )


def _signs(outcome: CashOutcome) -> Iterator[Hashable]:
    receipt = outcome.receipt
    yield "receipt", receipt.receipt_key
    yield "amount", receipt.currency_code, receipt.amount_minor
    if receipt.payer_account:
        yield "payer", compact(receipt.payer_account)
    if receipt.credited_account:
        yield "payer", compact(receipt.credited_account)
    if receipt.payer_name:
        yield "payer", compact(name_key(receipt.payer_name))
    for customer_key in outcome.watched_customers:
        yield "customer", customer_key
    for proposal in outcome.proposals:
        for document_key in proposal.document_keys:
            yield "document", document_key
    for text in (unwrapped(receipt.remittance_text or ""), receipt.end_to_end_id or ""):
        words = [word.upper() for word in _WORD.findall(text)]
        for first in range(len(words)):
            for last in range(first + 1, min(len(words), first + LONGEST_SPLIT) + 1):
                token = "".join(words[first:last])
                if _DIGIT.search(token):
                    yield "token", token


def _minor(line: RemittanceLine) -> int:
    return to_minor(line.amount, line.currency_code) if line.amount is not None and line.currency_code else 0
