"""The PIX code equals the central bank's example, keeps to its field lengths, and one wrong character is found."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.invoicing.payment_codes.pix import PixCharge, crc16, pix_payload, pix_png, pix_svg, read_pix, txid_of
from assets.ledger.errors import BadInputError

RANDOM_KEY = "123e4567-e12b-12d1-a456-426655440000"


def a_charge(**overrides: Any) -> PixCharge:
    """Return a charge of 123.45 BRL."""
    values: dict[str, Any] = {"key": RANDOM_KEY, "merchant_name": "Meridian Brasil", "merchant_city": "Campinas"}
    return PixCharge(**(values | {"amount": Decimal("123.45"), "txid": "NF29248"} | overrides))


def test_the_example_of_the_central_bank_is_reproduced() -> None:
    assert pix_payload(PixCharge(RANDOM_KEY, "Fulano de Tal", "BRASILIA")) == (
        "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000"
        "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D"
    )


def test_the_check_value_of_the_crc_holds() -> None:
    assert crc16("123456789") == "29B1"


def test_amount_and_txid_stand_in_their_fields() -> None:
    payload = pix_payload(a_charge(description="Mensalidade 07"))
    assert "5406123.45" in payload
    assert "62110507NF29248" in payload
    assert "0214Mensalidade 07" in payload


def test_names_lose_their_accents_and_are_cut_to_their_fields() -> None:
    charge = a_charge(merchant_name="Indústria e Comércio São João Ltda.", merchant_city="São José dos Campos")
    assert (charge.merchant_name, charge.merchant_city) == ("Industria e Comercio Sao", "Sao Jose dos Ca")
    assert f"59{len(charge.merchant_name):02d}{charge.merchant_name}60" in pix_payload(charge)


@pytest.mark.parametrize(
    "key",
    ["11222333000181", "12ABC34501DE35", "52998224725", "+5511987654321", "ap@kunde.example", RANDOM_KEY],
    ids=["CNPJ", "CNPJ with letters", "CPF", "phone", "e-mail", "random key"],
)
def test_every_kind_of_key_is_taken(key: str) -> None:
    assert read_pix(pix_payload(a_charge(key=key))).key == key


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"key": "11222333000182"}, "the key"),
        ({"key": "52998224724"}, "the key"),
        ({"key": "(11) 98765-4321"}, "the key"),
        ({"key": "AP@Kunde.example"}, "the key"),
        ({"key": "a@" + "b" * 80 + ".example"}, "the key"),
        ({"key": "５２９９８２２４７２５"}, "the key"),
        ({"merchant_name": "株式会社"}, "no Latin letter"),
        ({"merchant_city": " \u200b"}, "no Latin letter"),
        ({"txid": "NF-29248"}, "the txid"),
        ({"txid": "A" * 26}, "the txid"),
        ({"amount": Decimal("0")}, "outside"),
        ({"amount": Decimal("10000000000.00")}, "outside"),
        ({"amount": Decimal("1.999")}, "two decimals"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_payers_bank_would_refuse_is_not_printed(overrides: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInputError, match=why):
        a_charge(**overrides)


def test_a_description_that_does_not_fit_its_field_is_refused() -> None:
    with pytest.raises(BadInputError, match="field 26"):
        pix_payload(a_charge(description="x" * 38))
    assert pix_payload(a_charge(description="x" * 37))


def test_a_document_number_becomes_a_txid() -> None:
    assert txid_of("MUS-2026/00042") == "MUS202600042"
    with pytest.raises(BadInputError, match="txid"):
        txid_of("—/—")


def test_the_drawn_code_is_the_same_each_time() -> None:
    assert pix_svg(a_charge()) == pix_svg(a_charge())
    assert pix_png(a_charge()) == pix_png(a_charge())


latin = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F, categories=["Lu", "Ll", "Nd"]), min_size=1)


@given(
    name=latin,
    city=latin,
    amount=st.none() | st.integers(1, 10**12 - 1).map(lambda cents: Decimal(cents).scaleb(-2)),
    txid=st.none() | st.from_regex(r"[A-Za-z0-9]{1,25}", fullmatch=True),
)
def test_a_code_read_back_is_the_charge(name: str, city: str, amount: Decimal | None, txid: str | None) -> None:
    try:
        charge = PixCharge(RANDOM_KEY, name, city, amount, txid)
    except BadInputError as refused:
        assert all("no Latin letter" in fault for fault in refused.faults)  # noqa: PT017
        return
    payload = pix_payload(charge)
    assert payload.isascii()
    assert read_pix(payload) == charge


@given(data=st.data(), replacement=st.characters(min_codepoint=32, max_codepoint=126))
def test_any_one_wrong_character_is_found(data: st.DataObject, replacement: str) -> None:
    payload = pix_payload(a_charge())
    place = data.draw(st.integers(0, len(payload) - 1))
    wrong = payload[:place] + replacement + payload[place + 1 :]
    if wrong != payload:
        with pytest.raises(BadInputError):
            read_pix(wrong)


@given(st.text(max_size=150), st.booleans())
def test_no_text_makes_the_reader_stumble(text: str, with_crc: bool) -> None:
    text = text.encode("utf-8", "ignore").decode()
    code = f"{text}6304{crc16(text + '6304')}" if with_crc else text
    with pytest.raises(BadInputError):
        read_pix(code)
