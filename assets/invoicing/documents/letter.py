"""What the printed letter of an invoice says: every text, amount and date as it will stand on paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any

from babel import Locale
from babel.dates import format_date

from assets.invoicing.documents.labels import LABELS, SEPARATORS
from assets.invoicing.documents.model import Address, Invoice, Line, Party
from assets.invoicing.taxing import EU_COUNTRIES
from assets.ledger.languages import LOCALES, PORTUGUESE, language_of
from assets.ledger.money import ZERO, minor_digits

LETTER_PAPER = frozenset({"US", "CA", "MX", "CL", "CO", "PH"})


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """A bank slip of Brazil as it is printed below the letter; its words are Portuguese whatever the letter speaks."""

    bank: str
    typeable_line: str
    barcode_svg: str
    our_number: str

    def block(self, invoice: Invoice) -> dict[str, Any]:
        """Return what the template prints of it."""
        due_on = f"{invoice.due_on:%d/%m/%Y}" if invoice.due_on else "Contra apresentação"
        amount = _Writer(LABELS[PORTUGUESE], PORTUGUESE, invoice.currency_code).amount(invoice.totals.payable_amount)
        return {
            "bank": self.bank,
            "line": self.typeable_line,
            "barcode": self.barcode_svg,
            "rows": [
                ["Beneficiário", invoice.seller.name],
                ["Vencimento", due_on],
                ["Nosso número", self.our_number],
                ["Número do documento", invoice.number],
                ["Data do documento", f"{invoice.issued_on:%d/%m/%Y}"],
                ["Valor do documento", f"R$\N{NO-BREAK SPACE}{amount}"],
                ["Pagador", invoice.buyer.name],
            ],
        }


def language_for(invoice: Invoice) -> str:
    """Return the language of the letter: the buyer's where we have its words, else English."""
    return language_of(invoice.buyer.address.country_code)


def letter_of(
    invoice: Invoice,
    *,
    language: str | None = None,
    payment_code_svg: str | None = None,
    slip: PrintedSlip | None = None,
    logo_svg: str | None = None,
    customer_number: str | None = None,
) -> dict[str, Any]:
    """Return the letter as plain data for the template."""
    language = language or language_for(invoice)
    labels = LABELS[language]
    kind = labels["credit_memo" if invoice.is_credit else "invoice"]
    seller = invoice.seller
    writer = _Writer(labels, language, invoice.currency_code)
    home = seller.address.country_code
    return {
        "language": language,
        "paper": "us-letter" if seller.address.country_code in LETTER_PAPER else "a4",
        "labels": {**labels, "amount": f"{labels['amount']} ({invoice.currency_code})"},
        "title": f"{kind} {invoice.number}",
        "heading": f"{kind} {invoice.number}",
        "keywords": [invoice.number, seller.name],
        "date": {"year": invoice.issued_on.year, "month": invoice.issued_on.month, "day": invoice.issued_on.day},
        "logo": logo_svg,
        "seller": {
            "name": seller.name,
            "lines": _postal_lines(seller.address, home, language),
            "sender": " · ".join([seller.name, *_postal_lines(seller.address, home, language)]),
        },
        "buyer": [invoice.buyer.name, *_postal_lines(invoice.buyer.address, home, language)],
        "facts": writer.facts(invoice, customer_number),
        "notes_before": [note.text for note in invoice.notes],
        "columns": writer.columns(invoice),
        "lines": writer.lines(invoice.lines),
        "totals": writer.totals(invoice),
        "total": writer.final(invoice),
        "notes_after": _exemptions(invoice),
        "payment": writer.payment(invoice, payment_code_svg),
        "slip": slip.block(invoice) if slip else None,
        "footer": _footer(seller, writer, invoice),
    }


