"""What is open on each document, and what settles it: cash, credit memos and differences."""

from __future__ import annotations

from dataclasses import replace

from assets.ledger.documents import Document, OpenItem
from assets.ledger.known import keep
from assets.ledger.money import ZERO, to_minor
from assets.ledger.receipts import PaidDifference
from assets.ledger.standing import DayStanding


class DayBalances(DayStanding):
    """The record of a day with the balances of its documents and receipts."""

    __slots__ = ()

    def change_open(self, document_key: str, by_minor: int) -> None:
        """Change what is open on a document."""
        item = self.open_items[document_key]
        item = replace(item, open_minor=item.open_minor + by_minor)
        self.open_items[document_key] = item
        self.news.documents[document_key] = None
        keep(self.open_invoices, document_key, item.document_type == "invoice" and item.open_minor > 0)
        if item.customer_key:
            if item.open_minor:
                self.open_of[item.customer_key][document_key] = None
            else:
                self.open_of[item.customer_key].pop(document_key, None)

    def apply_cash(self, key: str, receipt_key: str, applications: list[tuple[str, int]]) -> None:
        """Apply parts of a receipt to documents; `key` names the application so that it can be undone."""
        taken = self.applied.setdefault(key, [])
        for document_key, minor in applications:
            taken.append((receipt_key, document_key, minor))
            self.unapplied[receipt_key] = self.unapplied.get(receipt_key, 0) - minor
            if document_key in self.open_items:
                self.change_open(document_key, -minor)
        self.news.receipts[receipt_key] = None

    def accept_difference(self, key: str, difference: PaidDifference) -> None:
        """Take note of what the payer left unpaid; a difference that clears lowers the document beside the cash."""
        self.differences.setdefault(key, []).append(difference)
        if difference.clears and difference.document_key in self.open_items:
            self.change_open(difference.document_key, -difference.minor)

    def undo_cash(self, key: str) -> list[str]:
        """Take an application back; return the receipts it concerned."""
        receipts: dict[str, None] = {}
        for receipt_key, document_key, minor in self.applied.pop(key, []):
            self.unapplied[receipt_key] += minor
            if document_key in self.open_items:
                self.change_open(document_key, minor)
            self.news.receipts[receipt_key] = None
            receipts[receipt_key] = None
        for difference in self.differences.pop(key, []):
            if difference.clears and difference.document_key in self.open_items:
                self.change_open(difference.document_key, difference.minor)
        return list(receipts)

    def _open_document(self, document: Document) -> None:
        key = document.document_key
        sign = -1 if document.document_type == "credit_memo" else 1
        original = sign * to_minor(document.total_amount, document.currency_code)
        item = OpenItem(
            document_key=key,
            document_number=document.document_number,
            document_type=document.document_type,
            customer_key=document.customer_key,
            legal_entity_id=document.legal_entity_id,
            currency_code=document.currency_code,
            document_date=document.document_date,
            due_date=document.due_date,
            original_minor=original,
            open_minor=0,
            known_date=document.known_date,
            purchase_order_number=document.purchase_order_number,
            order_number=document.order_number,
        )
        self.open_items[key] = item
        self.change_open(key, 0 if document.is_cancelled else original)
        credited = document.credits_document_key
        if credited and not document.is_cancelled:
            for billing_key in document.billing_keys or (None,):
                of_charge = (credited, billing_key)
                self.credited_net[of_charge] = self.credited_net.get(of_charge, ZERO) + document.net_of(billing_key)
        if credited and credited in self.open_items:
            self._credit(credited, key)
        elif credited:
            self.waiting_credits[credited].append(key)
        for credit_memo in self.waiting_credits.pop(key, []):
            self._credit(key, credit_memo)
        for application in self.waiting_applications.pop(key, []):
            self.apply_cash(application.application_key, application.receipt_key, [(key, application.applied_minor)])

    def _renumber(self, document: Document, former_number: str) -> None:
        """Print another number on a document that was corrected where it was made; its balance and key stay."""
        self.document_keys[former_number].remove(document.document_key)
        self.document_keys[document.document_number].append(document.document_key)
        item = self.open_items[document.document_key]
        self.open_items[document.document_key] = replace(item, document_number=document.document_number)

    def _name_orders(self, document: Document) -> None:
        """Give a document's balance the order numbers that are known of it by now."""
        self.open_items[document.document_key] = replace(
            self.open_items[document.document_key],
            purchase_order_number=document.purchase_order_number,
            order_number=document.order_number,
        )

    def _credit(self, invoice_key: str, credit_memo_key: str) -> None:
        """Set a credit memo against the invoice it names, as far as both are open."""
        credited = min(self.open_items[invoice_key].open_minor, -self.open_items[credit_memo_key].open_minor)
        if credited > 0:
            self.change_open(invoice_key, -credited)
            self.change_open(credit_memo_key, credited)
        for billing_key in self.documents[invoice_key].billing_keys:
            if billing_key in self.charges and self.charges[billing_key].draft.order_number:
                self.news.repaired[self.charges[billing_key].draft.order_number or ""] = None

    def _applications_of(self, receipt_key: str) -> list[str]:
        return [key for key, parts in self.applied.items() if any(part[0] == receipt_key for part in parts)]

    def _release_applications_to(self, document_key: str) -> None:
        """Give receipts back what was applied to a document that is cancelled now."""
        for decision_key, parts in self.applied.items():
            for part in [part for part in parts if part[1] == document_key]:
                if self.cash_decision_of.get(part[0]) == decision_key:
                    self.news.released[part[0]] = decision_key
                parts.remove(part)
                self.unapplied[part[0]] += part[2]
                self.change_open(document_key, part[2])
                self.news.receipts[part[0]] = None
        for accepted in self.differences.values():
            for difference in [each for each in accepted if each.document_key == document_key]:
                accepted.remove(difference)
                if difference.clears:
                    self.change_open(document_key, difference.minor)
