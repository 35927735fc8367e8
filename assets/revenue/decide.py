"""Revenue's face: what was billed, delivered and judged in; schedules and balanced entries in open periods out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from assets.ledger.charges import add_months, month_end
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import Document, Draft, plain
from assets.ledger.keys import surrogate_key
from assets.ledger.money import from_minor
from assets.ledger.revenue import Billing, Judgement, Part, RevenueCharge, RunningCharge
from assets.revenue.known import KnownCharge, charges_of, judgement_of, known_charge, label_of, shape_of
from assets.revenue.policy import RevenuePolicy
from assets.revenue.posting import BILLING, RECOGNITION, SALE, Calendar, Entry, Movement, post
from assets.revenue.schedule import plan, prices_of


def recognise_revenue(
    state: DayState,
    policy: RevenuePolicy,
    *,
    business_date: date,
    running_charges: Callable[[], Mapping[str, RunningCharge]] = dict,
) -> list[Decision]:
    """Return what changed of any charge's schedule today, with the entries that follow.

    A charge is looked at when something of it is billed, credited, cancelled or judged; when a month ends, if some of
    it is still to be earned; and on the last day on which a month is posted into, if it was delivered and not billed.
    `running_charges` tells the agreed periods that have begun and are not due for billing yet.
    """
    calendar = Calendar(business_date, policy.period_close_days, state.opened_date)
    documents = _documents_by_charge(state)
    issued = dict(state.unrecognised_issues)
    looked_at = {*documents, *issued, *_judged(state)}
    unbilled_by = _unbilled_by(calendar)
    running: Mapping[str, RunningCharge] = {}
    if business_date == month_end(business_date) or unbilled_by is not None:
        running = running_charges()
        looked_at.update(state.unsettled_revenue, running, _retainers(state))
    elif any(key not in state.charges for key in looked_at):
        running = running_charges()
    if unbilled_by is not None:
        looked_at.update(_delivered(state, unbilled_by))
    decisions = []
    for key in sorted(looked_at):
        known = known_charge(key, state, documents.get(key, ()), issued.get(key), business_date, running.get(key))
        if known is not None:
            decision = _decide(known, state, policy, calendar)
            if decision is not None:
                decisions.append(decision)
    state.revenue_news.clear()
    state.unrecognised_issues.clear()
    return decisions


def _documents_by_charge(state: DayState) -> dict[str, list[Document]]:
    by_charge: dict[str, list[Document]] = {}
    for document_key in sorted(state.revenue_news.documents):
        document = state.documents[document_key]
        for key in charges_of(document, state, by_charge):
            record = state.revenue.get(key)
            posted = {billing.document for billing in record.billings} if record else set()
            if not document.is_cancelled or label_of(document, state, key) in posted:
                by_charge.setdefault(key, []).append(document)
    return by_charge


def _judged(state: DayState) -> set[str]:
    """Return the charges whose obligation, or kind, somebody judged since the last look."""
    charges: set[str] = set()
    for obligation in state.revenue_news.obligations:
        order = "|".join(obligation.split("|")[:2])
        charges.update(state.charges_of_obligation.get(obligation, ()))
        charges.update(state.charges_of_obligation.get(order, ()))
    if state.revenue_news.charge_kinds:
        kinds = state.revenue_news.charge_kinds
        charges.update(key for key, record in state.revenue.items() if record.charge_kind in kinds)
    return charges


def _unbilled_by(calendar: Calendar) -> date | None:
    """Return the day up to which deliveries count as unbilled today: the end of the period that closes."""
    if calendar.period_closing_today is not None:
        return calendar.period_closing_today
    if calendar.business_date != calendar.opened_date:
        return None
    period = month_end(add_months(calendar.business_date.replace(day=1), -1))
    while calendar.closes(period) > calendar.business_date:
        period = month_end(add_months(period.replace(day=1), -1))
    return period


def _retainers(state: DayState) -> list[str]:
    return [
        key
        for key, charge in state.charges.items()
        if key not in state.revenue and charge.draft.charge_kind == "retainer"
    ]


def _delivered(state: DayState, until: date) -> list[str]:
    return [
        key
        for key, charge in state.charges.items()
        if key not in state.revenue and _is_delivered_by(until, charge.draft)
    ]


def _is_delivered_by(until: date, draft: Draft) -> bool:
    """Return whether the customer has what is drafted: metered usage by the end of its period, not on the day after."""
    if draft.charge_kind == "usage":
        return (draft.period_end or draft.triggered_date) <= until
    return draft.charge_kind in {"goods", "milestone"} and draft.triggered_date <= until


def _decide(known: KnownCharge, state: DayState, policy: RevenuePolicy, calendar: Calendar) -> Decision | None:
    record = state.revenue.get(known.charge_key)
    judgements = {key: judgement_of(key, known, state, policy) for key in sorted(known.weights or {})}
    obligations = {
        key: (judgement, (known.weights or {})[key], shape_of(judgement, known, state))
        for key, judgement in judgements.items()
    }
    if any(not shape for _, _, shape in obligations.values()):
        return None  # earned with an invoice that there is none of
    prices: Sequence[tuple[date | None, int]] = prices_of(known.billings) or [(None, known.agreed_minor)]
    parts = tuple(plan(prices, obligations, known.currency_code))
    today = calendar.business_date
    earned = _earned(parts, today)
    before = record or RevenueCharge(known.charge_key, known.charge_kind, known.currency_code)
    if record is None and not known.billings and not any(earned.values()):
        return None
    reason_code = _reason(known, before, judgements)
    billed = [
        Movement(BILLING, billing.billed_date, billing.amount_minor, billing.document, _late_document(billing))
        for billing in known.fresh
    ]
    recognised = [
        Movement(RECOGNITION, _day_in(period, parts, today), minor, None, reason_code)
        for period in sorted({*earned, *before.earned})
        if (minor := earned.get(period, 0) - before.earned.get(period, 0))
    ]
    if not billed and not recognised and (record is None or (before.parts, before.judgements) == (parts, judgements)):
        return None
    entries = post(_sold(billed, recognised), before.posted, calendar)
    return _decision(known, before, parts, judgements, prices[-1][1], entries, policy, today)


def _earned(parts: Sequence[Part], today: date) -> dict[date, int]:
    earned: dict[date, int] = {}
    for part in parts:
        if part.earned_date is not None and part.earned_date <= today:
            period = month_end(part.earned_date)
            earned[period] = earned.get(period, 0) + part.amount_minor
    return earned


def _day_in(period: date, parts: Sequence[Part], today: date) -> date:
    days = [part.earned_date for part in parts if part.earned_date and month_end(part.earned_date) == period]
    return min(max((day for day in days if day <= today), default=period), today)


def _sold(billed: list[Movement], recognised: list[Movement]) -> list[Movement]:
    """Return the movements, what is billed and earned alike in one month as one."""
    if len(billed) == len(recognised) == 1:
        [bill], [earn] = billed, recognised
        if bill.amount_minor == earn.amount_minor and month_end(bill.on) == month_end(earn.on):
            return [Movement(SALE, max(bill.on, earn.on), bill.amount_minor, bill.document, bill.reason_code)]
    return [*billed, *recognised]


def _late_document(billing: Billing) -> str:
    return "REVENUE_CREDIT_KNOWN_LATE" if billing.amount_minor < 0 else "REVENUE_INVOICE_KNOWN_LATE"


def _reason(known: KnownCharge, before: RevenueCharge, judgements: Mapping[str, Judgement]) -> str:
    """Return why something is earned in a later period than its own, should it be."""
    if before.decision_count and dict(before.judgements) != dict(judgements):
        return "REVENUE_JUDGEMENT_CHANGED"
    if before.decision_count and not before.billings:
        return "REVENUE_BILLED_DIFFERENTLY"
    if known.fresh:
        return _late_document(known.fresh[0])
    return "REVENUE_AGREEMENT_CHANGED" if before.decision_count else "REVENUE_DELIVERY_KNOWN_LATE"


def _decision(
    known: KnownCharge,
    before: RevenueCharge,
    parts: Sequence[Part],
    judgements: Mapping[str, Judgement],
    price_minor: int,
    entries: Sequence[Entry],
    policy: RevenuePolicy,
    business_date: date,
) -> Decision:
    occurrence = str(before.decision_count + 1)
    accounts = policy.accounts_of(known.charge_kind)

    def money(minor: int) -> str:
        return plain(from_minor(minor, known.currency_code))

    return Decision(
        kind="revenue_recognised",
        subject_kind="charge" if known.billing_key else "document",
        subject_key=known.charge_key,
        business_date=business_date,
        actor_kind=ActorKind.RULE,
        actor="revenue",
        payload={
            "charge_kind": known.charge_kind,
            "billing_key": known.billing_key,
            "contract_id": known.contract_id,
            "contract_line_number": known.contract_line_number,
            "order_number": known.order_number,
            "customer_key": known.customer_key,
            "legal_entity_id": known.legal_entity_id,
            "currency_code": known.currency_code,
            "price": money(price_minor),
            "billings": [
                [each.document, each.credited, each.billed_date.isoformat(), money(each.amount_minor)]
                for each in known.billings
            ],
            "judgements": [{"obligation_key": key, **_as_payload(judged)} for key, judged in judgements.items()],
            "schedule": [
                {
                    "obligation_key": each.obligation_key,
                    "earned_date": each.earned_date.isoformat() if each.earned_date else None,
                    "amount": money(each.amount_minor),
                }
                for each in parts
            ],
            "accounts": {kind: getattr(accounts, kind) for entry in entries for kind, _ in entry.lines},
            "entries": [
                {
                    "entry_key": surrogate_key("revenue", known.charge_key, occurrence, str(number)),
                    "entry_kind": entry.entry_kind,
                    "original_period": entry.original_period.isoformat(),
                    "period": entry.period.isoformat(),
                    "posting_date": entry.posting_date.isoformat(),
                    "document": entry.document,
                    "reason_code": entry.reason_code,
                    **{kind: money(minor) for kind, minor in entry.lines},
                }
                for number, entry in enumerate(entries, start=1)
            ],
        },
        occurrence=occurrence,
    )


def _as_payload(judgement: Judgement) -> dict[str, Any]:
    return {
        "method": judgement.method,
        "service_months": judgement.service_months,
        "held_back_percent": plain(judgement.held_back_percent),
        "source": judgement.source,
        "effective_date": judgement.effective_date.isoformat() if judgement.effective_date else None,
    }
