"""How do things stand today? What rules ask the record of a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from assets.ledger.charges import read_billing_key
from assets.ledger.contracts import Agreement
from assets.ledger.disputes import Dispute, Rejection, invoices_meant
from assets.ledger.documents import Document, OpenItem
from assets.ledger.known import COMPARED_SYSTEMS, DayRecord
from assets.ledger.money import ZERO, from_minor
from assets.ledger.parties import local_date

Objection = TypeVar("Objection", Dispute, Rejection)


class DayStanding(DayRecord):
    """The record of a day with the questions that rules ask of it."""

    __slots__ = ()

    def frame_agreement(self, customer_key: str | None) -> Agreement | None:
        """Return the agreement that gives a customer's orders their terms, the newest if there are several.

        Accounting may hold one company twice: a record without an agreement has that of the same tax number.
        """
        for key in self._records_of_party(customer_key):
            frames = [a for a in self.agreements.get(key, {}).values() if not a.has_lines]
            if frames:
                return max(frames, key=lambda a: (a.known_date, a.contract_id))
        return None

    def credit_limit(self, customer_key: str) -> Decimal | None:
        """Return the highest limit agreed with the customer, or None when none is known."""
        for key in self._records_of_party(customer_key):
            limits = [a.credit_limit_amount for a in self.agreements.get(key, {}).values()]
            known = [limit for limit in limits if limit is not None]
            if known:
                return max(known)
        customer = self.customers.get(customer_key)
        return customer.credit_limit_amount if customer else None

    def _records_of_party(self, customer_key: str | None) -> list[str]:
        """Return the customer and the other records of its tax number at the same legal entity."""
        customer = self.customers.get(customer_key or "")
        if customer is None:
            return [customer_key] if customer_key else []
        others = self.customers_taxed.get((customer.legal_entity_id, customer.tax_id or ""), {})
        return [customer.customer_key, *sorted(key for key in others if key != customer.customer_key)]

    def live_documents_billing(self, billing_key: str) -> list[Document]:
        """Return the documents that bill a charge and are neither cancelled nor credited to be replaced."""
        return [
            document
            for key in self.documents_billing.get(billing_key, ())
            if not (document := self.documents[key]).is_cancelled and key not in self.replaced_documents
        ]

    def credited_of(self, document: Document, billing_key: str) -> Decimal:
        """Return the net amount credited of what a document bills of a charge."""
        by_charge = self.credited_net.get((document.document_key, billing_key), ZERO)
        return by_charge if document.shares else by_charge + self.credited_net.get((document.document_key, None), ZERO)

    def open_items_of(self, customer_key: str) -> Iterator[OpenItem]:
        """Return the customer's documents with a balance left."""
        return (self.open_items[key] for key in self.open_of.get(customer_key, ()))

    def disputed_documents(self) -> dict[str, list[Dispute]]:
        """Return the documents about which a dispute is known and not yet known to be resolved, with those disputes."""
        every = (dispute for of_number in self.disputes.values() for dispute in of_number.values())
        return self._objected(dispute for dispute in every if dispute.is_open(self.business_date))

    def rejected_documents(self) -> dict[str, list[Rejection]]:
        """Return the documents that a platform or the buyer sent back, with what was answered."""
        return self._objected(rejection for of_number in self.rejections.values() for rejection in of_number.values())

    def _objected(self, objections: Iterable[Objection]) -> dict[str, list[Objection]]:
        found: dict[str, list[Objection]] = {}
        for objection in objections:
            of_its_number = [self.documents[key] for key in self.document_keys.get(objection.document_number, ())]
            for invoice in invoices_meant(objection, of_its_number, self.customers):
                found.setdefault(invoice.document_key, []).append(objection)
        return found

    def is_billed(self, order_number: str) -> bool:
        """Return whether something of the order was billed, and everything of it that can be billed so far."""
        charges = self.charges_of_order.get(order_number)
        return bool(charges) and all(self.live_documents_billing(key) for key in charges or ())

    def is_compared(self, document: Document) -> bool:
        """Return whether the document is one that accounting made of a charge we also draft."""
        return document.source_system in COMPARED_SYSTEMS and not self.issues_here(document.legal_entity_id)

    def is_history(self, day: date) -> bool:
        """Return whether a day lies before the first we were told about; what happens is told the morning after."""
        return self.first_date is not None and day < self.first_date - timedelta(days=1)

    def is_managed(self, legal_entity_id: str) -> bool:
        """Return whether policy names the legal entity; a company that a mapped table brought is only reported on."""
        entity = self.entities.get(legal_entity_id)
        return entity is not None and bool(entity.number_series)

    def local_date(self, legal_entity_id: str | None, moment: datetime) -> date:
        """Return the business day of a moment where the legal entity is; in UTC when nobody knows the entity."""
        entity = self.entities.get(legal_entity_id or "")
        return entity.local_date(moment) if entity else local_date(moment, "UTC")

    def issues_here(self, legal_entity_id: str) -> bool:
        """Return whether we issue the invoices of this legal entity."""
        entity = self.entities.get(legal_entity_id)
        return entity is not None and entity.issues_here

    def is_charged(self, billing_key: str) -> bool:
        """Return whether a charge was drafted and not withdrawn since."""
        charge = self.charges.get(billing_key)
        return charge is not None and charge.status != "withdrawn"

    def may_be_repaired(self, billing_key: str) -> bool:
        """Return whether anything new is known today of what a charge rests on."""
        draft = self.charges[billing_key].draft
        deal_id = read_billing_key(billing_key).deal_id if draft.charge_kind == "deal" else None
        rests_on = (draft.order_number, draft.contract_id, draft.customer_key, deal_id and f"deal|{deal_id}")
        return any(key in self.news.repaired for key in rests_on if key)

    def bank_known_until(self) -> dict[str, date]:
        """Return per legal entity up to which day all its bank accounts are known."""
        until: dict[str, date] = {}
        for (legal_entity_id, _), to_date in self.statements_until.items():
            until[legal_entity_id] = min(until.get(legal_entity_id, to_date), to_date)
        return until

    def unapplied_amount(self, receipt_key: str) -> Decimal:
        """Return what is left of a receipt."""
        receipt = self.receipts[receipt_key]
        return from_minor(self.unapplied[receipt_key], receipt.currency_code)
