"""`openitem match`: the matcher alone, on Parquet files; reads a folder, writes a folder, needs no warehouse."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.cash_application.engine.book import NO_DAY, Book, Entry
from assets.cash_application.engine.matching import Matcher, MatchPolicy
from assets.cash_application.engine.memory import Memory
from assets.cash_application.engine.nouns import Finding, Line, Payment
from assets.cash_application.engine.payers import PayerIndex
from assets.cash_application.engine.reasons import reason_code
from assets.cash_application.engine.rounds import lessons_of, settle_day
from assets.cash_application.engine.together import Lately
from assets.close.match_crew import Crew
from assets.close.match_input import INPUTS, InputRefusedError, InputTable, check_together, read_input
from assets.ledger.parties import VIRTUAL_ACCOUNT

BATCH = 50_000
STEP = 200  # findings written while the others look for more


RECEIPT_DECISIONS = pa.schema(
    [
        ("receipt_id", pa.string()), ("outcome", pa.string()), ("customer_id", pa.string()),
        ("confidence", pa.float64()), ("rule", pa.string()), ("solution_count", pa.int64()),
        ("runner_up", pa.string()), ("margin", pa.float64()), ("unapplied_minor", pa.int64()),
        ("reason", pa.string()), ("evidence_class", pa.string()), ("policy_version", pa.string()),
    ]
)  # fmt: skip
APPLICATIONS = pa.schema(
    [
        ("receipt_id", pa.string()), ("rank", pa.int64()), ("document_id", pa.string()), ("applied_minor", pa.int64()),
        ("difference_minor", pa.int64()), ("difference_kind", pa.string()),
    ]
)  # fmt: skip
EVIDENCE = pa.schema(
    [
        ("receipt_id", pa.string()), ("document_id", pa.string()), ("evidence", pa.string()), ("weight", pa.float64()),
        ("detail", pa.string()),
    ]
)  # fmt: skip


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=BATCH):
        yield from batch.to_pylist()


def _required(folder: Path, table: InputTable) -> pa.Table:
    found = read_input(folder, table)
    if found is None:
        raise InputRefusedError(f"Cannot match: `{table.name}.parquet` is missing in the input folder.")
    return found


def load_book(folder: Path) -> Book:
    """Return the book of documents of an input folder."""
    table = _required(folder, INPUTS[2])
    table = table.sort_by("document_id")
    _refuse_repeated(table, "document_id", "documents.parquet")
    days = {name: pc.cast(table.column(name), pa.int32()) for name in ("issue_date", "due_date", "cash_discount_date")}
    for name, column in days.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    book = Book()
    table = table.select(_BOOK_COLUMNS)
    for batch in table.to_batches(max_chunksize=BATCH):
        columns = [column.to_pylist() for column in batch.columns]
        for row in zip(*columns, strict=True):
            key, number, customer, entity, currency, issued, due, amount, left, order, sale, *rest = row
            sent, slips, less, until, closed = rest
            book.put(
                Entry(
                    key, number, customer, entity or "", currency, issued + _EPOCH,
                    NO_DAY if due is None else due + _EPOCH, amount, left if closed is None else 0, order, sale,
                    less or 0, NO_DAY if until is None else until + _EPOCH, sent, slips,
                )
            )  # fmt: skip
    return book


_BOOK_COLUMNS = [
    "document_id", "document_number", "customer_id", "legal_entity_id", "currency_code", "issue_date", "due_date",
    "amount_minor", "open_amount_minor", "purchase_order_number", "order_number", "delivery_number",
    "bank_slip_number", "cash_discount_minor", "cash_discount_date", "closed_date",
]  # fmt: skip
_EPOCH = date(1970, 1, 1).toordinal()


def _refuse_repeated(table: pa.Table, column: str, name: str) -> None:
    counts = pc.value_counts(table.column(column))
    repeated = pc.filter(counts.field("values"), pc.greater(counts.field("counts"), 1))
    if len(repeated):
        raise InputRefusedError(
            f"Cannot match: in `{name}` {len(repeated)} values of `{column}` occur more than once, "
            f"e.g. `{repeated[0].as_py()}`. Each must be there once."
        )


def load_memory(folder: Path, book: Book, agent_families: int = 3) -> Memory:
    """Return customers, accounts and what the history of confirmations teaches."""
    payers = PayerIndex(agent_families)
    customers = _required(folder, INPUTS[3])
    for row in _rows(customers.sort_by("customer_id")):
        payers.add_customer(row["customer_id"], row["customer_name"] or "", row["family_id"], row["tax_id"])
    accounts = read_input(folder, INPUTS[4])
    if accounts is not None:
        for row in _rows(accounts.sort_by([("account", "ascending"), ("customer_id", "ascending")])):
            is_virtual = row["account_kind"] == VIRTUAL_ACCOUNT
            (payers.add_virtual_account if is_virtual else payers.add_account)(row["account"], row["customer_id"])
    memory = Memory(payers)
    history = read_input(folder, INPUTS[5])
    if history is not None:
        teach(memory, _rows(history))
    return memory


_EARLIEST = date.min  # what was said on no day one knows of counts no more


def teach(memory: Memory, rows: Iterator[dict[str, Any]]) -> None:
    """Take up a history of verdicts; of several about one receipt and document only the last counts."""
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=_verdict_order):
        last[row["receipt_id"], row["document_id"]] = row
    taught: set[tuple[str, str]] = set()
    for (receipt_id, document_id), row in last.items():
        account, name, customer = row["payer_account"], row["payer_name"], row["customer_id"]
        said_on = row["decided_at"] or row["value_date"] or _EARLIEST
        day = said_on.toordinal()
        if (row["verdict"] or "confirmed") == "confirmed":
            if (receipt_id, customer) not in taught and customer:
                taught.add((receipt_id, customer))
                memory.payers.learn(customer, account, name, row["value_date"].toordinal())
            memory.learn_from(account, name, row["remittance_text"], row["document_number"], day)
            if document_id and receipt_id and row["value_date"]:
                memory.note_paid(document_id, receipt_id, row["value_date"].toordinal())
        else:
            memory.refuse(account, name, document_id, day)


def _verdict_order(row: dict[str, Any]) -> tuple[str, str, str, str]:
    return (
        str(row["decided_at"] or ""), row["receipt_id"] or "", row["document_id"] or "", row["verdict"] or "confirmed",
    )  # fmt: skip


def load_payments(folder: Path, book: Book, meanings: Mapping[str, str] | None = None) -> Receipts:
    """Return the receipts of an input folder in value-date order; reasons of lines are read by the words of policy."""
    coded = cache(partial(reason_code, meanings=meanings or {}))
    lines: dict[str, list[tuple[int, Line]]] = {}
    table = read_input(folder, INPUTS[1])
    if table is not None:
        for row in _rows(table):
            line = Line(row["reference"] or "", row["amount_minor"], coded(row["reason"]))
            lines.setdefault(row["receipt_id"], []).append((row["line_number"] or 0, line))
    receipts = _required(folder, INPUTS[0])
    _refuse_repeated(receipts, "receipt_id", "receipts.parquet")
    smallest = pc.min(receipts.column("amount_minor")).as_py()
    if smallest is not None and smallest <= 0:
        raise InputRefusedError(
            f"Cannot match: in `receipts.parquet` an amount is {smallest} minor units; a receipt holds more than 0. "
            "Returns and debits are not receipts: leave them out."
        )
    ledgers = receipts.group_by(["legal_entity_id", "currency_code"]).aggregate([])
    for entity, currency in zip(*(column.to_pylist() for column in ledgers.columns), strict=True):
        book.ledger_of(entity or "", currency)
    return Receipts(receipts.sort_by([("value_date", "ascending"), ("receipt_id", "ascending")]), lines, book)


class Receipts:
    """The receipts of an input folder in value-date order; payments are made of them a day at a time."""

    def __init__(self, table: pa.Table, lines: Mapping[str, Sequence[tuple[int, Line]]], book: Book) -> None:
        days = pc.cast(table.column("value_date"), pa.int32())
        self._table = table.set_column(table.schema.get_field_index("value_date"), "value_date", days)
        self._lines, self._book = lines, book

    def __len__(self) -> int:
        return len(self._table)

    def days(self) -> Iterator[tuple[int, list[Payment]]]:
        """Yield each day with its payments."""
        days = self._table.column("value_date").to_numpy()
        ends = [*(np.flatnonzero(days[1:] != days[:-1]) + 1).tolist(), len(days)] if len(days) else []
        start = 0
        for end in ends:
            columns = [column.to_pylist() for column in self._table.slice(start, end - start).select(_PAID).columns]
            yield int(days[start]) + _EPOCH, [self._payment(*row) for row in zip(*columns, strict=True)]
            start = end

    def _payment(
        self, receipt_id: str, day: int, amount: int, entity: str | None, currency: str, name: str | None,
        account: str | None, end_to_end_id: str | None, text: str | None, credited: str | None,
    ) -> Payment:  # fmt: skip
        lines = self._lines.get(receipt_id)
        return Payment(
            receipt_id, day + _EPOCH, amount, self._book.ledger_of(entity or "", currency), name, account,
            end_to_end_id, text, tuple(line for _, line in sorted(lines, key=_line_order)) if lines else (),
            credited_account=credited,
        )  # fmt: skip


_PAID = [
    "receipt_id", "value_date", "amount_minor", "legal_entity_id", "currency_code", "payer_name", "payer_account",
    "end_to_end_id", "remittance_text", "credited_account",
]  # fmt: skip


def _line_order(numbered: tuple[int, Line]) -> tuple[int, str]:
    number, line = numbered
    return number, line.reference


def match_folder(
    source: Path, target: Path, policy: MatchPolicy, *, workers: int = 1,
    report: Callable[[str], None] = lambda _: None, warn: Callable[[str], None] = lambda _: None,
) -> dict[str, int]:  # fmt: skip
    """Match the receipts of a folder and write the three result tables; return how many had which outcome."""
    with _without_collector():
        return _match_folder(source, target, policy, workers, report, warn)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Look for no unreachable cycles: the book holds millions of objects, all of them needed."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _match_folder(
    source: Path, target: Path, policy: MatchPolicy, workers: int, report: Callable[[str], None],
    warn: Callable[[str], None],
) -> dict[str, int]:  # fmt: skip
    book = load_book(source)
    memory = load_memory(source, book, policy.agent_families)
    payments = load_payments(source, book, policy.hint_words)
    for note in check_together(source):
        warn(note)
    report(f"{len(payments)} receipts, {len(book)} documents, {len(memory.payers.names)} customers")
    matcher = Matcher(book, memory, policy)
    target.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    lately = Lately()
    with _Writer(target, book, memory, policy) as writer, Crew(matcher, workers) as crew:
        for day, arrived in payments.days():
            crew.arrive(arrived)
            findings = settle_day(arrived, book, memory, crew.find)
            lately.propose(findings, matcher, day)
            crew.end_aside()  # the day before is written while this one is looked through
            crew.learn(lessons_of(findings, book))
            for finding in findings:
                if finding.is_certain:
                    for document in finding.ranked[0].documents:
                        memory.note_paid(book.ids[document], finding.payment.receipt_id, day)
                outcome = outcome_of(finding)
                counts[outcome] = counts.get(outcome, 0) + 1
            crew.aside = writer.write_in_steps(findings)
            report(f"{date.fromordinal(day)}: {sum(counts.values())} of {len(payments)} decided")
        crew.end_aside()
    return counts


class _Writer:
    def __init__(self, target: Path, book: Book, memory: Memory, policy: MatchPolicy) -> None:
        self.target, self.book, self.memory, self.policy = target, book, memory, policy
        self.schemas = {"receipt_decisions": RECEIPT_DECISIONS, "applications": APPLICATIONS, "evidence": EVIDENCE}
        self.rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self.schemas}
        self.files: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> _Writer:
        self.files = {
            name: pq.ParquetWriter(self.target / f".{name}.parquet", schema, compression="zstd")
            for name, schema in self.schemas.items()
        }
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._flush(0)
        for name, file in self.files.items():
            file.close()
            half_done = self.target / f".{name}.parquet"
            if kind is None:
                half_done.replace(self.target / f"{name}.parquet")
            else:
                half_done.unlink()

    def write_in_steps(self, findings: Sequence[Finding]) -> Iterator[int]:
        """Add findings, some at each step; yield how many were added so far."""
        for at, finding in enumerate(findings, start=1):
            self._add(finding)
            if at % STEP == 0 or at == len(findings):
                self._flush(BATCH)
                yield at

    def _add(self, finding: Finding) -> None:
        """Add one finding with what speaks for its best proposal, or for leaving it alone."""
        payment, best, ids = finding.payment, finding.best, self.book.ids
        shown = best or finding.against[0]
        self.rows["receipt_decisions"].append(
            (
                payment.receipt_id, outcome_of(finding), finding.customer, round(shown.confidence, 6),
                best.rule if best else "none", best.solutions if best else 0, finding.runner_up,
                None if finding.margin is None else round(finding.margin, 6),
                payment.amount - best.applied if best else payment.amount, finding.stop, best.basis if best else None,
                self.policy.version,
            )
        )  # fmt: skip
        for rank, candidate in enumerate(finding.ranked, start=1):
            for part in candidate.parts:
                self.rows["applications"].append(
                    (payment.receipt_id, rank, ids[part.document], part.applied, part.difference, part.kind)
                )
        for reason in shown.reasons:
            document = None if reason.document is None else ids[reason.document]
            self.rows["evidence"].append(
                (payment.receipt_id, document, reason.evidence, round(reason.weight, 6), reason.detail)
            )
        for place in () if best else shown.of_documents:
            paid = self.memory.paid_by.get(ids[place])
            if paid is not None:
                by = f"{paid[1]} {date.fromordinal(paid[0])}"
                self.rows["evidence"].append((payment.receipt_id, ids[place], "paid_by", 0.0, by))

    def _flush(self, least: int) -> None:
        for name, rows in self.rows.items():
            if len(rows) > least:
                columns = list(zip(*rows, strict=True))
                schema = self.schemas[name]
                arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
                self.files[name].write_table(pa.Table.from_arrays(arrays, schema=schema))
                self.rows[name] = []


def outcome_of(finding: Finding) -> str:
    """Return what became of a payment: applied, proposed, on account of a known customer, or unidentified."""
    if finding.is_certain:
        return "auto_applied"
    if finding.ranked:
        return "proposed"
    return "on_account" if finding.is_identified else "unidentified"
