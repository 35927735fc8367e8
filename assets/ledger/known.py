"""What is known and what was decided up to some moment: the record of a day, and the nouns it is kept in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger.contracts import Agreement, ContractLine
from assets.ledger.crediting import NotBilledAgain
from assets.ledger.deals import Deal, DealLine
from assets.ledger.disputes import Dispute, Rejection
from assets.ledger.documents import Document, Draft, OpenItem
from assets.ledger.exceptions import OpenException
from assets.ledger.fulfilment import Milestone, ShipmentLine, UsageEvent
from assets.ledger.orders import Order, OrderLine
from assets.ledger.parties import Customer, LegalEntity, PayerAccount
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
    held_for: str | None = None  # why it was held before it was blocked: it is held again when it is not any more


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
class DayRecord:
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
    # Charges whose delivery was told of anew: voided, opened again, or otherwise than it was drafted.
    retold: dict[str, None] = field(default_factory=dict)
    # By invoice and charge, of credit memos that name it; memos of other systems name no charge.
    credited_net: dict[tuple[str, str | None], Decimal] = field(default_factory=dict)
    # By charge and line of its draft: quantities credited, because the customer does not have them (any more).
    given_back: dict[str, dict[int, Decimal]] = field(default_factory=lambda: defaultdict(dict))
    # By charge: what had been credited of invoices that were credited in full to be replaced.
    not_billed_again: dict[str, NotBilledAgain] = field(default_factory=dict)
    # By charge of units: how many the project tool told of when some were credited, where fewer than billed.
    told_when_credited: dict[str, Decimal] = field(default_factory=dict)
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


def keep(members: dict[str, None], key: str, is_member: bool) -> None:
    """Let a key be a member of a list of what waits, or not."""
    if is_member:
        members[key] = None
    else:
        members.pop(key, None)
