"""What leaves the building: valid under the official rules, the same bytes each time, right on paper."""

from __future__ import annotations

import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typst

from assets.invoicing.documents.bundle import InvoiceDocuments, render_invoice
from assets.invoicing.documents.issued_invoice import Buyer
from assets.invoicing.documents.labels import LABELS
from assets.invoicing.documents.pdf import STANDARD
from assets.invoicing.documents.reading import read_invoice
from assets.ledger.languages import LOCALES
from tests.invoicing.documents.builders import AMERICAN, BRITISH, DUTCH, FRENCH, GERMAN, PORTUGUESE, an_invoice, named

pypdf = pytest.importorskip("pypdf")
facturx = pytest.importorskip("facturx")
pytest.importorskip("saxonche")

ROOT = Path(__file__).resolve().parents[3]

DOCUMENTS: dict[str, dict[str, Any]] = {
    "goods at home with German VAT": {},
    "goods to another EU country": {"rate": "0", "buyer": DUTCH},
    "services to another EU country": {"rate": "0", "buyer": DUTCH, "kind": "retainer"},
    "goods exported": {"rate": "0", "buyer": BRITISH, "currency": "GBP"},
    "services outside the EU": {"rate": "0", "buyer": BRITISH, "currency": "GBP", "kind": "milestone"},
    "a retainer from the United States": {"rate": "0", "buyer": AMERICAN, "entity": "MUS", "currency": "USD", "kind": "retainer"},  # noqa: E501
    "goods with sales tax": {"rate": "0.0825", "buyer": AMERICAN, "entity": "MUS", "currency": "USD"},
    "usage in yen": {"rate": "0", "buyer": AMERICAN, "entity": "MUS", "currency": "JPY", "lines": [("API calls", "1250", "3")]},  # noqa: E501
    "dinar without a third decimal": {"rate": "0", "buyer": AMERICAN, "entity": "MUS", "currency": "KWD", "lines": [("Licence", "2", "10.250")]},  # noqa: E501
    "a deduction among the lines": {"lines": [("Licence", "1", "500.00"), ("Loyalty discount", "1", "-25.50")]},
    "prices of many decimals": {"lines": [("Messages", "123456", "0.0001234567")]},
    "a billion lines' worth": {"lines": [("Ship", "1", "1000000000000.00")]},
    "a rate of tenths": {"rate": "0.077"},
    "no purchase order": {"purchase_order_number": None},
    "HTML in the name": {"buyer": named(GERMAN, "<script>alert('x')</script> & Söhne <b>GmbH</b>")},
    "control characters in the name": {"buyer": named(GERMAN, "Stone\x00bridge\x1b[31m\r\nKG\x85")},
    "Hebrew": {"buyer": named(GERMAN, "שלום עולם בע״מ")},
    "Arabic": {"buyer": named(GERMAN, "شركة المثال التجارية")},
}  # fmt: skip


@pytest.mark.parametrize("is_credit", [False, True], ids=["invoice", "credit memo"])
@pytest.mark.parametrize("case", DOCUMENTS.values(), ids=DOCUMENTS)
def test_every_document_is_valid_under_the_official_rules(case: dict[str, Any], is_credit: bool) -> None:
    made = render_invoice(an_invoice(**case, is_credit=is_credit))
    assert [finding for finding in made.findings if finding.rule_id != "DOC-PAYMENT-CODE"] == []
    assert made.is_issuable
    assert made.ubl is not None
    assert made.cii is not None


@pytest.mark.parametrize("is_credit", [False, True], ids=["invoice", "credit memo"])
@pytest.mark.parametrize("buyer", [GERMAN, DUTCH, BRITISH], ids=["German", "Dutch", "British"])
def test_between_members_of_the_network_peppol_s_own_rules_hold_too(buyer: Buyer, is_credit: bool) -> None:
    pytest.importorskip("mockeinvoice")
    made = render_invoice(
        an_invoice(buyer=buyer, rate="0.19" if buyer is GERMAN else "0", is_credit=is_credit), with_peppol=True
    )
    assert b"urn:fdc:peppol.eu:2017:poacc:billing:3.0" in (made.ubl or b"")
    assert made.findings == ()


@pytest.mark.parametrize("case", DOCUMENTS.values(), ids=DOCUMENTS)
def test_model_and_both_syntaxes_and_paper_show_the_same_total(case: dict[str, Any]) -> None:
    invoice = an_invoice(**case)
    made = render_invoice(invoice, language="en", is_validated=False)
    for content in (made.ubl, made.cii):
        read = read_invoice(content or b"").invoice
        assert read.totals == invoice.totals
        assert sum(line.net_amount for line in read.lines) == invoice.totals.net_amount
    total = f"{invoice.totals.total_amount:,}"
    assert f"Amount due {invoice.currency_code} {total}" in _text(made)


