"""The free field of a bank slip: each bank of Brazil orders agency, account, wallet and our number in its own way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assets.invoicing.payment_codes.boleto import field_check_digit
from assets.ledger.errors import BadInputError

_YEAR = re.compile(r"20\d\d")


@dataclass(frozen=True, slots=True)
class CollectionAccount:
    """The account that slips of one of our entities are paid to, as the agreement with the bank names it."""

    bank_code: str
    agency: str = ""
    account: str = ""
    wallet: str = ""
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a bank's free field is made, and how many digits it gives to our number."""

    own_digits: int
    needs: Mapping[str, int]  # digits of each part of the account
    free_field: Callable[[CollectionAccount, str], str]
    checked: Callable[[CollectionAccount, str], tuple[str, ...]]


def our_number(document_number: str) -> str:
    """Return the digits that stand for a document at the bank: its running number behind the year without century."""
    parts = re.split(r"[^0-9A-Za-z]+", document_number)
    digits = [part for part in parts if part.isascii() and part.isdecimal()]
    return "".join(part[2:] if _YEAR.fullmatch(part) else part for part in digits)


def free_field_of(account: CollectionAccount, number: str) -> str:
    """Return the 25 digits that the bank reads back from a paid slip."""
    layout = _LAYOUTS.get(account.bank_code)
    faults = []
    if layout is None:
        faults.append(f"the slips of bank `{account.bank_code}` are not known, only of {', '.join(_LAYOUTS)}")
    else:
        for part, digits in layout.needs.items():
            if not _are_digits(text := str(getattr(account, part)), digits):
                faults.append(f"the {part} `{text}` is not {digits} digits")
        if not number or len(number) > layout.own_digits:
            faults.append(f"our number `{number}` has {len(number)} digits, 1 to {layout.own_digits} are needed")
    if faults or layout is None:
        raise BadInputError(
            "Cannot make the bank slip", faults, remedy="Correct the collection account in the policy seed letterheads."
        )
    return layout.free_field(account, number.zfill(layout.own_digits))


def checked_numbers(account: CollectionAccount, number: str) -> tuple[str, ...]:
    """Return our number as the bank's files and screens show it, its check digit after a hyphen where it has one."""
    free_field_of(account, number)
    layout = _LAYOUTS[account.bank_code]
    return layout.checked(account, number.zfill(layout.own_digits))


def printed_bank_code(bank_code: str) -> str:
    """Return a bank's code with its check digit modulo 11, as it stands at the head of a slip."""
    rest = sum(int(digit) * weight for digit, weight in zip(bank_code, (4, 3, 2), strict=True)) * 10 % 11
    return f"{bank_code}-{'X' if rest == 10 else rest}"


def _banco_do_brasil(account: CollectionAccount, number: str) -> str:
    return f"000000{account.agreement}{number}{account.wallet}"


def _santander(account: CollectionAccount, number: str) -> str:
    return f"9{account.agreement}{number}{_santander_digit(number)}0{account.wallet}"


def _bradesco(account: CollectionAccount, number: str) -> str:
    return f"{account.agency}{account.wallet}{number}{account.account}0"


def _itau(account: CollectionAccount, number: str) -> str:
    branch = account.agency + account.account
    of_slip = field_check_digit(branch + account.wallet + number)
    return f"{account.wallet}{number}{of_slip}{branch}{field_check_digit(branch)}000"


def _checked_brasil(account: CollectionAccount, number: str) -> tuple[str, ...]:
    """An agreement of seven digits stands before the number, and there is no check digit."""
    return number, account.agreement + number


def _checked_santander(account: CollectionAccount, number: str) -> tuple[str, ...]:
    return (f"{number}-{_santander_digit(number)}",)


def _checked_bradesco(account: CollectionAccount, number: str) -> tuple[str, ...]:
    """Modulo 11 with weights 2 to 7 over wallet and number; a remainder of one is printed as P."""
    digits = account.wallet + number
    rest = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(digits))) % 11
    return (f"{number}-{'P' if rest == 1 else 0 if rest == 0 else 11 - rest}",)


def _checked_itau(account: CollectionAccount, number: str) -> tuple[str, ...]:
    return (f"{number}-{field_check_digit(account.agency + account.account + account.wallet + number)}",)


def _santander_digit(number: str) -> str:
    rest = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(number))) % 11
    return "0" if rest in (0, 1) else "1" if rest == 10 else str(11 - rest)


_LAYOUTS: Mapping[str, _Layout] = {
    "001": _Layout(10, {"agreement": 7, "wallet": 2}, _banco_do_brasil, _checked_brasil),
    "033": _Layout(12, {"agreement": 7, "wallet": 3}, _santander, _checked_santander),
    "237": _Layout(11, {"agency": 4, "wallet": 2, "account": 7}, _bradesco, _checked_bradesco),
    "341": _Layout(8, {"wallet": 3, "agency": 4, "account": 5}, _itau, _checked_itau),
}


def _are_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdecimal()
