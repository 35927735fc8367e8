"""Whatever is done to the file behind the store's back, it is found."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from assets.decisions.chain import FIRST_HASH, ChainHead, row_hash
from assets.decisions.store import DecisionStore
from tests.decisions.builders import AT, a_decision, a_message, an_invoice

TABLES = {
    "decisions": ["decision_key", "kind", "subject_kind", "subject_key", "occurrence", "business_date", "actor_kind",
                  "actor", "reason_code", "payload", "evidence", "number_series", "run_key", "policy_digest",
                  "recorded_at", "previous_hash", "hash"],
    "outbox": ["outbox_key", "decision_key", "channel", "recipient", "subject_key", "occurrence", "business_date",
               "payload", "recorded_at", "previous_hash", "hash"],
    "outbox_events": ["outbox_key", "kind", "attempt", "actor", "detail", "recorded_at", "previous_hash", "hash"],
    "document_numbers": ["series", "number", "document_number", "decision_key"],
}  # fmt: skip
CELLS = [(table, column) for table, columns in TABLES.items() for column in columns]


def _a_filled_store(path: Path) -> DecisionStore:
    opened = DecisionStore.open(path)
    queued = [a_decision("reminder_queued", f"doc-{n}") for n in range(3)]
    opened.append(
        [an_invoice("a"), an_invoice("b"), *queued, an_invoice("c")],
        outbox=[a_message(decision) for decision in queued],
        recorded_at=AT,
    )
    for message in opened.outbox():
        opened.claim(message.outbox_key, "relay", AT)
    return opened


def _tamper(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        connection.execute(f"drop trigger {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chain") / "decisions.sqlite"
    _a_filled_store(path).close()
    return path


@given(
    cell=st.sampled_from(CELLS),
    row=st.integers(0, 2),
    value=st.one_of(st.none(), st.text(max_size=5).filter(lambda text: "\x00" not in text), st.just("1")),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_cell_is_found(
    pristine: Path, tmp_path: Path, cell: tuple[str, str], row: int, value: str | None
) -> None:
    table, column = cell
    path = tmp_path / "decisions.sqlite"
    for left_over in tmp_path.iterdir():
        left_over.unlink()
    path.write_bytes(pristine.read_bytes())
    connection = sqlite3.connect(path)
    connection.execute("pragma foreign_keys = off")
    for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        connection.execute(f"drop trigger {name}")
    [(before,)] = connection.execute(f"select {column} from {table} limit 1 offset {row}").fetchall()
    if str(before) == str(value) or before == value:
        connection.close()
        return
    try:
        connection.execute(
            f"update {table} set {column} = ? where rowid = (select rowid from {table} limit 1 offset {row})", [value]
        )
    except sqlite3.IntegrityError:
        return
    finally:
        connection.commit()
        connection.close()
    with DecisionStore.open(path) as opened:
        assert not opened.verify().is_intact


@pytest.mark.parametrize(
    "statement",
    [
        "delete from decisions where sequence = 2",
        "delete from decisions where sequence = 1",
        "update decisions set sequence = 99 where sequence = 3",
        "update decisions set sequence = case sequence when 3 then -4 when 4 then -3 else sequence end",
        "delete from document_numbers where number = 2",
        "delete from outbox where sequence = 1",
        "delete from outbox_events where sequence = 2",
        "insert into document_numbers values ('MUS-2026', 9, 'MUS-2026-00009', 'nobody')",
    ],
    ids=["removed", "first removed", "renumbered", "reordered", "number freed", "message removed", "event removed",
         "number invented"],
)  # fmt: skip
def test_removed_reordered_and_invented_rows_are_found(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "decisions.sqlite"
    _a_filled_store(path).close()
    _tamper(path, statement)
    with DecisionStore.open(path) as opened:
        assert not opened.verify().is_intact


def test_a_cut_tail_is_found_by_an_anchor_kept_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    with DecisionStore.open(path) as opened:
        opened.append([a_decision("note", str(n)) for n in range(5)], recorded_at=AT)
        anchor = opened.verify().heads
        opened.append([a_decision("note", "later")], recorded_at=AT)
        assert opened.verify(anchor).is_intact
    _tamper(path, "delete from decisions where sequence >= 4")
    with DecisionStore.open(path) as opened:
        assert opened.verify().is_intact
        assert "anchored row 5 is gone" in opened.verify(anchor).faults[0]


def test_a_chain_written_anew_is_found_by_an_anchor(tmp_path: Path) -> None:
    anchors = []
    for actor in ("cash_application", "somebody else"):
        with DecisionStore.open(tmp_path / f"{actor}.sqlite") as opened:
            opened.append([a_decision(actor=actor)], recorded_at=AT)
            anchors.append(opened.verify().heads)
            assert opened.verify(anchors[0]).is_intact == (actor == "cash_application")


def test_a_hash_covers_every_column_and_null_is_not_empty_text() -> None:
    row = {"sequence": 1, "reason_code": None, "payload": "ab", "evidence": "c", "previous_hash": FIRST_HASH}
    others = [{**row, "sequence": 2}, {**row, "reason_code": ""}, {**row, "payload": "a", "evidence": "bc"}]
    assert len({row_hash(each) for each in [row, *others]}) == 4
    assert ChainHead(0, FIRST_HASH) == ChainHead(0, "0" * 64)


CHANGES = [
    "update decisions set actor = 'x' where sequence = 1",
    "update decisions set reason_code = null where reason_code is null",
    "delete from decisions",
    "delete from outbox_events",
    "update document_numbers set number = 7",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_itself_refuses_changes(any_store: DecisionStore, statement: str) -> None:
    any_store.append([an_invoice("a")], outbox=[a_message(an_invoice("a"))], recorded_at=AT)
    any_store.claim(any_store.outbox()[0].outbox_key, "relay", AT)
    with pytest.raises(DBAPIError, match="append-only"), any_store._writing() as connection:
        connection.execute(sa.text(statement))


def test_postgresql_refuses_truncate(postgresql_store: DecisionStore) -> None:
    with pytest.raises(DBAPIError, match="append-only"), postgresql_store._writing() as connection:
        connection.execute(sa.text("truncate outbox_events"))


def test_sqlite_refuses_replacing_a_row(store: DecisionStore) -> None:
    store.append([a_decision()], recorded_at=AT)
    replacement = "insert or replace into decisions select {} from decisions where sequence = 1"
    columns = ["sequence", *TABLES["decisions"]]
    for new_sequence in ("1", "2"):
        listed = ", ".join(f"{new_sequence} as sequence" if column == "sequence" else column for column in columns)
        with pytest.raises(DBAPIError, match="append-only"), store._writing() as connection:
            connection.execute(sa.text(replacement.format(listed)))


def test_the_database_itself_refuses_a_row_that_does_not_follow_the_last(any_store: DecisionStore) -> None:
    any_store.append([a_decision()], recorded_at=AT)
    copied = "insert into decisions select {} from decisions where sequence = 1"
    changed = {
        "sequence": "2",
        "decision_key": "'k'",
        "occurrence": "'2'",
        "hash": "'h'",
    }  # but its previous_hash is old
    listed = ", ".join(f"{changed.get(column, column)} as {column}" for column in ["sequence", *TABLES["decisions"]])
    with pytest.raises(DBAPIError, match="append-only"), any_store._writing() as connection:
        connection.execute(sa.text(copied.format(listed)))


def test_sqlite_refuses_replacing_a_row_under_another_key(store: DecisionStore) -> None:
    store.append([a_decision()], recorded_at=AT)
    changed = {"sequence": "2", "decision_key": "'k'", "hash": "'h'", "previous_hash": "hash"}
    listed = ", ".join(f"{changed.get(column, column)} as {column}" for column in ["sequence", *TABLES["decisions"]])
    with pytest.raises(DBAPIError, match="append-only"), store._writing() as connection:
        connection.execute(sa.text(f"insert or replace into decisions select {listed} from decisions"))
    assert store.last_sequence() == 1
