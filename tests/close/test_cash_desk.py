"""What people say about proposals: refusals teach and are unlearned, confirmations carry what was left unpaid."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.close.walk import WalkResult
from assets.decisions import service
from assets.decisions.errors import UndecidableError
from assets.decisions.roles import Actor, Role
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Turn
from assets.ledger.day import Fact
from assets.ledger.decision import ActorKind, Decision, RecordedDecision
from tests.close.builders import (
    MemoryLog,
    a_customer,
    a_frame_agreement,
    a_receipt,
    an_account,
    an_invoice,
    as_text,
    day,
    walk_days,
    walk_in_steps,
)

COMPANY: list[Fact] = [a_customer("acme"), a_customer("bolt"), a_frame_agreement()]
OTHER_PAYER = {"payer_account": "ACC-5"}


def owed(number: str, amount: str = "1000.00", customer: str = "acme", known: int = 2) -> Any:
    return an_invoice(number, amount, entity="MUS", known=known, billing_key=None, customer_key=customer)


def latest(result: WalkResult, receipt_key: str) -> list[dict[str, Any]]:
    """Return the rows of the latest outcome of a receipt in the window."""
    rows = [row for row in result.tables["cash_matches"] if row["receipt_key"] == receipt_key]
    last = max(row["business_date"] for row in rows)
    return [row for row in rows if row["business_date"] == last]


def situation(result: WalkResult, receipt_key: str) -> tuple[str, str | None, str | None]:
    best = latest(result, receipt_key)[0]
    return best["outcome"], best["document_number"], best["reason_code"]


# Reminders


def test_only_the_best_proposal_keeps_a_reminder_back_not_every_thinkable_one() -> None:
    paid = a_receipt("R1", 100_000, payer_name="Somebody Else", known=4)
    facts = [*COMPANY, owed("U-1001"), owed("U-2002", customer="bolt"), paid]
    result = walk_days(facts, MemoryLog(), 1, 6)
    best, other = latest(result, "R1")
    assert (best["rank"], other["rank"]) == (1, 2)
    plan = {row["document_number"]: row for row in result.tables["reminder_plan"] if row["business_date"] == day(6)}
    assert plan[best["document_number"]]["reason_code"] == "COVERED_BY_CASH"
    assert plan[other["document_number"]]["reason_code"] != "COVERED_BY_CASH"


# The wrong customer


TWO_ALIKE = [owed("U-1001"), owed("U-1002")]
SAME_PAYER: list[Fact] = [
    *COMPANY,
    *TWO_ALIKE,
    owed("U-1003", "777.00"),
    a_receipt("R1", 100_000, known=4, **OTHER_PAYER),
    a_receipt("R2", 77_700, known=8, **OTHER_PAYER),
]


def refused(log: MemoryLog, reason_code: str) -> RecordedDecision:
    documents = [document.document_key for document in TWO_ALIKE]
    said = {"document_keys": documents}
    return log.record(
        Decision("match_rejected", "receipt", "R1", day(6), ActorKind.PERSON, "clerk", said, reason_code=reason_code)
    )


@pytest.mark.parametrize(
    ("reason_code", "second"),
    [
        (None, ("auto_applied", "U-1003", None)),
        ("MATCH_WRONG_DOCUMENT", ("auto_applied", "U-1003", None)),
        ("MATCH_WRONG_CUSTOMER", ("proposed", "U-1003", "REFUSED_BY_PERSON")),
    ],
    ids=["nothing was said", "another document", "another customer"],
)
def test_money_of_a_payer_who_is_not_the_customer_is_not_applied_to_it_again(
    reason_code: str | None, second: tuple[str, str, str | None]
) -> None:
    log = MemoryLog()
    walk_days(SAME_PAYER, log, 1, 5)
    if reason_code:
        refused(log, reason_code)
    assert situation(walk_days(SAME_PAYER, log, 6, 9), "R2") == second


@pytest.mark.parametrize("undone_on", [6, 7], ids=["on the same day", "on the next"])
def test_a_refusal_taken_back_is_unlearned_and_its_receipt_is_proposed_again(undone_on: int) -> None:
    log = MemoryLog()
    before = walk_days(SAME_PAYER, log, 1, 5)
    wrong = refused(log, "MATCH_WRONG_CUSTOMER").decision
    if undone_on > 6:
        walk_days(SAME_PAYER, log, 6, undone_on - 1)
    log.by_person("application_undone", "R1", undone_on, undoes=wrong.decision_key, note="it was")
    after = walk_days(SAME_PAYER, log, undone_on, 9)
    assert situation(after, "R2") == ("auto_applied", "U-1003", None)
    if undone_on == 6:  # refused and taken back before the day closed: all is as if nothing had been said
        untouched = MemoryLog()
        walk_days(SAME_PAYER, untouched, 1, 5)
        assert after.tables["cash_matches"] == walk_days(SAME_PAYER, untouched, 6, 9).tables["cash_matches"]
    shown = before if undone_on == 6 else after
    assert situation(shown, "R1")[::2] == ("proposed", "SEVERAL_SOLUTIONS")


def test_what_a_refusal_taught_is_the_same_when_the_days_are_replayed() -> None:
    log = MemoryLog()
    walk_days(SAME_PAYER, log, 1, 5)
    refused(log, "MATCH_WRONG_CUSTOMER")
    walk_days(SAME_PAYER, log, 6, 7)
    late = walk_days(SAME_PAYER, log, 8, 9)
    assert as_text(walk_days(SAME_PAYER, log, 8, 9)) == as_text(late)
    at_once = MemoryLog()
    walk_days(SAME_PAYER, at_once, 1, 5)
    refused(at_once, "MATCH_WRONG_CUSTOMER")
    walk_days(SAME_PAYER, at_once, 6, 9)
    assert [e.decision for e in at_once.entries] == [e.decision for e in log.entries]


def test_an_undo_after_the_payer_of_a_receipt_was_corrected_left_the_payer_it_was_learned_of_believed() -> None:
    paid = a_receipt("R1", 100_000, text="U-1001", known=4, payer_name="A", payer_account="ACC-OLD")
    corrected = replace(paid, payer_name="B", payer_account="ACC-NEW", known_date=day(6))
    log = MemoryLog()
    facts: list[Fact] = [*COMPANY, owed("U-1001"), owed("U-1003", "777.00"), paid]
    walk_days(facts, log, 1, 5)
    [applied] = log.of("cash_applied")
    facts += [corrected, a_receipt("R2", 77_700, known=9, payer_name="A", payer_account="ACC-OLD")]
    log.by_person("application_undone", "R1", 7, undoes=applied.decision_key, note="not theirs")
    assert situation(walk_days(facts, log, 6, 10), "R2") == ("proposed", "U-1003", "PAYER_UNKNOWN")


# Confirmations


INVOICE = owed("U-1001")
SHORT: list[Fact] = [
    *COMPANY,
    an_account(),
    INVOICE,
    a_receipt("R1", 98_500, text="U-1001 less bank charges", known=4, payer_account="ACC-9"),
]
SHOWN = {
    "receipt_key": "R1",
    "receipt_id": "account/1/R1",
    "customer_key": "acme",
    "currency_code": "USD",
    "version": 0,
}


def confirmed(rows: list[dict[str, Any]], folder: Path, **changes: Any) -> Decision:
    """Confirm the best proposal as a clerk does on day 6, from rows as the page shows them."""
    turn = Turn(Actor("carl", Role.CLERK), day(6), datetime(2026, 3, 6, 9, tzinfo=UTC))
    receipt = {**SHOWN, "unapplied_amount": Decimal("985.00")}
    best = [{**row, "document_open_amount": Decimal("1000.00"), **changes} for row in rows if row["rank"] == 1]
    with DecisionStore.open(folder / "decisions.sqlite") as store:
        return service.confirm_match(store, turn, receipt, best, seen_version=0)[0].decision


def test_a_confirmed_proposal_closes_what_its_payer_left_unpaid_as_a_rule_would(tmp_path: Path) -> None:
    log = MemoryLog()
    before = walk_days(SHORT, log, 1, 5)
    assert situation(before, "R1") == ("proposed", "U-1001", "DIFFERENCE_NEEDS_PERSON")
    decision = confirmed(latest(before, "R1"), tmp_path)
    assert decision.payload["differences"] == [
        {
            "document_key": INVOICE.document_key, "document_number": "U-1001", "kind": "bank_fee", "amount": "15.00",
            "clears": True, "reason_code": "BANK_FEE_DEDUCTED",
        }
    ]  # fmt: skip
    log.record(replace(decision, business_date=day(6)))
    after = walk_days(SHORT, log, 6, 7)
    assert "U-1001" not in {row["document_number"] for row in after.tables["reminder_plan"]}
    log.by_person("application_undone", "R1", 8, undoes=decision.decision_key, note="not agreed")
    again = walk_days(SHORT, log, 8, 8)
    assert [row["open_amount"] for row in again.tables["reminder_plan"]] == [Decimal("1000.00")]


def test_a_confirmation_never_closes_more_than_is_open(tmp_path: Path) -> None:
    rows = latest(walk_days(SHORT, MemoryLog(), 1, 5), "R1")
    with pytest.raises(UndecidableError, match=r"1000\.00 would be closed of `U-1001`, but 990\.00 is open"):
        confirmed(rows, tmp_path, document_open_amount=Decimal("990.00"))


# Numbers


def test_a_document_whose_number_was_corrected_is_found_by_its_new_number() -> None:
    corrected = replace(owed("U-1001"), document_number="U-7311", known_date=day(3))
    facts = [*COMPANY, an_account(), owed("U-1001"), owed("U-1002"), corrected]
    for text, known in (("invoice U-7311", 5), ("invoice U-1001", 5), ("invoice U-7311", 2)):
        log = MemoryLog()
        paid = a_receipt("R1", 100_000, text=text, known=known, payer_account="ACC-9")
        walk_days([*facts, paid], log, 1, 6)
        [applied] = log.of("cash_applied")
        [application] = applied.payload["applications"]
        assert application["document_key"] == INVOICE.document_key, text
        assert application["document_number"] == "U-7311"


# Two receipts for one invoice


IN_TWO: list[Fact] = [
    *COMPANY,
    an_account("ACC-5"),
    owed("U-1001", "1000.37"),
    owed("U-1002", "555.01"),
    a_receipt("R1", 60_000, text="thanks", known=4, **OTHER_PAYER),
    a_receipt("R2", 40_037, text="thanks", known=6, **OTHER_PAYER),
]


def test_two_receipts_that_together_are_one_invoice_are_both_proposed_once_the_second_is_there() -> None:
    log = MemoryLog()
    alone = walk_days(IN_TWO, log, 1, 5)
    assert situation(alone, "R1") == ("on_account", None, "NOTHING_FITS")
    both = walk_days(IN_TWO, log, 6, 6)
    for key, other, amount in (("R1", "R2", "600.00"), ("R2", "R1", "400.37")):
        assert situation(both, key) == ("proposed", "U-1001", "RECEIPTS_ADD_UP")
        [row] = latest(both, key)
        assert (row["rule"], row["applied_amount"]) == ("several_payments", Decimal(amount))
        said = {reason["evidence"]: reason.get("detail") for reason in json.loads(row["evidence"])["reasons"]}
        assert said["adds_up_with"] == other


def test_two_receipts_for_one_invoice_are_the_same_in_one_run_as_day_by_day() -> None:
    at_once, by_day = (walk_in_steps(IN_TWO, steps) for steps in ([(1, 8)], [(at, at) for at in range(1, 9)]))
    assert at_once[0]["cash_matches"] == by_day[0]["cash_matches"]


def test_a_receipt_whose_invoice_is_paid_otherwise_is_no_longer_proposed_with_another() -> None:
    whole = a_receipt("R3", 100_037, text="U-1001", known=7, **OTHER_PAYER)
    walked = walk_days([*IN_TWO, whole], MemoryLog(), 1, 8)
    assert situation(walked, "R3")[0] == "auto_applied"
    for key in ("R1", "R2"):
        assert situation(walked, key) == ("on_account", None, "NOTHING_FITS")


def test_a_person_who_refuses_the_second_receipt_for_an_invoice_is_not_asked_again() -> None:
    log = MemoryLog()
    walk_days(IN_TWO, log, 1, 6)
    said = {"document_keys": [owed("U-1001").document_key]}
    why = "MATCH_WRONG_DOCUMENT"
    log.record(Decision("match_rejected", "receipt", "R2", day(7), ActorKind.PERSON, "clerk", said, reason_code=why))
    after = walk_days(IN_TWO, log, 7, 8)
    assert [situation(after, key)[0] for key in ("R1", "R2")] == ["on_account", "on_account"]


def test_two_receipts_proposed_with_each_other_hold_their_invoice_on_the_next_day() -> None:
    facts = [*IN_TWO, a_receipt("R3", 100_037, text="thanks", known=7, payer_account="ACC-9")]
    assert situation(walk_days([*IN_TWO[:5], facts[-1]], MemoryLog(), 1, 8), "R3")[0] == "auto_applied"
    walked = walk_days(facts, MemoryLog(), 1, 8)
    assert situation(walked, "R3") == ("proposed", "U-1001", "RECEIPTS_COMPETE")


IN_PART: list[Fact] = [
    *COMPANY,
    owed("U-1001", "1000.03"),
    owed("U-1009", "500.02"),
    a_receipt("R1", 50_002, text="U-1001 Teilzahlung", known=4),
    a_receipt("R2", 100_003, text="U-1001", known=6, payer_name="Acme"),
]


def test_the_walk_applied_the_whole_of_what_a_receipt_that_waits_pays_in_part() -> None:
    walked = walk_days(IN_PART, MemoryLog(), 1, 8)
    assert situation(walked, "R1")[:2] == ("proposed", "U-1001")
    assert situation(walked, "R2") == ("proposed", "U-1001", "POSSIBLE_DUPLICATE")


def test_a_receipt_whose_match_was_refused_holds_its_invoice_for_no_other() -> None:
    log = MemoryLog()
    walk_days(IN_PART, log, 1, 4)
    said = {"document_keys": [owed("U-1001").document_key]}
    why = "MATCH_WRONG_DOCUMENT"
    log.record(Decision("match_rejected", "receipt", "R1", day(5), ActorKind.PERSON, "clerk", said, reason_code=why))
    assert situation(walk_days(IN_PART, log, 5, 8), "R2")[0] == "auto_applied"


def test_an_unlikely_reading_of_money_that_waits_held_an_invoice_from_who_names_and_pays_it() -> None:
    again = a_receipt("R2", 100_003, text="U-1001", known=5, payer_name="Acme", payer_account="ACC-5")
    facts = [
        *COMPANY,
        an_account("ACC-5"),
        owed("U-1001", "1000.03"),
        owed("U-1009", "1000.03"),
        a_receipt("R1", 100_003, text="U-1001", known=4, payer_name="Acme", payer_account="ACC-5"),
        again,
        a_receipt("R3", 100_003, text="U-1009", known=7, payer_name="Acme Trading", payer_account="ACC-5"),
    ]
    assert situation(walk_days(facts, MemoryLog(), 1, 6), "R2")[:2] == ("proposed", "U-1009")
    assert situation(walk_days(facts, MemoryLog(), 1, 8), "R3") == ("auto_applied", "U-1009", None)


def test_a_receipt_made_surer_by_what_was_applied_today_was_seen_again_only_when_the_day_was_replayed() -> None:
    """What was open in the morning was read after it was applied, so the amounts paid today were not news."""
    owing = [f"c{number:02d}" for number in range(1, 81)]
    facts: list[Fact] = [a_frame_agreement(), *(a_customer(customer) for customer in owing)]
    for customer in owing:
        facts += [owed(f"U-20{customer[1:]}", customer=customer), an_account(f"ACC-{customer}", customer)]
    facts.append(a_receipt("R1", 100_000, payer_account="ACC-c01", payer_name="x", known=4))
    log = MemoryLog()
    [best, *others] = [row for row in walk_days(facts, log, 1, 4).tables["cash_matches"] if row["receipt_key"] == "R1"]
    assert best["reason_code"] == "NOT_SURE_ENOUGH"  # of eighty documents of one amount
    shown = {row["document_number"][-2:] for row in (best, *others)}
    facts += [
        a_receipt(f"R-{customer}", 100_000, payer_account=f"ACC-{customer}", text=f"U-20{customer[1:]}", known=6)
        for customer in owing
        if customer[1:] not in shown
    ]
    lived = walk_days(facts, log, 5, 8)
    assert situation(lived, "R1") == ("auto_applied", "U-2001", None)
    whole = walk_days(facts, log, 1, 8)
    assert latest(whole, "R1") == latest(lived, "R1")
