"""The warehouse file when it cannot be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.platform.warehouse import Warehouse, WarehouseDamagedError


def test_a_damaged_warehouse_is_not_taken_for_a_busy_one(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(WarehouseDamagedError, match="delete it and run"):
        Warehouse(path).rows("select 1")
