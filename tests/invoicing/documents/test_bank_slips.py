"""An invoice in real of a Brazilian entity carries its bank slip: barcode and the line that a payer types."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from assets.invoicing.documents.bundle import InvoiceDocuments, render_invoice
from assets.invoicing.documents.issued_invoice import Seller, issued_invoice
from assets.invoicing.payment_codes.boleto import barcode_in, read_barcode
from tests.invoicing.documents.builders import AMERICA, BRAZILIAN, a_record

pypdf = pytest.importorskip("pypdf")

BRAZIL = Seller(
    legal_entity_id="MBR",
    name="Meridian Brasil Ltda",
    country_code="BR",
    address_line="Av. Paulista, 1000",
    postal_code="01310-100",
    city="São Paulo",
    subdivision="SP",
    registration_number="CNPJ 12.345.678/0001-95",
    email="contas@meridian-brasil.example",
    pix_key="contas@meridian-brasil.example",
    slip_bank_code="001",
    slip_wallet="17",
    slip_agreement="1234567",
    accounts=(("BRL", "0001-12345-6"),),
)


def rendered(seller: Seller = BRAZIL, **changes: Any) -> InvoiceDocuments:
    record = a_record(number="MBR-2026-00001", entity="MBR", **({"rate": "0", "currency": "BRL"} | changes))
    account = seller.collection_account
    invoice = issued_invoice(record, seller, BRAZILIAN)
    return render_invoice(invoice, is_validated=False, pix_key=seller.pix_key, collection_account=account)


def text_of(made: InvoiceDocuments) -> str:
    pages = pypdf.PdfReader(io.BytesIO(made.pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def typed_line(text: str) -> str | None:
    """Return what a payer would type from the paper: the 54 printed characters that begin with the bank's code."""
    at = text.find("00190.")
    return text[at : at + 54] if at >= 0 else None


def test_the_line_a_payer_types_asks_for_the_invoice_s_amount_on_its_due_date() -> None:
    made = rendered()
    assert made.findings == ()
    line = typed_line(text_of(made))
    assert line is not None
    slip = read_barcode(barcode_in(line), near=date(2026, 3, 1))
    assert (slip.bank_code, slip.amount, slip.due_date) == ("001", Decimal("1562.87"), date(2026, 3, 31))
    assert slip.free_field == "000000" + "1234567" + "0002600001" + "17"


def test_letter_and_slip_of_a_brazilian_customer_are_portuguese() -> None:
    text = text_of(rendered())
    for said in (
        "Fatura MBR-2026-00001",
        "Valor a pagar BRL 1.562,87",
        "Vencimento 31/03/2026",
        "001-9",
        "R$ 1.562,87",
    ):
        assert said in text
    assert "Escaneie para pagar" in text


@pytest.mark.parametrize(
    ("seller", "changes"),
    [
        (BRAZIL, {"is_credit": True}),
        (BRAZIL, {"currency": "USD"}),
        (replace(BRAZIL, slip_bank_code=None), {}),
        (replace(AMERICA, slip_bank_code="001", slip_wallet="17", slip_agreement="1234567"), {}),
    ],
    ids=["a credit memo", "another currency", "no agreement with a bank", "an entity elsewhere"],
)
def test_no_slip_is_printed_where_none_can_be_paid(seller: Seller, changes: dict[str, Any]) -> None:
    assert typed_line(text_of(rendered(seller, **changes))) is None


def test_a_slip_that_the_bank_would_not_read_is_told_and_the_invoice_goes_out_without_it() -> None:
    made = rendered(replace(BRAZIL, slip_agreement="12"))
    assert [(found.rule_id, found.severity) for found in made.findings] == [("DOC-BANK-SLIP", "warning")]
    assert made.is_issuable
    assert typed_line(text_of(made)) is None


def test_a_letter_with_a_slip_is_the_same_to_the_byte_when_made_again() -> None:
    assert rendered().pdf == rendered().pdf
