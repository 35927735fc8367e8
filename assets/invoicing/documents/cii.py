"""UN/CEFACT Cross Industry Invoice (D16B and later), as Factur-X and XRechnung use it, written."""

from __future__ import annotations

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
    Line,
    Party,
    Payment,
    Period,
    PrecedingInvoice,
    Price,
    SupportingDocument,
    Tax,
    TaxSubtotal,
)
from assets.invoicing.documents.xml_tree import Child, element, group, leaf, write_xml

NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
SUPPORTING_CODE, TENDER_CODE, OBJECT_CODE = "916", "50", "130"
# The model names the day VAT falls due by UNTDID 2005, CII by UNTDID 2475.
TAX_POINT_CODES = {"3": "5", "35": "29", "432": "72"}


def write_cii(invoice: Invoice) -> bytes:
    """Return the invoice as Cross Industry Invoice; a credit memo differs by its type code only."""
    guideline = leaf("ram:ID", invoice.specification)
    root = element(
        "rsm:CrossIndustryInvoice",
        element(
            "rsm:ExchangedDocumentContext",
            group("ram:BusinessProcessSpecifiedDocumentContextParameter", leaf("ram:ID", invoice.business_process)),
            group("ram:GuidelineSpecifiedDocumentContextParameter", guideline),
        ),
        element(
            "rsm:ExchangedDocument",
            leaf("ram:ID", invoice.number),
            leaf("ram:TypeCode", invoice.type_code),
            _moment("ram:IssueDateTime", invoice.issued_on),
            [
                group("ram:IncludedNote", leaf("ram:Content", note.text), leaf("ram:SubjectCode", note.subject_code))
                for note in invoice.notes
            ],
        ),
        element(
            "rsm:SupplyChainTradeTransaction",
            [_line(line) for line in invoice.lines],
            _agreement(invoice),
            _delivery(invoice),
            _settlement(invoice),
        ),
    )
    return write_xml(root, NAMESPACES)


def _moment(name: str, day: date | None, text: str = "udt:DateTimeString") -> Child:
    return group(name, leaf(text, day.strftime("%Y%m%d") if day else None, format="102"))


def _identifier(identifier: Identifier | None, own: str = "ram:ID", scheme: str = "ram:GlobalID") -> Child:
    if identifier is None:
        return None
    return leaf(scheme if identifier.scheme else own, identifier.value, schemeID=identifier.scheme)


def _named(name: str, identifier: Identifier | None) -> Child:
    return leaf(name, identifier.value, schemeID=identifier.scheme) if identifier else None


def _line(line: Line) -> Child:
    item = line.item
    return element(
        "ram:IncludedSupplyChainTradeLineItem",
        group(
            "ram:AssociatedDocumentLineDocument",
            leaf("ram:LineID", line.line_id),
            group("ram:IncludedNote", leaf("ram:Content", line.note)),
        ),
        group(
            "ram:SpecifiedTradeProduct",
            _named("ram:GlobalID", item.standard_id),
            leaf("ram:SellerAssignedID", item.seller_id),
            leaf("ram:BuyerAssignedID", item.buyer_id),
            leaf("ram:Name", item.name),
            leaf("ram:Description", item.description),
            [
                group("ram:ApplicableProductCharacteristic", leaf("ram:Description", name), leaf("ram:Value", value))
                for name, value in item.attributes
            ],
            [
                group(
                    "ram:DesignatedProductClassification",
                    leaf("ram:ClassCode", one.value, listID=one.scheme, listVersionID=one.list_version),
                )
                for one in item.classifications
            ],
            group("ram:OriginTradeCountry", leaf("ram:ID", item.origin_country)),
        ),
        element(
            "ram:SpecifiedLineTradeAgreement",
            group("ram:BuyerOrderReferencedDocument", leaf("ram:LineID", line.order_line)),
            _gross_price(line.price),
            group(
                "ram:NetPriceProductTradePrice", leaf("ram:ChargeAmount", line.price.net), _base_quantity(line.price)
            ),
        ),
        element("ram:SpecifiedLineTradeDelivery", leaf("ram:BilledQuantity", line.quantity, unitCode=line.unit)),
        element(
            "ram:SpecifiedLineTradeSettlement",
            group("ram:ApplicableTradeTax", _tax(line.tax)),
            _period(line.period),
            [_allowance(one) for one in line.allowances_charges],
            group("ram:SpecifiedTradeSettlementLineMonetarySummation", leaf("ram:LineTotalAmount", line.net_amount)),
            _object(line.object_id),
            group("ram:ReceivableSpecifiedTradeAccountingAccount", leaf("ram:ID", line.accounting_reference)),
        ),
    )


