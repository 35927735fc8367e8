"""Revenue is earned once, in parts that add up, on balanced entries in open periods."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from assets.close.replay import apply_decision
from assets.close.revenue import ACCOUNT_KINDS
from assets.invoicing.decide import draft_charges
from assets.invoicing.policy import InvoicingPolicy
from assets.invoicing.running import running_charges
from assets.ledger.day import DayState, Fact
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import Document
from assets.revenue.decide import recognise_revenue
from assets.revenue.known import known_charge
from assets.revenue.policy import RevenuePolicy
from tests.close.builders import (
    MemoryLog,
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_policy,
    a_shipment,
    an_invoice,
    an_order,
    an_order_line,
    day,
    walk_days,
)
from tests.ledger.test_day import a_state

POLICY = RevenuePolicy.from_policy(a_policy())
QUARTER = "contract|CT-1|1|2026-03-01|retainer"
JAN, FEB, MAR, APR, MAY, JUN = (
    date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30)
)  # fmt: skip


def recognise(state: DayState, on: date) -> list[Decision]:
    """Decide a day as the walk does."""
    state.business_date = on
    if state.opened_date is None:
        state.opened_date = day(1)
    decisions = recognise_revenue(state, POLICY, business_date=on, running_charges=lambda: running_charges(state, on))
    for decision in decisions:
        apply_decision(state, decision)
    return decisions


def learn(state: DayState, *facts: Fact) -> None:
    for fact in facts:
        state.learn(fact)


def entries_of(decisions: list[Decision]) -> list[tuple[str, str, dict[str, Decimal]]]:
    """Return kind, period posted to and lines (debit positive) of every entry."""
    return [
        (entry["entry_kind"], entry["period"], {kind: Decimal(entry[kind]) for kind in ACCOUNT_KINDS if kind in entry})
        for decision in decisions
        for entry in decision.payload["entries"]
    ]


def balances(state: DayState, key: str = QUARTER) -> tuple[int, int]:
    """Return what is billed and what is earned of a charge, over all periods posted to."""
    posted = state.revenue[key].posted.values()
    return sum(billed for billed, _ in posted), sum(earned for _, earned in posted)


def judge(obligation: str, on: date, **judgement: Any) -> Decision:
    payload = {"service_months": None, "held_back_percent": "0", **judgement}
    kind, subject = "revenue_judgement_set", "obligation"
    return Decision(kind, subject, obligation, on, ActorKind.PERSON, "cora", payload, occurrence=on.isoformat())


def a_quarter(amount: str = "92.00", known: int = 2, **line: Any) -> DayState:
    agreed = a_contract_line(
        entity="MEU", billing_frequency="quarterly", period_amount=Decimal(amount), end_date=MAY, **line
    )
    return a_state(agreed, an_invoice("RE-1", amount, known=known, document_date=day(1), billing_key=QUARTER))


def a_memo(amount: str, on: date, *, invoice_number: str = "RE-1", number: str = "GS-1") -> Document:
    invoice = an_invoice(invoice_number)
    memo = an_invoice(number, amount, document_type="credit_memo", billing_key=None, document_date=on)
    return replace(memo, credits_document_key=invoice.document_key, known_date=on)


def test_a_quarter_billed_ahead_is_deferred_and_earned_by_its_days() -> None:
    state = a_quarter()
    assert entries_of(recognise(state, day(2))) == [
        ("billing", "2026-03-31", {"receivable": Decimal("92.00"), "deferred_revenue": Decimal("-92.00")})
    ]
    assert recognise(state, date(2026, 3, 30)) == []
    months = [(MAR, "31.00"), (APR, "30.00"), (MAY, "31.00")]
    for month, earned in months:
        assert entries_of(recognise(state, month)) == [
            (
                "recognition",
                month.isoformat(),
                {"revenue": -Decimal(earned), "deferred_revenue": Decimal(earned)},
            )
        ]
    assert recognise(state, JUN) == []
    assert not state.unsettled_revenue


def test_a_retainer_billed_after_its_period_is_earned_before_it_is_billed() -> None:
    state = a_state(a_contract_line(entity="MEU", is_billed_in_advance=False, period_amount=Decimal("900.00")))
    assert entries_of(recognise(state, MAR)) == [
        ("recognition", "2026-03-31", {"revenue": Decimal("-900.00"), "contract_asset": Decimal("900.00")})
    ]
    learn(state, an_invoice("RE-1", "900.00", known=33, document_date=date(2026, 4, 1), billing_key=QUARTER))
    assert entries_of(recognise(state, day(33))) == [
        ("billing", "2026-04-30", {"receivable": Decimal("900.00"), "contract_asset": Decimal("-900.00")})
    ]


@pytest.mark.parametrize(
    "billing_key", ["order|SO-1|SHP-1|goods", "contract|CT-9|1|M1|milestone", None], ids=["goods", "milestone", "other"]
)
def test_what_is_delivered_and_invoiced_in_one_month_is_one_entry(billing_key: str | None) -> None:
    state = a_state(an_invoice("RE-1", "80.00", known=3, billing_key=billing_key))
    assert entries_of(recognise(state, day(3))) == [
        ("sale", "2026-03-31", {"receivable": Decimal("80.00"), "revenue": Decimal("-80.00")})
    ]
    assert recognise(state, day(4)) == []


def test_revenue_of_a_mapped_invoice_is_rounded_to_the_minor_unit() -> None:
    mapped = an_invoice("581234", "2042.76", known=3, billing_key=None, source_system="online_retail", entity="MUS")
    state = a_state(replace(mapped, net_amount=Decimal("2042.761"), legal_entity_id="UCI", currency_code="GBP"))
    [(_, _, lines)] = entries_of(recognise(state, day(3)))
    assert lines == {"receivable": Decimal("2042.76"), "revenue": Decimal("-2042.76")}


def test_an_invoice_that_becomes_known_late_is_posted_to_the_next_open_month_and_listed() -> None:
    state = a_quarter()
    decisions = recognise(state, date(2026, 4, 30))
    assert [(e["original_period"], e["period"], e["reason_code"]) for e in decisions[0].payload["entries"]] == [
        ("2026-03-31", "2026-04-30", "REVENUE_INVOICE_KNOWN_LATE"),
        ("2026-03-31", "2026-04-30", "REVENUE_INVOICE_KNOWN_LATE"),
        ("2026-04-30", "2026-04-30", None),
    ]
    assert balances(state) == (9200, 6100)


def test_what_was_earned_ahead_at_another_amount_is_put_right_in_the_open_month() -> None:
    """The catalogue's schedule that is not reversed: the accrual of March stays, April takes the difference."""
    state = a_state(a_contract_line(entity="MEU", is_billed_in_advance=False, period_amount=Decimal("900.00")))
    recognise(state, MAR)
    learn(state, an_invoice("RE-1", "950.00", known=40, document_date=date(2026, 4, 1), billing_key=QUARTER))
    [decision] = recognise(state, day(40))
    late = [entry for entry in decision.payload["entries"] if entry["reason_code"]]
    assert [(entry["revenue"], entry["period"], entry["reason_code"]) for entry in late] == [
        ("-50.00", "2026-04-30", "REVENUE_BILLED_DIFFERENTLY")
    ]
    assert balances(state) == (95000, 95000)


