"""A bank slip of Brazil: the 44 digits of its barcode and its typeable line, by FEBRABAN's rules for collection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from assets.invoicing.payment_codes.text import why_not_an_amount
from assets.ledger.errors import BadInputError

REAL = "9"
FIRST_DAY_OF_FACTORS = date(2000, 7, 3)  # factor 1000
FACTORS = 9_000  # 1000 to 9999; then 1000 again: 2025-02-22, 2049-10-14
NO_DUE_DATE = "0000"
FREE_FIELD_DIGITS = 25
HIGHEST_AMOUNT = Decimal("99999999.99")  # ten digits of centavos
_DOING = "Cannot make the bank slip"
_READING = "Cannot read the bank slip"
_TYPED_AGAIN = "Type or scan it again."


@dataclass(frozen=True, slots=True)
class BankSlip:
    """What a slip asks for. The free field is the bank's own: agency, account, wallet and our number, as it says."""

    bank_code: str
    amount: Decimal
    due_date: date | None
    free_field: str

    def __post_init__(self) -> None:
        faults = []
        if not _are_digits(self.bank_code, 3):
            faults.append(f"the bank code `{self.bank_code}` is not three digits")
        if not _are_digits(self.free_field, FREE_FIELD_DIGITS):
            faults.append(f"the bank's free field `{self.free_field}` is not {FREE_FIELD_DIGITS} digits")
        if why_not := why_not_an_amount(self.amount, HIGHEST_AMOUNT):
            faults.append(why_not)
        if self.due_date is not None and self.due_date < FIRST_DAY_OF_FACTORS:
            faults.append(f"the due date {self.due_date} lies before {FIRST_DAY_OF_FACTORS}, when factors begin")
        if faults:
            raise BadInputError(_DOING, faults, remedy="Correct the bank's data or the document before it is rendered.")


def due_date_factor(due_date: date | None) -> str:
    """Return the four digits that stand for a due date; they begin again at 1000 every 9,000 days."""
    if due_date is None:
        return NO_DUE_DATE
    return str(1_000 + (due_date - FIRST_DAY_OF_FACTORS).days % FACTORS)


def due_date_of(factor: str, *, near: date) -> date | None:
    """Return the due date a factor stands for; of the several days that share it, the one nearest to `near`."""
    if not _are_digits(factor, 4) or (factor != NO_DUE_DATE and factor < "1000"):
        raise BadInputError(_READING, [f"`{factor}` is no due date factor"], remedy=_TYPED_AGAIN)
    if factor == NO_DUE_DATE:
        return None
    first = FIRST_DAY_OF_FACTORS + timedelta(days=int(factor) - 1_000)
    rounds = max(0, round(Decimal((near - first).days) / FACTORS))
    return first + timedelta(days=FACTORS * rounds)


def barcode_of(slip: BankSlip) -> str:
    """Return the 44 digits of the barcode, the fifth being the general check digit."""
    centavos = int(slip.amount.scaleb(2))
    head, tail = slip.bank_code + REAL, f"{due_date_factor(slip.due_date)}{centavos:010d}{slip.free_field}"
    return head + general_check_digit(head + tail) + tail


def typeable_line_of(barcode: str) -> str:
    """Return the 47 digits that a payer types (linha digitável): three checked fields, check digit, factor, amount."""
    _require_barcode(barcode)
    free = barcode[19:]
    fields = (barcode[:4] + free[:5], free[5:15], free[15:])
    return "".join(field + field_check_digit(field) for field in fields) + barcode[4] + barcode[5:19]


def printed_line(typeable_line: str) -> str:
    """Return the typeable line as it is printed: `00190.50095 40144.816069 06809.350314 3 37370000000100`."""
    fields = (typeable_line[:10], typeable_line[10:21], typeable_line[21:32])
    dotted = [f"{field[:5]}.{field[5:]}" for field in fields]
    return " ".join([*dotted, typeable_line[32], typeable_line[33:]])


def barcode_in(typeable_line: str) -> str:
    """Return the barcode of a typed line; a wrong digit is found by the check digit of its field."""
    digits = "".join(character for character in typeable_line if character not in ". ")
    if not _are_digits(digits, 47):
        raise BadInputError(_READING, [f"it has {len(digits)} characters, 47 digits are needed"], remedy=_TYPED_AGAIN)
    checked = (digits[:10], digits[10:21], digits[21:32])
    faults = [
        f"the check digit of field {number} is wrong"
        for number, field in enumerate(checked, start=1)
        if field_check_digit(field[:-1]) != field[-1]
    ]
    if faults:
        raise BadInputError(_READING, faults, remedy=_TYPED_AGAIN)
    barcode = digits[:4] + digits[32] + digits[33:] + digits[4:9] + digits[10:20] + digits[21:31]
    _require_barcode(barcode)
    return barcode


def read_barcode(barcode: str, *, near: date) -> BankSlip:
    """Return what a barcode asks for, its due date nearest to the day `near`."""
    _require_barcode(barcode)
    amount = Decimal(int(barcode[9:19])).scaleb(-2)
    return BankSlip(barcode[:3], amount, due_date_of(barcode[5:9], near=near), barcode[19:])


def general_check_digit(digits: str) -> str:
    """Return the check digit modulo 11 over the other 43 digits; 0, 10 and 11 become 1."""
    total = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(digits)))
    found = 11 - total % 11
    return "1" if found in (0, 10, 11) else str(found)


def field_check_digit(digits: str) -> str:
    """Return the check digit modulo 10 of a field of the typeable line."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        product = int(digit) * (2 - place % 2)
        total += product // 10 + product % 10
    return str(-total % 10)


def _are_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdecimal()


def _require_barcode(barcode: str) -> None:
    faults = []
    if not _are_digits(barcode, 44):
        faults.append(f"it has {len(barcode)} characters, 44 digits are needed")
    elif barcode[3] != REAL:
        faults.append(f"its currency is `{barcode[3]}`, 9 (real) is read")
    elif general_check_digit(barcode[:4] + barcode[5:]) != barcode[4]:
        faults.append("its general check digit is wrong")
    if faults:
        raise BadInputError(_READING, faults, remedy=_TYPED_AGAIN)
