"""What the log promises, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path

import pytest

from assets.decisions.errors import (
    ClosedDayError,
    ConflictingDecisionError,
    ConflictingMessageError,
    StaleViewError,
    UnreadDecisionsError,
)
from assets.decisions.store import DecisionStore
from assets.ledger.decision import ActorKind
from assets.ledger.errors import PermanentError
from tests.decisions.builders import AT, DAY, NEXT_DAY, a_decision, a_message, an_invoice


def test_what_is_appended_is_read_back(any_store: DecisionStore) -> None:
    recorded = any_store.append([a_decision(evidence={"rule": "exact"}), a_decision("note", "r2")], recorded_at=AT)
    assert any_store.decisions() == recorded
    assert [entry.sequence for entry in recorded] == [1, 2]
    assert recorded[0].decision.payload == {"applied_amount": "12.50"}
    assert any_store.decisions(since=1, until=1) == []
    assert any_store.verify().is_intact


def test_decisions_of_some_kinds_are_read_alone_and_in_order(any_store: DecisionStore) -> None:
    recorded = any_store.append([a_decision("note", "r1"), a_decision(), a_decision("note", "r2")], recorded_at=AT)
    assert any_store.decisions(kinds={"note"}) == [recorded[0], recorded[2]]
    assert any_store.decisions(kinds=("note",), since=1) == [recorded[2]]
    assert any_store.decisions(kinds=()) == []


def test_the_same_decision_again_returns_the_recorded_one(any_store: DecisionStore) -> None:
    first = any_store.append([a_decision()], recorded_at=AT, run_key="run-1")
    again = any_store.append([a_decision()], recorded_at=AT + timedelta(hours=1), run_key="run-2")
    assert again == first
    assert any_store.last_sequence() == 1


def test_the_same_key_with_another_payload_is_refused_whole(any_store: DecisionStore) -> None:
    any_store.append([a_decision()], recorded_at=AT)
    changed = a_decision(payload={"applied_amount": Decimal("12.51")})
    with pytest.raises(ConflictingDecisionError, match="holds it with other contents"):
        any_store.append([a_decision("note", "other"), changed], recorded_at=AT)
    assert any_store.last_sequence() == 1


def test_two_different_payloads_under_one_key_in_one_append_are_refused(store: DecisionStore) -> None:
    with pytest.raises(ConflictingDecisionError):
        store.append([a_decision(), a_decision(payload={"applied_amount": "1"})], recorded_at=AT)
    assert len(store.append([a_decision(), a_decision()], recorded_at=AT)) == 2
    assert store.last_sequence() == 1


def test_a_closed_day_takes_no_decision_of_rules_or_people(any_store: DecisionStore) -> None:
    closing = any_store.append([a_decision()], closes=DAY, recorded_at=AT)
    assert (any_store.last_closed_date(), any_store.is_closed(DAY), any_store.is_closed(NEXT_DAY)) == (DAY, True, False)
    for late in (a_decision(subject_key="r2"), a_decision(subject_key="r2", actor_kind=ActorKind.PERSON)):
        with pytest.raises(ClosedDayError, match=f"open day is {NEXT_DAY}"):
            any_store.append([late], recorded_at=AT)
    assert any_store.append([a_decision()], closes=DAY, recorded_at=AT) == closing
    assert len(any_store.append([a_decision("note", business_date=NEXT_DAY)], closes=NEXT_DAY, recorded_at=AT)) == 2


def test_a_day_before_a_closed_day_cannot_be_closed(store: DecisionStore) -> None:
    store.append([], closes=NEXT_DAY, recorded_at=AT)
    with pytest.raises(ClosedDayError):
        store.append([], closes=DAY, recorded_at=AT)


def test_a_view_that_is_stale_is_refused_but_a_second_click_is_not(any_store: DecisionStore) -> None:
    any_store.append([a_decision()], recorded_at=AT)
    seen = any_store.version("receipt-1")
    confirm = a_decision("match_confirmed", actor="anna", actor_kind=ActorKind.PERSON)
    first = any_store.append([confirm], seen_version=seen, recorded_at=AT)
    assert any_store.append([confirm], seen_version=seen, recorded_at=AT) == first
    for other in (replace(confirm, actor="ben"), replace(confirm, kind="match_rejected")):
        with pytest.raises(StaleViewError, match="changed since you looked"):
            any_store.append([other], seen_version=seen, recorded_at=AT)


def test_numbers_follow_each_other_per_series(any_store: DecisionStore) -> None:
    any_store.append([an_invoice("a"), an_invoice("b", "MEU-2026"), a_decision(), an_invoice("c")], recorded_at=AT)
    any_store.append([an_invoice("a"), an_invoice("d")], recorded_at=AT)
    numbers = [entry.decision.payload.get("document_number") for entry in any_store.decisions()]
    assert numbers == ["MUS-2026-00001", "MEU-2026-00001", None, "MUS-2026-00002", "MUS-2026-00003"]


def test_a_refused_append_uses_up_no_number(any_store: DecisionStore) -> None:
    any_store.append([a_decision()], recorded_at=AT)
    with pytest.raises(ConflictingDecisionError):
        any_store.append([an_invoice("a"), a_decision(payload={})], recorded_at=AT)
    [issued] = any_store.append([an_invoice("b")], recorded_at=AT)
    assert issued.decision.payload["document_number"] == "MUS-2026-00001"


def test_only_the_store_numbers_documents(store: DecisionStore) -> None:
    with pytest.raises(PermanentError, match="Leave document_number out"):
        store.append([replace(an_invoice("a"), payload={"document_number": "MUS-2026-00099"})], recorded_at=AT)


def test_a_message_is_queued_with_its_decision_and_once(any_store: DecisionStore) -> None:
    decision = a_decision("reminder_queued", "doc-1")
    for _ in range(2):
        any_store.append([decision], outbox=[a_message(decision)], recorded_at=AT)
    assert [entry.message for entry in any_store.outbox()] == [a_message(decision)]
    with pytest.raises(ConflictingMessageError):
        any_store.append([decision], outbox=[a_message(decision, payload={"body": "other"})], recorded_at=AT)
    with pytest.raises(PermanentError, match="not in the log"):
        any_store.append([], outbox=[a_message(a_decision("x", "y"))], recorded_at=AT)


def test_a_timestamp_without_a_zone_is_refused(store: DecisionStore) -> None:
    with pytest.raises(PermanentError, match="time zone"):
        store.append([a_decision()], recorded_at=datetime(2026, 3, 10))  # noqa: DTZ001


def test_human_decisions_are_counted_from_a_sequence_on(store: DecisionStore) -> None:
    people = [a_decision("note", str(n), actor_kind=ActorKind.PERSON) for n in range(3)]
    store.append([a_decision(), *people], recorded_at=AT)
    assert (store.human_since(0), store.human_since(2), store.human_since(4)) == (3, 2, 0)
    assert [entry.decision.subject_key for entry in store.people_since(2)] == ["1", "2"]


def test_the_digest_ignores_when_and_by_which_run(tmp_path: Path) -> None:
    digests = []
    for name, at, run_key in (("one", AT, "run-1"), ("two", AT + timedelta(days=3), None)):
        with DecisionStore.open(tmp_path / f"{name}.sqlite") as opened:
            opened.append([a_decision(), an_invoice("a")], recorded_at=at, run_key=run_key)
            digests.append(opened.digest())
            opened.append([a_decision("note")], recorded_at=at)
            assert opened.digest() != digests[-1]
    assert digests[0] == digests[1]


def test_both_databases_hold_the_same_log(store: DecisionStore, postgresql_store: DecisionStore) -> None:
    message = a_message(a_decision())
    for each in (store, postgresql_store):
        each.append([a_decision(evidence={"é": "ü|'%s"}), an_invoice("a")], outbox=[message], recorded_at=AT)
        each.claim(message.outbox_key, "relay", AT)
    assert store.digest() == postgresql_store.digest()
    assert store.verify() == postgresql_store.verify()
    assert store.export_rows() == postgresql_store.export_rows()


def test_the_export_is_text_and_can_stop_at_a_day(store: DecisionStore) -> None:
    later = a_decision("reminder_queued", "doc-1", business_date=NEXT_DAY)
    store.append([a_decision(), later], outbox=[a_message(later)], recorded_at=AT)
    store.claim(store.outbox()[0].outbox_key, "relay", AT)
    whole, past = store.export_rows(), store.export_rows(until=DAY)
    assert [len(rows) for rows in whole.values()] == [2, 1, 1]
    assert [len(rows) for rows in past.values()] == [1, 0, 0]
    assert whole["openitem__decisions"][0]["sequence"] == "1"
    assert all(
        value is None or isinstance(value, str) for rows in whole.values() for row in rows for value in row.values()
    )


def test_twenty_parallel_approvals_leave_no_gap_and_no_duplicate(any_store: DecisionStore) -> None:
    def issue(n: int) -> str:
        [issued] = any_store.append([an_invoice(f"charge-{n % 20}")], recorded_at=AT)
        return str(issued.decision.payload["document_number"])

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(issue, range(40)))  # each charge twice, as two clerks would
    assert sorted(set(numbers)) == [f"MUS-2026-{n:05d}" for n in range(1, 21)]
    assert numbers[:20] == numbers[20:]
    assert any_store.verify().is_intact


def _open_and_append(path: str, worker: int) -> None:
    with DecisionStore.open(Path(path)) as opened:
        for n in range(10):
            opened.append([an_invoice(f"{worker}-{n}")], recorded_at=AT)


def test_processes_that_open_a_new_store_together_all_get_their_turn(tmp_path: Path) -> None:
    path = str(tmp_path / "decisions.sqlite")
    context = get_context("spawn")
    workers = [context.Process(target=_open_and_append, args=(path, worker)) for worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    with DecisionStore.open(Path(path)) as opened:
        assert opened.last_sequence() == 30
        assert opened.verify().is_intact


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    DecisionStore.open(tmp_path / "kept" / "decisions.sqlite").close()
    assert (tmp_path / "kept" / "decisions.sqlite").stat().st_mode & 0o077 == 0


def test_another_database_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="mysql"):
        DecisionStore.open("mysql://somebody@somewhere/log")


def test_a_full_day_is_appended_and_read_in_a_moment(store: DecisionStore) -> None:
    many = [
        an_invoice(f"charge-{n}") if n % 10 == 0 else a_decision("draft_created", f"charge-{n}") for n in range(10_000)
    ]
    begin = store.now()
    recorded = store.append(many, closes=DAY, recorded_at=AT)
    assert store.decisions() == recorded
    assert (store.now() - begin).total_seconds() < 10  # about 2 s on an idle machine


def test_a_day_is_not_closed_over_the_head_of_a_person_who_decided_meanwhile(any_store: DecisionStore) -> None:
    read_until = any_store.last_sequence()
    any_store.append([a_decision("match_confirmed", actor="anna", actor_kind=ActorKind.PERSON)], recorded_at=AT)
    with pytest.raises(UnreadDecisionsError, match="reads it again"):
        any_store.append([], closes=DAY, recorded_at=AT, read_until=read_until, run_key="run-1")
    any_store.append([], closes=DAY, recorded_at=AT, read_until=any_store.last_sequence(), run_key="run-1")
    assert any_store.is_closed(DAY)
