"""The free field of each bank's slip equals published slips; what a bank would not read is refused with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from assets.invoicing.payment_codes.boleto import BankSlip, barcode_of, printed_line, typeable_line_of
from assets.invoicing.payment_codes.free_fields import (
    CollectionAccount,
    checked_numbers,
    free_field_of,
    our_number,
    printed_bank_code,
)
from assets.ledger.errors import BadInputError

BRASIL = CollectionAccount("001", agreement="7777777", wallet="18")
SANTANDER = CollectionAccount("033", agreement="0707077", wallet="102")
BRADESCO = CollectionAccount("237", agency="0278", account="0039232", wallet="06")
ITAU = CollectionAccount("341", agency="0057", account="12345", wallet="110")


@pytest.mark.parametrize(
    ("account", "number", "fields", "bank"),
    [
        (SANTANDER, "1234567", "03399.07073 07700.000123 34567.901029", "033-7"),
        (BRADESCO, "2125525", "23790.27804 60000.212559 25003.923205", "237-2"),
        (ITAU, "12345678", "34191.10121 34567.880058 71234.570001", "341-7"),
    ],
    ids=["Santander", "Bradesco", "Itaú"],
)
def test_a_published_slip_is_reproduced(account: CollectionAccount, number: str, fields: str, bank: str) -> None:
    slip = BankSlip(account.bank_code, Decimal("2952.95"), date(2026, 3, 31), free_field_of(account, number))
    assert printed_line(typeable_line_of(barcode_of(slip))).startswith(f"{fields} ")
    assert printed_bank_code(account.bank_code) == bank


def test_banco_do_brasil_reads_agreement_number_and_wallet_behind_zeros() -> None:
    assert free_field_of(BRASIL, "22832563") == "000000" + "7777777" + "0022832563" + "18"
    assert printed_bank_code("001") == "001-9"


@pytest.mark.parametrize(
    ("document_number", "number"),
    [("MBR-2026-00001", "2600001"), ("MBR2-2026-00001", "2600001"), ("2026/4711", "264711"), ("A", "")],
    ids=["series, year, number", "a series with a digit", "another separator", "no digits"],
)
def test_our_number_is_year_and_running_number(document_number: str, number: str) -> None:
    assert our_number(document_number) == number


@pytest.mark.parametrize(
    ("account", "number", "why"),
    [
        (CollectionAccount("104"), "1", "bank `104` are not known"),
        (CollectionAccount("001", agreement="123", wallet="18"), "1", "agreement `123` is not 7 digits"),
        (ITAU, "123456789", "1 to 8 are needed"),
        (ITAU, "", "1 to 8 are needed"),
    ],
    ids=["another bank", "a short agreement", "a number too long", "no number"],
)
def test_what_a_bank_would_not_read_is_refused_with_its_reason(
    account: CollectionAccount, number: str, why: str
) -> None:
    with pytest.raises(BadInputError, match=why):
        free_field_of(account, number)


@pytest.mark.parametrize(
    ("account", "number", "printed"),
    [
        (SANTANDER, "566612457800", ("566612457800-2",)),
        (replace(BRADESCO, wallet="19"), "2", ("00000000002-8",)),
        (replace(BRADESCO, wallet="19"), "1", ("00000000001-P",)),
        (ITAU, "12345678", ("12345678-8",)),
        (BRASIL, "22832563", ("0022832563", "77777770022832563")),
    ],
    ids=["Santander", "Bradesco", "Bradesco with a letter", "Itaú", "Banco do Brasil"],
)
def test_our_number_has_the_check_digit_of_its_bank(
    account: CollectionAccount, number: str, printed: tuple[str, ...]
) -> None:
    assert checked_numbers(account, number) == printed
