"""What may be credited of an invoice: any part, never more than is left of it, tax and all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import DocumentLine, Draft, plain
from assets.ledger.errors import PermanentError
from assets.ledger.money import ZERO, line_amount, round_to_minor_unit
from assets.ledger.parties import LegalEntity

CREDIT_REASONS = (
    "CREDIT_PRICE", "CREDIT_QUANTITY", "CREDIT_RETURN", "CREDIT_NOT_AGREED", "CREDIT_CANCELLATION", "CREDIT_REISSUE",
    "CREDIT_GOODWILL",
)  # fmt: skip

# For what the customer does not have, or not any more: such a credit gives quantities back, the others a price.
GIVES_BACK = frozenset({"CREDIT_QUANTITY", "CREDIT_RETURN", "CREDIT_NOT_AGREED", "CREDIT_CANCELLATION"})

# What a credit memo says as its invoice did: without the day of delivery the rules refuse one across a border.
NAMED_AGAIN = ("purchase_order_number", "period_start", "period_end", "triggered_date")


class QuantityExceedsInvoiceError(PermanentError):
    """More of a line would be credited than is left of it."""

    def __init__(self, document_number: str, line: str, left: Decimal, asked: Decimal) -> None:
        self.document_number = document_number
        self.left = left
        super().__init__(
            f"Cannot credit {plain(asked)} of `{line}` on invoice `{document_number}`: {plain(left)} of it is left "
            "after earlier credit memos, and a credit is above zero. Enter at most that."
        )


class NotByQuantityError(PermanentError):
    """What a quantity of a charge was billed at cannot be said, so that only an amount of it can be credited."""

    def __init__(self, document_number: str, reason: str) -> None:
        self.document_number = document_number
        super().__init__(f"Cannot credit quantities of invoice `{document_number}`: {reason}")


class CreditExceedsInvoiceError(PermanentError):
    """More would be credited than is left of an invoice."""

    def __init__(self, document_number: str, left: Decimal, asked: Decimal) -> None:
        self.document_number = document_number
        self.left = left
        super().__init__(
            f"Cannot credit {asked} net of invoice `{document_number}`: {left} is left of it after earlier credit "
            "memos, and a credit is above zero. Enter at most that, or credit the rest in full."
        )


@dataclass(frozen=True, slots=True)
class Credited:
    """What was credited of an invoice so far."""

    net_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO
    count: int = 0
    quantities: Mapping[int, Decimal] = field(default_factory=dict)  # by line, of credits that name one


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit memo's amounts, all positive."""

    net_amount: Decimal
    tax_amount: Decimal

    @property
    def total_amount(self) -> Decimal:
        """Return what the customer owes less."""
        return self.net_amount + self.tax_amount


@dataclass(frozen=True, slots=True)
class CreditedCharge:
    """What a credit memo takes off one charge of its invoice."""

    charge: Draft
    credit: Credit
    before: Credited
    lines: tuple[DocumentLine, ...] = ()  # quantities of lines and their share of a discount; none where an amount is

    def as_payload(self) -> dict[str, Any]:
        """Return the charge's share of the memo as records hold it."""
        return {
            "billing_key": self.charge.billing_key,
            "net_amount": plain(self.credit.net_amount),
            "tax_amount": plain(self.credit.tax_amount),
            "total_amount": plain(self.credit.total_amount),
            **self.quantities,
        }

    @property
    def quantities(self) -> dict[str, dict[str, str]]:
        """Return how much is credited of which line, as records hold it; nothing where an amount is credited."""
        named = {str(line.line_number): plain(line.quantity) for line in self.lines if not line.is_discount}
        return {"quantities": named} if named else {}

    def occurrence(self, document_number: str) -> str:
        """Return which credit of the charge and invoice it is."""
        return f"{document_number}-{self.before.count + 1}"


@dataclass(frozen=True, slots=True)
class NotBilledAgain:
    """What had been credited of a charge when its invoice was credited whole to be replaced, and what stood of it."""

    document_number: str
    given_back: Mapping[int, DocumentLine] = field(default_factory=dict)  # lines with the quantities credited
    stood: Mapping[int, DocumentLine] = field(default_factory=dict)  # lines with the quantities billed less those
    amount: Decimal = ZERO  # what was credited otherwise than by giving quantities back
    stood_amount: Decimal = ZERO

    def as_evidence(self) -> dict[str, Any]:
        """Return what was credited as the draft made anew names it."""
        back = {str(number): plain(line.quantity) for number, line in self.given_back.items()}
        return {
            **({"not_billed_again": back} if back else {}),
            **({"credited_before": plain(self.amount)} if self.amount else {}),
        }


def sold_as(line: DocumentLine) -> str:
    """Return what a line sells: lines are numbered anew where one before them is not told any more."""
    return line.product_id or line.description or f"line {line.line_number}"


def quantities_sold(lines: Iterable[DocumentLine]) -> dict[str, Decimal]:
    """Return by what they sell how much lines come to, without those that take an amount off."""
    found: dict[str, Decimal] = {}
    for line in lines:
        if line.quantity >= ZERO:
            found[sold_as(line)] = found.get(sold_as(line), ZERO) + line.quantity
    return found


