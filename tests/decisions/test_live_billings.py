"""A charge stands on one invoice at a time, and the database says so: no rule of ours needs to be asked."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from assets.decisions.errors import AlreadyBilledError
from assets.decisions.store import DecisionStore
from assets.ledger.decision import Decision
from tests.decisions.builders import AT, a_decision, an_invoice

CHARGE, OTHER = "contract|CT-1|1|2026-03-01|retainer", "contract|CT-1|2|2026-03-01|retainer"


def cancelled(charge: str, occurrence: str) -> Decision:
    return a_decision("invoice_cancelled", charge, subject_kind="charge", occurrence=occurrence)


def credited(charge: str, occurrence: str, *, bills_again: bool) -> Decision:
    payload = {"bills_again": bills_again}
    return a_decision("credit_memo_issued", charge, subject_kind="charge", occurrence=occurrence, payload=payload)


def together(leader: str, *others: str, occurrence: str = "1", approved_as: str = "1") -> list[Decision]:
    approvals = [
        a_decision(
            "draft_approved", key, occurrence=approved_as, payload={"billed_with": leader, "invoice_occurrence": "1"}
        )
        for key in others
    ]
    charges = [{"billing_key": key} for key in (leader, *others)]
    invoice = an_invoice(leader, occurrence=occurrence)
    return [*approvals, a_decision("invoice_issued", leader, occurrence=occurrence, number_series="MUS-2026",
                                   payload={**invoice.payload, "charges": charges})]  # fmt: skip


def billed(store: DecisionStore) -> int:
    return sum(entry.decision.kind == "invoice_issued" for entry in store.decisions())


def test_three_occurrences_of_one_charge_are_not_three_live_invoices(any_store: DecisionStore) -> None:
    any_store.append([an_invoice(CHARGE)], recorded_at=AT)
    for occurrence in ("2", "3"):
        with pytest.raises(AlreadyBilledError, match="Take that invoice back first"):
            any_store.append([an_invoice(CHARGE, occurrence=occurrence)], recorded_at=AT)
    with pytest.raises(AlreadyBilledError):
        any_store.append([an_invoice(OTHER), an_invoice(OTHER, occurrence="2")], recorded_at=AT)
    assert billed(any_store) == 1
    assert any_store.verify().is_intact


def test_a_charge_is_billed_again_after_each_cancellation_and_full_credit(any_store: DecisionStore) -> None:
    any_store.append([an_invoice(CHARGE)], recorded_at=AT)
    any_store.append([cancelled(CHARGE, "1")], recorded_at=AT)
    any_store.append([an_invoice(CHARGE, occurrence="2"), cancelled(CHARGE, "2")], recorded_at=AT)
    any_store.append([an_invoice(CHARGE, occurrence="3")], recorded_at=AT)
    any_store.append([credited(CHARGE, "1", bills_again=False)], recorded_at=AT)
    with pytest.raises(AlreadyBilledError):
        any_store.append([an_invoice(CHARGE, occurrence="4")], recorded_at=AT)
    again = [credited(CHARGE, "2", bills_again=True), an_invoice(CHARGE, occurrence="4")]
    any_store.append(again, recorded_at=AT)
    with pytest.raises(AlreadyBilledError):
        any_store.append([an_invoice(CHARGE, occurrence="5")], recorded_at=AT)
    assert billed(any_store) == 4
    assert any_store.verify().is_intact


def test_the_cancellation_of_an_earlier_invoice_does_not_free_the_charge(any_store: DecisionStore) -> None:
    first = [an_invoice(CHARGE), credited(CHARGE, "1", bills_again=True), an_invoice(CHARGE, occurrence="2")]
    any_store.append([*first, cancelled(CHARGE, "1")], recorded_at=AT)
    with pytest.raises(AlreadyBilledError):
        any_store.append([an_invoice(CHARGE, occurrence="3")], recorded_at=AT)


def test_an_invoice_of_several_charges_bills_each_of_them(any_store: DecisionStore) -> None:
    any_store.append(together(CHARGE, OTHER), recorded_at=AT)
    for charge, occurrence in ((CHARGE, "2"), (OTHER, "1")):
        with pytest.raises(AlreadyBilledError):
            any_store.append([an_invoice(charge, occurrence=occurrence)], recorded_at=AT)
    any_store.append([cancelled(CHARGE, "1"), cancelled(OTHER, "1")], recorded_at=AT)
    any_store.append([an_invoice(OTHER)], recorded_at=AT)
    with pytest.raises(AlreadyBilledError):
        any_store.append(together(CHARGE, OTHER, occurrence="2", approved_as="2"), recorded_at=AT)
    assert billed(any_store) == 2
    assert any_store.verify().is_intact


def test_parallel_clerks_who_ask_for_different_occurrences_issue_one(any_store: DecisionStore) -> None:
    def clerk(number: int) -> None:
        with suppress(AlreadyBilledError):
            any_store.append([an_invoice(CHARGE, occurrence=str(number))], recorded_at=AT)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(clerk, range(1, 21)))
    assert billed(any_store) == 1


def test_a_row_written_past_the_store_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    with DecisionStore.open(path) as store:
        store.append([an_invoice(CHARGE)], recorded_at=AT)
    connection = sqlite3.connect(path)
    for verb in ("insert", "insert or ignore", "insert or replace"):
        with pytest.raises(sqlite3.IntegrityError, match="one invoice that stands"):
            connection.execute(
                f"{verb} into decisions select 2, 'another', kind, subject_kind, subject_key, '2', business_date, "
                "actor_kind, actor, reason_code, payload, evidence, number_series, run_key, policy_digest, "
                "recorded_at, hash, 'next' from decisions"
            )
    assert connection.execute("select count(*) from decisions").fetchall() == [(1,)]
    connection.close()


def without_the_table(path: Path) -> None:
    connection = sqlite3.connect(path)
    for trigger in ("decisions_billed_once", "decisions_billing_ended"):
        connection.execute(f"drop trigger {trigger}")
    connection.execute("drop table live_billings")
    connection.commit()
    connection.close()


def test_a_log_kept_before_the_table_was_opens_with_the_same_digest_and_is_guarded(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    alone = "order|SO-1|delivery-1"
    with DecisionStore.open(path) as store:
        store.append([*together(CHARGE, OTHER), an_invoice(alone), cancelled(alone, "1")], recorded_at=AT)
        digest, rows = store.digest(), store.export_rows()
    without_the_table(path)
    with DecisionStore.open(path) as store:
        assert (store.digest(), store.export_rows()) == (digest, rows)
        assert store.verify().is_intact
        with pytest.raises(AlreadyBilledError):
            store.append([an_invoice(OTHER)], recorded_at=AT)
        store.append([an_invoice(alone, occurrence="2")], recorded_at=AT)


def test_a_trigger_of_an_older_version_is_replaced_and_one_as_it_should_be_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    with DecisionStore.open(path) as store:
        store.append([an_invoice(CHARGE)], recorded_at=AT)
    connection = sqlite3.connect(path)
    version = "pragma schema_version"
    as_made = connection.execute(version).fetchone()
    DecisionStore.open(path).close()
    assert connection.execute(version).fetchone() == as_made
    connection.execute("drop trigger decisions_billed_once")
    connection.execute("create trigger decisions_billed_once after insert on decisions begin select 1; end")
    connection.commit()
    connection.close()
    with DecisionStore.open(path) as store, pytest.raises(AlreadyBilledError):
        store.append([an_invoice(CHARGE, occurrence="2")], recorded_at=AT)


def test_a_log_that_already_holds_two_live_invoices_of_a_charge_opens_and_takes_no_third(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    DecisionStore.open(path).close()
    without_the_table(path)
    connection = sqlite3.connect(path)
    connection.execute("drop trigger decisions_next_only")
    for n in (1, 2):
        connection.execute(
            "insert into decisions values (?, ?, 'invoice_issued', 'charge', ?, ?, '2026-03-10', 'rule', 'close', "
            "null, '{}', '{}', null, null, null, '2026-03-10T17:30:00.000000+00:00', 'before', 'after')",
            [n, f"key-{n}", CHARGE, str(n)],
        )
    connection.commit()
    connection.close()
    with DecisionStore.open(path) as store:
        assert billed(store) == 2
        with pytest.raises(AlreadyBilledError):
            store.append([an_invoice(CHARGE, occurrence="3")], recorded_at=AT)


def test_a_table_that_does_not_say_what_the_log_says_is_found(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    with DecisionStore.open(path) as store:
        store.append([an_invoice(CHARGE)], recorded_at=AT)
    connection = sqlite3.connect(path)
    connection.execute("delete from live_billings")
    connection.commit()
    connection.close()
    with DecisionStore.open(path) as store:
        assert any("live_billings" in fault for fault in store.verify().faults)
