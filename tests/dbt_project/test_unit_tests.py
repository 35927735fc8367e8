"""dbt's own unit tests, run here: each branch of SQL logic holds on an empty warehouse."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.close.tables import DOCUMENT_CHECKS, GENERATED_TABLES
from assets.extract.raw_tables import RAW_TABLES
from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow, write_window


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home whose tables are all there and all empty."""
    home = Home(tmp_path_factory.mktemp("empty"))
    warehouse = home.warehouse()
    with warehouse.connect():
        write_window(warehouse, RunWindow(date(2026, 1, 31), date(2026, 1, 31), RunMode.BACKFILL))
        warehouse.create_tables([*RAW_TABLES, *GENERATED_TABLES, DOCUMENT_CHECKS])
    return home


def test_every_model_and_tie_is_green_on_an_empty_warehouse(empty: Home) -> None:
    outcome = empty.dbt().build()
    assert outcome.red == ()
    assert len(outcome.results) > 200


def test_every_unit_test_of_the_project_passes(empty: Home) -> None:
    outcome = empty.dbt().unit_test()
    assert [(result.name, result.message) for result in outcome.red] == []
    assert len(outcome.results) >= 40


def test_a_test_that_fails_is_seen_as_red(empty: Home, tmp_path: Path) -> None:
    with empty.warehouse().connect() as connection:
        connection.execute("insert into raw.landing_manifest (file_key, status, row_count) values ('f', 'accepted', 3)")
    outcome = empty.dbt().test(["tie_manifest_equals_raw_rows"])
    assert [result.name for result in outcome.red] == ["tie_manifest_equals_raw_rows"]