class _Writer:
    """Amounts, dates and rows in one language and currency."""

    def __init__(self, labels: Mapping[str, str], language: str, currency_code: str) -> None:
        self.labels, self.language, self.currency_code = labels, language, currency_code

    def number(self, value: Decimal, digits: int | None = None) -> str:
        """Return a number with separators; without `digits` it keeps the decimals it needs."""
        thousands, decimal = SEPARATORS[self.language]
        text = f"{value:,.{digits}f}" if digits is not None else f"{value.normalize():,f}"
        return text.translate({ord(","): thousands, ord("."): decimal}).replace("-", "\N{MINUS SIGN}")

    def amount(self, value: Decimal) -> str:
        """Return an amount with the decimals of its currency, or more where it has more."""
        exponent = value.normalize().as_tuple().exponent
        needed = -exponent if isinstance(exponent, int) else 0
        return self.number(value, max(minor_digits(self.currency_code), needed))

    def money(self, value: Decimal) -> str:
        """Return an amount with its currency."""
        return f"{self.currency_code}\N{NO-BREAK SPACE}{self.amount(value)}"

    def day(self, value: date) -> str:
        """Return a date that reads the same to everybody."""
        return format_date(value, "medium", locale=LOCALES[self.language])

    def facts(self, invoice: Invoice, customer_number: str | None) -> list[list[str]]:
        """Return the facts beside the address; absent ones are left out."""
        period = invoice.period
        delivered_on = invoice.delivery.delivered_on if invoice.delivery else None
        days = [day for day in (period.start, period.end) if day] if period else []
        credited = [
            one.number if one.issued_on is None else f"{one.number} {self.labels['of_date']} {self.day(one.issued_on)}"
            for one in invoice.preceding
        ]
        facts = [
            ("number", invoice.number),
            ("date", self.day(invoice.issued_on)),
            ("due_date", self.day(invoice.due_on) if invoice.due_on and not invoice.is_credit else None),
            ("credits", ", ".join(credited)),
            ("customer_number", customer_number),
            ("purchase_order", invoice.purchase_order),
            ("buyer_reference", invoice.buyer_reference if invoice.buyer_reference != customer_number else None),
            ("contract", invoice.contract),
            ("sales_order", invoice.sales_order),
            ("period", " – ".join(self.day(day) for day in days)),
            ("delivered_on", self.day(delivered_on) if delivered_on and not days else None),
            ("buyer_vat_id", invoice.buyer.vat_id),
        ]
        return [[self.labels[name], text] for name, text in facts if text]

    def columns(self, invoice: Invoice) -> list[str]:
        """Return the columns of the table; the rate has one only where there are several."""
        rates = {(line.tax.category, line.tax.percent) for line in invoice.lines}
        return ["position", "description", "quantity", "price", *(["tax"] if len(rates) > 1 else []), "amount"]

    def lines(self, lines: tuple[Line, ...]) -> list[dict[str, Any]]:
        """Return the rows of the table, each with the sum of all lines up to it."""
        running = accumulate((line.net_amount for line in lines), initial=ZERO)
        next(running)
        return [
            {
                "position": line.line_id,
                "name": line.item.name,
                "details": self._details(line),
                "quantity": self.number(line.quantity),
                "price": self.amount(line.price.net),
                "tax": self.rate(line.tax.percent) if line.tax.percent is not None else "–",
                "amount": self.amount(line.net_amount),
                "running": self.money(up_to),
            }
            for line, up_to in zip(lines, running, strict=True)
        ]

    def _details(self, line: Line) -> list[str]:
        days = [day for day in (line.period.start, line.period.end) if day] if line.period else []
        details = [
            line.item.description,
            " – ".join(self.day(day) for day in days),
            f"{self.labels['item_id']} {line.item.seller_id}" if line.item.seller_id else None,
            *(f"{one.reason or one.reason_code or ''} {self._signed(one.is_charge, one.amount)}".strip()
              for one in line.allowances_charges),
        ]  # fmt: skip
        return [detail for detail in details if detail]

    def _signed(self, is_charge: bool, amount: Decimal) -> str:
        return self.amount(amount if is_charge else -amount)

    def rate(self, percent: Decimal) -> str:
        """Return a rate in percent."""
        return f"{self.number(percent)}\N{NO-BREAK SPACE}%"

    def totals(self, invoice: Invoice) -> list[list[str]]:
        """Return what leads from the lines to the total."""
        totals, labels = invoice.totals, self.labels
        rows = [
            [one.reason or one.reason_code or "", self._signed(one.is_charge, one.amount)]
            for one in invoice.allowances_charges
        ]
        rows.append([labels["net"], self.amount(totals.net_amount)])
        for one in invoice.tax_subtotals:
            kind = "tax_on" if invoice.seller.address.country_code in EU_COUNTRIES else "sales_tax_on"
            name = kind if one.tax.percent else f"no_{kind}"
            rate = self.rate(one.tax.percent) if one.tax.percent else ""
            rows.append(
                [labels[name].format(rate=rate, base=self.amount(one.taxable_amount)), self.amount(one.tax_amount)]
            )
        if totals.payable_amount != totals.total_amount:
            rows.append([labels["total"], self.amount(totals.total_amount)])
        if totals.prepaid_amount:
            rows.append([labels["prepaid"], self.amount(-totals.prepaid_amount)])
        if totals.rounding_amount:
            rows.append([labels["rounding"], self.amount(totals.rounding_amount)])
        return rows

    def final(self, invoice: Invoice) -> list[str]:
        """Return the last line: what is to be paid, or credited."""
        return [
            self.labels["credit_total" if invoice.is_credit else "payable"],
            self.money(invoice.totals.payable_amount),
        ]

    def payment(self, invoice: Invoice, code_svg: str | None) -> dict[str, Any] | None:
        """Return how to pay; a credit memo is not paid."""
        if invoice.is_credit:
            return {"terms": self.labels["credit_note"], "rows": [], "code": None}
        payment = invoice.payment
        if invoice.totals.payable_amount <= 0 or (payment is None and not invoice.payment_terms):
            return None
        rows: list[list[str]] = []
        for transfer in payment.transfers if payment else ():
            rows.append([self.labels["account_name"], transfer.account_name or invoice.seller.name])
            account = _in_fours(transfer.account) if transfer.is_iban else transfer.account
            rows.append(["IBAN" if transfer.is_iban else self.labels["account"], account])
            if transfer.service_provider:
                rows.append([self.labels["bank"], transfer.service_provider])
        if payment and payment.remittance:
            rows.append([self.labels["reference"], payment.remittance])
        return {"terms": invoice.payment_terms or "", "rows": rows, "code": code_svg}


