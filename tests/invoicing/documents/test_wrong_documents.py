"""Deliberately wrong documents: each is refused, and the rule that refuses it is named, in both syntaxes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assets.invoicing.documents import validation
from assets.invoicing.documents.cii import write_cii
from assets.invoicing.documents.model import (
    AllowanceCharge,
    CreditTransfer,
    Identifier,
    Invoice,
    Payment,
    Period,
    Tax,
)
from assets.invoicing.documents.ubl import write_ubl
from assets.invoicing.documents.validation import is_valid, validate
from tests.invoicing.documents.builders import BRITISH, DUTCH, an_invoice

pytest.importorskip("saxonche")
pytest.importorskip("facturx")

Spoil = Callable[[Invoice], Invoice]


def totals(**changes: Decimal | None) -> Spoil:
    """Return what changes the totals and nothing else."""
    return lambda invoice: replace(invoice, totals=replace(invoice.totals, **changes))


def first_line(**changes: Any) -> Spoil:
    """Return what changes the first line."""
    return lambda invoice: replace(invoice, lines=(replace(invoice.lines[0], **changes), *invoice.lines[1:]))


def subtotal(**changes: Any) -> Spoil:
    """Return what changes the VAT breakdown."""
    return lambda invoice: replace(invoice, tax_subtotals=(replace(invoice.tax_subtotals[0], **changes),))


def seller(**changes: Any) -> Spoil:
    """Return what changes the seller."""
    return lambda invoice: replace(invoice, seller=replace(invoice.seller, **changes))


def buyer(**changes: Any) -> Spoil:
    """Return what changes the buyer."""
    return lambda invoice: replace(invoice, buyer=replace(invoice.buyer, **changes))


def header(**changes: Any) -> Spoil:
    """Return what changes the head of the document."""
    return lambda invoice: replace(invoice, **changes)


AT_HOME: dict[str, Any] = {}
WITHIN_EU = {"rate": "0", "buyer": DUTCH}
SERVICE_WITHIN_EU = {"rate": "0", "buyer": DUTCH, "kind": "retainer"}
EXPORTED = {"rate": "0", "buyer": BRITISH}
OUTSIDE_VAT = {"rate": "0", "buyer": BRITISH, "kind": "retainer"}
D = Decimal
NO_COUNTRY = an_invoice().seller.address.__class__(line_1="Somewhere 1")

WRONG: dict[str, tuple[dict[str, Any], Spoil, str]] = {
    "a total that is not net plus VAT": (AT_HOME, totals(total_amount=D("1.00")), "BR-CO-15"),
    "lines that do not add up": (AT_HOME, totals(lines_amount=D("1.00")), "BR-CO-10"),
    "an amount due that is not the total": (AT_HOME, totals(payable_amount=D("1.00")), "BR-CO-16"),
    "VAT that is not its breakdown": (AT_HOME, totals(tax_amount=D("1.00")), "BR-CO-14"),
    "VAT that is not rate times base": (AT_HOME, subtotal(tax_amount=D("1.00")), "BR-CO-17"),
    "a base that is not its lines": (AT_HOME, subtotal(taxable_amount=D("1.00")), "BR-S-08"),
    "no VAT breakdown": (AT_HOME, header(tax_subtotals=()), "BR-CO-18"),
    "a seller without a name": (AT_HOME, seller(name=""), "BR-06"),
    "a seller without a country": (AT_HOME, seller(address=NO_COUNTRY), "BR-09"),
    "a seller without a tax id": (AT_HOME, seller(vat_id=None, tax_registration=None), "BR-S-02"),
    "a VAT id without its country": (AT_HOME, seller(vat_id="136695976"), "BR-CO-09"),
    "a buyer without a name": (AT_HOME, buyer(name=""), "BR-07"),
    "a buyer without a country": (AT_HOME, buyer(address=NO_COUNTRY), "BR-11"),
    "a country that does not exist": (
        AT_HOME, buyer(address=replace(NO_COUNTRY, country_code="QQ")), "BR-CL-14"),
    "a currency that does not exist": (AT_HOME, header(currency_code="ZZZ"), "BR-CL-04"),
    "a kind of document that does not exist": (AT_HOME, header(type_code="999"), "BR-CL-01"),
    "a unit that does not exist": (AT_HOME, first_line(unit="PIECE"), "BR-CL-23"),
    "a standard rate of zero": (AT_HOME, first_line(tax=Tax("S", D(0))), "BR-S-05"),
    "an intra-community supply without the buyer's VAT id": (WITHIN_EU, buyer(vat_id=None), "BR-IC-02"),
    "an intra-community supply without a date": (WITHIN_EU, header(delivery=None), "BR-IC-11"),
    "reverse charge with VAT": (SERVICE_WITHIN_EU, subtotal(tax_amount=D("5.00")), "BR-AE-09"),
    "an export without its reason": (EXPORTED, subtotal(exemption_reason=None, exemption_code=None), "BR-G-10"),
    "outside VAT, yet with a VAT id": (OUTSIDE_VAT, seller(vat_id="DE136695976"), "BR-O-02"),
    "a price below zero": (
        AT_HOME, lambda invoice: first_line(price=replace(invoice.lines[0].price, net=D("-5")))(invoice), "BR-27"),
    "an item without a name": (
        AT_HOME, lambda invoice: first_line(item=replace(invoice.lines[0].item, name=""))(invoice), "BR-25"),
    "an amount of three decimals": (AT_HOME, first_line(net_amount=D("1502.900")), "BR-DEC-23"),
    "a period that ends before it begins": (
        AT_HOME, header(period=Period(date(2026, 3, 1), date(2026, 2, 1))), "BR-29"),
    "a deduction without a reason": (
        AT_HOME, header(allowances_charges=(AllowanceCharge(False, D("0.00"), tax=Tax("S", D(19))),)), "BR-33"),
    "a transfer without an account": (AT_HOME, header(payment=Payment("30")), "BR-61"),
    "an unknown identifier scheme": (
        AT_HOME, seller(legal_registration=Identifier("123", "9999")), "BR-CL-11"),
}  # fmt: skip


# Factur-X holds code lists in rules of its own, and demands more in its schema.
OTHERWISE_IN_CII = {
    "BR-09": "XSD",
    "BR-11": "XSD",
    "BR-25": "XSD",
    "BR-CO-18": "XSD",
    "BR-61": "CII-SR-470",
    "BR-CL-01": "FX-SCH-A-000555",
    "BR-CL-04": "FX-SCH-A-000595",
    "BR-CL-11": "FX-SCH-A-000581",
    "BR-CL-14": "FX-SCH-A-000568",
    "BR-CL-23": "FX-SCH-A-000613",
}


@pytest.mark.parametrize("syntax", ["UBL", "CII"])
@pytest.mark.parametrize(("made", "spoil", "rule_id"), WRONG.values(), ids=WRONG)
def test_a_wrong_document_is_refused_by_its_rule(made: dict[str, Any], spoil: Spoil, rule_id: str, syntax: str) -> None:
    write = write_ubl if syntax == "UBL" else write_cii
    invoice = an_invoice(**made)
    assert is_valid(validate(write(invoice)))
    findings = validate(write(spoil(invoice)))
    refusing = {finding.rule_id for finding in findings if finding.severity == "fatal"}
    expected = OTHERWISE_IN_CII.get(rule_id, rule_id) if syntax == "CII" else rule_id
    assert expected in refusing
    assert all(finding.text and finding.location for finding in findings)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<cbc:IssueDate>2026-03-01", b"<cbc:IssueDate>2026-13-01"),
        (b">1859.82<", b">1,859.82<"),
        (b"<cbc:ID>MEU-2026-00001</cbc:ID>", b""),
        (b"<cac:LegalMonetaryTotal>", b"<cac:LegalMonetaryTotal><cbc:Note>x</cbc:Note>"),
    ],
    ids=["a thirteenth month", "a number with a comma", "no number", "an element out of place"],
)
def test_what_breaks_the_schema_never_reaches_the_rules(old: bytes, new: bytes) -> None:
    content = write_ubl(an_invoice())
    assert old in content
    findings = validate(content.replace(old, new))
    assert {finding.layer for finding in findings} == {"xsd"}
    assert not is_valid(findings)


def test_an_account_of_another_country_is_still_an_account() -> None:
    invoice = an_invoice()
    payment = Payment("30", transfers=(CreditTransfer("021000021-4471002", is_iban=False),))
    for write in (write_ubl, write_cii):
        assert is_valid(validate(write(replace(invoice, payment=payment))))


def test_the_code_lists_of_the_rules_are_read_once_not_for_each_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "facturx-en16931"
    shutil.copytree(Path(validation._rule_files()) / "facturx-en16931", folder)
    monkeypatch.setattr(validation, "_rule_files", lambda: str(tmp_path))
    monkeypatch.setattr(validation, "_executable", cache(validation._executable.__wrapped__))
    validation._in_rules_thread(lambda: validation._executable("CII"))
    (folder / "FACTUR-X_EN16931_codedb.xml").unlink()
    assert validate(write_cii(an_invoice())) == ()
    unknown = first_line(unit="PIECE")(an_invoice())
    assert "FX-SCH-A-000613" in {finding.rule_id for finding in validate(write_cii(unknown))}
