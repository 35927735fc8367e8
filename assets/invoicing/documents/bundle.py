"""The documents of one invoice: PDF with the XML inside, UBL, CII, and what the official rules say about them.

`render_invoice` is what issuing calls. The same invoice gives the same bytes, so the record of an issued invoice is
enough to make its documents again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from assets.invoicing import receiving
from assets.invoicing.documents.cii import write_cii
from assets.invoicing.documents.letter import PrintedSlip, letter_of
from assets.invoicing.documents.model import E_MAIL_SCHEME, EN_16931, PEPPOL_BILLING, XRECHNUNG, Invoice
from assets.invoicing.documents.pdf import render_pdf
from assets.invoicing.documents.ubl import write_ubl
from assets.invoicing.documents.validation import Finding, is_valid, validate
from assets.invoicing.payment_codes.boleto import BankSlip, barcode_of, printed_line, typeable_line_of
from assets.invoicing.payment_codes.epc import SepaTransfer, epc_svg
from assets.invoicing.payment_codes.free_fields import (
    CollectionAccount,
    free_field_of,
    our_number,
    printed_bank_code,
)
from assets.invoicing.payment_codes.itf25 import itf25_svg
from assets.invoicing.payment_codes.pix import PixCharge, pix_payload
from assets.invoicing.payment_codes.qr import qr_svg
from assets.ledger.errors import BadInputError
from assets.ledger.money import minor_digits

MOST_DECIMALS = 2
IN_UBL = (None, "ubl", receiving.XRECHNUNG)
IN_CII = (None, "factur-x")
PDF_ALONE = "pdf"


@dataclass(frozen=True, slots=True)
class InvoiceDocuments:
    """All files of one invoice, and the findings about them; no XML where EN 16931 cannot hold the amounts."""

    number: str
    pdf: bytes
    ubl: bytes | None
    cii: bytes | None
    findings: tuple[Finding, ...]

    @property
    def is_issuable(self) -> bool:
        """Return whether no rule that binds was broken."""
        return is_valid(self.findings)

    @property
    def digest(self) -> str:
        """Return a hash of all files: equal digests, equal documents."""
        whole = hashlib.sha256()
        for part in (self.pdf, self.ubl or b"", self.cii or b""):
            whole.update(hashlib.sha256(part).digest())
        return whole.hexdigest()


def render_invoice(
    invoice: Invoice,
    *,
    language: str | None = None,
    logo_svg: str | None = None,
    pix_key: str | None = None,
    collection_account: CollectionAccount | None = None,
    with_peppol: bool = False,
    is_validated: bool = True,
    is_e_invoice: bool = True,
    document_format: str | None = None,
) -> InvoiceDocuments:
    """Return the documents of an invoice with what schema and official rules say about each of its two XML forms.

    `is_validated=False` leaves the rules out, for documents that were validated when they were issued;
    `is_e_invoice=False` makes the PDF alone, and `document_format` only what the customer takes.
    """
    findings: list[Finding] = []
    ubl = cii = None
    if not is_e_invoice:
        pass
    elif _fits_the_standard(invoice):
        ubl, cii = _ubl(invoice, document_format), _cii(invoice, document_format)
        if is_validated:
            findings += validate(cii) if cii else ()
            findings += validate(ubl, with_peppol=with_peppol) if ubl else ()
    elif document_format != PDF_ALONE:
        text = (
            f"EN 16931 holds amounts of {MOST_DECIMALS} decimals, {invoice.currency_code} has "
            f"{minor_digits(invoice.currency_code)} and this invoice uses them: it is a PDF without an e-invoice."
        )
        findings.append(Finding("DOC-DECIMALS", "warning", text, "/", "document"))
    code, found = _payment_code(invoice, pix_key)
    slip, not_made = _slip(invoice, collection_account)
    found += not_made
    letter = letter_of(
        invoice,
        language=language,
        logo_svg=logo_svg,
        payment_code_svg=code,
        slip=slip,
        customer_number=invoice.buyer.identifiers[0].value if invoice.buyer.identifiers else None,
    )
    pdf = render_pdf(letter, cii, dated=invoice.issued_on)
    if pdf.unprintable:
        text = f"No font has `{pdf.unprintable}`; the PDF shows `?` instead. The XML holds the text as it is."
        found.append(Finding("DOC-GLYPHS", "warning", text, "/", "document"))
    return InvoiceDocuments(invoice.number, pdf.content, ubl, cii, tuple(dict.fromkeys([*findings, *found])))


def electronic_forms(invoice: Invoice, document_format: str | None = None) -> tuple[bytes, ...]:
    """Return the XML forms a customer takes, UBL and CII; none where EN 16931 cannot hold the amounts."""
    if not _fits_the_standard(invoice):
        return ()
    forms = _ubl(invoice, document_format), _cii(invoice, document_format)
    return tuple(form for form in forms if form is not None)


def _ubl(invoice: Invoice, document_format: str | None) -> bytes | None:
    if document_format not in IN_UBL:
        return None
    return write_ubl(replace(invoice, specification=_ubl_profile(invoice, document_format)))


def _cii(invoice: Invoice, document_format: str | None) -> bytes | None:
    return write_cii(replace(invoice, specification=EN_16931)) if document_format in IN_CII else None


def _ubl_profile(invoice: Invoice, document_format: str | None) -> str:
    """Return Peppol's profile where both parties have an address in its network, else plain EN 16931."""
    if document_format == receiving.XRECHNUNG:
        return XRECHNUNG
    addresses = [party.electronic_address for party in (invoice.seller, invoice.buyer)]
    is_reachable = all(address is not None and address.scheme != E_MAIL_SCHEME for address in addresses)
    return PEPPOL_BILLING if is_reachable else EN_16931


