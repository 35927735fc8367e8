"""The two real data sets, brought by a mapping each and run through the whole chain."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tests.benchmarks.homes import ROOT, openitem

MAPPINGS = ROOT / "assets" / "extract" / "mappings"
RETAIL_LINES = 240_007
RETAIL_SUM = Decimal("4275143.931")
RETAIL_REPEATED = 1_970
RETAIL_WITHOUT_CUSTOMER = 67_225
DAY_AFTER_RETAIL = "2011-12-31"
DAY_AFTER_S4 = "2025-12-31"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a data set came through as it should, and the figures that say so."""

    met: bool
    summary: str


def _bring(home: Path, mapping: str, file: Path, day: str) -> None:
    openitem("load", str(MAPPINGS / mapping), str(file), "--received", day, home=home)
    openitem("run", "--as-of", day, home=home)


def _one(home: Path, sql: str) -> tuple[Any, ...]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        row = connection.execute(sql).fetchone()
    assert row is not None
    return row


def run_retail(home: Path, shared: Path) -> Outcome:
    """Run the UCI Online Retail lines and compare counts and sums."""
    _bring(home, "online_retail.yml", shared / "online_retail.parquet", DAY_AFTER_RETAIL)
    raw_lines, raw_sum = _one(home, "select count(*), sum(net_amount::decimal(38, 3)) from raw.table__document_lines")
    repeated = _one(
        home,
        "select sum(n - 1) from (select count(*) as n from raw.table__document_lines "
        "group by document_number, product_id, description, quantity, unit_price, net_amount having count(*) > 1)",
    )[0]
    lines, line_sum = _one(
        home,
        "select (select count(*) from marts.fct_invoice_lines) + (select count(*) from marts.fct_credit_memo_lines), "
        "(select sum(net_amount) from marts.fct_invoice_lines) "
        "- (select sum(net_amount) from marts.fct_credit_memo_lines)",
    )
    without = _one(
        home,
        "with lines as (select document_key from marts.fct_invoice_lines "
        "union all select document_key from marts.fct_credit_memo_lines), "
        "documents as (select document_key, customer_key from marts.fct_invoices "
        "union all select document_key, customer_key from marts.fct_credit_memos) "
        "select count(*) from lines join documents using (document_key) where customer_key is null",
    )[0]
    invoices, credit_memos = _one(
        home, "select (select count(*) from marts.fct_invoices), (select count(*) from marts.fct_credit_memos)"
    )
    met = (
        raw_lines == lines == RETAIL_LINES
        and raw_sum == line_sum == RETAIL_SUM
        and repeated == RETAIL_REPEATED
        and without == RETAIL_WITHOUT_CUSTOMER
        and credit_memos > 0
        and invoices + credit_memos == 12_468
    )
    return Outcome(
        met,
        f"{lines} lines, sum {line_sum}, {repeated} repeated, {without} without a customer, "
        f"{invoices} invoices, {credit_memos} credit memos",
    )


def run_s4(home: Path, shared: Path) -> Outcome:
    """Run the S/4-shaped document flow: cancelled documents net to zero, clearings settle what they clear."""
    _bring(home, "s4_document_flow.yml", shared / "sap_o2c_demo.db", DAY_AFTER_S4)
    invoices, cancelled = _one(home, "select count(*), count(*) filter (where is_cancelled) from marts.fct_invoices")
    cancelled_balance = _one(
        home,
        "select coalesce(sum(receivable_amount), 0) from receivables.fct_ledger_entries "
        "join marts.fct_invoices using (document_key) where is_cancelled",
    )[0]
    # The journal is the flow's own book: what it has not cleared is what must be open here, document by document.
    due = _uncleared(shared / "sap_o2c_demo.db")
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        found = dict(
            connection.execute("select document_number, open_amount from receivables.fct_open_items").fetchall()
        )
    differing = [number for number in due.keys() | found.keys() if due.get(number) != found.get(number)]
    met = invoices > 0 and cancelled > 0 and cancelled_balance == 0 and bool(due) and not differing
    return Outcome(
        met,
        f"{invoices} invoices of which {cancelled} cancelled net to {cancelled_balance}; everything the journal has "
        f"cleared is settled, the {len(due)} documents it has not are open with {sum(found.values())}, "
        f"{len(differing)} differ",
    )


def _uncleared(path: Path) -> dict[str, Decimal]:
    """Return what the journal has not cleared, by billing document, to the cent of its two-decimal currency."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "select referenceDocument, amountInTransactionCurrency from journal_entry_ar "
            "where coalesce(clearingAccountingDocument, '') = ''"
        ).fetchall()
    due: dict[str, Decimal] = {}
    for number, amount in rows:
        due[number] = due.get(number, Decimal(0)) + Decimal(str(amount))
    return due
