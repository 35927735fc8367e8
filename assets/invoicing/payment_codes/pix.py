"""The PIX copy-and-paste code: a BR Code by the Brazilian central bank's manual (EMV merchant-presented QR)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from stdnum.br import cnpj, cpf

from assets.invoicing.payment_codes.qr import qr_png, qr_svg
from assets.invoicing.payment_codes.text import plain_latin, why_not_an_amount
from assets.ledger.errors import BadInputError

GUI = "br.gov.bcb.pix"
NO_TXID = "***"
BRL, BRAZIL, NO_CATEGORY = "986", "BR", "0000"
MAX_NAME, MAX_CITY, MAX_KEY, MAX_FIELD = 25, 15, 77, 99
HIGHEST_AMOUNT = Decimal("9999999999.99")  # thirteen characters
_TXID = re.compile(r"[A-Za-z0-9]{1,25}").fullmatch
_PHONE = re.compile(r"\+55[1-9][0-9]{9,10}").fullmatch
_EMAIL = re.compile(r"[a-z0-9.!#$'%*+/=?^_`{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+").fullmatch
_RANDOM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_WRITTEN_AMOUNT = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,2})?").fullmatch
_DOING = "Cannot make the PIX code"
_READING = "Cannot read the PIX code"
_REMEDY = "Correct the PIX key or the payment data before the document is rendered."


@dataclass(frozen=True, slots=True)
class PixCharge:
    """What a static PIX code asks for; one that a payer's bank would refuse cannot be built.

    `txid` comes back with the receipt, so it should be the document's own reference. Name and city are kept
    as they may be printed in the code: without accents, cut to 25 and 15 characters.
    """

    key: str
    merchant_name: str
    merchant_city: str
    amount: Decimal | None = None
    txid: str | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.key.strip())
        object.__setattr__(self, "merchant_name", plain_latin(self.merchant_name)[:MAX_NAME].rstrip())
        object.__setattr__(self, "merchant_city", plain_latin(self.merchant_city)[:MAX_CITY].rstrip())
        object.__setattr__(self, "description", (plain_latin(self.description) or None) if self.description else None)
        faults = _faults(self)
        if faults:
            raise BadInputError(_DOING, faults, remedy=_REMEDY)


def pix_payload(charge: PixCharge) -> str:
    """Return the code that a payer copies into the app of a bank, closed by its CRC."""
    account = _field("00", GUI) + _field("01", charge.key)
    if charge.description:
        account += _field("02", charge.description)
    body = _field("00", "01") + _field("26", account) + _field("52", NO_CATEGORY) + _field("53", BRL)
    if charge.amount is not None:
        body += _field("54", f"{charge.amount:.2f}")
    body += _field("58", BRAZIL) + _field("59", charge.merchant_name) + _field("60", charge.merchant_city)
    body += _field("62", _field("05", charge.txid or NO_TXID)) + "6304"
    return body + crc16(body)


def read_pix(payload: str) -> PixCharge:
    """Return the charge of a static code; a code with one wrong character fails its CRC."""
    if len(payload) < 8 or payload[-8:-4] != "6304" or crc16(payload[:-4]) != payload[-4:]:
        raise BadInputError(_READING, ["its check code is wrong"], remedy="Copy the code again, whole.")
    fields = dict(_fields(payload[:-8]))
    account = dict(_fields(fields.get("26", "")))
    if account.get("00", "").lower() != GUI or "01" not in account:
        raise BadInputError(_READING, ["it is no static PIX code"], remedy="Ask for a code with a PIX key in it.")
    if fields.get("53") != BRL:
        raise BadInputError(_READING, [f"its currency is `{fields.get('53')}`, not 986 (BRL)"], remedy=_REMEDY)
    written = fields.get("54")
    if written is not None and not _WRITTEN_AMOUNT(written):
        raise BadInputError(_READING, [f"its amount `{written}` is not a number"], remedy=_REMEDY)
    txid = dict(_fields(fields.get("62", ""))).get("05", NO_TXID)
    return PixCharge(
        key=account["01"],
        merchant_name=fields.get("59", ""),
        merchant_city=fields.get("60", ""),
        amount=None if written is None else Decimal(written),
        txid=None if txid == NO_TXID else txid,
        description=account.get("02"),
    )


def txid_of(document_number: str) -> str:
    """Return the document number as a txid: letters and digits only, at most 25."""
    kept = "".join(character for character in document_number if character.isascii() and character.isalnum())
    if not _TXID(kept):
        fault = f"`{document_number}` leaves {len(kept)} letters and digits, 1 to 25 make a txid"
        raise BadInputError(_DOING, [fault], remedy="Give the charge a txid of its own.")
    return kept


def crc16(text: str) -> str:
    """Return the CRC-16/CCITT-FALSE of a code up to and with its `6304`, as four capital hex digits."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def pix_svg(charge: PixCharge) -> bytes:
    """Return the QR code of a charge as SVG."""
    return qr_svg(pix_payload(charge))


def pix_png(charge: PixCharge) -> bytes:
    """Return the QR code of a charge as PNG."""
    return qr_png(pix_payload(charge))


def _field(identifier: str, value: str) -> str:
    if not 1 <= len(value) <= MAX_FIELD:
        fault = f"field {identifier} has {len(value)} characters, 1 to {MAX_FIELD} fit"
        raise BadInputError(_DOING, [fault], remedy="Shorten the description.")
    return f"{identifier}{len(value):02d}{value}"


def _fields(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        head, size = text[position : position + 2], text[position + 2 : position + 4]
        end = position + 4 + (int(size) if size.isdecimal() and size.isascii() and len(size) == 2 else MAX_FIELD + 1)
        if end > len(text):
            raise BadInputError(_READING, [f"field `{head}` breaks off"], remedy="Copy the code again, whole.")
        yield head, text[position + 4 : end]
        position = end


def _is_key(key: str) -> bool:
    is_person = len(key) == 11 and key.isdecimal() and bool(cpf.is_valid(key))
    is_company = len(key) == 14 and key == key.upper() and bool(cnpj.is_valid(key))
    is_email = len(key) <= MAX_KEY and bool(_EMAIL(key))
    return is_person or is_company or is_email or bool(_PHONE(key)) or bool(_RANDOM(key))


def _faults(charge: PixCharge) -> list[str]:
    faults = []
    if not charge.key.isascii() or not _is_key(charge.key):
        faults.append(
            f"the key `{charge.key[:80]}` is no CPF, CNPJ, phone (+55…), e-mail in small letters or random key"
        )
    if not charge.merchant_name:
        faults.append("the payee's name has no Latin letter")
    if not charge.merchant_city:
        faults.append("the payee's city has no Latin letter")
    if charge.txid is not None and not _TXID(charge.txid):
        faults.append(f"the txid `{charge.txid[:80]}` is not 1 to 25 letters and digits")
    if charge.amount is not None and (why_not := why_not_an_amount(charge.amount, HIGHEST_AMOUNT)):
        faults.append(why_not)
    return faults