def to_take_off(told: Decimal, stood: Decimal, credited: Decimal) -> Decimal:
    """Return how much of what was credited is taken off what is told now: not what its source took off since itself."""
    return min(max(told - stood, ZERO), credited)


def why_no_quantities(invoice: Draft, before: Credited) -> str | None:
    """Return why only amounts of a charge can be credited and no quantities, or None."""
    deducted = [line for line in invoice.lines if line.net_amount < ZERO and not line.is_discount]
    if deducted:
        return f"`{deducted[0].description}` is deducted, and nobody said from which units. Credit an amount."
    value = value_of(invoice, before.quantities)
    if before.net_amount != value:
        return (
            f"{plain(before.net_amount)} net was credited of it, but the quantities named in that come to "
            f"{plain(value)}: what a unit costs now is not known. Credit an amount."
        )
    return None


def why_no_amount(invoice: Draft, before: Credited, reason_code: str) -> str | None:
    """Return why quantities must be named and no amount: of which line the goods came back, nobody could say else."""
    priced = [line for line in invoice.lines if line.net_amount > ZERO]
    if reason_code not in GIVES_BACK or not invoice.order_number or len(priced) < 2:
        return None
    if why_no_quantities(invoice, before):
        return None
    return (
        f"It bills {len(priced)} lines of a shipment, and an amount does not say of which the customer has less: what "
        "replaces it would be held as shipped beyond the order. Name the quantities, of all lines in one memo."
    )


def lines_credited(
    invoice: Draft, document_number: str, before: Credited, quantities: Mapping[int, Decimal]
) -> tuple[DocumentLine, ...]:
    """Return the lines of an invoice with the quantities credited of them, and their share of its discount.

    A part is what all that is credited with it comes to less what was credited before, so that parts add up to what
    was billed, to the cent, however a line is cut into them.
    """
    asked_of = {number: asked for number, asked in quantities.items() if asked != ZERO}
    if asked_of and (reason := why_no_quantities(invoice, before)):
        raise NotByQuantityError(document_number, reason)
    after = dict(before.quantities)
    found = []
    for line in invoice.lines:
        asked = asked_of.get(line.line_number, ZERO)
        credited = before.quantities.get(line.line_number, ZERO)
        left = line.quantity - credited
        if asked == ZERO:
            continue
        if not (asked.is_finite() and ZERO < asked <= left):
            raise QuantityExceedsInvoiceError(document_number, line.description, left, asked)
        after[line.line_number] = credited + asked
        net = _gross_of(invoice, line, credited + asked) - _gross_of(invoice, line, credited)
        found.append(replace(line, quantity=asked, net_amount=net))
    share = _discount_on(invoice, after) - _discount_on(invoice, before.quantities)
    discount = next((line for line in invoice.lines if line.is_discount), None)
    if discount is not None and share:
        found.append(replace(discount, quantity=Decimal(-1), unit_price=share, net_amount=-share))
    return tuple(found)


def _gross_of(invoice: Draft, line: DocumentLine, quantity: Decimal) -> Decimal:
    """Return what a quantity of a line was billed at before any discount."""
    return line_amount(quantity, line.unit_price, invoice.currency_code)


def _discount_on(invoice: Draft, quantities: Mapping[int, Decimal]) -> Decimal:
    """Return how much of the invoice's discount falls on quantities of its lines: by what they cost, rounded once."""
    discount = -sum((line.net_amount for line in invoice.lines if line.is_discount), ZERO)
    priced = [line for line in invoice.lines if not line.is_discount]
    gross = sum((line.net_amount for line in priced), ZERO)
    if not discount or not gross:
        return ZERO
    part = sum((_gross_of(invoice, line, quantities.get(line.line_number, ZERO)) for line in priced), ZERO)
    return round_to_minor_unit(discount * part / gross, invoice.currency_code)


def value_of(invoice: Draft, quantities: Mapping[int, Decimal]) -> Decimal:
    """Return what quantities of an invoice's lines were billed at, less their share of its discount."""
    named = [line for line in invoice.lines if line.line_number in quantities and not line.is_discount]
    gross = sum((_gross_of(invoice, line, quantities[line.line_number]) for line in named), ZERO)
    return gross - _discount_on(invoice, quantities)


def credit_of(invoice: Draft, document_number: str, before: Credited, net_amount: Decimal | None = None) -> Credit:
    """Return the credit of a net amount, or of everything that is left.

    Tax follows what is credited in all: it is rounded once on the sum, so that parts never add up to more tax than
    the invoice has, and the last part takes what is left to the cent.
    """
    left = invoice.net_amount - before.net_amount
    asked = left if net_amount is None else net_amount
    is_within = asked.is_finite() and ZERO < asked <= left
    if not is_within or asked != round_to_minor_unit(asked, invoice.currency_code):
        raise CreditExceedsInvoiceError(document_number, left, asked)
    if asked == left:
        return Credit(asked, invoice.tax_amount - before.tax_amount)
    tax = round_to_minor_unit((before.net_amount + asked) * invoice.tax_rate, invoice.currency_code)
    return Credit(asked, min(tax, invoice.tax_amount) - before.tax_amount)


