"""What is known of a charge today? What it is, what was billed of it, its price, and when it is earned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assets.ledger.charges import ChargeName, NotABillingKeyError, add_months, month_end, read_billing_key
from assets.ledger.contracts import ContractLine
from assets.ledger.day import DayState
from assets.ledger.documents import Document, Draft
from assets.ledger.money import round_to_minor_unit, to_minor
from assets.ledger.periods import periods_between
from assets.ledger.revenue import AS_INVOICED, OVER_TIME, Billing, Judgement, RevenueCharge, RunningCharge
from assets.revenue.policy import RevenuePolicy
from assets.revenue.schedule import Shape, months_by_days

NOT_TO_BE_BILLED = frozenset({"rejected", "withdrawn"})
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KnownCharge:
    """A charge as known today; what was billed of it since the record was written stands in `fresh`."""

    charge_key: str
    charge_kind: str
    legal_entity_id: str
    currency_code: str
    customer_key: str | None
    billing_key: str | None = None
    contract_id: str | None = None
    contract_line_number: int | None = None
    order_number: str | None = None
    agreed_minor: int = 0  # its price while nothing is billed
    earned_date: date | None = None
    service: tuple[date, date] | None = None
    weights: Mapping[str, int] | None = None  # by obligation
    billings: tuple[Billing, ...] = ()
    fresh: tuple[Billing, ...] = ()


def charges_of(document: Document, state: DayState, taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the keys of the charges a document bills or credits; most concern one."""
    if len(document.billing_keys) > 1:
        return document.billing_keys
    return (charge_of(document, state, taken),)


def charge_of(document: Document, state: DayState, taken: Iterable[str] = ()) -> str:
    """Return the key of the charge a document bills or credits, or its own when it names none we know.

    An invoice that accounting made without its reference is that of the one waiting charge of its customer and amount.
    """
    known = state.revenue_charge_of.get(document.document_key)
    if known is not None:
        return known
    if document.document_type == "credit_memo":
        credited = state.documents.get(document.credits_document_key or "")
        if credited is not None and credited.currency_code == document.currency_code:
            return document.billing_key or charge_of(credited, state)
        return document.document_key
    key = document.billing_key
    if key is not None and charge_name(key) is not None:
        record = state.revenue.get(key)
        is_other_currency = record is not None and record.currency_code != document.currency_code
        return document.document_key if is_other_currency else key
    if not state.is_compared(document):
        return document.document_key
    waiting = [
        key
        for key in state.uncompared_charges
        if key not in taken
        and (draft := state.charges[key].draft).customer_key == document.customer_key
        and draft.currency_code == document.currency_code
        and draft.total_amount == document.total_amount
        and not state.live_documents_billing(key)
        and not (key in state.revenue and state.revenue[key].billings)
    ]
    return waiting[0] if len(waiting) == 1 else document.document_key


def charge_name(key: str | None) -> ChargeName | None:
    """Return the parts of a billing key, or None when the text is none."""
    try:
        return read_billing_key(key) if key else None
    except NotABillingKeyError:
        return None


def known_charge(
    key: str,
    state: DayState,
    documents: Sequence[Document],
    issued: Mapping[str, Any] | None,
    business_date: date,
    running: RunningCharge | None = None,
) -> KnownCharge | None:
    """Return what is known of a charge, with the documents that became known of it and the invoice issued today."""
    name = charge_name(key)
    about = _about(key, name, state, documents, issued, running)
    if about is None:
        return None
    record = state.revenue.get(key)
    billings, fresh = _billed(key, record, state, documents, issued, business_date)
    if about.earned_date is None and billings:
        about = replace(about, earned_date=min(billing.billed_date for billing in billings))
    return replace(about, billings=billings, fresh=fresh, weights=_obligations(key, name, about, state))


