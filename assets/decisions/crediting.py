"""A person credits an invoice that was issued here: in part or in full, with a reason, never beyond what was billed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assets.decisions.errors import UndecidableError
from assets.decisions.invoice_review import invoice_billing, message_key_of, other_charges
from assets.decisions.roles import require
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Row, Turn, digest_of, seen_history
from assets.ledger.crediting import (
    CREDIT_REASONS,
    Credited,
    CreditedCharge,
    CreditExceedsInvoiceError,
    NotByQuantityError,
    QuantityExceedsInvoiceError,
    credit_charges,
    credit_of,
    lines_credited,
    why_no_amount,
    why_no_quantities,
)
from assets.ledger.decision import ActorKind, Decision, RecordedDecision
from assets.ledger.documents import Draft, draft_of
from assets.ledger.issuing import credit_memo_message
from assets.ledger.keys import document_key
from assets.ledger.money import ZERO
from assets.ledger.one_invoice import charges_billed
from assets.ledger.parties import LegalEntity


@dataclass(frozen=True, slots=True)
class Creditable:
    """One charge of an invoice as it stands billed: what was credited of it so far, and what is left."""

    document_number: str
    charge: Draft
    before: Credited
    version: int

    @property
    def net_left(self) -> Decimal:
        """Return the net amount that can still be credited."""
        return self.charge.net_amount - self.before.net_amount

    @property
    def total_left(self) -> Decimal:
        """Return the same with its tax."""
        return self.net_left + self.charge.tax_amount - self.before.tax_amount

    @property
    def why_no_quantities(self) -> str | None:
        """Return why only an amount of it can be credited and no quantities, or None."""
        return why_no_quantities(self.charge, self.before)

    def quantity_left(self, line_number: int) -> Decimal:
        """Return how much of a line was not credited by its quantity."""
        billed = next(line.quantity for line in self.charge.lines if line.line_number == line_number)
        return billed - self.before.quantities.get(line_number, ZERO)

    def credited(
        self, net_amount: Decimal | None = None, quantities: Mapping[int, Decimal] | None = None
    ) -> CreditedCharge:
        """Return what crediting an amount, quantities of lines, or all that is left comes to; refuse what is too much.

        Nothing is recorded by it: pages show it before a person decides.
        """
        try:
            lines = lines_credited(self.charge, self.document_number, self.before, quantities or {})
            if quantities is not None:
                net_amount = sum((line.net_amount for line in lines), ZERO)
            credit = credit_of(self.charge, self.document_number, self.before, net_amount)
        except (CreditExceedsInvoiceError, NotByQuantityError, QuantityExceedsInvoiceError) as error:
            raise UndecidableError(str(error)) from error
        return CreditedCharge(self.charge, credit, self.before, lines)


def creditable_charges(store: DecisionStore, billing_key: str) -> list[Creditable]:
    """Return the charges of the invoice that bills a charge, as the log holds them now; none when none stands."""
    issued = invoice_billing(store, billing_key, store.version(billing_key))
    if issued is None:
        return []
    number = str(issued.payload["document_number"])
    found = []
    for charge in charges_billed(issued.payload):
        history = store.on_subject(charge.billing_key)
        version = store.version(charge.billing_key)
        found.append(Creditable(number, charge, credited_so_far(history, number), version))
    return found


def credit_invoice(
    store: DecisionStore,
    turn: Turn,
    invoice: Row,
    *,
    seen_version: int,
    reason_code: str,
    net_amount: Decimal | None = None,
    quantities: Mapping[int, Decimal] | None = None,
    note: str = "",
    bills_again: bool = False,
) -> list[RecordedDecision]:
    """Issue a credit memo for a net amount of what an invoice bills of a charge, or for all that is left of it.

    `quantities`, by line, credit so much of a line as it was billed, less its share of a discount. `bills_again` is
    for an invoice that came back: all that is left of its charges is credited by one memo with one number, and they
    wait for review again.
    """
    require(turn.actor, "credit_invoice")
    billing_key = str(invoice["billing_key"])
    if reason_code not in CREDIT_REASONS:
        raise UndecidableError(f"Cannot credit `{billing_key}` because of `{reason_code}`: known are {CREDIT_REASONS}.")
    issued = invoice_billing(store, billing_key, seen_version)
    if issued is None:
        raise UndecidableError(f"Cannot credit `{billing_key}`: no invoice of it stands.")
    if bills_again and (net_amount is not None or quantities is not None):
        raise UndecidableError(f"Cannot bill `{billing_key}` again: only an invoice credited in full can be replaced.")
    number, entity_id = str(issued.payload["document_number"]), str(issued.payload["legal_entity_id"])
    others = other_charges(store, issued, billing_key) if bills_again else {}
    if others and (recorded := _by_the_first_click(store, turn, billing_key, seen_version, number)):
        return recorded
    credited = {billing_key: seen_version, **others}
    charges = []
    for billed in charges_billed(issued.payload):
        if billed.billing_key not in credited:
            continue
        before = credited_so_far(seen_history(store, billed.billing_key, credited[billed.billing_key]), number)
        if billed.billing_key != billing_key and before.net_amount == billed.net_amount:
            continue  # credited in full already, and not to be billed again
        creditable = Creditable(number, billed, before, credited[billed.billing_key])
        if net_amount is not None and (reason := why_no_amount(billed, before, reason_code)):
            raise UndecidableError(
                f"Cannot credit an amount of invoice `{number}` because of `{reason_code}`: {reason}"
            )
        charges.append(creditable.credited(net_amount, quantities))
    decisions = credit_charges(
        draft_of(issued.payload),
        LegalEntity(entity_id, entity_id, "", str(issued.payload["currency_code"]), "UTC", "openitem", entity_id),
        charges,
        document_key=document_key("openitem", entity_id, number),
        document_number=number,
        credit_memo_date=turn.business_date,
        actor_kind=ActorKind.PERSON,
        actor=turn.actor.name,
        reason_code=reason_code,
        note=note,
        bills_again=bills_again,
        evidence={"shown_digest": digest_of(invoice)},
    )
    recipient = _recipient(store, issued, invoice)
    return store.append(
        decisions,
        outbox=[credit_memo_message(decisions[0], recipient)] if recipient else [],
        also_seen=credited,
        recorded_at=turn.at,
    )


def _by_the_first_click(
    store: DecisionStore, turn: Turn, billing_key: str, seen_version: int, number: str
) -> list[RecordedDecision]:
    """Return the memo that the same person gave of the invoice after looking: this is the second click on it."""
    later = [entry for entry in store.on_subject(billing_key) if entry.sequence > seen_version]
    found = [entry for entry in later if _credits(entry.decision, number) and entry.decision.payload["bills_again"]]
    if not found or found != later or found[0].decision.actor != turn.actor.name:
        return []
    own = found[0].decision
    leading_key = own.payload.get("credited_with", billing_key)
    occurrence = own.payload.get("memo_occurrence", own.occurrence)
    memo = next(
        entry
        for entry in store.on_subject(leading_key)
        if entry.decision.kind == "credit_memo_issued" and entry.decision.occurrence == occurrence
    )
    keys = [charge["billing_key"] for charge in memo.decision.payload.get("charges", ())]
    beside = [
        entry
        for key in keys
        for entry in store.on_subject(key)
        if entry.decision.payload.get("credited_with") == leading_key
        and entry.decision.payload.get("memo_occurrence") == occurrence
    ]
    return [memo, *beside]


def _recipient(store: DecisionStore, issued: Decision, shown: Row) -> str | None:
    """Return to whom the invoice was addressed; None when it had no mail and nobody is known."""
    queued = store.message(message_key_of(issued))
    return queued.message.recipient if queued else shown.get("billing_email") or None


def credited_so_far(history: Sequence[RecordedDecision], document_number: str) -> Credited:
    """Return what the log holds as credited of an invoice and charge, by memos of its own and in another's name."""
    shares = [_share(entry.decision) for entry in history if _credits(entry.decision, document_number)]
    return Credited(
        sum((Decimal(share["net_amount"]) for share in shares), Decimal(0)),
        sum((Decimal(share["tax_amount"]) for share in shares), Decimal(0)),
        len(shares),
        _quantities(shares),
    )


def _quantities(shares: Sequence[Row]) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for share in shares:
        for line_number, quantity in share.get("quantities", {}).items():
            found[int(line_number)] = found.get(int(line_number), ZERO) + Decimal(quantity)
    return found


def _credits(decision: Decision, document_number: str) -> bool:
    return (
        decision.kind in {"credit_memo_issued", "charge_credited"}
        and decision.payload["credits_document_number"] == document_number
    )


def _share(decision: Decision) -> Row:
    """Return the charge's own share of a memo; a memo of one charge is its share."""
    shares = decision.payload.get("charges", ())
    return next((each for each in shares if each["billing_key"] == decision.subject_key), decision.payload)
