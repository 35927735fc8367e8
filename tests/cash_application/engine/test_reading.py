"""What a payer may write, and which document it names."""

from __future__ import annotations

import pytest

from assets.cash_application.engine.nouns import Line
from tests.cash_application.engine.worlds import a_matcher, a_payment, an_entry, paid_by

NUMBERS = ("RE-2026-004711", "RE-2026-005822", "RE-2026-006933", "RE-2026-009144")


def the_book() -> tuple:
    """Return four invoices of one customer and a fifth of another, all of different amounts."""
    own = [an_entry(number, 100_000 + 11_357 * place) for place, number in enumerate(NUMBERS)]
    return (*own, an_entry("RE-2026-007255", 777_777, customer="other"))


@pytest.mark.parametrize(
    "text",
    [
        "Rechnung RE-2026-004711 vom 14.02.2026",
        "re2026004711",
        "RE 2026 004711",
        "2026004711",
        "INV 004711",
        "Zahlung 4711 danke",
        "RGRE2026004711EUR",
        "RE-2026-0O4711",
        "RE-2026-004771",
        "RE-2026-04711",
        "RE-2026-00 4711",
        "SVWZ+RE-2026-\n004711 KREF+991",
        "Ueberweisung RF55 2026 0047 11",
    ],
)
def test_a_number_is_found_however_it_is_written(text: str) -> None:
    matcher = a_matcher(*the_book())
    finding = matcher.find(a_payment(text, 100_000))
    assert paid_by(finding, matcher) == [("RE-2026-004711", 100_000)]
    assert any(reason.evidence.startswith("reference_") for reason in finding.best.reasons), text


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("RE-2026-004711, RE-2026-005822", (0, 1)),
        ("RE-2026-004711/5822/6933", (0, 1, 2)),
        ("004711 + 005822 + 009144", (0, 1, 3)),
        ("RE-2026-004711RE-2026-005822", (0, 1)),
        ("RE-2026-004711 bis RE-2026-006933", (0, 1, 2)),
        ("invoices 2026004711 thru 2026006933", (0, 1, 2)),
    ],
)
def test_lists_and_ranges_name_each_document(text: str, places: tuple[int, ...]) -> None:
    matcher = a_matcher(*the_book())
    amount = sum(100_000 + 11_357 * place for place in places)
    finding = matcher.find(a_payment(text, amount))
    assert paid_by(finding, matcher) == sorted((NUMBERS[place], 100_000 + 11_357 * place) for place in places)
    assert finding.is_certain


def test_a_shared_first_group_names_no_single_document() -> None:
    entries = [an_entry(f"10710-{number}", 50_000 + number, key=f"d{number}") for number in range(1200, 1240)]
    matcher = a_matcher(*entries)
    finding = matcher.find(a_payment("Faktura 10710", 999_999))
    assert finding.best is None or not finding.is_certain


def test_a_telephone_number_and_a_date_are_no_reference() -> None:
    matcher = a_matcher(an_entry("160320", 55_501), an_entry("555123", 66_777))
    finding = matcher.find(a_payment("TEL 030 555123 am 16.03.20", 1_234_567, name=None))
    assert not finding.is_certain


def test_a_creditor_reference_beside_the_number_of_the_same_invoice_made_the_whole_list_useless() -> None:
    matcher = a_matcher(an_entry("539007547034", 10_000), an_entry("RE-2000", 20_000))
    lines = (Line("RF18539007547034", None, None), Line("539007547034", 8_000, None), Line("RE-2000", 20_000, None))
    finding = matcher.find(a_payment("siehe Avis", 28_000, lines=lines))
    assert paid_by(finding, matcher) == [("539007547034", 8_000), ("RE-2000", 20_000)]
    assert finding.ranked[0].rule == "listed_amounts"
