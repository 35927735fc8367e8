"""For any lines in any currency: the sum of the lines is the total, in the model, in both syntaxes and on paper."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assets.invoicing.documents.bundle import render_invoice
from assets.invoicing.documents.cii import write_cii
from assets.invoicing.documents.issued_invoice import clean
from assets.invoicing.documents.model import Invoice
from assets.invoicing.documents.reading import read_invoice
from assets.invoicing.documents.ubl import write_ubl
from assets.invoicing.documents.validation import validate
from assets.ledger.money import minor_unit
from tests.invoicing.documents.builders import AMERICAN, GERMAN, an_invoice, named

pypdf = pytest.importorskip("pypdf")

# A document takes 50 ms: a failing one is shown as it was found, not made smaller for minutes.
QUICKLY: dict[str, Any] = {
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow],
}
CURRENCIES = ["EUR", "JPY", "KWD", "BHD", "GBP", "ISK"]
quantities = st.decimals("0.001", "100000", places=3)
prices = st.decimals("-99999.9999", "1000000", places=4)
names = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=40)
lines_of = st.lists(st.tuples(names, quantities.map(str), prices.map(str)), min_size=1, max_size=12)
rates = st.sampled_from(["0", "0.19", "0.07", "0.0825", "0.255"])


def a_document(lines: list[tuple[str, str, str]], currency: str, rate: str) -> Invoice:
    """Return a document in a currency; German VAT for the euro, American sales tax for all others."""
    if currency == "EUR":
        return an_invoice(lines=lines, rate=rate)
    return an_invoice(lines=lines, rate=rate, currency=currency, entity="MUS", buyer=AMERICAN)


@settings(max_examples=40, deadline=None, **QUICKLY)
@given(lines=lines_of, currency=st.sampled_from(CURRENCIES), rate=rates)
def test_lines_and_taxes_are_the_total_on_every_surface(
    lines: list[tuple[str, str, str]], currency: str, rate: str
) -> None:
    invoice = a_document([(f"Item {clean(name)}", quantity, price) for name, quantity, price in lines], currency, rate)
    for surface in (invoice, *(read_invoice(write(invoice)).invoice for write in (write_ubl, write_cii))):
        net = sum((line.net_amount for line in surface.lines), Decimal(0))
        taxes = sum((subtotal.tax_amount for subtotal in surface.tax_subtotals), Decimal(0))
        assert surface.totals.net_amount == net == surface.totals.lines_amount
        assert surface.totals.total_amount == net + taxes == surface.totals.payable_amount
        for amount in (net, taxes, *(line.net_amount for line in surface.lines)):
            assert amount % minor_unit(currency) == 0


@settings(max_examples=20, deadline=None, **QUICKLY)
@given(lines=lines_of, currency=st.sampled_from(CURRENCIES), rate=rates)
def test_the_paper_adds_up(lines: list[tuple[str, str, str]], currency: str, rate: str) -> None:
    numbered = [(f"Item {number}", quantity, price) for number, (_, quantity, price) in enumerate(lines, 1)]
    invoice = a_document(numbered, currency, rate)
    made = render_invoice(invoice, language="en", is_validated=False)
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made.pdf)).pages)
    shown = [_number(match) for match in re.findall(r"^Item P-\d+\n\S+ \S+ (\S+)$", text, re.MULTILINE)]
    assert shown == [line.net_amount for line in invoice.lines]
    (net,) = re.findall(r"^Net amount (\S+)$", text, re.MULTILINE)
    (tax,) = re.findall(r"^(?:VAT [0-9.]+\s%|Sales tax|No sales tax|VAT exempt) .*?(\S+)$", text, re.MULTILINE)
    (total,) = re.findall(rf"^Amount due {currency}\s(\S+)$", text, re.MULTILINE)
    assert sum(shown) == _number(net)
    assert _number(net) + _number(tax) == _number(total) == invoice.totals.total_amount


@settings(max_examples=20, deadline=None, **QUICKLY)
@given(lines=lines_of, name=names, rate=st.sampled_from(["0.19", "0.07"]))
def test_any_text_and_any_lines_make_a_valid_document_or_a_reason(
    lines: list[tuple[str, str, str]], name: str, rate: str
) -> None:
    pytest.importorskip("saxonche")
    invoice = an_invoice(lines=lines, rate=rate, buyer=named(GERMAN, name))
    refused = {
        finding.rule_id
        for write in (write_ubl, write_cii)
        for finding in validate(write(invoice))
        if finding.severity == "fatal" and not finding.rule_id.startswith("FX-")
    }
    allowed = set()
    if clean(name) is None:
        allowed |= {"BR-07", "XSD"}
    if any(clean(line[0]) is None for line in lines):
        allowed |= {"BR-25", "XSD"}
    assert refused <= allowed


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))
