"""Who paid? Accounts, tax ids, numbers and names point at customers, each with a weight; a name proves nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

from assets.cash_application.engine.fading import LEAST_LEFT, Count, counted, left_of
from assets.cash_application.engine.texts import Text, compact, digits_of, plain, without_zeros

# How much more often a payer that pays for a customer shows this than one that does not, as natural logarithms.
ACCOUNT, LEARNED_ACCOUNT, TAX_ID, NUMBER, NAME, ALIAS, LIKE_NAME, NAMED_IN_TEXT, FAMILY = (
    "account", "learned_account", "tax_id", "customer_number", "name", "alias", "like_name", "named_in_text", "family",
)  # fmt: skip
AGENT, LEARNED_AGENT = "agent", "learned_agent"  # an account that pays for many families
VIRTUAL_ACCOUNT = "virtual_account"  # an account of ours given to one customer alone
_WEIGHT = {
    ACCOUNT: 7.5, AGENT: 7.5, LEARNED_ACCOUNT: 6.5, LEARNED_AGENT: 6.5, TAX_ID: 7.0, NUMBER: 4.0, NAME: 6.0,
    ALIAS: 5.5, LIKE_NAME: 4.5,
    NAMED_IN_TEXT: 4.5, VIRTUAL_ACCOUNT: 7.5,
}  # fmt: skip
IDENTIFYING = frozenset({ACCOUNT, LEARNED_ACCOUNT, TAX_ID, VIRTUAL_ACCOUNT})
LEARNED = frozenset({LEARNED_ACCOUNT, LEARNED_AGENT, ALIAS})
OFTEN = 1.5  # confirmations, faded ones counting less, from which on what they taught identifies a payer
SIBLING = 1.2  # what the family of a payer is weaker than the payer itself
STRANGER = -3.0  # the account or tax id is on file for others
MOST_CUSTOMERS = 40
SHORTEST_ACCOUNT = 8  # signs an account must have to be looked for in a text
NEARLY = 80  # per cent of two words' letters that agree, in order, where they are one word with a slip
MOST_LIKE = 400
MOST_NAMES = 1 << 16  # payers' names whose likes are kept at hand
LEAST_LIKENESS = 0.55
FARTHEST = 1.2  # log-odds that a name may lose against the most like one and still be looked at
CUT_SHORT = 1.0  # log-odds that a name cut short, or without its town, loses at most

CNPJ, ROOT = 14, 8  # digits of a Brazilian company's tax id, and of its part that all branches share

_WORD = re.compile(r"[A-Z0-9#]+")
_CNPJ_OR_CPF = re.compile(r"(?<!\d)(?:\d{2}\.\d{3}\.\d{3}/\d{4}|\d{3}\.\d{3}\.\d{3})-\d{2}(?!\d)")
_LONG_NUMBER = re.compile(r"(?<![A-Z0-9])[0-9]{9,14}(?![A-Z0-9])")
_FORMS = frozenset(
    [
        "AB",
        "AG",
        "AS",
        "ASA",
        "APS",
        "BV",
        "BVBA",
        "CO",
        "COMPANY",
        "CORP",
        "CORPORATION",
        "EG",
        "EK",
        "EV",
        "EURL",
        "EIRELI",
        "GBR",
        "GES",
        "GESMBH",
        "GMBH",
        "HOLDING",
        "HOLDINGS",
        "INC",
        "INCORPORATED",
        "KFT",
        "KG",
        "KGAA",
        "LDA",
        "LIMITED",
        "LLC",
        "LLP",
        "LP",
        "LTD",
        "LTDA",
        "MBH",
        "ME",
        "EPP",
        "NV",
        "OHG",
        "OY",
        "OYJ",
        "PLC",
        "PTY",
        "SA",
        "SARL",
        "SAS",
        "SASU",
        "SE",
        "SL",
        "SLU",
        "SNC",
        "SPA",
        "SPZOO",
        "SPOLKA",
        "SRL",
        "SRO",
        "UG",
        "VOF",
        "THE",
        "AND",
        "UND",
        "ET",
        "E",
        "Y",
        "DE",
        "DO",
        "DA",
        "DI",
        "OF",
        "C",
        "O",
        "Z",
        "OO",
    ]
)
_DESKS = frozenset(
    [
        "ACCOUNTS",
        "PAYABLE",
        "TREASURY",
        "SHARED",
        "SERVICES",
        "AP",
        "DEPT",
        "DEPARTMENT",
        "FINANCE",
        "BUCHHALTUNG",
        "KREDITOREN",
        "GROUP",
        "GRUPPE",
        "GROUPE",
        "FILIAL",
        "FILIALE",
        "STORE",
        "BRANCH",
        "CENTRAL",
        "CENTER",
        "CENTRE",
    ]
)


@dataclass(frozen=True, slots=True)
class Payer:
    """The customers a receipt may come from, each with the weight and the basis of that."""

    customers: dict[str, tuple[float, str]] = field(default_factory=dict)
    is_known: bool = False  # by something that identifies, not by a name
    identified: frozenset[str] = frozenset()  # the families that an account or a tax id on file points at
    is_contradicted: bool = False  # the account it was paid to is another family's than what else identifies a payer

    def weight(self, customer: str) -> float:
        """Return the log-odds that this payer pays for a customer."""
        known = self.customers.get(customer)
        if known is not None:
            return known[0]
        return STRANGER if self.is_known else -0.5 if self.customers else 0.0

    def basis(self, customer: str) -> str | None:
        """Return what points at a customer, or None."""
        known = self.customers.get(customer)
        return known[1] if known else None


class Rarities(dict[str, float]):
    """How much a word of a name tells, as the log of how few customers carry it; kept once it was asked for."""

    def __init__(self, by_word: dict[str, dict[str, None]], names: dict[str, str]) -> None:
        super().__init__()
        self._by_word, self._names = by_word, names

    def __missing__(self, word: str) -> float:
        carrying = len(self._by_word.get(word, ()))
        found = self[word] = math.log((len(self._names) + 2) / (carrying + 1)) if carrying else 3.0
        return found


class PayerIndex:
    """Customers by account, tax id, number and name, with what confirmations taught."""

    def __init__(self, agent_families: int = 3) -> None:
        self.agent_families = agent_families
        self.names: dict[str, str] = {}
        self._family_of: dict[str, str] = {}
        self._members: dict[str, dict[str, None]] = {}
        self._accounts: dict[str, dict[str, None]] = {}
        self._virtual: dict[str, dict[str, None]] = {}  # accounts of ours -> the customers they were given to
        self._virtual_lengths: tuple[int, ...] = ()
        self._learned: dict[str, dict[str, Count]] = {}
        self._aliases: dict[str, dict[str, Count]] = {}
        self._confirmed: dict[tuple[str, str, str], int] = {}  # applications by account or name, undone ones taken off
        self._refused: dict[tuple[str, str], Count] = {}
        self._tax_ids: dict[str, dict[str, None]] = {}
        self._roots: dict[str, dict[str, None]] = {}  # what the CNPJs of one company's branches share
        self._numbers: dict[str, dict[str, None]] = {}
        self._tax_id_of: dict[str, str] = {}
        self._words_of: dict[str, tuple[str, ...]] = {}
        self._by_words: dict[tuple[str, ...], dict[str, None]] = {}
        self._by_word: dict[str, dict[str, None]] = {}
        self._near_words: dict[str, set[str]] = {}
        self._by_first: dict[str, dict[str, None]] = {}
        self._by_start: dict[tuple[str, ...], dict[str, None]] = {}
        self._like: dict[str, dict[str, tuple[float, str]]] = {}
        self._rarities = Rarities(self._by_word, self.names)

    def add_customer(self, customer: str, name: str, family: str | None = None, tax_id: str | None = None) -> None:
        """Take up a customer, or what has become known of one since."""
        if customer in self.names:
            self._forget(customer)
        self.names[customer] = name
        self._family_of[customer] = family or customer
        self._members.setdefault(family or customer, {})[customer] = None
        if tax_id:
            self._tax_id_of[customer] = tax_id
        for table, key in self._keys_of(customer):
            table.setdefault(key, {})[customer] = None
        words = name_words(name)
        self._words_of[customer] = words
        self._by_words.setdefault(words, {})[customer] = None
        for word in words:
            known = self._by_word.get(word)
            if known is None:
                known = self._by_word[word] = {}
                if len(word) >= 5:
                    for variant in _shortened(word):
                        self._near_words.setdefault(variant, set()).add(word)
            known[customer] = None
        for first in words[:1]:
            self._by_first.setdefault(first, {})[customer] = None
        if len(words) > 1:
            self._by_start.setdefault(words[:2], {})[customer] = None
        self._like.clear()
        self._rarities.clear()

    def add_account(self, account: str, customer: str) -> None:
        """Take up an account that the customer is on file to pay from."""
        self._accounts.setdefault(compact(account), {})[customer] = None

    def add_virtual_account(self, account: str, customer: str) -> None:
        """Take up an account of ours that was given to a customer to pay to; one of several families says nothing."""
        key = compact(account)
        self._virtual.setdefault(key, {})[customer] = None
        if len(key) >= SHORTEST_ACCOUNT and len(key) not in self._virtual_lengths:
            self._virtual_lengths = tuple(sorted({*self._virtual_lengths, len(key)}, reverse=True))

    def learn(self, customer: str, account: str | None, name: str | None, day: int, count: int = 1) -> None:
        """Count a confirmed application for an account and a name; a negative count takes back what a day taught."""
        for table, basis, key in (
            (self._learned, LEARNED_ACCOUNT, compact(account or "")), (self._aliases, ALIAS, name_key(name)),
        ):  # fmt: skip
            if not key:
                continue
            payer = basis, key, customer
            self._confirmed[payer] = self._confirmed.get(payer, 0) + count
            counts = table.setdefault(key, {})
            after = counted(counts.get(customer), count, day)
            if after is None or after[0] < LEAST_LEFT:
                counts.pop(customer, None)
                if not counts:
                    table.pop(key, None)
            else:
                counts[customer] = after

    def confirmed(self, customer: str, basis: str, account: str | None, name: str | None) -> int:
        """Return how often a payer's money was applied to a customer's family, by account or name as the basis is."""
        source, key = (ALIAS, name_key(name)) if basis == ALIAS else (LEARNED_ACCOUNT, compact(account or ""))
        members = self.members_of(self.family_of(customer))
        return sum(self._confirmed.get((source, key, member), 0) for member in members)

    def refuse(self, customer: str, account: str | None, name: str | None, day: int, count: int = 1) -> None:
        """Remember that a person refused a customer for a payer; a negative count takes back what was said that day."""
        key = (compact(account or "") or name_key(name), customer)
        after = counted(self._refused.pop(key, None), count, day)
        if after is not None:
            self._refused[key] = after

    def is_number_of(self, token: str, payer: Payer) -> bool:
        """Return whether a number in a text is the customer number of one who may have paid."""
        known = self._numbers.get(token)
        return known is not None and any(customer in payer.customers for customer in known)

    def family_of(self, customer: str) -> str:
        """Return the family a customer belongs to; one without a family is its own."""
        return self._family_of.get(customer, customer)

    def members_of(self, family: str) -> Iterable[str]:
        """Return the customers of a family."""
        return self._members.get(family, {family: None}).keys()

    def identify(
        self, payer_name: str | None, payer_account: str | None, texts: Sequence[Text], day: int,
        credited_account: str | None = None,
    ) -> Payer:  # fmt: skip
        """Return the customers that may have paid, best evidence each, their siblings after them."""
        found: dict[str, tuple[float, str]] = {}

        def point(customers: Iterable[str], basis: str, weight: float | None = None) -> None:
            keys = list(customers)
            families = {self.family_of(customer) for customer in keys}
            strength = (_WEIGHT[basis] if weight is None else weight) - math.log(max(len(families), 1))
            for customer in keys:
                if customer not in found or found[customer][0] < strength:
                    found[customer] = strength, basis

        identified: set[str] = set()
        often: set[str] = set()
        account = compact(payer_account or "")
        if account:
            learned = self._learned.get(account, {})
            often = {customer for customer, said in learned.items() if left_of(said, day) >= OFTEN}
            paid_for = {self.family_of(customer) for customer in (*self._accounts.get(account, ()), *often)}
            is_agent = len(paid_for) >= self.agent_families
            point(self._accounts.get(account, ()), AGENT if is_agent else ACCOUNT)
            self._point_learned(found, learned, LEARNED_AGENT if is_agent else LEARNED_ACCOUNT, day)
            if not is_agent:
                identified = paid_for
        alias = name_key(payer_name)
        for tax_id in _tax_ids_in(plain(payer_name or ""), texts):
            customers = self._tax_ids.get(tax_id)
            if customers:
                point(customers, TAX_ID)
                identified.update(map(self.family_of, customers))
            elif len(tax_id) == CNPJ and (customers := self._roots.get(tax_id[:ROOT])):
                point(customers, TAX_ID, _WEIGHT[TAX_ID] - SIBLING)
                identified.update(map(self.family_of, customers))
        known_as = self._aliases.get(alias, {})
        often |= {customer for customer, said in known_as.items() if left_of(said, day) >= OFTEN}
        self._point_learned(found, known_as, ALIAS, day)
        for customer, (weight, basis) in self._named_like(alias).items():
            if customer not in found or found[customer][0] < weight:
                found[customer] = weight, basis
            elif found[customer][1] in LEARNED and customer not in often:
                found[customer] = found[customer][0], basis  # the name points there whatever little was learned
        for text in texts:
            for token in text.tokens:
                if len(token.digits) >= 7:
                    customers = self._tax_ids.get(token.text) or self._tax_ids.get(token.digits)
                    if customers:
                        point(customers, TAX_ID)
                        identified.update(map(self.family_of, customers))
                numbered = self._numbers.get(token.text) or (
                    self._numbers.get(token.digits) if len(token.digits) >= 4 else None
                )
                if numbered and not token.is_decoy and len(numbered) <= 3:
                    point(numbered, NUMBER, _WEIGHT[NUMBER] if len(token.text) >= 4 else 2.5)
            for pair in pairwise(text.words):
                started = self._by_start.get(pair)
                if started and len(started) <= MOST_CUSTOMERS:
                    point(started, NAMED_IN_TEXT)
        paid_to: set[str] = set()
        if self._virtual:
            for customers in self._paid_to(credited_account, texts):
                point(customers, VIRTUAL_ACCOUNT)
                paid_to.update(map(self.family_of, customers))
        is_contradicted = len(paid_to) > 1 or bool(paid_to and identified and identified.isdisjoint(paid_to))
        identified = identified | paid_to if is_contradicted else paid_to or identified
        refused_by = account or alias
        for customer in list(found):
            refused = left_of(self._refused.get((refused_by, customer)), day)
            if refused > 0:
                weight, basis = found[customer]
                found[customer] = weight - 2.0 * refused, basis
        for customer, (weight, _) in sorted(found.items(), key=lambda pair: (-pair[1][0], pair[0]))[:MOST_CUSTOMERS]:
            for sibling in self.members_of(self.family_of(customer)):
                if sibling not in found or found[sibling][0] < weight - SIBLING:
                    found[sibling] = weight - SIBLING, FAMILY
        best = sorted(found.items(), key=lambda pair: (-pair[1][0], pair[0]))[: 2 * MOST_CUSTOMERS]
        is_known = bool(identified) and not is_contradicted
        return Payer(dict(best), is_known, frozenset(identified), is_contradicted)

    def _paid_to(self, credited_account: str | None, texts: Iterable[Text]) -> Iterator[dict[str, None]]:
        """Yield the customers of the virtual accounts that money arrived on or that a text names whole."""
        accounts = [compact(credited_account)] if credited_account else []
        for text in texts:
            for start in text.word_at:
                for length in self._virtual_lengths:
                    if start + length in text.word_ends and text.squeezed[start : start + length] in self._virtual:
                        accounts.append(text.squeezed[start : start + length])
        for account in dict.fromkeys(accounts):
            customers = self._virtual.get(account)
            if customers and len({self.family_of(customer) for customer in customers}) == 1:
                yield customers

    def _point_learned(
        self, found: dict[str, tuple[float, str]], counts: dict[str, Count], basis: str, day: int
    ) -> None:
        aged = {customer: left for customer, said in counts.items() if (left := left_of(said, day)) > 0}
        if not aged:
            return
        whole = sum(aged.values())
        for customer, count in aged.items():
            weight = _WEIGHT[basis] + math.log(count / whole) - 1.0 / (count + 0.5)
            if customer not in found or found[customer][0] < weight:
                found[customer] = weight, basis

    def _named_like(self, alias: str) -> dict[str, tuple[float, str]]:
        """Return customers whose name is like the payer's, by the share of their rarer words that agree."""
        known = self._like.get(alias)
        if known is None:
            if len(self._like) >= MOST_NAMES:
                self._like.clear()
            known = self._like[alias] = self._search_names(tuple(alias.split())) if len(alias) >= 4 else {}
        return known

    def _search_names(self, words: tuple[str, ...]) -> dict[str, tuple[float, str]]:
        same = self._by_words.get(words, {})
        found: dict[str, tuple[float, str]] = {}
        if same:
            families = {self.family_of(customer) for customer in same}
            found = dict.fromkeys(same, (_WEIGHT[NAME] - math.log(len(families)), NAME))
            if len(words) > 2:
                return found
        pools = []
        for place, word in enumerate(words):
            spellings = self._spellings(word, is_last=place == len(words) - 1)
            if spellings:
                carrying = [self._by_word[spelling].keys() for spelling in spellings]
                pool = carrying[0] if len(carrying) == 1 else set().union(*carrying)
                pools.append((len(pool), place, pool))
        likeness = self._likenesses(words, [(place, pool) for _, place, pool in sorted(pools, key=lambda one: one[:2])])
        if not likeness:
            return found
        top = max(likeness.values())
        close: dict[str, float] = {}  # what a name loses for being less like than the best
        for customer, share in likeness.items():
            loss = 8.0 * (top - share)
            if loss > CUT_SHORT and self._begins_alike(words, self._words_of[customer]):
                loss = CUT_SHORT
            close[customer] = loss
        kept = sorted(
            (customer for customer in close if close[customer] <= FARTHEST), key=lambda one: (close[one], one)
        )[:MOST_CUSTOMERS]
        near = len({self.family_of(customer) for customer in kept if close[customer] <= CUT_SHORT})
        like = {
            customer: (_WEIGHT[LIKE_NAME] * likeness[customer] - math.log(max(near, 1)) - close[customer], LIKE_NAME)
            for customer in kept
        }
        return {**like, **found}

    def _likenesses(self, words: tuple[str, ...], pools: Sequence[tuple[int, Set[str]]]) -> dict[str, float]:
        """Return customers whose name is like enough to be looked at; of the names by word, the rarest word's first.

        Once a name is so like that one without the words seen so far cannot come near, only names that begin alike
        are looked at further.
        """
        likeness: dict[str, float] = {}
        shares: dict[tuple[str, ...], float] = {}
        agreements: list[dict[str, int]] = [{} for _ in words]
        rarities = [min(self._rarities[word], 4.0) for word in words]
        starting = self._by_start.get(words[:2], {}).keys()
        left, missed, top = sum(rarities), 0.0, 0.0
        seen: set[str] = set()
        nearby: Set[str]
        for place, pool in pools[:3]:
            if top and left / (left + 0.6 * missed) < top - FARTHEST / 8.0:
                nearby = pool & starting
            elif len(pool) > MOST_LIKE and seen:
                continue
            elif len(pool) > 3 * MOST_LIKE:
                nearby = pool & self._by_first.get(words[0], {}).keys()
            else:
                nearby = pool
            for customer in nearby - seen:
                theirs = self._words_of[customer]
                share = shares.get(theirs)
                if share is None:
                    share = shares[theirs] = self._likeness(words, theirs, agreements)
                if share >= LEAST_LIKENESS:
                    likeness[customer] = share
                    top = max(top, share)
            seen.update(nearby)
            left -= rarities[place]
            missed += rarities[place]
        return likeness

    @staticmethod
    def _begins_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
        """Return whether one name is, but for slips, the beginning of the other, two words at least."""
        shorter = min(len(one), len(other))
        return shorter >= 2 and all(
            word == theirs or (len(word) >= 4 and fuzz.ratio(word, theirs) >= NEARLY)
            for word, theirs in zip(one[:shorter], other[:shorter], strict=True)
        )

    def _spellings(self, word: str, *, is_last: bool) -> set[str]:
        if word in self._by_word:
            return {word}
        found: set[str] = set()
        if len(word) >= 5:
            for variant in _shortened(word):
                found |= self._near_words.get(variant, set())
        if is_last and not found and len(word) >= 3:
            found = {other for other in self._by_word if other.startswith(word)}
            if len(found) > 50:
                found = set()
        return found

    def _likeness(self, one: tuple[str, ...], other: tuple[str, ...], agreements: Sequence[dict[str, int]]) -> float:
        """Return which share of the two names agrees, each word weighing more the fewer customers carry it.

        `agreements` keeps, for each word of the first name, how it agrees with the words it was compared with before.
        """
        rest = list(other)
        agree = whole = 0.0
        last = len(one) - 1
        rarities = self._rarities
        for place, word in enumerate(one):
            known = agreements[place]
            match, best = None, 0
            for theirs in rest:
                degree = known.get(theirs)
                if degree is None:
                    degree = known[theirs] = _agreement(word, theirs, is_last=place == last)
                if degree > best:
                    match, best = theirs, degree
                    if degree == SAME:
                        break
            rarity = rarities[word]
            if match is not None:
                rest.remove(match)
                if rarities[match] < rarity:
                    rarity = rarities[match]
                agree += _SHARES[best] * rarity
                whole += rarity
            else:
                whole += 0.6 * (rarity if rarity < 4.0 else 4.0)
        if not whole:
            return 0.0
        unmatched = 0.0
        for word in rest:
            unmatched += rarities[word]
        return agree / (whole + 0.45 * unmatched)

    def _forget(self, customer: str) -> None:
        self._members.get(self._family_of[customer], {}).pop(customer, None)
        words = self._words_of[customer]
        self._by_words.get(words, {}).pop(customer, None)
        for word in words:
            self._by_word.get(word, {}).pop(customer, None)
        for first in words[:1]:
            self._by_first.get(first, {}).pop(customer, None)
        if len(words) > 1:
            self._by_start.get(words[:2], {}).pop(customer, None)
        for table, key in self._keys_of(customer):
            table[key].pop(customer, None)
        self._tax_id_of.pop(customer, None)

    def _keys_of(self, customer: str) -> Iterator[tuple[dict[str, dict[str, None]], str]]:
        """Yield the tax ids and numbers that a customer is found under, each with its table."""
        digits = digits_of(customer)
        for key in {compact(customer), without_zeros(digits), digits}:
            if len(key) >= 3:
                yield self._numbers, key
        tax_id = self._tax_id_of.get(customer)
        if tax_id:
            digits = digits_of(tax_id)
            for key in {compact(tax_id), digits}:
                if len(key) >= 7:
                    yield self._tax_ids, key
            if len(digits) == CNPJ:
                yield self._roots, digits[:ROOT]


