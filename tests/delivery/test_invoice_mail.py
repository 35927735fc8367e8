"""The mail of an invoice is written from the record: same bytes, once, and not after the approval was taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from assets.decisions import crediting, invoice_review
from assets.decisions.outbox import MessageState
from assets.decisions.sending_late import send_late
from assets.decisions.store import DecisionStore
from assets.delivery.invoice_mail import Attachment, completing, issued_documents, never_late, released_messages
from assets.delivery.relay import DeliveryReport, Gate, deliver
from assets.delivery.senders import FolderSender
from assets.ledger.decision import Decision
from assets.ledger.issuing import invoice_message
from tests.decisions.builders import AT, DAY, a_draft, a_turn, an_invoice, as_shown


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    with DecisionStore.open(tmp_path / "decisions.sqlite") as opened:
        yield opened


@pytest.fixture
def issued(store: DecisionStore) -> Decision:
    """An invoice that a person approved; its mail waits."""
    store.append([a_draft()], recorded_at=AT)
    return invoice_review.approve_draft(store, a_turn(), as_shown(a_draft()), seen_version=1)[1].decision


def rendered(invoice: Mapping[str, Any]) -> list[Attachment]:
    return [Attachment(f"{invoice['document_number']}.pdf", "application/pdf", b"%PDF " + repr(invoice).encode())]


def relay(
    store: DecisionStore, folder: Path, days_later: int = 0, languages: Mapping[str, str] | None = None
) -> DeliveryReport:
    invoices = issued_documents(store.decisions())
    return deliver(
        store,
        {"email": FolderSender(folder, "billing@meridian.example")},
        gate=Gate("green"),
        still_due=lambda _: None,
        worker="relay",
        clock=lambda: AT,
        since=DAY + timedelta(days=days_later),
        complete=completing(invoices, {"MUS": "Meridian US Inc"}, rendered, languages or {}),
        is_never_late=never_late(invoices, released_messages(store.decisions())),
    )


def test_an_invoice_leaves_with_its_number_and_its_document(
    store: DecisionStore, issued: Decision, tmp_path: Path
) -> None:
    relay(store, tmp_path / "out")
    [file] = (tmp_path / "out").glob("*.eml")
    mail = message_from_bytes(file.read_bytes())
    assert mail["Subject"] == "Invoice MUS-2026-00001 from Meridian US Inc"
    assert [part.get_filename() for part in mail.walk()][-1] == "MUS-2026-00001.pdf"
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain").get_payload()
    assert "Total: USD 1,320.00" in text
    assert "Please name MUS-2026-00001 when you pay." in text


def test_a_credit_memo_leaves_like_its_invoice_and_names_it(
    store: DecisionStore, issued: Decision, tmp_path: Path
) -> None:
    row = {"billing_key": issued.subject_key, **issued.payload}
    seen = store.version(issued.subject_key)
    crediting.credit_invoice(store, a_turn(), row, seen_version=seen, reason_code="CREDIT_PRICE")
    relay(store, tmp_path / "out", days_later=30)
    mails = [message_from_bytes(file.read_bytes()) for file in (tmp_path / "out").glob("*.eml")]
    mail = next(mail for mail in mails if str(mail["Subject"]).startswith("Credit memo"))
    assert mail["Subject"] == "Credit memo MUSC-2026-00001 from Meridian US Inc"
    assert [part.get_filename() for part in mail.walk()][-1] == "MUSC-2026-00001.pdf"
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain").get_payload()
    assert "It is set against invoice MUS-2026-00001." in text


def test_the_mail_of_an_invoice_is_the_same_bytes_each_time(
    store: DecisionStore, issued: Decision, tmp_path: Path
) -> None:
    [queued] = store.outbox()
    complete = completing(issued_documents(store.decisions()), {}, rendered)
    for folder in ("first", "second"):
        FolderSender(tmp_path / folder, "billing@meridian.example").send(complete(queued))
    [first], [second] = ((tmp_path / folder).glob("*.eml") for folder in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_an_invoice_that_a_person_approved_is_sent_however_long_the_books_did_not_tie(
    store: DecisionStore, issued: Decision, tmp_path: Path
) -> None:
    assert len(relay(store, tmp_path / "out", days_later=30).sent) == 1


def test_an_approval_taken_back_sends_nothing(store: DecisionStore, issued: Decision, tmp_path: Path) -> None:
    row, seen = {"billing_key": issued.subject_key}, store.version(issued.subject_key)
    invoice_review.undo_approval(store, a_turn(), row, seen_version=seen, note="wrong month")
    assert relay(store, tmp_path / "out").sent == ()
    assert [queued.state for queued in store.outbox()] == [MessageState.WITHDRAWN]


@pytest.mark.parametrize(
    ("language", "subject", "sentences"),
    [
        ("de", "Rechnung MUS-2026-00001 von Meridian US Inc", ["Gesamt: USD 1.320,00", "bei der Zahlung MUS-2026"]),
        ("fr", "Facture MUS-2026-00001 de Meridian US Inc", ["Total : USD 1 320,00", "d'indiquer MUS-2026-00001"]),
        ("pt", "Fatura MUS-2026-00001 de Meridian US Inc", ["Total: USD 1.320,00", "Indique MUS-2026-00001 ao pagar"]),
    ],
    ids=["German", "French", "Portuguese"],
)
def test_the_mail_of_an_invoice_is_written_in_the_customer_s_language(
    store: DecisionStore, issued: Decision, tmp_path: Path, language: str, subject: str, sentences: list[str]
) -> None:
    relay(store, tmp_path / "out", languages={issued.payload["customer_key"]: language})
    [file] = (tmp_path / "out").glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=SMTP)
    assert mail["Subject"] == subject
    text = mail.get_body(("plain",)).get_content().replace("\u00a0", " ").replace("\u202f", " ")
    for sentence in sentences:
        assert sentence in text


def test_an_invoice_of_a_run_over_past_days_leaves_late_when_a_person_lets_it_and_once(
    store: DecisionStore, tmp_path: Path
) -> None:
    payload = {**a_draft().payload, "invoice_date": DAY.isoformat()}
    by_rule = replace(an_invoice("k1"), payload=payload)
    message = invoice_message(by_rule, "ap@customer.example")
    store.append([by_rule], outbox=[message], recorded_at=AT)
    assert relay(store, tmp_path / "out", days_later=30).sent == ()
    send_late(store, a_turn(business_date=DAY + timedelta(days=30)), message.outbox_key)
    assert relay(store, tmp_path / "out", days_later=30).sent == (message.outbox_key,)
    assert relay(store, tmp_path / "out", days_later=30).sent == ()
    assert len(list((tmp_path / "out").glob("*.eml"))) == 1
