"""The semantic model of EN 16931: what an invoice says, whatever syntax says it. BT and BG are the standard's ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier with the scheme it is from; `list_version` only for classifications (BT-158)."""

    value: str
    scheme: str | None = None
    list_version: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """BG-1: a note on the invoice."""

    text: str
    """BT-22"""
    subject_code: str | None = None
    """BT-21, UNTDID 4451"""


@dataclass(frozen=True, slots=True)
class Address:
    """BG-5, BG-8, BG-12 or BG-15: a postal address."""

    line_1: str | None = None
    """BT-35, BT-50, BT-64, BT-75"""
    line_2: str | None = None
    """BT-36, BT-51, BT-65, BT-76"""
    line_3: str | None = None
    """BT-162, BT-163, BT-164, BT-165"""
    city: str | None = None
    """BT-37, BT-52, BT-66, BT-77"""
    postal_code: str | None = None
    """BT-38, BT-53, BT-67, BT-78"""
    subdivision: str | None = None
    """BT-39, BT-54, BT-68, BT-79"""
    country_code: str | None = None
    """BT-40, BT-55, BT-69, BT-80"""


@dataclass(frozen=True, slots=True)
class Contact:
    """BG-6 or BG-9: whom to ask."""

    name: str | None = None
    """BT-41, BT-56"""
    telephone: str | None = None
    """BT-42, BT-57"""
    email: str | None = None
    """BT-43, BT-58"""


@dataclass(frozen=True, slots=True)
class Party:
    """BG-4 or BG-7: the seller or the buyer."""

    name: str
    """BT-27, BT-44: the registered name"""
    address: Address
    """BG-5, BG-8"""
    trading_name: str | None = None
    """BT-28, BT-45"""
    identifiers: tuple[Identifier, ...] = ()
    """BT-29 (several), BT-46 (one)"""
    legal_registration: Identifier | None = None
    """BT-30, BT-47"""
    vat_id: str | None = None
    """BT-31, BT-48"""
    tax_registration: str | None = None
    """BT-32: the seller's tax number that is not its VAT identifier"""
    legal_information: str | None = None
    """BT-33: the seller's additional legal information"""
    electronic_address: Identifier | None = None
    """BT-34, BT-49"""
    contact: Contact | None = None
    """BG-6, BG-9"""


@dataclass(frozen=True, slots=True)
class Payee:
    """BG-10: who is paid, when it is not the seller."""

    name: str
    """BT-59"""
    identifier: Identifier | None = None
    """BT-60"""
    legal_registration: Identifier | None = None
    """BT-61"""


@dataclass(frozen=True, slots=True)
class TaxRepresentative:
    """BG-11: who answers for the seller's VAT."""

    name: str
    """BT-62"""
    vat_id: str | None
    """BT-63"""
    address: Address
    """BG-12"""


@dataclass(frozen=True, slots=True)
class Period:
    """BG-14 or BG-26: the days an invoice or a line is for."""

    start: date | None = None
    """BT-73, BT-134"""
    end: date | None = None
    """BT-74, BT-135"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """BG-13: where and when goods and services were delivered."""

    party_name: str | None = None
    """BT-70"""
    location: Identifier | None = None
    """BT-71"""
    delivered_on: date | None = None
    """BT-72"""
    address: Address | None = None
    """BG-15"""


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """BG-17: an account to pay to."""

    account: str
    """BT-84: IBAN, else the account number"""
    account_name: str | None = None
    """BT-85"""
    service_provider: str | None = None
    """BT-86: BIC"""
    is_iban: bool = True
    """Which of the two elements CII has for BT-84 holds it."""


@dataclass(frozen=True, slots=True)
class Payment:
    """BG-16: how the invoice is to be paid."""

    means_code: str
    """BT-81, UNTDID 4461"""
    means_text: str | None = None
    """BT-82"""
    remittance: str | None = None
    """BT-83"""
    transfers: tuple[CreditTransfer, ...] = ()
    """BG-17"""
    card_number: str | None = None
    """BT-87"""
    card_holder: str | None = None
    """BT-88"""
    mandate: str | None = None
    """BT-89"""
    creditor_id: str | None = None
    """BT-90"""
    debited_account: str | None = None
    """BT-91"""


@dataclass(frozen=True, slots=True)
class Tax:
    """The VAT category and rate of a line, an allowance or a charge."""

    category: str
    """BT-95, BT-102, BT-151, UNTDID 5305"""
    percent: Decimal | None = None
    """BT-96, BT-103, BT-152"""


@dataclass(frozen=True, slots=True)
class AllowanceCharge:
    """BG-20 and BG-21 of the invoice, BG-27 and BG-28 of a line: less or more than the prices say."""

    is_charge: bool
    amount: Decimal
    """BT-92, BT-99, BT-136, BT-141"""
    base_amount: Decimal | None = None
    """BT-93, BT-100, BT-137, BT-142"""
    percent: Decimal | None = None
    """BT-94, BT-101, BT-138, BT-143"""
    tax: Tax | None = None
    """BT-95/96, BT-102/103; absent on lines"""
    reason: str | None = None
    """BT-97, BT-104, BT-139, BT-144"""
    reason_code: str | None = None
    """BT-98, BT-105, BT-140, BT-145"""


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22: the totals of the invoice."""

    lines_amount: Decimal
    """BT-106: Σ of the lines' net amounts"""
    net_amount: Decimal
    """BT-109: without VAT"""
    total_amount: Decimal
    """BT-112: with VAT"""
    payable_amount: Decimal
    """BT-115"""
    allowances_amount: Decimal | None = None
    """BT-107"""
    charges_amount: Decimal | None = None
    """BT-108"""
    tax_amount: Decimal | None = None
    """BT-110"""
    tax_amount_in_accounting_currency: Decimal | None = None
    """BT-111"""
    prepaid_amount: Decimal | None = None
    """BT-113"""
    rounding_amount: Decimal | None = None
    """BT-114"""


