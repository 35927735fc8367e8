"""Landed files as raw rows: exact text, provenance, and the same rows however often and in whatever steps they load."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.extract import load as loading
from assets.extract.load import load_raw
from assets.extract.raw_tables import PROVENANCE, RAW_TABLES
from assets.extract.reading import ParsedFile
from assets.extract.registry import READERS
from assets.ledger.errors import InvariantBrokenError
from tests.extract.deliveries import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Home,
    Number,
    a_line,
    an_event,
    an_invoice,
    an_order,
    orders,
    query_response,
    usage,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def raw_rows(home: Home) -> dict[str, list[dict[str, Any]]]:
    """Return every raw table, its rows in one order."""
    warehouse = home.warehouse
    with warehouse.connect():
        return {spec.name: sorted(warehouse.rows(f"select * from {spec.full_name}"), key=repr) for spec in RAW_TABLES}


def test_rows_know_where_they_came_from(home: Home) -> None:
    home.deliver("usage", "usage-2026-03-02.csv", usage(an_event("E-1"), an_event("E-2", "7")))
    home.land()
    home.load()

    first, second = home.warehouse.rows("select * from raw.usage__events order by _row_number")

    assert (first["event_id"], first["quantity"], second["quantity"]) == ("E-1", "12.5", "7")
    assert first["_batch_id"] == home.landed("usage-2026-03-02.csv").file_key
    assert [first[name] for name in ("_source_system", "_object", "_source_file", "_row_number")] == [
        "usage",
        "events",
        "usage-2026-03-02.csv",
        1,
    ]
    assert first["_received_at"] == datetime(2026, 3, 2, 6)  # noqa: DTZ001 a timestamp of the warehouse is UTC
    assert first["_payload_hash"] != second["_payload_hash"]


def test_numbers_stand_in_raw_digit_by_digit(home: Home) -> None:
    line = a_line(quantity=Number("3"), price=Number("0.10"), total=Number("0.30"))
    home.deliver(
        "shop", "orders-0001.json", orders(an_order(total_price=Number("100000000000000.07"), line_items=[line]))
    )
    home.land()
    home.load()
    (order,) = home.warehouse.rows("select total_price from raw.shop__orders")
    (loaded,) = home.warehouse.rows("select quantity, price, total from raw.shop__order_lines")
    assert order == {"total_price": "100000000000000.07"}
    assert loaded == {"quantity": "3", "price": "0.10", "total": "0.30"}


def test_equal_lines_of_one_file_are_two_rows_and_a_second_delivery_adds_none(home: Home) -> None:
    home.deliver("usage", "usage-2026-03-02.csv", usage(an_event(), an_event()))
    home.deliver("usage", "usage-again.csv", usage(an_event(), an_event()), day=TUESDAY)
    home.land()
    home.load()
    rows = home.warehouse.rows("select _row_number, _payload_hash from raw.usage__events order by 1")
    assert [row["_row_number"] for row in rows] == [1, 2]
    assert rows[0]["_payload_hash"] == rows[1]["_payload_hash"]


def test_loading_again_leaves_the_same_rows(home: Home) -> None:
    deliver_three_days(home)
    home.land()
    home.load()
    before = raw_rows(home)
    home.load()
    home.load(TUESDAY, TUESDAY)
    assert raw_rows(home) == before


def test_single_days_load_what_the_window_loads(tmp_path: Path) -> None:
    at_once, day_by_day = Home(tmp_path / "once"), Home(tmp_path / "daily")
    for home in (at_once, day_by_day):
        deliver_three_days(home)
        home.land()
    at_once.load()
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        day_by_day.load(day, day)
    assert raw_rows(at_once) == raw_rows(day_by_day)


def test_a_deleted_warehouse_comes_back_whole_from_any_window(home: Home) -> None:
    deliver_three_days(home)
    home.land()
    home.load()
    before = raw_rows(home)
    home.warehouse.path.unlink()
    home.load(WEDNESDAY, WEDNESDAY)
    assert raw_rows(home) == before


def test_raw_tables_of_an_older_version_are_loaded_again_whole(home: Home) -> None:
    deliver_three_days(home)
    home.land()
    home.load()
    before = raw_rows(home)
    with home.warehouse.connect() as connection:
        connection.execute("alter table raw.shop__order_lines drop column title")
        connection.execute("alter table raw.landing_manifest drop column duplicate_of")
    home.load(WEDNESDAY, WEDNESDAY)
    assert raw_rows(home) == before


def test_raw_tables_of_an_older_version_stay_when_they_cannot_be_loaded_again(home: Home) -> None:
    deliver_three_days(home)
    home.land()
    home.load()
    with home.warehouse.connect() as connection:
        connection.execute("alter table raw.shop__order_lines drop column title")

    def forgetful(content: bytes, file_name: str) -> ParsedFile:
        return ParsedFile(rows={"usage__events": []})

    with pytest.raises(InvariantBrokenError, match="manifest says 1 rows"):
        load_raw(
            home.warehouse, home.landing, MONDAY, WEDNESDAY, {**READERS, ("usage", "usage*.csv"): ("events", forgetful)}
        )
    assert len(raw_rows(home)["shop__order_lines"]) == 1


def test_days_after_the_window_are_not_loaded(home: Home) -> None:
    deliver_three_days(home)
    home.land()
    home.load(MONDAY, TUESDAY)
    days = home.warehouse.rows("select distinct business_date from raw.landing_manifest order by 1")
    assert [row["business_date"] for row in days] == [MONDAY, TUESDAY]


def test_counts_and_sums_of_the_manifest_are_those_of_the_rows(home: Home) -> None:
    deliver_three_days(home)
    home.land()
    home.load()
    invoices = home.warehouse.rows(
        """
        select manifest.row_count, manifest.amount_sum, manifest.currency_code,
            sum(cast(invoices.total_amt as decimal(18, 3))) as loaded_amount, count(*) as invoice_count
        from raw.landing_manifest as manifest
        inner join raw.quickbooks__invoices as invoices on invoices._batch_id = manifest.file_key
        group by all
        """
    )
    (counted,) = invoices
    assert counted["amount_sum"] == counted["loaded_amount"] == Decimal("238.000")
    assert (counted["row_count"], counted["invoice_count"], counted["currency_code"]) == (4, 2, "EUR")


def test_rejected_rows_are_kept_with_their_reason(home: Home) -> None:
    deliver_three_days(home)
    home.land()
    home.load()
    (rejected,) = home.warehouse.rows("select object, status, row_number, reason_code, payload from raw.landing_rows")
    assert (rejected["object"], rejected["status"], rejected["row_number"]) == ("events", "quarantined", 2)
    assert rejected["reason_code"] == "AMOUNT_NOT_A_NUMBER"
    assert '"lots"' in rejected["payload"]


def test_files_without_rows_are_in_the_manifest_too(home: Home) -> None:
    deliver_three_days(home)
    home.land()
    home.load()
    statuses = home.warehouse.rows("select status, count(*) as files from raw.landing_manifest group by 1 order by 1")
    assert {row["status"]: row["files"] for row in statuses} == {"accepted": 3, "duplicate": 1, "quarantined": 1}


def test_a_reader_that_changed_since_landing_is_noticed_and_nothing_is_half_loaded(home: Home) -> None:
    deliver_three_days(home)
    home.land()

    def forgetful(content: bytes, file_name: str) -> ParsedFile:
        return ParsedFile(rows={"usage__events": []})

    readers = {**READERS, ("usage", "usage*.csv"): ("events", forgetful)}
    with pytest.raises(InvariantBrokenError, match=r"usage-2026-03-04.csv.*manifest says 1 rows"):
        load_raw(home.warehouse, home.landing, MONDAY, WEDNESDAY, readers)
    assert raw_rows(home)["shop__orders"] == []


def test_many_rows_go_in_by_parts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "ROWS_PER_INSERT", 1)
    deliver_three_days(home)
    home.land()
    assert home.load().row_counts["shop__orders"] == 1
    assert len(raw_rows(home)["quickbooks__invoices"]) == 2


def test_every_raw_table_keeps_business_values_as_text_and_no_float() -> None:
    for spec in RAW_TABLES:
        types = set(spec.columns.values())
        assert not {"double", "float", "real"} & types
        if set(PROVENANCE) <= set(spec.columns):
            assert {kind for name, kind in spec.columns.items() if name not in PROVENANCE} == {"varchar"}


def deliver_three_days(home: Home) -> None:
    """Leave an order, two invoices, usage with one bad line, a duplicate and a broken file."""
    home.deliver("shop", "orders-0001.json", orders())
    home.deliver("shop", "orders-0002.json", orders()[:50])
    home.deliver("quickbooks", "meu-invoices-0001.json", query_response("Invoice", an_invoice("1"), an_invoice("2")))
    home.deliver("shop", "orders-0001.json", orders(), day=TUESDAY)
    home.deliver("usage", "usage-2026-03-04.csv", usage(an_event("E-1"), an_event("E-2", "lots")), day=WEDNESDAY)