def _base_quantity(price: Price) -> Child:
    return leaf("ram:BasisQuantity", price.base_quantity, unitCode=price.base_unit)


def _gross_price(price: Price) -> Child:
    if price.gross is None:
        return None
    discount = leaf("ram:ActualAmount", price.discount)
    return group(
        "ram:GrossPriceProductTradePrice",
        leaf("ram:ChargeAmount", price.gross),
        _base_quantity(price),
        group("ram:AppliedTradeAllowanceCharge", _indicator(False), discount) if discount else None,
    )


def _indicator(is_charge: bool) -> Child:
    return group("ram:ChargeIndicator", leaf("udt:Indicator", is_charge))


def _tax(tax: Tax) -> list[Child]:
    return [
        leaf("ram:TypeCode", "VAT"),
        leaf("ram:CategoryCode", tax.category),
        leaf("ram:RateApplicablePercent", tax.percent),
    ]


def _period(period: Period | None) -> Child:
    if period is None:
        return None
    start, end = _moment("ram:StartDateTime", period.start), _moment("ram:EndDateTime", period.end)
    return group("ram:BillingSpecifiedPeriod", start, end)


def _allowance(one: AllowanceCharge) -> Child:
    return group(
        "ram:SpecifiedTradeAllowanceCharge",
        _indicator(one.is_charge),
        leaf("ram:CalculationPercent", one.percent),
        leaf("ram:BasisAmount", one.base_amount),
        leaf("ram:ActualAmount", one.amount),
        leaf("ram:ReasonCode", one.reason_code),
        leaf("ram:Reason", one.reason),
        group("ram:CategoryTradeTax", _tax(one.tax)) if one.tax else None,
    )


def _object(identifier: Identifier | None) -> Child:
    if identifier is None:
        return None
    return group(
        "ram:AdditionalReferencedDocument",
        leaf("ram:IssuerAssignedID", identifier.value),
        leaf("ram:TypeCode", OBJECT_CODE),
        leaf("ram:ReferenceTypeCode", identifier.scheme),
    )


def _agreement(invoice: Invoice) -> Child:
    representative = invoice.tax_representative
    tender = leaf("ram:IssuerAssignedID", invoice.tender)
    project = leaf("ram:ID", invoice.project)
    return element(
        "ram:ApplicableHeaderTradeAgreement",
        leaf("ram:BuyerReference", invoice.buyer_reference),
        _party("ram:SellerTradeParty", invoice.seller),
        _party("ram:BuyerTradeParty", invoice.buyer),
        group(
            "ram:SellerTaxRepresentativeTradeParty",
            leaf("ram:Name", representative.name),
            _address(representative.address),
            _registration(representative.vat_id, "VA"),
        )
        if representative
        else None,
        _reference("ram:SellerOrderReferencedDocument", invoice.sales_order),
        _reference("ram:BuyerOrderReferencedDocument", invoice.purchase_order),
        _reference("ram:ContractReferencedDocument", invoice.contract),
        [_supporting(document) for document in invoice.supporting_documents],
        group("ram:AdditionalReferencedDocument", tender, leaf("ram:TypeCode", TENDER_CODE)) if tender else None,
        _object(invoice.object_id),
        group("ram:SpecifiedProcuringProject", project, leaf("ram:Name", "Project reference")) if project else None,
    )


