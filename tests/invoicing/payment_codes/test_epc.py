"""The SEPA payment code says what the guidelines say, and nothing that a bank would refuse."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN

from assets.invoicing.payment_codes.creditor_reference import creditor_reference_of
from assets.invoicing.payment_codes.epc import SepaTransfer, epc_payload, epc_png, epc_svg, read_epc
from assets.ledger.errors import BadInputError


def a_transfer(**overrides: Any) -> SepaTransfer:
    """Return a transfer of 119.00 EUR to a German account."""
    values: dict[str, Any] = {"beneficiary_name": "Meridian Europe GmbH", "iban": "DE89370400440532013000"}
    return SepaTransfer(**(values | {"amount": Decimal("119.00"), "text": "RE501"} | overrides))


def test_the_example_of_the_guidelines_is_reproduced() -> None:
    transfer = SepaTransfer(
        beneficiary_name="Red Cross of Belgium",
        iban="BE72 0000 0000 1616",
        amount=Decimal(1),
        bic="BPOTBEB1",
        purpose="CHAR",
        text="Urgency fund",
        information="Sample EPC QR code",
    )
    assert epc_payload(transfer).split("\n") == [
        "BCD", "002", "1", "SCT", "BPOTBEB1", "Red Cross of Belgium", "BE72000000001616", "EUR1.00", "CHAR", "",
        "Urgency fund", "Sample EPC QR code",
    ]  # fmt: skip


def test_a_code_of_version_001_with_the_shortest_amount_is_read() -> None:
    read = read_epc("BCD\r\n001\r\n1\r\nSCT\r\nBPOTBEB1\r\nRed Cross\r\nBE72000000001616\r\nEUR1\r\nCHAR")
    assert (read.amount, read.purpose, read.text) == (Decimal(1), "CHAR", None)


def test_nothing_follows_the_last_line_that_says_something() -> None:
    assert epc_payload(a_transfer(text=None, amount=None)).endswith("\nDE89370400440532013000")


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"currency_code": "USD"}, "only EUR"),
        ({"iban": "DE88370400440532013000"}, "the IBAN"),
        ({"iban": "BR1500000000000010932840814P2"}, "outside SEPA"),
        ({"iban": ""}, "the IBAN"),
        ({"amount": Decimal("0.00")}, "outside 0.01"),
        ({"amount": Decimal("-5.00")}, "outside 0.01"),
        ({"amount": Decimal("1000000000.00")}, "outside 0.01"),
        ({"amount": Decimal("10") ** 30}, "outside 0.01"),
        ({"amount": Decimal("1.005")}, "more than two decimals"),
        ({"amount": Decimal("NaN")}, "not a number"),
        ({"beneficiary_name": "\u200b \n"}, "no name"),
        ({"beneficiary_name": "x" * 71}, "at most 70"),
        ({"text": "x" * 141}, "at most 140"),
        ({"bic": "DEUTDEF"}, "the BIC"),
        ({"purpose": "CHARITY"}, "the purpose"),
        ({"creditor_reference": "RF19539007547034", "text": None}, "wrong check digit"),
        ({"creditor_reference": "RF18539007547034"}, "both"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_bank_would_refuse_is_not_printed(overrides: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInputError, match=why):
        a_transfer(**overrides)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadInputError) as refused:
        a_transfer(currency_code="USD", iban="DE00", amount=Decimal(0))
    assert len(refused.value.faults) == 3


def test_a_payload_longer_than_331_bytes_is_refused_not_cut() -> None:
    with pytest.raises(BadInputError, match="331"):
        epc_payload(a_transfer(beneficiary_name="Ж" * 70, text="Ж" * 140))


def test_a_line_break_in_a_name_cannot_become_another_field() -> None:
    payload = epc_payload(a_transfer(beneficiary_name="Meridian\nDE00EVIL\r\n", text="a\u2028b\u202ec"))
    assert payload.split("\n")[5:7] == ["Meridian DE00EVIL", "DE89370400440532013000"]
    assert payload.count("\n") == 10


def test_the_drawn_code_is_the_same_each_time() -> None:
    transfer = a_transfer(text=None, creditor_reference=creditor_reference_of("RE501"))
    assert epc_svg(transfer) == epc_svg(transfer)
    assert epc_svg(transfer).startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')
    assert epc_png(transfer) == epc_png(transfer)
    assert epc_png(transfer).startswith(b"\x89PNG")


printable = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["Cc", "Cf", "Cs"]))


@given(
    name=printable.filter(lambda text: text.strip() != "").map(lambda text: text[:40]).filter(str.strip),
    amount=st.integers(1, 99_999_999_999).map(lambda cents: Decimal(cents).scaleb(-2)),
    text=printable.map(lambda text: text[:60]),
    account=st.integers(0, 10**10 - 1),
)
def test_a_payload_read_back_is_the_transfer(name: str, amount: Decimal, text: str, account: int) -> None:
    iban = str(IBAN.generate("DE", bank_code="37040044", account_code=f"{account:010d}"))
    transfer = SepaTransfer(beneficiary_name=name, iban=iban, amount=amount, text=text)
    assert read_epc(epc_payload(transfer)) == transfer


@given(place=st.integers(2, 21), digit=st.sampled_from("0123456789"))
def test_any_one_wrong_digit_of_an_iban_is_found(place: int, digit: str) -> None:
    iban = "DE89370400440532013000"
    wrong = iban[:place] + digit + iban[place + 1 :]
    if wrong != iban:
        with pytest.raises(BadInputError, match="IBAN"):
            a_transfer(iban=wrong)


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    with pytest.raises(BadInputError):
        read_epc(text)
