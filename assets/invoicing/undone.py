"""What is delivered otherwise than billed: shipments voided, milestones opened again, services taken down or grown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from assets.invoicing.triggers import newest_line
from assets.ledger.charges import read_billing_key
from assets.ledger.contracts import ContractLine
from assets.ledger.day import ChargeState, DayState
from assets.ledger.documents import Document, plain
from assets.ledger.exceptions import Finding
from assets.ledger.fulfilment import Milestone
from assets.ledger.money import ZERO, line_amount, round_to_minor_unit


def deliveries_undone_after_billing(state: DayState) -> Iterator[Finding]:
    """Yield the charges billed otherwise than is delivered now.

    What is billed beyond it a person credits, and then it is at peace; units beyond those billed a person bills.
    """
    for key in state.retold:
        charge = state.charges.get(key)
        live = state.live_documents_billing(key)
        if charge is not None and live:
            yield from _billed_beyond_delivery(state, key, charge, live)
            yield from _units_added(state, charge, live)


def _billed_beyond_delivery(
    state: DayState, key: str, charge: ChargeState, live: Sequence[Document]
) -> Iterator[Finding]:
    delivered = _delivered(charge, state)
    billed = sum((each.net_of(key) - state.credited_of(each, key) for each in live), ZERO)
    if delivered is None or billed <= delivered:
        return
    is_goods = charge.draft.charge_kind == "goods"
    yield _finding(
        charge,
        live,
        "DELIVERY_UNDONE_AFTER_BILLING",
        billed - delivered,
        ("shipstation", "voided") if is_goods else ("projects", _field_of(charge, state)),
        {"billed_amount": plain(billed), "delivered_amount": plain(delivered)},
    )


def _units_added(state: DayState, charge: ChargeState, live: Sequence[Document]) -> Iterator[Finding]:
    """Yield an activation of which more units are told than were settled, with what the rest costs.

    Settled are those billed, those given back before an invoice was replaced, and where fewer were told when some
    were credited, those, or as many as stand billed.
    """
    draft, milestone, billed = charge.draft, _milestone_of(charge, state), _units_billed(charge, state)
    if milestone is None or milestone.quantity is None or billed is None:
        return
    replaced = state.not_billed_again.get(draft.billing_key)
    returned = replaced.given_back.get(draft.lines[0].line_number) if replaced else None
    settled = billed + (returned.quantity if returned else ZERO)
    told_then = state.told_when_credited.get(draft.billing_key)
    if told_then is not None and draft.net_amount:
        left = sum((each.net_of(draft.billing_key) - state.credited_of(each, draft.billing_key) for each in live), ZERO)
        settled = min(settled, max(told_then, round(billed * left / draft.net_amount, 2)))
    if milestone.quantity <= settled:
        return
    price = sum((line.net_amount for line in draft.lines if not line.is_credited_before), ZERO)
    added = round_to_minor_unit(price * (milestone.quantity - settled) / billed, draft.currency_code)
    told = {"billed_quantity": plain(settled), "quantity": plain(milestone.quantity)}
    yield _finding(charge, live, "UNITS_ADDED_AFTER_BILLING", added, ("projects", "quantity"), told)


def _finding(
    charge: ChargeState,
    live: Sequence[Document],
    reason_code: str,
    amount: Decimal,
    upstream: tuple[str, str],
    context: Mapping[str, str],
) -> Finding:
    return Finding(
        subject_kind="charge",
        subject_key=charge.draft.billing_key,
        subject_label=charge.draft.order_number or str(charge.draft.contract_id),
        reason_code=reason_code,
        amount=amount,
        currency_code=charge.draft.currency_code,
        upstream_system=upstream[0],
        upstream_field=upstream[1],
        context={
            "customer_key": charge.draft.customer_key,
            **context,
            "document_numbers": [document.document_number for document in live],
        },
    )


def _agreed(charge: ChargeState, state: DayState) -> ContractLine | None:
    return newest_line(state, charge.draft.contract_id or "", charge.draft.contract_line_number or 0)


def _field_of(charge: ChargeState, state: DayState) -> str:
    agreed = _agreed(charge, state)
    return "provisioned_at" if agreed is not None and agreed.milestone_billed_when == "provisioned" else "completed"


def _milestone_of(charge: ChargeState, state: DayState) -> Milestone | None:
    if charge.draft.charge_kind != "milestone":
        return None
    return state.milestones.get(read_billing_key(charge.draft.billing_key).occasion or "")


def _units_billed(charge: ChargeState, state: DayState) -> Decimal | None:
    """Return how many units a charge bills; None when it bills a price for the whole."""
    agreed = _agreed(charge, state)
    if agreed is None or agreed.unit_price is None or not charge.draft.lines:
        return None
    billed = charge.draft.lines[0].quantity
    return billed if billed > 0 else None


def _delivered(charge: ChargeState, state: DayState) -> Decimal | None:
    """Return the net price of what stands delivered of a charge; None when all of it does, or nobody can say."""
    if charge.draft.charge_kind == "milestone":
        milestone = _milestone_of(charge, state)
        agreed = _agreed(charge, state)
        if milestone is None or not milestone.is_delivered(agreed.milestone_billed_when if agreed else "completed"):
            return ZERO
        billed = _units_billed(charge, state)
        if billed is None or milestone.quantity is None or milestone.quantity >= billed:
            return None
        return round_to_minor_unit(charge.draft.net_amount * milestone.quantity / billed, charge.draft.currency_code)
    name = read_billing_key(charge.draft.billing_key)
    shipped = [line for line in state.shipments[name.shipment_number or ""].values() if not line.is_voided]
    delivered = ZERO
    for line in shipped:
        ordered = state.order_lines.get(line.order_key or "", {}).get(line.line_number)
        if ordered is not None:
            if ordered.unit_price is None:
                return None  # what no price is known for any more cannot be told to be less
            delivered += line_amount(line.quantity, ordered.unit_price, charge.draft.currency_code)
    return delivered
