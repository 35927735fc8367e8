"""The walk: day by day through all rooms in their fixed order. The only module that knows them all, and pure.

Order checks, credit, invoice drafts, cash matches, reminders, revenue, exceptions, each on the state the one before
left. A closed day is replayed from the record and decides nothing; what is only a view of it is made again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from assets.cash_application.policy import CashPolicy
from assets.close.cash import CashDesk
from assets.close.facts import Facts
from assets.close.findings import findings_of
from assets.close.references import collection_accounts
from assets.close.reminding import plan_of_day, rows_of_plan
from assets.close.replay import apply_decision
from assets.close.reviewer import REVIEWER, Reviewer
from assets.close.rows import rows_of
from assets.close.tables import GENERATED_TABLES
from assets.collections.decide import ReminderLine
from assets.collections.policy import CollectionsPolicy
from assets.credit.decide import decide_credit
from assets.credit.policy import CreditPolicy
from assets.exceptions.decide import classify
from assets.exceptions.policy import ExceptionsPolicy
from assets.invoicing.decide import compare_drafts, draft_charges, issue_approved, park_suspicious
from assets.invoicing.payment_codes.free_fields import CollectionAccount
from assets.invoicing.policy import InvoicingPolicy
from assets.invoicing.running import running_charges
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision, OutboxMessage, RecordedDecision, natural_key
from assets.ledger.issuing import invoice_message
from assets.ledger.parties import LegalEntity
from assets.ledger.policy import Policy
from assets.orders.decide import check_orders
from assets.orders.policy import OrderPolicy
from assets.platform.window import RunMode, RunWindow
from assets.revenue.decide import recognise_revenue
from assets.revenue.policy import RevenuePolicy

Commit = Callable[[date, list[Decision], list[OutboxMessage], bool], list[RecordedDecision]]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WalkResult:
    """The rows of the window per generated table, and what the walk did."""

    tables: dict[str, list[dict[str, Any]]]
    decision_count: int
    closed_days: tuple[date, ...]
    replayed_days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Policies:
    """The typed policies of all rooms."""

    orders: OrderPolicy
    credit: CreditPolicy
    invoicing: InvoicingPolicy
    cash: CashPolicy
    collections: CollectionsPolicy
    revenue: RevenuePolicy
    exceptions: ExceptionsPolicy
    collection_accounts: Mapping[str, CollectionAccount]

    @classmethod
    def of(cls, policy: Policy, entities: Mapping[str, LegalEntity]) -> Policies:
        """Return the typed policies of one set of seeds."""
        return cls(
            OrderPolicy.from_policy(policy),
            CreditPolicy.from_policy(policy),
            InvoicingPolicy.from_policy(policy),
            CashPolicy.from_policy(policy),
            CollectionsPolicy.from_policy(policy),
            RevenuePolicy.from_policy(policy),
            ExceptionsPolicy.from_policy(policy),
            collection_accounts(policy, entities),
        )


def walk(
    facts: Facts,
    log: Sequence[RecordedDecision],
    window: RunWindow,
    policy: Policy,
    commit: Commit,
    reviewer: Reviewer | None = None,
) -> WalkResult:
    """Walk the window's days: replay the closed ones, decide the open ones, and return the window's rows."""
    walker = _Walker(facts, log, window, policy, commit, reviewer)
    first = min(filter(None, [facts.first_date, walker.first_recorded_date, window.start_date]))
    day = first
    while day <= window.end_date:
        walker.walk_day(day)
        day += DAY
    return walker.result()


@dataclass(slots=True)
class _Day:
    """What one open day decides, in order, and the messages that go with it."""

    decisions: list[Decision] = field(default_factory=list)
    messages: list[OutboxMessage] = field(default_factory=list)


class _Walker:
    def __init__(
        self,
        facts: Facts,
        log: Sequence[RecordedDecision],
        window: RunWindow,
        policy: Policy,
        commit: Commit,
        reviewer: Reviewer | None,
    ) -> None:
        self.facts = facts
        self.window = window
        self.policies = Policies.of(policy, facts.entities)
        self.commit = commit
        self.reviewer = reviewer
        self.state = DayState(entities=facts.entities, first_date=facts.first_date)
        self.cash = CashDesk(self.state, self.policies.cash, self.policies.collection_accounts)
        self.proposed_documents: set[str] = set()
        self.unapplied_minor: dict[tuple[str, str], int] = {}
        self.recorded: dict[date, list[Decision]] = defaultdict(list)
        self.last_closed: date | None = None
        self.was_settled = False
        decided_by = None
        for entry in sorted(log, key=lambda entry: entry.sequence):
            self.recorded[entry.decision.business_date].append(entry.decision)
            if entry.decision.actor_kind is ActorKind.RULE:
                decided_by = entry.policy_digest
            if entry.decision.kind == "day_closed":
                closed = date.fromisoformat(entry.decision.subject_key)
                self.last_closed = max(closed, self.last_closed or closed)
                self.state.opened_date = min(closed, self.state.opened_date or closed)
        self.is_policy_new = decided_by != policy.digest  # until the first open day has looked at what waits
        self.tables: dict[str, list[dict[str, Any]]] = {spec.name: [] for spec in GENERATED_TABLES}
        self.has_decided = False
        self.decision_count = 0
        self.closed_days: list[date] = []
        self.replayed_days: list[date] = []

    @property
    def first_recorded_date(self) -> date | None:
        return min(self.recorded, default=None)

    def result(self) -> WalkResult:
        return WalkResult(self.tables, self.decision_count, tuple(self.closed_days), tuple(self.replayed_days))

    def walk_day(self, day: date) -> None:
        """Learn the day's facts, apply what is on record, decide what is open, and write the day's rows."""
        is_in_window = day >= self.window.start_date
        is_closed = self.last_closed is not None and day <= self.last_closed
        is_open = is_in_window and not is_closed
        if self.was_settled:  # the day before was decided, now or long ago: what it left alone is no news any more
            self.state.revenue_news.clear()
        self.was_settled = is_open or is_closed
        if is_open and self.state.opened_date is None:
            self.state.opened_date = day
        self.state.begin(day)
        for fact in self.facts.by_day.get(day, ()):
            self.state.learn(fact)
        self.cash.take_up_news(day)
        recorded = list(self.recorded.get(day, ()))
        for decision in recorded:
            apply_decision(self.state, decision)
        if is_open:
            self._decide_documents(decided := _Day(), day)
        else:
            decided = _Day()
        for decision in self.cash.decide(day, is_open=is_open):
            self._take(decided, [decision])
        changed = self.cash.changed_proposals()
        if not is_in_window:
            return
        plan = self._plan(day)
        if is_open:
            self._decide_rest(decided, plan, day)
            recorded += self._record(decided, day)
        else:
            self.replayed_days.append(day)
        self._write(recorded, day)
        for outcome in changed:
            self.tables["cash_matches"].extend(outcome.rows(day))
        self._write_plan(plan, recorded, day)

    def _decide_documents(self, decided: _Day, day: date) -> None:
        state, policies = self.state, self.policies
        self._take(decided, self.cash.undo_cancelled(day))
        self._take(decided, check_orders(state, policies.orders, business_date=day))
        state.unchecked_orders.clear()
        self._take(
            decided,
            decide_credit(state, policies.credit, business_date=day, unapplied_minor=self.cash.unapplied_minor()),
        )
        retry_all = not self.has_decided  # the first open day may see another policy than the day before it
        self.has_decided = True
        drafted = draft_charges(
            state, policies.invoicing, business_date=day, retry_all=retry_all, is_policy_new=self.is_policy_new
        )
        self.is_policy_new = False
        self._take(decided, drafted)
        self._take(decided, park_suspicious(state, drafted, policies.invoicing.guard, business_date=day))
        issued = issue_approved(state, self._approved(day), business_date=day, groups=policies.invoicing.groups)
        self._take(decided, issued)
        decided.messages += self._invoice_mails(issued)
        self._take(decided, compare_drafts(state, policies.invoicing, business_date=day))

    def _invoice_mails(self, issued: Iterable[Decision]) -> list[OutboxMessage]:
        """Return the mails that bring invoices to their billing contacts; without a contact none can leave."""
        mails = []
        for decision in issued:
            customer = self.state.customers.get(decision.payload.get("customer_key") or "")
            recipient = customer.billing_email if customer and customer.is_billing_email_valid else None
            if decision.kind == "invoice_issued" and recipient:
                mails.append(invoice_message(decision, recipient))
        return mails

    def _approved(self, day: date) -> list[tuple[str, str]]:
        """Return what may be issued today: what people approved, then what the scripted reviewer approves."""
        listed = [] if self.reviewer is None else self.reviewer.approved_on(day)
        approved = dict.fromkeys(self.state.approved_charges, "invoicing")
        return [*approved.items(), *((key, REVIEWER) for key in listed if key not in approved)]

    def _decide_rest(self, decided: _Day, plan: Iterable[ReminderLine], day: date) -> None:
        state, policies = self.state, self.policies
        if self.window.mode is not RunMode.INTRADAY:  # a reminder waits for the day's last bank file
            for line in plan:
                if line.decided is not None and line.message is not None:
                    self._take(decided, [line.decided])
                    decided.messages.append(line.message)
        self._take(decided, self._revenue_of(day))
        changes = classify(
            findings_of(state, self.cash.outcomes, plan, policies.exceptions.routes, policies.invoicing),
            state.open_exceptions,
            policies.exceptions,
            business_date=day,
            opened_before=state.exception_count,
            closed_by_people=state.closed_by_person,
            is_close=self.window.mode is not RunMode.INTRADAY,
        )
        self._take(decided, [change.decision(day) for change in (*changes.opened, *changes.resolved)])

    def _revenue_of(self, day: date) -> list[Decision]:
        return recognise_revenue(
            self.state,
            self.policies.revenue,
            business_date=day,
            running_charges=lambda: running_charges(self.state, day),
        )

    def _take(self, decided: _Day, decisions: Iterable[Decision]) -> None:
        """Let decisions take effect and keep them for the record; an invoice has no number before it is recorded."""
        for decision in decisions:
            decided.decisions.append(decision)
            if decision.number_series is None:
                apply_decision(self.state, decision)
            else:
                invoice_date = decision.payload["invoice_date"]
                for charge in decision.payload.get("charges", [decision.payload]):
                    self.state.unrecognised_issues[charge["billing_key"]] = {**charge, "invoice_date": invoice_date}

    def _record(self, decided: _Day, day: date) -> list[Decision]:
        closes = self.window.mode is not RunMode.INTRADAY
        if closes:
            self.closed_days.append(day)
        elif not decided.decisions:
            return []
        returned = self.commit(day, decided.decisions, decided.messages, closes)
        recorded = [entry.decision for entry in returned if entry.decision.kind != "day_closed"]
        for decision in recorded:
            if decision.number_series is not None:
                apply_decision(self.state, decision)
        self.decision_count += len(recorded)
        return recorded

    def _plan(self, day: date) -> list[ReminderLine]:
        """Return the plan for what was open before today's invoices."""
        self.proposed_documents = self.cash.proposed_documents()
        self.unapplied_minor = self.cash.unapplied_minor()
        return self._plan_of(day, [key for key in self.state.open_invoices if key not in self.state.issued_today])

    def _plan_of(self, day: date, keys: list[str]) -> list[ReminderLine]:
        if not keys:
            return []
        return plan_of_day(
            self.state,
            [self.state.open_items[key] for key in keys],
            self.policies.collections,
            proposed_documents=self.proposed_documents,
            unapplied_minor=self.unapplied_minor,
            business_date=day,
        )

    def _write(self, recorded: Iterable[Decision], day: date) -> None:
        for decision in recorded:
            for table, row in rows_of(decision, self.state):
                self.tables[table].append(row)

    def _write_plan(self, plan: list[ReminderLine], recorded: Iterable[Decision], day: date) -> None:
        queued = {
            decision.subject_key: natural_key(
                decision.payload["channel"], decision.subject_key, f"reminder-{decision.occurrence}"
            )
            for decision in recorded
            if decision.kind == "reminder_queued"
        }
        issued = self._plan_of(day, [key for key in self.state.issued_today if key in self.state.open_invoices])
        self.tables["reminder_plan"].extend(rows_of_plan([*plan, *issued], queued))
