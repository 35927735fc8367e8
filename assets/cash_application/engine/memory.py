"""What did people teach? Confirmed payers, their writing habits, and what was refused, each weighing less with time."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from assets.cash_application.engine.fading import Count, counted, left_of
from assets.cash_application.engine.nouns import Payment
from assets.cash_application.engine.numbers import resembles
from assets.cash_application.engine.payers import PayerIndex, name_key
from assets.cash_application.engine.texts import compact, read_text, unwrapped


class Seen(NamedTuple):
    """A payment that was seen before."""

    receipt_id: str
    day: int
    words: int  # a checksum of its text


class PaidFor(NamedTuple):
    """A payer paid for a customer on a day."""

    customer: str
    account: str | None
    name: str | None
    day: int


SeenKey = tuple[str, int, int]  # payer, ledger, amount


class Memory:
    """The payer index with habits, refusals and the payments seen lately."""

    def __init__(self, payers: PayerIndex | None = None) -> None:
        self.payers = payers or PayerIndex()
        self._habits: dict[str, dict[str, Count]] = {}
        self._bonus: dict[str, tuple[int, dict[str, float]]] = {}  # of the day last asked for
        self._refused: dict[tuple[str, str], Count] = {}
        self._seen: dict[SeenKey, tuple[Seen, ...]] = {}
        self._keyed: tuple[Payment, SeenKey] | None = None  # the payment last looked for, with its key
        self.paid_by: dict[str, tuple[int, str]] = {}  # document -> day and receipt of its last payment, where told

    def note(self, payment: Payment) -> None:
        """Remember a payment, so that a second one like it is noticed."""
        key = self._seen_key(payment)
        self._seen[key] = *self._seen.get(key, ()), Seen(payment.receipt_id, payment.day, _words_of(payment))

    def seen_more_than_once(self, payments: Iterable[Payment]) -> dict[SeenKey, tuple[Seen, ...]]:
        """Return, of payments noted before, those that are not alone with their payer and amount."""
        found = {key: self._seen[key] for key in map(self._seen_key, payments)}
        return {key: seen for key, seen in found.items() if len(seen) > 1}

    def take_up_seen(self, seen: Mapping[SeenKey, tuple[Seen, ...]]) -> None:
        """Take over what another memory has seen."""
        self._seen.update(seen)

    def forget(self, payment: Payment) -> None:
        """Forget a payment that went back: the next one like it is the first."""
        key = self._seen_key(payment)
        self._seen[key] = tuple(seen for seen in self._seen.get(key, ()) if seen.receipt_id != payment.receipt_id)

    def note_paid(self, document_id: str, receipt_id: str, day: int) -> None:
        """Remember which receipt paid a document; of several the last, whatever order they are told in."""
        paid = day, receipt_id
        self.paid_by[document_id] = max(paid, self.paid_by.get(document_id, paid))

    def learn_payers(self, lessons: Iterable[PaidFor]) -> None:
        """Learn for whom payers pay from applications that rested on the numbers they gave."""
        for lesson in lessons:
            self.payers.learn(lesson.customer, lesson.account, lesson.name, lesson.day)

    def seen_like(self, payment: Payment, within_days: int) -> str | None:
        """Return an earlier payment of the same payer and amount, or None; who is not named is nobody's payer."""
        key = self._seen_key(payment)
        if not key[0]:
            return None
        for other in self._seen.get(key, ()):
            if other.receipt_id != payment.receipt_id and 0 <= payment.day - other.day <= within_days:
                return other.receipt_id
        return None

    def is_repeated(self, payment: Payment) -> bool:
        """Return whether an earlier payment like this one also says the same."""
        words = _words_of(payment)
        return any(
            other.words == words
            for other in self._seen.get(self._seen_key(payment), ())
            if other.receipt_id != payment.receipt_id and other.day <= payment.day
        )

    def learn_habit(self, account: str | None, name: str | None, kind: str, day: int, count: float = 1.0) -> None:
        """Count how a payer wrote a number of ours that was confirmed; a negative one takes back what a day taught."""
        key = compact(account or "") or name_key(name)
        if key:
            counts = self._habits.setdefault(key, {})
            after = counted(counts.pop(kind, None), count, day)
            if after is not None:
                counts[kind] = after
            self._bonus.pop(key, None)

    def learn_from(
        self, account: str | None, name: str | None, text: str | None, printed: str | None, day: int, count: float = 1.0
    ) -> None:
        """Learn how a payer writes our numbers from one confirmed pair of text and number; or take that back."""
        if text and printed:
            mark = resembles(printed, read_text(unwrapped(text)).tokens)
            if mark is not None:
                self.learn_habit(account, name, mark.kind, day, count)

    def habits(self, account: str | None, name: str | None, day: int) -> dict[str, float]:
        """Return by how much a payer's known way of writing raises a mark of that kind on a day."""
        if not self._habits:
            return {}
        key = compact(account or "") or name_key(name)
        counts = self._habits.get(key)
        if not counts:
            return {}
        known = self._bonus.get(key)
        if known is None or known[0] != day:
            left = {kind: left_of(counts[kind], day) for kind in sorted(counts)}
            whole = sum(left.values())
            bonus = {
                kind: min(2.0, math.log1p(4.0 * count / (whole + 2.0))) for kind, count in left.items() if count > 0
            }
            known = self._bonus[key] = day, bonus
        return known[1]

    def refuse(self, account: str | None, name: str | None, document_id: str, day: int, count: int = 1) -> None:
        """Remember that a person refused a document for a payer; a negative count takes back what was said that day."""
        key = compact(account or "") or name_key(name), document_id
        after = counted(self._refused.pop(key, None), count, day)
        if after is not None:
            self._refused[key] = after

    def refused(self, account: str | None, name: str | None, document_ids: Sequence[str], day: int) -> float:
        """Return how often a person refused any of these documents for this payer, as far as it still counts."""
        if not self._refused:
            return 0.0
        payer = compact(account or "") or name_key(name)
        return sum(left_of(self._refused.get((payer, document_id)), day) for document_id in document_ids)

    def _seen_key(self, payment: Payment) -> SeenKey:
        if self._keyed is None or self._keyed[0] is not payment:
            payer = compact(payment.payer_account or "") or name_key(payment.payer_name)
            self._keyed = payment, (payer, payment.ledger, payment.amount)
        return self._keyed[1]


def _words_of(payment: Payment) -> int:
    return zlib.crc32(compact(payment.text or "").encode())
