"""What the platform is made of, and what starts its runs: no run is made here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.extract.inbox import Inbox
from assets.extract.landing import Landing, land
from assets.extract.registry import READERS
from assets.ledger.decision import ActorKind
from assets.ledger.errors import PermanentError
from assets.platform.home import Home
from assets.platform.lock import warehouse_lock
from assets.platform.warehouse import Warehouse
from assets.platform.window import RunMode, RunWindow, refuse_gap
from assets.publish.publish import PublishedRun, publish
from orchestration.definitions import definitions_for
from orchestration.jobs import MODE_TAG
from orchestration.partitions import RANGE_END, RANGE_START
from orchestration.recovery import fail_dead_runs
from orchestration.schedules import close_yesterday
from orchestration.sensors import CAUSE_TAG, MOST_RUNS_PER_CAUSE, decisions_made, files_arrived
from tests.decisions.builders import a_decision

MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)
THURSDAY = MONDAY + timedelta(days=3)
Look = Callable[..., tuple[list[dg.RunRequest], str, str | None]]
AT = datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return definitions_for(Home(Path("nowhere")))


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> Any:
    return definitions.resolve_asset_graph()


@pytest.fixture(scope="module")
def repository(definitions: dg.Definitions) -> dg.RepositoryDefinition:
    return definitions.get_repository_def()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A company that has closed Monday and published it; today is Tuesday."""
    made = Home(tmp_path / "home")
    monkeypatch.setenv("OPENITEM_HOME", str(made.path))
    monkeypatch.setenv("OPENITEM_TODAY", TUESDAY.isoformat())
    with made.decisions() as store:
        store.append([], closes=MONDAY, recorded_at=AT)
    _publish(made, MONDAY, decisions_sequence=1)
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def look(instance: dg.DagsterInstance, repository: dg.RepositoryDefinition) -> Look:
    """Return what a look of a sensor asks for, its words when it asks for nothing, and its cursor."""

    def at(sensor: dg.SensorDefinition, cursor: str | None = None) -> tuple[list[dg.RunRequest], str, str | None]:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
        found = sensor.evaluate_tick(context)
        return list(found.run_requests or []), found.skip_message or "", found.cursor

    return at


@pytest.fixture
def close_requests(repository: dg.RepositoryDefinition, instance: dg.DagsterInstance) -> Callable[[], list[Any]]:
    """Return what a tick of the schedule asks for."""

    def tick() -> list[Any]:
        context = dg.build_schedule_context(
            instance=instance,
            repository_def=repository,
            scheduled_execution_time=datetime(2026, 3, 4, 4, 30, tzinfo=UTC),
        )
        return list(close_yesterday.evaluate_tick(context).run_requests or [])

    return tick


def _publish(home: Home, day: date, *, decisions_sequence: int = 0) -> dict[str, int]:
    warehouse = Warehouse(home.warehouse_path)
    with warehouse.connect() as connection:
        connection.execute("create schema if not exists reporting")
        connection.execute("create table if not exists reporting.rpt_aging as select 1 as open_amount")
    run = PublishedRun(
        as_of_date=day, open_date=day + timedelta(days=1), mode="close", verdict="green", verdict_detail="",
        last_green_as_of_date=day, decisions_sequence=decisions_sequence, company_name="Meridian", manifest_digest="",
        policy_digest="", code_version="",
    )  # fmt: skip
    return publish(warehouse, home.published_path, run)


def _deliver(home: Home, name: str, day: date, content: bytes = b"event_id\n") -> None:
    path = home.inbox_path / "usage" / day.isoformat() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _decide(home: Home, subject: str, actor_kind: ActorKind = ActorKind.PERSON) -> None:
    with home.decisions() as store:
        decision = a_decision(
            "draft_held", subject, business_date=TUESDAY, actor_kind=actor_kind, payload={"amount": Decimal(1)}
        )
        store.append([decision], recorded_at=AT)


def _a_run(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, tags: dict[str, str] | None = None) -> str:
    @dg.op
    def nothing() -> None:
        """Do nothing."""

    @dg.job
    def job() -> None:
        nothing()

    return instance.create_run_for_job(job, status=status, tags=tags).run_id


def test_every_asset_says_whose_it_is_where_it_belongs_and_what_it_holds(graph: Any) -> None:
    bare = {
        key.to_user_string(): [name for name in ("owners", "group_name", "description") if not getattr(node, name)]
        for key, node in ((key, graph.get(key)) for key in graph.get_all_asset_keys())
        if not (node.owners and node.group_name and node.description) or node.group_name == "default"
    }
    assert bare == {}


def test_at_most_three_assets_are_partitioned(graph: Any) -> None:
    partitioned = [key for key in graph.get_all_asset_keys() if graph.get(key).is_partitioned]
    assert 0 < len(partitioned) <= 3


@pytest.mark.parametrize(
    ("name", "mode", "has_effects"),
    [("daily_close", "close", True), ("intraday", "intraday", False), ("backfill", "backfill", False)],
)
def test_only_the_daily_close_has_effects(
    definitions: dg.Definitions, graph: Any, name: str, mode: str, has_effects: bool
) -> None:
    job = definitions.resolve_job_def(name)
    everything = set(graph.executable_asset_keys)
    effects = {key for key in everything if graph.get(key).group_name == "effects"}
    assert effects
    assert job.asset_layer.executable_asset_keys == (everything if has_effects else everything - effects)
    assert job.tags[MODE_TAG] == mode


