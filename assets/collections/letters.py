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
from babel.languages import get_official_languages
from babel.numbers import format_currency

from assets.collections.wording import FACTS, WORDS, ReminderWords
from assets.ledger.errors import PermanentError
from assets.ledger.languages import ENGLISH, LOCALES

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
        known = ", ".join(sorted(LETTERS[ENGLISH]))
        super().__init__(
            f"Cannot write reminder `{template}`: there is no such letter; there are {known}. "
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


def _letters_of(words: ReminderWords) -> dict[str, Letter]:
    """Return a language's letters: greeting, opening, the facts one below the other, and the close."""
    width = max(map(len, words.facts))
    facts = "\n".join(
        f"{name}{words.colon}{' ' * (width - len(name))} ${fact}" for name, fact in zip(words.facts, FACTS, strict=True)
    )
    return {
        name: Letter.of(subject, f"{words.greeting}\n\n{opening}\n\n{facts}\n\n{words.close}")
        for name, (subject, opening) in words.letters.items()
    }


LETTERS: Mapping[str, Mapping[str, Letter]] = {language: _letters_of(words) for language, words in WORDS.items()}


def letter_named(template: str, language: str = ENGLISH) -> Letter:
    """Return a letter by its name in the seeds, in a language; in English where that has no such letter."""
    letter = LETTERS.get(language, {}).get(template) or LETTERS[ENGLISH].get(template)
    if letter is None:
        raise UnknownLetterError(template)
    return letter


def written_days(count: int, language: str) -> str:
    """Return a number of days in words of a language."""
    words = WORDS[language]
    return f"{count} {words.day if count == 1 else words.days}"


def written_amount(amount: Decimal, currency_code: str, locale: Locale) -> str:
    """Return an amount as readers there write it, with its currency."""
    return str(format_currency(amount, currency_code, locale=locale))


def written_date(day: date | None, locale: Locale) -> str:
    """Return a date in words, so that nobody takes the month for the day."""
    return "" if day is None else str(format_date(day, format="long", locale=locale))


@lru_cache(maxsize=1000)
def letter_locale(language: str, country_code: str | None) -> Locale:
    """Return how a language writes numbers and dates: as in the reader's country where it is spoken there.

    An English letter to Germany has English numbers: `1.401,83 £` in it would be read as one pound and a bit.
    """
    if country_code and language in get_official_languages(country_code, de_facto=True):
        try:
            return Locale.parse(f"{language}_{country_code}")
        except (UnknownLocaleError, ValueError):
            pass
    return Locale.parse(LOCALES[language])


def plain_value(value: str) -> str:
    """Return a value as one line without control or direction signs, cut to a sane length."""
    return _CONTROL.sub(" ", value).strip()[:LONGEST_VALUE]
