"""What went wrong elsewhere when invoices were numbered and clicked twice; each test bears the number of its case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from assets.decisions import crediting, invoice_review
from assets.decisions.errors import ConflictingDecisionError, UndecidableError
from assets.decisions.store import DecisionStore
from assets.ledger.errors import PermanentError
from tests.decisions.builders import AT, a_draft, a_turn, as_shown

CHARGES = [f"contract|CT-{number}|1|2026-03-01|retainer" for number in range(20)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    with DecisionStore.open(tmp_path / "decisions.sqlite") as opened:
        opened.append([a_draft(key) for key in CHARGES], recorded_at=AT)
        yield opened


def approve(store: DecisionStore, key: str, seen_version: int | None = None) -> str:
    seen = store.version(key) if seen_version is None else seen_version
    issued = invoice_review.approve_draft(store, a_turn(), as_shown(a_draft(key)), seen_version=seen)[-1].decision
    return str(issued.payload["document_number"])


def numbers(store: DecisionStore, kind: str = "invoice_issued") -> list[str]:
    return [e.decision.payload["document_number"] for e in store.decisions() if e.decision.kind == kind]


def in_parallel(work: Callable[[int], object], times: int = 20) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(times)))


def test_cat_3_and_8_the_same_click_sent_twenty_times_at_once_issues_one_invoice(store: DecisionStore) -> None:
    seen = store.version(CHARGES[0])
    said: list[str] = []
    in_parallel(lambda _: said.append(approve(store, CHARGES[0], seen)))
    assert set(said) == {"MUS-2026-00001"}
    assert numbers(store) == ["MUS-2026-00001"]
    assert len(store.outbox()) == 1


def test_cat_4_a_job_that_was_queued_twice_finds_its_work_done_and_other_work_under_its_name_refused(
    store: DecisionStore,
) -> None:
    before = store.last_sequence()
    again = store.append([a_draft(CHARGES[0])], recorded_at=AT)
    assert [entry.decision for entry in again] == [store.on_subject(CHARGES[0])[0].decision]
    with pytest.raises(ConflictingDecisionError):
        store.append([a_draft(CHARGES[0], total_amount="1.00")], recorded_at=AT)
    assert store.last_sequence() == before


def test_cat_16_reading_and_looking_change_nothing(store: DecisionStore) -> None:
    approve(store, CHARGES[0])
    before = store.digest()
    for _ in range(20):
        store.decisions()
        store.outbox()
        store.export_rows()
        assert invoice_review.current_draft(store.on_subject(CHARGES[1]))
        assert not store.verify().faults
    assert store.digest() == before


def test_cat_77_and_79_what_is_refused_takes_no_number_and_a_cancelled_invoice_keeps_its_own(
    store: DecisionStore,
) -> None:
    assert approve(store, CHARGES[0]) == "MUS-2026-00001"
    shown = as_shown(a_draft(CHARGES[1]))
    for refused in ({**shown, "billing_email": None}, {**shown, "total_amount": Decimal(1)}):
        with pytest.raises(UndecidableError):
            invoice_review.approve_draft(store, a_turn(), refused, seen_version=store.version(CHARGES[1]))
    row = {"billing_key": CHARGES[0]}
    invoice_review.undo_approval(store, a_turn(), row, seen_version=store.version(CHARGES[0]), note="wrong month")
    assert approve(store, CHARGES[1]) == "MUS-2026-00002"
    assert approve(store, CHARGES[0]) == "MUS-2026-00003"
    assert numbers(store) == ["MUS-2026-00001", "MUS-2026-00002", "MUS-2026-00003"]
    assert not store.verify().faults


def test_cat_78_approvals_and_credits_at_once_number_each_series_without_gap_or_double(store: DecisionStore) -> None:
    seen = {key: store.version(key) for key in CHARGES}

    def clerk(number: int) -> None:
        key = CHARGES[number % 10]
        with suppress(PermanentError):  # another clerk was first
            approve(store, key, seen[key])
        with suppress(PermanentError):
            crediting.credit_invoice(
                store, a_turn(), {"billing_key": key}, seen_version=store.version(key), reason_code="CREDIT_PRICE"
            )

    in_parallel(clerk)
    assert numbers(store) == [f"MUS-2026-{number:05d}" for number in range(1, 11)]
    assert numbers(store, "credit_memo_issued") == [f"MUSC-2026-{number:05d}" for number in range(1, 11)]
    assert not store.verify().faults


def test_cat_80_the_chain_begins_with_the_first_document_and_holds_cancelled_ones_too(store: DecisionStore) -> None:
    for key in CHARGES[:3]:
        approve(store, key)
        row = {"billing_key": key}
        invoice_review.undo_approval(store, a_turn(), row, seen_version=store.version(key), note="wrong month")
    kinds = [entry.decision.kind for entry in store.decisions()]
    assert (kinds.count("invoice_issued"), kinds.count("invoice_cancelled")) == (3, 3)
    report = store.verify()
    assert not report.faults
    assert report.heads["decisions"].length == len(kinds)


def test_cat_81_the_last_invoice_of_a_month_cannot_vanish_unseen(store: DecisionStore, tmp_path: Path) -> None:
    import sqlite3

    for key in CHARGES[:2]:
        approve(store, key)
    anchor = store.verify().heads
    store.close()
    path = tmp_path / "decisions.sqlite"
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        connection.execute(f"drop trigger {name}")
    last = "select decision_key from decisions where kind = 'invoice_issued' order by sequence desc limit 1"
    for table in ("outbox", "document_numbers", "live_billings"):
        connection.execute(f"delete from {table} where decision_key = ({last})")
    connection.execute("delete from decisions where sequence > (select max(sequence) - 2 from decisions)")
    connection.commit()
    connection.close()
    with DecisionStore.open(path) as cut:
        assert not cut.verify().faults  # what is left is whole in itself
        assert cut.verify(anchor).faults
