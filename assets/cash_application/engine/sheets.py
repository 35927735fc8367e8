"""What does a customer owe, all of it at once? The open documents in columns, with the customary sums made ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from assets.cash_application.engine.book import Book

WHOLE_BALANCE, ALL_OVERDUE, ONE_MONTH, ONE_ORDER, OLDEST_FIRST, OLDEST_CUT = (
    "whole_balance", "all_overdue", "one_month", "one_order", "oldest_first", "oldest_cut",
)  # fmt: skip
FEW = 40  # documents up to which sums are made one by one
_EPOCH = 719_163  # the ordinal of 1 January 1970


class Sheet:
    """The open documents of one or several customers in one ledger on a day, oldest due first."""

    __slots__ = ("_few_sums", "_groups", "_ordered", "_sums", "_wholes", "credit", "documents", "due", "invoiced",
                 "issued", "open", "orders", "size")  # fmt: skip

    def __init__(self, book: Book, documents: np.ndarray, day: int) -> None:
        """Take what is open and issued on a day from documents in their order."""
        left = np.frombuffer(book.open, dtype=np.int64)[documents]
        issued = np.frombuffer(book.issued, dtype=np.int32)[documents]
        is_open = (left != 0) & (issued <= day)
        self.documents = documents[is_open]
        self.size = len(self.documents)
        self.open = left[is_open]
        self.issued = issued[is_open]
        self.due = np.frombuffer(book.due, dtype=np.int32)[self.documents]
        self.orders = np.frombuffer(book.orders, dtype=np.int32)[self.documents]
        self.invoiced = int(self.open[self.open > 0].sum())
        self.credit = self.invoiced - int(self.open.sum())
        self._few_sums: np.ndarray | None = None
        self._wholes: list[tuple[str, int, np.ndarray]] | None = None
        self._groups: list[tuple[str, np.ndarray, np.ndarray, np.ndarray]] = []
        self._ordered: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._sums = self.open[:0]  # of all these sets, in order

    def summing_to(self, amount: int, day: int) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the customary sets of two or more documents that sum to an amount, each set once."""
        if self.size < 2 or amount > self.invoiced:
            return
        if self.size <= FEW:
            if self._few_sums is None:
                self._few_sums = self._sums_of_few(day)
            if amount not in self._few_sums:  # compared with each, in no more than some hundred bytes a sheet
                return
        if self._wholes is None:
            self._prepare(day)
        at = int(np.searchsorted(self._sums, amount))
        if at == len(self._sums) or self._sums[at] != amount:
            return
        found: list[tuple[str, np.ndarray]] = [
            (rule, np.nonzero(chosen)[0]) for rule, whole, chosen in self._wholes or () if whole == amount
        ]
        for rule, sums, places, starts in self._groups:
            for at in np.nonzero(sums == amount)[0].tolist():
                end = starts[at + 1] if at + 1 < len(starts) else len(places)
                found.append((rule, np.sort(places[starts[at] : end])))
        seen: set[bytes] = set()
        for rule, group in found:
            if len(group) >= 2 and group.tobytes() not in seen:
                seen.add(group.tobytes())
                yield rule, self.documents[group]
        for places, sums, keys in self._ordered:
            last = int(np.searchsorted(sums, amount))
            if 1 <= last < len(sums) and int(sums[last]) == amount:
                is_cut = last + 1 == len(sums) or keys[last + 1] > keys[last]
                yield OLDEST_FIRST if is_cut else OLDEST_CUT, self.documents[places[: last + 1]]

    def without(self, excluded: Iterable[int], amount: int, day: int) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the whole balance, and all that is overdue, without some documents, if it is the amount."""
        kept = ~np.isin(self.documents, list(excluded))
        if kept.all():
            return
        for rule, chosen in ((WHOLE_BALANCE, kept), (ALL_OVERDUE, kept & (self.due > 0) & (self.due < day))):
            for mask in (chosen, chosen & (self.open > 0)):
                if mask.any() and int(self.open[mask].sum()) == amount:
                    yield rule, self.documents[mask]

    def _sums_of_few(self, day: int) -> np.ndarray:
        """Return the sums of all customary sets of few documents, to which most amounts are not equal."""
        left, due, orders = self.open.tolist(), self.due.tolist(), self.orders.tolist()
        months = _months(self.issued).tolist()
        invoices = [place for place, amount in enumerate(left) if amount > 0]
        by_issue = sorted(invoices, key=self.issued.tolist().__getitem__)
        sums: dict[tuple[str, int], int] = {}
        for place, amount in enumerate(left):
            keys = [(WHOLE_BALANCE, 0)]
            if 0 < due[place] < day:
                keys.append((ALL_OVERDUE, 0))
            if amount > 0:
                keys.append((ONE_MONTH, months[place]))
                if orders[place]:
                    keys.append((ONE_ORDER, orders[place]))
                if 0 < due[place] <= day:
                    keys.append((ALL_OVERDUE, 1))
                    if due[place] < day:
                        keys.append((ALL_OVERDUE, 2))
            for key in keys:
                sums[key] = sums.get(key, 0) + amount
        running = [accumulate(map(left.__getitem__, places)) for places in (invoices, by_issue)]
        return np.fromiter(set(chain(sums.values(), *running)), dtype=np.int64)

    def _prepare(self, day: int) -> None:
        is_invoice = self.open > 0
        is_due = (self.due > 0) & (self.due < day)
        masks = (
            (WHOLE_BALANCE, np.ones(self.size, dtype=bool)), (WHOLE_BALANCE, is_invoice), (ALL_OVERDUE, is_due),
            (ALL_OVERDUE, is_due & is_invoice), (ALL_OVERDUE, (self.due > 0) & (self.due <= day) & is_invoice),
        )  # fmt: skip
        self._wholes = [(rule, int(self.open[chosen].sum()), chosen) for rule, chosen in masks]
        invoices = np.nonzero(is_invoice)[0]
        months = _months(self.issued[invoices])
        orders = self.orders[invoices]
        self._groups = [
            self._grouped(ONE_MONTH, invoices, months),
            self._grouped(ONE_ORDER, invoices[orders > 0], orders[orders > 0]),
        ]
        by_issue = invoices[np.argsort(self.issued[invoices], kind="stable")]
        self._ordered = [self._running(invoices, self.due), self._running(by_issue, self.issued)]
        wholes = np.asarray([whole for _, whole, _ in self._wholes], dtype=np.int64)
        self._sums = np.sort(
            np.concatenate([wholes, *(one[1] for one in self._groups), *(one[1] for one in self._ordered)])
        )

    def _grouped(
        self, rule: str, places: np.ndarray, keys: np.ndarray
    ) -> tuple[str, np.ndarray, np.ndarray, np.ndarray]:
        """Return the sums of documents with the same key, the documents by key, and where each key begins."""
        if not len(places):
            return rule, self.open[:0], places, places
        order = np.argsort(keys, kind="stable")
        sorted_keys = keys[order]
        starts = np.concatenate([[0], np.nonzero(sorted_keys[1:] != sorted_keys[:-1])[0] + 1])
        return rule, np.add.reduceat(self.open[places[order]], starts), places[order], starts

    def _running(self, places: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return places, np.cumsum(self.open[places]), keys[places]


def _months(days: np.ndarray) -> np.ndarray:
    """Return the month of each day, as a number."""
    return (days.astype(np.int64) - _EPOCH).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