@dataclass(frozen=True, slots=True)
class TaxSubtotal:
    """BG-23: the VAT of one category and rate."""

    taxable_amount: Decimal
    """BT-116"""
    tax_amount: Decimal
    """BT-117"""
    tax: Tax
    """BT-118, BT-119"""
    exemption_reason: str | None = None
    """BT-120"""
    exemption_code: str | None = None
    """BT-121, VATEX"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """BT-125: a document that travels inside the invoice, as base64 text."""

    content: str
    mime_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class SupportingDocument:
    """BG-24: a document that gives evidence."""

    reference: str
    """BT-122"""
    description: str | None = None
    """BT-123"""
    location: str | None = None
    """BT-124"""
    attachment: Attachment | None = None
    """BT-125"""


@dataclass(frozen=True, slots=True)
class PrecedingInvoice:
    """BG-3: the invoice that this one credits or corrects."""

    number: str
    """BT-25"""
    issued_on: date | None = None
    """BT-26"""


@dataclass(frozen=True, slots=True)
class Price:
    """BG-29: the price of a line's item."""

    net: Decimal
    """BT-146"""
    discount: Decimal | None = None
    """BT-147"""
    gross: Decimal | None = None
    """BT-148"""
    base_quantity: Decimal | None = None
    """BT-149"""
    base_unit: str | None = None
    """BT-150"""


@dataclass(frozen=True, slots=True)
class Item:
    """BG-31: what is billed."""

    name: str
    """BT-153"""
    description: str | None = None
    """BT-154"""
    seller_id: str | None = None
    """BT-155"""
    buyer_id: str | None = None
    """BT-156"""
    standard_id: Identifier | None = None
    """BT-157"""
    classifications: tuple[Identifier, ...] = ()
    """BT-158"""
    origin_country: str | None = None
    """BT-159"""
    attributes: tuple[tuple[str, str], ...] = ()
    """BG-32: BT-160 and BT-161"""


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25: one line of the invoice."""

    line_id: str
    """BT-126"""
    quantity: Decimal
    """BT-129"""
    unit: str
    """BT-130, UN/ECE Recommendation 20"""
    net_amount: Decimal
    """BT-131"""
    price: Price
    """BG-29"""
    item: Item
    """BG-31"""
    tax: Tax
    """BG-30: BT-151, BT-152"""
    note: str | None = None
    """BT-127"""
    object_id: Identifier | None = None
    """BT-128"""
    order_line: str | None = None
    """BT-132"""
    accounting_reference: str | None = None
    """BT-133"""
    period: Period | None = None
    """BG-26"""
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    """BG-27, BG-28"""


@dataclass(frozen=True, slots=True)
class Invoice:
    """BG-0: an invoice, or with a credit type code (381, 396 …) a credit memo; amounts of both are positive."""

    number: str
    """BT-1"""
    issued_on: date
    """BT-2"""
    type_code: str
    """BT-3, UNTDID 1001"""
    currency_code: str
    """BT-5"""
    seller: Party
    """BG-4"""
    buyer: Party
    """BG-7"""
    lines: tuple[Line, ...]
    """BG-25"""
    totals: Totals
    """BG-22"""
    tax_subtotals: tuple[TaxSubtotal, ...]
    """BG-23"""
    specification: str = "urn:cen.eu:en16931:2017"
    """BT-24"""
    business_process: str | None = None
    """BT-23"""
    accounting_currency_code: str | None = None
    """BT-6"""
    tax_point_date: date | None = None
    """BT-7"""
    tax_point_code: str | None = None
    """BT-8, UNTDID 2005: 3 invoice date, 35 delivery, 432 payment"""
    due_on: date | None = None
    """BT-9"""
    buyer_reference: str | None = None
    """BT-10"""
    project: str | None = None
    """BT-11"""
    contract: str | None = None
    """BT-12"""
    purchase_order: str | None = None
    """BT-13"""
    sales_order: str | None = None
    """BT-14"""
    receiving_advice: str | None = None
    """BT-15"""
    despatch_advice: str | None = None
    """BT-16"""
    tender: str | None = None
    """BT-17"""
    object_id: Identifier | None = None
    """BT-18"""
    accounting_reference: str | None = None
    """BT-19"""
    payment_terms: str | None = None
    """BT-20"""
    notes: tuple[Note, ...] = ()
    """BG-1"""
    preceding: tuple[PrecedingInvoice, ...] = ()
    """BG-3"""
    payee: Payee | None = None
    """BG-10"""
    tax_representative: TaxRepresentative | None = None
    """BG-11"""
    delivery: Delivery | None = None
    """BG-13"""
    period: Period | None = None
    """BG-14"""
    payment: Payment | None = None
    """BG-16"""
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    """BG-20, BG-21"""
    supporting_documents: tuple[SupportingDocument, ...] = ()
    """BG-24"""

    @property
    def is_credit(self) -> bool:
        """Return whether it reduces what the buyer owes; UBL then writes a CreditNote."""
        return self.type_code in CREDIT_TYPE_CODES


CREDIT_TYPE_CODES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
INVOICE, CREDIT_MEMO = "380", "381"
EN_16931 = "urn:cen.eu:en16931:2017"
XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
PEPPOL_BILLING = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
E_MAIL_SCHEME = "EM"  # the scheme of an e-mail address; EN 16931 knows it, the Peppol network does not
