"""The warehouse file when it cannot be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.platform.tables import AMOUNT, TableSpec
from assets.platform.warehouse import Warehouse, WarehouseDamagedError


def test_a_damaged_warehouse_is_not_taken_for_a_busy_one(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(WarehouseDamagedError, match="delete it and run"):
        Warehouse(path).rows("select 1")


def test_a_table_of_an_older_version_gets_the_columns_it_lacks_and_keeps_its_rows(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.create_tables([_drafts(business_date="date", billing_key="varchar")])
    with warehouse.connect() as connection:
        connection.execute("insert into generated.drafts values (date '2026-03-02', 'k1')")
    for _ in range(2):
        warehouse.add_columns([_drafts(business_date="date", billing_key="varchar", net_amount=AMOUNT)])
    assert warehouse.rows("select billing_key, net_amount from generated.drafts") == [
        {"billing_key": "k1", "net_amount": None}
    ]


def _drafts(**columns: str) -> TableSpec:
    return TableSpec("generated", "drafts", columns, "Drafts.", "One row per charge.", "business_date")
