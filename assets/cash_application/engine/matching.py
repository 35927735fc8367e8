"""How may this payment be applied? Every way that fits, scored as one allocation, and one judgement on the best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice, product

from assets.cash_application.engine.book import Book
from assets.cash_application.engine.differences import (
    CASH_DISCOUNT,
    FX,
    LEAVES_REST_OPEN,
    OVERPAYMENT,
    TOLERANCE,
    UNEARNED_DISCOUNT,
    DifferencePolicy,
    best_explanation,
    explain,
)
from assets.cash_application.engine.memory import Memory
from assets.cash_application.engine.nouns import Candidate, Finding, Line, Part, Payment, Reason
from assets.cash_application.engine.numbers import (
    IN_FULL,
    LISTED,
    ORDER,
    SHORTEST_TAIL,
    WITHIN,
    Mark,
    Mention,
    resembles,
    weight_of,
)
from assets.cash_application.engine.payers import IDENTIFYING, Payer
from assets.cash_application.engine.sheets import (
    ALL_OVERDUE,
    OLDEST_CUT,
    OLDEST_FIRST,
    ONE_MONTH,
    ONE_ORDER,
    WHOLE_BALANCE,
    Sheet,
)
from assets.cash_application.engine.subsets import MOST_MEMBERS, count_and_find, small_sets
from assets.cash_application.engine.texts import Text, Token, compact, digits_of, without_zeros

# The rules: what an allocation rests on.
EXACT_REFERENCE, LISTED_REFERENCES, LISTED_AMOUNTS = "exact_reference", "listed_references", "listed_amounts"
NEAR_REFERENCE, ORDER_REFERENCE, NAMED_WITH_DIFFERENCE = "near_reference", "order_reference", "named_with_difference"
PAYER_AND_AMOUNT, AMOUNT_ONLY, AMOUNT_AGAINST_REFERENCE = "payer_and_amount", "amount_only", "amount_against_reference"
LISTED_AND_REST, LISTED_WITH_DIFFERENCE, SUBSET_SUM = "listed_and_rest", "listed_with_difference", "subset_sum"
STRUCTURES = frozenset({WHOLE_BALANCE, ALL_OVERDUE, ONE_MONTH, ONE_ORDER, OLDEST_FIRST})
CAN_SWAP = frozenset({OLDEST_FIRST, OLDEST_CUT, ONE_MONTH, SUBSET_SUM, LISTED_AND_REST})
DUPLICATE, PREPAYMENT, UNLISTED_REST, NOTHING = "duplicate", "prepayment", "unlisted_rest", "nothing"

_PRIOR = {  # how often receipts are settled so, as natural logarithms
    "single": math.log(0.6), "set": math.log(0.2), "structure": math.log(0.03), "nothing": math.log(0.04),
    "duplicate": math.log(0.02), "prepayment": math.log(0.012),
}  # fmt: skip
_SIZES = {2: 0.35, 3: 0.2, 4: 0.13, 5: 0.09, 6: 0.06, 7: 0.04, 8: 0.03, 9: 0.025, 10: 0.02, 11: 0.015, 12: 0.01}
UNNAMED_BESIDE_NAMED = -3.0  # the text names open documents, but not this one
UNNAMED = -1.2  # the text names no document at all
RANGED = 5.0  # a document between the two ends of a range the text names
LINE_DIFFERS = -2.0  # a line states less than is open on its document
LEFT_OUT = -2.5  # a document the text names is not among those paid
UNNAMED_REST = -1.5  # one more document than the text lists
CLOSED_NAMED = -3.5  # the text names a closed document, but not this one
MOST_EQUAL = 300
MOST_READ = 16  # likely customers whose documents are looked at one by one
MOST_SEARCHED = 2_000  # open documents of the customers among whose sets is searched
MOST_PAIRED = 300  # documents among which pairs are looked for
MOST_NAMED = 24
EXPLAINED = 6.0  # log-odds of a way to apply a payment at which no wider search is made
WINDOWS = 40  # places in a text at which digits may stand by chance inside longer ones


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """What the matcher may do by itself, by the class of its evidence."""

    thresholds: Mapping[str, Decimal] = field(default_factory=dict)  # class -> least confidence; absent = never
    default_threshold: float | None = None
    differences: DifferencePolicy = field(default_factory=DifferencePolicy)
    value_cap: int = 10**12
    duplicate_days: int = 45
    hint_words: Mapping[str, str] = field(default_factory=dict)
    search_members: int = 24
    proposals: int = 5
    version: str = ""


@dataclass(slots=True)
class _Scene:
    """All that is known about one payment before anything is tried."""

    payment: Payment
    texts: list[Text]
    tokens: list[Token]
    payer: Payer
    marks: dict[int, Mark]
    mentions: list[tuple[Mention, tuple[int, ...]]]  # each with the open documents it can mean
    closed: dict[int, Mark]
    coming: dict[int, Mark]
    hints: frozenset[str]
    line_texts: list[Text]
    customers: list[str] = field(default_factory=list)
    listed: list[int] = field(default_factory=list)  # open documents named for certain, by mentions of one document

    @property
    def names_open(self) -> bool:
        return any(mark.is_strong for mark in self.marks.values())

    @property
    def names_closed(self) -> bool:
        return any(mark.is_strong for mark in self.closed.values())


class Matcher:
    """Finds and judges the ways to apply payments against one book; reads it, never changes it."""

    def __init__(self, book: Book, memory: Memory, policy: MatchPolicy) -> None:
        self.book = book
        self.memory = memory
        self.payers = memory.payers
        self.policy = policy

    def find(self, payment: Payment) -> Finding:
        """Return the ranked ways to apply a payment on the book as it stands, and whether the best is certain."""
        scene = self._scene(payment)
        pool: dict[tuple[tuple[int, int], ...], Candidate] = {}
        for candidate in self._candidates(scene):
            if not 0 < candidate.applied <= payment.amount:
                continue
            known = pool.get(candidate.key)
            if known is None or known.score < candidate.score:
                pool[candidate.key] = candidate
        ranked = sorted(pool.values(), key=lambda one: (-one.score, self._order(one)))
        against = list(self._against(scene))
        finding = Finding(payment, customer=self._customer(scene, ranked), is_identified=scene.payer.is_known)
        self._weigh(finding, ranked, against, scene)
        return finding

    # What is known

    def _scene(self, payment: Payment) -> _Scene:
        book = self.book
        texts = [Text(payment.text)] if payment.text else []
        if payment.end_to_end_id and compact(payment.end_to_end_id) not in _SAYS_NOTHING:
            texts.append(Text(payment.end_to_end_id))
        line_texts = [Text(line.reference) for line in payment.lines]
        if payment.customer:
            payer = Payer({payment.customer: (9.0, "source")}, True, 1)
        else:
            payer = self.payers.identify(payment.payer_name, payment.payer_account, texts, payment.day)
        marks: dict[int, Mark] = {}
        closed: dict[int, Mark] = {}
        coming: dict[int, Mark] = {}
        mentions: list[tuple[Mention, tuple[int, ...]]] = []
        habits = self.memory.habits(payment.payer_account, payment.payer_name)
        for text in (*texts, *line_texts):
            for mention in book.numbers.read(text):
                if mention.kind not in IN_FULL and self.payers.is_number_of(mention.token, payer):
                    continue
                chances = WINDOWS if mention.kind == WITHIN else max(len(text.tokens), 1)
                weight = weight_of(mention.kind, len(mention.token), chances, len(mention.documents))
                weight += habits.get(mention.kind, 0.0)
                mark = Mark(mention.kind, weight, mention.token)
                open_ones = []
                for document in mention.documents:
                    if book.ledger[document] != payment.ledger:
                        continue
                    into = coming if book.issued[document] > payment.day else marks if book.open[document] else closed
                    if document not in into or into[document].weight < weight:
                        into[document] = mark
                    if into is marks:
                        open_ones.append(document)
                if open_ones:
                    known = [document for document in open_ones if payer.weight(book.customers[document]) > 0]
                    mentions.append((mention, tuple(known or open_ones)))
        for document in self._ranged(payment, texts, marks):
            marks.setdefault(document, Mark(LISTED, RANGED, "range"))
            mentions.append((Mention((document,), LISTED, "range"), (document,)))
        spoken = {mention.token for mention, _ in mentions if mention.kind in IN_FULL}
        spoken |= {mark.token for mark in closed.values() if mark.kind in IN_FULL}
        tokens = [
            _as_decoy(token)
            if (spoken and _is_spoken(token, spoken)) or self.payers.is_number_of(token.digits, payer)
            else token
            for text in (*texts, *line_texts)
            for token in text.tokens
        ]
        words = {word for text in texts for word in text.words}
        hints = (
            frozenset(meaning for word, meaning in self.policy.hint_words.items() if word in words)
            if self.policy.hint_words
            else frozenset()
        )
        reasons = frozenset((line.reason or "").upper() for line in payment.lines if line.reason)
        scene = _Scene(
            payment, texts, tokens, payer, marks, mentions, closed, coming, hints | _meanings(reasons), line_texts
        )
        scene.customers = self._customers(scene)
        scene.listed = list(
            dict.fromkeys(
                documents[0] for _, documents in mentions if len(documents) == 1 and marks[documents[0]].is_strong
            )
        )
        return scene

    def _ranged(self, payment: Payment, texts: Sequence[Text], marks: Mapping[int, Mark]) -> Iterator[int]:
        """Yield the open documents between the two ends of a range such as `4711 bis 4714`, both of one customer."""
        book = self.book
        for text in texts:
            for first, last in text.ranges():
                if len(last) < len(first):
                    last = first[: len(first) - len(digits_of(last))] + digits_of(last)
                heads, tails = book.numbers.numbered(first), book.numbers.numbered(last)
                owners = {book.customers[document] for document in heads} & {book.customers[at] for at in tails}
                low, high = without_zeros(digits_of(first)), without_zeros(digits_of(last))
                if len(owners) != 1 or not low or not high or int(low) >= int(high):
                    continue
                for document in book.of_customer(owners.pop()):
                    core = without_zeros(digits_of(book.numbers.printed[document]))
                    if (
                        document not in marks
                        and core
                        and int(low) < int(core) < int(high)
                        and book.is_open(document, payment.ledger, payment.day)
                    ):
                        yield document

    def _customers(self, scene: _Scene) -> list[str]:
        """Return the customers among whose documents to look, the likeliest first."""
        weights = {customer: weight for customer, (weight, _) in scene.payer.customers.items()}
        for document, mark in scene.marks.items():
            if mark.is_strong:
                customer = self.book.customers[document]
                weights[customer] = max(weights.get(customer, 0.0), 2.0)
        return sorted(weights, key=lambda customer: (-weights[customer], customer))

    # Ways to apply it

    def _candidates(self, scene: _Scene) -> Iterator[Candidate]:
        """Yield every way that fits; the wide searches only when nothing near at hand explains the payment."""
        found = [
            *self._by_lines(scene), *self._listed(scene), *self._singles(scene), *self._discounted_singles(scene),
            *self._different_singles(scene), *self._different_sets(scene),
        ]  # fmt: skip
        yield from found
        if self._is_explained(scene, found):
            if not scene.marks:
                yield from self._structures(scene)
            return
        fuzzy = self._damaged(scene)
        yield from self._named_and_rest(scene, fuzzy)
        yield from self._damaged_sets(scene, fuzzy)
        yield from self._structures(scene)
        yield from self._subsets(scene)

    def _is_explained(self, scene: _Scene, found: Sequence[Candidate]) -> bool:
        """Return whether a way found takes the whole payment and all that the text names, and is very likely."""
        if not found:
            return False
        best = max(found, key=lambda candidate: candidate.score)
        if best.score < EXPLAINED or best.applied != scene.payment.amount:
            return False
        if any(part.kind not in (None, CASH_DISCOUNT) for part in best.parts):
            return False
        chosen = set(best.documents)
        return all(document in chosen for document, mark in scene.marks.items() if mark.is_strong)

    def _listed(self, scene: _Scene) -> Iterator[Candidate]:
        """What the text names sums to the payment: all of it, or a part when more is named."""
        book, amount = self.book, scene.payment.amount
        named = list(dict.fromkeys(document for _, documents in scene.mentions for document in documents))
        if not named:
            return
        if len(named) == 1:
            if book.open[named[0]] == amount:
                yield self._whole(scene, named, EXACT_REFERENCE, "single")
            return
        strong = [document for document in named if scene.marks[document].is_strong]
        for group in (named, strong):
            if len(group) > 1 and sum(book.open[document] for document in group) == amount:
                yield self._whole(scene, group, LISTED_REFERENCES, "set")
                return
        yield from self._choices(scene)
        discounted = self._all_discounted(scene, strong)
        if discounted is not None:
            yield discounted
        if len(named) > MOST_NAMED:
            named = strong[:MOST_NAMED]
        if 2 <= len(named) <= MOST_NAMED:
            total, found = count_and_find([book.open[document] for document in named], amount)
            for places in found:
                group = [named[place] for place in places]
                rule = LISTED_REFERENCES if len(group) > 1 else EXACT_REFERENCE
                yield self._whole(scene, group, rule, "set" if len(group) > 1 else "single", solutions=total)

    def _choices(self, scene: _Scene) -> Iterator[Candidate]:
        """Numbers that several documents carry: one document for each, so that the sum fits."""
        choices = [documents for mention, documents in scene.mentions if mention.kind != ORDER]
        if len(choices) < 2 or all(len(documents) == 1 for documents in choices):
            return
        if math.prod(len(documents) for documents in choices) > 512:
            return
        for chosen in islice(product(*choices), 512):
            group = list(dict.fromkeys(chosen))
            if sum(self.book.open[document] for document in group) == scene.payment.amount:
                yield self._whole(scene, group, LISTED_REFERENCES, "set")

    def _all_discounted(self, scene: _Scene, group: Sequence[int]) -> Candidate | None:
        book = self.book
        if len(group) < 2:
            return None
        less = sum(book.discount[document] for document in group)
        if not less or sum(book.open[document] for document in group) - less != scene.payment.amount:
            return None
        parts = [
            Part(
                document, book.open[document] - book.discount[document], book.discount[document],
                self._discount_kind(scene, document) if book.discount[document] else None,
            )
            for document in group
        ]  # fmt: skip
        return self._scored(scene, parts, LISTED_REFERENCES, "set", amount_weight=-4.0, what="less_cash_discount")

    def _singles(self, scene: _Scene) -> Iterator[Candidate]:
        """One document on which exactly the amount is open."""
        book, payment = self.book, scene.payment
        equal = [
            document for document in book.with_amount(payment.ledger, payment.amount)
            if book.issued[document] <= payment.day
        ]  # fmt: skip
        if len(equal) > MOST_EQUAL:
            customers = set(scene.customers)
            equal = [
                document for document in equal if document in scene.marks or book.customers[document] in customers
            ][:MOST_EQUAL]
        for document in equal:
            mark = scene.marks.get(document)
            if mark is None or not mark.is_strong:
                damaged = self._damage(scene, document)
                if damaged is not None and (mark is None or mark.weight < damaged.weight):
                    mark = scene.marks[document] = damaged
            rule = self._single_rule(scene, document, mark)
            yield self._whole(scene, [document], rule, "single", equal=len(equal))

    def _single_rule(self, scene: _Scene, document: int, mark: Mark | None) -> str:
        if mark is not None:
            if mark.is_strong:
                return EXACT_REFERENCE
            return ORDER_REFERENCE if mark.kind == ORDER else NEAR_REFERENCE
        if scene.names_open:
            return AMOUNT_AGAINST_REFERENCE
        return PAYER_AND_AMOUNT if scene.payer.weight(self.book.customers[document]) > 0 else AMOUNT_ONLY

    def _discounted_singles(self, scene: _Scene) -> Iterator[Candidate]:
        book, payment = self.book, scene.payment
        for document in book.with_discounted(payment.ledger, payment.amount)[:MOST_EQUAL]:
            if book.issued[document] > payment.day:
                continue
            if document not in scene.marks:
                damaged = self._damage(scene, document)
                if damaged is not None:
                    scene.marks[document] = damaged
                elif scene.payer.weight(book.customers[document]) <= 0:
                    continue
            kind = self._discount_kind(scene, document)
            part = Part(document, payment.amount, book.discount[document], kind)
            weight = -2.8 if kind == CASH_DISCOUNT else -4.2
            rule = NAMED_WITH_DIFFERENCE if document in scene.marks else PAYER_AND_AMOUNT
            yield self._scored(scene, [part], rule, "single", amount_weight=weight, what=kind)

    def _different_singles(self, scene: _Scene) -> Iterator[Candidate]:
        """One document that the text names, paid with a difference of a known class."""
        book, payment = self.book, scene.payment
        for document in list(scene.marks):
            left = book.open[document]
            if left <= 0 or left == payment.amount or len(scene.marks) > 60:
                continue
            why = best_explanation(
                explain(
                    left, payment.amount, discount=book.discount[document],
                    discount_until=book.discount_until[document], day=payment.day, hints=scene.hints,
                    policy=self.policy.differences,
                )
            )  # fmt: skip
            if why is None:
                continue
            if why.kind == OVERPAYMENT:
                part = Part(document, left)
            else:
                part = Part(document, payment.amount, left - payment.amount, why.kind)
            size = book.density(payment.ledger, payment.amount, 1)
            yield self._scored(
                scene, [part], NAMED_WITH_DIFFERENCE, "single", amount_weight=why.weight - size, what=why.kind
            )

    def _different_sets(self, scene: _Scene) -> Iterator[Candidate]:
        """Several documents that the text names, together paid with a difference; the largest invoice bears it."""
        book, payment = self.book, scene.payment
        group = scene.listed
        if not 2 <= len(group) <= 60:
            return
        whole = sum(book.open[document] for document in group)
        if whole == payment.amount or whole <= 0:
            return
        why = best_explanation(
            explain(
                whole, payment.amount, discount=sum(book.discount[document] for document in group),
                discount_until=min(book.discount_until[document] for document in group), day=payment.day,
                hints=scene.hints, policy=self.policy.differences,
            )
        )  # fmt: skip
        largest = max(group, key=lambda document: (book.open[document], document))
        missing = whole - payment.amount
        if why is None or missing >= book.open[largest]:
            return
        parts = [
            Part(document, book.open[document] - missing, missing, why.kind)
            if document == largest and missing > 0 else Part(document, book.open[document])
            for document in group
        ]  # fmt: skip
        size = book.density(payment.ledger, payment.amount, 1)
        yield self._scored(
            scene, parts, LISTED_WITH_DIFFERENCE, "set", amount_weight=why.weight - size - 1.0, what=why.kind
        )

    def _by_lines(self, scene: _Scene) -> Iterator[Candidate]:
        """The lines of a remittance advice, each one document with its amount."""
        lines = scene.payment.lines
        if not lines:
            return
        parts: list[Part] = []
        taken: set[int] = set()
        missing = 0
        for line, text in zip(lines, scene.line_texts, strict=True):
            document = self._of_line(scene, line, text, taken)
            if document is None:
                missing += 1
                continue
            taken.add(document)
            parts.append(self._line_part(scene, document, line))
        if missing or not parts:
            return
        if sum(part.applied for part in parts) == scene.payment.amount:
            different = [part for part in parts if part.kind]
            if len(parts) == 1 and different:
                return  # its amount is that of the payment and says nothing more: see _different_singles
            yield self._scored(
                scene, parts, LISTED_AMOUNTS, "set" if len(parts) > 1 else "single",
                amount_weight=LINE_DIFFERS * len(different), what="lines",
            )  # fmt: skip

    def _of_line(self, scene: _Scene, line: Line, text: Text, taken: set[int]) -> int | None:
        book, payment = self.book, scene.payment
        named = [
            document
            for mention in book.numbers.read(text)
            for document in mention.documents
            if document not in taken and book.is_open(document, payment.ledger, payment.day)
        ]
        if not named:
            named = [
                document
                for customer in scene.customers[:20]
                for document in book.neighbours(customer).of(text.tokens)
                if document not in taken
                and book.is_open(document, payment.ledger, payment.day)
                and resembles(book.numbers.printed[document], text.tokens) is not None
            ]
            for document in named:
                mark = resembles(book.numbers.printed[document], text.tokens)
                if mark is not None and document not in scene.marks:
                    scene.marks[document] = mark
        if len(named) > 1 and line.amount is not None:
            fitting = [
                document for document in named
                if line.amount in (book.open[document], book.open[document] - book.discount[document])
            ]  # fmt: skip
            named = fitting or named
        if len(named) > 1:
            known = [document for document in named if scene.payer.weight(book.customers[document]) > 0]
            named = known or named
        if len(named) > 1:
            strong = [document for document in named if scene.marks.get(document, _NO_MARK).is_strong]
            named = strong or named
        if len(set(named)) != 1:
            return None
        document = named[0]
        if line.amount is not None and not (
            0 < line.amount <= book.open[document] or book.open[document] <= line.amount < 0
        ):
            return None
        return document

    def _line_part(self, scene: _Scene, document: int, line: Line) -> Part:
        left = self.book.open[document]
        if line.amount is None or line.amount == left or left < 0:
            return Part(document, left if line.amount is None else line.amount)
        why = best_explanation(
            explain(
                left, line.amount, discount=self.book.discount[document],
                discount_until=self.book.discount_until[document], day=scene.payment.day,
                hints=scene.hints, policy=self.policy.differences,
            )
        )  # fmt: skip
        return Part(document, line.amount, left - line.amount, why.kind if why else "short_payment")

    def _damaged(self, scene: _Scene) -> dict[int, Mark]:
        """Return documents of the likely customers whose number the text may give cut, mistyped or by its end."""
        book, payment = self.book, scene.payment
        found: dict[int, Mark] = {}
        if not any(not token.is_decoy and len(token.digits) >= SHORTEST_TAIL for token in scene.tokens):
            return found
        for customer in scene.customers[:MOST_READ]:
            for document in book.neighbours(customer).of(scene.tokens):
                if document in scene.marks or not book.is_open(document, payment.ledger, payment.day):
                    continue
                mark = self._damage(scene, document)
                if mark is not None:
                    found[document] = mark
        return found

    def _damage(self, scene: _Scene, document: int) -> Mark | None:
        mark = resembles(self.book.numbers.printed[document], scene.tokens)
        if mark is None:
            return None
        bonus = self.memory.habits(scene.payment.payer_account, scene.payment.payer_name).get(mark.kind, 0.0)
        return Mark(mark.kind, mark.weight + bonus, mark.token) if bonus else mark

    def _named_and_rest(self, scene: _Scene, fuzzy: dict[int, Mark]) -> Iterator[Candidate]:
        """Some documents are named, the rest of the money fits others of the same customers."""
        book, payment = self.book, scene.payment
        strong = [document for document, mark in scene.marks.items() if mark.is_strong]
        pinned = [document for document in strong if scene.payer.weight(book.customers[document]) >= 0] or strong
        if not pinned or len(pinned) > 60:
            return
        rest = payment.amount - sum(book.open[document] for document in pinned)
        if rest == 0:
            return
        owners = list(dict.fromkeys(book.customers[document] for document in pinned))
        others = [customer for customer in scene.customers[:30] if customer not in owners]
        levels = [owners, [*owners, *others]] if others else [owners]
        weak = [document for document in (*fuzzy, *scene.marks) if document not in pinned]
        if weak:
            scene.marks.update(fuzzy)
            total, found = self._sets(weak[:MOST_MEMBERS], rest)
            for places in found:
                yield self._whole(
                    scene, [*pinned, *(weak[place] for place in places)], LISTED_AND_REST, "set", solutions=total
                )
        for level in levels:
            if sum(book.count_of(customer) for customer in level) > self.policy.search_members:
                inside = set(level)
                single = [
                    document for document in book.with_amount(payment.ledger, rest)
                    if book.customers[document] in inside and document not in pinned
                    and book.issued[document] <= payment.day
                ]  # fmt: skip
                own = sum(book.count_of(customer) for customer in level)
                for document in single[:4]:
                    yield self._whole(
                        scene, [*pinned, document], LISTED_AND_REST, "set", solutions=len(single), searched=own, added=1
                    )
                if single:
                    break
            if sum(book.count_of(customer) for customer in level) > MOST_SEARCHED:
                continue
            sheet = book.sheet(level, payment.ledger, payment.day)
            total, found, chosen = self._search(sheet, rest, frozenset(pinned))
            for places in found:
                group = [*pinned, *(chosen[place] for place in places)]
                yield self._whole(
                    scene, group, LISTED_AND_REST, "set", solutions=total, searched=len(chosen), added=len(places)
                )
            if found:
                break

    def _damaged_sets(self, scene: _Scene, fuzzy: dict[int, Mark]) -> Iterator[Candidate]:
        """Several documents, none of them named wholly, that sum to the payment."""
        book = self.book
        for document, mark in fuzzy.items():
            scene.marks.setdefault(document, mark)
        weak = sorted(
            (document for document, mark in scene.marks.items() if book.open[document]),
            key=lambda document: (-scene.marks[document].weight, book.in_order(document)),
        )[:MOST_NAMED]
        if len(weak) < 2:
            return
        total, found = self._sets(weak, scene.payment.amount)
        for places in found:
            if len(places) > 1:
                yield self._whole(scene, [weak[place] for place in places], NEAR_REFERENCE, "set", solutions=total)
        yield from self._different_damaged(scene, fuzzy)

    def _different_damaged(self, scene: _Scene, fuzzy: dict[int, Mark]) -> Iterator[Candidate]:
        if scene.names_open:
            return
        book, payment = self.book, scene.payment
        for document in list(fuzzy)[:20]:
            left = book.open[document]
            if left <= payment.amount:
                continue
            why = best_explanation(
                explain(
                    left, payment.amount, discount=book.discount[document],
                    discount_until=book.discount_until[document], day=payment.day, hints=scene.hints,
                    policy=self.policy.differences,
                )
            )  # fmt: skip
            if why is not None:
                part = Part(document, payment.amount, left - payment.amount, why.kind)
                size = book.density(payment.ledger, payment.amount, 1)
                yield self._scored(
                    scene, [part], NAMED_WITH_DIFFERENCE, "single", amount_weight=why.weight - size, what=why.kind
                )

    def _structures(self, scene: _Scene) -> Iterator[Candidate]:
        """The customary sets: whole balance, all due, one month, one order, the oldest first."""
        book, payment = self.book, scene.payment
        levels = [[customer] for customer in scene.customers[:MOST_READ]]
        families = {self.payers.family_of(customer) for customer in scene.customers[:6]}
        levels += [list(self.payers.members_of(family)) for family in sorted(families)]
        for level in levels:
            if len(level) > 60 or sum(book.count_of(customer) for customer in level) < 2:
                continue
            for rule, documents in book.sheet(level, payment.ledger, payment.day).summing_to(
                payment.amount, payment.day
            ):
                yield self._whole(scene, documents.tolist(), rule, "structure")

    def _subsets(self, scene: _Scene) -> Iterator[Candidate]:
        """Any set of a likely customer's documents that sums to the payment."""
        book, payment = self.book, scene.payment
        tried: set[tuple[str, ...]] = set()
        best = [customer for customer in scene.customers if scene.payer.basis(customer) in IDENTIFYING]
        levels = [best[:60]] if best else []
        levels += [[customer] for customer in scene.customers[:8]]
        families = {self.payers.family_of(customer) for customer in scene.customers[:4]}
        levels += [list(self.payers.members_of(family))[:60] for family in sorted(families)]
        for level in levels:
            owing = tuple(sorted(customer for customer in level if book.count_of(customer)))
            if not owing or owing in tried:
                continue
            tried.add(owing)
            if sum(book.count_of(customer) for customer in owing) > MOST_SEARCHED:
                continue
            sheet = book.sheet(owing, payment.ledger, payment.day)
            total, found, chosen = self._search(sheet, payment.amount, frozenset())
            for places in found:
                if len(places) > 1:
                    yield self._whole(
                        scene, [chosen[place] for place in places], SUBSET_SUM, "set", solutions=total,
                        searched=len(chosen), added=len(places),
                    )  # fmt: skip

    def _search(
        self, sheet: Sheet, amount: int, without: frozenset[int]
    ) -> tuple[int, list[tuple[int, ...]], list[int]]:
        """Return how many sets of a sheet sum to an amount; long sheets are searched for small sets only."""
        documents, values = sheet.documents.tolist(), sheet.open.tolist()
        credit = -sum(value for value in values if value < 0)
        fitting = [
            (document, value) for document, value in zip(documents, values, strict=True)
            if value <= amount + credit and document not in without
        ]  # fmt: skip
        chosen = [document for document, _ in fitting]
        open_ones = [value for _, value in fitting]
        if len(fitting) <= self.policy.search_members:
            total, found = count_and_find(open_ones, amount)
            return total, found, chosen
        singles = [(place,) for place, value in enumerate(open_ones) if value == amount]
        if len(fitting) > MOST_PAIRED:
            return len(singles), singles[:4], chosen
        total, found = small_sets(open_ones, amount)
        return total + len(singles), [*singles[:4], *found], chosen

    def _sets(self, documents: Sequence[int], amount: int) -> tuple[int, list[tuple[int, ...]]]:
        listed = list(documents)[:MOST_NAMED]
        return count_and_find([self.book.open[document] for document in listed], amount)

    # Scores

    def _whole(
        self,
        scene: _Scene,
        group: Sequence[int],
        rule: str,
        prior: str,
        *,
        solutions: int = 1,
        searched: int = 0,
        added: int = 0,
        equal: int = 1,
    ) -> Candidate:
        parts = [Part(document, self.book.open[document]) for document in group]
        candidate = self._scored(
            scene, parts, rule, prior, amount_weight=0.0, what="amount", searched=searched, added=added, equal=equal
        )
        candidate.solutions = max(solutions, 1)
        return candidate

    def _scored(
        self,
        scene: _Scene,
        parts: Sequence[Part],
        rule: str,
        prior: str,
        *,
        amount_weight: float,
        what: str,
        searched: int = 0,
        added: int = 0,
        equal: int = 1,
    ) -> Candidate:
        """Return an allocation with its score: prior, amount, payer and references, as additive log-odds."""
        book, payment = self.book, scene.payment
        customers = list(dict.fromkeys(book.customers[part.document] for part in parts))
        reasons: list[Reason] = []
        count = max(book.open_count[payment.ledger], 1)
        own = sum(max(book.count_of(customer), 1) for customer in customers)
        if prior == "single":
            frequency = _PRIOR["single"] - math.log(count)
        elif prior == "structure":
            frequency = _PRIOR["structure"] + math.log(min(own / count, 1.0)) - math.log(6)
        else:
            size = len(parts)
            unmarked = sum(part.document not in scene.marks for part in parts)
            ways = _log_ways(max(own, size), size)
            if searched:
                ways = _log_ways(max(searched, added), added) + _log_ways(max(own, size), size - added)
            frequency = _PRIOR["set"] + math.log(min(own / count, 1.0)) + math.log(_SIZES.get(size, 0.004)) - ways
            frequency -= 1.5 * max(len(customers) - 1, 0) if unmarked else 0.0
        reasons.append(Reason("frequency", frequency, None, prior))
        density = book.density(payment.ledger, payment.amount, equal)
        reasons.append(Reason(what, density + amount_weight))
        payer = min((scene.payer.weight(customer) for customer in customers), default=0.0)
        best = max((scene.payer.weight(customer) for customer in customers), default=0.0)
        payer = (payer + best) / 2 if best > 0 and payer >= 0 else payer
        basis = next((scene.payer.basis(customer) for customer in customers if scene.payer.basis(customer)), None)
        reasons.append(Reason("payer", payer, None, basis or ("other" if scene.payer.customers else "unknown")))
        named = 0
        spoken: set[str] = set()
        for part in parts:
            mark = scene.marks.get(part.document)
            if mark is not None and (mark.kind in (ORDER, LISTED) or mark.token not in spoken):
                spoken.add(mark.token)  # one number in the text names one document
                named += 1
                reasons.append(Reason(f"reference_{mark.kind}", mark.weight, part.document, mark.token))
        unnamed = len(parts) - named
        if unnamed:
            if named:
                weight = UNNAMED_REST * unnamed
            elif scene.names_open:
                weight = UNNAMED_BESIDE_NAMED
            else:
                weight = UNNAMED
            if not named and scene.names_closed:
                weight += CLOSED_NAMED
            reasons.append(Reason("not_named", weight))
        paid = {part.document for part in parts}
        left_out = sum(document not in paid for document in scene.listed)
        if left_out and named:
            reasons.append(Reason("named_but_left_out", LEFT_OUT * left_out))
        claimed = [
            part.document for part in parts if book.claimed.get(part.document, payment.receipt_id) != payment.receipt_id
        ]
        if claimed:
            reasons.append(Reason("claimed_by_another_receipt", -2.5, claimed[0]))
        refused = self.memory.refused(
            payment.payer_account, payment.payer_name, [book.ids[part.document] for part in parts]
        )
        if refused:
            reasons.append(Reason("refused_before", -3.0 * refused))
        score = sum(reason.weight for reason in reasons)
        candidate = Candidate(rule, tuple(parts), score, tuple(reasons))
        candidate.basis = self._class_of(scene, candidate, payer, basis, named, what)
        return candidate

    def _class_of(
        self, scene: _Scene, candidate: Candidate, payer: float, basis: str | None, named: int, what: str
    ) -> str:
        """Return the class of evidence an allocation is judged in: rule, reference, payer and difference."""
        weakest = min(
            (scene.marks[part.document].weight if part.document in scene.marks else 0.0 for part in candidate.parts),
            default=0.0,
        )
        reference = "all_named" if named == len(candidate.parts) and weakest >= 5 else "named" if named else "unnamed"
        known = "identified" if basis in IDENTIFYING or basis == "source" else "named" if payer > 0 else "unknown"
        if payer < -1:
            known = "contradicted"
        different = next((part.kind for part in candidate.parts if part.kind), "exact" if what != OVERPAYMENT else what)
        group = "different" if different in LEAVES_REST_OPEN else "explained" if different != "exact" else "exact"
        return f"{candidate.rule}/{reference}/{known}/{group}"

    def _against(self, scene: _Scene) -> Iterator[Candidate]:
        """Ways in which the payment pays nothing that is open: something unknown, a second time, in advance."""
        book, payment = self.book, scene.payment
        hinted = 3.0 if "advance" in scene.hints else 0.0
        other = 3.0 if "not_trade" in scene.hints else 0.0
        yield Candidate(NOTHING, (), _PRIOR["nothing"] + other, ())
        size = book.density(payment.ledger, payment.amount, 1)
        count = max(len(book) - book.open_count[payment.ledger], 2)
        for document, mark in scene.closed.items():
            fits = payment.amount in (book.amount[document], book.amount[document] - book.discount[document])
            payer = scene.payer.weight(book.customers[document])
            weight = _PRIOR["duplicate"] - math.log(count) + mark.weight + payer + (size if fits else 2.0)
            yield Candidate(DUPLICATE, (), weight, (Reason("closed", mark.weight, document, mark.token),))
        if len(scene.closed) > 1:
            whole = sum(book.amount[document] for document, mark in scene.closed.items() if mark.is_strong)
            if whole == payment.amount:
                yield Candidate(DUPLICATE, (), _PRIOR["duplicate"] + size + 3.0, ())
        for document in book.closed_with_amount(payment.ledger, payment.amount)[:MOST_EQUAL]:
            payer = scene.payer.weight(book.customers[document])
            if document not in scene.closed and payer > 0 and book.issued[document] <= payment.day:
                weight = _PRIOR["duplicate"] - math.log(count) + payer + size + (0.0 if not scene.marks else -4.0)
                yield Candidate(DUPLICATE, (), weight, (Reason("closed_of_that_amount", weight, document),))
        earlier = self.memory.seen_like(payment, self.policy.duplicate_days)
        if earlier:
            weight = _PRIOR["duplicate"] + size - 6.0 + max((w for w, _ in scene.payer.customers.values()), default=0.0)
            yield Candidate(DUPLICATE, (), weight, (Reason("seen_before", weight, None, earlier),))
        for document, mark in scene.coming.items():
            payer = scene.payer.weight(book.customers[document])
            weight = _PRIOR["prepayment"] - math.log(count) + mark.weight + payer + size / 2 + hinted
            yield Candidate(PREPAYMENT, (), weight, (Reason("not_issued_yet", mark.weight, document, mark.token),))
        if scene.listed:
            rest = payment.amount - sum(book.open[document] for document in scene.listed)
            owners = {book.customers[document] for document in scene.listed}
            others = sum(book.count_of(customer) for customer in owners) - len(scene.listed)
            if rest < 0 and others > self.policy.search_members and -rest > self._credit(owners, payment):
                rest = 0  # no credit memos left out can make up for so much
            if rest and others > self.policy.search_members:
                count = max(book.open_count[payment.ledger], 2)
                weight = sum(scene.marks[document].weight for document in scene.listed) + max(
                    scene.payer.weight(customer) for customer in owners
                )
                # A list too short is rarer than a difference; credit memos left out are rarer than invoices left out.
                weight += math.log(0.04 if rest > 0 else 0.0008) - math.log(count)
                weight += 4.0 if "incomplete" in scene.hints else 0.0
                if len(scene.listed) > 1:
                    weight -= _log_ways(others + len(scene.listed), len(scene.listed) - 1)
                yield Candidate(UNLISTED_REST, (), weight, (Reason("unlisted_rest", weight),))
        if hinted:
            yield Candidate(PREPAYMENT, (), _PRIOR["prepayment"] + 2 * hinted, ())

    def _credit(self, customers: Iterable[str], payment: Payment) -> int:
        """Return the credit memos some customers could have deducted."""
        book = self.book
        listed = list(customers)
        if sum(book.count_of(customer) for customer in listed) > MOST_SEARCHED * 10:
            return payment.amount
        sheet = book.sheet(listed, payment.ledger, payment.day)
        return -int(sheet.open[sheet.open < 0].sum())

    # The judgement

    def _weigh(self, finding: Finding, ranked: list[Candidate], against: list[Candidate], scene: _Scene) -> None:
        if not ranked:
            finding.stop = max(against, key=lambda one: one.score).rule
            return
        top = max(ranked[0].score, max(one.score for one in against))
        whole = sum(math.exp(one.score - top) for one in ranked[:50]) + sum(
            math.exp(one.score - top) for one in against
        )
        for candidate in ranked:
            candidate.confidence = math.exp(candidate.score - top) / whole
        finding.ranked = ranked[: self.policy.proposals]
        best = ranked[0]
        rival = max((one for one in (*ranked[1:2], *against)), key=lambda one: one.score, default=None)
        if rival is not None:
            finding.margin = best.score - rival.score
            finding.runner_up = rival.rule
        best.stop = finding.stop = self._why_not(best, ranked, against, scene)
        finding.is_certain = best.stop is None

    def _why_not(self, best: Candidate, ranked: list[Candidate], against: list[Candidate], scene: _Scene) -> str | None:
        """Return the gate that is shut, whatever the score, or the threshold that is not reached."""
        payment = scene.payment
        if payment.amount > self.policy.value_cap:
            return "VALUE_CAP"
        if len(ranked) > 1 and ranked[0].score - ranked[1].score < 1e-9:
            return "SEVERAL_SOLUTIONS"
        if best.solutions > 1 and best.rule in (SUBSET_SUM, LISTED_AND_REST):
            same = [one for one in ranked[1:] if one.rule == best.rule]
            if not same or best.score - same[0].score < 4.0:
                return "SEVERAL_SOLUTIONS"
        if self._speaks_of_closed(best, scene):
            return "DOCUMENT_CLOSED"
        if (
            len(best.parts) == 1
            and best.parts[0].document not in scene.marks
            and any(one.rule in STRUCTURES and best.parts[0].document in one.documents for one in ranked[1:])
        ):
            return "SEVERAL_SOLUTIONS"
        if best.rule in CAN_SWAP and self._can_swap(best, scene):
            return "SEVERAL_SOLUTIONS"
        if self._is_loosely_different(best, scene):
            return "REFERENCE_TOO_WEAK"
        if "advance" in scene.hints and not all(
            scene.marks.get(part.document, _NO_MARK).is_strong for part in best.parts
        ):
            return "ADVANCE_PAYMENT"
        seen = self.memory.seen_like(payment, self.policy.duplicate_days)
        if seen and any(self.book.claimed.get(part.document) == seen for part in best.parts):
            return "POSSIBLE_DUPLICATE"
        if seen and self.memory.is_repeated(payment, seen):
            return "POSSIBLE_DUPLICATE"
        threshold = self.policy.thresholds.get(best.basis, self.policy.default_threshold)
        if threshold is None:
            return "RULE_NOT_AUTOMATIC"
        if best.confidence < threshold:
            return "NOT_SURE_ENOUGH"
        return None

    def _speaks_of_closed(self, best: Candidate, scene: _Scene) -> bool:
        """Return whether the text names a paid document in full and the one chosen not so, or one just as large."""
        named = [document for document, mark in scene.closed.items() if mark.kind in IN_FULL]
        if not named:
            return False
        if not any(scene.marks.get(part.document, _NO_MARK).kind in IN_FULL for part in best.parts):
            return True
        return len(best.parts) == 1 and any(self.book.amount[document] == scene.payment.amount for document in named)

    @staticmethod
    def _is_loosely_different(best: Candidate, scene: _Scene) -> bool:
        """Return whether an amount that says nothing rests on less than a whole number in the text."""
        is_loose = best.applied < scene.payment.amount or any(
            part.kind in LEAVES_REST_OPEN or part.kind in (FX, TOLERANCE) for part in best.parts
        )
        return is_loose and not all(
            part.document in scene.marks and scene.marks[part.document].kind in IN_FULL for part in best.parts
        )

    def _can_swap(self, best: Candidate, scene: _Scene) -> bool:
        """Return whether a document nobody named could be another of the same customer and the same amount."""
        book, payment, chosen = self.book, scene.payment, set(best.documents)
        for part in best.parts:
            if part.document in scene.marks:
                continue
            customer = book.customers[part.document]
            for other in book.with_amount(payment.ledger, book.open[part.document]):
                if other not in chosen and book.customers[other] == customer and book.issued[other] <= payment.day:
                    return True
        return False

    def _discount_kind(self, scene: _Scene, document: int) -> str:
        until = self.book.discount_until[document] + self.policy.differences.discount_grace_days
        return CASH_DISCOUNT if scene.payment.day <= until else UNEARNED_DISCOUNT

    def _customer(self, scene: _Scene, ranked: list[Candidate]) -> str | None:
        if ranked:
            customers = {self.book.customers[part.document] for part in ranked[0].parts}
            return min(customers) if customers else None
        if not scene.payer.customers:
            return None
        known = scene.payer.customers
        return min(known, key=lambda customer: (-known[customer][0], customer))

    def _order(self, candidate: Candidate) -> tuple[tuple[int, int, str], ...]:
        return tuple(sorted(self.book.in_order(part.document) for part in candidate.parts))


