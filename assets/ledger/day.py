"""The day's state: what is known and what was decided up to some moment, with the indexes that rules ask for.

It is built by learning facts and applying recorded decisions in order, never by deciding; so a replay of the record
ends in the same state as the days that made it.
"""

from __future__ import annotations

from typing import Any

from assets.ledger.balances import DayBalances
from assets.ledger.charges import add_months, goods_billing_key
from assets.ledger.contracts import Agreement, ContractLine
from assets.ledger.deals import Deal, DealLine
from assets.ledger.disputes import Dispute, Rejection
from assets.ledger.documents import Document
from assets.ledger.fulfilment import Milestone, ShipmentLine, UsageEvent
from assets.ledger.known import ChargeState, Fact, FailedCheck, News, PastDraft, keep
from assets.ledger.money import ZERO
from assets.ledger.orders import Order, OrderLine
from assets.ledger.parties import Customer, PayerAccount
from assets.ledger.receipts import BankStatement, Receipt, SourceApplication
from assets.ledger.remittances import RemittanceLine

__all__ = ["ChargeState", "DayState", "Fact", "FailedCheck", "News", "PastDraft"]


class DayState(DayBalances):
    """Everything a day's decisions rest on."""

    __slots__ = ()

    def learn(self, fact: Fact) -> None:
        """Take up one fact on the day it became known; a later version of it replaces the earlier one."""
        _LEARNERS[type(fact)](self, fact)

    def add_charge(self, charge: ChargeState) -> None:
        """Take up where a charge stands now, and keep every list of charges that wait for something in step."""
        draft = charge.draft
        key = draft.billing_key
        self.charges[key] = charge
        issues_here = self.issues_here(draft.legal_entity_id)
        keep(self.blocked_charges, key, charge.status == "blocked")
        keep(self.approved_charges, key, charge.status == "approved" and issues_here)
        keep(self.uncompared_charges, key, charge.status in {"drafted", "held", "approved"} and not issues_here)
        keep(self.unissued_charges, key, charge.status in {"blocked", "drafted", "held"})
        if draft.order_number:
            keep(self.charges_of_order[draft.order_number], key, charge.status != "withdrawn")
        if draft.contract_id and draft.contract_line_number is not None:
            self.charges_of_line[(draft.contract_id, draft.contract_line_number)][key] = None
        if charge.status == "withdrawn":  # what is delivered all the same may come due again
            if draft.charge_kind == "goods":
                self._keep_undrafted_shipment(key, key.split("|")[2])
            elif draft.charge_kind == "milestone":
                self._keep_undrafted_milestone(key, key.split("|")[3])
            return
        if draft.charge_kind == "goods":
            shipment = key.split("|")[2]
            self.undrafted_shipments.pop(shipment, None)
            if draft.order_number in self.order_keys and charge.status != "blocked":
                order_key = self.order_keys[draft.order_number]
                customer_key = self.orders[order_key].customer_key
                if customer_key:
                    self.unbilled_orders[customer_key].pop(order_key, None)
        elif draft.charge_kind == "milestone":
            self.undrafted_milestones.pop(key.split("|")[3], None)

    def _learn_customer(self, customer: Customer) -> None:
        before = self.customers.get(customer.customer_key)
        if before is not None and before.tax_id:
            self.customers_taxed[(before.legal_entity_id, before.tax_id)].pop(customer.customer_key, None)
        self.customers[customer.customer_key] = customer
        if customer.tax_id:
            self.customers_taxed[(customer.legal_entity_id, customer.tax_id)][customer.customer_key] = None
        for customer_key in self._records_of_party(customer.customer_key):
            self.news.repaired[customer_key] = None
        self.news.customers[customer.customer_key] = None

    def _learn_account(self, account: PayerAccount) -> None:
        self.news.accounts.append(account)

    def _learn_agreement(self, agreement: Agreement) -> None:
        self.knows_agreements = True
        if agreement.customer_key is None:
            return
        known = self.agreements[agreement.customer_key].get(agreement.contract_id)
        if known is not None and known.version > agreement.version:
            return
        self.agreements[agreement.customer_key][agreement.contract_id] = agreement
        for customer_key in self._records_of_party(agreement.customer_key):
            self.news.repaired[customer_key] = None
            for order_key in self.orders_of.get(customer_key, ()):
                self.unchecked_orders[order_key] = None

    def _learn_contract_line(self, line: ContractLine) -> None:
        self.news.repaired[line.contract_id] = None
        key = (line.contract_id, line.contract_line_number)
        self.line_versions[key].setdefault(line.version, line)
        self.contract_versions[line.contract_id].setdefault(line.version, line)
        lines = self.contract_lines[line.contract_id]
        newest = max((known.version for known in lines.values()), default=0)
        if line.version < newest:
            return
        if line.version > newest:  # a line that the new version does not name is no longer agreed
            lines.clear()
        lines[line.contract_line_number] = line
        self.line_known_since.setdefault(key, line.known_date)
        self.untold_usage.pop(key, None)

    def _learn_order(self, order: Order) -> None:
        before = self.orders.get(order.order_key)
        self.orders[order.order_key] = order
        self.order_keys[order.order_number] = order.order_key
        if order.purchase_order_number:
            self.purchase_order_since.setdefault(order.order_number, order.known_date)
        if before is None:
            self.order_known_since[order.order_key] = order.known_date
            self.unqualified_orders[order.order_key] = None
        if order.is_cancelled:
            self.unqualified_orders.pop(order.order_key, None)
            self.credit_holds.pop(order.order_key, None)
        if before is not None and before.customer_key and before.customer_key != order.customer_key:
            self.orders_of[before.customer_key].pop(order.order_key, None)
            self.unbilled_orders[before.customer_key].pop(order.order_key, None)
        if order.customer_key:
            self.orders_of[order.customer_key][order.order_key] = None
            if order.is_cancelled:
                self.unbilled_orders[order.customer_key].pop(order.order_key, None)
            elif before is None or before.customer_key != order.customer_key:
                self.unbilled_orders[order.customer_key][order.order_key] = None
        if self.is_managed(order.legal_entity_id):
            self.unchecked_orders[order.order_key] = None
        else:
            self.unqualified_orders.pop(order.order_key, None)
        self.news.repaired[order.order_number] = None

    def _learn_order_line(self, line: OrderLine) -> None:
        if line.is_removed:
            self.order_lines[line.order_key].pop(line.line_number, None)
        else:
            self.order_lines[line.order_key][line.line_number] = line
        self.news.repaired[line.order_number] = None

    def _learn_deal(self, deal: Deal) -> None:
        before = self.deals.get(deal.deal_id)
        if before is None or before.changed_at <= deal.changed_at:
            self.deals[deal.deal_id] = deal
            self.news.repaired[f"deal|{deal.deal_id}"] = None

    def _learn_deal_line(self, line: DealLine) -> None:
        lines = self.deal_lines[line.deal_id]
        before = lines.get(line.line_item_id)
        if before is None or before.changed_at <= line.changed_at:
            lines[line.line_item_id] = line
            self.news.repaired[f"deal|{line.deal_id}"] = None

    def _learn_shipment_line(self, line: ShipmentLine) -> None:
        self.shipments[line.shipment_number][line.line_number] = line
        if line.order_key:
            self.shipments_of_order[line.order_key][line.shipment_number] = None
        self.news.repaired[line.order_number] = None
        key = goods_billing_key(line.order_number, line.shipment_number)
        self._keep_undrafted_shipment(key, line.shipment_number)
        if line.is_voided and self.is_charged(key):
            self.retold[key] = None

    def _keep_undrafted_shipment(self, key: str, shipment_number: str) -> None:
        stands = any(not line.is_voided for line in self.shipments.get(shipment_number, {}).values())
        keep(self.undrafted_shipments, shipment_number, stands and not self.is_charged(key))

    def _learn_milestone(self, milestone: Milestone) -> None:
        before = self.milestones.get(milestone.milestone_id)
        if before and before.changed_at and milestone.changed_at and milestone.changed_at < before.changed_at:
            return
        self.milestones[milestone.milestone_id] = milestone
        self.news.repaired[milestone.contract_id] = None
        key = f"contract|{milestone.contract_id}|{milestone.contract_line_number}|{milestone.milestone_id}|milestone"
        self._keep_undrafted_milestone(key, milestone.milestone_id)
        keep(self.retold, key, self.is_charged(key))

    def _keep_undrafted_milestone(self, key: str, milestone_id: str) -> None:
        milestone = self.milestones.get(milestone_id)
        is_told = milestone is not None and (milestone.is_completed or milestone.provisioned_at is not None)
        keep(self.undrafted_milestones, milestone_id, is_told and not self.is_charged(key))

    def _learn_usage(self, event: UsageEvent) -> None:
        if event.usage_event_key in self.usage_keys:
            return
        self.usage_keys.add(event.usage_event_key)
        month = event.occurred_date.replace(day=1)
        metered = (event.contract_id, event.contract_line_number, month)
        self.news.repaired[event.contract_id] = None
        self.usage[metered].append(event)
        if metered[:2] not in self.line_versions:
            self.untold_usage[metered[:2]][month] = None
        known_since = self.line_known_since.get(metered[:2])
        if known_since is not None and event.known_date > max(add_months(month, 1), known_since):
            self.usage_after_billing[metered] = self.usage_after_billing.get(metered, ZERO) + event.quantity

    def _learn_document(self, document: Document) -> None:
        key = document.document_key
        before = self.documents.get(key)
        self.documents[key] = document
        self.news.documents[key] = None
        self.revenue_news.documents[key] = None
        if before is None:
            self.news.new_documents[key] = None
            self.document_keys[document.document_number].append(key)
            self._open_document(document)
        if before is not None and before.document_number != document.document_number:
            self._renumber(document, before.document_number)
        if before is not None:
            self._name_orders(document)
        if before is not None and document.is_cancelled and not before.is_cancelled:
            self._release_applications_to(key)
            self.change_open(key, -self.open_items[key].open_minor)
        if document.document_type != "invoice":
            return
        is_compared = self.is_compared(document)
        for billing_key in document.billing_keys:
            billing = self.documents_billing[billing_key]
            billing[key] = None
            if len(billing) > 1:
                self.billed_twice[billing_key] = billing
        if document.billing_key and is_compared:
            self.uncompared_documents[key] = None
        keep(
            self.unreferenced_documents,
            key,
            is_compared and not document.billing_key and not self.is_history(document.document_date),
        )

    def _learn_receipt(self, receipt: Receipt) -> None:
        before = self.receipts.get(receipt.receipt_key)
        self.receipts[receipt.receipt_key] = receipt
        self.news.receipts[receipt.receipt_key] = None
        if before is None:
            self.news.new_receipts[receipt.receipt_key] = None
            self.unapplied[receipt.receipt_key] = self.unapplied.get(receipt.receipt_key, 0) + receipt.amount_minor
            if receipt.customer_key:
                self.receipt_customer[receipt.receipt_key] = receipt.customer_key
        if receipt.is_returned and not (before and before.is_returned):
            for key in self._applications_of(receipt.receipt_key):
                self.undo_cash(key)
            self.unapplied[receipt.receipt_key] = 0  # the money went back

    def _learn_source_application(self, application: SourceApplication) -> None:
        if application.application_key in self.source_applications[application.receipt_key]:
            return
        self.source_applications[application.receipt_key][application.application_key] = application
        if application.document_key in self.open_items:
            self.apply_cash(
                application.application_key,
                application.receipt_key,
                [(application.document_key, application.applied_minor)],
            )
        else:
            self.waiting_applications[application.document_key].append(application)

    def _learn_remittance_line(self, line: RemittanceLine) -> None:
        self.news.remittance_lines.append(line)

    def _learn_dispute(self, dispute: Dispute) -> None:
        self.disputes[dispute.document_number][dispute.dispute_key] = dispute

    def _learn_rejection(self, rejection: Rejection) -> None:
        self.rejections[rejection.document_number][rejection.rejection_key] = rejection

    def _learn_statement(self, statement: BankStatement) -> None:
        key = (statement.legal_entity_id, statement.bank_account)
        self.statements_until[key] = max(self.statements_until.get(key, statement.to_date), statement.to_date)


_LEARNERS: dict[type, Any] = {
    Customer: DayState._learn_customer,
    PayerAccount: DayState._learn_account,
    Agreement: DayState._learn_agreement,
    ContractLine: DayState._learn_contract_line,
    Order: DayState._learn_order,
    OrderLine: DayState._learn_order_line,
    Deal: DayState._learn_deal,
    DealLine: DayState._learn_deal_line,
    ShipmentLine: DayState._learn_shipment_line,
    Milestone: DayState._learn_milestone,
    UsageEvent: DayState._learn_usage,
    Document: DayState._learn_document,
    Receipt: DayState._learn_receipt,
    SourceApplication: DayState._learn_source_application,
    RemittanceLine: DayState._learn_remittance_line,
    Dispute: DayState._learn_dispute,
    Rejection: DayState._learn_rejection,
    BankStatement: DayState._learn_statement,
}
