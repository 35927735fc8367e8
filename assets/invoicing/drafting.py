"""A charge becomes a draft: terms, tax and purchase order number found, or the reason why it is blocked."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

from assets.invoicing.policy import InvoicingPolicy
from assets.invoicing.triggers import Charge
from assets.ledger.contracts import Agreement
from assets.ledger.day import DayState
from assets.ledger.documents import Draft, totals
from assets.ledger.money import ZERO


def draft_charge(charge: Charge, state: DayState, policy: InvoicingPolicy) -> tuple[Draft, str | None]:
    """Return the draft of a charge as priced by what is known today, and the reason code that blocks it or None."""
    line, order = charge.contract_line, charge.order
    if line is not None:
        legal_entity_id, customer_key, currency_code = line.legal_entity_id, line.customer_key, line.currency_code
        terms_code, tax_code = line.terms_code, line.tax_code
        purchase_order_number, is_purchase_order_required = line.purchase_order_number, line.is_purchase_order_required
    elif order is not None:
        frame = state.frame_agreement(order.customer_key)
        legal_entity_id, customer_key, currency_code = order.legal_entity_id, order.customer_key, order.currency_code
        terms_code = _terms_of_goods(frame, state, customer_key, order.agreed_terms_code)
        tax_code = order.tax_code or (frame.tax_code if frame else None)
        purchase_order_number = order.purchase_order_number
        is_purchase_order_required = order.is_purchase_order_required or bool(
            frame and frame.is_purchase_order_required
        )
    else:
        raise ValueError(f"Charge `{charge.billing_key}` names neither contract nor order.")
    tax_rate = policy.tax_rates.get((legal_entity_id, tax_code or ""))
    terms = policy.terms.get(terms_code or "")
    net, tax, total = totals(charge.lines, tax_rate or ZERO, currency_code)
    draft = Draft(
        billing_key=charge.billing_key,
        charge_kind=charge.charge_kind,
        legal_entity_id=legal_entity_id,
        customer_key=customer_key,
        contract_id=line.contract_id if line else None,
        contract_line_number=line.contract_line_number if line else None,
        order_number=order.order_number if order else None,
        currency_code=currency_code,
        lines=charge.lines,
        tax_code=tax_code,
        tax_rate=tax_rate or ZERO,
        net_amount=net,
        tax_amount=tax,
        total_amount=total,
        terms_code=terms_code,
        due_days=terms.due_days if terms else None,
        purchase_order_number=purchase_order_number,
        period_start=charge.period_start,
        period_end=charge.period_end,
        trigger_at=charge.trigger_at if charge.trigger_at.tzinfo else charge.trigger_at.replace(tzinfo=UTC),
        triggered_date=charge.trigger_at.date(),
    )
    return draft, why_blocked(draft, tax_rate, is_purchase_order_required, policy)


def why_blocked(
    draft: Draft, tax_rate: Decimal | None, is_purchase_order_required: bool, policy: InvoicingPolicy
) -> str | None:
    """Return the reason code of the first thing that stops a draft from being billed, or None."""
    stands_against = {
        "AGREEMENT_KNOWN": draft.due_days is None or draft.customer_key is None,
        "PO_PRESENT": is_purchase_order_required and not draft.purchase_order_number,
        "TAX_CODE_KNOWN": tax_rate is None,
    }
    return next(
        (policy.blocking[check] for check, fails in stands_against.items() if fails and check in policy.blocking), None
    )


def _terms_of_goods(
    frame: Agreement | None, state: DayState, customer_key: str | None, agreed_terms_code: str | None
) -> str | None:
    """Return the terms an order is billed at: the frame agreement's; without agreements, the customer record's."""
    if frame is not None:
        return frame.terms_code
    if state.knows_agreements:
        return None
    customer = state.customers.get(customer_key or "")
    return agreed_terms_code or (customer.terms_code if customer else None)
