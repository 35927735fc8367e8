"""The only door to what is published: one snapshot per page, read-only, closed to everything else on the machine."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import streamlit as st

from assets.ledger.errors import OpenitemError, PermanentError, TransientError

Row = dict[str, Any]

ISSUED_SHOWN = 500
APPLIED_SHOWN = 2000
OPEN_ITEMS_SHOWN = 1000


class NothingPublishedError(OpenitemError):
    """No run has published anything yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"Nothing is published at `{path}` yet. Run `openitem run` for this home, then reload.")


class SnapshotTooOldError(PermanentError):
    """The published file lacks a table or column that a page reads: an older version built it."""

    def __init__(self, lacking: str) -> None:
        self.lacking = lacking
        super().__init__(
            f"Cannot show all of the published file: it lacks {lacking}, so an older version built it. "
            "Run the close again: `openitem run`, or `openitem backfill` over days that are closed. Then reload."
        )


class SnapshotChangedError(TransientError):
    """A run published while the page was being read; the page is read again from its beginning."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published file, known by its identity and not only by its name."""

    path: str
    modified_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Run:
    """What the snapshot says about the run that made it."""

    as_of_date: date
    open_date: date
    mode: str
    verdict: str
    verdict_detail: str
    last_green_as_of_date: date | None
    decisions_sequence: int
    company_name: str


def home() -> Path:
    """Return the folder of the company whose pages these are."""
    return Path(os.environ.get("OPENITEM_HOME") or "data/build")


def current_snapshot() -> Snapshot:
    """Return the file that is published now; raise NothingPublishedError when there is none."""
    path = home() / "published" / "openitem.duckdb"
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise NothingPublishedError(path) from error
    return Snapshot(str(path), status.st_mtime_ns, status.st_ino)


def read_run(snapshot: Snapshot) -> Run:
    """Return the run that made the snapshot."""
    [row] = read_rows(snapshot, "select * from rpt_run")
    lacking = next((name for name in Run.__slots__ if name not in row), None)
    if lacking:
        raise SnapshotTooOldError(f"`{lacking}`")
    return Run(**{name: row[name] for name in Run.__slots__})


