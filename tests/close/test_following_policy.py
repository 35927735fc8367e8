"""A draft that waits for review follows policy: made anew by the next close, with what changed, and no other draft."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from assets.invoicing import decide
from assets.ledger.day import Fact
from assets.ledger.policy import Policy
from tests.close.builders import (
    MemoryLog,
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_shipment,
    an_order,
    an_order_line,
    as_text,
    day,
    walk_days,
    walk_in_steps,
)

CARE = "contract|CT-1|1|2026-03-01|retainer"
COMPANY: list[Fact] = [
    a_customer(), a_frame_agreement(), a_contract_line(), an_order(), an_order_line(), a_shipment(),
]  # fmt: skip


def policy_with(table: str, of: dict[str, str], **changes: Any) -> Policy:
    """Return the committed policy with other values in the rows that `of` names; a row of its own if there is none."""
    tables = dict(a_policy().tables)
    rows = [dict(row) for row in tables[table]]
    named = [row for row in rows if all(row[name] == value for name, value in of.items())]
    for row in named:
        row.update(changes)
    tables[table] = tuple(rows if named else [*rows, {**dict.fromkeys(rows[0]), **of, **changes}])
    return Policy.from_rows(tables)


def redrafted(log: MemoryLog) -> dict[str, list[dict[str, Any]]]:
    """Return what changed, by charge, in drafts made anew."""
    return {
        decision.subject_key: list(decision.evidence["changes"])
        for decision in log.of("draft_created")
        if "drafted_before" in decision.evidence
    }


RATE = policy_with(
    "tax_rates", {"legal_entity_id": "MUS", "tax_code": "US0"}, tax_rate="0.0725", tax_category="S", exemption_code=None
)
TERMS = policy_with("payment_terms", {"terms_code": "NET30"}, due_days="45")
FORM = policy_with(
    "customer_documents",
    {"legal_entity_id": "MUS", "customer_number": "mus:acme"},
    document_format="ubl",
    buyer_reference="AP-7",
)


@pytest.mark.parametrize(
    ("policy", "changed"),
    [
        (RATE, {"tax_rate": ("0.00", "0.0725"), "tax_amount": ("0.00", "65.25"), "total_amount": ("900.00", "965.25")}),
        (TERMS, {"due_days": (30, 45)}),
        (FORM, {"document_format": (None, "ubl"), "buyer_reference": (None, "AP-7")}),
    ],
    ids=["the tax rate", "the due days", "the form and reference a customer takes"],
)
def test_a_waiting_draft_stood_at_what_policy_said_when_it_was_made(
    policy: Policy, changed: dict[str, tuple[Any, Any]]
) -> None:
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 6)
    walk_days(COMPANY, log, 7, 7, policy=policy)
    said = {each["field"]: (each["then"], each["now"]) for each in redrafted(log)[CARE]}
    assert changed.items() <= said.items()
    [withdrawn] = [each for each in log.of("draft_withdrawn") if each.subject_key == CARE]
    assert (withdrawn.reason_code, withdrawn.business_date) == ("BASIS_CHANGED", day(7))
    count = len(log.entries)
    walk_days(COMPANY, log, 8, 10, policy=policy)
    assert [entry.decision.kind for entry in log.entries[count:]] == ["day_closed"] * 3


def test_a_policy_that_says_nothing_of_drafts_leaves_them_alone() -> None:
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 6)
    walk_days(
        COMPANY, log, 7, 7, policy=policy_with("collections_rules", {"rule_code": "MINIMUM_AMOUNT"}, threshold="9")
    )
    assert redrafted(log) == {}


def test_days_closed_one_by_one_under_a_new_policy_equal_one_run() -> None:
    def walked(*steps: tuple[int, int]) -> tuple[dict[str, list[str]], MemoryLog]:
        log = MemoryLog()
        before, tables = as_text(walk_days(COMPANY, log, 1, 6)), dict[str, list[str]]()
        for start, end in steps:
            for name, rows in as_text(walk_days(COMPANY, log, start, end, policy=RATE)).items():
                tables.setdefault(name, []).extend(rows)
        return {name: before[name] + rows for name, rows in tables.items()}, log

    at_once, log = walked((7, 20))
    assert walked(*((each, each) for each in range(7, 21)))[0] == at_once
    assert as_text(walk_days(COMPANY, log, 1, 20, policy=RATE)) == at_once


def test_without_news_or_another_policy_no_waiting_draft_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drafted: list[str] = []
    draft_charge = decide.draft_charge

    def counting(charge: Any, *others: Any) -> Any:
        drafted.append(charge.billing_key)
        return draft_charge(charge, *others)

    monkeypatch.setattr(decide, "draft_charge", counting)
    walk_in_steps(COMPANY, [(each, each) for each in range(1, 21)])
    assert len(drafted) == len(set(drafted)) == 2


def test_a_hold_stays_on_a_draft_that_is_made_anew() -> None:
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 6)
    log.by_person("draft_held", CARE, 7)
    walk_days(COMPANY, log, 7, 7, policy=RATE)
    assert [each.business_date for each in log.of("draft_held")] == [day(7), day(7)]
    log.by_person("draft_held", "order|SO-1|SHP-1|goods", 8)
    walk_days(COMPANY, log, 8, 8, policy=TERMS)
    assert [each.subject_key for each in log.of("draft_held") if each.actor == "invoicing"] == [
        CARE,
        CARE,
        "order|SO-1|SHP-1|goods",
    ]


def test_a_hold_was_lost_when_the_draft_was_blocked_for_a_while() -> None:
    tables = dict(a_policy().tables)
    tables["payment_terms"] = tuple(row for row in tables["payment_terms"] if row["terms_code"] != "NET30")
    without_terms = Policy.from_rows(tables)
    log = MemoryLog()
    walk_days(COMPANY, log, 1, 6)
    log.by_person("draft_held", CARE, 7)
    walk_days(COMPANY, log, 7, 8, policy=without_terms)
    assert log.of("draft_blocked")
    walk_days(COMPANY, log, 9, 9)
    again = [each for each in log.of("draft_held") if each.actor == "invoicing"]
    assert [(each.subject_key, each.business_date, each.reason_code) for each in again] == [
        (CARE, day(9), log.of("draft_held")[0].reason_code)
    ]
    count = len(log.entries)
    walk_days(COMPANY, log, 10, 12)
    assert [entry.decision.kind for entry in log.entries[count:]] == ["day_closed"] * 3


def test_making_drafts_anew_is_no_flood_of_drafts() -> None:
    many = [a_contract_line(contract=f"CT-{n}", start_date=day(n)) for n in range(1, 31)]
    log = MemoryLog()
    walk_days([a_customer(), a_frame_agreement(), *many], log, 1, 31)
    walk_days([a_customer(), a_frame_agreement(), *many], log, 32, 32, policy=RATE)
    assert len(redrafted(log)) >= 30
    assert log.of("draft_held") == []
    assert {draft.payload["tax_rate"] for draft in log.of("draft_created")[-30:]} == {str(Decimal("0.0725"))}
