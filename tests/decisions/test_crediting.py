"""Crediting an invoice: a number of its own series, a reason, never beyond the invoice, and a new invoice after it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from assets.decisions import crediting, invoice_review
from assets.decisions.errors import StaleViewError, UndecidableError
from assets.decisions.store import DecisionStore
from assets.ledger.decision import Decision
from tests.decisions.builders import AT, a_draft, a_turn, as_shown

KEY = "contract|CT-1|1|2026-03-01|retainer"


def an_issued_invoice(store: DecisionStore) -> Decision:
    store.append([a_draft()], recorded_at=AT)
    return invoice_review.approve_draft(store, a_turn(), as_shown(a_draft()), seen_version=1)[1].decision


def credit(store: DecisionStore, issued: Decision, amount: str | None = None, **changes: object) -> Decision:
    [recorded] = crediting.credit_invoice(
        store,
        a_turn(),
        {**issued.payload, "billing_key": KEY},
        seen_version=int(str(changes.pop("seen_version", store.version(KEY)))),
        reason_code=str(changes.pop("reason_code", "CREDIT_PRICE")),
        net_amount=None if amount is None else Decimal(amount),
        bills_again=bool(changes.pop("bills_again", False)),
    )
    return recorded.decision


def test_credit_memos_have_their_own_series_without_gap(store: DecisionStore) -> None:
    issued = an_issued_invoice(store)
    numbers = [credit(store, issued, "10.00").payload["document_number"] for _ in range(2)]
    series = str(issued.payload["document_number"]).rsplit("-", 2)[0]
    assert [number.split("-")[0] for number in numbers] == [f"{series}C"] * 2
    assert [number.split("-")[2] for number in numbers] == ["00001", "00002"]


def test_cat_22_a_credit_is_given_once_even_when_two_tabs_ask_for_it(store: DecisionStore) -> None:
    issued = an_issued_invoice(store)
    seen = store.version(KEY)
    first = credit(store, issued, seen_version=seen)
    again = credit(store, issued, seen_version=seen)
    assert again.payload["document_number"] == first.payload["document_number"]
    with pytest.raises((UndecidableError, StaleViewError)):
        credit(store, issued, "1.00")


def test_a_credit_memo_is_sent_to_whom_its_invoice_was_sent(store: DecisionStore) -> None:
    memo = credit(store, an_issued_invoice(store))
    of_invoice, of_memo = (queued.message for queued in store.outbox())
    assert of_memo.recipient == of_invoice.recipient == "ap@customer.example"
    assert (of_memo.decision_key, of_memo.payload) == (memo.decision_key, {"document": "credit_memo"})


def test_more_than_what_is_left_and_unknown_reasons_are_refused(store: DecisionStore) -> None:
    issued = an_issued_invoice(store)
    net = Decimal(issued.payload["net_amount"])
    credit(store, issued, str(net - 1))
    with pytest.raises(UndecidableError, match="is left of it"):
        credit(store, issued, "1.01")
    with pytest.raises(UndecidableError, match="known are"):
        credit(store, issued, "1.00", reason_code="BECAUSE")
    with pytest.raises(UndecidableError, match="credited in full"):
        credit(store, issued, "1.00", bills_again=True)


def test_an_invoice_credited_to_be_replaced_is_billed_again_once(store: DecisionStore) -> None:
    issued = an_issued_invoice(store)
    credit(store, issued, bills_again=True, reason_code="CREDIT_REISSUE")
    seen = store.version(KEY)
    [_, second] = invoice_review.approve_draft(store, a_turn(), as_shown(a_draft()), seen_version=seen)
    assert second.decision.payload["document_number"] != issued.payload["document_number"]
    with pytest.raises(UndecidableError, match="already issued"):
        invoice_review.approve_draft(store, a_turn(), as_shown(a_draft()), seen_version=store.version(KEY))


def test_a_quantity_is_credited_at_the_price_it_was_billed_at_and_never_twice(store: DecisionStore) -> None:
    issued = an_issued_invoice(store)
    [left] = crediting.creditable_charges(store, KEY)
    line = left.charge.lines[0]
    half = line.quantity / 2
    shown = left.credited(quantities={1: half})
    [memo] = crediting.credit_invoice(
        store, a_turn(), issued.payload, seen_version=left.version, reason_code="CREDIT_RETURN", quantities={1: half}
    )
    assert Decimal(memo.decision.payload["net_amount"]) == shown.credit.net_amount == line.net_amount / 2
    assert Decimal(memo.decision.payload["total_amount"]) == shown.credit.total_amount
    assert [Decimal(each["quantity"]) for each in memo.decision.payload["lines"]] == [half]
    [now] = crediting.creditable_charges(store, KEY)
    assert (now.quantity_left(1), now.net_left) == (half, left.net_left - shown.credit.net_amount)
    for too_much in ({1: half + 1}, {1: Decimal(-1)}, {}):
        with pytest.raises(UndecidableError, match="left"):
            now.credited(quantities=too_much)


def test_what_came_back_of_several_lines_is_credited_by_quantity_in_one_memo_and_not_as_an_amount(
    store: DecisionStore,
) -> None:
    key = "order|SO-1|SHP-1|goods"
    lines = [
        {"line_number": n, "product_id": f"SKU-{n}", "description": f"Sensor {n}", "quantity": "10",
         "unit_price": price, "net_amount": net}
        for n, price, net in ((1, "80.00", "800.00"), (2, "40.00", "400.00"))
    ]  # fmt: skip
    draft = a_draft(key, charge_kind="goods", order_number="SO-1", contract_id=None, lines=lines)
    store.append([draft], recorded_at=AT)
    issued = invoice_review.approve_draft(store, a_turn(), as_shown(draft), seen_version=1)[1].decision

    def credited(reason_code: str, **asked: Any) -> Decision:
        seen = store.version(key)
        [recorded] = crediting.credit_invoice(
            store, a_turn(), issued.payload, seen_version=seen, reason_code=reason_code, **asked
        )
        return recorded.decision

    with pytest.raises(UndecidableError, match="Name the quantities, of all lines in one memo"):
        credited("CREDIT_RETURN", net_amount=Decimal("280.00"))
    memo = credited("CREDIT_RETURN", quantities={1: Decimal(3), 2: Decimal(1)})
    assert (memo.payload["net_amount"], memo.payload["quantities"]) == ("280.00", {"1": "3.00", "2": "1.00"})
    assert credited("CREDIT_PRICE", net_amount=Decimal("20.00")).payload["net_amount"] == "20.00"
    assert credited("CREDIT_RETURN", net_amount=Decimal("5.00"))  # no quantity can be named any more


def test_looking_at_what_a_credit_comes_to_records_nothing(store: DecisionStore) -> None:
    an_issued_invoice(store)
    count = len(store.decisions())
    [left] = crediting.creditable_charges(store, KEY)
    assert left.credited().credit.total_amount == left.total_left
    with pytest.raises(UndecidableError):
        left.credited(left.net_left + 1)
    assert len(store.decisions()) == count
    assert crediting.creditable_charges(store, "order|SO-9|SHP-9|goods") == []


def test_an_invoice_was_taken_back_while_a_credit_memo_of_it_stood(store: DecisionStore) -> None:
    issued = an_issued_invoice(store)
    credit(store, issued, "10.00")
    with pytest.raises(UndecidableError, match="a credit memo of it stands"):
        invoice_review.undo_approval(
            store, a_turn(), {"billing_key": KEY}, seen_version=store.version(KEY), note="wrong month"
        )
