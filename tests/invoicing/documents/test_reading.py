"""Documents from outside are read without trust; what is wrong or unknown in them is told."""

from __future__ import annotations

import pytest

from assets.invoicing.documents.cii import write_cii
from assets.invoicing.documents.reading import read_invoice
from assets.invoicing.documents.ubl import write_ubl
from assets.ledger.errors import BadInputError
from tests.invoicing.documents.builders import an_invoice

UBL, CII = write_ubl(an_invoice()), write_cii(an_invoice())
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def after_head(insert: bytes) -> bytes:
    """Return the UBL document with something between its declaration and its root."""
    return UBL.replace(HEAD, HEAD + insert, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (after_head(b'<!DOCTYPE Invoice SYSTEM "http://example.test/x.dtd">'), "DOCTYPE"),
        (after_head(b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), "DOCTYPE"),
        (after_head(b"<!doctype x>"), "DOCTYPE|well-formed"),
        (UBL.decode().encode("utf-16"), "UTF-8|well-formed"),
        (UBL[:-20], "well-formed"),
        (b"", "well-formed"),
        (b"Invoice MEU-1: 100 EUR", "well-formed"),
        (b"<a/>" + b" " * 21_000_000, "20000000"),
        (HEAD + b"<Invoice/>", "neither UBL 2.1 nor"),
        (HEAD + b"<a>" * 400 + b"</a>" * 400, "well-formed|neither"),
    ],
    ids=[
        "a DTD", "an external entity", "a DTD in small letters", "another encoding", "cut off", "empty", "no XML",
        "too large", "no namespace", "nested deep",
    ],
)  # fmt: skip
def test_what_is_not_to_be_trusted_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(BadInputError, match=reason):
        read_invoice(content)


def test_all_that_is_wrong_is_told_at_once() -> None:
    broken = (
        UBL.replace(b">1859.82</cbc:PayableAmount>", b">1,859.82</cbc:PayableAmount>")
        .replace(b"<cbc:DueDate>2026-03-31", b"<cbc:DueDate>31.03.2026")
        .replace(b"<cbc:ID>MEU-2026-00001</cbc:ID>", b"")
    )
    with pytest.raises(BadInputError) as raised:
        read_invoice(broken)
    assert sorted(raised.value.faults) == [
        "cac:LegalMonetaryTotal/cbc:PayableAmount is `1,859.82`, not a number",
        "cbc:DueDate is `31.03.2026`, not a date",
        "cbc:ID is missing",
    ]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e5", "0x10", "١٢", "1 000", "--1"])
def test_a_number_is_digits_and_one_point(number: str) -> None:
    broken = UBL.replace(b">1859.82</cbc:PayableAmount>", f">{number}</cbc:PayableAmount>".encode())
    with pytest.raises(BadInputError, match="not a number"):
        read_invoice(broken)


def test_an_element_nobody_knows_is_told_with_its_path() -> None:
    read = read_invoice(
        UBL.replace(b"<cbc:DueDate>", b"<cbc:Secret>x</cbc:Secret><cbc:DueDate>").replace(
            b"</cac:InvoiceLine>", b"<cac:Delivery><cbc:ID>7</cbc:ID></cac:Delivery></cac:InvoiceLine>", 1
        )
    )
    assert read.unread == ("Invoice/cbc:Secret", "Invoice/cac:InvoiceLine/cac:Delivery")


def test_an_amount_of_another_currency_is_told_not_taken_for_ours() -> None:
    other = UBL.replace(b'<cbc:PayableAmount currencyID="EUR">', b'<cbc:PayableAmount currencyID="USD">')
    assert read_invoice(other).unread == ("Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount/@currencyID",)


def test_a_second_value_where_one_belongs_is_told() -> None:
    twice = UBL.replace(b"<cbc:BuyerReference>", b"<cbc:BuyerReference>A</cbc:BuyerReference><cbc:BuyerReference>", 1)
    assert read_invoice(twice).unread == ("Invoice/cbc:BuyerReference",)


def test_both_syntaxes_say_the_same() -> None:
    for is_credit in (False, True):
        invoice = an_invoice(is_credit=is_credit)
        assert read_invoice(write_ubl(invoice)).invoice == read_invoice(write_cii(invoice)).invoice == invoice


def test_text_that_looks_like_markup_stays_text() -> None:
    name = "A & B <c> \"d\" 'e' ]]> <!-- x -->"
    for write in (write_ubl, write_cii):
        read = read_invoice(write(an_invoice(lines=[(name, "1", "1.00")]))).invoice
        assert read.lines[0].item.name == name
