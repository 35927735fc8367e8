"""What does a customer owe, all of it at once? The open documents in columns, with the customary sums made ready."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from assets.cash_application.engine.book import Book

WHOLE_BALANCE, ALL_OVERDUE, ONE_MONTH, ONE_ORDER, OLDEST_FIRST, OLDEST_CUT = (
    "whole_balance", "all_overdue", "one_month", "one_order", "oldest_first", "oldest_cut",
)  # fmt: skip
Group = tuple[str, np.ndarray]


class Sheet:
    """The open documents of one or several customers in one ledger on a day, oldest due first."""

    __slots__ = ("_groups", "_ordered", "documents", "due", "invoiced", "issued", "open", "orders", "size")

    def __init__(self, book: Book, documents: Sequence[int]) -> None:
        self.documents = np.asarray(documents, dtype=np.int64)
        self.size = len(documents)
        self.open = np.asarray([book.open[document] for document in documents], dtype=np.int64)
        self.invoiced = int(self.open[self.open > 0].sum())
        self.due = np.asarray([book.due[document] for document in documents], dtype=np.int64)
        self.issued = np.asarray([book.issued[document] for document in documents], dtype=np.int64)
        self.orders = [book.orders[document] for document in documents]
        self._groups: dict[int, list[Group]] | None = None
        self._ordered: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def summing_to(self, amount: int, day: int) -> Iterator[Group]:
        """Yield the customary sets of two or more documents that sum to an amount."""
        if self.size < 2 or amount > self.invoiced:
            return
        if self._groups is None:
            self._groups = self._prepare(day)
        yield from self._groups.get(amount, ())
        for places, sums, keys in self._ordered:
            at = int(np.searchsorted(sums, amount))
            if 1 <= at < len(sums) and int(sums[at]) == amount:
                is_cut = at + 1 == len(sums) or keys[at + 1] > keys[at]
                yield OLDEST_FIRST if is_cut else OLDEST_CUT, self.documents[places[: at + 1]]

    def _prepare(self, day: int) -> dict[int, list[Group]]:
        groups: dict[int, list[Group]] = {}
        is_invoice = self.open > 0
        is_due = (self.due > 0) & (self.due < day)
        wholes = [
            (WHOLE_BALANCE, np.ones(self.size, dtype=bool)), (WHOLE_BALANCE, is_invoice), (ALL_OVERDUE, is_due),
            (ALL_OVERDUE, is_due & is_invoice), (ALL_OVERDUE, (self.due > 0) & (self.due <= day) & is_invoice),
        ]  # fmt: skip
        for rule, chosen in wholes:
            _add(groups, rule, self.documents[chosen], self.open[chosen])
        months: dict[object, list[int]] = {}
        orders: dict[object, list[int]] = {}
        month_of = {ordinal: _month(int(ordinal)) for ordinal in np.unique(self.issued)}
        for place in np.nonzero(is_invoice)[0].tolist():
            months.setdefault(month_of[self.issued[place]], []).append(place)
            order = self.orders[place]
            if order:
                orders.setdefault(order, []).append(place)
        for rule, sets in ((ONE_MONTH, months), (ONE_ORDER, orders)):
            for places in sets.values():
                _add(groups, rule, self.documents[places], self.open[places])
        invoices = np.nonzero(is_invoice)[0]
        by_issue = invoices[np.argsort(self.issued[invoices], kind="stable")]
        self._ordered = [self._running(invoices, self.due), self._running(by_issue, self.issued)]
        return groups

    def _running(self, places: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return places, np.cumsum(self.open[places]), keys[places]


def _add(groups: dict[int, list[Group]], rule: str, documents: np.ndarray, amounts: np.ndarray) -> None:
    if len(documents) < 2:
        return
    same = groups.setdefault(int(amounts.sum()), [])
    if not any(len(known) == len(documents) and (known == documents).all() for _, known in same):
        same.append((rule, documents))


def _month(ordinal: int) -> tuple[int, int]:
    day = date.fromordinal(ordinal)
    return day.year, day.month
