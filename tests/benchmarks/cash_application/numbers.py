"""Document numbers as ledgers print them and as payers write them, account and reference numbers with check digits."""

from __future__ import annotations

import random
import re
from itertools import pairwise

# Each: the locale, then number formats. {n} counts, {y} is the year of issue in four digits, {s} in two.
STYLES: dict[str, tuple[str, ...]] = {
    "us": (
        "INV-{n:07d}",
        "1{n:07d}",
        "SI{s}-{n:05d}",
        "00{n:08d}",
        "{n:06d}-IN",
        "A{n:06d}",
        "US{s}{n:06d}",
        "{n:06d}",
        "CIN{n:07d}",
        "7-{n:06d}-{s}",
    ),
    "sepa": (
        "RE-{y}-{n:05d}",
        "{y}/{n:05d}",
        "F{y}.{n:05d}",
        "RG{s}-{n:06d}",
        "VF{y}{n:05d}",
        "FAC-{n:06d}",
        "90{n:08d}",
        "{s}{n:06d}",
        "INV{y}-{n:04d}",
        "AR {n:06d}",
    ),
    "brazil": (
        "NF{n:09d}",
        "{n:06d}/1",
        "000.{n:06d}",
        "DUP {n:06d}-A",
        "FAT{y}{n:06d}",
        "NFS-e {n:08d}",
        "{n:08d}",
        "ND{s}{n:05d}",
    ),
}
MEMO_STYLES: dict[str, str] = {"us": "CM-{n:06d}", "sepa": "GS{s}-{n:05d}", "brazil": "NC{n:07d}"}

_NOT_ALNUM = re.compile(r"[^0-9A-Za-z]")
_NOT_DIGIT = re.compile(r"\D")
_OCR = {"0": "O", "1": "I", "5": "S", "8": "B", "O": "0", "I": "1", "S": "5", "B": "8", "2": "Z", "6": "G"}


def compact(text: str) -> str:
    """Return only the letters and digits of a text, in capitals."""
    return _NOT_ALNUM.sub("", text).upper()


def digits_of(text: str) -> str:
    """Return only the digits of a text."""
    return _NOT_DIGIT.sub("", text)


def number_of(style: str, count: int, year: int) -> str:
    """Return the printed number of a document."""
    return style.format(n=count, y=year, s=year % 100)


def mod97_check(core: str) -> str:
    """Return two ISO 7064 mod 97-10 check digits over letters and digits."""
    value = int("".join(str(int(sign, 36)) for sign in core) + "00")
    return f"{98 - value % 97:02d}"


def creditor_reference(core: str, *, valid: bool = True) -> str:
    """Return an ISO 11649 reference printed in groups of four; an invalid one has wrong check digits."""
    body = core[-21:]
    check = int(mod97_check(body + "RF"))
    if not valid:
        check = (check + 10) % 97
    whole = f"RF{check:02d}{body}"
    return " ".join(whole[start : start + 4] for start in range(0, len(whole), 4))


def our_number(core: str) -> str:
    """Return a boleto's *nosso numero*: eleven digits and a modulo 11 check digit."""
    body = core[-11:].zfill(11)
    weight = sum(int(sign) * (2 + place % 8) for place, sign in enumerate(reversed(body)))
    check = 11 - weight % 11
    return f"{body}-{'P' if check == 10 else 0 if check == 11 else check}"


def iban(chance: random.Random, country: str) -> str:
    """Return an account number with valid check digits."""
    lengths = {"DE": 18, "FR": 23, "NL": 14, "AT": 16, "BE": 12, "ES": 20, "IT": 23}
    if country == "NL":
        body = chance.choice(("INGB", "ABNA", "RABO")) + f"{chance.randrange(10**10):010d}"
    elif country == "IT":
        body = chance.choice("ABCX") + f"{chance.randrange(10**22):022d}"
    else:
        body = f"{chance.randrange(10 ** lengths[country]):0{lengths[country]}d}"
    return f"{country}{mod97_check(body + country)}{body}"


def account(chance: random.Random, locale: str, country: str) -> str:
    """Return a bank account as that country writes it."""
    if locale == "sepa":
        return iban(chance, country)
    if locale == "brazil":
        bank = chance.choice(("001", "033", "104", "237", "341", "748"))
        return f"{bank}-{chance.randrange(10**4):04d}-{chance.randrange(10**8):08d}-{chance.randrange(10)}"
    routing = chance.choice(("021000021", "026009593", "121000248", "111000025", "071000013"))
    return f"{routing}/{chance.randrange(10**9, 10**11)}"


def tax_number(chance: random.Random, locale: str, country: str, *, root: str | None = None) -> str:
    """Return a tax id with its check digits; Brazilian members of a group share the first eight digits."""
    if locale == "brazil":
        body = (root or f"{chance.randrange(10**8):08d}") + f"{chance.randrange(1, 40):04d}"
        for _ in range(2):
            weights = [2 + place % 8 for place in range(len(body))]
            rest = sum(int(sign) * weight for sign, weight in zip(reversed(body), weights, strict=True)) % 11
            body += "0" if rest < 2 else str(11 - rest)
        return f"{body[:2]}.{body[2:5]}.{body[5:8]}/{body[8:12]}-{body[12:]}"
    if locale == "us":
        return f"{chance.randrange(10, 99)}-{chance.randrange(10**7):07d}"
    return f"{country}{chance.randrange(10**9):09d}"


def without_leading_zeros(number: str) -> str:
    """Return the digits of a number as someone types them who drops what is in front: letters, year marks, zeros."""
    runs = re.findall(r"\d+", number)
    return (runs[-1] if len(runs[-1]) >= 4 else "".join(runs)).lstrip("0") or "0"


def typo(chance: random.Random, number: str) -> str:
    """Return the number with one slip of a typist: a digit changed, dropped, doubled, or two swapped."""
    places = [place for place, sign in enumerate(number) if sign.isdigit()]
    kind = chance.random()
    place = chance.choice(places)
    if kind < 0.45:
        wrong = chance.choice([sign for sign in "0123456789" if sign != number[place]])
        return number[:place] + wrong + number[place + 1 :]
    if kind < 0.70:
        pairs = [
            left for left, right in pairwise(places)
            if right == left + 1 and number[left] != number[right]
        ]  # fmt: skip
        if pairs:
            left = chance.choice(pairs)
            return number[:left] + number[left + 1] + number[left] + number[left + 2 :]
    if kind < 0.87:
        return number[:place] + number[place + 1 :]
    return number[:place] + number[place] + number[place:]


def misread(chance: random.Random, number: str) -> str:
    """Return the number as a scanner reads it: one or two signs taken for their likeness."""
    signs = list(number.upper())
    places = [place for place, sign in enumerate(signs) if sign in _OCR]
    for place in chance.sample(places, min(len(places), chance.choice((1, 1, 2)))):
        signs[place] = _OCR[signs[place]]
    return "".join(signs)


def spaced(chance: random.Random, number: str) -> str:
    """Return the number broken by blanks or dots, in groups of two to four, or at one place."""
    whole = compact(number)
    if chance.random() < 0.4:
        place = chance.randrange(2, len(whole) - 1)
        return f"{whole[:place]} {whole[place:]}"
    size = chance.choice((2, 3, 3, 4))
    return chance.choice((" ", " ", ".", "-")).join(whole[start : start + size] for start in range(0, len(whole), size))
