"""Bugs that others shipped in their documents, by number of the catalogue: none of them here."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest

from assets.invoicing.documents.bundle import render_invoice
from assets.invoicing.documents.cii import write_cii
from assets.invoicing.documents.ubl import write_ubl
from assets.invoicing.documents.validation import is_valid, validate
from tests.invoicing.documents.builders import AMERICAN, an_invoice

pytest.importorskip("saxonche")
pytest.importorskip("facturx")
pypdf = pytest.importorskip("pypdf")


def test_44_a_discounted_price_times_a_quantity_rounds_once_per_line() -> None:
    invoice = an_invoice(lines=[("Hours", "16", "334.416")], rate="0.22")  # 348.35 less 4 %
    assert invoice.totals.net_amount == Decimal("5350.66")
    assert invoice.totals.total_amount == Decimal("6527.81")
    assert render_invoice(invoice).is_issuable


def test_45_lines_below_half_a_cent_add_up_to_what_is_printed() -> None:
    invoice = an_invoice(lines=[("Message", "1", "0.003"), ("Message", "1", "0.004"), ("Licence", "1", "1.00")])
    assert [line.net_amount for line in invoice.lines] == [Decimal("0.00"), Decimal("0.00"), Decimal("1.00")]
    assert invoice.totals.net_amount == Decimal("1.00")
    assert render_invoice(invoice).is_issuable


def test_46_a_negative_line_takes_no_cent_from_the_total() -> None:
    invoice = an_invoice(lines=[("Goods", "3", "63.33"), ("Voucher", "1", "-20.10")], rate="0")
    assert invoice.totals.total_amount == Decimal("169.89")
    assert (invoice.lines[1].quantity, invoice.lines[1].price.net) == (Decimal(-1), Decimal("20.1"))


def test_47_vat_is_computed_per_category_and_the_lines_are_the_header() -> None:
    lines = [(f"Part {number}", "1", "0.13") for number in range(1, 40)]
    invoice = an_invoice(lines=lines)
    assert invoice.totals.tax_amount == Decimal("0.96")  # 39 lines rounded one by one would be 0.78
    for write in (write_ubl, write_cii):
        assert is_valid(validate(write(invoice)))


def test_49_a_credit_memo_rounds_as_its_invoice_did() -> None:
    lines = [("Odd", "1", "12.345"), ("Odder", "3", "0.335")]
    invoice, credit = (an_invoice(lines=lines, is_credit=is_credit) for is_credit in (False, True))
    assert invoice.totals == credit.totals
    minus = an_invoice(lines=[(name, quantity, f"-{price}") for name, quantity, price in lines])
    assert minus.totals.total_amount == -invoice.totals.total_amount


def test_52_every_amount_is_digits_and_at_most_two_decimals() -> None:
    made = render_invoice(an_invoice(lines=[("Messages", "123456", "0.0001234567"), ("Ship", "1", "1e12")]))
    amounts = re.findall(r'currencyID="EUR">([^<]*)<', (made.ubl or b"").decode())
    amounts += re.findall(r"<ram:\w*Amount[^>]*>([^<]*)<", (made.cii or b"").decode())
    assert len(amounts) > 15
    prices = {"0.0001234567"}  # a price may have more
    assert [text for text in amounts if text not in prices and not re.fullmatch(r"-?\d+(\.\d{2})?", text)] == []


def test_53_a_yen_is_a_yen_on_every_surface() -> None:
    made = render_invoice(
        an_invoice(rate="0", buyer=AMERICAN, entity="MUS", currency="JPY", lines=[("API calls", "1", "12500")])
    )
    assert b'<cbc:PayableAmount currencyID="JPY">12500</cbc:PayableAmount>' in (made.ubl or b"")
    assert b"<ram:DuePayableAmount>12500</ram:DuePayableAmount>" in (made.cii or b"")
    text = pypdf.PdfReader(io.BytesIO(made.pdf)).pages[0].extract_text()
    assert re.search(r"Amount due JPY\s12,500$", text, re.MULTILINE)
