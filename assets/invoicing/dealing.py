"""What became billable because a deal was won, and which billed deals are no longer what was billed?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

from assets.invoicing.pricing import is_beyond_range, net_of
from assets.ledger.charges import deal_billing_key, read_billing_key
from assets.ledger.day import DayState
from assets.ledger.deals import Deal
from assets.ledger.documents import DocumentLine, plain
from assets.ledger.exceptions import Finding
from assets.ledger.money import ZERO


def deals_to_bill(state: DayState, again: Collection[str], billed_by: Collection[str]) -> Iterator[Deal]:
    """Yield each deal won that bills, filled in from its customer; one that names a contract is billed by that.

    A deal billed once is not told again, however often it is opened and won again.
    """
    if not billed_by:
        return
    for deal_id, deal in state.deals.items():
        key = deal_billing_key(deal_id)
        known = _filled_in(state, deal)
        is_told = key in again or not state.is_charged(key)
        if is_told and _bills(known) and known.legal_entity_id in billed_by and state.deal_lines.get(deal_id):
            yield known


def deals_without_lines(state: DayState, billed_by: Collection[str]) -> Iterator[tuple[str, Deal]]:
    """Yield the key and deal of each that was won, would bill and tells nothing of what was sold."""
    for deal_id, deal in state.deals.items() if billed_by else ():
        key, known = deal_billing_key(deal_id), _filled_in(state, deal)
        if _bills(known) and known.legal_entity_id in billed_by and not state.deal_lines.get(deal_id):
            yield key, known


def lines_of_deal(state: DayState, deal: Deal) -> tuple[DocumentLine, ...]:
    """Return the priced line items of a deal in the order of their ids; none when one is beyond what can be held."""
    items = sorted(state.deal_lines.get(deal.deal_id, {}).items())
    if any(is_beyond_range(item.quantity, item.unit_price) for _, item in items):
        return ()
    return tuple(
        DocumentLine.priced(
            position,
            item.description or item.product_id or deal.deal_name or "",
            item.quantity,
            item.unit_price,
            deal.currency_code or "",
            item.product_id,
        )
        for position, (_, item) in enumerate(items, start=1)
    )


def deals_changed_after_billing(state: DayState) -> list[Finding]:
    """Return the billed deals that were lost, changed or given to a contract since; a person credits or bills the rest.

    What was credited already is no longer billed: a deal that is lost and credited in full is at peace.
    """
    findings = []
    for deal_id, deal in state.deals.items():
        key = deal_billing_key(deal_id)
        charge = state.charges.get(key)
        live = state.live_documents_billing(key) if charge is not None else []
        if charge is None or not live:
            continue
        known = _filled_in(state, deal)
        agreed = net_of(lines_of_deal(state, known)) if _bills(known) else ZERO
        billed = sum((each.net_of(key) - state.credited_of(each, key) for each in live), ZERO)
        is_news = max(_known_dates(state, deal)) > max(document.known_date for document in live)
        if is_news and agreed != billed and (agreed != charge.draft.net_amount or not _bills(known)):
            findings.append(
                Finding(
                    subject_kind="charge",
                    subject_key=key,
                    subject_label=f"deal {read_billing_key(key).deal_id}",
                    reason_code="DEAL_CHANGED_AFTER_BILLING",
                    amount=abs(billed - agreed),
                    currency_code=charge.draft.currency_code,
                    context={
                        "customer_key": charge.draft.customer_key,
                        "billed_amount": plain(billed),
                        "agreed_amount": plain(agreed),
                        "contract_id": deal.contract_id,
                    },
                )
            )
    return findings


def _known_dates(state: DayState, deal: Deal) -> list[date]:
    return [deal.known_date, *(item.known_date for item in state.deal_lines.get(deal.deal_id, {}).values())]


def _bills(deal: Deal) -> bool:
    return deal.is_won and not deal.contract_id


def _filled_in(state: DayState, deal: Deal) -> Deal:
    customer = state.customers.get(deal.customer_key or "")
    if customer is None:
        return deal
    return replace(
        deal,
        legal_entity_id=deal.legal_entity_id or customer.legal_entity_id,
        currency_code=deal.currency_code or customer.currency_code,
    )
