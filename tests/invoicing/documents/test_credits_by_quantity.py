"""A credit memo over quantities, with their share of a discount and a cent of rounding, is a valid document."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from assets.invoicing.documents.bundle import render_invoice
from assets.invoicing.documents.issued_invoice import issued_invoice
from assets.ledger.crediting import Credited, CreditedCharge, credit_charges, credit_of, lines_credited
from assets.ledger.decision import ActorKind
from assets.ledger.documents import DocumentLine, totals
from assets.ledger.money import ZERO
from tests.close.builders import day, entities
from tests.invoicing.documents.builders import EUROPE, GERMAN
from tests.invoicing.documents.test_tax_categories import GOODS, a_draft

pytest.importorskip("saxonche")


def test_a_credit_of_discounted_units_is_valid_though_a_part_is_a_cent_off_its_price() -> None:
    pytest.importorskip("mockeinvoice")
    lines = (
        DocumentLine.priced(1, "Licence", Decimal(3), Decimal("66.667"), "EUR"),
        DocumentLine.priced(2, "Discount 10 %", Decimal(-1), Decimal("20.00"), "EUR"),
    )
    net, tax, total = totals(lines, Decimal("0.19"), "EUR")
    billed = replace(a_draft("DE19", GOODS), lines=lines, net_amount=net, tax_amount=tax, total_amount=total)
    before = Credited(Decimal("60.00"), Decimal("11.40"), 1, {1: Decimal(1)})
    part = lines_credited(billed, "MEU-2026-00001", before, {1: Decimal(1)})
    assert [line.net_amount for line in part] == [Decimal("66.66"), Decimal("-6.66")]
    credit = credit_of(billed, "MEU-2026-00001", before, sum((line.net_amount for line in part), ZERO))
    [memo] = credit_charges(
        billed, entities()["MEU"], [CreditedCharge(billed, credit, before, part)], document_key="k",
        document_number="MEU-2026-00001", credit_memo_date=day(7), actor_kind=ActorKind.PERSON, actor="anna",
        reason_code="CREDIT_RETURN",
    )  # fmt: skip
    record = {"document_number": "MEUC-2026-00001", "document_type": "credit_memo", "document_date": "2026-03-07"}
    made = render_invoice(issued_invoice({**memo.payload, **record}, EUROPE, GERMAN), with_peppol=True)
    assert made.findings == ()
    assert made.is_issuable
