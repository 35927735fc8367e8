"""In which form does a customer take its invoices, and under which reference of its own? The seed, typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ANY_CUSTOMER = "*"
ANY_FORM = "any"  # PDF with Factur-X inside, and UBL beside it
XRECHNUNG = "xrechnung"


@dataclass(frozen=True, slots=True)
class Receiving:
    """The form a customer asked for, None for any, and the reference it routes invoices by (BT-10)."""

    document_format: str | None = None
    buyer_reference: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivingRules:
    """How customers receive documents: by legal entity, and by customer where one differs from its entity."""

    by_customer: Mapping[tuple[str, str], Receiving]

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, Any]]) -> ReceivingRules:
        """Return the typed policy of the seed customer_documents."""
        return cls(
            {
                (str(row["legal_entity_id"]), str(row["customer_number"])): Receiving(
                    None if row["document_format"] == ANY_FORM else str(row["document_format"]),
                    row["buyer_reference"] or None,
                )
                for row in rows
            }
        )

    def of_customer(self, legal_entity_id: str, customer_number: str | None) -> Receiving:
        """Return how a customer receives documents; as any, where policy says nothing."""
        for customer in (customer_number or "", ANY_CUSTOMER):
            if (legal_entity_id, customer) in self.by_customer:
                return self.by_customer[(legal_entity_id, customer)]
        return Receiving()
