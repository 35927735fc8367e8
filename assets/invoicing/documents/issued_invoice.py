"""What does an issued invoice say in the terms of EN 16931? The recorded decision and master data in, the model out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from assets.invoicing.documents.model import (
    CREDIT_MEMO,
    E_MAIL_SCHEME,
    INVOICE,
    PEPPOL_PROCESS,
    Address,
    Contact,
    CreditTransfer,
    Delivery,
    Identifier,
    Invoice,
    Item,
    Line,
    Note,
    Party,
    Payment,
    Period,
    PrecedingInvoice,
    Price,
    Tax,
    TaxSubtotal,
    Totals,
)
from assets.invoicing.payment_codes.free_fields import CollectionAccount
from assets.invoicing.receiving import XRECHNUNG
from assets.invoicing.taxing import TaxTreatment, tax_treatment
from assets.ledger.documents import DocumentLine, lines_of
from assets.ledger.languages import LOCALES, language_of
from assets.ledger.money import minor_digits
from assets.ledger.terms import PaymentTerms

UNIT = "C62"  # UN/ECE Recommendation 20: one; what is billed is counted, not measured
SEPA_TRANSFER, TRANSFER, CLEARING = "58", "30", "97"
PROVISIONAL_NUMBER = "PROVISIONAL"
MOST_DECIMALS = 2  # EN 16931 holds amounts of two decimals at most
# Electronic address schemes of VAT ids (EAS): where a party is found in the Peppol network by its VAT id.
VAT_ID_SCHEMES = {
    "AT": "9914", "BE": "9925", "BG": "9926", "CY": "9928", "CZ": "9929", "DE": "9930", "EE": "9931", "ES": "9920",
    "FR": "9957", "GB": "9932", "GR": "9933", "HR": "9934", "HU": "9910", "IE": "9935", "IT": "0211", "LT": "9937",
    "LU": "9938", "LV": "9939", "MT": "9943", "NL": "9944", "PL": "9945", "PT": "9946", "RO": "9947", "SE": "9955",
    "SI": "9949", "SK": "9950",
}  # fmt: skip
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")


@dataclass(frozen=True, slots=True)
class Seller:
    """What our documents say of one legal entity: the seed `letterheads`, and its bank accounts by currency."""

    legal_entity_id: str
    name: str
    country_code: str
    address_line: str | None = None
    postal_code: str | None = None
    city: str | None = None
    subdivision: str | None = None
    vat_id: str | None = None
    tax_registration: str | None = None
    registration_number: str | None = None
    legal_information: str | None = None
    contact_name: str | None = None
    telephone: str | None = None
    email: str | None = None
    electronic_address: str | None = None
    electronic_address_scheme: str | None = None
    pix_key: str | None = None
    slip_bank_code: str | None = None  # who collects by bank slip in Brazil, and under which agreement
    slip_agency: str | None = None
    slip_account: str | None = None
    slip_wallet: str | None = None
    slip_agreement: str | None = None
    accounts: tuple[tuple[str, str], ...] = ()  # (currency, IBAN or account number)

    @property
    def collection_account(self) -> CollectionAccount | None:
        """Return the account that bank slips are paid to; None where the entity collects by none."""
        if self.country_code != "BR" or not self.slip_bank_code:
            return None
        parts = (self.slip_agency, self.slip_account, self.slip_wallet, self.slip_agreement)
        return CollectionAccount(self.slip_bank_code, *(part or "" for part in parts))


@dataclass(frozen=True, slots=True)
class Buyer:
    """What a document says of the customer."""

    customer_number: str
    name: str
    country_code: str | None = None
    address_line: str | None = None
    postal_code: str | None = None
    city: str | None = None
    tax_id: str | None = None
    email: str | None = None
    language: str | None = None  # in which we write to them; None: that of their country


def issued_invoice(
    payload: Mapping[str, Any], seller: Seller, buyer: Buyer, *, terms: PaymentTerms | None = None
) -> Invoice:
    """Return the document of a recorded `invoice_issued`, or of a credit memo with `document_type` credit_memo.

    Amounts are taken as recorded, never computed again: the rules that check the document would see a difference.
    """
    is_credit = payload.get("document_type") == "credit_memo"
    treatment = tax_treatment(payload, seller.country_code, buyer.country_code)
    tax = Tax(treatment.category, None if treatment.category == "O" else _plain(Decimal(payload["tax_rate"]) * 100))
    currency_code = str(payload["currency_code"])
    net, tax_amount, total = (
        _amount(payload[name], currency_code) for name in ("net_amount", "tax_amount", "total_amount")
    )
    issued_on = date.fromisoformat(payload.get("document_date") or payload["invoice_date"])
    due_on = None if is_credit or not payload.get("due_date") else date.fromisoformat(payload["due_date"])
    number = str(payload["document_number"])
    return Invoice(
        number=number,
        issued_on=issued_on,
        type_code=CREDIT_MEMO if is_credit else INVOICE,
        currency_code=currency_code,
        seller=_seller(seller, treatment),
        buyer=_buyer(buyer, treatment),
        lines=tuple(_line(line, tax, currency_code) for line in lines_of(payload["lines"])),
        totals=Totals(net, net, total, total, tax_amount=tax_amount),
        tax_subtotals=(TaxSubtotal(net, tax_amount, tax, clean(treatment.exemption_reason), treatment.exemption_code),),
        business_process=PEPPOL_PROCESS,
        due_on=due_on,
        buyer_reference=clean(payload.get("buyer_reference")) or _usual_reference(payload, buyer),
        contract=clean(payload.get("contract_id")),
        purchase_order=clean(payload.get("purchase_order_number")),
        sales_order=clean(payload.get("order_number")),
        payment_terms=_terms_text(issued_on, due_on, terms, buyer, is_credit),
        notes=tuple(Note(text) for text in [clean(payload.get("reason_text"))] if text),
        preceding=_preceding(payload),
        delivery=_delivery(payload, buyer, treatment),
        period=_period(payload),
        payment=Payment(CLEARING) if is_credit else _payment(seller, number, currency_code),
    )


def provisional(draft: Mapping[str, Any], *, invoice_date: date) -> dict[str, Any]:
    """Return a draft as if it were issued that day: so that the rules can refuse it before it takes a number."""
    due_date = invoice_date + timedelta(days=int(draft.get("due_days") or 0))
    dates = {"invoice_date": invoice_date.isoformat(), "due_date": due_date.isoformat()}
    return {**draft, **dates, "document_number": PROVISIONAL_NUMBER}


def clean(value: Any) -> str | None:
    """Return a text as it may stand in a document: one line, no control characters, nothing that turns text around."""
    if value is None:
        return None
    kept = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in str(value)
        if (unicodedata.category(char) not in ("Cf", "Cs") and char not in "\ufffe\uffff") or char in "\u200c\u200d"
    )
    return " ".join(kept.split()) or None


def _amount(text: Any, currency_code: str) -> Decimal:
    """Return an amount with its currency's decimals, but two where the third is zero: more the standard cannot hold."""
    value = Decimal(text)
    digits = minor_digits(currency_code)
    for places in (min(digits, MOST_DECIMALS), digits):
        rounded = value.quantize(Decimal(1).scaleb(-places))
        if rounded == value:
            return rounded
    return value


