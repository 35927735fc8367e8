"""A reminder that a run queued for a day long gone and no close sent: planned anew by what is open now, once."""

from __future__ import annotations

from decimal import Decimal

from assets.ledger.day import Fact
from assets.ledger.decision import Decision
from tests.close.builders import (
    MemoryLog,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_receipt,
    a_statement,
    an_invoice,
    as_text,
    day,
    walk_days,
    walk_in_steps,
)

INVOICE = an_invoice("U-1", "100.00", entity="MUS", known=2, billing_key=None)
KEY = INVOICE.document_key
COMPANY: list[Fact] = [
    *(a_statement(number) for number in range(1, 41)),
    a_customer(),
    a_frame_agreement(),
    INVOICE,
]


def reminders(log: MemoryLog) -> list[Decision]:
    return [decision for decision in log.of("reminder_queued") if decision.subject_key == KEY]


def take_back(log: MemoryLog, on: int) -> None:
    taken = [
        {"level": each.payload["level"], "business_date": each.business_date.isoformat()} for each in reminders(log)
    ]
    log.by_person("reminder_planned_again", KEY, on, str(on), reminders=taken)


def test_what_never_left_counts_as_not_sent_and_is_written_anew_from_the_first_level() -> None:
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 29)
    late = reminders(log)
    assert [each.payload["level"] for each in late] == [1, 2, 3]
    take_back(log, 30)
    walk_days(COMPANY, log, 30, 31)
    fresh = reminders(log)[len(late) :]
    assert [(each.payload["level"], each.business_date) for each in fresh] == [(1, day(30))]
    assert fresh[0].payload["days_overdue"] == (day(30) - INVOICE.due_date).days
    letters = [message for message in log.messages.values() if message.subject_key == KEY]
    assert len({message.outbox_key for message in letters}) == len(letters) == 4
    assert letters[-1].business_date == day(30)


def test_the_plan_names_the_letter_that_was_written_anew() -> None:
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 12)
    take_back(log, 13)
    result = walk_days(COMPANY, log, 13, 13)
    [row] = [row for row in result.tables["reminder_plan"] if row["document_key"] == KEY]
    assert row["decision"] == "send"
    assert row["outbox_key"] in log.messages
    assert log.messages[row["outbox_key"]].business_date == day(13)


def test_what_was_paid_meanwhile_is_not_reminded_again() -> None:
    log = MemoryLog()
    paid = [*COMPANY, a_receipt(amount=10_000, text="U-1", known=12)]
    walk_days(paid, log, 1, 14)
    before = len(reminders(log))
    take_back(log, 15)
    walk_days(paid, log, 15, 20)
    assert len(reminders(log)) == before > 0


def test_taken_back_twice_it_is_written_a_third_time_and_single_closes_say_the_same() -> None:
    def people(log: MemoryLog, start: int) -> None:
        if start in (13, 20):
            take_back(log, start)

    steps = [(1, 12), (13, 19), (20, 24)]
    tables, log = walk_in_steps(COMPANY, steps, people=people)
    single, one_by_one = walk_in_steps(COMPANY, [(n, n) for n in range(1, 25)], people=people)
    assert tables == single
    assert [entry.decision for entry in log.entries] == [entry.decision for entry in one_by_one.entries]
    assert [each.occurrence for each in reminders(log) if each.payload["level"] == 1] == ["1", "1-2", "1-3"]
    again = walk_days(COMPANY, log, 1, 24, policy=a_policy())
    assert again.decision_count == 0
    assert sorted(as_text(again)["reminder_plan"]) == sorted(tables["reminder_plan"])


def test_a_letter_that_is_written_anew_says_what_is_open_now() -> None:
    log = MemoryLog()
    part = a_receipt(amount=4_000, known=12)
    walk_days([*COMPANY, part], log, 1, 12)
    applied = [{"document_key": KEY, "document_number": "U-1", "applied_amount": "40.00"}]
    log.by_person("match_confirmed", "R1", 13, applications=applied, customer_key="acme")
    take_back(log, 13)
    walk_days([*COMPANY, part], log, 13, 13)
    assert Decimal(reminders(log)[-1].payload["open_amount"]) == Decimal("60.00")
