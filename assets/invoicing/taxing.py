"""Which VAT category has a charge, and why is no VAT charged? What policy says of its tax code, kept in its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

EU_COUNTRIES = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
        "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaxTreatment:
    """The VAT category of a document, and why no VAT is charged."""

    category: str  # UNTDID 5305: S, Z, E, AE, K, G or O
    exemption_code: str | None = None
    exemption_reason: str | None = None


STANDARD, ZERO_RATED = TaxTreatment("S"), TaxTreatment("Z")
OUTSIDE_VAT = TaxTreatment("O", "VATEX-EU-O", "Not subject to VAT")
INTRA_COMMUNITY = TaxTreatment("K", "VATEX-EU-IC", "Intra-community supply")
REVERSE_CHARGE = TaxTreatment("AE", "VATEX-EU-AE", "Reverse charge")
EXPORT = TaxTreatment("G", "VATEX-EU-G", "Export outside the EU")
USUAL = {each.category: each for each in (OUTSIDE_VAT, INTRA_COMMUNITY, REVERSE_CHARGE, EXPORT)}


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The rate of a tax code, how goods and services are treated under it, and whether it needs a tax number."""

    tax_rate: Decimal
    requires_tax_id: bool
    of_goods: TaxTreatment
    of_services: TaxTreatment

    def treatment_of(self, charge_kind: str) -> TaxTreatment:
        """Return the treatment of a charge: all but goods are services."""
        return self.of_goods if charge_kind == "goods" else self.of_services


def treatment_by_policy(category: str, exemption_code: str | None, exemption_reason: str | None) -> TaxTreatment:
    """Return a category with policy's own reason for it, else with the words that are usual for the category."""
    if exemption_code or exemption_reason:
        return TaxTreatment(category, exemption_code, exemption_reason)
    return USUAL.get(category, TaxTreatment(category))


def tax_treatment(record: Mapping[str, Any], seller_country_code: str, buyer_country_code: str | None) -> TaxTreatment:
    """Return the treatment that a record names; one made before records named any is guessed from the countries."""
    if category := record.get("tax_category"):
        return TaxTreatment(category, record.get("tax_exemption_code"), record.get("tax_exemption_reason"))
    is_goods = record["charge_kind"] == "goods"
    if Decimal(record["tax_rate"]):
        return STANDARD
    if seller_country_code not in EU_COUNTRIES:
        return OUTSIDE_VAT
    if buyer_country_code in (seller_country_code, None):
        return ZERO_RATED
    if buyer_country_code in EU_COUNTRIES:
        return INTRA_COMMUNITY if is_goods else REVERSE_CHARGE
    return EXPORT if is_goods else OUTSIDE_VAT
