"""How pages write money, dates, shares and codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent, get_currency_symbol

LOCALE = "en"
NOTHING = "–"

_WORDS = {
    "po": "PO",
    "id": "ID",
    "iban": "IBAN",
    "dso": "DSO",
    "hubspot": "HubSpot",
    "quickbooks": "QuickBooks",
    "shipstation": "ShipStation",
    "usd": "USD",
    "eur": "EUR",
    "gbp": "GBP",
    "vat": "VAT",
}

BUCKETS = {
    "not_due": "Not due",
    "1_30": "1–30 d",
    "31_60": "31–60 d",
    "61_90": "61–90 d",
    "91_120": "91–120 d",
    "over_120": "> 120 d",
    "no_due_date": "No due date",
    "unapplied_cash": "Unapplied",
}


def money(amount: Decimal | None, currency_code: str | None) -> str:
    """Return an amount with its currency, exact to the cent."""
    if amount is None:
        return NOTHING
    if not currency_code:
        return number(amount)
    has_symbol = get_currency_symbol(currency_code, locale=LOCALE) != currency_code
    return str(format_currency(amount, currency_code, None if has_symbol else "¤ #,##0.00;¤ -#,##0.00", locale=LOCALE))


def compact_money(amount: Decimal | None, currency_code: str) -> str:
    """Return an amount short enough for a tile, e.g. €12.3M."""
    if amount is None:
        return NOTHING
    if abs(amount) < 10_000:
        return str(format_currency(amount, currency_code, locale=LOCALE))
    return str(format_compact_currency(amount, currency_code, locale=LOCALE, fraction_digits=2))


def number(value: Decimal | int | None) -> str:
    """Return a number with thousands separated."""
    return NOTHING if value is None else str(format_decimal(value, locale=LOCALE))


def decimal(value: Decimal) -> str:
    """Return a number with at most one decimal."""
    return str(format_decimal(value, format="#,##0.#", locale=LOCALE))


def share(part: Decimal | int, whole: Decimal | int) -> str:
    """Return a share as a percentage with one decimal; a dash when there is nothing to share."""
    if not whole:
        return NOTHING
    return str(format_percent(Decimal(part) / Decimal(whole), format="#,##0.0%", locale=LOCALE))


def days(value: Decimal | int | None) -> str:
    """Return a number of days."""
    return NOTHING if value is None else f"{format_decimal(value, format='#,##0.#', locale=LOCALE)} d"


def day(value: date | None) -> str:
    """Return a date as 30 Jun 2026."""
    return NOTHING if value is None else str(format_date(value, "d MMM y", locale=LOCALE))


def month(value: date) -> str:
    """Return a month as Jun 26."""
    return str(format_date(value, "MMM yy", locale=LOCALE))


def words(code: str | None) -> str:
    """Return a code as words: PO_NUMBER_MISSING becomes PO number missing."""
    if not code:
        return NOTHING
    parts = code.replace(".", " ").replace("_", " ").lower().split()
    text = " ".join(_WORDS.get(part, part) for part in parts)
    return text[:1].upper() + text[1:]


def language(code: str) -> str:
    """Return the name of a language; the code where it is none that is known."""
    try:
        return Locale.parse(code).get_display_name(LOCALE) or code
    except (UnknownLocaleError, ValueError):
        return plain_text(code)


def scope_name(scope: tuple[str, str]) -> str:
    """Return a legal entity and currency as a choice."""
    legal_entity_id, currency_code = scope
    return f"Group · {currency_code}" if legal_entity_id == "all" else f"{legal_entity_id} · {currency_code}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def plain_text(value: Any) -> str:
    """Return text from outside as one line without control or direction characters."""
    if value is None or value == "":
        return NOTHING
    return "".join(letter if letter.isprintable() else " " for letter in str(value))


def told_apart(labels: Mapping[str, str]) -> dict[str, str]:
    """Return labels of a choice, equal ones numbered: a page is told the label chosen and takes the last such one.

    They are numbered in the order of their keys, so that no other order of reading gives one the name of another.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    written = set(labels.values())  # another may be called like this one with its number
    for key, label in sorted(labels.items()):
        numbered = (f"{label} ({position})" for position in count(2))
        found[key] = next(each for each in numbered if each not in taken | written) if label in taken else label
        taken.add(found[key])
    return {key: found[key] for key in labels}