def _plain(value: Decimal) -> Decimal:
    """Return a number without trailing zeros and without exponent."""
    return Decimal(format(value.normalize(), "f"))


def _seller(seller: Seller, treatment: TaxTreatment) -> Party:
    """Return the seller; where VAT does not apply, its VAT id must not be named (BR-O-02)."""
    named = (
        Identifier(seller.electronic_address, seller.electronic_address_scheme) if seller.electronic_address else None
    )
    return Party(
        name=clean(seller.name) or "",
        address=Address(
            line_1=clean(seller.address_line),
            city=clean(seller.city),
            postal_code=clean(seller.postal_code),
            subdivision=clean(seller.subdivision),
            country_code=seller.country_code,
        ),
        legal_registration=_optional_identifier(seller.registration_number),
        vat_id=None if treatment.category == "O" else clean(seller.vat_id),
        tax_registration=clean(seller.tax_registration),
        legal_information=clean(seller.legal_information),
        electronic_address=named or _electronic(clean(seller.vat_id), seller.country_code, seller.email),
        contact=Contact(clean(seller.contact_name), clean(seller.telephone), clean(seller.email))
        if seller.contact_name or seller.email
        else None,
    )


def _buyer(buyer: Buyer, treatment: TaxTreatment) -> Party:
    """Return the buyer; a tax id that does not begin with its country is a registration, not a VAT id."""
    tax_id = (clean(buyer.tax_id) or "").replace(" ", "")
    prefixes = {"GR": ("EL", "GR"), "GB": ("GB", "XI")}.get(buyer.country_code or "", (buyer.country_code or "??",))
    is_vat_id = tax_id.startswith(prefixes)
    return Party(
        name=clean(buyer.name) or "",
        address=_address(buyer),
        identifiers=(Identifier(buyer.customer_number),),
        legal_registration=None if is_vat_id else _optional_identifier(tax_id),
        vat_id=tax_id if is_vat_id and treatment.category != "O" else None,
        electronic_address=_electronic(tax_id if is_vat_id else None, buyer.country_code, buyer.email),
    )


def _usual_reference(payload: Mapping[str, Any], buyer: Buyer) -> str | None:
    """Return the number we know the buyer by: Peppol asks for some reference, a German public buyer for its own."""
    return None if payload.get("document_format") == XRECHNUNG else buyer.customer_number


def _optional_identifier(value: str | None) -> Identifier | None:
    text = clean(value)
    return Identifier(text) if text else None


def _electronic(vat_id: str | None, country_code: str | None, email: str | None) -> Identifier | None:
    """Return the address in the network by VAT id, else the e-mail address under its own scheme."""
    scheme = VAT_ID_SCHEMES.get(country_code or "")
    if vat_id and scheme:
        return Identifier(vat_id, scheme)
    return Identifier(email, E_MAIL_SCHEME) if email else None


