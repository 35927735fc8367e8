"""In which language do we write to somebody? Their own, else their country's; where we lack its words, English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ENGLISH, GERMAN, FRENCH, PORTUGUESE = "en", "de", "fr", "pt"
# What holds where no policy is at hand; the seed letter_languages says the same and can be changed.
LANGUAGE_OF_COUNTRY: Mapping[str, str] = {
    **dict.fromkeys(("DE", "AT", "LI", "CH"), GERMAN),
    **dict.fromkeys(("FR", "BE", "LU", "MC", "GP", "MQ", "GF", "RE", "SN", "CI"), FRENCH),
    **dict.fromkeys(("PT", "BR", "AO", "MZ", "CV"), PORTUGUESE),
}
LOCALES: Mapping[str, str] = {ENGLISH: "en_GB", GERMAN: "de_DE", FRENCH: "fr_FR", PORTUGUESE: "pt_BR"}


def language_of(
    country_code: str | None, own: str | None = None, by_country: Mapping[str, str] = LANGUAGE_OF_COUNTRY
) -> str:
    """Return the language we write in to somebody in a country who may have asked for one, like `de` or `de-CH`.

    Somebody who asked for a language we have no words of gets English: their country's may be the other one.
    """
    asked = _asked_for(country_code, own, by_country)
    return asked if asked in LOCALES else ENGLISH


def language_missed(
    country_code: str | None, own: str | None = None, by_country: Mapping[str, str] = LANGUAGE_OF_COUNTRY
) -> str | None:
    """Return the language that was asked for and that we have no words of; None where we write as asked."""
    asked = _asked_for(country_code, own, by_country)
    return None if asked in LOCALES else asked


def _asked_for(country_code: str | None, own: str | None, by_country: Mapping[str, str]) -> str:
    if own and own.strip():
        return own.strip()[:2].lower()
    return by_country.get(country_code or "", ENGLISH)


def languages_by_country(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, str]:
    """Return the policy of the seed letter_languages; what is built in where there is none."""
    return {str(row["country_code"]): str(row["language_code"]) for row in rows} or LANGUAGE_OF_COUNTRY
