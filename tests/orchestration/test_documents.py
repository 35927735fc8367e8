"""From the record of an issued invoice to its files: on the command line, and with the mail that brings it."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from assets.close.tables import DOCUMENT_CHECKS
from assets.decisions.crediting import credit_invoice
from assets.decisions.invoice_review import approve_draft
from assets.decisions.outbox import MessageState
from assets.decisions.roles import Actor, Role
from assets.decisions.turn import Turn
from assets.delivery.invoice_mail import completing, issued_documents, languages_of
from assets.delivery.relay import REFUSED, DeliveryReport, Gate, deliver
from assets.delivery.senders import FolderSender
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.issuing import invoice_message
from assets.platform.home import Home
from orchestration import document_checks
from orchestration.cli import app
from orchestration.documents import (
    DocumentNotIssuableError,
    document_renderer,
    documents_of,
    issued_payloads,
    master_data,
)
from tests.invoicing.documents.builders import a_record

pytest.importorskip("saxonche")
pytest.importorskip("facturx")
pypdf = pytest.importorskip("pypdf")

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "policy"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CUSTOMERS = [
    (
        "german",
        "meu:1",
        "Stonebridge Logistik KG",
        "DE",
        "Hauptstr. 1",
        "Köln",
        "50667",
        "DE450000020",
        "ap@st.example",
    ),
    ("nowhere", "meu:9", "Nowhere Ltd", None, None, None, None, None, None),
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a company that issued two invoices, one of them to a customer of whom too little is known."""
    made = Home(tmp_path / "home")
    made.path.mkdir()
    with duckdb.connect(str(made.warehouse_path)) as connection:
        connection.execute("create schema policy; create schema marts")
        for seed in ("letterheads", "legal_entities", "bank_accounts", "letter_languages"):
            connection.execute(
                f"create table policy.{seed} as select * from read_csv('{SEEDS / seed}.csv', all_varchar = true)"
            )
        connection.execute(f"create table policy.payment_terms as select * from read_csv('{SEEDS}/payment_terms.csv')")
        connection.execute(
            "create table marts.dim_customers (customer_key text, customer_number text, customer_name text, "
            "country_code text, address_line text, city text, postal_code text, tax_id text, billing_email text)"
        )
        connection.execute("alter table marts.dim_customers add column is_billing_email_valid boolean default true")
        connection.execute("alter table marts.dim_customers add column language_code text")
        for customer in CUSTOMERS:
            connection.execute(
                "insert into marts.dim_customers values (?, ?, ?, ?, ?, ?, ?, ?, ?, true, null)", customer
            )
    issued = [an_issue("order|SO-1|SHP-1|goods", "german"), an_issue("order|SO-2|SHP-2|goods", "nowhere")]
    with made.decisions() as store:
        messages = [invoice_message(decision, "ap@st.example") for decision in issued]
        store.append(issued, outbox=messages, recorded_at=AT)
    return made


def an_issue(billing_key: str, customer_key: str) -> Decision:
    """Return the decision that issues an invoice; the store numbers it."""
    payload = {"trigger_at": "2026-02-28T09:00:00", **a_record(customer_key=customer_key), "billing_key": billing_key}
    del payload["document_number"]
    day = date(2026, 3, 1)
    return Decision(
        "invoice_issued", "charge", billing_key, day, ActorKind.PERSON, "anna", payload, number_series="MEU-2026"
    )


def a_draft(billing_key: str, customer_key: str) -> Decision:
    """Return the decision that drafts an invoice."""
    record = {"trigger_at": "2026-02-28T09:00:00", **a_record(customer_key=customer_key)}
    payload = {**record, "billing_key": billing_key, "due_days": 30}
    for name in ("document_number", "invoice_date", "due_date"):
        del payload[name]
    return Decision("draft_created", "charge", billing_key, date(2026, 3, 1), ActorKind.RULE, "invoicing", payload)


