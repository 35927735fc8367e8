"""The official XRechnung test documents: read, written back, still valid; and Factur-X samples that are EN 16931."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assets.invoicing.documents.cii import write_cii
from assets.invoicing.documents.model import Invoice
from assets.invoicing.documents.reading import read_invoice
from assets.invoicing.documents.ubl import write_ubl
from assets.invoicing.documents.validation import Finding, is_valid, validate
from assets.ledger.errors import BadInputError

pytest.importorskip("saxonche")
pytest.importorskip("facturx")

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "documents"
XRECHNUNG = sorted((SAMPLES / "xrechnung").rglob("*.xml")) if SAMPLES.is_dir() else []
EN_16931 = [
    SAMPLES / "factur-x" / "xml" / name
    for name in ("factur-x-en16931.xml", "factur-x-extended.xml", "ubl-21-en16931.xml", "ubl-21-extended-ctc-fr.xml")
    if (SAMPLES / "factur-x").is_dir()
]
WRITERS: dict[str, Callable[[Invoice], bytes]] = {"ubl": write_ubl, "cii": write_cii}

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not XRECHNUNG, reason="the sample documents are not beside this checkout"),
]


def test_all_samples_are_there() -> None:
    assert len(XRECHNUNG) == 86


@pytest.mark.parametrize("path", [*XRECHNUNG, *EN_16931], ids=lambda path: path.name)
def test_a_sample_is_read_and_written_back_as_valid_as_it_was(path: Path) -> None:
    content = path.read_bytes()
    read = read_invoice(content)
    written = WRITERS[read.syntax](read.invoice)
    again = read_invoice(written)
    assert again.invoice == read.invoice
    assert again.unread == ()
    found = validate(content)
    after = validate(written)
    assert is_valid(after) or not is_valid(found)
    assert _refusals(after) <= _refusals(found)


@pytest.mark.parametrize("path", XRECHNUNG, ids=lambda path: path.name)
def test_a_valid_sample_is_valid_in_the_other_syntax_too(path: Path) -> None:
    content = path.read_bytes()
    read = read_invoice(content)
    if not is_valid(validate(content)) or "extension" in path.parts or "cvd" in path.parts:
        pytest.skip("it is not plain EN 16931: it uses codes or elements of an extension")
    other = "cii" if read.syntax == "ubl" else "ubl"
    written = WRITERS[other](read.invoice)
    assert _refusals(validate(written)) == set()
    again = read_invoice(written).invoice
    assert (again.number, again.seller, again.buyer) == (read.invoice.number, read.invoice.seller, read.invoice.buyer)
    # UBL has no VAT breakdown without its sum, so a document without BT-110 gets one.
    assert again.totals == replace(read.invoice.totals, tax_amount=again.totals.tax_amount)
    assert again.totals.tax_amount == (read.invoice.totals.tax_amount or 0)
    assert [line.net_amount for line in again.lines] == [line.net_amount for line in read.invoice.lines]


@pytest.mark.parametrize(
    ("name", "beyond"),
    [
        ("04.01a-INVOICE_ubl.xml", "Invoice/cac:InvoiceLine/cac:SubInvoiceLine"),
        ("05.01a-INVOICE_ubl.xml", "Invoice/cac:PrepaidPayment"),
    ],
    ids=["lines inside lines", "payments of a third party"],
)
def test_what_an_extension_adds_is_told(name: str, beyond: str) -> None:
    (path,) = (SAMPLES / "xrechnung").rglob(name)
    assert beyond in read_invoice(path.read_bytes()).unread


def test_a_plain_sample_has_nothing_left_unread() -> None:
    (path,) = (SAMPLES / "xrechnung").rglob("01.01_comprehensive_test_ubl.xml")
    assert read_invoice(path.read_bytes()).unread == ()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("factur-x-minimum.xml", "LineTotalAmount is missing"),
        ("zugferd-comfort.xml", "neither UBL 2.1 nor Cross Industry Invoice"),
        ("order-x-basic.xml", "neither UBL 2.1 nor Cross Industry Invoice"),
    ],
    ids=["a profile below EN 16931", "ZUGFeRD 1.0", "an order"],
)
def test_what_is_no_en_16931_invoice_says_so(name: str, reason: str) -> None:
    with pytest.raises(BadInputError, match=reason):
        read_invoice((SAMPLES / "factur-x" / "xml" / name).read_bytes())


def _refusals(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule_id for finding in findings if finding.severity == "fatal"}
