"""The words of the mail that brings a document, by language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assets.ledger.languages import ENGLISH, FRENCH, GERMAN, LOCALES, PORTUGUESE


@dataclass(frozen=True, slots=True)
class Wording:
    """What the mail says around the facts of its document."""

    locale: str
    invoice: str
    credit_memo: str
    subject: str
    date: str
    credits: str
    due: str
    purchase_order: str
    contract: str
    order: str
    net: str
    tax: str
    total: str
    please_name: str
    set_against: str
    colon: str = ":"
    day: str = "d MMMM y"


WORDING: Mapping[str, Wording] = {
    ENGLISH: Wording(
        locale=LOCALES[ENGLISH],
        invoice="Invoice",
        credit_memo="Credit memo",
        subject="{kind} {number} from {seller}",
        date="Date",
        credits="Credits invoice",
        due="Due",
        purchase_order="Your purchase order",
        contract="Contract",
        order="Order",
        net="Net",
        tax="Tax",
        total="Total",
        please_name="Please name {number} when you pay.",
        set_against="It is set against invoice {number}.",
    ),
    GERMAN: Wording(
        locale=LOCALES[GERMAN],
        invoice="Rechnung",
        credit_memo="Rechnungskorrektur",
        subject="{kind} {number} von {seller}",
        date="Datum",
        credits="Korrigiert Rechnung",
        due="Fällig am",
        purchase_order="Ihre Bestellung",
        contract="Vertrag",
        order="Auftrag",
        net="Netto",
        tax="Steuer",
        total="Gesamt",
        please_name="Bitte geben Sie bei der Zahlung {number} an.",
        set_against="Sie wird mit Rechnung {number} verrechnet.",
        day="d. MMMM y",
    ),
    FRENCH: Wording(
        locale=LOCALES[FRENCH],
        invoice="Facture",
        credit_memo="Avoir",
        subject="{kind} {number} de {seller}",
        date="Date",
        credits="Avoir sur la facture",
        due="Échéance",
        purchase_order="Votre commande",
        contract="Contrat",
        order="Commande",
        net="Total hors taxes",
        tax="Taxes",
        total="Total",
        please_name="Merci d'indiquer {number} lors de votre paiement.",
        set_against="Il vient en déduction de la facture {number}.",
        colon="\N{NO-BREAK SPACE}:",
    ),
    PORTUGUESE: Wording(
        locale=LOCALES[PORTUGUESE],
        invoice="Fatura",
        credit_memo="Nota de crédito",
        subject="{kind} {number} de {seller}",
        date="Data",
        credits="Credita a fatura",
        due="Vencimento",
        purchase_order="Seu pedido de compra",
        contract="Contrato",
        order="Pedido",
        net="Valor líquido",
        tax="Imposto",
        total="Total",
        please_name="Indique {number} ao pagar, por favor.",
        set_against="É abatida da fatura {number}.",
        day="d 'de' MMMM 'de' y",
    ),
}