def _reference(name: str, value: str | None) -> Child:
    return group(name, leaf("ram:IssuerAssignedID", value))


def _supporting(document: SupportingDocument) -> Child:
    attached = document.attachment
    return group(
        "ram:AdditionalReferencedDocument",
        leaf("ram:IssuerAssignedID", document.reference),
        leaf("ram:URIID", document.location),
        leaf("ram:TypeCode", SUPPORTING_CODE),
        leaf("ram:Name", document.description),
        leaf("ram:AttachmentBinaryObject", attached.content, mimeCode=attached.mime_type, filename=attached.file_name)
        if attached
        else None,
    )


def _party(name: str, party: Party) -> Child:
    own = sorted(party.identifiers, key=lambda one: one.scheme is not None)
    return group(
        name,
        [_identifier(one) for one in own],
        leaf("ram:Name", party.name),
        leaf("ram:Description", party.legal_information),
        group(
            "ram:SpecifiedLegalOrganization",
            _named("ram:ID", party.legal_registration),
            leaf("ram:TradingBusinessName", party.trading_name),
        ),
        _contact(party.contact),
        _address(party.address),
        group("ram:URIUniversalCommunication", _named("ram:URIID", party.electronic_address)),
        _registration(party.vat_id, "VA"),
        _registration(party.tax_registration, "FC"),
    )


def _contact(contact: Contact | None) -> Child:
    if contact is None:
        return None
    return group(
        "ram:DefinedTradeContact",
        leaf("ram:PersonName", contact.name),
        group("ram:TelephoneUniversalCommunication", leaf("ram:CompleteNumber", contact.telephone)),
        group("ram:EmailURIUniversalCommunication", leaf("ram:URIID", contact.email)),
    )


def _address(address: Address | None) -> Child:
    if address is None:
        return None
    return group(
        "ram:PostalTradeAddress",
        leaf("ram:PostcodeCode", address.postal_code),
        leaf("ram:LineOne", address.line_1),
        leaf("ram:LineTwo", address.line_2),
        leaf("ram:LineThree", address.line_3),
        leaf("ram:CityName", address.city),
        leaf("ram:CountryID", address.country_code),
        leaf("ram:CountrySubDivisionName", address.subdivision),
    )


def _registration(value: str | None, scheme: str) -> Child:
    return group("ram:SpecifiedTaxRegistration", leaf("ram:ID", value, schemeID=scheme))


def _delivery(invoice: Invoice) -> Child:
    delivery = invoice.delivery or Delivery()
    return element(
        "ram:ApplicableHeaderTradeDelivery",
        group(
            "ram:ShipToTradeParty",
            _identifier(delivery.location),
            leaf("ram:Name", delivery.party_name),
            _address(delivery.address),
        ),
        group("ram:ActualDeliverySupplyChainEvent", _moment("ram:OccurrenceDateTime", delivery.delivered_on)),
        _reference("ram:DespatchAdviceReferencedDocument", invoice.despatch_advice),
        _reference("ram:ReceivingAdviceReferencedDocument", invoice.receiving_advice),
    )


def _settlement(invoice: Invoice) -> Child:
    payment, payee = invoice.payment, invoice.payee
    return element(
        "ram:ApplicableHeaderTradeSettlement",
        leaf("ram:CreditorReferenceID", payment.creditor_id if payment else None),
        leaf("ram:PaymentReference", payment.remittance if payment else None),
        leaf("ram:TaxCurrencyCode", invoice.accounting_currency_code),
        leaf("ram:InvoiceCurrencyCode", invoice.currency_code),
        group(
            "ram:PayeeTradeParty",
            _identifier(payee.identifier),
            leaf("ram:Name", payee.name),
            group("ram:SpecifiedLegalOrganization", _named("ram:ID", payee.legal_registration)),
        )
        if payee
        else None,
        _all_payment_means(payment) if payment else None,
        [_subtotal(one, invoice) for one in invoice.tax_subtotals],
        _period(invoice.period),
        [_allowance(one) for one in invoice.allowances_charges],
        group(
            "ram:SpecifiedTradePaymentTerms",
            leaf("ram:Description", invoice.payment_terms),
            _moment("ram:DueDateDateTime", invoice.due_on),
            leaf("ram:DirectDebitMandateID", payment.mandate if payment else None),
        ),
        _totals(invoice),
        [_preceding(one) for one in invoice.preceding],
        group("ram:ReceivableSpecifiedTradeAccountingAccount", leaf("ram:ID", invoice.accounting_reference)),
    )


