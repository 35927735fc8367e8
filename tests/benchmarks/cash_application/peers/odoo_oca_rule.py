"""A baseline: the published invoice matching rule of Odoo and OCA, re-implemented here; not the module itself.

Tokens of the text with at least four digits are compared with the digit runs of document numbers; the partner comes
from the account, else from a name that one customer alone has. Documents found are taken in order of due date while
there is room, one of the exact amount instead of all. `--tolerance` is the percentage a payment may fall short;
`--exact-sum 1` is the cautious setting that applies only what adds up within it, where the published rule also applies
more money than the documents found. `--partner-too 1` is the generous reading: invoices of a known partner that add
up exactly count as applied without a number, which the published rule only suggests.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from tests.benchmarks.cash_application.peers.files import Answer, Ledger, Share, arguments

SHORTEST_TOKEN = 4


def tokens_of(text: str) -> set[str]:
    """Return the tokens of one text that may be compared with numbers."""
    found = set()
    parts = ["".join(re.findall(r"[0-9a-zA-Z]", token)) for token in text.split()]
    for part in parts:
        digits = "".join(sign for sign in part if sign.isdecimal())
        if len(part) >= SHORTEST_TOKEN and len(digits) >= SHORTEST_TOKEN:
            found.add(digits)
    if len(parts) == 1:
        found.add(text)
    return found


def amount_to_take(ledger: Ledger, receipt: dict[str, Any], key: str, *, discounted: bool) -> int:
    """Return what a document asks for: what is open, less the discount while that runs."""
    document = ledger.documents[key]
    until = document["cash_discount_date"]
    if discounted and until and receipt["value_date"] <= until and ledger.open[key] == document["amount_minor"]:
        return ledger.open[key] - (document["cash_discount_minor"] or 0)
    return ledger.open[key]


def batch(ledger: Ledger, receipt: dict[str, Any], keys: list[str], *, discounted: bool) -> tuple[bool, list[str]]:
    """Return whether documents add up, and those kept: one of the exact amount, or all while there is room."""
    kept: list[str] = []
    total = 0
    for key in keys:
        asked = amount_to_take(ledger, receipt, key, discounted=discounted)
        if asked == receipt["amount_minor"]:
            return True, [key]
        if total < receipt["amount_minor"]:
            kept.append(key)
            total += asked
    return total == receipt["amount_minor"], kept


def shares_of(ledger: Ledger, receipt: dict[str, Any], kept: list[str], *, discounted: bool) -> list[Share]:
    """Return what each document gets: its balance, the discount, and on the last what money is left for."""
    left = receipt["amount_minor"]
    shares = []
    for key in kept:
        open_minor = ledger.open[key]
        asked = amount_to_take(ledger, receipt, key, discounted=discounted)
        applied = min(left, asked)
        if applied <= 0:
            break
        kind = (
            None
            if applied == open_minor
            else "cash_discount"
            if applied == asked < open_minor
            else "tolerance_write_off"
        )
        shares.append(Share(key, applied, open_minor - applied, kind))
        left -= applied
    return shares


def main() -> None:
    """Match every receipt in value-date order."""
    given = arguments(__doc__, ("--tolerance", 0.0), ("--exact-sum", 1), ("--partner-too", 0))
    ledger = Ledger(given.input)
    answer = Answer(ledger)
    by_token: dict[str, list[str]] = defaultdict(list)
    for key, row in ledger.documents.items():
        words = re.sub(r"[^0-9\s]", "", row["document_number"]).split()
        for token in {*words, row["document_number"]}:
            by_token[token].append(key)
    by_name: dict[str, set[str]] = defaultdict(set)
    for key, row in ledger.customers.items():
        by_name[row["customer_name"].lower()].add(key)
    for receipt in ledger.receipts:
        _match(given, ledger, answer, by_token, by_name, receipt)
    answer.write(given.output)


def _match(
    given: Any,
    ledger: Ledger,
    answer: Answer,
    by_token: dict[str, list[str]],
    by_name: dict[str, set[str]],
    receipt: dict[str, Any],
) -> None:
    partner = ledger.account_owner(receipt)
    if partner is None:
        namesakes = by_name.get(receipt["payer_name"].lower(), set())
        partner = next(iter(namesakes)) if len(namesakes) == 1 else None
    hits: dict[str, int] = defaultdict(int)
    for token in {token for text in ledger.texts(receipt) for token in tokens_of(text)}:
        for key in by_token.get(token, ()):
            if ledger.may_pay(receipt, key) and partner in {None, ledger.documents[key]["customer_id"]}:
                hits[key] += 1
    is_named = bool(hits)
    if not is_named:
        if partner:
            keys = ledger.invoices_of(receipt, partner)
        else:
            equal = ledger.by_amount.get((receipt["currency_code"], receipt["amount_minor"]), [])
            keys = sorted(key for key in equal if ledger.may_pay(receipt, key))
    else:
        documents = ledger.documents
        keys = sorted(
            hits, key=lambda key: (-hits[key], documents[key]["due_date"], documents[key]["issue_date"], key)
        )  # fmt: skip
    if not keys:
        answer.decide(receipt, [], rule="none", confidence=0.0, is_automatic=False, solutions=0)
        return
    discounted = True
    is_perfect, kept = batch(ledger, receipt, keys, discounted=True)
    if not is_perfect:
        discounted = False
        is_perfect, kept = batch(ledger, receipt, keys, discounted=False)
    total = sum(amount_to_take(ledger, receipt, key, discounted=discounted) for key in kept)
    short = total - receipt["amount_minor"]
    allowed = short * 100 <= given.tolerance * total if short > 0 else short == 0 or not given.exact_sum
    answer.decide(
        receipt,
        shares_of(ledger, receipt, kept, discounted=discounted),
        rule="token" if is_named else "partner" if partner else "amount",
        confidence=0.95 if is_named and is_perfect else 0.6 if is_named or is_perfect else 0.2,
        is_automatic=(is_named or bool(given.partner_too and partner and is_perfect)) and allowed,
        solutions=1,
    )


if __name__ == "__main__":
    main()
