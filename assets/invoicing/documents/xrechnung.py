"""What does a German public buyer ask for on top of EN 16931? The elements that XRechnung makes mandatory, in UBL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_SELLER = "{*}AccountingSupplierParty/{*}Party"
_BUYER = "{*}AccountingCustomerParty/{*}Party"
# Rule of the CIUS, path of the element, and its name in the standard.
MANDATORY = (
    ("BR-DE-1", "{*}PaymentMeans/{*}PaymentMeansCode", "PAYMENT INSTRUCTIONS (BG-16)"),
    ("BR-DE-3", f"{_SELLER}/{{*}}PostalAddress/{{*}}CityName", "Seller city (BT-37)"),
    ("BR-DE-4", f"{_SELLER}/{{*}}PostalAddress/{{*}}PostalZone", "Seller post code (BT-38)"),
    ("BR-DE-5", f"{_SELLER}/{{*}}Contact/{{*}}Name", "Seller contact point (BT-41)"),
    ("BR-DE-6", f"{_SELLER}/{{*}}Contact/{{*}}Telephone", "Seller contact telephone number (BT-42)"),
    ("BR-DE-7", f"{_SELLER}/{{*}}Contact/{{*}}ElectronicMail", "Seller contact email address (BT-43)"),
    ("BR-DE-8", f"{_BUYER}/{{*}}PostalAddress/{{*}}CityName", "Buyer city (BT-52)"),
    ("BR-DE-9", f"{_BUYER}/{{*}}PostalAddress/{{*}}PostalZone", "Buyer post code (BT-53)"),
    ("BR-DE-15", "{*}BuyerReference", "Buyer reference (BT-10)"),
)


def missing_elements(root: Any) -> Iterator[tuple[str, str]]:
    """Yield the rule and the words for each mandatory element that an XRechnung in UBL does not have."""
    for rule_id, path, element in MANDATORY:
        if not (root.findtext(path) or "").strip():
            yield rule_id, f'The element "{element}" must be transmitted.'
