"""The payload of a QR code for a SEPA credit transfer, by EPC069-12 version 002 (known as GiroCode)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import iso11649

from assets.invoicing.payment_codes.qr import qr_png, qr_svg
from assets.invoicing.payment_codes.text import one_line, why_not_an_amount
from assets.ledger.errors import BadInputError

SERVICE_TAG, VERSION, UTF_8, IDENTIFICATION = "BCD", "002", "1", "SCT"
HIGHEST_AMOUNT = Decimal("999999999.99")
MAX_PAYLOAD_BYTES = 331
HIGHEST_QR_VERSION = 13
MAX_NAME, MAX_TEXT, MAX_INFORMATION = 70, 140, 70
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?").fullmatch
_PURPOSE = re.compile(r"[A-Z0-9]{1,4}").fullmatch
_WRITTEN_AMOUNT = re.compile(r"EUR([0-9]{1,9}(?:\.[0-9]{1,2})?)").fullmatch
_DOING = "Cannot make the payment code for a SEPA transfer"
_REMEDY = "Correct the bank details or the text before the document is rendered."


@dataclass(frozen=True, slots=True)
class SepaTransfer:
    """A credit transfer in euro as the payer should make it; one that a bank would refuse cannot be built.

    Either `creditor_reference` (ISO 11649) or free `text` tells what it is for, never both.
    """

    beneficiary_name: str
    iban: str
    amount: Decimal | None = None
    currency_code: str = "EUR"
    bic: str | None = None
    purpose: str | None = None
    creditor_reference: str | None = None
    text: str | None = None
    information: str | None = None

    def __post_init__(self) -> None:
        for name in ("iban", "bic", "creditor_reference"):
            object.__setattr__(self, name, _compact(getattr(self, name)))
        for name in ("beneficiary_name", "text", "information"):
            object.__setattr__(self, name, _tidy(getattr(self, name)))
        faults = _faults(self)
        if faults:
            raise BadInputError(_DOING, faults, remedy=_REMEDY)


def epc_payload(transfer: SepaTransfer) -> str:
    """Return the payload: up to twelve lines, the last of them never empty, at most 331 bytes of UTF-8."""
    lines = [
        SERVICE_TAG,
        VERSION,
        UTF_8,
        IDENTIFICATION,
        transfer.bic or "",
        transfer.beneficiary_name,
        transfer.iban,
        "" if transfer.amount is None else f"EUR{transfer.amount:.2f}",
        transfer.purpose or "",
        transfer.creditor_reference or "",
        transfer.text or "",
        transfer.information or "",
    ]
    payload = "\n".join(lines).rstrip("\n")
    size = len(payload.encode())
    if size > MAX_PAYLOAD_BYTES:
        raise BadInputError(_DOING, [f"it has {size} bytes, at most {MAX_PAYLOAD_BYTES} are allowed"], remedy=_REMEDY)
    return payload


def read_epc(payload: str) -> SepaTransfer:
    """Return the transfer that a payload asks for, of version 001 or 002."""
    lines = re.split(r"\r\n|\n", payload)
    head = lines[:4]
    if len(lines) < 7 or len(lines) > 12 or head[0] != SERVICE_TAG or head[3] != IDENTIFICATION:
        raise BadInputError("Cannot read the SEPA payment code", ["it is no EPC069-12 payload"], remedy=_REMEDY)
    if head[1] not in ("001", "002"):
        raise BadInputError("Cannot read the SEPA payment code", [f"version `{head[1]}` is unknown"], remedy=_REMEDY)
    bic, name, iban, amount, purpose, reference, text, information = (lines + [""] * 12)[4:12]
    return SepaTransfer(
        beneficiary_name=name,
        iban=iban,
        amount=_amount_of(amount) if amount else None,
        bic=bic or None,
        purpose=purpose or None,
        creditor_reference=reference or None,
        text=text or None,
        information=information or None,
    )


def epc_svg(transfer: SepaTransfer) -> bytes:
    """Return the QR code of a transfer as SVG, of version 13 at most as the standard asks."""
    return qr_svg(epc_payload(transfer), highest_version=HIGHEST_QR_VERSION)


def epc_png(transfer: SepaTransfer) -> bytes:
    """Return the QR code of a transfer as PNG, of version 13 at most as the standard asks."""
    return qr_png(epc_payload(transfer), highest_version=HIGHEST_QR_VERSION)


def _amount_of(written: str) -> Decimal:
    found = _WRITTEN_AMOUNT(written)
    if found is None:
        fault = f"the amount `{written[:40]}` is not written as EUR12.34"
        raise BadInputError("Cannot read the SEPA payment code", [fault], remedy=_REMEDY)
    return Decimal(found.group(1))


def _compact(value: str | None) -> str | None:
    return "".join(value.split()).upper() or None if value else None


def _tidy(value: str | None) -> str | None:
    return one_line(value) or None if value else None


def _faults(transfer: SepaTransfer) -> list[str]:
    faults = []
    if transfer.currency_code != "EUR":
        faults.append(f"the currency is `{transfer.currency_code}`, only EUR is transferred in SEPA")
    if not transfer.beneficiary_name:
        faults.append("the beneficiary has no name")
    for label, value, highest in (
        ("the beneficiary's name", transfer.beneficiary_name, MAX_NAME),
        ("the text", transfer.text, MAX_TEXT),
        ("the information", transfer.information, MAX_INFORMATION),
    ):
        if value and len(value) > highest:
            faults.append(f"{label} has {len(value)} characters, at most {highest} fit")
    if why := _why_not_sepa(transfer.iban):
        faults.append(why)
    if transfer.bic and not _BIC(transfer.bic):
        faults.append(f"the BIC `{transfer.bic}` is malformed")
    if transfer.purpose and not _PURPOSE(transfer.purpose):
        faults.append(f"the purpose `{transfer.purpose}` is no code of four letters")
    if transfer.creditor_reference and not iso11649.is_valid(transfer.creditor_reference):
        faults.append(f"the creditor reference `{transfer.creditor_reference}` has a wrong check digit")
    if transfer.creditor_reference and transfer.text:
        faults.append("both a creditor reference and a text are given")
    if transfer.amount is not None and (why_not := why_not_an_amount(transfer.amount, HIGHEST_AMOUNT)):
        faults.append(why_not)
    return faults


def _why_not_sepa(iban: str | None) -> str | None:
    try:
        found = IBAN(iban or "")
    except SchwiftyException as error:
        return f"the IBAN `{iban}` is wrong ({error})"
    return None if found.in_sepa_zone else f"the IBAN `{iban}` lies outside SEPA"