def issue_credit_memo(
    invoice: Draft,
    entity: LegalEntity,
    credit: Credit,
    before: Credited,
    *,
    document_key: str,
    document_number: str,
    credit_memo_date: date,
    actor_kind: ActorKind,
    actor: str,
    reason_code: str,
    note: str = "",
    bills_again: bool = False,
    evidence: Mapping[str, Any] | None = None,
    charges: Sequence[CreditedCharge] = (),
    part: CreditedCharge | None = None,
) -> Decision:
    """Return the decision that issues a credit memo, numbered in the entity's own gapless series of credit memos.

    A full credit with `bills_again` lets the charge be billed once more, by a new invoice. `charges` are those of a
    memo that credits several at once: it is then in the name of the first, and `credit` is the sum. `part` says what
    is credited of a single charge, line by line where it credits quantities.
    """
    words = f"Credit of invoice {document_number}"
    billed = invoice.as_payload()
    named = [(f"{words}: {_sold(each.charge)}", each.credit) for each in charges] or [(words, credit)]
    lines = [
        DocumentLine.priced(at, said, Decimal(1), each.net_amount, invoice.currency_code)
        for at, (said, each) in enumerate(named, start=1)
    ]
    if part is not None and part.lines:
        lines = [
            replace(line, line_number=at, description=f"{words}: {line.description}")
            for at, line in enumerate(part.lines, start=1)
        ]
    return Decision(
        kind="credit_memo_issued",
        subject_kind="charge",
        subject_key=invoice.billing_key,
        business_date=credit_memo_date,
        actor_kind=actor_kind,
        actor=actor,
        payload={
            "billing_key": invoice.billing_key,
            "charge_kind": invoice.charge_kind,
            "legal_entity_id": invoice.legal_entity_id,
            "customer_key": invoice.customer_key,
            "order_number": invoice.order_number,
            "contract_id": invoice.contract_id,
            **{name: billed[name] for name in NAMED_AGAIN},
            "currency_code": invoice.currency_code,
            "lines": [line.as_payload() for line in lines],
            "tax_code": invoice.tax_code,
            "tax_rate": plain(invoice.tax_rate),
            **invoice.named_where_known,
            "net_amount": plain(credit.net_amount),
            "tax_amount": plain(credit.tax_amount),
            "total_amount": plain(credit.total_amount),
            "credit_memo_date": credit_memo_date.isoformat(),
            "credits_document_key": document_key,
            "credits_document_number": document_number,
            "bills_again": bills_again,
            "note": note,
            **({"charges": [each.as_payload() for each in charges]} if charges else {}),
            **(part.quantities if part is not None else {}),
        },
        occurrence=f"{document_number}-{before.count + 1}",
        reason_code=reason_code,
        evidence=evidence or {},
        number_series=f"{entity.number_series}C-{credit_memo_date.year}",
    )


def credit_charges(
    invoice: Draft, entity: LegalEntity, charges: Sequence[CreditedCharge], *, document_number: str, **memo: Any
) -> list[Decision]:
    """Return one credit memo of all these charges of an invoice, and for each beside the first that it is on it.

    A memo of one charge speaks of that charge alone; `invoice` is the whole that a memo of several speaks of.
    """
    first, *others = charges
    if not others:
        return [
            issue_credit_memo(
                first.charge, entity, first.credit, first.before, document_number=document_number, part=first, **memo
            )
        ]
    whole = replace(invoice, billing_key=first.charge.billing_key)
    total = Credit(
        sum((each.credit.net_amount for each in charges), ZERO),
        sum((each.credit.tax_amount for each in charges), ZERO),
    )
    issued = issue_credit_memo(
        whole, entity, total, first.before, document_number=document_number, charges=charges, **memo
    )
    return [issued, *(_on_memo_of(issued, each, document_number) for each in others)]


def _on_memo_of(issued: Decision, credited: CreditedCharge, document_number: str) -> Decision:
    """Return what is recorded of a charge that a memo in another charge's name credits."""
    return replace(
        issued,
        kind="charge_credited",
        subject_key=credited.charge.billing_key,
        payload={
            **credited.as_payload(),
            "credited_with": issued.subject_key,
            "memo_occurrence": issued.occurrence,
            "currency_code": issued.payload["currency_code"],
            "credits_document_number": document_number,
            "bills_again": issued.payload["bills_again"],
            "note": issued.payload["note"],
        },
        occurrence=credited.occurrence(document_number),
        number_series=None,
    )


def _sold(charge: Draft) -> str:
    """Return in few words what a charge bills: its line, or where it was agreed when it has several."""
    agreed_in = charge.contract_id or charge.order_number
    return charge.lines[0].description if len(charge.lines) == 1 or not agreed_in else agreed_in