def test_contracts_at_the_door_block_what_reads_the_table(graph: Any) -> None:
    contracts = [graph.get(key) for key in graph.asset_check_keys if key.name == "contract"]
    assert len(contracts) > 5
    assert all(check.blocking for check in contracts)


def test_a_decision_of_a_person_starts_one_run_of_the_open_day(home: Home, look: Look) -> None:
    _decide(home, "by-rule", ActorKind.RULE)
    assert look(decisions_made)[0] == []
    _decide(home, "by-person")
    (request,), _, _ = look(decisions_made)
    assert request.partition_key == TUESDAY.isoformat()
    _decide(home, "by-rule-again", ActorKind.RULE)
    (again,), _, _ = look(decisions_made)
    assert again.run_key == request.run_key, "what a run itself appends must not start the next"


def test_a_cause_whose_runs_fail_is_tried_again_later_and_not_forever(
    home: Home, look: Look, instance: dg.DagsterInstance
) -> None:
    _decide(home, "by-person")
    (request,), _, _ = look(decisions_made)
    cause = {CAUSE_TAG: request.tags[CAUSE_TAG]}
    run_id = _a_run(instance, dg.DagsterRunStatus.STARTED, cause)
    assert "queued, running or done" in look(decisions_made)[1]

    run = instance.get_run_by_id(run_id)
    assert run is not None
    instance.report_run_failed(run, "broken")
    assert "tried again" in look(decisions_made)[1]

    for _ in range(MOST_RUNS_PER_CAUSE - 1):
        _a_run(instance, dg.DagsterRunStatus.FAILURE, cause)
    assert "look at run" in look(decisions_made)[1]


def test_a_new_file_starts_a_run_once_it_no_longer_grows(home: Home, look: Look) -> None:
    assert look(files_arrived)[0] == []
    _deliver(home, "usage-1.csv", TUESDAY)
    first, words, cursor = look(files_arrived)
    assert (first, "no longer change" in words) == ([], True)

    _deliver(home, "usage-1.csv", TUESDAY, b"event_id,agreement_id\n")
    grown, _, cursor = look(files_arrived, cursor)
    assert grown == []

    (request,), _, _ = look(files_arrived, cursor)
    assert request.partition_key == TUESDAY.isoformat()


def test_a_file_in_the_folder_of_a_closed_day_starts_a_run_of_the_open_one(home: Home, look: Look) -> None:
    _deliver(home, "usage-1.csv", MONDAY)
    land(Inbox(home.inbox_path), Landing(home.landing_path), MONDAY, MONDAY, READERS)
    assert look(files_arrived)[0] == []
    _deliver(home, "usage-late.csv", MONDAY)
    _, _, cursor = look(files_arrived)
    (request,), _, _ = look(files_arrived, cursor)
    assert request.partition_key == TUESDAY.isoformat()


def test_the_close_names_yesterday(home: Home, close_requests: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEM_TODAY", (TUESDAY + timedelta(days=1)).isoformat())
    (request,) = close_requests()
    assert request.partition_key == TUESDAY.isoformat()


def test_the_close_leaves_out_no_day_that_a_sleeping_machine_missed(
    home: Home, close_requests: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENITEM_TODAY", (THURSDAY + timedelta(days=1)).isoformat())
    (request,) = close_requests()
    assert (request.tags[RANGE_START], request.tags[RANGE_END]) == (TUESDAY.isoformat(), THURSDAY.isoformat())


def test_a_closed_yesterday_is_not_closed_again(home: Home, close_requests: Any) -> None:
    assert close_requests() == []


@pytest.mark.parametrize("mode", list(RunMode))
def test_no_window_may_pass_over_an_open_day(mode: RunMode) -> None:
    refuse_gap(RunWindow(TUESDAY, TUESDAY, mode), MONDAY)
    refuse_gap(RunWindow(THURSDAY, THURSDAY, mode), None)
    with pytest.raises(PermanentError, match="the days from 2026-03-03 on are not closed yet"):
        refuse_gap(RunWindow(THURSDAY, THURSDAY, mode), MONDAY)


def test_replaying_the_past_does_not_take_pages_back_there(home: Home) -> None:
    published = home.published_path.read_bytes()
    assert _publish(home, MONDAY - timedelta(days=30)) == {}
    assert home.published_path.read_bytes() == published


def test_a_dead_run_is_marked_failed_while_the_lock_is_free_but_not_while_it_is_held(
    home: Home, instance: dg.DagsterInstance
) -> None:
    run_id = _a_run(instance, dg.DagsterRunStatus.STARTED)
    later = datetime.now(UTC) + timedelta(minutes=5)
    with warehouse_lock(home.path, "a living run"):
        assert fail_dead_runs(instance, home, later) == []
    assert fail_dead_runs(instance, home, later) == [run_id]
    record = instance.get_run_by_id(run_id)
    assert record is not None
    assert record.status is dg.DagsterRunStatus.FAILURE
    assert fail_dead_runs(instance, home, later) == []
