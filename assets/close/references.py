"""By which other numbers may a payer name a document? The deliveries it bills, and the bank slip printed with it."""

from __future__ import annotations

from collections.abc import Mapping

from assets.invoicing.payment_codes.free_fields import CollectionAccount, checked_numbers, our_number
from assets.ledger.charges import NotABillingKeyError, read_billing_key
from assets.ledger.day import DayState
from assets.ledger.documents import Document
from assets.ledger.errors import BadInputError
from assets.ledger.parties import LegalEntity
from assets.ledger.policy import Policy

BRAZIL, REAL = "BR", "BRL"


def collection_accounts(policy: Policy, entities: Mapping[str, LegalEntity]) -> dict[str, CollectionAccount]:
    """Return the accounts that our Brazilian entities collect to by bank slip, as their letterheads say."""
    return {
        entity: CollectionAccount(
            str(row["slip_bank_code"]),
            *(str(row[f"slip_{part}"] or "") for part in ("agency", "account", "wallet", "agreement")),
        )
        for row in policy.rows("letterheads")
        if row["slip_bank_code"]
        and (entity := str(row["legal_entity_id"])) in entities
        and entities[entity].country_code == BRAZIL
    }


def deliveries_of(document: Document, state: DayState) -> tuple[str, ...]:
    """Return the shipments that a document bills: those it was made for, else all that left for its order so far."""
    billed = dict.fromkeys(filter(None, map(_shipment_billed, document.billing_keys)))
    if billed:
        return tuple(billed)
    order_key = state.order_keys.get(document.order_number or "")
    shipments = state.shipments_of_order.get(order_key, {}) if order_key else {}
    return tuple(
        sorted(number for number in shipments if not all(line.is_voided for line in state.shipments[number].values()))
    )


def _shipment_billed(billing_key: str) -> str | None:
    try:
        return read_billing_key(billing_key).shipment_number
    except NotABillingKeyError:
        return None  # what another system wrote there


def bank_slips_of(document: Document, accounts: Mapping[str, CollectionAccount]) -> tuple[str, ...]:
    """Return the numbers of the bank slip that was printed with a document issued here, as its bank writes them."""
    account = accounts.get(document.legal_entity_id)
    is_ours = document.source_system == "openitem" and document.document_type == "invoice"
    if account is None or not is_ours or document.currency_code != REAL or document.total_amount <= 0:
        return ()
    try:
        return checked_numbers(account, our_number(document.document_number))
    except BadInputError:
        return ()  # no slip was printed either: its document says why