def _about(
    key: str,
    name: ChargeName | None,
    state: DayState,
    documents: Sequence[Document],
    issued: Mapping[str, Any] | None,
    running: RunningCharge | None,
) -> KnownCharge | None:
    charge = state.charges.get(key)
    line = _line_of(name, state)
    document = documents[0] if documents else state.documents.get(key)
    if name is None:
        if document is None:
            return None
        return KnownCharge(
            key,
            "other",
            document.legal_entity_id,
            document.currency_code,
            document.customer_key,
            order_number=document.order_number,
            earned_date=document.document_date,
        )
    if charge is not None:
        draft = charge.draft
        agreed = draft.net_amount if charge.status not in NOT_TO_BE_BILLED and not _is_voided(name, state) else 0
        service = _service_of_draft(draft, line)
        return _named(
            key,
            name,
            (draft.legal_entity_id, draft.currency_code, draft.customer_key),
            agreed_minor=to_minor(Decimal(agreed), draft.currency_code),
            earned_date=service[1] if service else draft.triggered_date,
            service=service,
        )
    if running is not None:
        return _named(
            key,
            name,
            (running.legal_entity_id, running.currency_code, running.customer_key),
            agreed_minor=to_minor(running.net_amount, running.currency_code),
            earned_date=running.period_end,
            service=(running.period_start, running.period_end),
        )
    if line is not None:
        service = _service_of_line(name, line)
        whose = (line.legal_entity_id, line.currency_code, line.customer_key)
        return _named(key, name, whose, earned_date=service[1] if service else None, service=service)
    if document is not None:
        whose = (document.legal_entity_id, document.currency_code, document.customer_key)
        service = _metered_period(name, None)
        return _named(key, name, whose, earned_date=service[1] if service else None, service=service)
    if issued is not None:
        entity, currency = str(issued["legal_entity_id"]), str(issued["currency_code"])
        return _named(key, name, (entity, currency, issued.get("customer_key")))
    return None


def _named(key: str, name: ChargeName, whose: tuple[str, str, str | None], **known: Any) -> KnownCharge:
    return KnownCharge(
        key,
        name.charge_kind,
        *whose,
        billing_key=key,
        contract_id=name.contract_id,
        contract_line_number=name.contract_line_number,
        order_number=name.order_number,
        **known,
    )


def _line_of(name: ChargeName | None, state: DayState) -> ContractLine | None:
    if name is None or name.contract_id is None:
        return None
    return state.contract_lines.get(name.contract_id, {}).get(name.contract_line_number or 0)


def _service_of_draft(draft: Draft, line: ContractLine | None) -> tuple[date, date] | None:
    if draft.period_start is None or draft.period_end is None:
        return None
    end = draft.period_end
    if line is not None and line.end_date is not None and line.end_date >= draft.period_start:
        end = min(end, line.end_date)
    is_change = "." in draft.billing_key.split("|")[3]  # a change in mid-term is service from that day on
    return (max(draft.period_start, min(draft.triggered_date, end)) if is_change else draft.period_start), end


def _service_of_line(name: ChargeName, line: ContractLine) -> tuple[date, date] | None:
    """Return the period that the charge's name says begins on a day; none when the contract has no such period."""
    start = name.period_start
    if line.contract_kind == "usage":
        return _metered_period(name, line)
    if start is None or name.charge_kind != "retainer" or line.contract_kind != "retainer":
        return None
    periods = periods_between(line.start_date, line.end_date, line.billing_frequency, line.anchor, until=start)
    return next(((period.start, period.end) for period in periods if period.start == start), None)


def _metered_period(name: ChargeName, line: ContractLine | None) -> tuple[date, date] | None:
    """Return the month, or for a true-up the contract year, that the name of a usage charge says it bills."""
    start = name.period_start
    if start is None or name.charge_kind != "usage":
        return None
    if (name.occasion or "").endswith(".true_up"):
        years = periods_between(line.start_date, line.end_date, "yearly", None, until=start) if line else ()
        return next(((year.start, year.end) for year in years if year.start == start), None)
    last = line.end_date if line else None
    return start, min(month_end(start), last) if last and last >= start else month_end(start)


def _is_voided(name: ChargeName, state: DayState) -> bool:
    shipped = state.shipments.get(name.shipment_number or "")
    return bool(shipped) and all(line.is_voided for line in (shipped or {}).values())


def _billed(
    key: str,
    record: RevenueCharge | None,
    state: DayState,
    documents: Sequence[Document],
    issued: Mapping[str, Any] | None,
    business_date: date,
) -> tuple[tuple[Billing, ...], tuple[Billing, ...]]:
    """Return everything billed of the charge, and of it what the record does not hold yet."""
    before = record.billings if record else ()
    posted: dict[str, int] = {}
    for billing in before:
        posted[billing.document] = posted.get(billing.document, 0) + billing.amount_minor
    fresh = []
    for document in documents:
        label = label_of(document, state, key)
        net = round_to_minor_unit(document.net_of(key), document.currency_code)
        sign = 0 if document.is_cancelled else -1 if document.document_type == "credit_memo" else 1
        change = sign * to_minor(net, document.currency_code) - posted.get(label, 0)
        if change:
            credited = state.documents.get(document.credits_document_key or "")
            fresh.append(
                Billing(
                    label,
                    label_of(credited, state, key) if credited and document.document_type == "credit_memo" else None,
                    business_date if label in posted else document.document_date,
                    change,
                )
            )
    if issued is not None:
        label = issue_label(sum(1 for _ in _issued_here(key, state)) + 1)
        currency_code = str(issued["currency_code"])
        change = to_minor(Decimal(issued["net_amount"]), currency_code) - posted.get(label, 0)
        if change:
            fresh.append(Billing(label, None, date.fromisoformat(issued["invoice_date"]), change))
    fresh.sort(key=lambda billing: (billing.billed_date, billing.amount_minor < 0, billing.document))
    return (*before, *fresh), tuple(fresh)