def test_an_invoice_taken_back_on_its_own_day_leaves_nothing() -> None:
    key = "order|SO-1|SHP-1|goods"
    invoice = an_invoice("MUS-1", "80.00", known=3, billing_key=key, source_system="openitem", entity="MUS")
    state = a_state(invoice)
    recognise(state, day(3))
    assert balances(state, key) == (8000, 8000)
    learn(state, replace(invoice, is_cancelled=True))
    recognise(state, day(3))
    assert balances(state, key) == (0, 0)
    learn(state, an_invoice("MUS-2", "75.00", known=4, billing_key=key, source_system="openitem", entity="MUS"))
    recognise(state, day(4))
    assert balances(state, key) == (7500, 7500)


def test_an_invoice_without_its_reference_bills_the_one_charge_of_its_customer_and_amount() -> None:
    """Otherwise the delivery would be earned twice: once unbilled, once by an invoice that names nothing."""
    log, facts = MemoryLog(), [
        *(fact for fact in a_shipped_order()),
        an_invoice("RE-7", "119.00", known=9, net_amount=Decimal("100.00"), tax_amount=Decimal("19.00"),
                   billing_key=None),
    ]  # fmt: skip
    walk_days(facts, log, 1, 40)
    earned = [decision for decision in log.of("revenue_recognised") if decision.payload["order_number"] == "SO-1"]
    assert [decision.subject_key for decision in earned] == ["order|SO-1|SHP-1|goods"]


