"""What a payer leaves unpaid: it closes the invoice where policy says so, and stays owed with a case where not."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from assets.cash_application.policy import CashPolicy, DifferenceCannotClearError
from assets.close.walk import WalkResult
from assets.ledger.policy import Policy
from tests.close.builders import (
    MemoryLog,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_receipt,
    an_account,
    an_invoice,
    as_text,
    day,
    walk_days,
)

INVOICE = an_invoice("U-1001", "1000.00", entity="MUS", known=2, billing_key=None)
WHOLE = {"unapplied_amount": "0.00", "currency_code": "USD"}
KNOWN = [a_customer(), a_frame_agreement(), an_account(), INVOICE]


def accepting(*kinds: str) -> Policy:
    """Return the policy under which rules accept these kinds of difference by themselves."""
    tables = dict(a_policy().tables)
    tables["cash_differences"] = tuple(
        {**row, "is_automatic": "true" if row["kind"] in kinds else row["is_automatic"]}
        for row in tables["cash_differences"]
    )
    return Policy.from_rows(tables)


def days_owed(result: WalkResult) -> list[tuple[object, Decimal]]:
    return [(row["business_date"], row["open_amount"]) for row in result.tables["reminder_plan"]]


def test_a_bank_fee_that_policy_accepts_closes_the_invoice_and_an_undo_opens_all_of_it() -> None:
    paid = a_receipt("R1", 98_500, text="U-1001 less bank charges", known=4, payer_account="ACC-9")
    log, policy = MemoryLog(), accepting("bank_fee")
    walked = walk_days([*KNOWN, paid], log, 1, 5, policy=policy)
    [applied] = log.of("cash_applied")
    assert applied.payload["differences"] == [
        {
            "document_key": INVOICE.document_key, "document_number": "U-1001", "kind": "bank_fee", "amount": "15.00",
            "clears": True, "reason_code": "BANK_FEE_DEDUCTED",
        }
    ]  # fmt: skip
    assert days_owed(walked)[-1] == (day(3), Decimal("1000.00"))
    log.by_person("application_undone", "R1", 6, undoes=applied.decision_key, note="not agreed")
    after = walk_days([*KNOWN, paid], log, 6, 7, policy=policy)
    assert days_owed(after) == [(day(6), Decimal("1000.00")), (day(7), Decimal("1000.00"))]


def test_what_was_accepted_stays_so_whatever_policy_says_when_it_is_replayed() -> None:
    paid = a_receipt("R1", 98_500, text="U-1001 less bank charges", known=4, payer_account="ACC-9")
    log, policy = MemoryLog(), accepting("bank_fee")
    walked = walk_days([*KNOWN, paid], log, 1, 6, policy=policy)
    assert as_text(walk_days([*KNOWN, paid], log, 1, 6, policy=policy)) == as_text(walked)
    assert days_owed(walk_days([*KNOWN, paid], log, 1, 6)) == days_owed(walked)


def test_by_default_a_bank_fee_waits_for_a_person_because_accounting_does_not_post_it() -> None:
    paid = a_receipt("R1", 98_500, text="U-1001 less bank charges", known=4, payer_account="ACC-9")
    log = MemoryLog()
    result = walk_days([*KNOWN, paid], log, 1, 5)
    assert log.of("cash_applied") == []
    assert {row["reason_code"] for row in result.tables["cash_matches"]} == {"DIFFERENCE_NEEDS_PERSON"}


def test_a_deduction_leaves_the_rest_open_with_a_case_until_it_is_settled() -> None:
    paid = a_receipt("R1", 91_300, text="U-1001 ABZUG Reklamation", known=4, payer_account="ACC-9")
    rest = a_receipt("R2", 8_700, text="U-1001 rest", known=7, payer_account="ACC-9")
    log = MemoryLog()
    result = walk_days([*KNOWN, paid, rest], log, 1, 9)
    assert log.of("cash_applied")[0].payload["differences"][0]["kind"] == "deduction"
    cases = [row for row in result.tables["exceptions"] if row["reason_code"] == "DEDUCTION_TAKEN"]
    assert [(row["status"], row["business_date"], row["amount"]) for row in cases] == [
        ("opened", day(4), Decimal("87.00")),
        ("resolved", day(7), Decimal("87.00")),
    ]
    assert (day(5), Decimal("87.00")) in days_owed(result)


def test_a_log_from_before_differences_were_recorded_replays() -> None:
    paid = a_receipt("R1", 100_000, text="U-1001", known=4, payer_account="ACC-9")
    log = MemoryLog()
    walk_days([*KNOWN, paid], log, 1, 3)
    old = [{"document_key": INVOICE.document_key, "document_number": "U-1001", "applied_amount": "1000.00"}]
    log.by_person("cash_applied", "R1", 4, applications=old, customer_key="acme", rule="x", **WHOLE)
    assert days_owed(walk_days([*KNOWN, paid], log, 4, 6)) == []


PAID_TWICE = [
    *KNOWN,
    a_receipt("R1", 100_000, text="U-1001", known=4, payer_account="ACC-9"),
    a_receipt("R2", 100_000, text="U-1001", known=5, payer_account="ACC-9"),
]


def test_a_second_payment_is_held_on_the_account_that_policy_names_for_it() -> None:
    walked = walk_days(PAID_TWICE, MemoryLog(), 1, 6)
    [row] = [row for row in walked.tables["cash_matches"] if row["receipt_key"] == "R2"]
    assert (row["outcome"], row["reason_code"]) == ("on_account", "POSSIBLE_DUPLICATE")
    assert json.loads(row["evidence"])["kept_as"] == {
        "kind": "duplicate", "account": "3500", "reason_code": "POSSIBLE_DUPLICATE",
    }  # fmt: skip


@pytest.mark.parametrize(("kinds", "asked"), [((), ["POSSIBLE_DUPLICATE"]), (("duplicate",), [])], ids=["no", "yes"])
def test_policy_says_whether_a_person_is_asked_about_a_second_payment(kinds: tuple[str, ...], asked: list[str]) -> None:
    log = MemoryLog()
    walk_days(PAID_TWICE, log, 1, 6, policy=accepting(*kinds))
    opened = [each.reason_code for each in log.of("exception_opened") if each.payload["subject_key"] == "R2"]
    assert opened == asked


def test_money_that_pays_nothing_open_cannot_be_said_to_clear_a_document() -> None:
    tables = dict(a_policy().tables)
    tables["cash_differences"] = tuple(
        {**row, "clears_document": "true" if row["kind"] == "prepayment" else row["clears_document"]}
        for row in tables["cash_differences"]
    )
    with pytest.raises(DifferenceCannotClearError, match="prepayment"):
        CashPolicy.from_policy(Policy.from_rows(tables))


def test_the_reason_for_leaving_a_second_payment_alone_is_the_one_policy_gives() -> None:
    tables = dict(a_policy().tables)
    tables["cash_differences"] = tuple(
        {**row, "reason_code": "DOCUMENT_CLOSED" if row["kind"] == "duplicate" else row["reason_code"]}
        for row in tables["cash_differences"]
    )
    walked = walk_days(PAID_TWICE, MemoryLog(), 1, 6, policy=Policy.from_rows(tables))
    [row] = [row for row in walked.tables["cash_matches"] if row["receipt_key"] == "R2"]
    assert row["reason_code"] == "DOCUMENT_CLOSED"
