"""In which language do we write to somebody? That of their country, where we have its words; else English."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH, GERMAN, FRENCH, PORTUGUESE = "en", "de", "fr", "pt"
# Countries of several languages are left out where nobody can say which is meant: Belgium, Switzerland, Luxembourg.
LANGUAGE_OF_COUNTRY: Mapping[str, str] = {
    **dict.fromkeys(("DE", "AT", "LI"), GERMAN),
    **dict.fromkeys(("FR", "MC", "GP", "MQ", "GF", "RE", "SN", "CI"), FRENCH),
    **dict.fromkeys(("PT", "BR", "AO", "MZ", "CV"), PORTUGUESE),
}
LOCALES: Mapping[str, str] = {ENGLISH: "en_GB", GERMAN: "de_DE", FRENCH: "fr_FR", PORTUGUESE: "pt_BR"}


def language_of(country_code: str | None) -> str:
    """Return the language we write in to somebody in a country."""
    return LANGUAGE_OF_COUNTRY.get(country_code or "", ENGLISH)
