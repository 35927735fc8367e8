"""Collections' face: one line per open item and day, to send or not to send, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from assets.collections.letters import letter_locale, letter_named, written_amount, written_date, written_days
from assets.collections.policy import STANDARD_TRACK, CollectionsPolicy, DunningStep, choose_dunning_level
from assets.ledger.decision import ActorKind, Decision, OutboxMessage
from assets.ledger.documents import OpenItem, plain
from assets.ledger.languages import language_missed, language_of
from assets.ledger.parties import Customer, LegalEntity

SEND, SUPPRESSED = "send", "suppressed"

# The order in which reasons are looked for; the first that applies is the one shown.
REASONS_IN_ORDER = (
    "CREDIT_MEMO", "PAID", "NO_DUE_DATE", "NOT_DUE", "COVERED_BY_CASH", "DISPUTED", "REJECTED", "PROMISED", "ON_HOLD",
    "CUSTOMER_UNKNOWN", "NO_CONTACT", "BEFORE_FIRST_LEVEL", "LEVEL_ALREADY_SENT", "REMINDED_RECENTLY",
    "BANK_DATA_STALE", "BELOW_MINIMUM", "CUSTOMER_BOUND_REACHED",
)  # fmt: skip
REMINDED = "REMINDER_DUE"  # the reason of a line that is sent


class SentReminder(NamedTuple):
    """The last reminder of a document: its level and the day it was queued."""

    level: int
    business_date: date


@dataclass(frozen=True, slots=True)
class CollectionContext:
    """What the day knows about customers and documents beyond the documents themselves."""

    legal_entities: Mapping[str, LegalEntity]
    customers: Mapping[str, Customer]
    last_statement_dates: Mapping[str, date]  # per legal entity: up to when its bank accounts are known
    unapplied_minor: Mapping[tuple[str, str], int] = field(default_factory=dict)  # per customer and currency
    proposed_documents: Collection[str] = frozenset()  # a receipt in hand is proposed for them
    disputed_documents: Collection[str] = frozenset()
    rejected_documents: Collection[str] = frozenset()
    promised_dates: Mapping[str, date] = field(default_factory=dict)  # per document
    held_documents: Collection[str] = frozenset()
    held_customers: Collection[str] = frozenset()
    bounced_emails: Collection[str] = frozenset()
    tracks: Mapping[str, str] = field(default_factory=dict)  # per customer; others are on the standard track
    last_reminders: Mapping[str, SentReminder] = field(default_factory=dict)  # per document
    taken_back: Mapping[tuple[str, int], int] = field(default_factory=dict)  # per document and level, never sent


@dataclass(slots=True)
class ReminderLine:
    """The plan for one open item on one day."""

    item: OpenItem
    business_date: date
    days_overdue: int
    dunning_level: int
    decision: str
    reason_code: str
    evidence: str = "{}"
    step: DunningStep | None = None
    message: OutboxMessage | None = None
    decided: Decision | None = None

    @property
    def is_sent(self) -> bool:
        """Return whether a reminder is queued."""
        return self.message is not None

    def row(self) -> dict[str, Any]:
        """Return the row of `generated.reminder_plan`."""
        item = self.item
        return {
            "business_date": self.business_date,
            "document_key": item.document_key,
            "document_number": item.document_number,
            "customer_key": item.customer_key,
            "legal_entity_id": item.legal_entity_id,
            "currency_code": item.currency_code,
            "open_amount": item.open_amount,
            "due_date": item.due_date,
            "days_overdue": self.days_overdue,
            "dunning_level": self.dunning_level,
            "decision": self.decision,
            "reason_code": self.reason_code,
            "outbox_key": self.message.outbox_key if self.message else None,
            "evidence": self.evidence,
        }


def plan_reminders(
    open_items: Iterable[OpenItem],
    context: CollectionContext,
    policy: CollectionsPolicy,
    *,
    business_date: date,
) -> list[ReminderLine]:
    """Return one line per item, oldest due first; a line that is sent carries its decision and its message."""
    minimums: dict[str, int] = {}
    sent_to: dict[str, int] = {}
    lines = []
    for item in sorted(open_items, key=_order):
        line = _line(item, context, policy, business_date)
        if line.reason_code == REMINDED:
            currency, customer_key = item.currency_code, item.customer_key or ""
            if currency not in minimums:
                minimums[currency] = policy.minimum_minor(currency)
            if item.open_minor < minimums[currency]:
                line.decision, line.reason_code = SUPPRESSED, "BELOW_MINIMUM"
            elif sent_to.get(customer_key, 0) >= policy.reminders_per_customer:
                line.decision, line.reason_code = SUPPRESSED, "CUSTOMER_BOUND_REACHED"
            else:
                sent_to[customer_key] = sent_to.get(customer_key, 0) + 1
                _write(line, context, policy)
        lines.append(line)
    return lines


def _order(item: OpenItem) -> tuple[bool, date, str, str]:
    return item.due_date is None, item.due_date or item.document_date, item.document_number, item.document_key


def _line(item: OpenItem, context: CollectionContext, policy: CollectionsPolicy, business_date: date) -> ReminderLine:
    if item.document_type == "credit_memo":
        return ReminderLine(item, business_date, 0, 0, SUPPRESSED, "CREDIT_MEMO")
    if item.open_minor <= 0:
        return ReminderLine(item, business_date, 0, 0, SUPPRESSED, "PAID")
    due_date = item.due_date
    if due_date is None:
        return ReminderLine(item, business_date, 0, 0, SUPPRESSED, "NO_DUE_DATE")
    track = context.tracks.get(item.customer_key or "", STANDARD_TRACK) if context.tracks else STANDARD_TRACK
    steps = policy.steps_of(track)
    days = (business_date - due_date).days
    if days <= 0 and not (steps and days >= steps[0].after_days):
        return ReminderLine(item, business_date, 0, 0, SUPPRESSED, "NOT_DUE")
    level = choose_dunning_level(steps, days)
    reason, evidence, step = _why_not(item, level, steps, context, policy, business_date)
    decision = SUPPRESSED if reason != REMINDED else SEND
    return ReminderLine(
        item, business_date, days if days > 0 else 0, step.level if step else level, decision, reason, evidence, step
    )


def _why_not(
    item: OpenItem,
    level: int,
    steps: tuple[DunningStep, ...],
    context: CollectionContext,
    policy: CollectionsPolicy,
    business_date: date,
) -> tuple[str, str, DunningStep | None]:
    """Return the first reason that applies with its evidence, and the step that would be next."""
    key, customer_key = item.document_key, item.customer_key
    if key in context.proposed_documents:
        return "COVERED_BY_CASH", '{"by":"proposal"}', None
    in_hand = context.unapplied_minor.get((customer_key, item.currency_code), 0) if customer_key else 0
    if in_hand >= item.open_minor:
        return "COVERED_BY_CASH", f'{{"by":"unapplied","unapplied_minor":{in_hand}}}', None
    if key in context.disputed_documents:
        return "DISPUTED", "{}", None
    if key in context.rejected_documents:
        return "REJECTED", "{}", None
    promised = context.promised_dates.get(key)
    if promised is not None and (business_date - promised).days <= policy.promise_grace_days:
        return "PROMISED", f'{{"promised_date":"{promised}"}}', None
    if key in context.held_documents:
        return "ON_HOLD", '{"held":"document"}', None
    if customer_key in context.held_customers:
        return "ON_HOLD", '{"held":"customer"}', None
    customer = context.customers.get(customer_key) if customer_key else None
    if customer is None:
        return "CUSTOMER_UNKNOWN", "{}", None
    if not customer.billing_email or not customer.is_billing_email_valid:
        return "NO_CONTACT", '{"billing_email":"missing or invalid"}', None
    if customer.billing_email in context.bounced_emails:
        return "NO_CONTACT", '{"billing_email":"bounced"}', None
    is_overdue = item.due_date is not None and business_date > item.due_date
    if level == 0 and (is_overdue or not steps or steps[0].level > 0):
        return "BEFORE_FIRST_LEVEL", "{}", None
    last = context.last_reminders.get(key)
    if last is not None and last.level >= level:
        return "LEVEL_ALREADY_SENT", f'{{"level":{last.level},"sent":"{last.business_date}"}}', None
    if last is not None and (business_date - last.business_date).days < policy.minimum_distance_days:
        return "REMINDED_RECENTLY", f'{{"level":{last.level},"sent":"{last.business_date}"}}', None
    known_until = context.last_statement_dates.get(item.legal_entity_id)
    if known_until is None or (business_date - known_until).days > policy.bank_data_days:
        return "BANK_DATA_STALE", f'{{"bank_known_until":"{known_until}"}}', None
    return REMINDED, f'{{"bank_known_until":"{known_until}"}}', _next_step(steps, level, last)


def _next_step(steps: tuple[DunningStep, ...], level: int, last: SentReminder | None) -> DunningStep:
    """Levels are climbed one by one, however late the first reminder comes."""
    floor = last.level if last is not None else min(level, 1) - 1
    return min((step for step in steps if floor < step.level <= level), key=lambda step: step.level)


def _write(line: ReminderLine, context: CollectionContext, policy: CollectionsPolicy) -> None:
    """Put the decision to remind and its message on the line, in the customer's language where we have its words."""
    item, step = line.item, line.step
    customer = context.customers.get(item.customer_key or "")
    entity = context.legal_entities.get(item.legal_entity_id)
    if step is None or customer is None or customer.billing_email is None:
        return
    asked = (customer.country_code, customer.language_code, policy.languages)
    language, missed = language_of(*asked), language_missed(*asked)
    written_in = {"language": language, **({"language_missed": missed} if missed else {})}
    locale = letter_locale(language, customer.country_code or (entity.country_code if entity else None))
    subject, body = letter_named(step.template, language).filled(
        {
            "customer_name": customer.customer_name,
            "document_number": item.document_number,
            "open_amount": written_amount(item.open_amount, item.currency_code, locale),
            "original_amount": written_amount(item.original_amount, item.currency_code, locale),
            "settled_amount": written_amount(item.original_amount - item.open_amount, item.currency_code, locale),
            "document_date": written_date(item.document_date, locale),
            "due_date": written_date(item.due_date, locale),
            "days_overdue": written_days(line.days_overdue, language),
            "legal_entity_name": entity.legal_entity_name if entity else item.legal_entity_id,
            "purchase_order": item.purchase_order_number or item.order_number or "-",
        }
    )
    earlier = context.taken_back.get((item.document_key, step.level), 0)
    occurrence = f"{step.level}-{earlier + 1}" if earlier else str(step.level)
    line.decided = Decision(
        kind="reminder_queued",
        subject_kind="document",
        subject_key=item.document_key,
        business_date=line.business_date,
        actor_kind=ActorKind.RULE,
        actor="collections",
        payload={
            "document_number": item.document_number,
            "customer_key": item.customer_key,
            "level": step.level,
            "template": step.template,
            "channel": step.channel,
            "recipient": customer.billing_email,
            "open_amount": plain(item.open_amount),
            "currency_code": item.currency_code,
            "days_overdue": line.days_overdue,
            **written_in,
        },
        occurrence=occurrence,
        reason_code=REMINDED,
        evidence={
            "due_date": item.due_date,
            "bank_known_until": context.last_statement_dates.get(item.legal_entity_id),
        },
    )
    line.message = OutboxMessage(
        decision_key=line.decided.decision_key,
        channel=step.channel,
        recipient=customer.billing_email,
        subject_key=item.document_key,
        business_date=line.business_date,
        payload={
            "subject": subject,
            "body": body,
            "document_number": item.document_number,
            "customer_key": item.customer_key,
            "legal_entity_id": item.legal_entity_id,
            "open_amount": plain(item.open_amount),
            "currency_code": item.currency_code,
            "level": step.level,
            **written_in,
        },
        occurrence=f"reminder-{occurrence}",
    )
