"""Who paid? An account or tax id identifies a customer family; a name only suggests where to look."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from assets.ledger.parties import Customer
from assets.ledger.receipts import Receipt

LEAST_NAME_LIKENESS = 88  # of 100, on the words of both names without legal forms

_WORD = re.compile(r"[A-Z0-9]+")
_LONG_TOKEN = re.compile(r"[A-Z]{0,4}\d[A-Z0-9]{6,17}")
_LEGAL_FORMS = frozenset(
    {"AB", "AG", "AS", "BV", "CO", "COMPANY", "CORP", "CORPORATION", "EG", "EK", "EV", "GBR", "GMBH", "HOLDING"}
    | {"HOLDINGS", "INC", "INCORPORATED", "KG", "KGAA", "LIMITED", "LLC", "LLP", "LP", "LTD", "LTDA", "MBH", "NV"}
    | {"OHG", "OY", "PLC", "PTY", "SA", "SARL", "SAS", "SE", "SL", "SNC", "SPA", "SRL", "UG", "THE", "AND", "UND"}
)


class PayerBasis(StrEnum):
    """What a payer was recognised by."""

    SOURCE = "source"  # the system that holds the receipt names the customer
    ACCOUNT = "account"  # the account is on file, or was learned from applied cash
    TAX_ID = "tax_id"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Payer:
    """The customer families a receipt can come from: one = identified, several = an agent or a shared account."""

    basis: PayerBasis
    families: frozenset[str] = frozenset()
    customers: tuple[str, ...] = ()
    evidence: str | None = None

    @property
    def is_identified(self) -> bool:
        """Return whether exactly one customer family can have paid."""
        return len(self.families) == 1


class PayerIndex:
    """Customers by account, tax id, family and name, and the receipts seen of each payer."""

    def __init__(self, customers: Iterable[Customer] = ()) -> None:
        self._customers: dict[str, Customer] = {}
        self._families: dict[str, dict[str, None]] = {}
        self._accounts: dict[str, dict[str, None]] = {}
        self._learned: dict[str, dict[str, int]] = {}
        self._tax_ids: dict[str, dict[str, None]] = {}
        self._names: dict[str, dict[str, None]] = {}
        self._name_words: dict[str, dict[str, None]] = {}
        self._receipts: dict[tuple[str, str, str, int], dict[str, Receipt]] = {}
        for customer in customers:
            self.add_customer(customer)

    def add_customer(self, customer: Customer) -> None:
        """Take up a customer, or what has become known of one since."""
        before = self._customers.get(customer.customer_key)
        if before is not None:
            self._forget(before)
        self._customers[customer.customer_key] = customer
        self._families.setdefault(customer.family_key or customer.customer_key, {})[customer.customer_key] = None
        if customer.tax_id:
            self._tax_ids.setdefault(_account_key(customer.tax_id), {})[customer.customer_key] = None
        words = name_words(customer.customer_name)
        if words:
            self._names.setdefault(" ".join(words), {})[customer.customer_key] = None
        for word in words:
            self._name_words.setdefault(word, {})[customer.customer_key] = None

    def add_account(self, payer_account: str, customer_key: str) -> None:
        """Take up an account that the customer is on file to pay from."""
        self._accounts.setdefault(_account_key(payer_account), {})[customer_key] = None

    def learn_account(self, payer_account: str | None, customer_key: str | None) -> None:
        """Count that cash from this account was applied to this customer; the walk calls it per application."""
        if payer_account and customer_key:
            counts = self._learned.setdefault(_account_key(payer_account), {})
            counts[customer_key] = counts.get(customer_key, 0) + 1

    def unlearn_account(self, payer_account: str | None, customer_key: str | None) -> None:
        """Take back what an application taught, when it is undone."""
        counts = self._learned.get(_account_key(payer_account or ""), {})
        if customer_key in counts:
            counts[customer_key] -= 1
            if counts[customer_key] <= 0:
                del counts[customer_key]

    def add_receipt(self, receipt: Receipt) -> None:
        """Remember a receipt, or its return, so that a second one like it is noticed."""
        self._receipts.setdefault(_habit(receipt), {})[receipt.receipt_key] = receipt

    def others_like(self, receipt: Receipt, within_days: int) -> list[Receipt]:
        """Return receipts of the same payer and amount of the same or an earlier value date that were not returned."""
        return [
            other
            for other in self._receipts.get(_habit(receipt), {}).values()
            if other.receipt_key != receipt.receipt_key
            and not other.is_returned
            and 0 <= (receipt.value_date - other.value_date).days <= within_days
        ]

    def family_of(self, customer_key: str | None) -> str | None:
        """Return the family a customer belongs to; a customer without one is its own family."""
        if customer_key is None:
            return None
        customer = self._customers.get(customer_key)
        return (customer.family_key or customer_key) if customer else customer_key

    def name_of(self, customer_key: str) -> str | None:
        """Return the customer's name, or None for one not on file."""
        customer = self._customers.get(customer_key)
        return customer.customer_name if customer else None

    def members_of(self, families: Iterable[str]) -> tuple[str, ...]:
        """Return the customers of some families, in a fixed order."""
        return tuple(sorted({member for family in families for member in self._families.get(family, {family: None})}))

    def identify(self, receipt: Receipt, *, agent_families: int) -> Payer:
        """Return who paid, by the strongest evidence there is; a name is none."""
        if receipt.customer_key:
            return self._payer(PayerBasis.SOURCE, [receipt.customer_key], receipt.customer_key)
        if receipt.payer_account:
            account = _account_key(receipt.payer_account)
            known = self._accounts.get(account) or self._learned.get(account)
            if known:
                payer = self._payer(PayerBasis.ACCOUNT, known, receipt.payer_account)
                return payer if len(payer.families) < agent_families else Payer(PayerBasis.UNKNOWN)
        for token in _LONG_TOKEN.findall(f"{receipt.payer_name or ''} {receipt.remittance_text or ''}".upper()):
            if token in self._tax_ids:
                return self._payer(PayerBasis.TAX_ID, self._tax_ids[token], token)
        return Payer(PayerBasis.UNKNOWN)

    def named_like(self, payer_name: str | None, legal_entity_id: str) -> list[tuple[str, int]]:
        """Return customers of an entity whose name is like the payer's, best first, with a likeness of 100."""
        words = name_words(payer_name)
        if not words:
            return []
        text = " ".join(words)
        pools = sorted((self._name_words[word] for word in words if word in self._name_words), key=len)
        nearby = {*self._names.get(text, ()), *(key for pool in pools[:2] for key in pool)}
        scored = [
            (key, round(fuzz.token_sort_ratio(text, " ".join(name_words(self._customers[key].customer_name)))))
            for key in nearby
            if self._customers[key].legal_entity_id == legal_entity_id
        ]
        return sorted(
            ((key, likeness) for key, likeness in scored if likeness >= LEAST_NAME_LIKENESS),
            key=lambda pair: (-pair[1], pair[0]),
        )

    def _payer(self, basis: PayerBasis, customers: Iterable[str], evidence: str) -> Payer:
        keys = tuple(sorted(customers))
        families = frozenset(family for key in keys if (family := self.family_of(key)))
        return Payer(basis, families, keys, evidence)

    def _forget(self, customer: Customer) -> None:
        self._families[customer.family_key or customer.customer_key].pop(customer.customer_key, None)
        words = name_words(customer.customer_name)
        self._names.get(" ".join(words), {}).pop(customer.customer_key, None)
        for word in words:
            self._name_words.get(word, {}).pop(customer.customer_key, None)
        if customer.tax_id:
            self._tax_ids.get(_account_key(customer.tax_id), {}).pop(customer.customer_key, None)


def name_words(name: str | None) -> tuple[str, ...]:
    """Return the words of a name without accents and legal forms, each once, sorted."""
    if not name:
        return ()
    plain = name if name.isascii() else unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = set(_WORD.findall(plain.upper().replace(".", "")))
    return tuple(sorted(words - _LEGAL_FORMS or words))


def receipt_order(receipt: Receipt) -> tuple[str, str, str]:
    """Return the order in which receipts are settled: by value date, then by their place in the statement."""
    return receipt.value_date.isoformat(), receipt.receipt_id, receipt.receipt_key


def _account_key(account: str) -> str:
    return "".join(_WORD.findall(account.upper()))


def _habit(receipt: Receipt) -> tuple[str, str, str, int]:
    payer = _account_key(receipt.payer_account or "") or " ".join(name_words(receipt.payer_name))
    return payer, receipt.legal_entity_id, receipt.currency_code, receipt.amount_minor
