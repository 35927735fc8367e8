"""Charges billed together: one number and one mail for all, an approval for each, and no way to bill one twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from assets.decisions import crediting, invoice_review
from assets.decisions.errors import StaleViewError, UndecidableError
from assets.decisions.invoice_review import Row, current_draft, live_invoice
from assets.decisions.store import DecisionStore
from assets.ledger.decision import RecordedDecision
from assets.ledger.errors import PermanentError
from assets.ledger.one_invoice import NotOneInvoiceError, charges_billed
from tests.decisions.builders import AT, a_draft, a_turn, as_shown

CARE, HOSTING = "contract|CT-1|1|2026-03-01|retainer", "contract|CT-1|2|2026-03-01|retainer"
PRICES = {CARE: "0.13", HOSTING: "0.13"}


def draft_of_cents(key: str, **changes: object) -> dict[str, object]:
    """A charge of 13 cents at 19 percent: two of them owe 5 cents of tax together, and 2 each alone."""
    line = {"line_number": 1, "product_id": None, "description": "Care", "quantity": "1.00", "unit_price": "0.13"}
    return {
        "lines": [{**line, "net_amount": "0.13"}], "tax_rate": "0.19", "net_amount": "0.13", "tax_amount": "0.02",
        "total_amount": "0.15", "contract_line_number": int(key.split("|")[2]), **changes,
    }  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    with DecisionStore.open(tmp_path / "decisions.sqlite") as opened:
        opened.append([a_draft(key, **draft_of_cents(key)) for key in PRICES], recorded_at=AT)
        yield opened


def shown(store: DecisionStore, key: str) -> tuple[Row, int]:
    return as_shown(a_draft(key, **draft_of_cents(key))), store.version(key)


def approve_both(store: DecisionStore) -> list[RecordedDecision]:
    care, seen = shown(store, CARE)
    return invoice_review.approve_draft(store, a_turn(), care, seen_version=seen, others=[shown(store, HOSTING)])


def numbers(store: DecisionStore) -> list[str]:
    issued = (entry.decision for entry in store.decisions() if entry.decision.kind == "invoice_issued")
    return [decision.payload["document_number"] for decision in issued]


def test_charges_approved_together_get_one_number_and_one_mail_and_tax_rounded_once(store: DecisionStore) -> None:
    *approvals, issued = (entry.decision for entry in approve_both(store))
    assert [(each.kind, each.subject_key) for each in approvals] == [
        ("draft_approved", CARE),
        ("draft_approved", HOSTING),
    ]
    assert issued.payload["document_number"] == "MUS-2026-00001"
    assert (issued.payload["net_amount"], issued.payload["tax_amount"]) == ("0.26", "0.05")
    assert issued.payload["total_amount"] == "0.31"
    assert [line["line_number"] for line in issued.payload["lines"]] == [1, 2]
    assert [charge.total_amount for charge in charges_billed(issued.payload)] == [Decimal("0.15"), Decimal("0.16")]
    assert [queued.message.decision_key for queued in store.outbox()] == [issued.decision_key]
    assert not store.verify().faults


def test_a_second_click_issues_nothing_more(store: DecisionStore) -> None:
    care, hosting = shown(store, CARE), shown(store, HOSTING)
    for _ in range(2):
        invoice_review.approve_draft(store, a_turn(), care[0], seen_version=care[1], others=[hosting])
    assert numbers(store) == ["MUS-2026-00001"]


def test_a_charge_that_stands_on_an_invoice_is_not_billed_alone(store: DecisionStore) -> None:
    before = shown(store, HOSTING)
    approve_both(store)
    with pytest.raises(StaleViewError):
        invoice_review.approve_draft(store, a_turn(), before[0], seen_version=before[1])
    for key in PRICES:
        row, seen = shown(store, key)
        with pytest.raises(UndecidableError, match="already issued as invoice `MUS-2026-00001`"):
            invoice_review.approve_draft(store, a_turn(), row, seen_version=seen)
    assert numbers(store) == ["MUS-2026-00001"]


def test_a_charge_that_changed_since_it_was_looked_at_stops_the_whole_invoice(store: DecisionStore) -> None:
    care, hosting = shown(store, CARE), shown(store, HOSTING)
    invoice_review.hold_draft(
        store, a_turn(), hosting[0], seen_version=hosting[1], reason_code="DRAFT_UNDER_DISCUSSION"
    )
    with pytest.raises(StaleViewError):
        invoice_review.approve_draft(store, a_turn(), care[0], seen_version=care[1], others=[hosting])
    assert numbers(store) == []
    assert not store.outbox()


def test_charges_with_different_purchase_orders_do_not_stand_on_one_invoice(store: DecisionStore) -> None:
    other = "contract|CT-1|3|2026-03-01|retainer"
    draft = a_draft(other, **draft_of_cents(other, purchase_order_number="PO-10"))
    store.append([draft], recorded_at=AT)
    care, seen = shown(store, CARE)
    with pytest.raises(NotOneInvoiceError, match="purchase order"):
        invoice_review.approve_draft(
            store, a_turn(), care, seen_version=seen, others=[(as_shown(draft), store.version(other))]
        )
    assert numbers(store) == []


@pytest.mark.parametrize("taken_back_from", [CARE, HOSTING], ids=["the first charge", "another charge"])
def test_an_approval_taken_back_lets_all_its_charges_wait_again(store: DecisionStore, taken_back_from: str) -> None:
    approve_both(store)
    invoice_review.undo_approval(
        store,
        a_turn(),
        {"billing_key": taken_back_from},
        seen_version=store.version(taken_back_from),
        note="wrong month",
    )
    histories = {key: store.on_subject(key) for key in PRICES}
    assert all(live_invoice(history) is None and current_draft(history) for history in histories.values())
    assert [queued.state.value for queued in store.outbox()] == ["withdrawn"]
    approve_both(store)
    assert numbers(store) == ["MUS-2026-00001", "MUS-2026-00002"]
    row, seen = shown(store, HOSTING)
    with pytest.raises(UndecidableError, match="already issued as invoice `MUS-2026-00002`"):
        invoice_review.approve_draft(store, a_turn(), row, seen_version=seen)


def test_each_charge_is_credited_up_to_its_part_and_all_credits_are_the_invoice(store: DecisionStore) -> None:
    issued = approve_both(store)[-1].decision
    total = Decimal(0)
    for key in PRICES:
        row = {"billing_key": key, "billing_email": "ap@customer.example"}
        with pytest.raises(UndecidableError, match=r"0\.13 is left"):
            crediting.credit_invoice(
                store,
                a_turn(),
                row,
                seen_version=store.version(key),
                reason_code="CREDIT_PRICE",
                net_amount=Decimal("0.14"),
            )
        [memo] = crediting.credit_invoice(
            store, a_turn(), row, seen_version=store.version(key), reason_code="CREDIT_PRICE"
        )
        assert memo.decision.payload["credits_document_number"] == "MUS-2026-00001"
        total += Decimal(memo.decision.payload["total_amount"])
    assert total == Decimal(issued.payload["total_amount"])


def give_back(store: DecisionStore, key: str, seen: int | None = None) -> list[RecordedDecision]:
    return crediting.credit_invoice(
        store,
        a_turn(),
        {"billing_key": key, "billing_email": "ap@customer.example"},
        seen_version=store.version(key) if seen is None else seen,
        reason_code="CREDIT_REISSUE",
        bills_again=True,
    )


def memo_numbers(store: DecisionStore) -> list[str]:
    memos = [entry.decision for entry in store.decisions() if entry.decision.kind == "credit_memo_issued"]
    return [str(memo.payload["document_number"]) for memo in memos]


@pytest.mark.parametrize("chosen", [CARE, HOSTING], ids=["the first charge", "another charge"])
def test_an_invoice_that_came_back_is_credited_by_one_memo_and_billed_again_as_one(
    store: DecisionStore, chosen: str
) -> None:
    issued = approve_both(store)[-1].decision
    memo, beside = (entry.decision for entry in give_back(store, chosen))
    assert (memo.subject_key, memo.kind) == (CARE, "credit_memo_issued")
    assert (beside.subject_key, beside.kind, beside.payload["credited_with"]) == (HOSTING, "charge_credited", CARE)
    assert memo_numbers(store) == ["MUSC-2026-00001"]
    amounts = ("net_amount", "tax_amount", "total_amount")
    assert [memo.payload[name] for name in amounts] == [issued.payload[name] for name in amounts]
    assert [line["net_amount"] for line in memo.payload["lines"]] == ["0.13", "0.13"]
    for name in amounts:
        assert sum(Decimal(each[name]) for each in memo.payload["charges"]) == Decimal(memo.payload[name])
    sent = [queued.message for queued in store.outbox() if queued.message.payload["document"] == "credit_memo"]
    assert [message.decision_key for message in sent] == [memo.decision_key]
    assert all(live_invoice(store.on_subject(key)) is None for key in PRICES)
    again = approve_both(store)[-1].decision
    assert numbers(store) == ["MUS-2026-00001", "MUS-2026-00002"]
    assert again.payload["total_amount"] == issued.payload["total_amount"]
    assert store.verify().is_intact


def test_cat_22_a_second_click_on_credit_and_bill_again_gives_the_memo_of_the_first(store: DecisionStore) -> None:
    approve_both(store)
    seen = store.version(HOSTING)
    first = give_back(store, HOSTING, seen)
    assert [entry.sequence for entry in give_back(store, HOSTING, seen)] == [entry.sequence for entry in first]
    assert memo_numbers(store) == ["MUSC-2026-00001"]
    with pytest.raises(UndecidableError, match="no invoice of it stands"):
        give_back(store, HOSTING)


def test_one_memo_takes_what_earlier_credits_of_single_charges_left(store: DecisionStore) -> None:
    issued = approve_both(store)[-1].decision
    [part] = crediting.credit_invoice(
        store,
        a_turn(),
        {"billing_key": HOSTING},
        seen_version=store.version(HOSTING),
        reason_code="CREDIT_PRICE",
        net_amount=Decimal("0.05"),
    )
    memo = give_back(store, CARE)[0].decision
    assert [each["net_amount"] for each in memo.payload["charges"]] == ["0.13", "0.08"]
    for name in ("net_amount", "tax_amount", "total_amount"):
        credited = Decimal(part.decision.payload[name]) + Decimal(memo.payload[name])
        assert credited == Decimal(issued.payload[name])
    assert memo_numbers(store) == ["MUSC-2026-00001", "MUSC-2026-00002"]


def test_a_charge_billed_again_is_credited_from_zero_and_up_to_its_new_invoice(store: DecisionStore) -> None:
    approve_both(store)
    give_back(store, CARE)
    again = approve_both(store)[-1].decision
    memo = give_back(store, HOSTING)[0].decision
    assert memo.payload["credits_document_number"] == again.payload["document_number"]
    assert memo.payload["total_amount"] == again.payload["total_amount"]
    assert memo_numbers(store) == ["MUSC-2026-00001", "MUSC-2026-00002"]


def test_a_charge_credited_in_full_before_is_not_billed_again_with_the_others(store: DecisionStore) -> None:
    approve_both(store)
    crediting.credit_invoice(
        store, a_turn(), {"billing_key": HOSTING}, seen_version=store.version(HOSTING), reason_code="CREDIT_NOT_AGREED"
    )
    memos = crediting.credit_invoice(
        store,
        a_turn(),
        {"billing_key": CARE},
        seen_version=store.version(CARE),
        reason_code="CREDIT_REISSUE",
        bills_again=True,
    )
    assert [memo.decision.subject_key for memo in memos] == [CARE]
    row, seen = shown(store, HOSTING)
    with pytest.raises(UndecidableError, match="already issued"):
        invoice_review.approve_draft(store, a_turn(), row, seen_version=seen)
    row, seen = shown(store, CARE)
    assert invoice_review.approve_draft(store, a_turn(), row, seen_version=seen)


def test_clerks_who_approve_alone_and_together_at_once_bill_each_charge_once(store: DecisionStore) -> None:
    seen = {key: shown(store, key) for key in PRICES}

    def clerk(number: int) -> None:
        first = [CARE, HOSTING][number % 2]
        others = [seen[key] for key in PRICES if key != first] if number % 3 == 0 else []
        with suppress(PermanentError):  # another clerk was first
            invoice_review.approve_draft(store, a_turn(), seen[first][0], seen_version=seen[first][1], others=others)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(clerk, range(20)))
    billed = [
        charge.billing_key
        for entry in store.decisions()
        if entry.decision.kind == "invoice_issued"
        for charge in charges_billed(entry.decision.payload)
    ]
    assert sorted(billed) == sorted(PRICES)
    assert numbers(store) == [f"MUS-2026-{number + 1:05d}" for number in range(len(numbers(store)))]
    assert not store.verify().faults
