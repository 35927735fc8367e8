"""What leaves, what does not, and what nobody can know."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from assets.decisions.outbox import MOST_ATTEMPTS, MessageState, QueuedMessage
from assets.decisions.store import DecisionStore
from assets.delivery.message import UnsafeMessageError, compose, message_id
from assets.delivery.relay import UNSENDABLE, DeliveryReport, Gate, deliver, gate_of
from assets.delivery.senders import (
    FolderSender,
    LiveSendingIsOffError,
    Outcome,
    Sender,
    Sending,
    SmtpSender,
    SmtpServer,
    channel_senders,
)
from assets.ledger.errors import PermanentError
from tests.decisions.builders import AT, a_decision, a_message
from tests.delivery.smtp_server import MailServer

GREEN = Gate("green")
FROM = "billing@meridian.example"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    with DecisionStore.open(tmp_path / "decisions.sqlite") as opened:
        yield opened


def queue(store: DecisionStore, *subjects: str, **changes: Any) -> list[str]:
    decisions = [a_decision("reminder_queued", subject) for subject in subjects or ("doc-1",)]
    messages = [a_message(decision, **changes) for decision in decisions]
    store.append(decisions, outbox=messages, recorded_at=AT)
    return [message.outbox_key for message in messages]


def always_due(_: QueuedMessage) -> str | None:
    return None


def clock() -> datetime:
    return AT


def run(store: DecisionStore, sender: Sender, gate: Gate = GREEN, still_due: Any = always_due) -> DeliveryReport:
    return deliver(store, {"email": sender}, gate=gate, still_due=still_due, worker="relay", clock=clock)


def smtp(server: MailServer, **changes: Any) -> SmtpSender:
    return SmtpSender(SmtpServer("127.0.0.1", server.port, FROM, is_encrypted=False, timeout_seconds=3, **changes))


class CrashError(Exception):
    """The machine goes down between claim and mark."""


class CrashingSender:
    def __init__(self) -> None:
        self.left: list[str] = []

    def check(self, queued: QueuedMessage) -> None:
        pass

    def send(self, queued: QueuedMessage) -> Outcome:
        self.left.append(queued.outbox_key)
        raise CrashError


def test_a_message_leaves_once_with_a_lasting_identity(store: DecisionStore) -> None:
    [key] = queue(store)
    with MailServer() as server:
        assert run(store, smtp(server)).sent == (key,)
        assert run(store, smtp(server)).sent == ()
    [taken] = server.received
    mail = message_from_bytes(taken)
    assert mail["Message-ID"] == message_id(key, "meridian.example")
    assert (mail["To"], mail["Subject"]) == ("ap@customer.example", "Reminder")
    [message] = store.outbox()
    assert (message.state, message.detail) == (MessageState.SENT, "250 queued as 42")
    assert store.verify().is_intact


@pytest.mark.parametrize(
    ("behaviour", "state", "left"),
    [
        ("refuses the recipient", MessageState.WAITING, 0),
        ("does not want the text", MessageState.WAITING, 0),
        ("refuses the text", MessageState.WAITING, 1),
        ("hangs up before accepting", MessageState.UNCERTAIN, 0),
        ("hangs up after accepting", MessageState.UNCERTAIN, 1),
    ],
)
def test_only_what_certainly_did_not_leave_is_tried_again(
    store: DecisionStore, behaviour: str, state: MessageState, left: int
) -> None:
    queue(store)
    with MailServer(behaviour) as server:
        run(store, smtp(server))
    assert (store.outbox()[0].state, len(server.received)) == (state, left)
    with MailServer() as healthy:
        run(store, smtp(healthy))
    assert len(healthy.received) == (1 if state is MessageState.WAITING else 0)


def test_a_server_that_is_not_there_is_a_failure_that_ends_after_some_attempts(store: DecisionStore) -> None:
    queue(store)
    with MailServer() as server:
        nobody = smtp(server)
    for _ in range(MOST_ATTEMPTS + 2):
        run(store, nobody)
    assert (store.outbox()[0].state, store.outbox()[0].attempt) == (MessageState.FAILED, MOST_ATTEMPTS)


def test_a_crash_between_claim_and_mark_is_shown_and_never_sent_again(store: DecisionStore, tmp_path: Path) -> None:
    [first, second] = queue(store, "doc-1", "doc-2")
    crashing = CrashingSender()
    with pytest.raises(CrashError):
        run(store, crashing)
    report = run(store, FolderSender(tmp_path / "outbox", FROM))
    assert (crashing.left, report.sent, report.uncertain) == ([first], (second,), (first,))
    store.settle_uncertain(first, was_sent=False, actor="anna", at=AT, detail="the provider never saw it")
    assert run(store, FolderSender(tmp_path / "outbox", FROM)).sent == (first,)
    with pytest.raises(PermanentError, match="Only a claimed attempt"):
        store.settle_uncertain(first, was_sent=True, actor="anna", at=AT, detail="")


def test_two_relays_never_send_the_same_message(tmp_path: Path) -> None:
    class Counting(CrashingSender):
        def send(self, queued: QueuedMessage) -> Outcome:
            self.left.append(queued.outbox_key)
            return Outcome(Sending.SENT, "")

    sender = Counting()
    with (
        DecisionStore.open(tmp_path / "decisions.sqlite") as one,
        DecisionStore.open(tmp_path / "decisions.sqlite") as two,
    ):
        keys = queue(one, *(f"doc-{n}" for n in range(25)))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda opened: run(opened, sender), [one, two, one, two]))
    assert sorted(sender.left) == sorted(keys)


@pytest.mark.parametrize("verdict", [None, "red"])
def test_nothing_is_claimed_while_the_books_do_not_tie(
    store: DecisionStore, tmp_path: Path, verdict: str | None
) -> None:
    queue(store)
    report = run(store, FolderSender(tmp_path / "outbox", FROM), Gate(verdict, "aging differs by 0.01"))
    assert report.stopped_because is not None
    assert not (tmp_path / "outbox").exists()
    assert store.outbox()[0].state is MessageState.WAITING


def test_a_run_that_looks_back_sends_nothing_by_the_balances_of_then(store: DecisionStore, tmp_path: Path) -> None:
    queue(store)
    store.append([], closes=date(2026, 3, 10), recorded_at=AT)
    gate = gate_of("green", "", date(2026, 2, 10), last_closed=store.last_closed_date())
    report = run(store, FolderSender(tmp_path, FROM), gate)
    assert (report.sent, list(tmp_path.glob("*.eml"))) == ((), [])
    assert "2026-03-10 is closed" in str(report.stopped_because)
    assert run(store, FolderSender(tmp_path, FROM), gate_of("green", "", date(2026, 3, 10), last_closed=None)).sent


def test_what_is_no_longer_due_is_withdrawn_for_good(store: DecisionStore, tmp_path: Path) -> None:
    [key] = queue(store)
    report = run(store, FolderSender(tmp_path, FROM), still_due=lambda queued: "PAID_SINCE")
    assert report.withdrawn == {key: "PAID_SINCE"}
    assert run(store, FolderSender(tmp_path, FROM)).sent == ()
    assert store.outbox()[0].state is MessageState.WITHDRAWN


INJECTIONS = [
    {"recipient": "ap@customer.example\r\nBcc: all@other.example"},
    {"recipient": "ap@customer.example, other@customer.example"},
    {"recipient": "Boss <ap@customer.example>"},
    {"recipient": ""},
    {"payload": {"subject": "Hi\r\nBcc: all@other.example", "body": "x"}},
    {"payload": {"subject": "Hi\x00", "body": "x"}},
    {"payload": {"subject": "Hi\u202e", "body": "x"}},
    {"payload": {"subject": "", "body": "x"}},
    {"payload": {"subject": "Hi", "body": "x\x00"}},
]


@pytest.mark.parametrize("changes", INJECTIONS, ids=lambda changes: repr(changes)[:40])
def test_a_message_that_smuggles_headers_never_leaves(
    store: DecisionStore, tmp_path: Path, changes: dict[str, Any]
) -> None:
    [key] = queue(store, **changes)
    report = run(store, FolderSender(tmp_path / "outbox", FROM))
    assert report.withdrawn == {key: UNSENDABLE}
    assert not (tmp_path / "outbox").exists()
    with pytest.raises(UnsafeMessageError):
        compose(store.outbox()[0], FROM)


def test_a_subject_with_an_amount_in_euro_is_sent_although_its_space_does_not_break(store: DecisionStore) -> None:
    decision = a_decision()
    payload = {"subject": "Reminder: 6.059,12\u00a0€ open", "body": "Please pay 6.059,12\u00a0€."}
    store.append([decision], outbox=[a_message(decision, payload=payload)], recorded_at=AT)
    assert compose(store.outbox()[0], FROM)["Subject"] == "Reminder: 6.059,12 € open"


def test_locally_messages_become_files_with_the_same_bytes_each_time(store: DecisionStore, tmp_path: Path) -> None:
    [key] = queue(store, payload={"subject": "Erinnerung für März", "body": "Grüße\n.\nEnde"})
    senders = channel_senders("local", outbox_folder=tmp_path / "one", sender_address=FROM)
    deliver(store, senders, gate=GREEN, still_due=always_due, worker="relay", clock=clock)
    written = (tmp_path / "one" / f"{key}.eml").read_bytes()
    FolderSender(tmp_path / "two", FROM).send(store.outbox()[0])
    assert (tmp_path / "two" / f"{key}.eml").read_bytes() == written
    assert "Grüße" in str(message_from_bytes(written).get_payload(decode=True), "utf-8")


def test_write_backs_become_payload_files(store: DecisionStore, tmp_path: Path) -> None:
    [key] = queue(store, channel="write_back", payload={"total": "12.50"})
    senders = channel_senders("local", outbox_folder=tmp_path / "outbox", sender_address=FROM)
    deliver(store, senders, gate=GREEN, still_due=always_due, worker="relay", clock=clock)
    assert '"total": "12.50"' in (tmp_path / "outbox" / f"{key}.json").read_text()


def test_a_test_environment_writes_to_listed_people_only(store: DecisionStore, tmp_path: Path) -> None:
    queue(store, "doc-1")
    [listed] = queue(store, "doc-2", recipient="Me@Meridian.example")
    [other] = queue(store, "doc-3", channel="whatsapp")
    senders = channel_senders(
        "test", outbox_folder=tmp_path, sender_address=FROM, allowed=frozenset({"me@meridian.example"})
    )
    report = deliver(store, senders, gate=GREEN, still_due=always_due, worker="relay", clock=clock)
    assert (report.sent, list(report.withdrawn.values()), report.left_waiting) == (
        (listed,), [UNSENDABLE], (other,),
    )  # fmt: skip


def test_live_must_be_switched_on_and_an_unnamed_environment_does_not_exist(tmp_path: Path) -> None:
    server = SmtpServer("localhost", 25, FROM, password="not-shown")
    for switched_on, mail in ((False, server), (True, None)):
        with pytest.raises(LiveSendingIsOffError):
            channel_senders(
                "live", outbox_folder=tmp_path, sender_address=FROM, smtp=mail, is_live_switched_on=switched_on
            )
    with pytest.raises(PermanentError, match="staging"):
        channel_senders("staging", outbox_folder=tmp_path, sender_address=FROM)
    assert "not-shown" not in repr(server)