def _as_decoy(token: Token) -> Token:
    return Token(token.text, token.digits, token.start, token.end, is_decoy=True, ends_text=token.ends_text)


def _is_spoken(token: Token, spoken: set[str]) -> bool:
    """Return whether a token is, or is part of, a number that names another document in full."""
    return any(number in token.text or token.text in number for number in spoken)


_NO_MARK = Mark("none", 0.0, "")
_SAYS_NOTHING = frozenset({"", "NOTPROVIDED", "NONREF", "NONE", "NA", "NULL"})
_REASON_WORDS = {
    "DED": "deduction", "DEDUCTION": "deduction", "DISC": "discount", "DISCOUNT": "discount", "SKONTO": "discount",
    "FEE": "fee", "BANK": "fee", "WHT": "withholding", "TAX": "withholding", "PART": "part", "PARTIAL": "part",
    "INSTALMENT": "part", "FX": "fx", "SHORT": "part",
}  # fmt: skip


def _meanings(reasons: Iterable[str]) -> frozenset[str]:
    return frozenset(_REASON_WORDS[reason] for reason in reasons if reason in _REASON_WORDS)


def _log_ways(of: int, chosen: int) -> float:
    """Return the log of the number of ways to choose some documents of a pool."""
    if chosen <= 0 or chosen >= of:
        return 0.0
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)
