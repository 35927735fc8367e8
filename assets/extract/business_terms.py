"""Which business term of EN 16931 an answer is about: by the term it names, or by the element it points to."""

from __future__ import annotations

import re

_TERM = re.compile(r"\bB[TG]-[0-9]{1,3}\b")
_INDEX = re.compile(r"\[[^\]]*\]|[A-Za-z]+:")

# The last steps of a path in UBL 2.1 or CII D16B, without prefixes and positions; the first that ends the path counts.
_PATHS: tuple[tuple[str, str], ...] = (
    ("LineTotalAmount", "BT-131"),
    ("OrderReference/ID", "BT-13"),
    ("BuyerOrderReferencedDocument/IssuerAssignedID", "BT-13"),
    ("ContractDocumentReference/ID", "BT-12"),
    ("ContractReferencedDocument/IssuerAssignedID", "BT-12"),
    ("BuyerReference", "BT-10"),
    ("AccountingCost", "BT-19"),
    ("AccountingCustomerParty/Party/EndpointID", "BT-49"),
    ("BuyerTradeParty/URIUniversalCommunication/URIID", "BT-49"),
    ("AccountingCustomerParty/Party/PartyTaxScheme/CompanyID", "BT-48"),
    ("BuyerTradeParty/SpecifiedTaxRegistration/ID", "BT-48"),
    ("AccountingCustomerParty/Party/PartyLegalEntity/CompanyID", "BT-47"),
    ("AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName", "BT-44"),
    ("BuyerTradeParty/Name", "BT-44"),
    ("AccountingSupplierParty/Party/PartyTaxScheme/CompanyID", "BT-31"),
    ("SellerTradeParty/SpecifiedTaxRegistration/ID", "BT-31"),
    ("PaymentTerms/Note", "BT-20"),
    ("SpecifiedTradePaymentTerms/Description", "BT-20"),
    ("PayeeFinancialAccount/ID", "BT-84"),
    ("PayeePartyCreditorFinancialAccount/IBANID", "BT-84"),
    ("DueDate", "BT-9"),
    ("DueDateDateTime/DateTimeString", "BT-9"),
    ("InvoiceTypeCode", "BT-3"),
    ("DocumentCurrencyCode", "BT-5"),
    ("IssueDate", "BT-2"),
    ("InvoicedQuantity", "BT-129"),
    ("BilledQuantity", "BT-129"),
    ("PriceAmount", "BT-146"),
    ("NetPriceProductTradePrice/ChargeAmount", "BT-146"),
    ("ClassifiedTaxCategory/Percent", "BT-152"),
    ("RateApplicablePercent", "BT-152"),
    ("ClassifiedTaxCategory/ID", "BT-151"),
    ("TaxInclusiveAmount", "BT-112"),
    ("GrandTotalAmount", "BT-112"),
    ("PayableAmount", "BT-115"),
    ("DuePayableAmount", "BT-115"),
    ("LineExtensionAmount", "BT-131"),
    ("Item/Name", "BT-153"),
    ("SpecifiedTradeProduct/Name", "BT-153"),
)


def business_term_of(*texts: str | None) -> str | None:
    """Return the first business term that the texts name, or that their paths lead to."""
    for text in texts:
        found = _TERM.search(text) if text else None
        if found:
            return found.group()
    for text in texts:
        steps = _INDEX.sub("", text).rstrip("/") if text and "/" in text else ""
        for ending, term in _PATHS:
            if steps == ending or steps.endswith(f"/{ending}"):
                return term
    return None
