"""UN/CEFACT Cross Industry Invoice read into the model; what the model has no place for is told, not dropped."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from assets.invoicing.documents.cii import (
    NAMESPACES,
    OBJECT_CODE,
    SUPPORTING_CODE,
    TAX_POINT_CODES,
    TENDER_CODE,
)
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
from assets.invoicing.documents.xml_tree import Reading

_CODES_BACK = {theirs: ours for ours, theirs in TAX_POINT_CODES.items()}
_TRADE = "rsm:SupplyChainTradeTransaction"


class CiiReading(Reading):
    """One CII document being read."""

    def read(self) -> Invoice:
        """Return the invoice; refuse one in which something is missing that every invoice has."""
        root = self.root
        agreement = f"{_TRADE}/ram:ApplicableHeaderTradeAgreement"
        delivery = f"{_TRADE}/ram:ApplicableHeaderTradeDelivery"
        settlement = f"{_TRADE}/ram:ApplicableHeaderTradeSettlement"
        context, document = "rsm:ExchangedDocumentContext/ram:", "rsm:ExchangedDocument"
        self.settlement = self.one(root, settlement)
        if self.settlement is None or self.one(root, agreement) is None:
            self.missing(settlement if self.settlement is None else agreement)
            self.refuse_faults()
        self.currency = self.needed(self.settlement, "ram:InvoiceCurrencyCode")
        issued_on = self.moment(root, f"{document}/ram:IssueDateTime")
        if issued_on is None:
            self.missing("ram:IssueDateTime")
            self.refuse_faults()
        terms = self.one(self.settlement, "ram:SpecifiedTradePaymentTerms")
        taxes = self.all(self.settlement, "ram:ApplicableTradeTax")
        documents = self.all(root, f"{agreement}/ram:AdditionalReferencedDocument")
        tender, object_reference = self.of_type(documents, TENDER_CODE), self.of_type(documents, OBJECT_CODE)
        if self.text(root, f"{agreement}/ram:SpecifiedProcuringProject/ram:ID"):
            self.text(root, f"{agreement}/ram:SpecifiedProcuringProject/ram:Name")
        invoice = Invoice(
            number=self.needed(root, f"{document}/ram:ID"),
            issued_on=issued_on,  # type: ignore[arg-type]
            type_code=self.needed(root, f"{document}/ram:TypeCode"),
            currency_code=self.currency,
            seller=self.party(f"{agreement}/ram:SellerTradeParty"),
            buyer=self.party(f"{agreement}/ram:BuyerTradeParty"),
            lines=tuple(self.line(one) for one in self.all(root, f"{_TRADE}/ram:IncludedSupplyChainTradeLineItem")),
            totals=self.totals(),
            tax_subtotals=tuple(self.subtotal(one) for one in taxes),
            specification=self.needed(root, f"{context}GuidelineSpecifiedDocumentContextParameter/ram:ID"),
            business_process=self.text(root, f"{context}BusinessProcessSpecifiedDocumentContextParameter/ram:ID"),
            accounting_currency_code=self.text(self.settlement, "ram:TaxCurrencyCode"),
            tax_point_date=self.tax_point(taxes),
            tax_point_code=self.tax_point_code(taxes),
            due_on=self.moment(terms, "ram:DueDateDateTime"),
            buyer_reference=self.text(root, f"{agreement}/ram:BuyerReference"),
            project=self.text(root, f"{agreement}/ram:SpecifiedProcuringProject/ram:ID"),
            contract=self.text(root, f"{agreement}/ram:ContractReferencedDocument/ram:IssuerAssignedID"),
            purchase_order=self.text(root, f"{agreement}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
            sales_order=self.text(root, f"{agreement}/ram:SellerOrderReferencedDocument/ram:IssuerAssignedID"),
            receiving_advice=self.text(root, f"{delivery}/ram:ReceivingAdviceReferencedDocument/ram:IssuerAssignedID"),
            despatch_advice=self.text(root, f"{delivery}/ram:DespatchAdviceReferencedDocument/ram:IssuerAssignedID"),
            tender=self.text(tender, "ram:IssuerAssignedID") if tender is not None else None,
            object_id=self.object_id(object_reference),
            accounting_reference=self.text(self.settlement, "ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
            payment_terms=self.text(terms, "ram:Description") if terms is not None else None,
            notes=tuple(
                Note(self.text(one, "ram:Content") or "", self.text(one, "ram:SubjectCode"))
                for one in self.all(root, f"{document}/ram:IncludedNote")
            ),
            preceding=tuple(self.preceding(one) for one in self.all(self.settlement, "ram:InvoiceReferencedDocument")),
            payee=self.payee(),
            tax_representative=self.representative(f"{agreement}/ram:SellerTaxRepresentativeTradeParty"),
            delivery=self.delivery(self.one(root, delivery)),
            period=self.period(self.settlement),
            payment=self.payment(terms),
            allowances_charges=tuple(
                self.allowance(one) for one in self.all(self.settlement, "ram:SpecifiedTradeAllowanceCharge")
            ),
            supporting_documents=tuple(
                self.supporting(one)
                for one in documents
                if one is not tender and one is not object_reference and self.is_supporting(one)
            ),
        )
        self.refuse_faults()
        return invoice

    def moment(self, parent: Any, path: str, text: str = "udt:DateTimeString") -> date | None:
        """Return a date; CII says beside it in which format it is."""
        found = self.one(parent, f"{path}/{text}") if parent is not None else None
        if found is None:
            return None
        if found.get("format") == "102":
            self.attribute(found, "format")
        value = self.text(found)
        if value is None:
            return None
        try:
            return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007
        except ValueError:
            self.faults.append(f"{path} is `{value[:40]}`, not a date of format 102")
            return None

    def identifier(self, parent: Any, path: str) -> Identifier | None:
        """Return an identifier with its scheme, or None."""
        found = self.one(parent, path)
        if found is None:
            return None
        value = self.text(found)
        return Identifier(value, self.attribute(found, "schemeID")) if value else None

    def own_or_global(self, parent: Any) -> Identifier | None:
        """Return the identifier of a party or place, whichever of the two elements holds it."""
        return self.identifier(parent, "ram:GlobalID") or self.identifier(parent, "ram:ID")

    def money(self, parent: Any, path: str) -> Decimal | None:
        """Return an amount; one marked with another currency than the invoice's keeps that mark unread."""
        found = self.one(parent, path)
        if found is not None and found.get("currencyID") == self.currency:
            self.attribute(found, "currencyID")
        return self.number(parent, path)

    def needed_money(self, parent: Any, path: str) -> Decimal:
        """Return an amount that must be there."""
        return self.or_missing(self.money(parent, path), path)

    def of_type(self, documents: list[Any], code: str) -> Any:
        """Return the first referenced document of a type, or None."""
        for one in documents:
            found = self.one(one, "ram:TypeCode")
            if found is not None and (found.text or "").strip() == code:
                self.text(found)
                return one
        return None

    def is_supporting(self, document: Any) -> bool:
        """Return whether a referenced document is evidence; others are left unread."""
        return self.of_type([document], SUPPORTING_CODE) is not None

    def object_id(self, document: Any) -> Identifier | None:
        """Return the identifier of what is billed."""
        value = self.text(document, "ram:IssuerAssignedID") if document is not None else None
        return Identifier(value, self.text(document, "ram:ReferenceTypeCode")) if value else None

    def tax_point(self, taxes: list[Any]) -> date | None:
        """Return the day VAT falls due, which CII repeats in every subtotal."""
        found = [self.moment(one, "ram:TaxPointDate", "udt:DateString") for one in taxes]
        return next((day for day in found if day), None)

    def tax_point_code(self, taxes: list[Any]) -> str | None:
        """Return the code of the day VAT falls due, as the model names it."""
        found = [self.text(one, "ram:DueDateTypeCode") for one in taxes]
        code = next((one for one in found if one), None)
        return _CODES_BACK.get(code, code) if code else None

    def preceding(self, element: Any) -> PrecedingInvoice:
        """Return the invoice that this one corrects."""
        issued_on = self.moment(element, "ram:FormattedIssueDateTime", "qdt:DateTimeString")
        return PrecedingInvoice(self.needed(element, "ram:IssuerAssignedID"), issued_on)

    def party(self, path: str) -> Party:
        """Return seller or buyer."""
        found = self.one(self.root, path)
        if found is None:
            self.missing(path)
            return Party("", Address())
        own = [*self.all(found, "ram:ID"), *self.all(found, "ram:GlobalID")]
        identifiers = [Identifier(self.text(one) or "", self.attribute(one, "schemeID")) for one in own]
        registrations: dict[str, str | None] = {}
        for one in self.all(found, "ram:SpecifiedTaxRegistration"):
            element = self.one(one, "ram:ID")
            scheme = element.get("schemeID") if element is not None else None
            kind = "VA" if scheme in ("VA", "VAT") else "FC" if scheme == "FC" else None
            if kind and kind not in registrations:
                self.attribute(element, "schemeID")
                registrations[kind] = self.text(element)
        return Party(
            name=self.needed(found, "ram:Name"),
            address=self.address(found) or Address(),
            trading_name=self.text(found, "ram:SpecifiedLegalOrganization/ram:TradingBusinessName"),
            identifiers=tuple(one for one in identifiers if one.value),
            legal_registration=self.identifier(found, "ram:SpecifiedLegalOrganization/ram:ID"),
            vat_id=registrations.get("VA"),
            tax_registration=registrations.get("FC"),
            legal_information=self.text(found, "ram:Description"),
            electronic_address=self.identifier(found, "ram:URIUniversalCommunication/ram:URIID"),
            contact=self.contact(self.one(found, "ram:DefinedTradeContact")),
        )

    def contact(self, element: Any) -> Contact | None:
        """Return whom to ask: a person, else a department."""
        if element is None:
            return None
        found = Contact(
            self.text(element, "ram:PersonName") or self.text(element, "ram:DepartmentName"),
            self.text(element, "ram:TelephoneUniversalCommunication/ram:CompleteNumber"),
            self.text(element, "ram:EmailURIUniversalCommunication/ram:URIID"),
        )
        return found if found != Contact() else None

    def address(self, parent: Any) -> Address | None:
        """Return a party's postal address."""
        found = self.one(parent, "ram:PostalTradeAddress")
        if found is None:
            return None
        return Address(
            line_1=self.text(found, "ram:LineOne"),
            line_2=self.text(found, "ram:LineTwo"),
            line_3=self.text(found, "ram:LineThree"),
            city=self.text(found, "ram:CityName"),
            postal_code=self.text(found, "ram:PostcodeCode"),
            subdivision=self.text(found, "ram:CountrySubDivisionName"),
            country_code=self.text(found, "ram:CountryID"),
        )

    def payee(self) -> Payee | None:
        """Return who is paid, when it is not the seller."""
        found = self.one(self.settlement, "ram:PayeeTradeParty")
        if found is None:
            return None
        registration = self.identifier(found, "ram:SpecifiedLegalOrganization/ram:ID")
        return Payee(self.needed(found, "ram:Name"), self.own_or_global(found), registration)

    def representative(self, path: str) -> TaxRepresentative | None:
        """Return who answers for the seller's VAT."""
        found = self.one(self.root, path)
        if found is None:
            return None
        vat_id = self.identifier(found, "ram:SpecifiedTaxRegistration/ram:ID")
        return TaxRepresentative(
            self.needed(found, "ram:Name"), vat_id.value if vat_id else None, self.address(found) or Address()
        )

    def delivery(self, element: Any) -> Delivery | None:
        """Return where and when it was delivered."""
        if element is None:
            return None
        place = self.one(element, "ram:ShipToTradeParty")
        delivered_on = self.moment(element, "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime")
        if place is None:
            return Delivery(delivered_on=delivered_on) if delivered_on else None
        return Delivery(self.text(place, "ram:Name"), self.own_or_global(place), delivered_on, self.address(place))

    def period(self, parent: Any) -> Period | None:
        """Return the days an invoice or a line is for."""
        start = self.moment(parent, "ram:BillingSpecifiedPeriod/ram:StartDateTime")
        end = self.moment(parent, "ram:BillingSpecifiedPeriod/ram:EndDateTime")
        return Period(start, end) if start or end else None

    def payment(self, terms: Any) -> Payment | None:
        """Return how it is to be paid; accounts stand in elements of their own that repeat the rest."""
        means = self.all(self.settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
        remittance = self.text(self.settlement, "ram:PaymentReference")
        creditor_id = self.text(self.settlement, "ram:CreditorReferenceID")
        mandate = self.text(terms, "ram:DirectDebitMandateID") if terms is not None else None
        if not means:
            return Payment("1", None, remittance, (), None, None, mandate, creditor_id) if remittance else None
        transfers = []
        first = means[0]
        for one in means:
            at = "ram:PayeePartyCreditorFinancialAccount/ram:"
            iban, other = self.text(one, f"{at}IBANID"), self.text(one, f"{at}ProprietaryID")
            bic = self.text(one, "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID")
            if iban or other:
                name = self.text(one, f"{at}AccountName")
                transfers.append(CreditTransfer(iban or other or "", name, bic, is_iban=bool(iban)))
            if self.text(one, "ram:TypeCode") != self.text(first, "ram:TypeCode"):
                self.faults.append("ram:SpecifiedTradeSettlementPaymentMeans differ in their ram:TypeCode")
        return Payment(
            means_code=self.needed(first, "ram:TypeCode"),
            means_text=self.means_text(means),
            remittance=remittance,
            transfers=tuple(transfers),
            card_number=self.text(first, "ram:ApplicableTradeSettlementFinancialCard/ram:ID"),
            card_holder=self.text(first, "ram:ApplicableTradeSettlementFinancialCard/ram:CardholderName"),
            mandate=mandate,
            creditor_id=creditor_id,
            debited_account=self.text(first, "ram:PayerPartyDebtorFinancialAccount/ram:IBANID"),
        )

    def means_text(self, means: list[Any]) -> str | None:
        """Return the means in words, which may be repeated for each account."""
        texts = [self.one(one, "ram:Information") for one in means]
        said = [one for one in texts if one is not None and (one.text or "").strip()]
        found = self.text(said[0]) if said else None
        for one in said[1:]:
            if (one.text or "").strip() == found:
                self.text(one)
        return found

    def tax(self, element: Any) -> Tax:
        """Return a VAT category and its rate."""
        if element is None:
            self.missing("ram:ApplicableTradeTax")
            return Tax("")
        self.text(element, "ram:TypeCode")
        return Tax(self.needed(element, "ram:CategoryCode"), self.number(element, "ram:RateApplicablePercent"))

    def subtotal(self, element: Any) -> TaxSubtotal:
        """Return the VAT of one category and rate."""
        return TaxSubtotal(
            taxable_amount=self.needed_money(element, "ram:BasisAmount"),
            tax_amount=self.needed_money(element, "ram:CalculatedAmount"),
            tax=self.tax(element),
            exemption_reason=self.text(element, "ram:ExemptionReason"),
            exemption_code=self.text(element, "ram:ExemptionReasonCode"),
        )

    def allowance(self, element: Any) -> AllowanceCharge:
        """Return an allowance or a charge."""
        tax = self.one(element, "ram:CategoryTradeTax")
        return AllowanceCharge(
            is_charge=self.needed(element, "ram:ChargeIndicator/udt:Indicator") in ("true", "1"),
            amount=self.needed_money(element, "ram:ActualAmount"),
            base_amount=self.money(element, "ram:BasisAmount"),
            percent=self.number(element, "ram:CalculationPercent"),
            tax=self.tax(tax) if tax is not None else None,
            reason=self.text(element, "ram:Reason"),
            reason_code=self.text(element, "ram:ReasonCode"),
        )

    def totals(self) -> Totals:
        """Return the totals; VAT stands among them once per currency."""
        found = self.one(self.settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
        if found is None:
            self.missing("ram:SpecifiedTradeSettlementHeaderMonetarySummation")
            self.refuse_faults()
        tax_amount = booked = None
        booked_in = self.text(self.settlement, "ram:TaxCurrencyCode")
        for one in self.all(found, "ram:TaxTotalAmount"):
            money = one.get("currencyID")
            if money in (self.currency, None) and tax_amount is None:
                self.attribute(one, "currencyID")
                tax_amount = self.element_number(one)
            elif money == booked_in and booked is None:
                self.attribute(one, "currencyID")
                booked = self.element_number(one)
        return Totals(
            lines_amount=self.needed_money(found, "ram:LineTotalAmount"),
            net_amount=self.needed_money(found, "ram:TaxBasisTotalAmount"),
            total_amount=self.needed_money(found, "ram:GrandTotalAmount"),
            payable_amount=self.needed_money(found, "ram:DuePayableAmount"),
            allowances_amount=self.money(found, "ram:AllowanceTotalAmount"),
            charges_amount=self.money(found, "ram:ChargeTotalAmount"),
            tax_amount=tax_amount,
            tax_amount_in_accounting_currency=booked,
            prepaid_amount=self.money(found, "ram:TotalPrepaidAmount"),
            rounding_amount=self.money(found, "ram:RoundingAmount"),
        )

    def supporting(self, element: Any) -> SupportingDocument:
        """Return a document that gives evidence."""
        binary = self.one(element, "ram:AttachmentBinaryObject")
        content = self.text(binary) if binary is not None else None
        return SupportingDocument(
            reference=self.needed(element, "ram:IssuerAssignedID"),
            description=self.text(element, "ram:Name"),
            location=self.text(element, "ram:URIID"),
            attachment=Attachment(
                content, self.attribute(binary, "mimeCode") or "", self.attribute(binary, "filename") or ""
            )
            if content
            else None,
        )

    def line(self, element: Any) -> Line:
        """Return one line."""
        settlement = self.one(element, "ram:SpecifiedLineTradeSettlement")
        if settlement is None:
            self.missing("ram:SpecifiedLineTradeSettlement")
            self.refuse_faults()
        billed = self.one(element, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity")
        about = "ram:AssociatedDocumentLineDocument"
        references = self.all(settlement, "ram:AdditionalReferencedDocument")
        order_line = "ram:SpecifiedLineTradeAgreement/ram:BuyerOrderReferencedDocument/ram:LineID"
        return Line(
            line_id=self.needed(element, f"{about}/ram:LineID"),
            quantity=self.needed_number(element, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"),
            unit=(self.attribute(billed, "unitCode") if billed is not None else None) or "",
            net_amount=self.needed_money(
                settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
            ),
            price=self.price(element),
            item=self.item(element),
            tax=self.tax(self.one(settlement, "ram:ApplicableTradeTax")),
            note=self.text(element, f"{about}/ram:IncludedNote/ram:Content"),
            object_id=self.object_id(self.of_type(references, OBJECT_CODE)),
            order_line=self.text(element, order_line),
            accounting_reference=self.text(settlement, "ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
            period=self.period(settlement),
            allowances_charges=tuple(
                self.allowance(one) for one in self.all(settlement, "ram:SpecifiedTradeAllowanceCharge")
            ),
        )

    def price(self, line: Any) -> Price:
        """Return the price of a line's item; the base quantity may stand at either price."""
        net = "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:"
        gross = "ram:SpecifiedLineTradeAgreement/ram:GrossPriceProductTradePrice/ram:"
        at = [one for path in (net, gross) if (one := self.one(line, f"{path}BasisQuantity")) is not None]
        discount = f"{gross}AppliedTradeAllowanceCharge/ram:"
        self.text(line, f"{discount}ChargeIndicator/udt:Indicator")
        units = [self.attribute(one, "unitCode") for one in at]
        quantities = [self.element_number(one) for one in at]
        return Price(
            net=self.needed_money(line, f"{net}ChargeAmount"),
            discount=self.money(line, f"{discount}ActualAmount"),
            gross=self.money(line, f"{gross}ChargeAmount"),
            base_quantity=quantities[0] if quantities else None,
            base_unit=units[0] if units else None,
        )

    def item(self, line: Any) -> Item:
        """Return what a line bills."""
        found = self.one(line, "ram:SpecifiedTradeProduct")
        if found is None:
            self.missing("ram:SpecifiedTradeProduct")
            return Item("")
        codes = [self.one(one, "ram:ClassCode") for one in self.all(found, "ram:DesignatedProductClassification")]
        return Item(
            name=self.needed(found, "ram:Name"),
            description=self.text(found, "ram:Description"),
            seller_id=self.text(found, "ram:SellerAssignedID"),
            buyer_id=self.text(found, "ram:BuyerAssignedID"),
            standard_id=self.identifier(found, "ram:GlobalID"),
            classifications=tuple(
                Identifier(self.text(code) or "", self.attribute(code, "listID"), self.attribute(code, "listVersionID"))
                for code in codes
                if code is not None
            ),
            origin_country=self.text(found, "ram:OriginTradeCountry/ram:ID"),
            attributes=tuple(
                (self.text(one, "ram:Description") or "", self.text(one, "ram:Value") or "")
                for one in self.all(found, "ram:ApplicableProductCharacteristic")
            ),
        )


def cii_reading(root: Any) -> CiiReading:
    """Return the reading of a parsed CII document."""
    return CiiReading(root, NAMESPACES)
