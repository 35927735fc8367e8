"""A baseline: the ranking ERPNext's bank reconciliation publishes, re-implemented here on invoices; not ERPNext itself.

A document's rank is one, plus one each for the party, the amount, and its number standing in the description. ERPNext
only ever suggests invoices; as the generous reading, rank 3 reached by one document alone counts as applied here.
"""

from __future__ import annotations

from typing import Any

from rapidfuzz import fuzz, process

from tests.benchmarks.cash_application.peers.files import Answer, Ledger, Share, arguments

AUTOMATIC_RANK = 3
NAME_CUTOFF = 80


class Parties:
    """The party of a receipt: by account, else by a name that one customer alone resembles most."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.names = {key: row["customer_name"] for key, row in ledger.customers.items()}
        self.known: dict[str, str | None] = {}

    def of(self, receipt: dict[str, Any]) -> str | None:
        """Return the customer, or None rather than a guess between two."""
        return self.ledger.account_owner(receipt) or self._by_name(receipt["payer_name"])

    def _by_name(self, name: str) -> str | None:
        if name not in self.known:
            found = process.extract(
                name, self.names, scorer=fuzz.token_set_ratio, processor=str.lower, limit=2, score_cutoff=NAME_CUTOFF
            )
            is_clear = len(found) == 1 or (len(found) == 2 and found[0][1] > found[1][1])
            self.known[name] = found[0][2] if found and is_clear else None
        return self.known[name]


def main() -> None:
    """Rank every receipt's documents and write the first."""
    given = arguments(__doc__)
    ledger = Ledger(given.input)
    answer, parties = Answer(ledger), Parties(ledger)
    numbers: dict[str, list[str]] = {}
    for key, row in ledger.documents.items():
        numbers.setdefault(row["document_number"], []).append(key)
    lengths = sorted({len(number) for number in numbers})
    for receipt in ledger.receipts:
        party = parties.of(receipt)
        description = " ".join(ledger.texts(receipt))
        named = {
            key
            for length in lengths
            for start in range(len(description) - length + 1)
            for key in numbers.get(description[start : start + length], ())
        }
        by_amount = ledger.by_amount.get((receipt["currency_code"], receipt["amount_minor"]), [])
        # Of what the party alone recommends two are enough: the first, and whether there is another.
        standing = ledger.invoices_of(receipt, party)[:2] if party else []
        candidates = {*named, *by_amount, *standing}
        ranked = sorted(
            (
                -1
                - (ledger.documents[key]["customer_id"] == party)
                - (ledger.open[key] == receipt["amount_minor"])
                - (key in named),
                ledger.documents[key]["issue_date"],
                key,
            )
            for key in candidates
            if ledger.may_pay(receipt, key)
        )
        if not ranked:
            answer.decide(receipt, [], rule="rank", confidence=0.0, is_automatic=False, solutions=0)
            continue
        best = -ranked[0][0]
        equals = sum(-place[0] == best for place in ranked)
        chosen = ranked[0][2]
        answer.decide(
            receipt,
            [Share(chosen, min(ledger.open[chosen], receipt["amount_minor"]))],
            rule=f"rank {best}",
            confidence=best / 4 / equals,
            is_automatic=best >= AUTOMATIC_RANK and equals == 1,
            solutions=equals,
        )
    answer.write(given.output)


if __name__ == "__main__":
    main()