def a_shipped_order() -> list[Fact]:
    return [
        a_customer(entity="MEU", currency_code="EUR", country_code="DE"),
        a_frame_agreement(entity="MEU"),
        an_order(entity="MEU"),
        an_order_line(),
        a_shipment(),
    ]


def test_a_month_is_posted_into_until_its_closing_day_and_never_after() -> None:
    late = an_invoice("RE-9", "10.00", known=34, document_date=MAR, billing_key=None)
    for known, period in [(date(2026, 4, 3), "2026-03-31"), (date(2026, 4, 4), "2026-04-30")]:
        state = a_state(late)
        assert [entry[1] for entry in entries_of(recognise(state, known))] == [period]


def test_what_lies_before_the_first_day_ever_decided_is_taken_over_into_its_own_months() -> None:
    state = a_quarter()
    state.opened_date = date(2026, 4, 10)
    assert [(kind, period) for kind, period, _ in entries_of(recognise(state, date(2026, 4, 10)))] == [
        ("billing", "2026-03-31"),
        ("recognition", "2026-03-31"),
    ]


def test_a_credit_memo_of_everything_gives_zero() -> None:
    state = a_quarter()
    recognise(state, day(2))
    recognise(state, MAR)
    learn(state, a_memo("92.00", date(2026, 4, 7)))
    assert entries_of(recognise(state, date(2026, 4, 8))) == [
        ("billing", "2026-04-30", {
            "receivable": Decimal("-92.00"), "deferred_revenue": Decimal("61.00"), "contract_asset": Decimal("31.00"),
        }),
        ("recognition", "2026-04-30", {"revenue": Decimal("31.00"), "contract_asset": Decimal("-31.00")}),
    ]  # fmt: skip
    assert balances(state) == (0, 0)
    assert recognise(state, APR) == []
    assert not state.unsettled_revenue


def test_a_partial_credit_memo_takes_what_is_not_earned_yet_first() -> None:
    state = a_quarter()
    recognise(state, day(2))
    recognise(state, MAR)
    learn(state, a_memo("30.50", date(2026, 4, 7)))
    recognise(state, date(2026, 4, 8))
    assert balances(state) == (6150, 3100)
    recognise(state, APR)
    recognise(state, MAY)
    assert balances(state) == (6150, 6150)
    assert [part.amount_minor for part in state.revenue[QUARTER].parts] == [3100, 1500, 1550]


def test_facts_end_in_the_same_figures_in_whatever_order_they_become_known() -> None:
    early, late = a_quarter(), a_quarter()
    recognise(early, day(2))
    recognise(early, MAR)
    learn(early, a_memo("30.50", date(2026, 4, 7)))
    recognise(early, date(2026, 4, 8))
    for month in (APR, MAY):
        recognise(early, month)
    recognise(late, MAY)
    learn(late, a_memo("30.50", date(2026, 4, 7)))
    recognise(late, date(2026, 6, 20))
    assert balances(early) == balances(late) == (6150, 6150)
    assert early.revenue[QUARTER].earned == late.revenue[QUARTER].earned


def test_a_cancelled_quarter_gives_back_what_was_earned_and_what_was_not_yet() -> None:
    state = a_quarter()
    recognise(state, MAR)
    cancelled = an_invoice("RE-1", "92.00", known=35, document_date=day(1), billing_key=QUARTER, is_cancelled=True)
    learn(state, cancelled)
    recognise(state, day(35))
    assert balances(state) == (0, 0)
    assert recognise(state, APR) == []


def test_a_credit_memo_that_names_no_invoice_takes_revenue_back_at_once() -> None:
    state = a_state(an_invoice("GS-1", "40.00", known=3, document_type="credit_memo", billing_key=None))
    assert entries_of(recognise(state, day(3))) == [
        ("sale", "2026-03-31", {"receivable": Decimal("-40.00"), "revenue": Decimal("40.00")})
    ]


def test_a_second_invoice_of_one_charge_is_owed_back_and_never_earned() -> None:
    key = "order|SO-1|SHP-1|goods"
    state = a_state(an_invoice("RE-1", "80.00", known=3, billing_key=key))
    recognise(state, day(3))
    learn(state, an_invoice("RE-2", "80.00", known=9, billing_key=key))
    recognise(state, day(9))
    assert balances(state, key) == (16000, 8000)
    learn(state, a_memo("80.00", day(12), invoice_number="RE-2"))
    recognise(state, day(12))
    assert balances(state, key) == (8000, 8000)


