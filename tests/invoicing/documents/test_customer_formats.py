"""Each customer gets its documents in the form it takes them, with the reference it routes them by."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from assets.close.replay import apply_decision
from assets.invoicing.decide import draft_charges, invoicing_findings
from assets.invoicing.documents.bundle import InvoiceDocuments, render_invoice
from assets.invoicing.documents.issued_invoice import issued_invoice
from assets.invoicing.documents.model import EN_16931, PEPPOL_BILLING, XRECHNUNG, Contact
from assets.invoicing.documents.reading import read_invoice
from assets.invoicing.documents.validation import validate, xrechnung_rules_are_installed
from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import draft_of
from assets.ledger.issuing import issue_invoice
from assets.ledger.policy import Policy
from tests.close.builders import a_contract_line, a_customer, a_policy, day, entities
from tests.invoicing.documents.builders import EUROPE, GERMAN, a_record, an_invoice
from tests.ledger.test_day import a_state

pytest.importorskip("saxonche")
pypdf = pytest.importorskip("pypdf")
facturx = pytest.importorskip("facturx")

LEITWEG = "04011000-1234512345-06"


def a_policy_with(*rows: dict[str, Any]) -> InvoicingPolicy:
    """Return the committed policy where these customers receive documents otherwise."""
    tables = dict(a_policy().tables)
    blank = dict.fromkeys(tables["customer_documents"][0])
    named = [blank | {"legal_entity_id": "MEU", "customer_number": "mus:acme"} | row for row in rows]
    tables["customer_documents"] = (*tables["customer_documents"], *named)
    return InvoicingPolicy.from_policy(Policy.from_rows(tables))


def the_draft(*rows: dict[str, Any]) -> Decision:
    """Return what becomes of a retainer whose customer receives documents by the rows."""
    state = a_state(a_customer(entity="MEU"), a_contract_line(entity="MEU"))
    [decision] = draft_charges(state, a_policy_with(*rows), business_date=day(1))
    return decision


def rendered(document_format: str | None, **record: Any) -> InvoiceDocuments:
    """Return the documents of a record that asks for a form."""
    named = {"document_format": document_format} if document_format else {}
    return render_invoice(an_invoice(**record, **named), document_format=document_format)


@pytest.mark.parametrize(
    ("document_format", "expected", "profile"),
    [
        (None, (True, True), PEPPOL_BILLING),
        ("factur-x", (False, True), None),
        ("ubl", (True, False), PEPPOL_BILLING),
        ("xrechnung", (True, False), XRECHNUNG),
        ("pdf", (False, False), None),
    ],
    ids=["any", "Factur-X", "UBL", "XRechnung", "PDF alone"],
)
@pytest.mark.parametrize("is_credit", [False, True], ids=["invoice", "credit memo"])
def test_a_customer_gets_the_forms_it_takes_and_no_other(
    document_format: str | None, expected: tuple[bool, bool], profile: str | None, is_credit: bool
) -> None:
    made = rendered(document_format, buyer_reference=LEITWEG, is_credit=is_credit)
    assert made.findings == ()
    assert (made.ubl is not None, made.cii is not None) == expected
    inside = facturx.get_xml_from_pdf(made.pdf, check_xsd=False)[1] if made.cii else None
    assert inside == made.cii
    if made.ubl:
        read = read_invoice(made.ubl).invoice
        assert (read.specification, read.buyer_reference) == (profile, LEITWEG)
    if made.cii:
        read = read_invoice(made.cii).invoice
        assert (read.specification, read.buyer_reference) == (EN_16931, LEITWEG)


def test_br_de_15_an_xrechnung_without_the_buyer_s_reference_is_refused() -> None:
    made = rendered("xrechnung")
    assert [(one.rule_id, one.severity) for one in made.findings] == [("BR-DE-15", "fatal")]
    assert "BT-10" in made.findings[0].text
    assert not made.is_issuable
    assert rendered(None).is_issuable


def test_an_xrechnung_names_all_that_a_german_public_buyer_makes_mandatory() -> None:
    invoice = an_invoice(document_format="xrechnung", buyer_reference=LEITWEG)
    nobody = replace(invoice, seller=replace(invoice.seller, contact=Contact(name="Accounts Receivable")))
    made = render_invoice(nobody, document_format="xrechnung")
    assert {one.rule_id for one in made.findings if one.severity == "fatal"} == {"BR-DE-6", "BR-DE-7"}


@pytest.mark.skipif(not xrechnung_rules_are_installed(), reason="the extra `xrechnung` is not installed")
@pytest.mark.parametrize("is_credit", [False, True], ids=["invoice", "credit memo"])
def test_the_official_rules_of_xrechnung_accept_what_is_issued_and_refuse_what_breaks_them(is_credit: bool) -> None:
    made = rendered("xrechnung", buyer_reference=LEITWEG, is_credit=is_credit)
    assert made.ubl is not None
    assert [one for one in made.findings if one.layer == "xrechnung"] == []
    broken = re.sub(rb"(<cbc:ElectronicMail>)[^<]*", rb"\1nobody", made.ubl, count=1)
    broken = re.sub(rb"(<cbc:Telephone>)[^<]*", rb"\1none", broken, count=1)
    found = {(one.rule_id, one.severity) for one in validate(broken) if one.layer == "xrechnung"}
    assert found == {("BR-DE-27", "warning"), ("BR-DE-28", "warning")}


def test_the_policy_of_a_customer_is_in_the_draft_and_its_entity_s_where_it_has_none() -> None:
    own = {"document_format": "xrechnung", "buyer_reference": LEITWEG}
    [drafted, by_entity, usual] = [the_draft(own), the_draft({**own, "customer_number": "mus:other"}), the_draft()]
    told = [(d.payload.get("document_format"), d.payload.get("buyer_reference")) for d in (drafted, by_entity, usual)]
    assert told == [("xrechnung", LEITWEG), (None, None), (None, None)]
    assert by_entity.payload == usual.payload
    issued = issue_invoice(
        draft_of(drafted.payload), entities()["MEU"], invoice_date=day(2), actor_kind=ActorKind.PERSON, actor="anna"
    )
    document = issued_invoice({**issued.payload, "document_number": "MEU-2026-00001"}, EUROPE, GERMAN)
    assert document.buyer_reference == LEITWEG


def test_pre_flight_stops_a_public_buyer_s_draft_until_its_reference_is_known() -> None:
    state = a_state(a_customer(entity="MEU"), a_contract_line(entity="MEU"))
    unknown, known = (
        a_policy_with({"document_format": "xrechnung", "buyer_reference": reference}) for reference in (None, LEITWEG)
    )
    [blocked] = draft_charges(state, unknown, business_date=day(1))
    assert (blocked.kind, blocked.reason_code) == ("draft_blocked", "BUYER_REFERENCE_MISSING")
    apply_decision(state, blocked)
    [finding] = invoicing_findings(state)
    assert (finding.subject_kind, finding.upstream_system, finding.upstream_field) == (
        "customer",
        "openitem",
        "customer_documents.buyer_reference",
    )
    [drafted] = draft_charges(state, known, business_date=day(2))
    assert (drafted.kind, drafted.payload["buyer_reference"]) == ("draft_created", LEITWEG)


def test_a_contract_s_own_reference_goes_before_the_customer_s() -> None:
    state = a_state(a_customer(entity="MEU"), a_contract_line(entity="MEU", buyer_reference="ROUTE-1"))
    policy = a_policy_with({"document_format": "xrechnung", "buyer_reference": LEITWEG})
    [drafted] = draft_charges(state, policy, business_date=day(1))
    assert drafted.payload["buyer_reference"] == "ROUTE-1"
    without = a_policy_with({"document_format": "xrechnung", "buyer_reference": None})
    assert [d.kind for d in draft_charges(state, without, business_date=day(1))] == ["draft_created"]


def test_a_record_made_before_names_our_customer_number_as_it_did() -> None:
    assert issued_invoice(a_record(), EUROPE, GERMAN).buyer_reference == GERMAN.customer_number