def scopes(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return (legal entity, currency) pairs with receivables or sales; the group first."""
    rows = read_rows(
        snapshot,
        "select distinct legal_entity_id, currency_code from rpt_dso_daily order by legal_entity_id <> 'all', 1, 2",
    )
    return [(row["legal_entity_id"], row["currency_code"]) for row in rows]


def dso_history(snapshot: Snapshot, legal_entity_id: str, currency_code: str) -> list[Row]:
    """Return each day's receivables and DSO of a scope, on both clocks."""
    return read_rows(
        snapshot,
        "select * from rpt_dso_daily where legal_entity_id = ? and currency_code = ? order by as_of_date, clock",
        legal_entity_id,
        currency_code,
    )


def aging(snapshot: Snapshot, legal_entity_id: str, currency_code: str) -> list[Row]:
    """Return the aging of a scope on the as-of date, as known now."""
    return read_rows(
        snapshot,
        "select * from rpt_aging where clock = 'known_now' and legal_entity_id = ? and currency_code = ? "
        "and as_of_date = (select as_of_date from rpt_run) order by bucket_order",
        legal_entity_id,
        currency_code,
    )


def overdue_customers(snapshot: Snapshot, legal_entity_id: str, currency_code: str) -> list[Row]:
    """Return the customers of a scope by what is overdue; the group shows every entity's in its own currency."""
    return read_rows(
        snapshot,
        "select * from rpt_aging_customers where (? = 'all' or (legal_entity_id = ? and currency_code = ?)) "
        "and overdue_amount > 0 order by overdue_amount desc, customer_name limit 50",
        legal_entity_id,
        legal_entity_id,
        currency_code,
    )


def rejections(snapshot: Snapshot, legal_entity_id: str) -> list[Row]:
    """Return invoices turned down by the month they were issued in; the group is the sum of its entities."""
    return read_rows(
        snapshot,
        "select cohort_month, cast(sum(invoice_count) as bigint) as invoice_count, "
        "cast(sum(rejected_by_platform_count) as bigint) as rejected_by_platform_count, "
        "cast(sum(refused_by_buyer_count) as bigint) as refused_by_buyer_count, "
        "cast(sum(rejected_count) as bigint) as rejected_count, "
        "cast(sum(disputed_count) as bigint) as disputed_count, "
        "cast(sum(not_told_apart_count) as bigint) as not_told_apart_count from rpt_invoice_rejections "
        "where ? = 'all' or legal_entity_id = ? group by cohort_month order by cohort_month",
        legal_entity_id,
        legal_entity_id,
    )


def rejection_causes(snapshot: Snapshot) -> list[Row]:
    """Return why invoices were turned down, traced to the field that caused it."""
    return read_rows(
        snapshot, "select * from rpt_rejection_causes order by invoice_count desc, reason_code, currency_code"
    )


def cash_history(snapshot: Snapshot, legal_entity_id: str, currency_code: str) -> list[Row]:
    """Return what became of each day's receipts."""
    return read_rows(
        snapshot,
        "select * from rpt_cash_application where ? = 'all' or (legal_entity_id = ? and currency_code = ?) "
        "order by business_date, legal_entity_id, currency_code",
        legal_entity_id,
        legal_entity_id,
        currency_code,
    )


def cycle_times(snapshot: Snapshot, legal_entity_id: str) -> list[Row]:
    """Return how long invoicing and payment took, by month and kind of charge."""
    return read_rows(
        snapshot,
        "select * from rpt_cycle_times where ? = 'all' or legal_entity_id = ? "
        "order by invoice_month desc, legal_entity_id, charge_kind",
        legal_entity_id,
        legal_entity_id,
    )


def draft_delays(snapshot: Snapshot, legal_entity_id: str) -> list[Row]:
    """Return how long charges took to a draft, those a fault blocked apart; nothing where no run measured yet."""
    if not _has_table(snapshot, "rpt_draft_delays"):
        return []
    return read_rows(
        snapshot,
        "select * from rpt_draft_delays where legal_entity_id = ? "
        "order by list_position(['every_charge', 'nothing_wrong', 'blocked_by_a_fault'], charge_group)",
        legal_entity_id,
    )


def invoices_to_review(snapshot: Snapshot) -> list[Row]:
    """Return the drafts that wait for a person, the oldest first."""
    return read_rows(snapshot, "select * from rpt_invoices_to_review order by triggered_date, billing_key")


def draft_sources(snapshot: Snapshot) -> list[Row]:
    """Return what the drafts under review rest on, line by line."""
    return read_rows(
        snapshot, "select * from rpt_draft_sources order by billing_key, source_kind, source_number, line_number"
    )


def terms(snapshot: Snapshot) -> list[Row]:
    """Return the payment terms that are in use."""
    return read_rows(
        snapshot,
        "select distinct terms_code, due_days from rpt_invoices_to_review where due_days is not null order by 2, 1",
    )


def delivered_not_billed(snapshot: Snapshot) -> list[Row]:
    """Return what should have been invoiced and was not, the oldest first; nothing where no run has looked yet."""
    if not _has_table(snapshot, "rpt_delivered_not_billed"):
        return []
    return read_rows(snapshot, "select * from rpt_delivered_not_billed order by age_days desc, billing_key")


def sums_by_currency(rows: Sequence[Row], column: str) -> dict[str, Any]:
    """Return the exact sum of a column per currency; amounts of two currencies are never added."""
    sums: dict[str, Any] = {}
    for row in rows:
        sums[row["currency_code"]] = sums.get(row["currency_code"], 0) + (row[column] or 0)
    return dict(sorted(sums.items()))


def has_column(snapshot: Snapshot, name: str) -> bool:
    """Return whether any published table has a column of that name."""
    return bool(read_rows(snapshot, "select 1 as found from duckdb_columns() where column_name = ? limit 1", name))


def _lacking(message: str) -> str:
    """Return what DuckDB did not find, in words."""
    found = re.search(r'(?:Table with name|column) "?(\w+)"?', message)
    return f"`{found[1]}`" if found else "something that this page reads"


def _has_table(snapshot: Snapshot, name: str) -> bool:
    found = read_rows(snapshot, "select 1 as found from duckdb_tables() where table_name = ?", name)
    return bool(found)


def invoices_issued(snapshot: Snapshot, wanted: str = "") -> list[Row]:
    """Return the last invoices that were issued here; of all of them, those with the words of a search."""
    return read_rows(
        snapshot,
        f"select * from rpt_invoices_issued where issued_by = 'openitem' and {_has_words(_ISSUED_SEARCHED)} "
        "order by invoice_date desc, document_number desc limit ?",
        _words_of(wanted),
        ISSUED_SHOWN,
    )


def invoices_issued_count(snapshot: Snapshot) -> int:
    """Return how many invoices were issued here."""
    [row] = read_rows(snapshot, "select count(*) as found from rpt_invoices_issued where issued_by = 'openitem'")
    return int(row["found"])


def rejections_of(snapshot: Snapshot, legal_entity_id: str, document_number: str) -> list[Row]:
    """Return how often an invoice came back, the newest first; nothing where no run has looked yet."""
    if not _has_table(snapshot, "rpt_rejected_invoices"):
        return []
    return read_rows(
        snapshot,
        "select * from rpt_rejected_invoices where legal_entity_id = ? and document_number = ? "
        "order by responded_date desc, rejection_key",
        legal_entity_id,
        document_number,
    )


def causes_of(snapshot: Snapshot, reason_code: str, subjects: Sequence[str]) -> list[Row]:
    """Return the open exceptions that say where a reason arises, for one of the subjects that have it."""
    return read_rows(
        snapshot,
        "select * from rpt_exceptions where reason_code = ? "
        "and (list_contains(?::varchar[], subject_key) or list_contains(?::varchar[], subject_label)) "
        "order by opened_date, exception_key limit 1",
        reason_code,
        list(subjects),
        list(subjects),
    )


def invoice_numbers(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    """Return the numbers of the invoices issued here, by charge and by which invoice of the charge it is."""
    rows = read_rows(
        snapshot,
        "select billing_key, occurrence, document_number from rpt_invoices_issued where issued_by = 'openitem'",
    )
    return {(row["billing_key"], row["occurrence"]): row["document_number"] for row in rows}


def rejected_invoices(snapshot: Snapshot) -> list[Row]:
    """Return every invoice that came back with the reason and field at fault, the newest first."""
    return read_rows(snapshot, "select * from rpt_rejected_invoices order by responded_date desc, rejection_key")


def cash_queue(snapshot: Snapshot) -> list[Row]:
    """Return receipts with money left, the largest first."""
    return read_rows(snapshot, "select * from rpt_cash_queue order by unapplied_amount desc, receipt_key")


def proposals(snapshot: Snapshot, receipt_key: str) -> list[Row]:
    """Return what is proposed for a receipt, the best first."""
    return read_rows(
        snapshot, "select * from rpt_cash_proposals where receipt_key = ? order by rank, document_number", receipt_key
    )


def best_proposals(snapshot: Snapshot, receipt_keys: Sequence[str]) -> list[Row]:
    """Return the best proposal of each of several receipts, document by document."""
    return read_rows(
        snapshot,
        "select * from rpt_cash_proposals where rank = 1 and list_contains(?, receipt_key) "
        "order by receipt_key, document_number",
        list(receipt_keys),
    )


def cash_applied(snapshot: Snapshot, wanted: str = "") -> list[Row]:
    """Return the last applications without their evidence; of all of them, those with the words of a search."""
    return read_rows(
        snapshot,
        "select columns(lambda name: name <> 'evidence') from rpt_cash_applied "
        f"where {_has_words(_APPLIED_SEARCHED)} order by applied_date desc, receipt_id, document_number limit ?",
        _words_of(wanted),
        APPLIED_SHOWN,
    )


def cash_applied_count(snapshot: Snapshot) -> int:
    """Return how many applications there are."""
    [row] = read_rows(snapshot, "select count(*) as found from rpt_cash_applied")
    return int(row["found"])


def applications_of(snapshot: Snapshot, receipt_key: str) -> list[Row]:
    """Return what a receipt is applied to, with the evidence for it."""
    return read_rows(
        snapshot, "select * from rpt_cash_applied where receipt_key = ? order by document_number", receipt_key
    )


def paid_before(snapshot: Snapshot, document_keys: Sequence[str]) -> list[Row]:
    """Return the receipts that documents were paid by, the first one first."""
    if not document_keys:
        return []
    return read_rows(
        snapshot,
        "select distinct receipt_key, receipt_id, value_date from rpt_cash_applied "
        "where list_contains(?, document_key) order by value_date, receipt_key",
        list(document_keys),
    )


def receipt_named(snapshot: Snapshot, receipt_key: str) -> list[Row]:
    """Return a receipt by its key, applied or not, as one row or none."""
    return read_rows(
        snapshot,
        "select receipt_key, receipt_id, value_date from rpt_cash_applied where receipt_key = ? union "
        "select receipt_key, receipt_id, value_date from rpt_cash_queue where receipt_key = ?",
        receipt_key,
        receipt_key,
    )


def cash_rules(snapshot: Snapshot) -> list[Row]:
    """Return by day and rule how many receipts were applied and taken back; nothing where no run counted yet."""
    if not _has_table(snapshot, "rpt_cash_rules"):
        return []
    return read_rows(snapshot, "select * from rpt_cash_rules order by business_date, legal_entity_id, rule")


def cash_reviews(snapshot: Snapshot) -> list[Row]:
    """Return what people decided about receipts beside what was proposed; nothing where no run looked yet."""
    if not _has_table(snapshot, "rpt_cash_reviews"):
        return []
    return read_rows(snapshot, "select * from rpt_cash_reviews order by business_date, decision_key")


def customers(snapshot: Snapshot) -> list[Row]:
    """Return the customers that owe something or have money with us, by name."""
    return read_rows(
        snapshot,
        "select customer_key, min(customer_name) as customer_name, min(legal_entity_id) as legal_entity_id from "
        "(select customer_key, customer_name, legal_entity_id from rpt_open_items "
        "union all select customer_key, customer_name, legal_entity_id from rpt_cash_queue) "
        "where customer_key is not null group by customer_key order by customer_name, customer_key",
    )


def open_items(snapshot: Snapshot, currency_code: str, customer_key: str | None = None, wanted: str = "") -> list[Row]:
    """Return documents a receipt of that currency could settle: of one customer, or with the words of a search."""
    return read_rows(
        snapshot,
        "select * from rpt_open_items where currency_code = ? and open_amount > 0 "
        f"and (? is null or customer_key = ?) and {_has_words('document_number, customer_name, open_amount')} "
        "order by due_date nulls last, document_number limit ?",
        currency_code,
        customer_key,
        customer_key,
        _words_of(wanted),
        OPEN_ITEMS_SHOWN,
    )


def open_items_named(snapshot: Snapshot, document_keys: Sequence[str]) -> list[Row]:
    """Return the documents of these keys that have a balance left."""
    return read_rows(
        snapshot,
        "select * from rpt_open_items where list_contains(?::varchar[], document_key) order by document_key",
        list(document_keys),
    )


def reminders(snapshot: Snapshot) -> list[Row]:
    """Return the day's plan: every open invoice, reminded or not and why."""
    return read_rows(snapshot, "select * from rpt_reminders order by decision, days_overdue desc, document_number")


def reminder_history(snapshot: Snapshot) -> list[Row]:
    """Return how many documents were reminded and suppressed on each day."""
    return read_rows(
        snapshot,
        "select business_date, decision, cast(sum(document_count) as bigint) as document_count "
        "from rpt_reminder_history group by business_date, decision order by business_date, decision",
    )


def exceptions(snapshot: Snapshot) -> list[Row]:
    """Return what is open and needs somebody, the oldest first."""
    return read_rows(snapshot, "select * from rpt_exceptions order by opened_date, exception_key")


def sync_days(snapshot: Snapshot) -> list[Row]:
    """Return what arrived by day and system, newest first."""
    return read_rows(snapshot, "select * from rpt_sync order by business_date desc, system, currency_code")


def sync_systems(snapshot: Snapshot) -> list[Row]:
    """Return each system with its last delivery, the one that has been silent longest first."""
    return read_rows(
        snapshot,
        "select system, max(business_date) as last_date, "
        "date_diff('day', max(business_date), (select as_of_date from rpt_run)) as silent_days, "
        "count(distinct business_date) as day_count, cast(sum(file_count) as bigint) as file_count, "
        "cast(sum(accepted_row_count) as bigint) as accepted_row_count from rpt_sync "
        "group by system order by last_date, system",
    )


def run_facts(snapshot: Snapshot) -> Row:
    """Return everything the snapshot says about the run that made it: its inputs are its identity."""
    [row] = read_rows(snapshot, "select * from rpt_run")
    return row


def quarantine(snapshot: Snapshot) -> list[Row]:
    """Return the files that stayed outside, newest first."""
    return read_rows(snapshot, "select * from rpt_quarantine order by received_at desc, source_file")


_ISSUED_SEARCHED = "document_number, customer_name, billing_key, order_number, purchase_order_number, total_amount"
_APPLIED_SEARCHED = "payer_name, document_number, receipt_id, receipt_key, customer_name, applied_amount"


def _has_words(columns: str) -> str:
    """Return the condition that every word of a bound list stands somewhere in the columns."""
    found = f"contains(lower(concat_ws(' ', {columns})), word)"
    return f"len(list_filter(?::varchar[], lambda word: not {found})) = 0"


def _words_of(wanted: str) -> list[str]:
    """Return the words of a search as SQL compares them: small, amounts without thousands separators."""
    words = wanted.lower().split()
    return [word.replace(",", "") if word.replace(",", "").replace(".", "").isdigit() else word for word in words]


@st.cache_data(max_entries=200, show_spinner=False)
def read_rows(snapshot: Snapshot, sql: str, *parameters: Any) -> list[Row]:
    """Return rows of a snapshot; every value that comes from outside is a bound parameter."""
    with duckdb.connect(":memory:") as connection:
        # A connection of its own: one to the file's path would share the instance that still reads the old file.
        quoted = snapshot.path.replace("'", "''")
        connection.execute(f"attach '{quoted}' as published (read_only)")
        connection.execute("use published")
        for setting in ("memory_limit = '1GB'", "enable_external_access = false", "lock_configuration = true"):
            connection.execute(f"set {setting}")
        if current_snapshot() != snapshot:
            raise SnapshotChangedError("A new snapshot was published while the page was read.")
        try:
            cursor = connection.execute(sql, list(parameters))
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise SnapshotTooOldError(_lacking(str(error))) from error
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
