"""What should have been billed is billed or is in the queue: a delivery nobody can bill yet is never silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from assets.invoicing.decide import draft_charges
from assets.invoicing.policy import InvoicingPolicy
from assets.invoicing.untold import deliveries_untold
from assets.ledger.day import DayState, Fact
from assets.ledger.exceptions import Finding
from assets.ledger.policy import Policy
from tests.close.builders import (
    MemoryLog,
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_milestone,
    a_policy,
    a_shipment,
    an_order,
    an_order_line,
    day,
    some_usage,
    walk_days,
)
from tests.invoicing.test_deals import a_deal
from tests.invoicing.test_recurring import decide, learn
from tests.ledger.test_day import a_state

POLICY = InvoicingPolicy.from_policy(a_policy())
KNOWN = a_customer(), a_frame_agreement()


def found(state: DayState, on: int, policy: InvoicingPolicy = POLICY) -> list[Finding]:
    return list(deliveries_untold(state, policy, day(on)))


def told(findings: list[Finding]) -> list[tuple[str, str, str | None, str | None]]:
    return [(each.reason_code, each.subject_label, each.upstream_system, each.upstream_field) for each in findings]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((a_shipment(),), ("ORDER_NOT_KNOWN", "SO-1", "shop", "name")),
        ((an_order(), a_shipment()), ("ORDER_LINE_NOT_KNOWN", "SO-1", "shop", "line_items")),
        ((a_milestone(known=4),), ("CONTRACT_NOT_KNOWN", "CT-1", "contracts", "agreement_id")),
        (
            (a_contract_line("milestone"), a_milestone(known=4, line=2)),
            ("CONTRACT_NOT_KNOWN", "CT-1", "contracts", "agreement_id"),
        ),
        (
            (some_usage(5, on=day(3), known=day(4)),),
            ("CONTRACT_NOT_KNOWN", "CT-1", "contracts", "agreement_id"),
        ),
    ],
    ids=["shipment without its order", "a line the order does not hold", "milestone without its contract",
         "milestone of a line nobody told of", "usage without its contract"],
)  # fmt: skip
def test_what_nobody_told_of_is_in_the_queue_after_the_days_of_policy_with_system_and_field(
    facts: tuple[Fact, ...], expected: tuple[str, str, str, str]
) -> None:
    state = a_state(*KNOWN, *facts)
    assert decide(state, day(4)) == []
    assert [found(state, on) for on in (4, 5, 6)] == [[], [], []]
    assert told(found(state, 7)) == [expected]


def test_one_finding_per_contract_says_all_that_waits_under_it_and_goes_when_it_is_told() -> None:
    metered = [some_usage(5 * n, on=date(2026, 2 + n, 3), known=day(4), event=f"e{n}") for n in (0, 1, 2)]
    state = a_state(*KNOWN, a_milestone(known=4, line=2), *metered)
    [finding] = found(state, 40)
    assert (finding.subject_kind, finding.subject_key) == ("contract", "CT-1")
    assert finding.context["waiting"] == [
        "line 1: metered in 2026-02",
        "line 1: metered in 2026-03",
        "line 1: metered in 2026-04",
        "line 2: Go-live",
    ]
    learn(state, a_contract_line("usage", included_quantity=Decimal(0)))
    assert [each.context["waiting"] for each in found(state, 40)] == [["line 2: Go-live"]]
    learn(state, a_contract_line("milestone", line=2))
    assert found(state, 40) == []


def test_usage_that_goes_on_under_an_unknown_contract_is_one_exception_and_not_one_a_day() -> None:
    metered = [some_usage(5, on=day(n), known=day(n + 1), event=f"e{n}") for n in range(1, 20)]
    log = MemoryLog()
    walk_days([*KNOWN, *metered], log, 1, 20)
    assert [(d.business_date, d.occurrence) for d in log.of("exception_opened")] == [(day(5), "1")]


def test_what_was_voided_drafted_or_delivered_long_before_the_records_begin_is_not_told() -> None:
    state = a_state(*KNOWN, a_shipment(is_voided=True), an_order("SO-2"), an_order_line("SO-2"))
    learn(state, a_shipment("SO-2", "SHP-2"))
    assert [d.kind for d in decide(state, day(4))] == ["draft_created"]
    old = a_shipment("SO-3", "SHP-3")
    learn(state, replace(old, shipped_at=old.shipped_at - timedelta(days=POLICY.days_of_history + 5)))
    assert found(state, 30) == []


def test_a_deal_that_was_won_and_tells_nothing_of_what_was_sold_is_told_where_deals_bill() -> None:
    rows = {**a_policy().tables, "deal_billing": ()}
    bills_none = InvoicingPolicy.from_policy(Policy.from_rows(rows))
    state = a_state(a_customer(), a_deal())
    assert found(state, 30, bills_none) == []
    assert told(found(state, 30)) == [("DEAL_LINES_NOT_KNOWN", "deal D1", "hubspot", "line_items")]


def test_cat_17_each_charge_expected_of_a_period_is_created_or_alarms_and_the_run_never_ends_in_silence() -> None:
    """Shipments, milestones and meters, four of each; of the first two of each nobody told order or contract."""
    facts: list[Fact] = [a_customer(), a_frame_agreement()]
    expected: dict[str, bool] = {}  # every charge of the period, and whether it can be drafted
    for n in range(1, 5):
        is_told = n > 2
        if is_told:
            facts += [an_order(f"SO-{n}"), an_order_line(f"SO-{n}")]
            facts += [a_contract_line(contract=f"CT-R{n}"), a_contract_line("milestone", contract=f"CT-M{n}")]
            facts.append(a_contract_line("usage", contract=f"CT-U{n}"))
            expected |= {f"contract|CT-R{n}|1|2026-0{month}-01|retainer": True for month in (3, 4)}
        facts.append(a_shipment(f"SO-{n}", f"SHP-{n}"))
        facts.append(a_milestone(f"M{n}", contract=f"CT-M{n}"))
        facts.append(some_usage(5000, on=day(3), known=day(4), contract=f"CT-U{n}", event=f"e{n}"))
        expected[f"order|SO-{n}|SHP-{n}|goods"] = is_told
        expected[f"contract|CT-M{n}|1|M{n}|milestone"] = is_told
        expected[f"contract|CT-U{n}|1|2026-03-01|usage"] = is_told
    log = MemoryLog()
    walk_days(facts, log, 1, 32)
    created = {d.subject_key for d in log.of("draft_created")}
    assert created == {key for key, is_told in expected.items() if is_told}
    alarms = [d for d in log.of("exception_opened") if str(d.reason_code).endswith("NOT_KNOWN")]
    names = {key.split("|")[1] for key in expected.keys() - created}
    assert {d.payload["subject_label"] for d in alarms} == names
    assert len(alarms) == len(names) == 6
    assert all(d.payload["upstream_system"] and d.payload["upstream_field"] for d in alarms)
    assert {d.business_date for d in alarms} == {day(7), day(8)}
    assert not log.of("exception_resolved")


def test_cat_17_an_alarm_ends_with_the_charge_it_missed() -> None:
    late = [an_order(known=9), an_order_line(known=9), a_contract_line("milestone", known=10)]
    log = MemoryLog()
    walk_days([*KNOWN, a_shipment(), a_milestone(), *late], log, 1, 12)
    assert [(d.reason_code, d.business_date) for d in log.of("exception_resolved")] == [
        ("ORDER_NOT_KNOWN", day(9)),
        ("CONTRACT_NOT_KNOWN", day(10)),
    ]
    assert {d.subject_key: d.business_date for d in log.of("draft_created")} == {
        "order|SO-1|SHP-1|goods": day(9),
        "contract|CT-1|1|M1|milestone": day(10),
    }


def test_a_finding_does_not_depend_on_the_order_in_which_deliveries_arrived() -> None:
    facts = [a_milestone("M1", known=4), a_milestone("M2", known=4), some_usage(5, on=day(3), known=day(4))]
    one, other = (found(a_state(*KNOWN, *order), 9) for order in (facts, facts[::-1]))
    assert one == other
    assert draft_charges(a_state(*KNOWN, *facts), POLICY, business_date=day(9)) == []
