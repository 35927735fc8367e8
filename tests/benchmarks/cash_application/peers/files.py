"""The book a peer reads and the result tables it writes; needs pyarrow only."""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.benchmarks.cash_application.numbers import compact, digits_of
from tests.benchmarks.cash_application.tables import APPLICATIONS, EVIDENCE, RECEIPT_DECISIONS, write_table

_BETWEEN_WORDS = re.compile(r"[\s,;:|*+=()]+")
_DATE_OR_AMOUNT = re.compile(
    r"(?<![\w.,/-])(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,3}(?:[.,' ]\d{3})*[.,]\d{2}|\d+[.,]\d{2})(?![\w.,/-])"
)


def arguments(description: str | None, *options: tuple[str, Any]) -> argparse.Namespace:
    """Return the input and output folder, and options of the peer with their defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    for name, default in options:
        parser.add_argument(name, type=type(default), default=default)
    return parser.parse_args()


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of an input table; an optional one may be missing."""
    path = folder / f"{name}.parquet"
    return pq.read_table(path).to_pylist() if path.exists() else []


@dataclass(frozen=True, slots=True)
class Share:
    """What one document gets in a proposal."""

    document_id: str
    applied_minor: int
    difference_minor: int = 0
    difference_kind: str | None = None


class Numbers:
    """Document numbers without signs, and by their digits where these are one number's only."""

    def __init__(self, numbers: Iterable[str]) -> None:
        self.whole = set(numbers)
        self.by_digits: dict[str, str] = {}
        for number in sorted(self.whole):
            digits = digits_of(number).lstrip("0")
            self.by_digits[digits] = "" if digits in self.by_digits else number
        lengths = sorted(len(digits_of(number)) for number in self.whole)
        self.usual_length = lengths[len(lengths) // 2] if lengths else 0


class Ledger:
    """Receipts in value-date order, documents with what is open, and the accounts known."""

    def __init__(self, folder: Path) -> None:
        self.receipts = sorted(rows(folder, "receipts"), key=lambda row: (row["value_date"], row["receipt_id"]))
        self.documents = {row["document_id"]: row for row in rows(folder, "documents")}
        self.customers = {row["customer_id"]: row for row in rows(folder, "customers")}
        self.open = {key: row["open_amount_minor"] for key, row in self.documents.items()}
        self.by_customer: dict[str, list[tuple[Any, Any, str, str | None]]] = defaultdict(list)
        self.by_amount: dict[tuple[str, int], list[str]] = defaultdict(list)
        for key, row in self.documents.items():
            if self.open[key] > 0:
                self.by_customer[row["customer_id"]].append(
                    (row["due_date"], row["issue_date"], key, row.get("legal_entity_id"))
                )
            self.by_amount[row["currency_code"], row["open_amount_minor"]].append(key)
        for standing in self.by_customer.values():
            standing.sort(key=lambda place: place[:3])
        self.by_account: dict[str, set[str]] = defaultdict(set)
        for row in rows(folder, "payer_accounts"):
            self.by_account[compact(row["account"])].add(row["customer_id"])
        # What people confirmed teaches a peer accounts as it teaches everybody else.
        for row in rows(folder, "history"):
            if row["verdict"] == "confirmed" and row["payer_account"]:
                self.by_account[compact(row["payer_account"])].add(row["customer_id"])
        self.lines: dict[str, list[str]] = defaultdict(list)
        for row in rows(folder, "remittance_lines"):
            self.lines[row["receipt_id"]].append(row["reference"])

    def number_in(self, receipt: dict[str, Any], numbers: Numbers) -> str:
        """Return the document number a receipt names, else the word most like one; of several the first.

        Words side by side that make up a number count as it; so do its digits alone, where no other number has them.
        """
        texts = self.texts(receipt)
        words = [compact(word) for text in texts for word in _BETWEEN_WORDS.split(text)]
        # Once without dates and amounts: these have digits enough to pass for a number.
        plain = [compact(word) for text in texts for word in _BETWEEN_WORDS.split(_DATE_OR_AMOUNT.sub(" ", text))]
        parts = [compact(word) for text in texts for word in re.split(r"[^0-9A-Za-z]+", text)]
        for spelling in (words, parts):
            for start in range(len(spelling)):
                for end in range(min(start + 4, len(spelling)), start, -1):
                    if (joined := "".join(spelling[start:end])) in numbers.whole:
                        return joined
        like = [word for word in plain if len(digits_of(word)) >= 4]
        for word in like:
            if number := numbers.by_digits.get(digits_of(word).lstrip("0")):
                return number
        return min(like, key=lambda word: abs(len(digits_of(word)) - numbers.usual_length), default="")

    def texts(self, receipt: dict[str, Any]) -> list[str]:
        """Return everything a receipt says: text, end-to-end id, references of its remittance lines."""
        own = [receipt["remittance_text"] or "", receipt["end_to_end_id"] or ""]
        return [text for text in (*own, *self.lines[receipt["receipt_id"]]) if text]

    def may_pay(self, receipt: dict[str, Any], document_id: str) -> bool:
        """Return whether a document is an open invoice of that currency and entity, issued by the value date."""
        document = self.documents[document_id]
        return (
            self.open[document_id] > 0
            and document["currency_code"] == receipt["currency_code"]
            and document.get("legal_entity_id") == receipt.get("legal_entity_id")
            and document["issue_date"] <= receipt["value_date"]
        )

    def invoices_of(self, receipt: dict[str, Any], customer: str) -> list[str]:
        """Return the invoices of a customer that a receipt may pay, in the order of their due dates."""
        day, still_open, entity = receipt["value_date"], self.open, receipt.get("legal_entity_id")
        standing = [place for place in self.by_customer.get(customer, ()) if still_open[place[2]] > 0]
        self.by_customer[customer] = standing
        if not standing or self.documents[standing[0][2]]["currency_code"] != receipt["currency_code"]:
            return []
        return [key for _, issued, key, owner in standing if issued <= day and owner == entity]

    def account_owner(self, receipt: dict[str, Any]) -> str | None:
        """Return the customer an account is known for, if it is known for one."""
        owners = self.by_account.get(compact(receipt["payer_account"] or ""), set())
        return next(iter(owners)) if len(owners) == 1 else None


class Answer:
    """Collects what a peer decides, each receipt once."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.decisions: list[dict[str, Any]] = []
        self.applications: list[dict[str, Any]] = []
        self.evidence: list[dict[str, Any]] = []

    def decide(
        self,
        receipt: dict[str, Any],
        shares: list[Share],
        *,
        rule: str,
        confidence: float,
        is_automatic: bool,
        solutions: int = 1,
    ) -> None:
        """Record a receipt's best proposal; an automatic one takes from what is open."""
        receipt_id = receipt["receipt_id"]
        left = receipt["amount_minor"] - sum(share.applied_minor for share in shares)
        owner = self.ledger.documents[shares[0].document_id]["customer_id"] if shares else None
        outcome = "auto_applied" if shares and is_automatic else "proposed" if shares else "unidentified"
        self.decisions.append(
            {
                "receipt_id": receipt_id,
                "outcome": outcome,
                "customer_id": owner,
                "confidence": confidence if shares else None,
                "rule": rule,
                "solution_count": solutions,
                "unapplied_minor": left,
            }
        )
        for share in shares:
            self.applications.append(
                {
                    "receipt_id": receipt_id,
                    "rank": 1,
                    "document_id": share.document_id,
                    "applied_minor": share.applied_minor,
                    "difference_minor": share.difference_minor,
                    "difference_kind": share.difference_kind,
                }
            )
            self.evidence.append(
                {"receipt_id": receipt_id, "document_id": share.document_id, "evidence": rule, "weight": confidence}
            )
            if outcome == "auto_applied":
                self.ledger.open[share.document_id] -= share.applied_minor + share.difference_minor

    def write(self, folder: Path) -> None:
        """Write the three result tables."""
        folder.mkdir(parents=True, exist_ok=True)
        write_table(folder / "receipt_decisions.parquet", RECEIPT_DECISIONS, self.decisions)
        write_table(folder / "applications.parquet", APPLICATIONS, self.applications)
        write_table(folder / "evidence.parquet", EVIDENCE, self.evidence)
