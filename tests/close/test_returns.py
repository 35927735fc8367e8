"""What came back and was credited is not shipped beyond the order: the replacement is billed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from assets.close.reviewer import Reviewer
from assets.ledger.crediting import Credited, CreditedCharge, credit_charges, credit_of, lines_credited
from assets.ledger.day import Fact
from assets.ledger.decision import ActorKind
from assets.ledger.documents import Draft, draft_of
from assets.ledger.keys import document_key
from tests.close.builders import (
    MemoryLog,
    a_customer,
    a_frame_agreement,
    a_shipment,
    an_invoice,
    an_order,
    an_order_line,
    as_text,
    day,
    entities,
    walk_days,
)

SEVEN = a_shipment(number="SHP-1", known=3, quantity=Decimal(7))
SIX = a_shipment(number="SHP-2", known=8, quantity=Decimal(6))
COMPANY: list[Fact] = [a_customer(), a_frame_agreement(), an_order(), an_order_line(), SEVEN, SIX]
FIRST, SECOND = "order|SO-1|SHP-1|goods", "order|SO-1|SHP-2|goods"
NOTHING = Credited()
REVIEWER = Reviewer.of([(day(4), FIRST, 0)])


def credit(
    log: MemoryLog,
    on: int,
    reason_code: str,
    net: str | None = None,
    quantity: int | None = None,
    *,
    before: Credited = NOTHING,
    bills_again: bool = False,
) -> Credited:
    """Record a person's credit of the first shipment's invoice; return what is credited of it now."""
    issued = [each for each in log.of("invoice_issued") if each.subject_key == FIRST][-1]
    invoice: Draft = draft_of(issued.payload)
    number = str(issued.payload["document_number"])
    named = {} if quantity is None else {1: Decimal(quantity)}
    lines = lines_credited(invoice, number, before, named)
    asked = lines[0].net_amount if lines else Decimal(net) if net else None
    given = credit_of(invoice, number, before, asked)
    charge = CreditedCharge(invoice, given, before, lines)
    of: dict[str, Any] = {"document_key": document_key("openitem", "MUS", number), "document_number": number}
    [memo] = credit_charges(
        invoice, entities()["MUS"], [charge], credit_memo_date=day(on), actor_kind=ActorKind.PERSON, actor="clerk",
        reason_code=reason_code, bills_again=bills_again, **of,
    )  # fmt: skip
    log.record(memo)
    net_amount, tax_amount = before.net_amount + given.net_amount, before.tax_amount + given.tax_amount
    return Credited(net_amount, tax_amount, before.count + 1, named)


def standing(log: MemoryLog) -> str | None:
    """Return why the second shipment is blocked at last, None when it is drafted."""
    made = [entry.decision for entry in log.entries if entry.decision.subject_key == SECOND]
    drafted = [each for each in made if each.kind in {"draft_created", "draft_blocked"}]
    return drafted[-1].reason_code


@pytest.mark.parametrize(
    ("reason_code", "net", "quantity", "blocked"),
    [
        ("CREDIT_RETURN", None, 3, None),
        ("CREDIT_RETURN", None, 2, "SHIPPED_BEYOND_ORDER"),
        ("CREDIT_RETURN", "30.00", None, None),
        ("CREDIT_RETURN", None, None, None),
        ("CREDIT_QUANTITY", None, 3, None),
        ("CREDIT_PRICE", "30.00", None, "SHIPPED_BEYOND_ORDER"),
        ("CREDIT_GOODWILL", None, None, "SHIPPED_BEYOND_ORDER"),
    ],
    ids=["three back", "two back", "as an amount", "all of it", "never arrived", "its price only", "goodwill"],
)
def test_what_replaces_a_credited_return_was_held_as_shipped_beyond_the_order(
    reason_code: str, net: str | None, quantity: int | None, blocked: str | None
) -> None:
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 8, reviewer=REVIEWER)
    assert standing(log) == "SHIPPED_BEYOND_ORDER"
    credit(log, 9, reason_code, net, quantity)
    walk_days(COMPANY, log, 9, 9)
    assert standing(log) == blocked


def test_a_return_credited_in_the_midst_of_a_run_lets_the_replacement_go_on_the_same_day_as_single_closes() -> None:
    def walked(*steps: tuple[int, int]) -> dict[str, list[str]]:
        log = MemoryLog()
        walk_days(COMPANY, log, 1, 8, reviewer=REVIEWER)
        credit(log, 11, "CREDIT_RETURN", quantity=3)
        tables: dict[str, list[str]] = {}
        for start, end in steps:
            for name, rows in as_text(walk_days(COMPANY, log, start, end)).items():
                tables.setdefault(name, []).extend(rows)
        [drafted] = [each for each in log.of("draft_created") if each.subject_key == SECOND]
        assert drafted.business_date == day(11)
        return tables

    assert walked((9, 20)) == walked(*((each, each) for each in range(9, 21)))


def test_a_whole_credit_memo_of_accounting_gives_the_shipment_back_too() -> None:
    order, line = an_order(entity="MEU"), an_order_line()
    billed = an_invoice("RE-1", "83.30", billing_key=FIRST, known=5, net_amount=Decimal("70.00"))
    memo = an_invoice(
        "GU-1", "83.30", document_type="credit_memo", billing_key=None, known=9, net_amount=Decimal("70.00"),
        credits_document_key=billed.document_key, due_date=None,
    )  # fmt: skip
    company = [a_customer(entity="MEU"), a_frame_agreement(entity="MEU"), order, line, SEVEN, SIX, billed, memo]
    log = MemoryLog()
    walk_days(company, log, 1, 8)
    assert standing(log) == "SHIPPED_BEYOND_ORDER"
    walk_days(company, log, 9, 9)
    assert standing(log) is None


def billed_anew(log: MemoryLog) -> list[tuple[str, str]]:
    """Return quantity and net amount of each line of the first shipment's last draft."""
    [*_, draft] = [each for each in log.of("draft_created") if each.subject_key == FIRST]
    return [(line["quantity"], line["net_amount"]) for line in draft.payload["lines"]]


