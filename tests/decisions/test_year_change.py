"""The year ends: each year's series begins at 1, and what is credited later is numbered where it is credited."""

from __future__ import annotations

from datetime import date

from assets.decisions import crediting, invoice_review
from assets.decisions.store import DecisionStore
from tests.decisions.builders import AT, a_draft, a_turn, as_shown

LAST, FIRST = date(2026, 12, 31), date(2027, 1, 1)
CHARGES = [f"contract|CT-{n}|1|2026-12-01|retainer" for n in range(5)]


def approve(store: DecisionStore, key: str, on: date) -> str:
    turn = a_turn(business_date=on)
    recorded = invoice_review.approve_draft(store, turn, as_shown(a_draft(key)), seen_version=store.version(key))
    return str(recorded[-1].decision.payload["document_number"])


def credit(store: DecisionStore, key: str, on: date, *, bills_again: bool = False) -> str:
    turn = a_turn(business_date=on)
    [memo, *_] = crediting.credit_invoice(
        store,
        turn,
        {"billing_key": key},
        seen_version=store.version(key),
        reason_code="CREDIT_REISSUE" if bills_again else "CREDIT_PRICE",
        bills_again=bills_again,
    )
    return str(memo.decision.payload["document_number"])


def test_the_series_changes_with_the_year_of_the_business_day(any_store: DecisionStore) -> None:
    any_store.append([a_draft(key) for key in CHARGES], recorded_at=AT)
    assert [approve(any_store, key, LAST) for key in CHARGES[:2]] == ["MUS-2026-00001", "MUS-2026-00002"]
    assert credit(any_store, CHARGES[0], LAST) == "MUSC-2026-00001"
    any_store.append([], closes=LAST, recorded_at=AT)
    assert [approve(any_store, key, FIRST) for key in CHARGES[2:4]] == ["MUS-2027-00001", "MUS-2027-00002"]
    assert credit(any_store, CHARGES[1], FIRST, bills_again=True) == "MUSC-2027-00001"
    assert approve(any_store, CHARGES[1], FIRST) == "MUS-2027-00003"
    assert any_store.verify().is_intact


def test_an_approval_taken_back_keeps_its_number_in_the_old_year_and_the_next_is_of_the_new(
    store: DecisionStore,
) -> None:
    store.append([a_draft(CHARGES[0])], recorded_at=AT)
    assert approve(store, CHARGES[0], LAST) == "MUS-2026-00001"
    row, turn = {"billing_key": CHARGES[0]}, a_turn(business_date=LAST)
    invoice_review.undo_approval(store, turn, row, seen_version=store.version(CHARGES[0]), note="wrong month")
    assert approve(store, CHARGES[0], FIRST) == "MUS-2027-00001"
    assert store.verify().is_intact
