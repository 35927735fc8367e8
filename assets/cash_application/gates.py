"""Why may a rule not apply this by itself? The first thing that stands against it, whatever the score."""

from __future__ import annotations

from collections.abc import Sequence

from assets.cash_application.evidence import Book, Evidence
from assets.cash_application.payers import PayerIndex
from assets.cash_application.policy import PAYER_AND_AMOUNT, CashPolicy
from assets.cash_application.references import could_mean, number_key
from assets.ledger.documents import OpenItem
from assets.ledger.receipts import Receipt

NO_END_TO_END_ID = frozenset({"", "NOTPROVIDED", "NONREF", "NONE", "NA"})


def why_not_automatic(
    rule: str, chosen: Sequence[OpenItem], evidence: Evidence, book: Book, payers: PayerIndex, policy: CashPolicy
) -> str | None:
    """Return the reason code of the first gate that is shut, or None when the rule may apply the receipt."""
    receipt, named = evidence.receipt, evidence.named
    if receipt.is_returned:
        return "RECEIPT_RETURNED"
    if named.ambiguous:
        return "REFERENCE_AMBIGUOUS"
    if named.closed:
        return "DOCUMENT_CLOSED"
    if named.other_currency:
        return "CURRENCY_DIFFERS"
    if named.other_entity:
        return "ENTITY_DIFFERS"
    if _contradicts(rule, chosen, evidence):
        return "REFERENCE_CONTRADICTS"
    if _is_of_another_payer(chosen, evidence, payers):
        return "PAYER_CONTRADICTS"
    if any(item.document_date > receipt.value_date for item in chosen):
        return "RECEIPT_BEFORE_DOCUMENT"
    if looks_like_duplicate(receipt, evidence, book, payers, policy):
        return "POSSIBLE_DUPLICATE"
    if not policy.is_automatic(rule):
        return "RULE_NOT_AUTOMATIC"
    return None


def why_nothing_fits(evidence: Evidence) -> str:
    """Return why a receipt has not even a proposal."""
    named = evidence.named
    reasons = (
        (named.ambiguous, "REFERENCE_AMBIGUOUS"),
        (named.closed, "DOCUMENT_CLOSED"),
        (named.other_currency, "CURRENCY_DIFFERS"),
        (named.other_entity, "ENTITY_DIFFERS"),
        (named.strangers, "REFERENCE_UNKNOWN"),
        (evidence.payer.is_identified, "NOTHING_FITS"),
    )
    return next((reason for applies, reason in reasons if applies), "PAYER_UNKNOWN")


def looks_like_duplicate(
    receipt: Receipt, evidence: Evidence, book: Book, payers: PayerIndex, policy: CashPolicy
) -> bool:
    """Return whether the same payer sent the same amount for the same thing before."""
    keys = set(evidence.reading.certain_keys)
    end_to_end_id = number_key(receipt.end_to_end_id or "")
    for earlier in payers.others_like(receipt, policy.duplicate_days):
        if end_to_end_id not in NO_END_TO_END_ID and end_to_end_id == number_key(earlier.end_to_end_id or ""):
            return True
        before = set(book.index.numbers.read((earlier.remittance_text, earlier.end_to_end_id)).certain_keys)
        if keys & before:
            return True
        days = (receipt.value_date - earlier.value_date).days
        if not keys and not before and days <= policy.duplicate_days_without_reference:
            return True
    return False


def _contradicts(rule: str, chosen: Sequence[OpenItem], evidence: Evidence) -> bool:
    named = evidence.named
    chosen_keys = {number_key(item.document_number) for item in chosen}
    if {item.document_key for item in named.payable} - {item.document_key for item in chosen}:
        return True
    if any(not any(could_mean(token, key) for key in chosen_keys) for token in named.strangers):
        return True
    if rule != PAYER_AND_AMOUNT:
        return False
    # A number in the text weighs more than an amount: without an exact reference even a shortened one must agree.
    if named.uncertain and not chosen_keys.issubset(named.uncertain):
        return True
    by_order = {item.document_key for item in named.by_order}
    return bool(evidence.reading.order_keys) and not {item.document_key for item in chosen} <= by_order


def _is_of_another_payer(chosen: Sequence[OpenItem], evidence: Evidence, payers: PayerIndex) -> bool:
    families = {family for item in chosen if (family := payers.family_of(item.customer_key))}
    if evidence.payer.families:
        return not families <= evidence.payer.families
    return len(families) > 1
