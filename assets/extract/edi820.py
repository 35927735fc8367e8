"""Remittance advice as EDI 820 (ANSI X12): what a payer says its payment is for, one remittance per transaction set.

A file whose envelope does not add up (segments counted, control numbers repeated) lost something on its way and is
refused as a whole. A set that says nothing usable, or whose lines do not sum to its payment, is kept out alone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from assets.extract.messages import REMITTANCES
from assets.extract.reading import ParsedFile, RejectedRow, RowReason
from assets.extract.records import read_records
from assets.extract.x12 import Segment, TransactionSet, amount_of, date_of, read_interchanges

REMITTANCE_CODE, GROUP_CODE = "820", "RA"
PAYMENT_PARTIES = ("PR", "PE", "2B")  # payer, payee, and the bank between them
DEFAULT_CURRENCY = "USD"  # what the standard's users mean when a file names none
DOCUMENT_QUALIFIERS = ("IV", "CM", "OI", "PO")  # of the references below a line without a number, the best first

# Data element 426, the reasons that payers give; others are kept by their code.
ADJUSTMENT_REASONS = {
    "01": "pricing error",
    "03": "extension error",
    "04": "item not accepted, damage",
    "05": "item not accepted, quality",
    "06": "quantity contested",
    "07": "incorrect product",
    "09": "terms of sale error",
    "11": "returns, damage",
    "12": "returns, quality",
    "14": "returns, promotion",
    "19": "duplicate billing",
    "50": "late charge",
    "52": "credit for previous overpayment",
    "53": "remittance for previous underpayment",
    "59": "item not received",
    "72": "authorized return",
    "81": "credit as agreed",
    "86": "duplicate payment",
    "CS": "adjustment",
}


def read_edi820(content: bytes, file_name: str) -> ParsedFile:
    """Return the remittances of an 820 file, each whole with its lines."""
    records: list[dict[str, Any] | None] = []
    rejected: list[RejectedRow] = []
    for number, transaction in enumerate(read_interchanges(content, REMITTANCE_CODE, GROUP_CODE), start=1):
        try:
            records.append(_remittance(transaction))
        except _SetRejectedError as error:
            records.append(None)
            rejected.append(RejectedRow("remittances", number, error.reason_code, str(error), transaction.text))
    return read_records(records, REMITTANCES, "remittances", already_rejected=rejected)


class _SetRejectedError(ValueError):
    """One transaction set cannot be believed; the others of its file can."""

    def __init__(self, reason_code: RowReason, reason: str, where: Segment) -> None:
        self.reason_code = reason_code
        super().__init__(f"{where.position}: {reason}")


class _Line:
    """One RMR segment with what follows it until the next."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.references: dict[str, str] = {}
        self.adjustments: list[tuple[Decimal, str]] = []

    @property
    def is_credit_memo(self) -> bool:
        """Return whether it takes a credit memo of ours."""
        return self.segment.at(1) == "CM"

    @property
    def adjusted(self) -> Decimal:
        """Return the sum of its adjustments; below zero they lower what is paid."""
        return sum((amount for amount, _ in self.adjustments), Decimal(0))

    @property
    def document_number(self) -> str | None:
        """Return the number it names: of its own, or of the best reference below it."""
        below = (self.references.get(qualifier) for qualifier in DOCUMENT_QUALIFIERS)
        return self.segment.at(2) or next((found for found in below if found), None)


def _remittance(transaction: TransactionSet) -> dict[str, Any]:
    """Return a transaction set as a message from a payer would say it."""
    payment = transaction.first("BPR")
    if payment is None:
        raise _SetRejectedError(
            RowReason.MISSING_VALUE, "the set has no BPR segment, so nothing is paid with it.", transaction.header
        )
    if payment.at(3) not in ("C", None):
        raise _SetRejectedError(
            RowReason.UNKNOWN_VALUE, f"BPR03 is `{payment.at(3)}`, expected C: a payment that credits us.", payment
        )
    total = _amount(payment, 2)
    if total is None:
        raise _SetRejectedError(RowReason.MISSING_VALUE, "BPR02, the amount of the payment, is missing.", payment)
    lines, others, payer = _taken_apart(transaction)
    named = sorted(transaction.all("CUR"), key=lambda one: one.at(1) not in PAYMENT_PARTIES)  # theirs first
    currency = next((one.at(2) for one in named if one.at(2)), None)
    trace = transaction.first("TRN")
    return {
        "message_id": transaction.identity,
        "sent_at": _date(payment, 16) or transaction.sent_date,
        "payer_name": payer.get("name"),
        "payer_email": payer.get("email") or None,
        "payment_reference": trace.at(2) if trace else transaction.reference_of("CK", "TN"),
        "currency": (currency or DEFAULT_CURRENCY).upper(),
        "total": f"{total:f}",
        "lines": _lines(lines, others, total, payment),
    }