def test_what_is_read_back_is_what_was_written() -> None:
    for case in DOCUMENTS.values():
        invoice = an_invoice(**case)
        made = render_invoice(invoice, is_validated=False)
        for content in (made.ubl, made.cii):
            read = read_invoice(content or b"")
            assert read.unread == ()
            assert (read.invoice.seller, read.invoice.lines, read.invoice.payment) == (
                invoice.seller, invoice.lines, invoice.payment,
            )  # fmt: skip


def test_rendered_again_it_is_the_same_to_the_byte() -> None:
    first, again = (render_invoice(an_invoice(), is_validated=False) for _ in range(2))
    assert first.pdf == again.pdf
    program = (
        "from assets.invoicing.documents.bundle import render_invoice;"
        "from tests.invoicing.documents.builders import an_invoice;"
        "print(render_invoice(an_invoice(), is_validated=False).digest)"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    )  # fmt: skip
    assert elsewhere.stdout.strip() == first.digest


def test_the_pdf_is_a_factur_x_document() -> None:
    made = render_invoice(an_invoice())
    name, content = facturx.get_xml_from_pdf(made.pdf)
    assert (name, content) == ("factur-x.xml", made.cii)
    reader = pypdf.PdfReader(io.BytesIO(made.pdf), strict=True)
    attached = reader.trailer["/Root"]["/AF"][0].get_object()
    assert (attached["/AFRelationship"], attached["/F"]) == ("/Alternative", "factur-x.xml")
    metadata = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    for said in ("<fx:ConformanceLevel>EN 16931<", "<fx:DocumentType>INVOICE<", "<fx:DocumentFileName>factur-x.xml<"):
        assert said in metadata
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" in metadata
    assert reader.metadata.creation_date.date().isoformat() == "2026-03-01"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("\u0378", "could not be displayed"),
        ("$x^2$", "missing alt text"),
        ('#pdf.attach("a.xml", bytes("x"))', "mime type is missing"),
        ('#pdf.attach("a.xml", bytes("x"), mime-type: "text/xml")', "description is missing"),
    ],
    ids=["no glyph", "no alternative text", "a file of no type", "a file without description"],
)
def test_the_typesetter_refuses_what_pdf_a_3_does_not_allow(source: str, reason: str) -> None:
    with pytest.raises(typst.TypstError) as refused:
        typst.Compiler(ignore_system_fonts=True).compile(
            input=f'#set document(title: "A")\n{source}'.encode(), format="pdf", pdf_standards=[STANDARD]
        )
    assert reason in refused.value.message


def test_three_decimals_that_are_used_make_a_pdf_and_say_why_no_e_invoice() -> None:
    made = render_invoice(
        an_invoice(rate="0", buyer=AMERICAN, entity="MUS", currency="KWD", lines=[("Licence", "1", "10.255")])
    )
    assert (made.ubl, made.cii) == (None, None)
    assert [finding.rule_id for finding in made.findings] == ["DOC-DECIMALS"]
    assert "KWD 10.255" in _text(made)


def test_markup_in_a_name_is_printed_as_it_is() -> None:
    text = _text(render_invoice(an_invoice(buyer=named(GERMAN, "<b>Söhne</b> & #Co $x$ [y]")), is_validated=False))
    assert "<b>Söhne</b> & #Co $x$ [y]" in text


def test_a_name_cannot_turn_the_text_beside_it_around() -> None:
    made = render_invoice(an_invoice(buyer=named(GERMAN, "Stone\u202ebridge\u2066 KG")), is_validated=False)
    assert "Stonebridge KG" in _text(made)
    assert "Stonebridge KG" in (made.ubl or b"").decode()


def test_what_no_font_has_is_told_and_the_xml_keeps_it() -> None:
    made = render_invoice(an_invoice(buyer=named(GERMAN, "日本商事 😀 KG")))
    (finding,) = made.findings
    assert (finding.rule_id, finding.severity) == ("DOC-GLYPHS", "warning")
    assert "日" in finding.text
    assert made.is_issuable
    assert "日本商事 😀 KG" in (made.ubl or b"").decode()


