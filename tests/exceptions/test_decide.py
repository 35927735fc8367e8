"""The queue opens, keeps and resolves what was found, once per subject and reason, and knows whose it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.exceptions.decide import classify
from assets.exceptions.policy import ExceptionsPolicy
from assets.ledger.exceptions import Finding, OpenException
from assets.ledger.policy import Policy, UnknownPolicyError
from tests.cash_application.builders import seed_rows

DAY = date(2026, 3, 16)


def the_policy() -> ExceptionsPolicy:
    return ExceptionsPolicy.from_policy(
        Policy.from_rows({name: seed_rows(name) for name in ("routing", "reason_codes")})
    )


def a_finding(subject: str = "SO-10001", reason: str = "PO_NUMBER_MISSING", amount: str | None = "120.00") -> Finding:
    return Finding(
        "order", subject, subject, reason, Decimal(amount) if amount else None, "USD", context={"order": subject}
    )


def test_a_finding_opens_an_exception_with_owner_cause_and_what_to_do() -> None:
    changes = classify([a_finding()], {}, the_policy(), business_date=DAY)
    [opened] = changes.opened
    row = opened.row(DAY)
    assert (row["owner"], row["status"], row["opened_date"]) == ("sales_operations", "opened", DAY)
    assert (row["upstream_system"], row["upstream_field"]) == ("contracts", "po_number")
    assert '"act_by":"2026-03-18"' in row["context"]
    assert opened.decision(DAY).occurrence == "1"
    assert changes.resolved == ()


def test_what_is_found_again_stays_open_and_what_is_gone_is_resolved() -> None:
    first = classify([a_finding(), a_finding("SO-10002")], {}, the_policy(), business_date=DAY)
    open_now = {change.exception_key: change.exception for change in first.opened}
    next_day = classify(
        [a_finding("SO-10002", amount="130.00")], open_now, the_policy(), business_date=DAY + timedelta(1)
    )
    assert next_day.opened == ()
    assert [change.exception.finding.subject_key for change in next_day.resolved] == ["SO-10001"]
    assert next_day.resolved[0].row(DAY + timedelta(1))["opened_date"] == DAY


def test_one_subject_and_reason_is_one_exception_however_often_found() -> None:
    changes = classify([a_finding(), a_finding(amount=None), a_finding()], {}, the_policy(), business_date=DAY)
    assert len(changes.opened) == 1


def test_what_comes_back_is_another_occurrence() -> None:
    key = a_finding().exception_key
    [again] = classify([a_finding()], {}, the_policy(), business_date=DAY, opened_before={key: 1}).opened
    assert again.decision(DAY).occurrence == "2"


def test_what_a_person_closed_stays_closed() -> None:
    key = a_finding().exception_key
    assert classify([a_finding()], {}, the_policy(), business_date=DAY, closed_by_people={key}).opened == ()


def test_a_reason_outside_the_closed_list_is_refused() -> None:
    with pytest.raises(UnknownPolicyError, match="SOMETHING_ODD"):
        classify([a_finding(reason="SOMETHING_ODD")], {}, the_policy(), business_date=DAY)


def test_every_reason_with_an_owner_is_routed_to_that_owner() -> None:
    owners = {row["reason_code"]: row["owner"] for row in seed_rows("reason_codes")}
    for row in seed_rows("routing"):
        assert owners[row["reason_code"]] == row["owner"]


findings = st.lists(
    st.builds(a_finding, st.sampled_from("abcd"), st.sampled_from(("PO_NUMBER_MISSING", "TAX_CODE_MISSING")))
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(findings, findings, st.randoms(use_true_random=False))
def test_the_queue_after_a_day_is_what_was_found_that_day(before: list, today: list, shuffler) -> None:
    policy, queue = the_policy(), dict[str, OpenException]()
    for found in (before, today):
        changes = classify(found, queue, policy, business_date=DAY)
        shuffler.shuffle(found)
        assert classify(found, queue, policy, business_date=DAY) == changes
        queue = {
            key: exception for key, exception in queue.items() if key not in {c.exception_key for c in changes.resolved}
        }
        queue |= {change.exception_key: change.exception for change in changes.opened}
        assert queue.keys() == {finding.exception_key for finding in found}


def test_an_exception_whose_fault_is_found_elsewhere_later_names_the_other_field_and_keeps_its_day() -> None:
    first, second, third = DAY, DAY + timedelta(1), DAY + timedelta(2)
    guessed = replace(a_finding(), upstream_system="contracts", upstream_field="amount")
    known = replace(a_finding(), upstream_system="quickbooks", upstream_field="UnitPrice")
    [opened] = classify([guessed], {}, the_policy(), business_date=first).opened
    queue = {opened.exception_key: opened.exception}
    assert classify([known], queue, the_policy(), business_date=second, is_close=False).opened == ()
    [again] = classify(
        [known], queue, the_policy(), business_date=second, opened_before={opened.exception_key: 1}
    ).opened
    row = again.row(second)
    assert (row["upstream_system"], row["upstream_field"]) == ("quickbooks", "UnitPrice")
    assert (row["opened_date"], again.decision(second).occurrence) == (first, "2")
    queue = {again.exception_key: again.exception}
    assert classify([known], queue, the_policy(), business_date=third).opened == ()
    assert classify([a_finding()], queue, the_policy(), business_date=third).opened == ()
