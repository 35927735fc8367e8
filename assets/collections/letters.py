"""What does a reminder say? Plain text from reviewed templates, with an allow-list of placeholders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from string import Template

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from assets.ledger.errors import PermanentError

ALLOWED_PLACEHOLDERS = frozenset(
    {"customer_name", "document_number", "open_amount", "original_amount", "document_date", "due_date", "days_overdue"}
    | {"legal_entity_name", "purchase_order", "settled_amount"}
)
LONGEST_VALUE = 200

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class UnknownLetterError(PermanentError):
    """A dunning step asks for a letter that does not exist."""

    def __init__(self, template: str) -> None:
        self.template = template
        super().__init__(
            f"Cannot write reminder `{template}`: there is no such letter; there are {', '.join(sorted(LETTERS))}. "
            "Correct the template in dbt_project/seeds/policy/dunning_steps.csv."
        )


class UnknownPlaceholderError(PermanentError):
    """A letter names something that may not stand in letters."""

    def __init__(self, unknown: set[str]) -> None:
        self.unknown = unknown
        super().__init__(
            f"Cannot use placeholder {sorted(unknown)} in a letter; allowed are {sorted(ALLOWED_PLACEHOLDERS)}."
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body of a reminder, before its values are filled in."""

    subject: Template
    body: Template

    @classmethod
    def of(cls, subject: str, body: str) -> Letter:
        """Return the letter; raise UnknownPlaceholderError for a placeholder that is not on the list."""
        letter = cls(Template(subject), Template(body))
        unknown = {*letter.subject.get_identifiers(), *letter.body.get_identifiers()} - ALLOWED_PLACEHOLDERS
        if unknown:
            raise UnknownPlaceholderError(unknown)
        return letter

    def filled(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return subject and body; values are inserted once and as plain text, whatever they contain."""
        plain = {name: plain_value(value) for name, value in values.items()}
        return self.subject.substitute(plain), self.body.substitute(plain)


_DETAILS = """
Invoice:        $document_number
Invoice date:   $document_date
Your reference: $purchase_order
Due date:       $due_date
Invoice amount: $original_amount
Paid, credited: $settled_amount
Still open:     $open_amount
"""
_CLOSE = """
Please name $document_number with your payment. If you have paid in the last
days, thank you, and please disregard this message. If something about the
invoice is not as agreed, please reply to this message, so that we can put
it right.

Kind regards
Accounts receivable, $legal_entity_name
"""

LETTERS: dict[str, Letter] = {
    "courtesy": Letter.of(
        "Invoice $document_number falls due on $due_date",
        f"Dear $customer_name,\n\na note ahead of time: this invoice falls due on $due_date.\n{_DETAILS}{_CLOSE}",
    ),
    "friendly_reminder": Letter.of(
        "Reminder: invoice $document_number, $open_amount open",
        "Dear $customer_name,\n\nthis invoice was due on $due_date and we have not seen its payment yet.\n"
        f"{_DETAILS}{_CLOSE}",
    ),
    "second_reminder": Letter.of(
        "Second reminder: invoice $document_number is $days_overdue days overdue",
        "Dear $customer_name,\n\nthis invoice is $days_overdue days overdue. Please arrange its payment,\nor tell us "
        f"when we can expect it.\n{_DETAILS}{_CLOSE}",
    ),
    "firm_reminder": Letter.of(
        "Overdue: invoice $document_number, $days_overdue days",
        "Dear $customer_name,\n\nwe have reminded you of this invoice before. It is now $days_overdue days\n"
        f"overdue. Please pay what is open within seven days.\n{_DETAILS}{_CLOSE}",
    ),
    "final_notice": Letter.of(
        "Final notice: invoice $document_number, $days_overdue days overdue",
        "Dear $customer_name,\n\nthis is our last reminder of an invoice that is $days_overdue days overdue.\nWithout "
        f"its payment or your answer within seven days it goes to our credit\ncontrol.\n{_DETAILS}{_CLOSE}",
    ),
}


def letter_named(template: str) -> Letter:
    """Return a letter by its name in the seeds."""
    if template not in LETTERS:
        raise UnknownLetterError(template)
    return LETTERS[template]


def written_amount(amount: Decimal, currency_code: str, country_code: str) -> str:
    """Return an amount as readers in that country write it, with its currency."""
    return format_currency(amount, currency_code, locale=letter_locale(country_code))


def written_date(day: date | None, country_code: str) -> str:
    """Return a date in words, so that nobody takes the month for the day."""
    return "" if day is None else format_date(day, format="long", locale=letter_locale(country_code))


@lru_cache(maxsize=300)
def letter_locale(country_code: str) -> Locale:
    """Return English as written in a country; letters are in English until another language is asked for."""
    try:
        return Locale.parse(f"en_{country_code}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_US")


def plain_value(value: str) -> str:
    """Return a value as one line without control or direction signs, cut to a sane length."""
    return _CONTROL.sub(" ", value).strip()[:LONGEST_VALUE]
