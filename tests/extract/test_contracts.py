"""The contract at the door: good rows pass, each kind of broken promise is named with its column and samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assets.extract.contracts import CONTRACTS, Contract, check_contract, check_frame
from assets.extract.raw_tables import SOURCE_TABLES
from tests.extract.deliveries import MONDAY, TUESDAY, WEDNESDAY, Home, an_invoice, query_response


def entries(count: int = 3, **overrides: Any) -> pd.DataFrame:
    """Return good bank entries, the first one with the given values."""
    good = {
        "account": "DE02120300000000202051", "currency": "EUR", "statement_id": "1", "entry_number": "1",
        "sub_number": "1", "amount": "12.30", "direction": "C", "is_reversal": "false",
        "booking_date": "2026-03-02", "value_date": None,
    }  # fmt: skip
    return pd.DataFrame([good | overrides] + [good] * (count - 1))


def test_good_rows_keep_the_contract() -> None:
    result = check_frame("bank__entries", entries())
    assert (result.success, result.evaluated_count, result.unexpected) == (True, 3, ())


@pytest.mark.parametrize(
    ("column", "value", "expectation"),
    [
        ("amount", "-12.30", "expect_column_values_to_match_regex"),
        ("amount", "1.234,56", "expect_column_values_to_match_regex"),
        ("booking_date", "02/03/2026", "expect_column_values_to_match_regex"),
        ("currency", "EURO", "expect_column_values_to_be_in_set"),
        ("direction", "CRDT", "expect_column_values_to_be_in_set"),
    ],
    ids=["a signed amount", "a decimal comma", "another date", "no such currency", "no such direction"],
)
def test_a_broken_promise_is_named(column: str, value: str, expectation: str) -> None:
    result = check_frame("bank__entries", entries(**{column: value}))
    (broken,) = result.unexpected
    assert not result.success
    assert (broken.expectation, broken.column, broken.count, broken.samples) == (expectation, column, 1, (value,))


def test_a_missing_key_is_counted() -> None:
    result = check_frame("bank__entries", entries(account=None))
    (broken,) = result.unexpected
    assert (broken.expectation, broken.column, broken.count) == ("expect_column_values_to_not_be_null", "account", 1)


def test_a_missing_column_is_named() -> None:
    result = check_frame("bank__entries", entries().drop(columns=["value_date"]))
    assert ("missing column value_date",) in [broken.samples for broken in result.unexpected]


def test_only_rows_of_the_window_are_looked_at(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.deliver("quickbooks", "meu-invoices-0001.json", query_response("Invoice", an_invoice("1"), an_invoice("2")))
    home.deliver("quickbooks", "meu-invoices-0002.json", query_response("Invoice", an_invoice("3")), day=TUESDAY)
    home.land()
    home.load()
    assert check_contract("quickbooks__invoices", home.warehouse, TUESDAY, TUESDAY).evaluated_count == 1
    result = check_contract("quickbooks__invoices", home.warehouse, MONDAY, TUESDAY)
    assert (result.success, result.evaluated_count) == (True, 3)
    empty = check_contract("quickbooks__invoices", home.warehouse, WEDNESDAY, WEDNESDAY)
    assert (empty.success, empty.evaluated_count) == (True, 0)


@pytest.mark.parametrize("table_name", CONTRACTS, ids=list(CONTRACTS))
def test_a_contract_speaks_of_columns_its_table_has(table_name: str) -> None:
    contract: Contract = CONTRACTS[table_name]
    (spec,) = [spec for spec in SOURCE_TABLES if spec.name == table_name]
    assert set(contract.columns) <= set(spec.columns)
