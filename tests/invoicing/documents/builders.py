"""Sellers, buyers and recorded invoices for tests: only what a test is about has to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from assets.invoicing.documents.issued_invoice import Buyer, Seller, issued_invoice
from assets.invoicing.documents.model import Invoice
from assets.ledger.documents import DocumentLine, plain, totals

EUROPE = Seller(
    legal_entity_id="MEU",
    name="Meridian Europe GmbH",
    country_code="DE",
    address_line="Lindenstr. 12",
    postal_code="10969",
    city="Berlin",
    vat_id="DE136695976",
    tax_registration="29/123/45678",
    registration_number="HRB 123456 B",
    legal_information="Amtsgericht Charlottenburg (Berlin)",
    contact_name="Accounts Receivable",
    telephone="+49 30 555 0100",
    email="receivables@meridian-europe.example",
    accounts=(("EUR", "DE02120300000000202051"), ("GBP", "GB29NWBK60161331926819")),
)
AMERICA = Seller(
    legal_entity_id="MUS",
    name="Meridian US Inc",
    country_code="US",
    address_line="200 Harbor St",
    postal_code="02210",
    city="Boston",
    subdivision="MA",
    tax_registration="MA-10023456",
    registration_number="EIN 12-3456789",
    contact_name="Accounts Receivable",
    telephone="+1 617 555 0100",
    email="receivables@meridian-us.example",
    accounts=(("USD", "021000021-4471002"),),
)
GERMAN = Buyer("meu:1", "Stonebridge Logistik KG", "DE", "Hauptstr. 1", "50667", "Köln", "DE450000020", "ap@st.example")
DUTCH = Buyer("meu:2", "Ostfeld Handel N.V.", "NL", "Kade 2", "1012 AB", "Amsterdam", "NL560000219", "ap@of.example")
BRITISH = Buyer("meu:3", "Falkbridge Paper Ltd", "GB", "1 Quay", "E1 6AN", "London", "GB880000078", "ap@fb.example")
AMERICAN = Buyer("mus:1", "Ostgrid Systems Inc", "US", "1 Main St", "10001", "New York", "98-7654321", "ap@og.example")
FRENCH = Buyer("meu:4", "Moulin Frères SARL", "FR", "1 rue Haute", "75001", "Paris", "FR12345678901", "ap@mf.example")
BRAZILIAN = Buyer("mbr:1", "Padaria Ômega Ltda", "BR", "Rua Um, 1", "01000-000", "São Paulo", None, "ap@po.example")
PORTUGUESE = Buyer("meu:5", "Cais Novo Lda", "PT", "Rua Dois, 2", "1100-001", "Lisboa", "PT500000000", "ap@cn.example")

SELLERS = {"MEU": EUROPE, "MUS": AMERICA}
Lines = Sequence[tuple[str, str, str]]  # description, quantity, unit price


def a_record(
    *,
    lines: Lines = (("Platform retainer", "1", "1502.90"), ("Gadgets", "3", "19.99")),
    currency: str = "EUR",
    rate: str = "0.19",
    kind: str = "goods",
    entity: str = "MEU",
    number: str = "MEU-2026-00001",
    is_credit: bool = False,
    **changes: Any,
) -> dict[str, Any]:
    """Return the payload of an issued invoice, added up by the rounding rule."""
    priced = [
        DocumentLine.priced(position, name, Decimal(quantity), Decimal(price), currency, f"P-{position}")
        for position, (name, quantity, price) in enumerate(lines, 1)
    ]
    net, tax, total = totals(priced, Decimal(rate), currency)
    has_period = kind in ("retainer", "usage")
    record: dict[str, Any] = {
        "billing_key": f"order|SO-1|{number}|goods",
        "document_number": number,
        "legal_entity_id": entity,
        "customer_key": "customer",
        "charge_kind": kind,
        "currency_code": currency,
        "tax_rate": rate,
        "lines": [line.as_payload() for line in priced],
        "net_amount": plain(net),
        "tax_amount": plain(tax),
        "total_amount": plain(total),
        "invoice_date": "2026-03-01",
        "due_date": "2026-03-31",
        "triggered_date": "2026-02-27",
        "period_start": "2026-02-01" if has_period else None,
        "period_end": "2026-02-28" if has_period else None,
        "purchase_order_number": "PO-859165",
        "contract_id": "CT-1448" if has_period else None,
        "order_number": None if has_period else "SO-1",
        "terms_code": "NET30",
    }
    if is_credit:
        record |= {
            "document_type": "credit_memo",
            "credits_document_number": "MEU-2026-00000",
            "credits_document_date": "2026-02-01",
            "reason_text": "Goods returned",
        }
    return record | changes


def an_invoice(*, seller: Seller | None = None, buyer: Buyer = GERMAN, **record: Any) -> Invoice:
    """Return the document of a recorded invoice."""
    payload = a_record(**record)
    return issued_invoice(payload, seller or SELLERS[payload["legal_entity_id"]], buyer)


def named(buyer: Buyer, name: str) -> Buyer:
    """Return the buyer under another name."""
    return replace(buyer, name=name)
