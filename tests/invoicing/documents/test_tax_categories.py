"""The VAT category that finance gave a tax code is on every surface of the invoice, with why no VAT is charged."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from assets.invoicing.documents.bundle import electronic_forms, render_invoice
from assets.invoicing.documents.issued_invoice import Buyer, issued_invoice
from assets.invoicing.documents.model import Invoice
from assets.invoicing.documents.reading import read_invoice
from assets.invoicing.documents.validation import is_valid, validate
from assets.invoicing.drafting import draft_charge
from assets.invoicing.policy import InvoicingPolicy
from assets.invoicing.taxing import EXPORT, OUTSIDE_VAT, TaxTreatment
from assets.invoicing.triggers import charges_due
from assets.ledger.crediting import Credited, credit_of, issue_credit_memo
from assets.ledger.decision import ActorKind
from assets.ledger.documents import Draft, draft_of
from assets.ledger.issuing import issue_invoice
from assets.ledger.policy import Policy
from tests.close.builders import (
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_shipment,
    an_order,
    an_order_line,
    day,
    entities,
)
from tests.invoicing.documents.builders import BRITISH, DUTCH, EUROPE, GERMAN, a_record
from tests.invoicing.test_recurring import decide, learn
from tests.ledger.test_day import a_state

pypdf = pytest.importorskip("pypdf")
pytest.importorskip("saxonche")

GOODS, SERVICES = "goods", "retainer"
EXEMPT = "Steuerfrei nach § 4 UStG"


def with_rates(*codes: Mapping[str, Any]) -> InvoicingPolicy:
    """Return the committed policy with further tax codes."""
    tables = dict(a_policy().tables)
    blank = dict.fromkeys(tables["tax_rates"][0])
    rates = [blank | {"legal_entity_id": "MEU", "requires_tax_id": "false", **code} for code in codes]
    return InvoicingPolicy.from_policy(Policy.from_rows({**tables, "tax_rates": [*tables["tax_rates"], *rates]}))


POLICY = with_rates(
    {"tax_code": "DEZ", "tax_rate": "0", "tax_category": "Z"},
    {"tax_code": "OPEN", "tax_rate": "0", "tax_category": "E"},
    {"tax_code": "SCHOOL", "tax_rate": "0", "tax_category": "E", "exemption_code": "VATEX-EU-132"},
    {"tax_code": "KALL", "tax_rate": "0", "tax_category": "K"},
)


def a_draft(tax_code: str, kind: str) -> Draft:
    """Return the draft of goods or of a retainer at a tax code."""
    customer = a_customer(entity="MEU", tax_id="DE450000020")
    if kind == GOODS:
        bought = an_order(entity="MEU", tax_code=tax_code), an_order_line(), a_shipment()
        state = a_state(customer, a_frame_agreement(entity="MEU"), *bought)
    else:
        state = a_state(customer, a_contract_line(entity="MEU", tax_code=tax_code))
    [charge] = charges_due(state, day(5))
    draft, _ = draft_charge(charge, state, POLICY, day(5))
    return draft


def documents_of(draft: Draft, buyer: Buyer) -> tuple[Invoice, Invoice]:
    """Return the invoice of a draft and the credit memo of it, as their records tell them."""
    issued = issue_invoice(draft, entities()["MEU"], invoice_date=day(6), actor_kind=ActorKind.PERSON, actor="anna")
    number = {"document_number": "MEU-2026-00001"}
    billed = draft_of(issued.payload)
    memo = issue_credit_memo(
        billed, entities()["MEU"], credit_of(billed, "MEU-2026-00001", Credited()), Credited(),
        document_key="k", document_number="MEU-2026-00001", credit_memo_date=day(7),
        actor_kind=ActorKind.PERSON, actor="anna", reason_code="GOODS_RETURNED",
    )  # fmt: skip
    as_memo = {"document_number": "MEUC-2026-00001", "document_type": "credit_memo", "document_date": "2026-03-07"}
    return (
        issued_invoice({**issued.payload, **number}, EUROPE, buyer),
        issued_invoice({**memo.payload, **as_memo}, EUROPE, buyer),
    )


@pytest.mark.parametrize("document", [0, 1], ids=["invoice", "credit memo"])
@pytest.mark.parametrize(
    ("tax_code", "kind", "buyer", "expected"),
    [
        ("DE19", GOODS, GERMAN, ("S", Decimal(19), None, None)),
        ("DE7", SERVICES, GERMAN, ("S", Decimal(7), None, None)),
        ("DE0", GOODS, GERMAN, ("E", Decimal(0), None, EXEMPT)),
        ("DE0", SERVICES, GERMAN, ("E", Decimal(0), None, EXEMPT)),
        ("DE0", GOODS, DUTCH, ("E", Decimal(0), None, EXEMPT)),
        ("SCHOOL", SERVICES, GERMAN, ("E", Decimal(0), "VATEX-EU-132", None)),
        ("DEZ", GOODS, GERMAN, ("Z", Decimal(0), None, None)),
        ("EU0", GOODS, DUTCH, ("K", Decimal(0), "VATEX-EU-IC", "Intra-community supply")),
        ("EU0", SERVICES, DUTCH, ("AE", Decimal(0), "VATEX-EU-AE", "Reverse charge")),
        ("EURC", SERVICES, DUTCH, ("AE", Decimal(0), "VATEX-EU-AE", "Reverse charge")),
        ("KALL", SERVICES, DUTCH, ("K", Decimal(0), "VATEX-EU-IC", "Intra-community supply")),
        ("EURC", SERVICES, GERMAN, ("AE", Decimal(0), "VATEX-EU-AE", "Reverse charge")),
        ("GB0", GOODS, BRITISH, ("G", Decimal(0), "VATEX-EU-G", "Export outside the EU")),
        ("GB0", SERVICES, BRITISH, ("O", None, "VATEX-EU-O", "Not subject to VAT")),
    ],
    ids=[
        "S standard", "S reduced", "E goods", "E services", "E for a customer abroad", "E by code", "Z", "K goods",
        "AE where the code of goods bills services", "AE", "K where policy says so of services", "AE at home",
        "G goods", "O services",
    ],
)  # fmt: skip
def test_the_category_of_the_tax_code_stands_on_both_syntaxes_and_is_valid(
    tax_code: str, kind: str, buyer: Buyer, expected: tuple[str, Decimal | None, str | None, str | None], document: int
) -> None:
    made = documents_of(a_draft(tax_code, kind), buyer)[document]
    forms = electronic_forms(made)
    assert len(forms) == 2
    for form in forms:
        assert is_valid(validate(form)), validate(form)
        read = read_invoice(form).invoice
        [subtotal] = read.tax_subtotals
        told = subtotal.tax.category, subtotal.tax.percent, subtotal.exemption_code, subtotal.exemption_reason
        assert told == expected
        assert {line.tax.category for line in read.lines} == {expected[0]}


def test_br_e_10_an_exempt_sale_at_home_was_zero_rated_without_a_reason() -> None:
    invoice, _ = documents_of(a_draft("DE0", GOODS), GERMAN)
    [subtotal] = invoice.tax_subtotals
    assert (subtotal.tax.category, subtotal.exemption_reason) == ("E", EXEMPT)
    pages = pypdf.PdfReader(io.BytesIO(render_invoice(invoice, is_validated=False).pdf)).pages
    assert EXEMPT in "".join(page.extract_text() for page in pages)


def test_br_e_10_an_exemption_that_policy_gives_no_reason_for_is_refused() -> None:
    invoice, _ = documents_of(a_draft("OPEN", GOODS), GERMAN)
    for form in electronic_forms(invoice):
        assert {one.rule_id for one in validate(form) if one.severity == "fatal"} == {"BR-E-10"}


@pytest.mark.parametrize(
    ("buyer", "kind", "expected"),
    [
        (GERMAN, GOODS, TaxTreatment("Z")),
        (BRITISH, GOODS, EXPORT),
        (BRITISH, SERVICES, OUTSIDE_VAT),
    ],
    ids=["at home", "goods abroad", "services abroad"],
)
def test_a_record_made_before_categories_were_named_is_rendered_as_it_was(
    buyer: Buyer, kind: str, expected: TaxTreatment
) -> None:
    [subtotal] = issued_invoice(a_record(rate="0", kind=kind), EUROPE, buyer).tax_subtotals
    told = TaxTreatment(subtotal.tax.category, subtotal.exemption_code, subtotal.exemption_reason)
    assert told == expected


def test_a_draft_recorded_before_is_read_and_written_as_it_was_and_is_not_made_anew() -> None:
    state = a_state(a_customer(), a_contract_line())
    [created] = decide(state, day(1))
    named = ("tax_category", "tax_exemption_code", "tax_exemption_reason")
    before = {name: value for name, value in created.payload.items() if name not in named}
    old = draft_of(before)
    assert old.as_payload().keys() <= before.keys()
    assert old != draft_of(created.payload)
    charge = state.charges[created.subject_key]
    state.add_charge(replace(charge, draft=old))
    learn(state, a_contract_line(known=2))
    assert decide(state, date(2026, 3, 3)) == []
    learn(state, a_contract_line(version=2, known=4, purchase_order_number="PO-1"))
    assert [d.kind for d in decide(state, date(2026, 3, 4))] == ["draft_withdrawn", "draft_created"]