def test_a_contract_that_ends_early_earns_what_is_left_by_its_last_day() -> None:
    state = a_quarter()
    recognise(state, day(2))
    learn(state, a_contract_line(
        entity="MEU", billing_frequency="quarterly", period_amount=Decimal("92.00"), version=2, end_date=MAR, known=20
    ))  # fmt: skip
    learn(state, a_memo("61.00", day(20)))
    recognise(state, day(20))
    recognise(state, MAR)
    assert balances(state) == (3100, 3100)


def test_a_judgement_changes_how_the_rest_is_earned_and_closed_months_stay() -> None:
    state = a_quarter()
    recognise(state, day(2))
    recognise(state, MAR)
    apply_decision(state, judge("contract|CT-1|1", date(2026, 4, 20), method="point_in_time"))
    [decision] = recognise(state, date(2026, 4, 20))
    assert [(e["original_period"], e["period"], e["reason_code"]) for e in decision.payload["entries"]] == [
        ("2026-03-31", "2026-04-30", "REVENUE_JUDGEMENT_CHANGED")
    ]
    assert balances(state) == (9200, 0)
    recognise(state, APR)
    recognise(state, MAY)
    assert balances(state) == (9200, 9200)


def test_variable_consideration_is_held_back_until_a_person_lets_it_go() -> None:
    state = a_quarter()
    apply_decision(state, judge("contract|CT-1|1", day(2), method="over_time", held_back_percent="10"))
    recognise(state, day(2))
    for month in (MAR, APR, MAY):
        recognise(state, month)
    assert balances(state) == (9200, 8280)
    apply_decision(state, judge("contract|CT-1|1", date(2026, 6, 9), method="over_time"))
    recognise(state, date(2026, 6, 9))
    assert balances(state) == (9200, 9200)


def test_a_decision_of_finance_counts_for_what_begins_on_or_after_its_effective_date() -> None:
    payload = {
        "charge_kind": "retainer", "method": "point_in_time", "service_months": None, "held_back_percent": "0"
    }  # fmt: skip
    for effective, first_month in [("2026-03-01", 0), ("2026-03-02", 3100)]:
        state = a_quarter()
        decided = {**payload, "effective_date": effective}
        apply_decision(
            state,
            Decision(
                "revenue_default_judgement_set",
                "charge_kind",
                "charge_kind|retainer",
                day(2),
                ActorKind.PERSON,
                "cora",
                decided,
            ),
        )
        recognise(state, day(2))
        recognise(state, MAR)
        assert balances(state) == (9200, first_month)


def test_every_entry_balances() -> None:
    state = a_quarter()
    decided = [*recognise(state, day(2)), *recognise(state, MAR)]
    learn(state, a_memo("92.00", date(2026, 4, 7)))
    decided += recognise(state, date(2026, 4, 8))
    assert all(sum(lines.values()) == 0 for _, _, lines in entries_of(decided))


@pytest.mark.parametrize("is_drafted", [True, False], ids=["as drafted", "as accounting billed it without a draft"])
@pytest.mark.parametrize(
    ("start", "period_start", "last_day"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 1, 30), date(2026, 2, 28), date(2026, 3, 29)),
        (date(2026, 1, 29), date(2026, 2, 28), date(2026, 3, 28)),
        (date(2027, 12, 31), date(2028, 2, 29), date(2028, 3, 30)),
    ],
    ids=["31st", "30th", "29th", "31st in a leap year"],
)
def test_a_period_that_begins_on_a_short_month_s_last_day_is_earned_to_the_day_before_the_anchor_s_next(
    start: date, period_start: date, last_day: date, is_drafted: bool
) -> None:
    key = f"contract|CT-1|1|{period_start}|retainer"
    line = a_contract_line(entity="MEU", start_date=start, period_amount=Decimal("310.00"))
    state = a_state(a_customer(entity="MEU"), line)
    if is_drafted:
        invoicing = InvoicingPolicy.from_policy(a_policy())
        for decision in draft_charges(state, invoicing, business_date=period_start):
            apply_decision(state, decision)
        assert state.charges[key].draft.period_end == last_day
    invoice = an_invoice("RE-1", "310.00", document_date=period_start, billing_key=key)
    learn(state, replace(invoice, known_date=period_start))
    charge = known_charge(key, state, [state.documents[invoice.document_key]], None, period_start)
    assert charge is not None
    assert charge.service == (period_start, last_day)