def _all_payment_means(payment: Payment) -> list[Child]:
    """Return one element per account to pay to, at least one; only the first says the means in words."""
    transfers = payment.transfers or (None,)
    return [_payment_means(payment, transfer, transfer is transfers[0]) for transfer in transfers]


def _payment_means(payment: Payment, transfer: CreditTransfer | None, is_first: bool) -> Child:
    account = "ram:IBANID" if transfer and transfer.is_iban else "ram:ProprietaryID"
    number = leaf(account, transfer.account) if transfer else None
    name = leaf("ram:AccountName", transfer.account_name) if transfer else None
    provider = transfer.service_provider if transfer else None
    return group(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        leaf("ram:TypeCode", payment.means_code),
        leaf("ram:Information", payment.means_text if is_first else None),
        group(
            "ram:ApplicableTradeSettlementFinancialCard",
            leaf("ram:ID", payment.card_number),
            leaf("ram:CardholderName", payment.card_holder),
        ),
        group("ram:PayerPartyDebtorFinancialAccount", leaf("ram:IBANID", payment.debited_account)),
        group(
            "ram:PayeePartyCreditorFinancialAccount",
            [number, name] if transfer and transfer.is_iban else [name, number],
        ),
        group("ram:PayeeSpecifiedCreditorFinancialInstitution", leaf("ram:BICID", provider)),
    )


def _subtotal(one: TaxSubtotal, invoice: Invoice) -> Child:
    code = invoice.tax_point_code
    return group(
        "ram:ApplicableTradeTax",
        leaf("ram:CalculatedAmount", one.tax_amount),
        leaf("ram:TypeCode", "VAT"),
        leaf("ram:ExemptionReason", one.exemption_reason),
        leaf("ram:BasisAmount", one.taxable_amount),
        leaf("ram:CategoryCode", one.tax.category),
        leaf("ram:ExemptionReasonCode", one.exemption_code),
        _moment("ram:TaxPointDate", invoice.tax_point_date, "udt:DateString"),
        leaf("ram:DueDateTypeCode", TAX_POINT_CODES.get(code, code) if code else None),
        leaf("ram:RateApplicablePercent", one.tax.percent),
    )


def _totals(invoice: Invoice) -> Child:
    totals = invoice.totals
    booked: Decimal | None = totals.tax_amount_in_accounting_currency
    return element(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        leaf("ram:LineTotalAmount", totals.lines_amount),
        leaf("ram:ChargeTotalAmount", totals.charges_amount),
        leaf("ram:AllowanceTotalAmount", totals.allowances_amount),
        leaf("ram:TaxBasisTotalAmount", totals.net_amount),
        leaf("ram:TaxTotalAmount", totals.tax_amount, currencyID=invoice.currency_code),
        leaf("ram:TaxTotalAmount", booked, currencyID=invoice.accounting_currency_code),
        leaf("ram:RoundingAmount", totals.rounding_amount),
        leaf("ram:GrandTotalAmount", totals.total_amount),
        leaf("ram:TotalPrepaidAmount", totals.prepaid_amount),
        leaf("ram:DuePayableAmount", totals.payable_amount),
    )


def _preceding(one: PrecedingInvoice) -> Child:
    return group(
        "ram:InvoiceReferencedDocument",
        leaf("ram:IssuerAssignedID", one.number),
        _moment("ram:FormattedIssueDateTime", one.issued_on, "qdt:DateTimeString"),
    )