def test_what_came_back_was_billed_again_with_the_invoice_that_replaced_its_own() -> None:
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 8, reviewer=REVIEWER)
    returned = credit(log, 9, "CREDIT_RETURN", quantity=3)
    walk_days(COMPANY, log, 9, 9)
    credit(log, 10, "CREDIT_REISSUE", before=returned, bills_again=True)
    walk_days(COMPANY, log, 10, 10)
    assert billed_anew(log) == [("4.00", "40.00")]
    assert standing(log) is None  # the six that replace them may go out: ten in all are with the customer
    assert log.of("draft_created")[-1].evidence["not_billed_again"] == {"1": "3.00"}
    count = len(log.entries)
    walk_days(COMPANY, log, 11, 13)
    assert [entry.decision.kind for entry in log.entries[count:]] == ["day_closed"] * 3


def test_an_invoice_replaced_after_a_return_is_drafted_alike_in_one_run_and_by_single_closes() -> None:
    def walked(*steps: tuple[int, int]) -> list[tuple[str, ...]]:
        log = MemoryLog()
        walk_days(COMPANY, log, 1, 8, reviewer=REVIEWER)
        returned = credit(log, 11, "CREDIT_RETURN", quantity=3)
        credit(log, 12, "CREDIT_REISSUE", before=returned, bills_again=True)
        for start, end in steps:
            walk_days(COMPANY, log, start, end)
        assert billed_anew(log) == [("4.00", "40.00")]
        made = (entry.decision for entry in log.entries)
        return sorted((each.decision_key, each.kind, str(each.business_date), str(each.payload)) for each in made)

    assert walked((9, 20)) == walked(*((each, each) for each in range(9, 21)))


def test_what_comes_back_of_an_invoice_that_replaced_another_adds_up() -> None:
    log = MemoryLog()
    company = [each for each in COMPANY if each is not SIX]
    walk_days(company, log, 1, 8, reviewer=REVIEWER)
    returned = credit(log, 9, "CREDIT_RETURN", quantity=3)
    credit(log, 9, "CREDIT_REISSUE", before=returned, bills_again=True)
    walk_days(company, log, 9, 10, reviewer=Reviewer.of([(day(10), FIRST, 0)]))
    assert [each.payload["net_amount"] for each in log.of("invoice_issued")] == ["70.00", "40.00"]
    again = credit(log, 11, "CREDIT_RETURN", quantity=1)
    credit(log, 11, "CREDIT_REISSUE", before=again, bills_again=True)
    walk_days(company, log, 11, 11)
    assert billed_anew(log) == [("3.00", "30.00")]