def _fits_the_standard(invoice: Invoice) -> bool:
    """Return whether all amounts of a three-decimal currency can be written with two."""
    if minor_digits(invoice.currency_code) <= MOST_DECIMALS:
        return True
    totals = invoice.totals
    amounts = [totals.net_amount, totals.total_amount, totals.tax_amount or totals.net_amount]
    amounts += [line.net_amount for line in invoice.lines]
    return all(amount == round(amount, MOST_DECIMALS) for amount in amounts)


def _payment_code(invoice: Invoice, pix_key: str | None) -> tuple[str | None, list[Finding]]:
    """Return the QR code to pay by: SEPA for euro, PIX for real; none where the standard of the code forbids it."""
    transfers = invoice.payment.transfers if invoice.payment else ()
    amount = invoice.totals.payable_amount
    if invoice.is_credit or amount <= 0:
        return None, []
    try:
        if invoice.currency_code == "EUR" and transfers and transfers[0].is_iban:
            first = transfers[0]
            name = (first.account_name or invoice.seller.name)[:70]
            transfer = SepaTransfer(name, first.account, amount, bic=first.service_provider, text=invoice.number)
            return epc_svg(transfer).decode(), []
        if invoice.currency_code == "BRL" and pix_key:
            txid = "".join(char for char in invoice.number if char.isascii() and char.isalnum())[:25]
            city = invoice.seller.address.city or ""
            charge = PixCharge(pix_key, invoice.seller.name, city, amount, txid=txid or None)
            return qr_svg(pix_payload(charge)).decode(), []
    except BadInputError as error:
        return None, [Finding("DOC-PAYMENT-CODE", "warning", f"No payment code is printed: {error}", "/", "document")]
    return None, []


def _slip(invoice: Invoice, account: CollectionAccount | None) -> tuple[PrintedSlip | None, list[Finding]]:
    """Return the bank slip of an invoice in real; none where nothing is owed or the bank's rules do not allow it."""
    amount = invoice.totals.payable_amount
    if account is None or invoice.currency_code != "BRL" or invoice.is_credit or amount <= 0:
        return None, []
    try:
        number = our_number(invoice.number)
        barcode = barcode_of(BankSlip(account.bank_code, amount, invoice.due_on, free_field_of(account, number)))
    except BadInputError as error:
        return None, [Finding("DOC-BANK-SLIP", "warning", f"No bank slip is printed: {error}", "/", "document")]
    line = printed_line(typeable_line_of(barcode))
    return PrintedSlip(printed_bank_code(account.bank_code), line, itf25_svg(barcode).decode(), number), []
