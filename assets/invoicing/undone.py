"""What is billed and not delivered any more: shipments voided, milestones opened again, services taken down."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from assets.invoicing.triggers import newest_line
from assets.ledger.charges import read_billing_key
from assets.ledger.day import ChargeState, DayState
from assets.ledger.documents import plain
from assets.ledger.exceptions import Finding
from assets.ledger.money import ZERO, line_amount, round_to_minor_unit


def deliveries_undone_after_billing(state: DayState) -> Iterator[Finding]:
    """Yield the charges billed for more than is delivered now; a person credits the rest, and then it is at peace."""
    for key in state.taken_back:
        charge = state.charges.get(key)
        live = state.live_documents_billing(key)
        if charge is None or not live:
            continue
        delivered = _delivered(charge, state)
        billed = sum((each.net_of(key) - state.credited_of(each, key) for each in live), ZERO)
        if billed <= delivered:
            continue
        is_goods = charge.draft.charge_kind == "goods"
        yield Finding(
            subject_kind="charge",
            subject_key=key,
            subject_label=charge.draft.order_number or str(charge.draft.contract_id),
            reason_code="DELIVERY_UNDONE_AFTER_BILLING",
            amount=billed - delivered,
            currency_code=charge.draft.currency_code,
            upstream_system="shipstation" if is_goods else "projects",
            upstream_field="voided" if is_goods else _field_of(charge, state),
            context={
                "customer_key": charge.draft.customer_key,
                "billed_amount": plain(billed),
                "delivered_amount": plain(delivered),
                "document_numbers": [document.document_number for document in live],
            },
        )


def _field_of(charge: ChargeState, state: DayState) -> str:
    agreed = newest_line(state, charge.draft.contract_id or "", charge.draft.contract_line_number or 0)
    return "provisioned_at" if agreed is not None and agreed.milestone_billed_when == "provisioned" else "completed"


def _delivered(charge: ChargeState, state: DayState) -> Decimal:
    """Return the net price of what stands delivered of a charge."""
    name = read_billing_key(charge.draft.billing_key)
    if charge.draft.charge_kind == "milestone":
        milestone = state.milestones.get(name.occasion or "")
        agreed = newest_line(state, charge.draft.contract_id or "", charge.draft.contract_line_number or 0)
        billed_when = agreed.milestone_billed_when if agreed is not None else "completed"
        if milestone is None or not milestone.is_delivered(billed_when):
            return ZERO
        billed = charge.draft.lines[0].quantity
        if milestone.quantity is None or milestone.quantity >= billed:
            return charge.draft.net_amount
        return round_to_minor_unit(charge.draft.net_amount * milestone.quantity / billed, charge.draft.currency_code)
    shipped = [line for line in state.shipments[name.shipment_number or ""].values() if not line.is_voided]
    delivered = ZERO
    for line in shipped:
        ordered = state.order_lines.get(line.order_key or "", {}).get(line.line_number)
        if ordered is not None:
            delivered += line_amount(line.quantity, ordered.unit_price, charge.draft.currency_code)
    return delivered
