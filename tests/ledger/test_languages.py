"""In which language we write: the one asked for, else that of the country; English where we lack the words."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from assets.ledger.languages import LANGUAGE_OF_COUNTRY, language_of, languages_by_country

SEED = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "policy" / "letter_languages.csv"


def policy() -> dict[str, str]:
    """Return the committed policy."""
    with SEED.open(encoding="utf-8", newline="") as opened:
        return dict(languages_by_country(csv.DictReader(opened)))


@pytest.mark.parametrize(
    ("country", "own", "language"),
    [
        ("BE", None, "fr"), ("CH", None, "de"), ("LU", None, "fr"), ("AT", None, "de"), ("BR", None, "pt"),
        ("BE", "de", "de"), ("CH", "fr-CH", "fr"), ("US", "DE", "de"), ("DE", "en", "en"), ("CH", " ", "de"),
        ("BE", "nl", "en"), ("DE", "it", "en"), ("NL", None, "en"), (None, None, "en"),
    ],
)  # fmt: skip
def test_the_language_asked_for_wins_over_the_one_of_the_country(
    country: str | None, own: str | None, language: str
) -> None:
    assert language_of(country, own, policy()) == language


def test_a_company_changes_what_a_country_reads_and_words_we_lack_become_english() -> None:
    changed = languages_by_country(
        [{"country_code": "BE", "language_code": "de"}, {"country_code": "IT", "language_code": "it"}]
    )
    assert [language_of(country, None, changed) for country in ("BE", "IT", "LU")] == ["de", "en", "en"]


def test_what_holds_without_a_policy_is_what_the_seed_says() -> None:
    assert policy() == dict(LANGUAGE_OF_COUNTRY)
    assert languages_by_country([]) == LANGUAGE_OF_COUNTRY
