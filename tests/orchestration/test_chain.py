"""The whole chain on a small company: run, run again, rebuild, single days, kills."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from assets.platform.digest import digest_tables
from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow
from orchestration.running import RunFailedError, run_window_job
from orchestration.state import state_digests
from tests.benchmarks.homes import differences, forget_warehouse, kill_at
from tests.orchestration.conftest import window_of

pytestmark = pytest.mark.chain


def _published(home: Home, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published_path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_chain_runs_and_publishes_green(built: Home) -> None:
    assert _published(built, "select verdict from rpt_run") == [("green",)]
    for table in ("rpt_open_items", "rpt_cash_application", "rpt_reminders", "rpt_dso_daily", "rpt_sync"):
        assert _published(built, f"select count(*) > 0 from {table}") == [(True,)], table


def test_running_the_same_window_again_changes_nothing(copied: Home) -> None:
    before = state_digests(copied)
    with copied.decisions() as store:
        decisions = store.last_sequence()
    run_window_job(copied, window_of(copied))
    with copied.decisions() as store:
        assert store.last_sequence() == decisions
    assert differences(before, state_digests(copied)) == []


def test_a_warehouse_is_rebuilt_from_landing_and_decisions(copied: Home) -> None:
    before = state_digests(copied)
    forget_warehouse(copied.path)
    run_window_job(copied, window_of(copied, RunMode.BACKFILL))
    assert differences(before, state_digests(copied)) == []


def test_single_days_equal_one_run(invented: Path, tmp_path: Path) -> None:
    whole, single = Home(tmp_path / "whole"), Home(tmp_path / "single")
    for home in (whole, single):
        shutil.copytree(invented, home.path)
    window = window_of(whole)
    # As backfills: a close also sends at its end, and one close of three days sends once where three send thrice.
    some = RunWindow(window.start_date, window.start_date + timedelta(days=2), RunMode.BACKFILL)
    run_window_job(whole, some)
    for day in some.days:
        run_window_job(single, RunWindow(day, day, RunMode.BACKFILL))
    assert differences(state_digests(whole), state_digests(single)) == []


@pytest.mark.parametrize(
    ("moment", "delay"),
    [("closing ", 0.01), ("Building receivables and reports", 0.2), ("Publishing", 0.05)],
    ids=["in the log commit", "in dbt", "in publish"],
)
def test_a_killed_run_recovers_by_running_again(
    built: Home, invented: Path, tmp_path: Path, moment: str, delay: float
) -> None:
    home = Home(tmp_path / "killed")
    shutil.copytree(invented, home.path)
    window = window_of(home)
    alive = kill_at(
        home.path, str(window.start_date), str(window.end_date), lambda line: moment in line, delay_seconds=delay
    )
    assert alive, "the run was over before the kill"
    run_window_job(home, window)
    assert differences(state_digests(built), state_digests(home)) == []


def test_a_red_tie_stops_publishing(copied: Home) -> None:
    before = copied.published_path.stat().st_mtime_ns
    window = window_of(copied)
    with copied.warehouse().connect() as connection:
        # A row of an early day goes missing; the run reloads only its own day, so it stays missing.
        connection.execute("delete from raw.shop__orders where rowid = (select min(rowid) from raw.shop__orders)")
    with pytest.raises(RunFailedError, match="tie"):
        run_window_job(copied, RunWindow(window.end_date, window.end_date, RunMode.BACKFILL))
    assert copied.published_path.stat().st_mtime_ns == before


def test_no_money_column_is_a_float(built: Home) -> None:
    with built.warehouse().connect() as connection:
        floats = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where data_type in ('DOUBLE', 'FLOAT', 'REAL')"
        ).fetchall()
    assert floats == []
    assert digest_tables(built.warehouse())
