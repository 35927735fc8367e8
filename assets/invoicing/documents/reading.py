"""An invoice document of either syntax read into the model."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from assets.invoicing.documents.cii import NAMESPACES
from assets.invoicing.documents.cii_reading import CiiReading, cii_reading
from assets.invoicing.documents.model import Invoice
from assets.invoicing.documents.ubl import CREDIT_NOTE_NAMESPACE, INVOICE_NAMESPACE
from assets.invoicing.documents.ubl_reading import UblReading, ubl_reading
from assets.invoicing.documents.xml_tree import parse_xml
from assets.ledger.errors import BadInputError

UBL_ROOTS = (f"{{{INVOICE_NAMESPACE}}}Invoice", f"{{{CREDIT_NOTE_NAMESPACE}}}CreditNote")
CII_ROOT = f"{{{NAMESPACES['rsm']}}}CrossIndustryInvoice"


@dataclass(frozen=True, slots=True)
class ReadInvoice:
    """What a document says, and the paths of what it says beyond EN 16931."""

    invoice: Invoice
    syntax: str  # ubl | cii
    unread: tuple[str, ...]


def read_invoice(content: bytes) -> ReadInvoice:
    """Return the invoice of a UBL or CII document; raise BadInputError with every fault when it cannot be read."""
    root = parse_xml(content)
    reading: UblReading | CiiReading
    if root.tag in UBL_ROOTS:
        syntax, reading = "ubl", ubl_reading(root)
    elif root.tag == CII_ROOT:
        syntax, reading = "cii", cii_reading(root)
    else:
        name = etree.QName(root)
        fault = f"its root is `{name.localname}` of `{name.namespace}`, neither UBL 2.1 nor Cross Industry Invoice"
        remedy = "Send a UBL Invoice or CreditNote, or a CII document; take the XML out of a PDF first."
        raise BadInputError("Cannot read the invoice", [fault], remedy=remedy)
    invoice = reading.read()
    return ReadInvoice(invoice, syntax, reading.unread())