def _taken_apart(
    transaction: TransactionSet,
) -> tuple[list[_Line], list[Segment], dict[str, str]]:
    """Return the lines with what belongs to each, adjustments of no document, and who pays."""
    lines: list[_Line] = []
    others: list[Segment] = []
    payer: dict[str, str] = {}
    party: str | None = None
    line: _Line | None = None
    for segment in transaction.segments:
        match segment.name:
            case "N1":
                party, line = segment.at(1), None
                if party == "PR" and segment.at(2):
                    payer.setdefault("name", str(segment.at(2)))
            case "PER" if party == "PR":
                numbers = dict(zip(segment.elements[3::2], segment.elements[4::2], strict=False))
                payer["email"] = numbers.get("EM") or payer.get("email", "")
            case "ENT":
                party = line = None
            case "RMR":
                line = _Line(segment)
                lines.append(line)
                adjusted = _amount(segment, 8)
                if adjusted:
                    line.adjustments.append((adjusted, _why(adjusted, segment.at(7))))
            case "ADX":
                adjusted = _amount(segment, 1)
                if adjusted and line is not None:
                    line.adjustments.append((adjusted, _why(adjusted, segment.at(2))))
                elif adjusted:
                    others.append(segment)
            case "REF" if line is not None and segment.at(1) and segment.at(2):
                line.references.setdefault(str(segment.at(1)), str(segment.at(2)))
    return lines, others, payer


def _lines(lines: list[_Line], others: list[Segment], total: Decimal, payment: Segment) -> list[dict[str, Any]]:
    """Return the lines with what is paid of each, summing to the payment.

    Payers state the adjustments of a line within the amount paid or on top of it, and credit memos with their sign or
    without. The sum tells which.
    """
    alone = sum((_amount(one, 1) or Decimal(0) for one in others), Decimal(0))
    as_stated = [_paid(line) for line in lines]
    signed = [-abs(paid) if line.is_credit_memo else paid for paid, line in zip(as_stated, lines, strict=True)]
    readings = [
        reading
        for paid in (as_stated, signed)
        for reading in (paid, [one + line.adjusted for one, line in zip(paid, lines, strict=True)])
    ]
    paid = next((reading for reading in readings if sum(reading, alone) == total), as_stated)
    stated = sum(paid, alone)
    if stated != total and (lines or others):
        raise _SetRejectedError(
            RowReason.LINES_DO_NOT_SUM,
            f"the {len(lines)} RMR and {len(others)} ADX segments beside them sum to {stated}, or with the adjustments "
            f"of the lines to {sum(readings[1], alone)}, but BPR02 says {total}.",
            payment,
        )
    told = [(line.document_number, amount, _reason(line)) for amount, line in zip(paid, lines, strict=True)]
    for one in others:
        amount = _amount(one, 1) or Decimal(0)
        told.append((one.at(4), amount, _why(amount, one.at(2))))
    return [
        {"line": str(number), "document_number": document, "amount": f"{amount:f}", "reason": reason}
        for number, (document, amount, reason) in enumerate(told, start=1)
    ]


def _paid(line: _Line) -> Decimal:
    """Return what a line pays: stated, or what is invoiced less the discount taken."""
    stated, invoiced = _amount(line.segment, 4), _amount(line.segment, 5)
    if stated is not None:
        return stated
    if invoiced is None:
        raise _SetRejectedError(
            RowReason.MISSING_VALUE, "neither RMR04, the amount paid, nor RMR05, the amount invoiced, is there.",
            line.segment,
        )  # fmt: skip
    return invoiced - (_amount(line.segment, 6) or Decimal(0))


def _reason(line: _Line) -> str | None:
    discount = _amount(line.segment, 6)
    said = [f"discount {discount}"] if discount else []
    return "; ".join([*said, *(why for _, why in line.adjustments)]) or None


def _why(amount: Decimal, code: str | None) -> str:
    kind = "deduction" if amount < 0 else "charge"
    return " ".join(word for word in (kind, f"{abs(amount)}", code, ADJUSTMENT_REASONS.get(code or "")) if word)


def _amount(segment: Segment, at: int) -> Decimal | None:
    try:
        return amount_of(segment, at)
    except ValueError as error:
        raise _SetRejectedError(RowReason.AMOUNT_NOT_A_NUMBER, str(error), segment) from error


def _date(segment: Segment, at: int) -> str | None:
    try:
        return date_of(segment, at)
    except ValueError as error:
        raise _SetRejectedError(RowReason.NOT_A_DATE, str(error), segment) from error