@pytest.mark.parametrize(
    ("reason_code", "quantity"),
    [("CREDIT_PRICE", None), ("CREDIT_PRICE", 1), ("CREDIT_GOODWILL", None)],
    ids=["an amount", "as a quantity", "goodwill"],
)
def test_a_price_credit_was_billed_again_with_the_invoice_that_replaced_its_own(
    reason_code: str, quantity: int | None
) -> None:
    log = MemoryLog()
    company = [each for each in COMPANY if each is not SIX]
    walk_days(company, log, 1, 8, reviewer=REVIEWER)
    cheaper = credit(log, 9, reason_code, None if quantity else "10.00", quantity)
    credit(log, 10, "CREDIT_REISSUE", before=cheaper, bills_again=True)
    walk_days(company, log, 9, 10, reviewer=Reviewer.of([(day(10), FIRST, 0)]))
    assert billed_anew(log) == [("7.00", "70.00"), ("-1.00", "-10.00")]
    [_, again] = log.of("invoice_issued")
    assert again.payload["net_amount"] == "60.00"
    assert again.payload["lines"][1]["description"] == "Credited before on invoice MUS-2026-00001"
    more = credit(log, 11, "CREDIT_GOODWILL", "5.00")
    credit(log, 12, "CREDIT_REISSUE", before=more, bills_again=True)
    walk_days(company, log, 11, 12)
    assert billed_anew(log)[1:] == [("-1.00", "-15.00")]
    count = len(log.entries)
    walk_days(company, log, 13, 14)
    assert [entry.decision.kind for entry in log.entries[count:]] == ["day_closed"] * 2


def test_a_return_and_a_price_credit_are_both_kept_when_their_invoice_is_replaced() -> None:
    log = MemoryLog()
    company = [each for each in COMPANY if each is not SIX]
    walk_days(company, log, 1, 8, reviewer=REVIEWER)
    returned = credit(log, 9, "CREDIT_RETURN", quantity=3)
    cheaper = credit(log, 9, "CREDIT_PRICE", "4.00", before=returned)
    credit(log, 10, "CREDIT_REISSUE", before=cheaper, bills_again=True)
    walk_days(company, log, 9, 10)
    assert billed_anew(log) == [("4.00", "40.00"), ("-1.00", "-4.00")]


def test_what_never_left_and_was_credited_made_room_for_it_twice() -> None:
    log = MemoryLog()
    corrected = replace(SEVEN, quantity=Decimal(4), known_date=day(5))
    seven_more = a_shipment(number="SHP-2", known=8, quantity=Decimal(7))
    company = [each for each in COMPANY if each is not SIX]
    walk_days([*company, corrected], log, 1, 6, reviewer=REVIEWER)
    credit(log, 7, "CREDIT_QUANTITY", quantity=3)
    walk_days([*company, corrected, seven_more], log, 7, 8)
    assert standing(log) == "SHIPPED_BEYOND_ORDER"  # four and seven are eleven of ten


def test_a_line_voided_after_it_was_credited_took_its_neighbour_off_the_invoice_that_replaced_theirs() -> None:
    log = MemoryLog()
    second = an_order_line(line_number=2, product_id="SKU-2", net_amount=Decimal("0.00"))
    beside = replace(SEVEN, line_number=2)
    company = [a_customer(), a_frame_agreement(), an_order(), an_order_line(), second, SEVEN, beside]
    walk_days(company, log, 1, 5, reviewer=REVIEWER)
    company.append(replace(SEVEN, is_voided=True, known_date=day(6)))
    returned = credit(log, 7, "CREDIT_QUANTITY", quantity=7)
    credit(log, 8, "CREDIT_REISSUE", before=returned, bills_again=True)
    walk_days(company, log, 6, 8)
    assert billed_anew(log) == [("7.00", "70.00")]


def test_a_return_was_no_quantity_where_something_was_delivered_with_it_for_nothing() -> None:
    log = MemoryLog()
    gift = an_order_line(line_number=2, product_id="GIFT", unit_price=Decimal(0), net_amount=Decimal(0))
    company = [*COMPANY, gift, replace(SEVEN, line_number=2, quantity=Decimal(1))]
    walk_days(company, log, 1, 8, reviewer=REVIEWER)
    assert standing(log) == "SHIPPED_BEYOND_ORDER"
    credit(log, 9, "CREDIT_RETURN", "30.00")
    walk_days(company, log, 9, 9)
    assert standing(log) is None


def test_what_was_taken_off_as_an_amount_made_room_for_a_product_without_a_number() -> None:
    log = MemoryLog()
    nameless = an_order_line(product_id=None)
    fewer = replace(SEVEN, quantity=Decimal(5), known_date=day(11))
    six_more = a_shipment(number="SHP-2", known=11, quantity=Decimal(6))
    company = [a_customer(), a_frame_agreement(), an_order(), nameless, SEVEN]
    walk_days(company, log, 1, 8, reviewer=REVIEWER)
    returned = credit(log, 9, "CREDIT_RETURN", quantity=2)
    cheaper = credit(log, 9, "CREDIT_PRICE", "4.00", before=returned)
    credit(log, 10, "CREDIT_REISSUE", before=cheaper, bills_again=True)
    walk_days([*company, fewer, six_more], log, 9, 11, reviewer=Reviewer.of([(day(10), FIRST, 0)]))
    assert standing(log) == "SHIPPED_BEYOND_ORDER"  # five and six are eleven of ten