SAME = 4
_SHARES = (0.0, 0.7, 0.9, 0.95, 1.0)  # by degree of agreement: how much of a word's weight agrees


def _agreement(word: str, theirs: str, *, is_last: bool) -> int:
    """Return how well two words agree: 4 the same, 3 cut off at the end of the name, 2 nearly, 1 begin alike, 0 not."""
    if theirs == word:
        return SAME
    if is_last and len(word) >= 2 and theirs.startswith(word):
        return 3
    if len(word) >= 4 and fuzz.ratio(word, theirs) >= NEARLY:
        return 2
    if len(word) >= 3 and (theirs.startswith(word) or word.startswith(theirs)):
        return 1
    return 0


def _tax_ids_in(name: str, texts: Iterable[Text]) -> list[str]:
    """Return the digits of tax ids that stand in a payer's name, or in a text as CNPJ and CPF are written."""
    found = [digits_of(match) for text in texts for match in _CNPJ_OR_CPF.findall(text.plain)]
    found += [digits_of(match) for match in _CNPJ_OR_CPF.findall(name)]
    return found + _LONG_NUMBER.findall(name)


def name_words(name: str | None) -> tuple[str, ...]:
    """Return the words of a name in their order, without accents, legal forms and desks."""
    if not name:
        return ()
    words = _WORD.findall(plain(name).replace(".", "").replace("'", ""))
    return tuple(word for word in words if word not in _FORMS and word not in _DESKS) or tuple(words)


@lru_cache(maxsize=4_096)
def name_key(name: str | None) -> str:
    """Return what different spellings of one payer's name share."""
    return " ".join(name_words(name))


def _shortened(word: str) -> list[str]:
    return [word, *(word[:place] + word[place + 1 :] for place in range(len(word)))]
