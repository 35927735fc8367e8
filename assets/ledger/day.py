"""The day's state: what is known and what was decided up to some moment, with the indexes that rules ask for.

It is built by learning facts and applying recorded decisions in order, never by deciding; so a replay of the record
ends in the same state as the days that made it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from assets.ledger.charges import add_months, goods_billing_key, read_billing_key
from assets.ledger.contracts import Agreement, ContractLine
from assets.ledger.deals import Deal, DealLine
from assets.ledger.disputes import Dispute, Rejection, invoices_meant
from assets.ledger.documents import Document, Draft, OpenItem
from assets.ledger.exceptions import OpenException
from assets.ledger.fulfilment import Milestone, ShipmentLine, UsageEvent
from assets.ledger.money import ZERO, from_minor, to_minor
from assets.ledger.orders import Order, OrderLine
from assets.ledger.parties import Customer, LegalEntity, PayerAccount, local_date
from assets.ledger.receipts import BankStatement, MatchRefusal, PaidDifference, Receipt, SourceApplication
from assets.ledger.remittances import RemittanceLine
from assets.ledger.revenue import Judgement, RevenueCharge, RevenueNews

Fact = (
    Customer
    | PayerAccount
    | Agreement
    | ContractLine
    | Order
    | OrderLine
    | Deal
    | DealLine
    | ShipmentLine
    | Milestone
    | UsageEvent
    | Document
    | Receipt
    | SourceApplication
    | RemittanceLine
    | Dispute
    | Rejection
    | BankStatement
)

Objection = TypeVar("Objection", Dispute, Rejection)

COMPARED_SYSTEMS = frozenset({"quickbooks"})  # tables that users bring hold documents only, and no charges of ours


@dataclass(frozen=True, slots=True)
class ChargeState:
    """Where a charge stands: blocked, drafted, held, approved, rejected, issued or withdrawn."""

    draft: Draft
    status: str
    reason_code: str | None = None
    decided_date: date | None = None
    document_key: str | None = None
    is_corrected: bool = False  # a person changed it: rules leave it as it is
    failures: tuple[Mapping[str, str], ...] = ()  # the checks that stand against it, gravest first


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check that a draft failed, and the day from which it no longer did."""

    failure: Mapping[str, str]
    until_date: date | None = None


@dataclass(frozen=True, slots=True)
class PastDraft:
    """What a customer was drafted before, for those who judge whether a draft is like it."""

    drafted_date: date
    charge_kind: str
    currency_code: str
    total_amount: Decimal
    count_of_day: int


@dataclass(slots=True)
class News:
    """What one day touched, so that nothing has to be looked for in everything that is known."""

    documents: dict[str, None] = field(default_factory=dict)
    new_documents: dict[str, None] = field(default_factory=dict)
    receipts: dict[str, None] = field(default_factory=dict)
    new_receipts: dict[str, None] = field(default_factory=dict)
    customers: dict[str, None] = field(default_factory=dict)
    accounts: list[PayerAccount] = field(default_factory=list)
    repaired: dict[str, None] = field(default_factory=dict)  # order numbers, contracts and customers told of anew
    remittance_lines: list[RemittanceLine] = field(default_factory=list)
    released: dict[str, str] = field(default_factory=dict)  # receipts whose document was cancelled, and their decision


