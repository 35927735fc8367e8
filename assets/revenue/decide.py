"""Revenue's face: invoices that became known and month ends that were reached in, balanced entries out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger.charges import ChargeName, NotABillingKeyError, period_end, read_billing_key
from assets.ledger.day import DayState, Deferral
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import Document, plain
from assets.ledger.money import ZERO
from assets.revenue.policy import RevenuePolicy, RevenueRule
from assets.revenue.schedule import RevenueEntry, defer, recognise, releases, reverse, straight_line


def recognise_revenue(state: DayState, policy: RevenuePolicy, *, business_date: date) -> list[Decision]:
    """Return the entries of documents that became known or were issued here, and of month ends reached."""
    decisions = [
        decision
        for key in sorted(state.unrecognised)
        if (decision := _of_document(state.documents[key], state, policy, business_date)) is not None
    ]
    decisions += [
        _of_issued(key, state.unrecognised_issues[key], state, policy, business_date)
        for key in sorted(state.unrecognised_issues)
    ]
    started = {decision.subject_key for decision in decisions}
    for subject in sorted(state.deferrals):
        deferral = state.deferrals[subject]
        due = [part for part in deferral.parts if part[0] <= business_date]
        if due and subject not in started:
            rule = policy.rule(deferral.charge_kind, "advance")
            occurrence = f"release {due[-1][0].isoformat()}"
            decisions.append(_decision(subject, deferral, releases(due, rule), business_date, occurrence, []))
    return decisions


def _of_document(document: Document, state: DayState, policy: RevenuePolicy, business_date: date) -> Decision | None:
    name = _charge_name(document.billing_key)
    about = Deferral(
        subject_kind="document",
        charge_kind=name.charge_kind if name else "other",
        document_key=document.document_key,
        billing_key=document.billing_key,
        contract_id=name.contract_id if name else None,
        legal_entity_id=document.legal_entity_id,
        currency_code=document.currency_code,
    )
    if document.is_cancelled:
        return _taken_back(document.document_key, about, state, policy, business_date)
    if document.document_type == "credit_memo":
        rule = _rule("other", False, policy)
        entries = [reverse(document.net_amount, document.document_date, rule)]
        return _decision(document.document_key, about, entries, business_date, "1", [])
    return _of_invoice(
        document.document_key, about, name, document.net_amount, document.document_date, state, policy, business_date
    )


def _taken_back(
    subject: str, about: Deferral, state: DayState, policy: RevenuePolicy, business_date: date
) -> Decision | None:
    """Return the entries that undo a document cancelled after it was recognised: what is earned and what is not."""
    earned = state.recognised.get(subject, ZERO)
    deferral = state.deferrals.get(subject)
    unearned = sum((amount for _, amount in deferral.parts), ZERO) if deferral else ZERO
    rule = _rule(about.charge_kind, deferral is not None, policy)
    entries = [reverse(earned, business_date, rule)] if earned else []
    if unearned:
        entries.append(RevenueEntry("release", business_date, rule.deferred_account, rule.receivable_account, unearned))
    return _decision(subject, about, entries, business_date, "cancelled", []) if entries else None


def _of_issued(
    billing_key: str, payload: Mapping[str, Any], state: DayState, policy: RevenuePolicy, business_date: date
) -> Decision:
    about = Deferral(
        subject_kind="charge",
        charge_kind=str(payload["charge_kind"]),
        document_key=None,  # its number is given when the decision is recorded
        billing_key=billing_key,
        contract_id=payload.get("contract_id"),
        legal_entity_id=str(payload["legal_entity_id"]),
        currency_code=str(payload["currency_code"]),
    )
    name = _charge_name(billing_key)
    net, invoice_date = Decimal(payload["net_amount"]), date.fromisoformat(payload["invoice_date"])
    return _of_invoice(billing_key, about, name, net, invoice_date, state, policy, business_date)


def _of_invoice(
    subject: str,
    about: Deferral,
    name: ChargeName | None,
    net_amount: Decimal,
    document_date: date,
    state: DayState,
    policy: RevenuePolicy,
    business_date: date,
) -> Decision:
    frequency, in_advance = _billing_of(name, state)
    rule = _rule(about.charge_kind, in_advance, policy)
    if not (in_advance and rule.is_straight_line and name and name.period_start):
        entries = [recognise(net_amount, document_date, rule)]
        return _decision(subject, about, entries, business_date, "1", [])
    parts = straight_line(net_amount, name.period_start, period_end(name.period_start, frequency), about.currency_code)
    reached = [part for part in parts if part[0] <= business_date]
    entries = [defer(net_amount, document_date, rule), *releases(reached, rule)]
    return _decision(subject, about, entries, business_date, "1", parts[len(reached) :])


def _billing_of(name: ChargeName | None, state: DayState) -> tuple[str | None, bool]:
    if name is None or name.charge_kind != "retainer":
        return None, False
    line = state.contract_lines.get(name.contract_id or "", {}).get(name.contract_line_number or 0)
    return (line.billing_frequency, line.is_billed_in_advance) if line else (None, False)


def _charge_name(billing_key: str | None) -> ChargeName | None:
    if billing_key is None:
        return None
    try:
        return read_billing_key(billing_key)
    except NotABillingKeyError:
        return None


def _rule(charge_kind: str, in_advance: bool, policy: RevenuePolicy) -> RevenueRule:
    return policy.rule(charge_kind, "advance" if in_advance and charge_kind == "retainer" else "arrears")


def _decision(
    subject: str,
    about: Deferral,
    entries: Sequence[RevenueEntry],
    business_date: date,
    occurrence: str,
    open_parts: Sequence[tuple[date, Decimal]],
) -> Decision:
    payload: dict[str, Any] = {
        "charge_kind": about.charge_kind,
        "document_key": about.document_key,
        "billing_key": about.billing_key,
        "contract_id": about.contract_id,
        "legal_entity_id": about.legal_entity_id,
        "currency_code": about.currency_code,
        "entries": [entry.as_payload(f"{subject} {occurrence}") for entry in entries],
    }
    if open_parts:
        payload["deferred"] = [[month.isoformat(), plain(amount)] for month, amount in open_parts]
    return Decision(
        kind="revenue_recognised",
        subject_kind=about.subject_kind,
        subject_key=subject,
        business_date=business_date,
        actor_kind=ActorKind.RULE,
        actor="revenue",
        payload=payload,
        occurrence=occurrence,
    )