def _line(line: DocumentLine, tax: Tax, currency_code: str) -> Line:
    """Return a line; what is deducted has a negative quantity, because a price may not be negative (BR-27)."""
    sign = -1 if line.unit_price < 0 else 1
    return Line(
        line_id=str(line.line_number),
        quantity=_plain(line.quantity * sign),
        unit=UNIT,
        net_amount=_amount(line.net_amount, currency_code),
        price=Price(_plain(line.unit_price * sign)),
        item=Item(clean(line.description) or "", seller_id=clean(line.product_id)),
        tax=tax,
    )


def _delivery(payload: Mapping[str, Any], buyer: Buyer, treatment: TaxTreatment) -> Delivery | None:
    """Return when it was delivered or complete, and for goods where (an intra-community supply must say both)."""
    day = payload.get("period_end") or payload.get("triggered_date")
    delivered_on = date.fromisoformat(day) if day else None
    says_where = payload["charge_kind"] == "goods" or treatment.category == "K"
    if not says_where or buyer.country_code is None:
        return Delivery(delivered_on=delivered_on) if delivered_on else None
    return Delivery(delivered_on=delivered_on, address=_address(buyer))


def _address(buyer: Buyer) -> Address:
    return Address(
        line_1=clean(buyer.address_line),
        city=clean(buyer.city),
        postal_code=clean(buyer.postal_code),
        country_code=buyer.country_code,
    )


def _period(payload: Mapping[str, Any]) -> Period | None:
    start, end = (payload.get(name) for name in ("period_start", "period_end"))
    if not start and not end:
        return None
    return Period(*(date.fromisoformat(day) if day else None for day in (start, end)))


def _preceding(payload: Mapping[str, Any]) -> tuple[PrecedingInvoice, ...]:
    number, day = payload.get("credits_document_number"), payload.get("credits_document_date")
    return (PrecedingInvoice(str(number), date.fromisoformat(day) if day else None),) if number else ()


def _payment(seller: Seller, number: str, currency_code: str) -> Payment | None:
    """Return the account of the document's currency; none is named where there is none."""
    account = next((account for currency, account in seller.accounts if currency == currency_code), None)
    if account is None:
        return None
    is_iban = bool(_IBAN.fullmatch(account))
    means = SEPA_TRANSFER if is_iban and currency_code == "EUR" else TRANSFER
    return Payment(
        means_code=means,
        remittance=number,
        transfers=(CreditTransfer(account, clean(seller.name), is_iban=is_iban),),
    )


_TERMS_TEXT = {
    "en": ("Payable by {due}.", "{percent} % discount if paid by {discount_due}.", "Credited to your account."),
    "de": ("Zahlbar bis {due}.", "{percent} % Skonto bis {discount_due}.", "Wird Ihrem Konto gutgeschrieben."),
    "fr": (
        "Payable au plus tard le {due}.", "Escompte de {percent} % jusqu'au {discount_due}.", "Porté à votre crédit."),
    "pt": ("A pagar até {due}.", "Desconto de {percent} % até {discount_due}.", "Creditado na sua conta."),
}  # fmt: skip


def _terms_text(
    issued_on: date, due_on: date | None, terms: PaymentTerms | None, buyer: Buyer, is_credit: bool
) -> str | None:
    language = buyer.language or language_of(buyer.country_code)
    payable, discount, credited = _TERMS_TEXT[language]
    if is_credit:
        return credited

    def day(value: date) -> str:
        return format_date(value, "medium", locale=LOCALES[language])

    texts = [payable.format(due=day(due_on))] if due_on else []
    if terms is not None and terms.discount_percent is not None and terms.discount_days is not None:
        until = issued_on + timedelta(days=terms.discount_days)
        percent = format_decimal(terms.discount_percent.normalize(), locale=LOCALES[language])
        texts.append(discount.format(percent=percent, discount_due=day(until)))
    return " ".join(texts) or None


def sellers_from(
    letterheads: Iterable[Mapping[str, Any]],
    entities: Iterable[Mapping[str, Any]],
    accounts: Iterable[Mapping[str, Any]],
) -> dict[str, Seller]:
    """Return our legal entities as sellers, from the seeds legal_entities, letterheads and bank_accounts."""
    heads = {str(row["legal_entity_id"]): row for row in letterheads}
    banks: dict[str, list[tuple[str, str]]] = {}
    for row in accounts:
        account = str(row["currency_code"]), str(row["bank_account"])
        banks.setdefault(str(row["legal_entity_id"]), []).append(account)
    own = ("legal_entity_id", "name", "country_code", "accounts")
    names = [name for name in Seller.__dataclass_fields__ if name not in own]
    return {
        key: Seller(
            legal_entity_id=key,
            name=str(row["legal_entity_name"]),
            country_code=str(row["country_code"]),
            accounts=tuple(sorted(banks.get(key, []))),
            **{name: _text_or_none(heads.get(key, {}).get(name)) for name in names},
        )
        for row in entities
        if (key := str(row["legal_entity_id"]))
    }


def _text_or_none(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None