def said(*arguments: Any) -> tuple[int, str]:
    """Return the exit code and the output of a command."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_an_issued_invoice_is_rendered_by_its_number_or_its_charge(home: Home, tmp_path: Path) -> None:
    for name in ("MEU-2026-00001", "order|SO-1|SHP-1|goods"):
        code, output = said("documents", "render", name, "--home", home.path, "--output", tmp_path / "out", "--json")
        assert (code, json.loads(output)["documents"], json.loads(output)["refused"]) == (0, 1, {})
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["MEU-2026-00001-cii.xml", "MEU-2026-00001-ubl.xml", "MEU-2026-00001.pdf"]
    code, output = said("documents", "validate", *sorted((tmp_path / "out").iterdir()), "--json")
    assert code == 0
    assert {(fact["number"], fact["is_valid"]) for fact in json.loads(output)} == {("MEU-2026-00001", True)}


def test_what_the_rules_refuse_is_named_and_ends_in_an_error(home: Home, tmp_path: Path) -> None:
    code, output = said("documents", "render", "--home", home.path, "--output", tmp_path / "out")
    assert code == 1
    assert "Wrote 2 documents" in output
    assert "MEU-2026-00002  fatal BR-11:" in output
    wrong = tmp_path / "out" / "MEU-2026-00002-ubl.xml"
    code, output = said("documents", "validate", wrong)
    assert (code, output.split()[0]) == (1, "refused")


def test_the_mail_of_an_invoice_brings_its_documents_and_a_refused_one_does_not_leave(
    home: Home, tmp_path: Path
) -> None:
    report = sent(home, tmp_path / "outbox")
    assert (len(report.sent), list(report.withdrawn.values())) == (1, [REFUSED])
    (path,) = (tmp_path / "outbox").rglob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=default)
    files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert sorted(files) == ["MEU-2026-00001-ubl.xml", "MEU-2026-00001.pdf"]
    assert "1.859,82" in pypdf.PdfReader(io.BytesIO(files["MEU-2026-00001.pdf"])).pages[0].extract_text()
    with home.decisions() as store:
        assert not store.outbox(state=MessageState.WAITING)


def test_a_credit_memo_across_a_border_brings_documents_that_the_rules_accept(home: Home) -> None:
    with home.decisions() as store:
        [issued] = [
            entry.decision
            for entry in store.on_subject("order|SO-1|SHP-1|goods")
            if entry.decision.kind == "invoice_issued"
        ]
        turn = Turn(Actor("anna", Role.APPROVER), date(2026, 3, 2), AT)
        row = {"billing_key": issued.subject_key, **issued.payload}
        seen = store.version(issued.subject_key)
        [memo] = credit_invoice(store, turn, row, seen_version=seen, reason_code="CREDIT_RETURN")
    files = {file.name: file.contents for file in document_renderer(home)(memo.decision.payload)}
    assert sorted(files) == ["MEUC-2026-00001-ubl.xml", "MEUC-2026-00001.pdf"]
    assert b"<CreditNote" in files["MEUC-2026-00001-ubl.xml"]
    assert b"MEU-2026-00001" in files["MEUC-2026-00001-ubl.xml"]


def test_one_credit_memo_of_several_charges_brings_documents_that_the_rules_accept(home: Home) -> None:
    turn = Turn(Actor("anna", Role.APPROVER), date(2026, 3, 2), AT)
    keys = ["order|SO-7|SHP-1|goods", "order|SO-8|SHP-2|goods"]
    drafts = [a_draft(key, "german") for key in keys]
    with home.decisions() as store:
        store.append(drafts, recorded_at=AT)
        seen = {key: store.version(key) for key in keys}
        total = {"total_amount": Decimal(drafts[0].payload["total_amount"]), "billing_email": "a@b.example"}
        first, second = (({**draft.payload, **total}, seen[draft.subject_key]) for draft in drafts)
        invoice = approve_draft(store, turn, first[0], seen_version=first[1], others=[second])[-1].decision
        chosen = {"billing_key": keys[1], "billing_email": "a@b.example"}
        memos = credit_invoice(
            store,
            turn,
            chosen,
            seen_version=store.version(keys[1]),
            reason_code="CREDIT_REISSUE",
            bills_again=True,
        )
    memo = memos[0].decision.payload
    assert (memo["total_amount"], len(memo["lines"])) == (invoice.payload["total_amount"], 2)
    files = {file.name: file.contents for file in document_renderer(home)(memo)}
    assert sorted(files) == [f"{memo['document_number']}-ubl.xml", f"{memo['document_number']}.pdf"]
    assert list(issued_payloads(home, [keys[1]])) == [invoice.payload["document_number"], memo["document_number"]]


@pytest.mark.parametrize(
    ("country", "asked_for", "language", "word"),
    [
        ("BE", None, "fr", "Facture"),
        ("CH", None, "de", "Rechnung"),
        ("LU", None, "fr", "Facture"),
        ("BE", "de", "de", "Rechnung"),
        ("BE", "nl", "en", "Invoice"),
        ("DE", "pt", "pt", "Fatura"),
    ],
)
def test_letter_and_mail_speak_the_language_a_customer_asks_for_else_the_one_policy_names(
    home: Home, country: str, asked_for: str | None, language: str, word: str
) -> None:
    with duckdb.connect(str(home.warehouse_path)) as connection:
        connection.execute("update marts.dim_customers set country_code = ?, language_code = ?", [country, asked_for])
    issued = issued_payloads(home)["MEU-2026-00001"]
    data = master_data(home)
    pdf = pypdf.PdfReader(io.BytesIO(documents_of(issued, data, is_e_invoice=False).pdf))
    assert word in pdf.pages[0].extract_text()
    assert languages_of(home.warehouse())["german"] == language


def test_another_language_for_a_country_is_a_row_of_policy(home: Home) -> None:
    with duckdb.connect(str(home.warehouse_path)) as connection:
        connection.execute("update marts.dim_customers set country_code = 'BE'")
        connection.execute("update policy.letter_languages set language_code = 'de' where country_code = 'BE'")
    assert master_data(home).buyers["german"].language == "de"
    assert languages_of(home.warehouse())["german"] == "de"


def test_the_renderer_says_which_rule_refuses(home: Home) -> None:
    with pytest.raises(DocumentNotIssuableError, match=r"`MEU-2026-00002`: .*BR-11: The Buyer postal"):
        document_renderer(home)(issued_payloads(home)["MEU-2026-00002"])


def test_drafts_that_would_be_refused_are_told_before_they_take_a_number(home: Home) -> None:
    drafts = [a_draft("order|SO-3|SHP-3|goods", "german"), a_draft("order|SO-4|SHP-4|goods", "nowhere")]
    with home.decisions() as store:
        store.append(drafts, recorded_at=AT)
    code, output = said("documents", "check", "--home", home.path, "--json")
    facts = json.loads(output)
    assert (code, facts["drafts"], list(facts["refused"])) == (1, 2, ["order|SO-4|SHP-4|goods"])
    assert "BR-11" in facts["refused"]["order|SO-4|SHP-4|goods"]


def test_each_run_says_of_which_waiting_draft_the_rules_would_refuse_the_document(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [a_draft("order|SO-3|SHP-3|goods", "german"), a_draft("order|SO-4|SHP-4|goods", "nowhere")]
    with home.decisions() as store:
        store.append(drafts, recorded_at=AT)
    warehouse = home.warehouse()
    warehouse.create_tables([DOCUMENT_CHECKS])
    warehouse.execute("update policy.legal_entities set invoicing_mode = 'openitem'")
    first = {row["billing_key"]: row for row in document_checks.check_drafts(home)}
    accepted, refused = first["order|SO-3|SHP-3|goods"], first["order|SO-4|SHP-4|goods"]
    assert (accepted["rule_ids"], accepted["refused_because"]) == (None, None)
    assert "BR-11" in refused["rule_ids"].split(";")
    assert "BR-11: The Buyer postal address" in refused["refused_because"]
    monkeypatch.setattr(document_checks, "validate", lambda _: pytest.fail("it was held to the rules twice"))
    again = {row["billing_key"]: row for row in document_checks.check_drafts(home)}
    assert again == first


def test_a_name_nobody_issued_is_an_error(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = CliRunner().invoke(app, ["documents", "render", "MEU-1", "--home", str(home.path)])
    assert result.exit_code == 1
    assert "no issued document is named `MEU-1`" in str(result.exception)


def sent(home: Home, folder: Path) -> DeliveryReport:
    """Return what became of all messages that wait."""
    with home.decisions() as store:
        return deliver(
            store,
            {"email": FolderSender(folder, "billing@meridian.example")},
            gate=Gate("green"),
            still_due=lambda _: None,
            worker="test",
            clock=lambda: AT,
            complete=completing(issued_documents(store.decisions()), {}, document_renderer(home)),
        )