def _postal_lines(address: Address, home: str | None, language: str) -> list[str]:
    """Return an address as it is written on a letter; abroad its country stands below in words."""
    city = " ".join(part for part in (address.postal_code, address.city) if part)
    if address.country_code in LETTER_PAPER:
        region = " ".join(part for part in (address.subdivision, address.postal_code) if part)
        city = ", ".join(part for part in (address.city, region) if part)
    country = address.country_code if address.country_code != home else None
    if country:
        country = Locale.parse(LOCALES[language]).territories.get(country, country)
    lines = [address.line_1, address.line_2, address.line_3, city, country]
    return [line for line in lines if line]


def _exemptions(invoice: Invoice) -> list[str]:
    """Return why no VAT is charged; where there is no VAT at all nobody needs to be told."""
    if invoice.seller.address.country_code not in EU_COUNTRIES:
        return []
    return [one.exemption_reason for one in invoice.tax_subtotals if one.exemption_reason]


def _in_fours(iban: str) -> str:
    return re.sub(r"(.{4})(?=.)", "\\1\N{NO-BREAK SPACE}", iban)


def _footer(seller: Party, writer: _Writer, invoice: Invoice) -> list[list[str]]:
    """Return the three columns at the foot of each page: address, registers, account."""
    labels, contact = writer.labels, seller.contact
    registration = seller.legal_registration.value if seller.legal_registration else None
    transfers = invoice.payment.transfers if invoice.payment else ()
    account = transfers[0] if transfers else None
    columns = [
        [
            seller.name,
            f"{labels['telephone']} {contact.telephone}" if contact and contact.telephone else None,
            contact.email if contact else None,
        ],
        [
            f"{labels['vat_id']} {seller.vat_id}" if seller.vat_id else None,
            f"{labels['tax_registration']} {seller.tax_registration}" if seller.tax_registration else None,
            f"{labels['registration']} {registration}" if registration else None,
            seller.legal_information,
        ],
        [
            account.account_name or seller.name if account else None,
            _in_fours(account.account) if account and account.is_iban else account.account if account else None,
            account.service_provider if account else None,
        ],
    ]
    return [[line for line in column if line] for column in columns]
