"""UBL 2.1, as Peppol BIS Billing 3 and XRechnung use it: Invoice and CreditNote, written and read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from assets.invoicing.documents.model import (
    Address,
    AllowanceCharge,
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
    SupportingDocument,
    Tax,
    TaxRepresentative,
    TaxSubtotal,
)
from assets.invoicing.documents.xml_tree import Child, element, group, leaf, write_xml

COMMON = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
INVOICE_NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE_NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
NO_ORDER = "NA"  # UBL demands an order's id beside a sales order's; Peppol's word where there is none
OBJECT_CODE, PROJECT_CODE = "130", "50"


def write_ubl(invoice: Invoice) -> bytes:
    """Return the invoice as UBL Invoice, or CreditNote where its type is one."""
    is_credit = invoice.is_credit
    kind = "CreditNote" if is_credit else "Invoice"
    money = invoice.currency_code
    tax_point = [leaf("cbc:TaxPointDate", invoice.tax_point_date)]
    notes = [leaf("cbc:Note", _note(note)) for note in invoice.notes]
    type_code = leaf(f"cbc:{kind}TypeCode", invoice.type_code)
    root = element(
        kind,
        leaf("cbc:CustomizationID", invoice.specification),
        leaf("cbc:ProfileID", invoice.business_process),
        leaf("cbc:ID", invoice.number),
        leaf("cbc:IssueDate", invoice.issued_on),
        [*tax_point, type_code, *notes]
        if is_credit
        else [leaf("cbc:DueDate", invoice.due_on), type_code, *notes, *tax_point],
        leaf("cbc:DocumentCurrencyCode", money),
        leaf("cbc:TaxCurrencyCode", invoice.accounting_currency_code),
        leaf("cbc:AccountingCost", invoice.accounting_reference),
        leaf("cbc:BuyerReference", invoice.buyer_reference),
        _period(invoice.period, invoice.tax_point_code),
        _order(invoice),
        [_preceding(one.number, one.issued_on) for one in invoice.preceding],
        _reference("cac:DespatchDocumentReference", invoice.despatch_advice),
        _reference("cac:ReceiptDocumentReference", invoice.receiving_advice),
        _references(invoice),
        [_supporting(document) for document in invoice.supporting_documents],
        _object("cac:AdditionalDocumentReference", invoice.object_id),
        _project(invoice),
        group("cac:AccountingSupplierParty", _party(invoice.seller, _creditor_of_seller(invoice))),
        group("cac:AccountingCustomerParty", _party(invoice.buyer)),
        _payee(invoice),
        _representative(invoice.tax_representative),
        _delivery(invoice.delivery),
        _payment_means(invoice),
        group("cac:PaymentTerms", leaf("cbc:Note", invoice.payment_terms)),
        [_allowance(one, money) for one in invoice.allowances_charges],
        _tax_totals(invoice),
        _totals(invoice),
        [_line(line, money, is_credit) for line in invoice.lines],
    )
    namespace = CREDIT_NOTE_NAMESPACE if is_credit else INVOICE_NAMESPACE
    return write_xml(root, {"": namespace, **COMMON})


def _note(note: Note) -> str:
    return f"#{note.subject_code}#{note.text}" if note.subject_code else note.text


def _period(period: Period | None, code: str | None = None) -> Child:
    start, end = (period.start, period.end) if period else (None, None)
    return group(
        "cac:InvoicePeriod", leaf("cbc:StartDate", start), leaf("cbc:EndDate", end), leaf("cbc:DescriptionCode", code)
    )


def _order(invoice: Invoice) -> Child:
    if not invoice.purchase_order and not invoice.sales_order:
        return None
    return group(
        "cac:OrderReference",
        leaf("cbc:ID", invoice.purchase_order or NO_ORDER),
        leaf("cbc:SalesOrderID", invoice.sales_order),
    )


def _preceding(number: str, issued_on: date | None) -> Child:
    return group(
        "cac:BillingReference",
        group("cac:InvoiceDocumentReference", leaf("cbc:ID", number), leaf("cbc:IssueDate", issued_on)),
    )


def _reference(name: str, value: str | None) -> Child:
    return group(name, leaf("cbc:ID", value))


def _references(invoice: Invoice) -> list[Child]:
    """Return tender and contract in the order that each of the two documents has them."""
    tender = _reference("cac:OriginatorDocumentReference", invoice.tender)
    contract = _reference("cac:ContractDocumentReference", invoice.contract)
    return [contract] if invoice.is_credit else [tender, contract]


def _project(invoice: Invoice) -> list[Child]:
    """Return the project, which a credit note can only name as a document of type 50, and there the tender."""
    if not invoice.is_credit:
        return [_reference("cac:ProjectReference", invoice.project)]
    project = leaf("cbc:ID", invoice.project)
    as_document = group("cac:AdditionalDocumentReference", project, leaf("cbc:DocumentTypeCode", PROJECT_CODE))
    return [as_document if project else None, _reference("cac:OriginatorDocumentReference", invoice.tender)]


def _object(name: str, identifier: Identifier | None) -> Child:
    if identifier is None:
        return None
    return group(name, _identifier("cbc:ID", identifier), leaf("cbc:DocumentTypeCode", OBJECT_CODE))


def _supporting(document: SupportingDocument) -> Child:
    attached = document.attachment
    return group(
        "cac:AdditionalDocumentReference",
        leaf("cbc:ID", document.reference),
        leaf("cbc:DocumentDescription", document.description),
        group(
            "cac:Attachment",
            leaf(
                "cbc:EmbeddedDocumentBinaryObject",
                attached.content if attached else None,
                mimeCode=attached.mime_type if attached else None,
                filename=attached.file_name if attached else None,
            ),
            group("cac:ExternalReference", leaf("cbc:URI", document.location)),
        ),
    )


def _identifier(name: str, identifier: Identifier | None) -> Child:
    return leaf(name, identifier.value, schemeID=identifier.scheme) if identifier else None


def _party(party: Party, creditor_id: str | None = None) -> Child:
    return group(
        "cac:Party",
        _identifier("cbc:EndpointID", party.electronic_address),
        [group("cac:PartyIdentification", _identifier("cbc:ID", one)) for one in party.identifiers],
        group("cac:PartyIdentification", leaf("cbc:ID", creditor_id, schemeID="SEPA")),
        group("cac:PartyName", leaf("cbc:Name", party.trading_name)),
        _address("cac:PostalAddress", party.address),
        _tax_scheme(party.vat_id, "VAT"),
        _tax_scheme(party.tax_registration, "FC"),
        group(
            "cac:PartyLegalEntity",
            leaf("cbc:RegistrationName", party.name),
            _identifier("cbc:CompanyID", party.legal_registration),
            leaf("cbc:CompanyLegalForm", party.legal_information),
        ),
        _contact(party.contact),
    )


def _tax_scheme(company_id: str | None, scheme: str) -> Child:
    if not company_id:
        return None
    return group("cac:PartyTaxScheme", leaf("cbc:CompanyID", company_id), _scheme(scheme))


def _scheme(scheme: str = "VAT") -> Child:
    return group("cac:TaxScheme", leaf("cbc:ID", scheme))


def _contact(contact: Contact | None) -> Child:
    if contact is None:
        return None
    return group(
        "cac:Contact",
        leaf("cbc:Name", contact.name),
        leaf("cbc:Telephone", contact.telephone),
        leaf("cbc:ElectronicMail", contact.email),
    )


def _address(name: str, address: Address | None) -> Child:
    if address is None:
        return None
    return group(
        name,
        leaf("cbc:StreetName", address.line_1),
        leaf("cbc:AdditionalStreetName", address.line_2),
        leaf("cbc:CityName", address.city),
        leaf("cbc:PostalZone", address.postal_code),
        leaf("cbc:CountrySubentity", address.subdivision),
        group("cac:AddressLine", leaf("cbc:Line", address.line_3)),
        group("cac:Country", leaf("cbc:IdentificationCode", address.country_code)),
    )


def _creditor_of_seller(invoice: Invoice) -> str | None:
    return invoice.payment.creditor_id if invoice.payment and invoice.payee is None else None


def _payee(invoice: Invoice) -> Child:
    payee = invoice.payee
    if payee is None:
        return None
    creditor_id = invoice.payment.creditor_id if invoice.payment else None
    return group(
        "cac:PayeeParty",
        group("cac:PartyIdentification", _identifier("cbc:ID", payee.identifier)),
        group("cac:PartyIdentification", leaf("cbc:ID", creditor_id, schemeID="SEPA")),
        group("cac:PartyName", leaf("cbc:Name", payee.name)),
        group("cac:PartyLegalEntity", _identifier("cbc:CompanyID", payee.legal_registration)),
    )


def _representative(representative: TaxRepresentative | None) -> Child:
    if representative is None:
        return None
    return group(
        "cac:TaxRepresentativeParty",
        group("cac:PartyName", leaf("cbc:Name", representative.name)),
        _address("cac:PostalAddress", representative.address),
        _tax_scheme(representative.vat_id, "VAT"),
    )


def _delivery(delivery: Delivery | None) -> Child:
    if delivery is None:
        return None
    return group(
        "cac:Delivery",
        leaf("cbc:ActualDeliveryDate", delivery.delivered_on),
        group(
            "cac:DeliveryLocation",
            _identifier("cbc:ID", delivery.location),
            _address("cac:Address", delivery.address),
        ),
        group("cac:DeliveryParty", group("cac:PartyName", leaf("cbc:Name", delivery.party_name))),
    )


def _payment_means(invoice: Invoice) -> list[Child]:
    """Return one element per account to pay to, at least one; a credit note says there when it is due."""
    payment = invoice.payment
    due_on = invoice.due_on if invoice.is_credit else None
    if payment is None:
        return [group("cac:PaymentMeans", leaf("cbc:PaymentMeansCode", "1"), leaf("cbc:PaymentDueDate", due_on))] * (
            due_on is not None
        )
    transfers = payment.transfers or (None,)
    return [_one_payment(payment, transfer, due_on, transfer is transfers[0]) for transfer in transfers]


def _one_payment(payment: Payment, transfer: CreditTransfer | None, due_on: date | None, is_first: bool) -> Child:
    card = payment.card_number
    return group(
        "cac:PaymentMeans",
        leaf("cbc:PaymentMeansCode", payment.means_code, name=payment.means_text if is_first else None),
        leaf("cbc:PaymentDueDate", due_on),
        leaf("cbc:PaymentID", payment.remittance),
        group(
            "cac:CardAccount",
            leaf("cbc:PrimaryAccountNumberID", card),
            leaf("cbc:NetworkID", "mapped-from-cii" if card else None),
            leaf("cbc:HolderName", payment.card_holder),
        ),
        group(
            "cac:PayeeFinancialAccount",
            leaf("cbc:ID", transfer.account if transfer else None),
            leaf("cbc:Name", transfer.account_name if transfer else None),
            group("cac:FinancialInstitutionBranch", leaf("cbc:ID", transfer.service_provider if transfer else None)),
        ),
        group(
            "cac:PaymentMandate",
            leaf("cbc:ID", payment.mandate),
            group("cac:PayerFinancialAccount", leaf("cbc:ID", payment.debited_account)),
        ),
    )


def _allowance(one: AllowanceCharge, money: str) -> Child:
    return group(
        "cac:AllowanceCharge",
        leaf("cbc:ChargeIndicator", one.is_charge),
        leaf("cbc:AllowanceChargeReasonCode", one.reason_code),
        leaf("cbc:AllowanceChargeReason", one.reason),
        leaf("cbc:MultiplierFactorNumeric", one.percent),
        _amount("cbc:Amount", one.amount, money),
        _amount("cbc:BaseAmount", one.base_amount, money),
        _tax_category("cac:TaxCategory", one.tax) if one.tax else None,
    )


def _tax_category(name: str, tax: Tax, subtotal: TaxSubtotal | None = None) -> Child:
    return group(
        name,
        leaf("cbc:ID", tax.category),
        leaf("cbc:Percent", tax.percent),
        leaf("cbc:TaxExemptionReasonCode", subtotal.exemption_code if subtotal else None),
        leaf("cbc:TaxExemptionReason", subtotal.exemption_reason if subtotal else None),
        _scheme(),
    )


def _amount(name: str, amount: Decimal | None, money: str) -> Child:
    return leaf(name, amount, currencyID=money)


def _tax_totals(invoice: Invoice) -> list[Child]:
    money, totals = invoice.currency_code, invoice.totals
    subtotals = [
        group(
            "cac:TaxSubtotal",
            _amount("cbc:TaxableAmount", one.taxable_amount, money),
            _amount("cbc:TaxAmount", one.tax_amount, money),
            _tax_category("cac:TaxCategory", one.tax, one),
        )
        for one in invoice.tax_subtotals
    ]
    booked = invoice.accounting_currency_code
    tax_amount = totals.tax_amount
    if tax_amount is None and subtotals:  # UBL has no subtotals without their sum
        tax_amount = sum((one.tax_amount for one in invoice.tax_subtotals), Decimal(0))
    return [
        group("cac:TaxTotal", _amount("cbc:TaxAmount", tax_amount, money), subtotals),
        group("cac:TaxTotal", _amount("cbc:TaxAmount", totals.tax_amount_in_accounting_currency, booked))
        if booked
        else None,
    ]


def _totals(invoice: Invoice) -> Child:
    money, totals = invoice.currency_code, invoice.totals
    amounts: Iterable[tuple[str, Decimal | None]] = (
        ("LineExtensionAmount", totals.lines_amount),
        ("TaxExclusiveAmount", totals.net_amount),
        ("TaxInclusiveAmount", totals.total_amount),
        ("AllowanceTotalAmount", totals.allowances_amount),
        ("ChargeTotalAmount", totals.charges_amount),
        ("PrepaidAmount", totals.prepaid_amount),
        ("PayableRoundingAmount", totals.rounding_amount),
        ("PayableAmount", totals.payable_amount),
    )
    return group("cac:LegalMonetaryTotal", [_amount(f"cbc:{name}", amount, money) for name, amount in amounts])


def _line(line: Line, money: str, is_credit: bool) -> Child:
    quantity = "cbc:CreditedQuantity" if is_credit else "cbc:InvoicedQuantity"
    price = line.price
    has_discount = price.discount is not None or price.gross is not None
    discount = [
        leaf("cbc:ChargeIndicator", False),
        _amount("cbc:Amount", price.discount or Decimal(0), money),
        _amount("cbc:BaseAmount", price.gross, money),
    ]
    return group(
        "cac:CreditNoteLine" if is_credit else "cac:InvoiceLine",
        leaf("cbc:ID", line.line_id),
        leaf("cbc:Note", line.note),
        leaf(quantity, line.quantity, unitCode=line.unit),
        _amount("cbc:LineExtensionAmount", line.net_amount, money),
        leaf("cbc:AccountingCost", line.accounting_reference),
        _period(line.period),
        group("cac:OrderLineReference", leaf("cbc:LineID", line.order_line)),
        _object("cac:DocumentReference", line.object_id),
        [_allowance(one, money) for one in line.allowances_charges],
        _item(line.item, line.tax),
        group(
            "cac:Price",
            _amount("cbc:PriceAmount", price.net, money),
            leaf("cbc:BaseQuantity", price.base_quantity, unitCode=price.base_unit),
            group("cac:AllowanceCharge", discount) if has_discount else None,
        ),
    )


def _item(item: Item, tax: Tax) -> Child:
    return group(
        "cac:Item",
        leaf("cbc:Description", item.description),
        leaf("cbc:Name", item.name),
        group("cac:BuyersItemIdentification", leaf("cbc:ID", item.buyer_id)),
        group("cac:SellersItemIdentification", leaf("cbc:ID", item.seller_id)),
        group("cac:StandardItemIdentification", _identifier("cbc:ID", item.standard_id)),
        group("cac:OriginCountry", leaf("cbc:IdentificationCode", item.origin_country)),
        [_classification(one) for one in item.classifications],
        _tax_category("cac:ClassifiedTaxCategory", tax),
        [
            group("cac:AdditionalItemProperty", leaf("cbc:Name", name), leaf("cbc:Value", value))
            for name, value in item.attributes
        ],
    )


def _classification(one: Identifier) -> Child:
    code = leaf("cbc:ItemClassificationCode", one.value, listID=one.scheme, listVersionID=one.list_version)
    return group("cac:CommodityClassification", code)
