"""Another policy is tried on the past without touching it: what it would have matched, and what people said of that."""

from __future__ import annotations

import pytest

from assets.close.facts import Facts
from assets.close.shadow import Compared, replay_cash
from assets.ledger.policy import Policy
from assets.platform.window import RunMode, RunWindow
from tests.close.builders import (
    MemoryLog,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_receipt,
    an_account,
    an_invoice,
    day,
    entities,
    walk_days,
)

ONE = an_invoice("U-1001", "100.00", entity="MUS", known=2, billing_key=None)
TWO = an_invoice("U-1002", "70.00", entity="MUS", known=2, billing_key=None)
FACTS = [
    a_customer(), a_frame_agreement(), an_account(), ONE, TWO,
    a_receipt("R1", 10_000, text="U-1001", known=3, payer_account="ACC-9"),
    a_receipt("R2", 7_000, text="thanks", known=4, payer_account="ACC-9"),
]  # fmt: skip
LAST = 8


def without(rule: str) -> Policy:
    """Return the policy that never applies by one rule."""
    tables = dict(a_policy().tables)
    tables["cash_thresholds"] = tuple(row for row in tables["cash_thresholds"] if row["rule"] != rule)
    return Policy.from_rows(tables)


def shadow(log: MemoryLog, policy: Policy) -> Compared:
    facts = Facts.of(entities(), [fact for fact in FACTS if fact.known_date and fact.known_date <= day(LAST)])
    return replay_cash(facts, list(log.entries), RunWindow(day(1), day(LAST), RunMode.BACKFILL), policy)


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


def test_the_same_policy_changes_nothing(log: MemoryLog) -> None:
    walk_days(FACTS, log, 1, LAST)
    count = len(log.entries)
    compared = shadow(log, a_policy())
    assert {match.receipt_key for match in compared.recorded.values()} == {"R1", "R2"}
    assert compared.recorded == compared.shadow
    assert (compared.gained, compared.lost, compared.changed, compared.wrong) == ([], [], [], {})
    assert len(log.entries) == count


def test_a_stricter_policy_loses_what_it_no_longer_applies_and_a_laxer_one_gains_it(log: MemoryLog) -> None:
    walk_days(FACTS, log, 1, LAST)
    compared = shadow(log, without("exact_reference"))
    assert compared.lost == ["R1"]
    by_rule = {row["rule"]: row for row in compared.by_rule()}
    assert by_rule["exact_reference"] | {"rule": ""} == {
        "rule": "", "recorded": 1, "shadow": 0, "gained": 0, "lost": 1, "changed": 0, "wrong": 0,
    }  # fmt: skip
    strict = MemoryLog()
    walk_days(FACTS, strict, 1, LAST, policy=without("exact_reference"))
    assert shadow(strict, a_policy()).gained == ["R1"]


def test_what_a_person_undid_is_wrong_when_a_policy_applies_it_again(log: MemoryLog) -> None:
    walk_days(FACTS, log, 1, 5)
    [applied] = [decision for decision in log.of("cash_applied") if decision.subject_key == "R1"]
    log.by_person("application_undone", "R1", 6, undoes=applied.decision_key, note="wrong customer")
    walk_days(FACTS, log, 6, LAST)
    assert shadow(log, a_policy()).wrong == {"R1": "application_undone"}
    assert shadow(log, without("exact_reference")).wrong == {}


def test_what_a_person_settled_otherwise_is_wrong_and_what_a_person_confirmed_is_not(log: MemoryLog) -> None:
    strict = without("exact_reference")
    walk_days(FACTS, log, 1, 5, policy=strict)
    assert [decision.subject_key for decision in log.of("cash_applied")] == ["R2"]
    paid = [{"document_key": ONE.document_key, "document_number": "U-1001", "applied_amount": "60.00"}]
    log.by_person("match_changed", "R1", 6, applications=paid, customer_key="acme")
    walk_days(FACTS, log, 6, LAST, policy=strict)
    compared = shadow(log, a_policy())
    assert (compared.gained, compared.wrong) == (["R1"], {"R1": "match_changed"})

    agreed = MemoryLog()
    walk_days(FACTS, agreed, 1, 5, policy=strict)
    agreed.by_person(
        "match_confirmed", "R1", 6, applications=[{**paid[0], "applied_amount": "100.00"}], customer_key="acme"
    )
    walk_days(FACTS, agreed, 6, LAST, policy=strict)
    assert (shadow(agreed, a_policy()).gained, shadow(agreed, a_policy()).wrong) == (["R1"], {})


def test_a_shadow_applied_what_two_receipts_proposed_together_hold(log: MemoryLog) -> None:
    paid = [("R1", 60_000, 3, "ACC-9"), ("R2", 40_037, 4, "ACC-9"), ("R3", 100_037, 6, "ACC-7")]
    facts = [
        *FACTS[:3],
        an_invoice("U-1", "1000.37", entity="MUS", known=2, billing_key=None),
        an_invoice("U-2", "555.01", entity="MUS", known=2, billing_key=None),
        *(a_receipt(key, amount, text="thanks", known=at, payer_account=account) for key, amount, at, account in paid),
    ]
    walk_days(facts, log, 1, LAST)
    window = RunWindow(day(1), day(LAST), RunMode.BACKFILL)
    compared = replay_cash(Facts.of(entities(), facts), list(log.entries), window, a_policy())
    assert (compared.recorded, compared.shadow) == ({}, {})
