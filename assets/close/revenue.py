"""Revenue on record: what its decisions and those of people do to the state, and the rows they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger.charges import month_end
from assets.ledger.day import DayState
from assets.ledger.decision import Decision, canonical_json
from assets.ledger.money import ZERO, to_minor
from assets.ledger.revenue import Billing, Judgement, Part, RevenueCharge

Row = dict[str, Any]

ACCOUNT_KINDS = ("receivable", "contract_asset", "deferred_revenue", "revenue")


def revenue_recognised(state: DayState, decision: Decision) -> None:
    """Take up a charge's schedule and what was posted of it."""
    payload, key = decision.payload, decision.subject_key
    currency_code = payload["currency_code"]

    def minor(text: str) -> int:
        return to_minor(Decimal(text), currency_code)

    before = state.revenue.get(key)
    posted = dict(before.posted) if before else {}
    for entry in payload["entries"]:
        period = date.fromisoformat(entry["period"])
        billed, earned = posted.get(period, (0, 0))
        posted[period] = (billed + minor(entry.get("receivable", "0")), earned - minor(entry.get("revenue", "0")))
    parts = tuple(
        Part(part["obligation_key"], _day(part["earned_date"]), minor(part["amount"])) for part in payload["schedule"]
    )
    earned_by: dict[date, int] = {}
    for part in parts:
        if part.earned_date is not None and part.earned_date <= decision.business_date:
            period = month_end(part.earned_date)
            earned_by[period] = earned_by.get(period, 0) + part.amount_minor
    record = RevenueCharge(
        key,
        payload["charge_kind"],
        currency_code,
        tuple(
            Billing(document, credited, date.fromisoformat(on), minor(amount))
            for document, credited, on, amount in payload["billings"]
        ),
        parts,
        {judged["obligation_key"]: judgement_from(judged) for judged in payload["judgements"]},
        earned_by,
        posted,
        int(decision.occurrence),
    )
    state.revenue[key] = record
    for billing in record.billings:
        if not billing.document.startswith("issue "):
            state.revenue_charge_of[billing.document] = key
    for name in record.judgements:
        state.charges_of_obligation[name][key] = None
        if name.startswith("order|"):
            state.charges_of_obligation["|".join(name.split("|")[:2])][key] = None
    is_settled = (
        bool(record.billings)
        and sum(billed - earned for billed, earned in posted.values()) == 0
        and all(part.earned_date is not None and part.earned_date <= decision.business_date for part in parts)
    )
    if is_settled:
        state.unsettled_revenue.pop(key, None)
    else:
        state.unsettled_revenue[key] = None


def judgement_set(state: DayState, decision: Decision) -> None:
    """Take up a person's judgement on one obligation."""
    key = decision.subject_key
    state.judgements[key] = judgement_from({**decision.payload, "source": "person"})
    kind, number, *line = key.split("|")
    if kind == "order" and line:
        state.judged_order_lines[number][int(line[0])] = None
    state.revenue_news.obligations[key] = None


def default_judgement_set(state: DayState, decision: Decision) -> None:
    """Take up what finance decided for a kind of charge, from its effective date on."""
    judgement = judgement_from({**decision.payload, "source": "policy_decision"})
    kind = decision.payload["charge_kind"]
    decided = state.default_judgements[kind]
    decided.append(judgement)
    decided.sort(key=lambda each: each.effective_date or date.min)
    state.revenue_news.charge_kinds[kind] = None


def judgement_from(payload: Mapping[str, Any]) -> Judgement:
    """Return a judgement as it stands in a decision."""
    months = payload.get("service_months")
    return Judgement(
        payload["method"],
        None if months is None else int(months),
        Decimal(payload.get("held_back_percent") or ZERO),
        payload["source"],
        _day(payload.get("effective_date")),
    )


def revenue_rows(decision: Decision, state: DayState) -> Iterator[tuple[str, Row]]:
    """Yield the journal lines of a decision."""
    payload = decision.payload
    shared = {
        "business_date": decision.business_date,
        "charge_key": decision.subject_key,
        "charge_kind": payload["charge_kind"],
        "contract_id": payload["contract_id"],
        "contract_line_number": payload["contract_line_number"],
        "order_number": payload["order_number"],
        "customer_key": payload["customer_key"],
        "legal_entity_id": payload["legal_entity_id"],
        "currency_code": payload["currency_code"],
    }
    for entry in payload["entries"]:
        for account_kind in ACCOUNT_KINDS:
            if account_kind not in entry:
                continue
            amount = Decimal(entry[account_kind])
            yield (
                "revenue_entries",
                shared
                | {
                    "entry_key": entry["entry_key"],
                    "entry_kind": entry["entry_kind"],
                    "billing_key": payload["billing_key"],
                    "document_key": _document_key(entry["document"], payload["billing_key"], state),
                    "account_kind": account_kind,
                    "account": payload["accounts"][account_kind],
                    "debit_amount": max(amount, ZERO),
                    "credit_amount": max(-amount, ZERO),
                    "reason_code": entry["reason_code"],
                    "original_period": date.fromisoformat(entry["original_period"]),
                    "period": date.fromisoformat(entry["period"]),
                    "posting_date": date.fromisoformat(entry["posting_date"]),
                    "evidence": canonical_json({"occurrence": decision.occurrence}),
                },
            )


def _document_key(label: str | None, billing_key: str | None, state: DayState) -> str | None:
    if label is None or not label.startswith("issue "):
        return label
    issued = [
        key
        for key in state.documents_billing.get(billing_key or "", ())
        if state.documents[key].source_system == "openitem" and state.documents[key].document_type == "invoice"
    ]
    position = int(label.removeprefix("issue ")) - 1
    return issued[position] if position < len(issued) else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