@dataclass(slots=True)
class DayState:
    """Everything a day's decisions rest on."""

    entities: Mapping[str, LegalEntity]
    first_date: date | None = None
    opened_date: date | None = None  # the first day that was ever decided
    business_date: date | None = None
    news: News = field(default_factory=News)

    customers: dict[str, Customer] = field(default_factory=dict)
    customers_taxed: dict[tuple[str, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    agreements: dict[str, dict[str, Agreement]] = field(default_factory=lambda: defaultdict(dict))
    contract_lines: dict[str, dict[int, ContractLine]] = field(default_factory=lambda: defaultdict(dict))
    line_versions: dict[tuple[str, int], dict[int, ContractLine]] = field(default_factory=lambda: defaultdict(dict))
    contract_versions: dict[str, dict[int, ContractLine]] = field(default_factory=lambda: defaultdict(dict))
    line_known_since: dict[tuple[str, int], date] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    order_keys: dict[str, str] = field(default_factory=dict)
    order_known_since: dict[str, date] = field(default_factory=dict)
    purchase_order_since: dict[str, date] = field(default_factory=dict)  # by order number, when it was first known
    orders_of: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    order_lines: dict[str, dict[int, OrderLine]] = field(default_factory=lambda: defaultdict(dict))
    deals: dict[str, Deal] = field(default_factory=dict)
    deal_lines: dict[str, dict[str, DealLine]] = field(default_factory=lambda: defaultdict(dict))  # by deal and item
    shipments: dict[str, dict[int, ShipmentLine]] = field(default_factory=lambda: defaultdict(dict))
    shipments_of_order: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))  # by order key
    milestones: dict[str, Milestone] = field(default_factory=dict)
    usage: dict[tuple[str, int, date], list[UsageEvent]] = field(default_factory=lambda: defaultdict(list))
    usage_keys: set[str] = field(default_factory=set)
    # The months metered under contract lines that nobody told of.
    untold_usage: dict[tuple[str, int], dict[date, None]] = field(default_factory=lambda: defaultdict(dict))
    documents: dict[str, Document] = field(default_factory=dict)
    document_keys: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    documents_billing: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    replaced_documents: dict[str, None] = field(default_factory=dict)  # credited in full, so that another bills again
    open_items: dict[str, OpenItem] = field(default_factory=dict)
    open_invoices: dict[str, None] = field(default_factory=dict)
    open_of: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    disputes: dict[str, dict[str, Dispute]] = field(default_factory=lambda: defaultdict(dict))
    rejections: dict[str, dict[str, Rejection]] = field(default_factory=lambda: defaultdict(dict))
    statements_until: dict[tuple[str, str], date] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    unapplied: dict[str, int] = field(default_factory=dict)

    unchecked_orders: dict[str, None] = field(default_factory=dict)
    unqualified_orders: dict[str, None] = field(default_factory=dict)
    undrafted_shipments: dict[str, None] = field(default_factory=dict)
    undrafted_milestones: dict[str, None] = field(default_factory=dict)
    unbilled_orders: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    order_verdicts: dict[str, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    order_failures: dict[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    credit_holds: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    charges: dict[str, ChargeState] = field(default_factory=dict)
    charges_of_order: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    charges_of_line: dict[tuple[str, int], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    drafting_count: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    drafting_number: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    first_drafted: dict[str, date] = field(default_factory=dict)
    failed_before: dict[str, dict[str, FailedCheck]] = field(default_factory=dict)  # by charge and reason
    draft_history: dict[str, list[PastDraft]] = field(default_factory=lambda: defaultdict(list))  # by customer
    taken_back: dict[str, None] = field(default_factory=dict)  # charges whose delivery was voided or opened again
    # By invoice and charge, of credit memos that name it; memos of other systems name no charge.
    credited_net: dict[tuple[str, str | None], Decimal] = field(default_factory=dict)
    # By charge and line of its draft: quantities credited, because the customer does not have them (any more).
    given_back: dict[str, dict[int, Decimal]] = field(default_factory=lambda: defaultdict(dict))
    blocked_charges: dict[str, None] = field(default_factory=dict)
    unissued_charges: dict[str, None] = field(default_factory=dict)
    approved_charges: dict[str, None] = field(default_factory=dict)
    uncompared_charges: dict[str, None] = field(default_factory=dict)
    uncompared_documents: dict[str, None] = field(default_factory=dict)
    comparisons: dict[str, tuple[str, str]] = field(default_factory=dict)
    billed_twice: dict[str, dict[str, None]] = field(default_factory=dict)
    unreferenced_documents: dict[str, None] = field(default_factory=dict)
    usage_after_billing: dict[tuple[str, int, date], Decimal] = field(default_factory=dict)
    knows_agreements: bool = False
    source_applications: dict[str, dict[str, SourceApplication]] = field(default_factory=lambda: defaultdict(dict))
    waiting_applications: dict[str, list[SourceApplication]] = field(default_factory=lambda: defaultdict(list))
    waiting_credits: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    applied: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    differences: dict[str, list[PaidDifference]] = field(default_factory=dict)  # by the decision that accepted them
    cash_decision_of: dict[str, str] = field(default_factory=dict)
    cash_decision_count: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    receipt_customer: dict[str, str] = field(default_factory=dict)
    settled_by_person: dict[str, None] = field(default_factory=dict)
    match_refusals: dict[str, dict[str, MatchRefusal]] = field(default_factory=dict)  # of a receipt, by decision
    reminders: dict[str, list[tuple[int, date]]] = field(default_factory=lambda: defaultdict(list))
    # By document and level: how often a reminder that never left was taken back, to be planned anew.
    reminders_taken_back: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    reminder_holds: dict[str, None] = field(default_factory=dict)
    promises: dict[str, tuple[date, Decimal | None]] = field(default_factory=dict)
    revenue: dict[str, RevenueCharge] = field(default_factory=dict)
    revenue_charge_of: dict[str, str] = field(default_factory=dict)
    charges_of_obligation: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    unsettled_revenue: dict[str, None] = field(default_factory=dict)
    judgements: dict[str, Judgement] = field(default_factory=dict)
    judged_order_lines: dict[str, dict[int, None]] = field(default_factory=lambda: defaultdict(dict))
    default_judgements: dict[str, list[Judgement]] = field(default_factory=lambda: defaultdict(list))
    revenue_news: RevenueNews = field(default_factory=RevenueNews)
    unrecognised_issues: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    open_exceptions: dict[str, OpenException] = field(default_factory=dict)
    exception_count: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    closed_by_person: dict[str, None] = field(default_factory=dict)
    issued_today: dict[str, None] = field(default_factory=dict)

    def begin(self, day: date) -> None:
        """Begin a day: nothing is new yet but the invoices issued the day before, which cash can reach from now on."""
        self.business_date = day
        self.news = News(documents=dict(self.issued_today))
        self.issued_today = {}

    def learn(self, fact: Fact) -> None:
        """Take up one fact on the day it became known; a later version of it replaces the earlier one."""
        _LEARNERS[type(fact)](self, fact)

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

    def change_open(self, document_key: str, by_minor: int) -> None:
        """Change what is open on a document."""
        item = self.open_items[document_key]
        item = replace(item, open_minor=item.open_minor + by_minor)
        self.open_items[document_key] = item
        self.news.documents[document_key] = None
        _keep(self.open_invoices, document_key, item.document_type == "invoice" and item.open_minor > 0)
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

    def add_charge(self, charge: ChargeState) -> None:
        """Take up where a charge stands now, and keep every list of charges that wait for something in step."""
        draft = charge.draft
        key = draft.billing_key
        self.charges[key] = charge
        issues_here = self.issues_here(draft.legal_entity_id)
        _keep(self.blocked_charges, key, charge.status == "blocked")
        _keep(self.approved_charges, key, charge.status == "approved" and issues_here)
        _keep(self.uncompared_charges, key, charge.status in {"drafted", "held", "approved"} and not issues_here)
        _keep(self.unissued_charges, key, charge.status in {"blocked", "drafted", "held"})
        if draft.order_number:
            _keep(self.charges_of_order[draft.order_number], key, charge.status != "withdrawn")
        if draft.contract_id and draft.contract_line_number is not None:
            self.charges_of_line[(draft.contract_id, draft.contract_line_number)][key] = None
        if charge.status == "withdrawn":
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
        if not self.is_charged(key):
            _keep(self.undrafted_shipments, line.shipment_number, not line.is_voided)
        elif line.is_voided:
            self.taken_back[key] = None

    def _learn_milestone(self, milestone: Milestone) -> None:
        before = self.milestones.get(milestone.milestone_id)
        if before and before.changed_at and milestone.changed_at and milestone.changed_at < before.changed_at:
            return
        self.milestones[milestone.milestone_id] = milestone
        self.news.repaired[milestone.contract_id] = None
        key = f"contract|{milestone.contract_id}|{milestone.contract_line_number}|{milestone.milestone_id}|milestone"
        is_told = milestone.is_completed or milestone.provisioned_at is not None
        waits = is_told and not self.is_charged(key)
        _keep(self.undrafted_milestones, milestone.milestone_id, waits)
        is_whole = bool(milestone.is_completed and milestone.accepted_by) or milestone.provisioned_at is not None
        has_shrunk = before is not None and (before.quantity or ZERO) > (milestone.quantity or ZERO)
        stays = milestone.quantity is not None and key in self.taken_back
        _keep(self.taken_back, key, self.is_charged(key) and (has_shrunk or stays or not is_whole))

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
        _keep(
            self.unreferenced_documents,
            key,
            is_compared and not document.billing_key and not self.is_history(document.document_date),
        )

    def _renumber(self, document: Document, former_number: str) -> None:
        """Print another number on a document that was corrected where it was made; its balance and key stay."""
        self.document_keys[former_number].remove(document.document_key)
        self.document_keys[document.document_number].append(document.document_key)
        item = self.open_items[document.document_key]
        self.open_items[document.document_key] = replace(item, document_number=document.document_number)

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

    def _credit(self, invoice_key: str, credit_memo_key: str) -> None:
        """Set a credit memo against the invoice it names, as far as both are open."""
        credited = min(self.open_items[invoice_key].open_minor, -self.open_items[credit_memo_key].open_minor)
        if credited > 0:
            self.change_open(invoice_key, -credited)
            self.change_open(credit_memo_key, credited)
        for billing_key in self.documents[invoice_key].billing_keys:
            if billing_key in self.charges and self.charges[billing_key].draft.order_number:
                self.news.repaired[self.charges[billing_key].draft.order_number or ""] = None

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


def _keep(members: dict[str, None], key: str, is_member: bool) -> None:
    if is_member:
        members[key] = None
    else:
        members.pop(key, None)


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
