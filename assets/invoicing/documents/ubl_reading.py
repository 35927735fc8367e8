"""UBL 2.1 read into the model; what the model has no place for is told, not dropped."""

from __future__ import annotations

import re
from typing import Any

from assets.invoicing.documents.model import (
    Address,
    AllowanceCharge,
    Attachment,
    Contact,
    CreditTransfer,
    Delivery,
    Identifier,
    Invoice,
    Item,
    Line,
    Note,
    Party,
    Payee,
    Payment,
    Period,
    PrecedingInvoice,
    Price,
    SupportingDocument,
    Tax,
    TaxRepresentative,
    TaxSubtotal,
    Totals,
)
from assets.invoicing.documents.ubl import COMMON, NO_ORDER, OBJECT_CODE, PROJECT_CODE
from assets.invoicing.documents.xml_tree import Reading

_SUBJECT = re.compile(r"#([A-Z]{3})#\s*(.*)", re.DOTALL)


class UblReading(Reading):
    """One UBL document being read."""

    def read(self) -> Invoice:
        """Return the invoice; refuse one in which something is missing that every invoice has."""
        root = self.root
        is_credit = root.tag.endswith("CreditNote")
        self.currency = self.needed(root, "cbc:DocumentCurrencyCode")
        documents = self.all(root, "cac:AdditionalDocumentReference")
        object_reference = self.of_type(documents, OBJECT_CODE)
        project_document = self.of_type(documents, PROJECT_CODE) if is_credit else None
        period, code = self.period_and_code(root)
        due_on = self.text(root, "cbc:DueDate") or self.text(root, "cac:PaymentMeans/cbc:PaymentDueDate")
        order = self.text(root, "cac:OrderReference/cbc:ID")
        sales_order = self.text(root, "cac:OrderReference/cbc:SalesOrderID")
        project = self.text(root, "cac:ProjectReference/cbc:ID")
        if project is None and project_document is not None:
            project = self.text(project_document, "cbc:ID")
        issued_on = self.day(self.needed(root, "cbc:IssueDate") or None, "cbc:IssueDate")
        if issued_on is None:
            self.refuse_faults()
        subtotals, totals = self.tax_subtotals(), self.totals()
        invoice = Invoice(
            number=self.needed(root, "cbc:ID"),
            issued_on=issued_on,  # type: ignore[arg-type]
            type_code=self.needed(root, f"cbc:{'CreditNote' if is_credit else 'Invoice'}TypeCode"),
            currency_code=self.currency,
            seller=self.party("cac:AccountingSupplierParty/cac:Party"),
            buyer=self.party("cac:AccountingCustomerParty/cac:Party"),
            lines=tuple(self.line(one, is_credit) for one in self.all(root, _line_name(is_credit))),
            totals=totals,
            tax_subtotals=subtotals,
            specification=self.needed(root, "cbc:CustomizationID"),
            business_process=self.text(root, "cbc:ProfileID"),
            accounting_currency_code=self.text(root, "cbc:TaxCurrencyCode"),
            tax_point_date=self.day(self.text(root, "cbc:TaxPointDate"), "cbc:TaxPointDate"),
            tax_point_code=code,
            due_on=self.day(due_on, "cbc:DueDate"),
            buyer_reference=self.text(root, "cbc:BuyerReference"),
            project=project,
            contract=self.text(root, "cac:ContractDocumentReference/cbc:ID"),
            purchase_order=None if order == NO_ORDER and sales_order else order,
            sales_order=sales_order,
            receiving_advice=self.text(root, "cac:ReceiptDocumentReference/cbc:ID"),
            despatch_advice=self.text(root, "cac:DespatchDocumentReference/cbc:ID"),
            tender=self.text(root, "cac:OriginatorDocumentReference/cbc:ID"),
            object_id=self.identifier(object_reference, "cbc:ID"),
            accounting_reference=self.text(root, "cbc:AccountingCost"),
            payment_terms=self.text(root, "cac:PaymentTerms/cbc:Note"),
            notes=tuple(self.note(one) for one in self.all(root, "cbc:Note")),
            preceding=tuple(self.preceding(one) for one in self.all(root, "cac:BillingReference")),
            payee=self.payee(),
            tax_representative=self.representative(),
            delivery=self.delivery(),
            period=period,
            payment=self.payment(),
            allowances_charges=tuple(self.allowance(one) for one in self.all(root, "cac:AllowanceCharge")),
            supporting_documents=tuple(
                self.supporting(one) for one in documents if one is not object_reference and one is not project_document
            ),
        )
        self.refuse_faults()
        return invoice

    def of_type(self, documents: list[Any], code: str) -> Any:
        """Return the first document reference of a type, or None."""
        found = next((one for one in documents if self._text_of(one, "cbc:DocumentTypeCode") == code), None)
        if found is not None:
            self.text(found, "cbc:DocumentTypeCode")
        return found

    def identifier(self, parent: Any, path: str) -> Identifier | None:
        """Return an identifier with its scheme, or None."""
        found = self.one(parent, path) if parent is not None else None
        if found is None:
            return None
        value = self.text(found)
        return Identifier(value, self.attribute(found, "schemeID")) if value else None

    def money(self, parent: Any, path: str) -> Any:
        """Return an amount of the invoice's currency; one of another currency stays unread."""
        found = self.one(parent, path)
        if found is not None and found.get("currencyID") == self.currency:
            self.attribute(found, "currencyID")
        return self.number(parent, path)

    def needed_money(self, parent: Any, path: str) -> Any:
        """Return an amount that must be there."""
        return self.or_missing(self.money(parent, path), path)

    def note(self, element: Any) -> Note:
        """Return a note, whose subject code UBL writes into its text."""
        text = self.text(element) or ""
        found = _SUBJECT.fullmatch(text)
        return Note(found.group(2), found.group(1)) if found else Note(text)

    def period_and_code(self, parent: Any) -> tuple[Period | None, str | None]:
        """Return a period and the code of the day on which VAT falls due."""
        start = self.day(self.text(parent, "cac:InvoicePeriod/cbc:StartDate"), "cbc:StartDate")
        end = self.day(self.text(parent, "cac:InvoicePeriod/cbc:EndDate"), "cbc:EndDate")
        code = self.text(parent, "cac:InvoicePeriod/cbc:DescriptionCode")
        return (Period(start, end) if start or end else None), code

    def preceding(self, element: Any) -> PrecedingInvoice:
        """Return the invoice that this one corrects."""
        at = "cac:InvoiceDocumentReference"
        issued_on = self.day(self.text(element, f"{at}/cbc:IssueDate"), "cbc:IssueDate")
        return PrecedingInvoice(self.needed(element, f"{at}/cbc:ID"), issued_on)

    def party(self, path: str) -> Party:
        """Return seller or buyer."""
        found = self.one(self.root, path)
        if found is None:
            self.missing(path)
            return Party("", Address())
        identifiers = []
        for one in self.all(found, "cac:PartyIdentification"):
            element = self.one(one, "cbc:ID")
            if element is not None and element.get("schemeID") != "SEPA":
                identifiers.append(self.identifier(one, "cbc:ID"))
        by_scheme: dict[str, str | None] = {}
        for one in self.all(found, "cac:PartyTaxScheme"):
            scheme = self.text(one, "cac:TaxScheme/cbc:ID") or ""
            kind = "VAT" if scheme == "VAT" else "other"
            if kind not in by_scheme:
                by_scheme[kind] = self.text(one, "cbc:CompanyID")
        return Party(
            name=self.needed(found, "cac:PartyLegalEntity/cbc:RegistrationName"),
            address=self.address(self.one(found, "cac:PostalAddress")) or Address(),
            trading_name=self.text(found, "cac:PartyName/cbc:Name"),
            identifiers=tuple(one for one in identifiers if one),
            legal_registration=self.identifier(found, "cac:PartyLegalEntity/cbc:CompanyID"),
            vat_id=by_scheme.get("VAT"),
            tax_registration=by_scheme.get("other"),
            legal_information=self.text(found, "cac:PartyLegalEntity/cbc:CompanyLegalForm"),
            electronic_address=self.identifier(found, "cbc:EndpointID"),
            contact=self.contact(self.one(found, "cac:Contact")),
        )

    def contact(self, element: Any) -> Contact | None:
        """Return whom to ask."""
        if element is None:
            return None
        found = Contact(*(self.text(element, f"cbc:{name}") for name in ("Name", "Telephone", "ElectronicMail")))
        return found if found != Contact() else None

    def address(self, element: Any) -> Address | None:
        """Return a postal address."""
        if element is None:
            return None
        return Address(
            line_1=self.text(element, "cbc:StreetName"),
            line_2=self.text(element, "cbc:AdditionalStreetName"),
            line_3=self.text(element, "cac:AddressLine/cbc:Line"),
            city=self.text(element, "cbc:CityName"),
            postal_code=self.text(element, "cbc:PostalZone"),
            subdivision=self.text(element, "cbc:CountrySubentity"),
            country_code=self.text(element, "cac:Country/cbc:IdentificationCode"),
        )

    def payee(self) -> Payee | None:
        """Return who is paid, when it is not the seller."""
        found = self.one(self.root, "cac:PayeeParty")
        if found is None:
            return None
        own = next((one for one in self.all(found, "cac:PartyIdentification") if not self._is_sepa(one)), None)
        return Payee(
            name=self.needed(found, "cac:PartyName/cbc:Name"),
            identifier=self.identifier(own, "cbc:ID"),
            legal_registration=self.identifier(found, "cac:PartyLegalEntity/cbc:CompanyID"),
        )

    def _is_sepa(self, identification: Any) -> bool:
        element = self.one(identification, "cbc:ID")
        return element is not None and element.get("schemeID") == "SEPA"

    def representative(self) -> TaxRepresentative | None:
        """Return who answers for the seller's VAT."""
        found = self.one(self.root, "cac:TaxRepresentativeParty")
        if found is None:
            return None
        self.text(found, "cac:PartyTaxScheme/cac:TaxScheme/cbc:ID")
        return TaxRepresentative(
            name=self.needed(found, "cac:PartyName/cbc:Name"),
            vat_id=self.text(found, "cac:PartyTaxScheme/cbc:CompanyID"),
            address=self.address(self.one(found, "cac:PostalAddress")) or Address(),
        )

    def delivery(self) -> Delivery | None:
        """Return where and when it was delivered."""
        found = self.one(self.root, "cac:Delivery")
        if found is None:
            return None
        return Delivery(
            party_name=self.text(found, "cac:DeliveryParty/cac:PartyName/cbc:Name"),
            location=self.identifier(found, "cac:DeliveryLocation/cbc:ID"),
            delivered_on=self.day(self.text(found, "cbc:ActualDeliveryDate"), "cbc:ActualDeliveryDate"),
            address=self.address(self.one(found, "cac:DeliveryLocation/cac:Address")),
        )

    def payment(self) -> Payment | None:
        """Return how it is to be paid; accounts stand in elements of their own that repeat the rest."""
        means = self.all(self.root, "cac:PaymentMeans")
        if not means:
            return None
        first = means[0]
        transfers = []
        for one in means:
            account = self.text(one, "cac:PayeeFinancialAccount/cbc:ID")
            name = self.text(one, "cac:PayeeFinancialAccount/cbc:Name")
            branch = self.text(one, "cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID")
            if account:
                transfers.append(CreditTransfer(account, name, branch, is_iban=_looks_like_iban(account)))
            if one is not first:
                for repeated in ("cbc:PaymentMeansCode", "cbc:PaymentID", "cbc:PaymentDueDate"):
                    if self._text_of(one, repeated) == self._text_of(first, repeated):
                        self.text(one, repeated)
                again = self.one(one, "cbc:PaymentMeansCode")
                if again is not None and again.get("name") == self.one(first, "cbc:PaymentMeansCode").get("name"):
                    self.attribute(again, "name")
        creditors = [
            self.text(one, "cbc:ID")
            for party in ("cac:AccountingSupplierParty/cac:Party", "cac:PayeeParty")
            for one in self.all(self.root, f"{party}/cac:PartyIdentification")
            if self._is_sepa(one) and self.attribute(self.one(one, "cbc:ID"), "schemeID")
        ]
        code = self.one(first, "cbc:PaymentMeansCode")
        self.text(first, "cac:CardAccount/cbc:NetworkID")
        found = Payment(
            means_code=self.needed(first, "cbc:PaymentMeansCode"),
            means_text=self.attribute(code, "name") if code is not None else None,
            remittance=self.text(first, "cbc:PaymentID"),
            transfers=tuple(transfers),
            card_number=self.text(first, "cac:CardAccount/cbc:PrimaryAccountNumberID"),
            card_holder=self.text(first, "cac:CardAccount/cbc:HolderName"),
            mandate=self.text(first, "cac:PaymentMandate/cbc:ID"),
            creditor_id=creditors[0] if creditors else None,
            debited_account=self.text(first, "cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID"),
        )
        return None if found == Payment("1") else found

    def _text_of(self, parent: Any, path: str) -> str | None:
        found = self.one(parent, path)
        return None if found is None else (found.text or "").strip()

    def allowance(self, element: Any) -> AllowanceCharge:
        """Return an allowance or a charge."""
        tax = self.one(element, "cac:TaxCategory")
        return AllowanceCharge(
            is_charge=self.needed(element, "cbc:ChargeIndicator") in ("true", "1"),
            amount=self.needed_money(element, "cbc:Amount"),
            base_amount=self.money(element, "cbc:BaseAmount"),
            percent=self.number(element, "cbc:MultiplierFactorNumeric"),
            tax=self.tax(tax) if tax is not None else None,
            reason=self.text(element, "cbc:AllowanceChargeReason"),
            reason_code=self.text(element, "cbc:AllowanceChargeReasonCode"),
        )

    def tax(self, element: Any) -> Tax:
        """Return a VAT category and its rate."""
        self.text(element, "cac:TaxScheme/cbc:ID")
        return Tax(self.needed(element, "cbc:ID"), self.number(element, "cbc:Percent"))

    def tax_subtotals(self) -> tuple[TaxSubtotal, ...]:
        """Return the VAT per category and rate."""
        found = []
        for total in self.all(self.root, "cac:TaxTotal"):
            for one in self.all(total, "cac:TaxSubtotal"):
                category = self.one(one, "cac:TaxCategory")
                if category is None:
                    self.missing("cac:TaxSubtotal/cac:TaxCategory")
                    continue
                found.append(
                    TaxSubtotal(
                        taxable_amount=self.needed_money(one, "cbc:TaxableAmount"),
                        tax_amount=self.needed_money(one, "cbc:TaxAmount"),
                        tax=self.tax(category),
                        exemption_reason=self.text(category, "cbc:TaxExemptionReason"),
                        exemption_code=self.text(category, "cbc:TaxExemptionReasonCode"),
                    )
                )
        return tuple(found)

    def totals(self) -> Totals:
        """Return the totals; VAT stands apart from them, once per currency."""
        root, at = self.root, "cac:LegalMonetaryTotal/cbc:"
        booked_in = self._text_of(root, "cbc:TaxCurrencyCode")
        tax_amount = booked = None
        for total in self.all(root, "cac:TaxTotal"):
            element = self.one(total, "cbc:TaxAmount")
            money = element.get("currencyID") if element is not None else None
            if money == self.currency and tax_amount is None:
                tax_amount = self.money(total, "cbc:TaxAmount")
            elif money is not None and money == booked_in and booked is None:
                self.attribute(element, "currencyID")
                booked = self.number(total, "cbc:TaxAmount")
        return Totals(
            lines_amount=self.needed_money(root, f"{at}LineExtensionAmount"),
            net_amount=self.needed_money(root, f"{at}TaxExclusiveAmount"),
            total_amount=self.needed_money(root, f"{at}TaxInclusiveAmount"),
            payable_amount=self.needed_money(root, f"{at}PayableAmount"),
            allowances_amount=self.money(root, f"{at}AllowanceTotalAmount"),
            charges_amount=self.money(root, f"{at}ChargeTotalAmount"),
            tax_amount=tax_amount,
            tax_amount_in_accounting_currency=booked,
            prepaid_amount=self.money(root, f"{at}PrepaidAmount"),
            rounding_amount=self.money(root, f"{at}PayableRoundingAmount"),
        )

    def supporting(self, element: Any) -> SupportingDocument:
        """Return a document that gives evidence."""
        binary = self.one(element, "cac:Attachment/cbc:EmbeddedDocumentBinaryObject")
        content = self.text(binary) if binary is not None else None
        return SupportingDocument(
            reference=self.needed(element, "cbc:ID"),
            description=self.text(element, "cbc:DocumentDescription"),
            location=self.text(element, "cac:Attachment/cac:ExternalReference/cbc:URI"),
            attachment=Attachment(
                content, self.attribute(binary, "mimeCode") or "", self.attribute(binary, "filename") or ""
            )
            if content
            else None,
        )

    def line(self, element: Any, is_credit: bool) -> Line:
        """Return one line."""
        quantity = f"cbc:{'Credited' if is_credit else 'Invoiced'}Quantity"
        counted = self.one(element, quantity)
        reference = self.of_type(self.all(element, "cac:DocumentReference"), OBJECT_CODE)
        tax = self.one(element, "cac:Item/cac:ClassifiedTaxCategory")
        if tax is None:
            self.missing("cac:ClassifiedTaxCategory")
        return Line(
            line_id=self.needed(element, "cbc:ID"),
            quantity=self.needed_number(element, quantity),
            unit=(self.attribute(counted, "unitCode") if counted is not None else None) or "",
            net_amount=self.needed_money(element, "cbc:LineExtensionAmount"),
            price=self.price(element),
            item=self.item(element),
            tax=self.tax(tax) if tax is not None else Tax(""),
            note=self.text(element, "cbc:Note"),
            object_id=self.identifier(reference, "cbc:ID"),
            order_line=self.text(element, "cac:OrderLineReference/cbc:LineID"),
            accounting_reference=self.text(element, "cbc:AccountingCost"),
            period=self.period_and_code(element)[0],
            allowances_charges=tuple(self.allowance(one) for one in self.all(element, "cac:AllowanceCharge")),
        )

    def price(self, line: Any) -> Price:
        """Return the price of a line's item."""
        base = self.one(line, "cac:Price/cbc:BaseQuantity")
        at = "cac:Price/cac:AllowanceCharge/cbc:"
        self.text(line, f"{at}ChargeIndicator")
        return Price(
            net=self.needed_money(line, "cac:Price/cbc:PriceAmount"),
            discount=self.money(line, f"{at}Amount"),
            gross=self.money(line, f"{at}BaseAmount"),
            base_quantity=self.number(line, "cac:Price/cbc:BaseQuantity"),
            base_unit=self.attribute(base, "unitCode") if base is not None else None,
        )

    def item(self, line: Any) -> Item:
        """Return what a line bills."""
        found = self.one(line, "cac:Item")
        if found is None:
            self.missing("cac:Item")
            return Item("")
        codes = [self.one(one, "cbc:ItemClassificationCode") for one in self.all(found, "cac:CommodityClassification")]
        return Item(
            name=self.needed(found, "cbc:Name"),
            description=self.text(found, "cbc:Description"),
            seller_id=self.text(found, "cac:SellersItemIdentification/cbc:ID"),
            buyer_id=self.text(found, "cac:BuyersItemIdentification/cbc:ID"),
            standard_id=self.identifier(found, "cac:StandardItemIdentification/cbc:ID"),
            classifications=tuple(
                Identifier(self.text(code) or "", self.attribute(code, "listID"), self.attribute(code, "listVersionID"))
                for code in codes
                if code is not None
            ),
            origin_country=self.text(found, "cac:OriginCountry/cbc:IdentificationCode"),
            attributes=tuple(
                (self.text(one, "cbc:Name") or "", self.text(one, "cbc:Value") or "")
                for one in self.all(found, "cac:AdditionalItemProperty")
            ),
        )


def _line_name(is_credit: bool) -> str:
    return "cac:CreditNoteLine" if is_credit else "cac:InvoiceLine"


def _looks_like_iban(account: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", account.replace(" ", "")))


def ubl_reading(root: Any) -> UblReading:
    """Return the reading of a parsed UBL document."""
    return UblReading(root, {"": root.nsmap.get(None, ""), **COMMON})
