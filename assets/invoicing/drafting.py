"""A charge becomes a draft: terms, tax and purchase order number found, and the checks that it fails."""

from __future__ import annotations

from datetime import UTC, date

from assets.invoicing.policy import DraftCheck, InvoicingPolicy
from assets.invoicing.preflight import DraftInQuestion, failures_of
from assets.invoicing.pricing import net_of
from assets.invoicing.returned import without_credited
from assets.invoicing.shipping import is_shipped_beyond_order
from assets.invoicing.triggers import Charge
from assets.ledger.contracts import Agreement
from assets.ledger.day import DayState
from assets.ledger.deals import Deal
from assets.ledger.documents import Draft, totals
from assets.ledger.money import ZERO

EUROPEAN_UNION = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip


def draft_charge(
    charge: Charge, state: DayState, policy: InvoicingPolicy, business_date: date
) -> tuple[Draft, tuple[DraftCheck, ...]]:
    """Return the draft of a charge as priced by what is known today, and the checks that stand against it."""
    line, order, deal = charge.contract_line, charge.order, charge.deal
    frame: Agreement | None = None
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
    elif deal is not None:
        frame = state.frame_agreement(deal.customer_key)
        legal_entity_id, customer_key = deal.legal_entity_id or "", deal.customer_key
        currency_code = deal.currency_code or ""
        terms_code = frame.terms_code if frame else _terms_of_deal(deal, state)
        tax_code = frame.tax_code if frame else None
        purchase_order_number = deal.purchase_order_number
        is_purchase_order_required = bool(frame and frame.is_purchase_order_required)
    else:
        raise ValueError(f"Charge `{charge.billing_key}` names neither contract nor order nor deal.")
    customer = state.customers.get(customer_key or "")
    tax_code = tax_code or tax_code_of(legal_entity_id, customer.country_code if customer else None, policy)
    tax = policy.tax_rates.get((legal_entity_id, tax_code or ""))
    tax_rate = tax.tax_rate if tax else ZERO
    treatment = tax.treatment_of(charge.charge_kind) if tax else None
    received = policy.receiving.of_customer(legal_entity_id, customer.customer_number if customer else None)
    terms = policy.terms.get(terms_code or "")
    lines = without_credited(charge.lines, state.not_billed_again.get(charge.billing_key), currency_code)
    net, tax_amount, total = totals(lines, tax_rate, currency_code)
    draft = Draft(
        billing_key=charge.billing_key,
        charge_kind=charge.charge_kind,
        legal_entity_id=legal_entity_id,
        customer_key=customer_key,
        contract_id=line.contract_id if line else None,
        contract_line_number=line.contract_line_number if line else None,
        order_number=order.order_number if order else None,
        currency_code=currency_code,
        lines=lines,
        tax_code=tax_code,
        tax_rate=tax_rate,
        net_amount=net,
        tax_amount=tax_amount,
        total_amount=total,
        terms_code=terms_code,
        due_days=terms.due_days if terms else None,
        purchase_order_number=purchase_order_number,
        period_start=charge.period_start,
        period_end=charge.period_end,
        trigger_at=charge.trigger_at if charge.trigger_at.tzinfo else charge.trigger_at.replace(tzinfo=UTC),
        triggered_date=charge.triggered_date(state),
        tax_category=treatment.category if treatment else None,
        tax_exemption_code=treatment.exemption_code if treatment else None,
        tax_exemption_reason=treatment.exemption_reason if treatment else None,
        buyer_reference=(line.buyer_reference if line else None) or received.buyer_reference,
        document_format=received.document_format,
    )
    asked = DraftInQuestion(
        draft=draft,
        business_date=business_date,
        tax=tax,
        is_entity_known=legal_entity_id in state.entities,
        is_purchase_order_required=is_purchase_order_required,
        overlaps=_billed_in_another_period(draft, state),
        is_shipped_beyond_order=order is not None
        and is_shipped_beyond_order(state, order, charge.billing_key.split("|")[2]),
        line=line,
        order=order,
        deal=deal,
        sold_amount=net_of(charge.lines),
        agreement=frame,
        customer=customer,
        milestone=charge.milestone,
    )
    return draft, failures_of(asked, policy)


def tax_code_of(legal_entity_id: str, country_code: str | None, policy: InvoicingPolicy) -> str | None:
    """Return the tax code of a sale that nobody stated one for; None when the customer's country is not known."""
    if not country_code:
        return None
    region = "EU" if country_code in EUROPEAN_UNION else "*"
    known = policy.tax_codes
    return (
        known.get((legal_entity_id, country_code))
        or known.get((legal_entity_id, region))
        or (known.get((legal_entity_id, "*")) if region == "EU" else None)
    )


def _billed_in_another_period(draft: Draft, state: DayState) -> str | None:
    """Return the charge of the same contract line that already bills days of this retainer's period."""
    if draft.charge_kind != "retainer" or draft.period_start is None or draft.period_end is None:
        return None
    occasion = draft.billing_key.split("|")[3].partition(".")[0]
    for key in state.charges_of_line.get((draft.contract_id or "", draft.contract_line_number or 0), ()):
        other = state.charges[key].draft
        if key.split("|")[3].partition(".")[0] == occasion or other.period_start is None or other.period_end is None:
            continue
        is_apart = other.period_end < draft.period_start or draft.period_end < other.period_start
        if not is_apart and state.live_documents_billing(key):
            return key
    return None


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


def _terms_of_deal(deal: Deal, state: DayState) -> str | None:
    """Return the terms a deal was won at; without any, the customer record's."""
    customer = state.customers.get(deal.customer_key or "")
    return deal.terms_code or (customer.terms_code if customer else None)