def issue_label(number: int) -> str:
    """Return the name of the nth invoice issued here for a charge: its key is not known before it is recorded."""
    return f"issue {number}"


def label_of(document: Document, state: DayState, charge_key: str) -> str:
    """Return the name under which a document stands in the record of a charge it bills."""
    if document.source_system != "openitem" or document.billing_key is None:
        return document.document_key
    if document.document_type == "credit_memo":
        return document.document_key
    key = charge_key if charge_key in document.billing_keys else document.billing_key
    issued = list(_issued_here(key, state))
    return issue_label(issued.index(document.document_key) + 1)


def _issued_here(billing_key: str, state: DayState) -> Iterator[str]:
    for key in state.documents_billing.get(billing_key, ()):
        document = state.documents[key]
        if document.source_system == "openitem" and document.document_type == "invoice":
            yield key


def _obligations(key: str, name: ChargeName | None, about: KnownCharge, state: DayState) -> dict[str, int]:
    """Return the obligations of a charge with their weights: one, unless a person judged lines of its order."""
    if name is None:
        return {f"document|{key}": 1}
    if name.deal_id is not None:
        return {f"deal|{name.deal_id}": 1}
    if name.order_number is None:
        return {f"contract|{name.contract_id}|{name.contract_line_number}": 1}
    order = f"order|{name.order_number}"
    charge = state.charges.get(key)
    judged = state.judged_order_lines.get(name.order_number)
    if not judged or charge is None:
        return {order: 1}
    shipped = sorted(
        line.line_number for line in state.shipments.get(name.shipment_number or "", {}).values() if not line.is_voided
    )
    weights: dict[str, int] = {}
    for line in charge.draft.lines:
        if line.is_credited_before or line.line_number > len(shipped):
            continue  # what was credited before is taken off, of no line
        line_number = shipped[line.line_number - 1]
        obligation = f"{order}|{line_number}" if line_number in judged else order
        weights[obligation] = weights.get(obligation, 0) + abs(to_minor(line.net_amount, about.currency_code))
    return weights if sum(weights.values()) else {order: 1}


def judgement_of(obligation_key: str, about: KnownCharge, state: DayState, policy: RevenuePolicy) -> Judgement:
    """Return how an obligation is earned: as a person judged it, as finance decided for its kind, or as policy says."""
    judged = state.judgements.get(obligation_key)
    if judged is not None:
        return judged
    starts = about.service[0] if about.service else about.earned_date
    decided = [
        judgement
        for judgement in state.default_judgements.get(about.charge_kind, ())
        if judgement.effective_date is None or (starts is not None and judgement.effective_date <= starts)
    ]
    return decided[-1] if decided else policy.judgement_of(about.charge_kind)


def shape_of(judgement: Judgement, about: KnownCharge, state: DayState) -> Shape:
    """Return when an obligation is earned: the months of its service, the day it was delivered, or with its invoice.

    What is metered is invoiced after its month. It is earned by the last day on which it was used, billed or not.
    """
    first_billed = min((billing.billed_date for billing in about.billings), default=None)
    delivered = about.earned_date or first_billed
    if delivered is None:
        return []
    if judgement.method == AS_INVOICED:
        used_by = about.service[1] if about.charge_kind == "usage" and about.service else None
        on = min(filter(None, [first_billed, used_by]), default=None)
        return [(on, 1)] if on else []
    if judgement.method == OVER_TIME:
        service = _service(judgement, about, delivered, state)
        if service is not None:
            return months_by_days(*service)
    return [(delivered, 1)]


def _service(judgement: Judgement, about: KnownCharge, delivered: date, state: DayState) -> tuple[date, date] | None:
    if about.charge_kind == "retainer" and about.service:
        return about.service
    if judgement.service_months:
        return delivered, add_months(delivered, judgement.service_months) - DAY
    if about.service:
        return about.service
    line = state.contract_lines.get(about.contract_id or "", {}).get(about.contract_line_number or 0)
    if line is not None and line.end_date is not None and line.end_date >= line.start_date:
        return line.start_date, line.end_date
    return None
