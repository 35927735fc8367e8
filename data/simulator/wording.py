"""What payers write: references whole, damaged, listed or missing, in several languages and habits."""

from __future__ import annotations

from datetime import date
from random import Random

from data.simulator.world import Customer

_SINGLE = (
    "{n}", "Invoice {n}", "INV {n}", "Rechnung {n}", "RG-NR {n} VOM {d}", "payment {n}", "PAYMENT FOR INVOICE {n}",
    "Rechnungsnr. {n}", "your ref {n}", "Facture {n}", "{n} {d}", "Zahlung {n} danke",
)  # fmt: skip
_NONE = (
    "payment", "Zahlung", "invoice payment", "Rechnung", "vielen Dank", "ACH PAYMENT", "open invoices", "settlement",
    "Kundennummer {c}", "customer {c}", "{m}", "monthly payment", "as agreed",
)  # fmt: skip
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
_CONFUSED = {"0": "O", "1": "I", "5": "S", "8": "B"}


def with_reference(number: str, issued: date, rng: Random) -> list[str]:
    """Return a text that names one document as given."""
    return [rng.choice(_SINGLE).format(n=number, d=issued.strftime("%d.%m.%Y"))]


def without_reference(po_number: str | None, customer: Customer, rng: Random) -> list[str]:
    """Return a text that names no document; sometimes it names the order or the customer instead."""
    if po_number and rng.random() < 0.35:
        return [rng.choice(("PO {p}", "order {p}", "Bestellung {p}")).format(p=po_number)]
    month = rng.choice(_MONTHS)
    return [rng.choice(_NONE).format(c=customer.accounting_reference, m=month)]


def mistype(number: str, rng: Random) -> str:
    """Return the number with one slip: a digit replaced, two swapped, one dropped, doubled or read as a letter."""
    places = [index for index, char in enumerate(number) if char.isdigit()]
    place = rng.choice(places[-5:])
    slip = rng.choice(("replace", "replace", "swap", "drop", "double", "confuse"))
    char = number[place]
    if slip == "swap" and place + 1 < len(number) and number[place + 1] not in (char, "-"):
        return number[:place] + number[place + 1] + char + number[place + 2 :]
    if slip == "drop":
        return number[:place] + number[place + 1 :]
    if slip == "double":
        return number[:place] + char + number[place:]
    if slip == "confuse" and char in _CONFUSED:
        return number[:place] + _CONFUSED[char] + number[place + 1 :]
    other = rng.choice([digit for digit in "0123456789" if digit != char])
    return number[:place] + other + number[place + 1 :]


def truncate(number: str, rng: Random) -> str:
    """Return the number cut: without its prefix, its last digits only, or its end missing."""
    kind = rng.choice(("prefix", "tail", "end"))
    if kind == "prefix":
        return number.lstrip("REUSLM-").removeprefix("2026-")
    if kind == "tail":
        return number[-4:]
    return number[:-1]


def glued(number: str, customer: Customer, rng: Random) -> list[str]:
    """Return a text in which the whole number is there, but not as a word of its own."""
    kind = rng.choice(("glued", "spaced", "wrapped", "lower"))
    if kind == "glued":
        return [f"RG{number}KD{customer.accounting_reference}"]
    if kind == "spaced":
        return [f"Rechnung {number[:-3]} {number[-3:]} Zahlung"]
    if kind == "lower":
        return [f"inv:{number.lower()};cust:{customer.accounting_reference}"]
    line = f"ZAHLUNG LAUT VEREINBARUNG RG {number} {customer.accounting_reference}"
    return [line[:35], line[35:]]


def listing(numbers: list[str], rng: Random, is_more: bool = False) -> list[str]:
    """Return a text that lists documents, in lines banks can carry."""
    lead = rng.choice(("", "", "Rechnungen ", "invoices ", "INV "))
    separator = rng.choice((", ", " ", "/", "; ", " + "))
    lines: list[str] = []
    current = lead
    for index, number in enumerate(numbers):
        piece = number + (separator if index < len(numbers) - 1 else "")
        if len(current) + len(piece) > 130:
            lines.append(current.rstrip())
            current = ""
        current += piece
    if is_more:
        current += rng.choice((" and others", " u.a.", " ...", " etc"))
    return [*lines, current]


def prepayment(rng: Random) -> list[str]:
    """Return the text of money sent ahead of any invoice."""
    return [rng.choice(("advance payment", "Anzahlung", "deposit for next order", "Vorkasse Angebot 8817"))]


def unexplained(rng: Random) -> list[str]:
    """Return a text that helps nobody."""
    return [
        rng.choice(("Einzahlung", "TRANSFER {r}", "REF {r}", "refund", "Gutschrift {r}", "INTEREST", "{r}")).format(
            r=rng.randint(10_000_000, 99_999_999)
        )
    ]
