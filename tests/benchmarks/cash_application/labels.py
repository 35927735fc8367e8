"""Says, from the finished files alone, which receipts the inputs determine and which must not be applied.

The files are replayed in the order of value dates. A receipt is decidable when what is written names its documents, or
names enough of them that amount and payer leave one way, and nothing written speaks as well for another. Receipts that
nobody could decide are not applied in the replay, so what follows is judged on the book a careful matcher would hold.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from tests.benchmarks.cash_application.numbers import compact, digits_of, without_leading_zeros
from tests.benchmarks.cash_application.tables import LABELS
from tests.benchmarks.cash_application.wording import plain

LEAVES_REST_OPEN = {"short_payment", "deduction", "instalment"}
MOST_COUNTED = 24  # documents among which subsets are counted, all sizes: 2 * 2^12 sums
BY_NUMBER, WITHIN_DIGITS, BY_ORDER, BY_LIKENESS, UNNAMED = 4, 3, 2, 1, 0
BY_ACCOUNT, BY_NAME, UNRELATED = 2, 1, 0
_FOLD = str.maketrans("OISBZG", "015826")
_RUN = re.compile(r"\d+")
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z./\-]*")
_NO_NAME = {
    "GMBH",
    "AG",
    "KG",
    "CO",
    "EK",
    "GESMBH",
    "SARL",
    "SAS",
    "SA",
    "EURL",
    "BV",
    "NV",
    "SRL",
    "SL",
    "SLU",
    "SPA",
    "LTDA",
    "ME",
    "EIRELI",
    "INC",
    "LLC",
    "CORP",
    "LP",
    "ACCOUNTS",
    "PAYABLE",
    "TREASURY",
    "SHARED",
    "SERVICES",
    "AP",
    "DEPT",
}


@dataclass(slots=True)
class Item:
    """A document of the book, with what of it is open in the replay."""

    document_id: str
    printed: str
    whole: str
    core: str
    customer: str
    currency: str
    entity: str
    issued: date
    due: date
    is_closed: bool
    amount: int
    open: int
    discount: int | None
    discount_until: date | None
    order: str | None


@dataclass(slots=True)
class Seen:
    """What a receipt shows, and what it truly pays."""

    receipt_id: str
    day: date
    amount: int
    currency: str
    entity: str
    payer_name: str
    payer_account: str
    texts: list[str]
    line_amounts: dict[str, int]
    truth: list[tuple[Item, int, int, str | None]]
    named: dict[str, int] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)


def label(folder: Path) -> None:
    """Add the labels to `truth_receipts` of a folder."""
    book = Book(folder)
    seen = book.receipts()
    found = {receipt.receipt_id: book.judge(receipt) for receipt in seen}
    path = folder / "truth_receipts.parquet"
    table = pq.read_table(path)
    ids = table.column("receipt_id").to_pylist()
    columns = list(zip(*(found[receipt_id] for receipt_id in ids), strict=True)) or [(), (), ()]
    for (name, kind), column in zip(LABELS, columns, strict=True):
        table = table.append_column(name, pa.array(column, kind))
    pq.write_table(table, path, compression="zstd")


class Book:
    """The documents, what is open of them, and who is known under which account and name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.items: dict[str, Item] = {}
        self.by_key: dict[str, list[tuple[Item, int]]] = defaultdict(list)
        self.by_customer: dict[str, list[Item]] = defaultdict(list)
        self.open_at: dict[tuple[str, int], dict[str, Item]] = defaultdict(dict)
        self.closed_at: dict[tuple[str, int], list[Item]] = defaultdict(list)
        for row in self._read("documents"):
            self._take(row)
        self.key_lengths = sorted({len(key) for key in self.by_key}, reverse=True)
        self.by_account: dict[str, set[str]] = defaultdict(set)
        self.by_alias: dict[str, set[str]] = defaultdict(set)
        self.by_tax: dict[str, str] = {}
        self.family: dict[str, list[str]] = defaultdict(list)
        self.family_of: dict[str, str] = {}
        self.by_first: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
        self.names: list[tuple[str, str]] = []
        self.name_cache: dict[str, frozenset[str]] = {}
        self.decided: set[str] = set()
        self._know()

    def _read(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / f"{name}.parquet"
        return pq.read_table(path).to_pylist() if path.exists() else []

    def _take(self, row: dict[str, Any]) -> None:
        number = row["document_number"]
        item = Item(
            row["document_id"],
            number.upper(),
            compact(number),
            digits_of(number),
            row["customer_id"],
            row["currency_code"],
            row.get("legal_entity_id") or "",
            row["issue_date"],
            row["due_date"],
            row["closed_date"] is not None,
            row["amount_minor"],
            row["open_amount_minor"],
            row["cash_discount_minor"],
            row["cash_discount_date"],
            row["purchase_order_number"],
        )
        self.items[item.document_id] = item
        keys = {item.core: BY_NUMBER, without_leading_zeros(number): BY_NUMBER}
        for other in (row["purchase_order_number"], row["order_number"]):
            if other:
                keys.setdefault(digits_of(other), BY_ORDER)
        for key, strength in keys.items():
            if len(key) >= 4:
                self.by_key[key].append((item, strength))
        if item.is_closed:
            self.closed_at[item.currency, item.amount].append(item)
        else:
            self.by_customer[item.customer].append(item)
            self.open_at[item.currency, item.open][item.document_id] = item

    def _know(self) -> None:
        for row in self._read("payer_accounts"):
            self.by_account[compact(row["account"])].add(row["customer_id"])
        for row in self._read("history"):
            if row["verdict"] == "confirmed":
                if row["payer_account"]:
                    self.by_account[compact(row["payer_account"])].add(row["customer_id"])
                self.by_alias[row["payer_name"]].add(row["customer_id"])
        for row in self._read("customers"):
            words = _words(row["customer_name"])
            self.by_first[words[0]].append((row["customer_id"], words))
            self.names.append((" ".join(words), row["customer_id"]))
            if row["family_id"]:
                self.family[row["family_id"]].append(row["customer_id"])
                self.family_of[row["customer_id"]] = row["family_id"]
            if row["tax_id"]:
                self.by_tax[digits_of(row["tax_id"])] = row["customer_id"]

    def receipts(self) -> list[Seen]:
        """Return the receipts with their truth, in value-date order."""
        lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._read("remittance_lines"):
            lines[row["receipt_id"]].append(row)
        truth: dict[str, list[tuple[Item, int, int, str | None]]] = defaultdict(list)
        for row in self._read("truth_applications"):
            truth[row["receipt_id"]].append(
                (self.items[row["document_id"]], row["applied_minor"], row["difference_minor"], row["difference_kind"])
            )
        seen = []
        for row in self._read("receipts"):
            own = lines[row["receipt_id"]]
            seen.append(
                Seen(
                    row["receipt_id"],
                    row["value_date"],
                    row["amount_minor"],
                    row["currency_code"],
                    row.get("legal_entity_id") or "",
                    row["payer_name"],
                    compact(row["payer_account"] or ""),
                    [row["remittance_text"] or "", row["end_to_end_id"] or "", *(line["reference"] for line in own)],
                    {
                        compact(line["reference"]): line["amount_minor"]
                        for line in own
                        if line["amount_minor"] is not None
                    },
                    truth[row["receipt_id"]],
                )
            )
        return sorted(seen, key=lambda receipt: (receipt.day, receipt.receipt_id))

    # Who pays, what is named

    def _payers(self, receipt: Seen) -> dict[str, int]:
        """Return the customers this receipt may come from, and how that is known."""
        known = dict.fromkeys(sorted(self.by_account.get(receipt.payer_account, ())), BY_ACCOUNT)
        for text in receipt.texts[:1]:
            for run in _RUN.findall(compact(text)):
                if run in self.by_tax:
                    known[self.by_tax[run]] = BY_ACCOUNT
            for run in _RUN.findall(text):
                if f"C{run}" in self.by_customer:
                    known.setdefault(f"C{run}", BY_NAME)
        for customer in sorted(self.by_alias.get(receipt.payer_name, ())):
            known.setdefault(customer, BY_NAME)
        for customer in sorted(self._named(receipt.payer_name)):
            known.setdefault(customer, BY_NAME)
        for customer in list(known):
            for sibling in self.family.get(self.family_of.get(customer, ""), ()):
                known.setdefault(sibling, BY_NAME)
        return known

    def _named(self, name: str) -> frozenset[str]:
        if name not in self.name_cache:
            words = _words(name)
            found: set[str] = set()
            if words and len("".join(words)) >= 5:
                for customer, theirs in self.by_first.get(words[0], ()):
                    if len(words) == 1 or len(theirs) == 1 or _begins(words[1], theirs[1]):
                        found.add(customer)
                if not found:
                    whole = " ".join(words)
                    found = {
                        customer for theirs, customer in self.names
                        if abs(len(theirs) - len(whole)) < 8 and fuzz.ratio(whole, theirs, score_cutoff=88)
                    }  # fmt: skip
            self.name_cache[name] = frozenset(found)
        return self.name_cache[name]

    def _references(self, receipt: Seen) -> dict[str, int]:
        """Return documents whose number or order number stands in the receipt, longest finds only."""
        found: dict[str, int] = {}
        for text in receipt.texts:
            squeezed, written = compact(text), text.upper()
            standing = set(_RUN.findall(text))
            for match in _RUN.finditer(squeezed):
                run = match.group()
                taken: list[tuple[int, int]] = []
                for length in self.key_lengths:
                    for start in range(len(run) - length + 1):
                        key = run[start : start + length]
                        hits = self.by_key.get(key)
                        if hits is None or any(left <= start and start + length <= right for left, right in taken):
                            continue
                        taken.append((start, start + length))
                        before = squeezed[: match.start() + start]
                        # A prefix that only some of the homonyms carry tells them apart.
                        prefixed = [
                            hit for hit in hits
                            if not hit[0].whole[0].isdigit() and before.endswith(hit[0].whole.split(hit[0].core)[0])
                        ]  # fmt: skip
                        for item, strength in prefixed or hits:
                            if strength == BY_NUMBER and not (prefixed or key in standing or item.printed in written):
                                strength = WITHIN_DIGITS
                            found[item.document_id] = max(found.get(item.document_id, 0), strength)
        return found

    def _mark(self, receipt: Seen, item: Item) -> int:
        """Return how strongly the receipt names a document."""
        strength = receipt.named.get(item.document_id, UNNAMED)
        if strength:
            return strength
        for text in receipt.texts:
            for word in _WORD.findall(text):
                folded = compact(word).translate(_FOLD)
                typed = digits_of(folded)
                if len(typed) < 4:
                    continue
                if item.core.endswith(typed) or typed.endswith(item.core):
                    return BY_LIKENESS
                if OSA.distance(folded, item.whole.translate(_FOLD), score_cutoff=1) <= 1:
                    return BY_LIKENESS
                if len(typed) >= 5 and OSA.distance(typed, item.core, score_cutoff=1) <= 1:
                    return BY_LIKENESS
                bare = item.core.lstrip("0")
                if len(typed) >= 5 and OSA.distance(typed.lstrip("0"), bare, score_cutoff=1) <= 1:
                    return BY_LIKENESS
        whole = compact(" ".join(receipt.texts)).translate(_FOLD)
        if item.whole.translate(_FOLD) in whole or (len(item.core) >= 6 and item.core in whole):
            return BY_LIKENESS
        return UNNAMED

    # The judgement

    def judge(self, receipt: Seen) -> tuple[bool, bool, str]:
        """Return whether a receipt is decidable, whether it must not be applied, and why."""
        receipt.named = self._references(receipt)
        receipt.customers = self._payers(receipt)
        if not receipt.truth:
            reason = self._why_tempting(receipt)
            return False, reason is None, reason or "nothing_to_pay"
        reason = self._why_not_determined(receipt)
        if reason is not None:
            return False, False, reason
        for item, applied, difference, kind in receipt.truth:
            del self.open_at[item.currency, item.open][item.document_id]
            item.open -= applied if kind in LEAVES_REST_OPEN else applied + difference
            if item.open:
                self.open_at[item.currency, item.open][item.document_id] = item
        return True, False, "determined"

    def _fitting(self, receipt: Seen, amount: int) -> list[Item]:
        """Return the documents of which exactly this amount is open on the day."""
        return [
            item for item in self.open_at.get((receipt.currency, amount), {}).values() if self._is_open(receipt, item)
        ]

    @staticmethod
    def _is_open(receipt: Seen, item: Item) -> bool:
        return (
            item.open != 0
            and item.issued <= receipt.day
            and item.currency == receipt.currency
            and item.entity == receipt.entity
        )

    def _support(self, receipt: Seen, item: Item) -> tuple[int, int]:
        return self._mark(receipt, item), receipt.customers.get(item.customer, UNRELATED)

    def _why_tempting(self, receipt: Seen) -> str | None:
        """Return why a receipt that pays nothing looks as if it did, if so."""
        settled = max((receipt.named[key] for key in receipt.named if not self.items[key].open), default=UNNAMED)
        for item in self._fitting(receipt, receipt.amount):
            mark, payer = self._support(receipt, item)
            if mark >= max(settled, BY_LIKENESS) or (payer >= BY_NAME and not settled):
                return "looks_like_a_payment"
        open_named = [self.items[key] for key in receipt.named if self._is_open(receipt, self.items[key])]
        if 2 <= len(open_named) <= MOST_COUNTED and _count([item.open for item in open_named], receipt.amount):
            return "looks_like_a_payment"
        pool = [] if settled else self._pool(receipt, BY_ACCOUNT) or self._pool(receipt, BY_NAME)
        if 2 <= len(pool) <= MOST_COUNTED and _count([item.open for item in pool], receipt.amount):
            return "looks_like_a_payment"
        if any(item.open >= receipt.amount and receipt.named[item.document_id] == BY_NUMBER for item in open_named):
            return "looks_like_a_part_payment"
        return None

    def _pool(self, receipt: Seen, at_least: int) -> list[Item]:
        return [
            item
            for customer, strength in receipt.customers.items()
            if strength >= at_least
            for item in self.by_customer.get(customer, ())
            if self._is_open(receipt, item)
        ]

    def _why_not_determined(self, receipt: Seen) -> str | None:
        if any(
            not self._is_open(receipt, item)
            or abs(item.open) < abs(applied + (0 if kind in LEAVES_REST_OPEN else difference))
            for item, applied, difference, kind in receipt.truth
        ):
            return "depends_on_an_undecided_receipt"
        unapplied = receipt.amount - sum(applied for _, applied, _, _ in receipt.truth)
        if len(receipt.truth) == 1:
            item, applied, _, kind = receipt.truth[0]
            if not unapplied and applied == item.open:
                return self._why_not_single(receipt, item, receipt.amount)
            if kind in {"cash_discount", "unearned_discount"} and applied == item.open - (item.discount or 0):
                return self._why_not_discounted(receipt, item, kind)
            return self._why_not_different(receipt, item, applied, unapplied)
        return self._why_not_batch(receipt)

    def _why_not_single(self, receipt: Seen, item: Item, amount: int) -> str | None:
        mark, payer = self._support(receipt, item)
        for other in self._fitting(receipt, amount):
            if other is item:
                continue
            rival_mark, rival_payer = self._support(receipt, other)
            if rival_mark > mark or (rival_mark == mark and rival_payer >= payer):
                return "equal_amount_sibling"
            if rival_mark < mark and rival_payer > payer and mark < BY_NUMBER:
                return "payer_speaks_for_another"
        if mark == UNNAMED:
            if payer == UNRELATED:
                return "payer_unknown"
            contradiction = self._contradiction(receipt, amount)
            if contradiction:
                return contradiction
        return None

    def _contradiction(self, receipt: Seen, amount: int) -> str | None:
        """Return what a number in the text says against an amount that fits an unnamed document."""
        for key, strength in receipt.named.items():
            other = self.items[key]
            if strength < BY_NUMBER or other.currency != receipt.currency:
                continue
            if other.is_closed and other.amount == amount:
                return "names_a_closed_document_of_that_amount"
            less = other.open - amount
            if self._is_open(receipt, other) and (
                less == (other.discount or 0) or 0 <= less <= max(5_000, amount // 25)
            ):
                return "names_another_document_that_may_be_meant"
        return None

    def _why_not_discounted(self, receipt: Seen, item: Item, kind: str) -> str | None:
        mark, payer = self._support(receipt, item)
        if self._rival_of_that_amount(receipt, item, mark, receipt.amount):
            return "equal_amount_sibling"
        if mark == UNNAMED:
            if payer == UNRELATED:
                return "payer_unknown"
            if kind != "cash_discount":
                return "late_discount_without_reference"
            contradiction = self._contradiction(receipt, receipt.amount)
            if contradiction:
                return contradiction
        for other in self._pool(receipt, BY_NAME):
            if other is item or not other.discount or other.open - other.discount != receipt.amount:
                continue
            if mark == UNNAMED or self._mark(receipt, other) >= mark:
                return "equal_amount_sibling"
        return None

    def _rival_of_that_amount(self, receipt: Seen, item: Item, mark: int, amount: int) -> bool:
        return any(
            other is not item and (self._mark(receipt, other) >= max(mark, 1) or receipt.customers.get(other.customer))
            for other in self._fitting(receipt, amount)
        )

    def _why_not_different(self, receipt: Seen, item: Item, applied: int, unapplied: int) -> str | None:
        """A difference needs a number that names one document, from a payer who may pay it."""
        mark, payer = self._support(receipt, item)
        if mark < BY_ORDER:
            return "difference_without_reference"
        others = [
            key
            for key, strength in receipt.named.items()
            if key != item.document_id
            and strength >= mark
            and self._is_open(receipt, self.items[key])
            and (receipt.customers.get(self.items[key].customer, UNRELATED) >= payer or strength > mark)
        ]
        if others:
            return "names_several_documents"
        # From a stranger a whole printed number still decides, unless some open document has exactly that amount.
        if payer == UNRELATED and (mark < BY_NUMBER or self._fitting(receipt, receipt.amount)):
            return "payer_unknown"
        has_line_amount = applied in receipt.line_amounts.values()
        if not has_line_amount and self._rival_of_that_amount(receipt, item, BY_NUMBER, receipt.amount):
            return "equal_amount_sibling"
        if unapplied and any(other.customer == item.customer for other in self._fitting(receipt, unapplied)):
            return "excess_fits_another_document"
        return None

    def _why_not_batch(self, receipt: Seen) -> str | None:
        truth = [item for item, _, _, _ in receipt.truth]
        wanted = {item.document_id for item in truth}
        marks = {item.document_id: self._mark(receipt, item) for item in truth}
        named = {
            key: self.items[key]
            for key, strength in receipt.named.items()
            if self._is_open(receipt, self.items[key])
            and (strength == BY_NUMBER or (key in wanted and strength > BY_ORDER))
        }
        exact = [key for key in wanted if key in named]
        takes_discount = any(kind in {"cash_discount", "unearned_discount"} for _, _, _, kind in receipt.truth)
        if len(exact) == len(wanted):
            if takes_discount or len(receipt.line_amounts) >= len(wanted) or set(named) == wanted:
                return None
            if len(named) > MOST_COUNTED:
                return "names_several_documents"
            return None if _count([item.open for item in named.values()], receipt.amount) == 1 else "several_solutions"
        if takes_discount:
            return "difference_without_reference"
        if all(marks.values()):
            for item in truth:
                if marks[item.document_id] != BY_LIKENESS:
                    continue
                for other in self._fitting(receipt, item.open):
                    if other.document_id not in wanted and self._mark(receipt, other):
                        return "equal_amount_sibling"
            return None
        if exact:
            return self._why_not_rest(receipt, truth, named, marks)
        return self._why_not_unnamed(receipt, truth)

    def _why_not_rest(
        self, receipt: Seen, truth: Sequence[Item], named: dict[str, Item], marks: dict[str, int]
    ) -> str | None:
        wanted = {item.document_id for item in truth}
        if not set(named) <= wanted:
            return "names_another_document_that_may_be_meant"
        pinned = [item for item in truth if marks[item.document_id]]
        rest = [item for item in truth if not marks[item.document_id]]
        left = receipt.amount - sum(item.open for item in pinned)
        customers = dict(receipt.customers)
        for item in pinned:
            customers.setdefault(item.customer, BY_NAME)
        best = {item.customer for item in pinned}
        taken = {item.document_id for item in pinned}
        for level in (best, set(customers)):
            pool = [
                item
                for customer in sorted(level)
                for item in self.by_customer.get(customer, ())
                if self._is_open(receipt, item) and item.document_id not in taken
            ]
            if all(item.customer in level for item in rest):
                return self._why_not_subset(pool, rest, left)
            if any(item.open == left for item in pool) or _count_bounded(pool, left):
                return "several_solutions"
        return "payer_unknown"

    @staticmethod
    def _why_not_subset(pool: Sequence[Item], wanted: Sequence[Item], amount: int) -> str | None:
        equal = [item for item in pool if item.open == amount]
        if len(wanted) == 1:
            return None if len(equal) == 1 else "equal_amount_sibling"
        if equal:
            return "several_solutions"
        found = _count_bounded(pool, amount)
        if found is None:
            return "too_many_open_items"
        return None if found == 1 else "several_solutions"

    def _why_not_unnamed(self, receipt: Seen, truth: Sequence[Item]) -> str | None:
        wanted = frozenset(item.document_id for item in truth)
        for level in (BY_ACCOUNT, BY_NAME):
            pool = self._pool(receipt, level)
            if not pool:
                continue
            inside = wanted <= {item.document_id for item in pool}
            structures = _structures(pool, receipt.amount, receipt.day)
            if any(item.open == receipt.amount for item in pool):
                return "single_document_fits_as_well"
            if structures:
                return None if structures == {wanted} else "several_solutions"
            found = _count_bounded(pool, receipt.amount)
            if inside:
                if found is None:
                    return "too_many_open_items"
                return None if found == 1 else "several_solutions"
            if found is None or found:
                return "several_solutions"
        return "payer_unknown"


def _structures(pool: Sequence[Item], amount: int, day: date) -> set[frozenset[str]]:
    """Return the customary groups of open items that sum to an amount: all, all due, a month, an order, the oldest."""
    groups: list[list[Item]] = []
    by_customer: dict[str, list[Item]] = defaultdict(list)
    for item in pool:
        by_customer[item.customer].append(item)
    for items in by_customer.values():
        invoices = [item for item in items if item.open > 0]
        groups += [items, invoices]
        groups.append([item for item in invoices if item.due < day])
        groups.append([item for item in invoices if item.due <= day])
        months: dict[Any, list[Item]] = defaultdict(list)
        for item in invoices:
            months[item.issued.year, item.issued.month].append(item)
            if item.order:
                months[item.order].append(item)
        groups += months.values()
        oldest = sorted(invoices, key=lambda item: (item.due, item.document_id))
        total = 0
        for place, item in enumerate(oldest):
            total += item.open
            # Where the next falls due on the same day, the order between them is nobody's.
            if total == amount and (place + 1 == len(oldest) or oldest[place + 1].due > item.due):
                groups.append(oldest[: place + 1])
    return {
        frozenset(item.document_id for item in group) for group in groups
        if len(group) > 1 and sum(item.open for item in group) == amount
    }  # fmt: skip


def _count_bounded(pool: Sequence[Item], amount: int) -> int | None:
    """Return how many sets of open items sum to an amount; None when there are too many items to say."""
    values = [item.open for item in pool]
    if all(value > 0 for value in values):
        values = [value for value in values if value <= amount]
    return _count(values, amount) if len(values) <= MOST_COUNTED else None


def _count(values: Iterable[int], amount: int) -> int:
    """Return how many non-empty sets of values sum to an amount, by meeting in the middle."""
    values = list(values)
    if not values or amount == 0:
        return 0
    half = len(values) // 2
    left, right = _sums(values[:half]), np.sort(_sums(values[half:]))
    wanted = amount - left
    return int((np.searchsorted(right, wanted, side="right") - np.searchsorted(right, wanted, side="left")).sum())


def _sums(values: Sequence[int]) -> np.ndarray:
    sums = np.zeros(1, dtype=np.int64)
    for value in values:
        sums = np.concatenate([sums, sums + value])
    return sums


def _words(name: str) -> list[str]:
    words = re.sub(r"[^A-Z0-9# ]", "", plain(name).upper().replace("&", " ").replace(".", "")).split()
    kept = [word for word in words if word not in _NO_NAME]
    return kept or words or [""]


def _begins(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 2 and longer.startswith(shorter)