def test_a_whole_text_that_no_font_has_still_makes_a_document() -> None:
    thai = "".join(chr(0x0E01 + step) for step in range(46)) + "".join(chr(0x0905 + step) for step in range(48))
    made = render_invoice(an_invoice(buyer=named(GERMAN, f"{thai} Köln")))
    assert [finding.rule_id for finding in made.findings] == ["DOC-GLYPHS"]
    assert "? Köln" in _text(made)
    assert thai in (made.ubl or b"").decode()


def test_a_long_document_repeats_its_head_and_carries_its_sum_from_page_to_page() -> None:
    lines = [(f"Item {position}", "1", f"{position}.10") for position in range(1, 121)]
    made = render_invoice(an_invoice(lines=lines, rate="0"), language="en", is_validated=False)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made.pdf)).pages]
    assert len(pages) >= 4
    shown = 0
    for number, page in enumerate(pages, 1):
        assert f"Page {number} / {len(pages)}" in page
        if shown < len(lines):
            assert "Unit price" in page
        if number > 1 and shown < len(lines):
            assert f"Brought forward EUR {_sum_of(shown)}" in _joined(page)
        shown += sum(
            f"\nItem {position}\n" in f"\n{page}\n" or f" Item {position}\n" in page for position in range(1, 121)
        )
        if shown < len(lines):
            assert f"Carried forward EUR {_sum_of(shown)}" in _joined(page)
    assert shown == len(lines)


def test_a_euro_invoice_is_paid_by_scanning_and_a_credit_memo_is_not_paid() -> None:
    assert "Scan to pay" in _text(render_invoice(an_invoice(), language="en", is_validated=False))
    for other in ({"is_credit": True}, {"rate": "0", "buyer": BRITISH, "currency": "GBP"}):
        assert "Scan to pay" not in _text(render_invoice(an_invoice(**other), language="en", is_validated=False))


@pytest.mark.parametrize(
    ("buyer", "said"),
    [
        (GERMAN, ["Rechnung MEU", "Zahlbetrag EUR 1.859,82", "Zahlbar bis 31.03.2026", "Zum Zahlen scannen"]),
        (FRENCH, ["Facture MEU", "Net à payer EUR 1 859,82", "au plus tard le 31 mars 2026", "Scannez pour payer"]),
        (PORTUGUESE, ["Fatura MEU", "Valor a pagar EUR 1.859,82", "A pagar até 31 de mar. de 2026", "Escaneie"]),
        (DUTCH, ["Invoice MEU", "Amount due EUR 1,859.82", "Payable by 31 Mar 2026", "Scan to pay"]),
    ],
    ids=["German", "French", "Portuguese", "English to all others"],
)
def test_the_letter_speaks_the_customer_s_language(buyer: Buyer, said: list[str]) -> None:
    made = render_invoice(an_invoice(buyer=buyer), is_validated=False)
    assert [finding for finding in made.findings if finding.rule_id == "DOC-GLYPHS"] == []
    for sentence in said:
        assert sentence in _text(made)


def test_every_language_has_all_words_of_the_letter() -> None:
    assert {language: set(LABELS["en"]) - set(words) for language, words in LABELS.items()} == {
        language: set() for language in LOCALES
    }


def test_an_amount_too_large_for_a_payment_code_is_printed_without_one() -> None:
    made = render_invoice(an_invoice(lines=[("Ship", "1", "1000000000.00")]))
    assert [(finding.rule_id, finding.severity) for finding in made.findings] == [("DOC-PAYMENT-CODE", "warning")]
    assert made.is_issuable


def test_a_credit_memo_names_the_invoice_it_credits() -> None:
    made = render_invoice(an_invoice(is_credit=True), language="en")
    assert b"<CreditNote " in (made.ubl or b"")
    assert "Credits invoice MEU-2026-00000 of 1 Feb 2026" in _text(made)
    assert "Goods returned" in _text(made)


def test_an_unknown_currency_is_refused_with_the_rule() -> None:
    made = render_invoice(an_invoice(currency="ZZZ"))
    assert not made.is_issuable
    assert {"BR-CL-03", "BR-CL-04"} & {finding.rule_id for finding in made.findings}


def test_a_customer_without_a_country_is_refused_with_the_rule() -> None:
    made = render_invoice(an_invoice(buyer=Buyer("meu:9", "Nowhere Ltd")))
    assert "BR-11" in {finding.rule_id for finding in made.findings if finding.severity == "fatal"}


def _text(made: InvoiceDocuments) -> str:
    return _joined(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made.pdf)).pages))


def _joined(text: str) -> str:
    return " ".join(text.split())


def _sum_of(count: int) -> str:
    return f"{sum((Decimal(f'{position}.10') for position in range(1, count + 1)), Decimal(0)):,}"
