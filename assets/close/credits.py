"""What a credit memo does to the day's state: what was given back, what is settled, and what is not billed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger.charges import read_billing_key
from assets.ledger.crediting import GIVES_BACK, NotBilledAgain, sold_as, value_of
from assets.ledger.day import ChargeState, DayState
from assets.ledger.decision import Decision
from assets.ledger.documents import Document, DocumentLine, Draft
from assets.ledger.keys import document_key
from assets.ledger.money import ZERO


def credit_memo_issued(state: DayState, decision: Decision) -> None:
    """The invoice stays and is owed less; credited in full to be replaced, its charges wait for review again."""
    payload = decision.payload
    shares = tuple((each["billing_key"], Decimal(each["net_amount"])) for each in payload.get("charges", ()))
    number, entity_id = payload["document_number"], payload["legal_entity_id"]
    state.learn(
        Document(
            document_key=document_key("openitem", entity_id, number),
            document_number=number,
            document_type="credit_memo",
            source_system="openitem",
            legal_entity_id=entity_id,
            customer_key=payload["customer_key"],
            currency_code=payload["currency_code"],
            document_date=date.fromisoformat(payload["credit_memo_date"]),
            due_date=None,
            total_amount=Decimal(payload["total_amount"]),
            net_amount=Decimal(payload["net_amount"]),
            tax_amount=Decimal(payload["tax_amount"]),
            known_date=decision.business_date,
            billing_key=decision.subject_key,
            order_number=payload["order_number"],
            credits_document_key=payload["credits_document_key"],
            shares=shares,
        )
    )
    for share in payload.get("charges", ()) or [payload]:
        billing_key = str(share["billing_key"])
        charge = state.charges.get(billing_key)
        if charge is not None and (payload["bills_again"] or decision.reason_code in GIVES_BACK):
            _settle_units(state, charge)
        if charge is not None and not payload["bills_again"] and decision.reason_code in GIVES_BACK:
            _give_back(state, charge, share)
        if payload["bills_again"] and charge is not None and charge.document_key == payload["credits_document_key"]:
            state.replaced_documents[payload["credits_document_key"]] = None
            is_less = _leave_out(state, charge, Decimal(share["net_amount"]), payload["credits_document_number"])
            again = ChargeState(charge.draft, "drafted", None, decision.business_date)
            state.add_charge(replace(again, is_corrected=charge.is_corrected and not is_less))
            _look_again(state, charge.draft)


def _give_back(state: DayState, charge: ChargeState, credited: Mapping[str, Any]) -> None:
    """Take note of the quantities that a credit takes off a charge; a shipment that waits for them may go out now."""
    draft, document = charge.draft, state.documents.get(charge.document_key or "")
    quantities = {int(number): Decimal(quantity) for number, quantity in credited.get("quantities", {}).items()}
    is_whole = document is not None and state.credited_of(document, draft.billing_key) >= draft.net_amount
    billed = [line for line in draft.lines if line.net_amount]
    if is_whole:
        quantities = {line.line_number: line.quantity for line in draft.lines if line.quantity > ZERO}
    elif not quantities and draft.order_number and len(billed) == 1:
        quantities = {billed[0].line_number: Decimal(credited["net_amount"]) / billed[0].unit_price}
    back = state.given_back[draft.billing_key]
    for line_number, quantity in quantities.items():
        back[line_number] = quantity if is_whole else back.get(line_number, ZERO) + quantity
    if draft.order_number:
        state.news.repaired[draft.order_number] = None


def _settle_units(state: DayState, charge: ChargeState) -> None:
    """Take note of how many units are told when some are credited: those told beyond them later are to be billed."""
    draft = charge.draft
    milestone = state.milestones.get(read_billing_key(draft.billing_key).occasion or "")
    if draft.charge_kind != "milestone" or milestone is None or milestone.quantity is None or not draft.lines:
        return
    if milestone.quantity < draft.lines[0].quantity:
        state.told_when_credited[draft.billing_key] = milestone.quantity


def _leave_out(state: DayState, charge: ChargeState, stood_amount: Decimal, document_number: str) -> bool:
    """Let what was credited of an invoice before it is replaced not be billed again; return whether anything was.

    Quantities given back that their source had taken off itself by then are not taken off a second time.
    """
    draft = charge.draft
    back = state.given_back.pop(draft.billing_key, {})
    told = state.told_when_credited.pop(draft.billing_key, None)
    credited = state.credited_of(state.documents[charge.document_key or ""], draft.billing_key) - stood_amount
    amount = max(credited - value_of(draft, back), ZERO)
    before = state.not_billed_again.get(draft.billing_key)
    if before is None and not back and not amount:
        return False
    given_back = dict(before.given_back) if before else {}
    for line in draft.lines:
        taken_off = max(line.quantity - told, ZERO) if told is not None else ZERO
        if quantity := max(back.get(line.line_number, ZERO) - taken_off, ZERO):
            _add(given_back, replace(line, quantity=quantity))
    state.not_billed_again[draft.billing_key] = NotBilledAgain(
        document_number,
        given_back,
        {
            line.line_number: replace(line, quantity=line.quantity - back.get(line.line_number, ZERO))
            for line in draft.lines
        },
        amount + (before.amount if before else ZERO),
        stood_amount,
    )
    return True


def _add(given_back: dict[int, DocumentLine], line: DocumentLine) -> None:
    """Add a line to those given back before: its number may be that of a line which sold something else."""
    before = given_back.get(line.line_number)
    if before is None:
        given_back[line.line_number] = line
    elif sold_as(before) == sold_as(line):
        given_back[line.line_number] = replace(line, quantity=before.quantity + line.quantity)
    else:
        given_back[max(given_back) + 1] = line


def _look_again(state: DayState, draft: Draft) -> None:
    """Let the draft be made anew by what is known today: its source may have been put right while it was billed."""
    rests_on = draft.order_number or draft.contract_id or draft.customer_key
    if rests_on:
        state.news.repaired[rests_on] = None
