"""What went wrong elsewhere when invoices were made, and does not here; each test bears the number of its case."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.close.facts import load_facts
from assets.close.reviewer import Reviewer
from assets.invoicing.decide import draft_charges, invoicing_findings, issue_approved
from assets.invoicing.policy import InvoicingPolicy
from assets.ledger.charges import contract_billing_key, read_billing_key
from assets.ledger.day import DayState, Fact
from assets.ledger.decision import Decision
from assets.ledger.documents import DocumentLine, plain, totals
from assets.ledger.money import ZERO, from_minor, split_by_weights, to_minor
from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow
from tests.close.builders import (
    MemoryLog,
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_milestone,
    a_policy,
    a_shipment,
    an_invoice,
    an_order,
    an_order_line,
    day,
    some_usage,
    walk_days,
)
from tests.invoicing.test_recurring import decide, issue, learn
from tests.ledger.test_day import a_state

POLICY = InvoicingPolicy.from_policy(a_policy())
AMOUNTS = st.decimals(Decimal(-(10**9)), Decimal(10**9), places=4)


def test_cat_1_a_generator_that_runs_all_day_drafts_once() -> None:
    log, facts = MemoryLog(), [a_customer(), a_contract_line()]
    for _ in range(10):
        walk_days(facts, log, 1, 1) if log.closed is None else walk_days(facts, log, 2, 2)
    assert len(log.of("draft_created")) == 1


def test_cat_5_charges_of_one_period_that_differ_in_reason_have_keys_of_their_own() -> None:
    kinds = [
        ("2026-03-01", "retainer"),
        ("2026-03-01.v2", "retainer"),
        ("2026-03-01", "usage"),
        ("2026-03-01.1", "usage"),
    ]
    keys = {contract_billing_key("CT-1", 1, occasion, kind) for occasion, kind in kinds}
    assert len(keys) == len(kinds)
    assert {read_billing_key(key).period_start for key in keys} == {date(2026, 3, 1)}


ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "America/Juneau",
    "Asia/Kolkata", "Pacific/Auckland",
)  # fmt: skip
MONTH_END, NEXT_MONTH = date(2026, 3, 31), date(2026, 4, 1)


def at_local(on: date, hour: int, zone: str) -> datetime:
    """Return the moment, in UTC, at which it is half past an hour in a zone."""
    return datetime(on.year, on.month, on.day, hour, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def in_zone(zone: str, *facts: Fact) -> DayState:
    """Return a state in which the American company keeps its days in a zone."""
    state = a_state()
    state.entities = {**state.entities, "MUS": replace(state.entities["MUS"], time_zone=zone)}
    learn(state, *facts)
    return state


def decided_daily(state: DayState, told: list[Fact]) -> dict[str, tuple[date, Decision]]:
    """Return each charge drafted around the month's end when facts are told on their days, with the day it was."""
    drafted: dict[str, tuple[date, Decision]] = {}
    for on in (date(2026, 3, 30) + timedelta(days=n) for n in range(5)):
        learn(state, *(fact for fact in told if fact.known_date == on))
        for decision in decide(state, on):
            assert decision.kind == "draft_created", decision
            assert decision.subject_key not in drafted, f"{decision.subject_key} is drafted twice"
            drafted[decision.subject_key] = on, decision
    return drafted


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("day_of", "hour"),
    [(MONTH_END, 23), (NEXT_MONTH, 0)],
    ids=["half an hour before the month ends", "half an hour after"],
)
@pytest.mark.parametrize("days_later", [0, 1], ids=["told on the day", "told the next morning"])
def test_cat_7_and_12_a_trigger_falls_on_the_day_it_is_where_the_entity_is_and_bills_once(
    zone: str, day_of: date, hour: int, days_later: int
) -> None:
    moment = at_local(day_of, hour, zone)
    known = moment.date() + timedelta(days=days_later)
    state = in_zone(
        zone,
        a_customer(),
        a_frame_agreement(),
        a_contract_line(),
        a_contract_line("milestone", contract="CT-2"),
        a_contract_line("usage", contract="CT-3", included_quantity=None, unit_price=Decimal("0.10")),
        some_usage(1000, on=day(20), known=day(21), contract="CT-3"),
        an_order(),
        an_order_line(),
    )
    as_tables_hold_it = moment.replace(tzinfo=None)
    told: list[Fact] = [
        replace(a_shipment(), shipped_at=moment, known_date=known),
        replace(a_milestone(contract="CT-2"), completed_at=as_tables_hold_it, known_date=known),
    ]
    drafted = decided_daily(state, told)
    triggered = {key: decision.payload["triggered_date"] for key, (_, decision) in drafted.items()}
    assert triggered == {
        "contract|CT-1|1|2026-03-01|retainer": "2026-03-01",
        "contract|CT-1|1|2026-04-01|retainer": "2026-04-01",
        "contract|CT-2|1|M1|milestone": day_of.isoformat(),
        "contract|CT-3|1|2026-03-01|usage": "2026-04-01",
        "order|SO-1|SHP-1|goods": day_of.isoformat(),
    }
    for key in ("contract|CT-2|1|M1|milestone", "order|SO-1|SHP-1|goods"):
        on, decision = drafted[key]
        assert on == max(day_of, known), "drafted before its day began, or late"
        assert datetime.fromisoformat(decision.payload["trigger_at"]) == moment


@pytest.mark.parametrize("zone", ZONES)
def test_cat_12_a_milestone_is_priced_as_agreed_on_the_day_of_its_acceptance_where_the_entity_is(zone: str) -> None:
    for on, hour, price in ((MONTH_END, 23, "900.00"), (NEXT_MONTH, 0, "1200.00")):
        state = in_zone(
            zone,
            a_customer(),
            a_contract_line("milestone", contract="CT-2"),
            a_contract_line(
                "milestone", contract="CT-2", version=2, effective_date=NEXT_MONTH, period_amount=Decimal("1200.00")
            ),
            replace(a_milestone(contract="CT-2"), completed_at=at_local(on, hour, zone)),
        )
        [draft] = decide(state, date(2026, 4, 2))
        assert draft.payload["net_amount"] == price


def test_cat_12_a_milestone_accepted_in_the_evening_in_new_york_is_earned_in_the_month_that_ends_that_night() -> None:
    done = replace(a_milestone(contract="CT-2", known=32), completed_at=datetime(2026, 4, 1, 0, 30, tzinfo=UTC))
    log = MemoryLog()
    walk_days([a_customer(), a_contract_line("milestone", contract="CT-2"), done], log, 1, 40)
    [decision] = log.of("revenue_recognised")
    [entry] = decision.payload["entries"]
    assert (entry["posting_date"], entry["period"], entry["reason_code"]) == ("2026-03-31", "2026-03-31", None)


def test_cat_12_a_draft_on_record_keeps_the_day_it_was_recorded_with() -> None:
    """Records of days that ended in UTC are replayed as they stand: nothing is drafted or moved again."""
    done = replace(a_milestone(contract="CT-2", known=32), completed_at=datetime(2026, 4, 1, 0, 30, tzinfo=UTC))
    facts, log = [a_customer(), a_contract_line("milestone", contract="CT-2"), done], MemoryLog()
    walk_days(facts, log, 1, 32)
    log.entries = [
        replace(
            entry, decision=replace(entry.decision, payload={**entry.decision.payload, "triggered_date": "2026-04-01"})
        )
        if entry.decision.kind == "draft_created"
        else entry
        for entry in log.entries
    ]
    walk_days(facts, log, 33, 70)
    assert (len(log.of("draft_created")), len(log.of("draft_withdrawn"))) == (1, 0)
    entries = [entry for decision in log.of("revenue_recognised") for entry in decision.payload["entries"]]
    assert [(entry["posting_date"], entry["reason_code"]) for entry in entries] == [("2026-04-01", None)]


@pytest.mark.parametrize("zone", ZONES)
def test_cat_12_a_date_without_an_hour_is_that_date_in_every_zone(zone: str) -> None:
    state = in_zone(zone)
    assert state.local_date("MUS", datetime(2026, 3, 31, tzinfo=UTC)) == MONTH_END


def test_cat_10_a_batch_that_stops_in_the_middle_goes_on_without_a_second_invoice() -> None:
    state = a_state(a_customer(), a_contract_line(), a_contract_line(contract="CT-2"))
    decide(state, day(1))
    keys = sorted(state.charges)
    issue(state, keys[0], day(1))
    again = [d.subject_key for d in issue_approved(state, [(key, "clerk") for key in keys], business_date=day(1))]
    assert set(again) == {keys[1]}


def test_cat_17_a_shipment_nobody_can_bill_yet_is_waited_for_and_billed_when_its_order_is_known() -> None:
    state = a_state(a_customer(), a_frame_agreement(), a_shipment(), a_shipment(number="SHP-2", quantity=Decimal(2)))
    assert decide(state, day(4)) == []
    learn(state, an_order(), an_order_line())
    assert {d.subject_key for d in decide(state, day(9))} == {"order|SO-1|SHP-1|goods", "order|SO-1|SHP-2|goods"}


def test_back_orders_are_billed_by_shipment_and_a_voided_one_is_withdrawn() -> None:
    state = a_state(a_customer(), a_frame_agreement(), an_order(), an_order_line(), a_shipment(quantity=Decimal(4)))
    [first] = decide(state, day(4))
    learn(state, a_shipment(number="SHP-2", quantity=Decimal(6)), a_shipment(quantity=Decimal(4), is_voided=True))
    decisions = decide(state, day(5))
    assert (first.payload["net_amount"], [d.kind for d in decisions]) == ("40.00", ["draft_created", "draft_withdrawn"])
    assert decisions[0].payload["net_amount"] == "60.00"


def test_cat_44_a_discount_before_tax_has_one_result() -> None:
    price, discount = Decimal("348.35"), Decimal("222.94")  # 4 % of 5,573.60 is 222.944
    lines = (
        DocumentLine.priced(1, "Valve", Decimal(16), price, "EUR"),
        DocumentLine.priced(2, "Discount 4 %", Decimal(-1), discount, "EUR"),
    )
    assert totals(lines, Decimal("0.22"), "EUR") == (Decimal("5350.66"), Decimal("1177.15"), Decimal("6527.81"))


def test_cat_45_parts_of_a_cent_are_in_the_total_as_they_are_on_the_lines() -> None:
    lines = [
        DocumentLine.priced(n, "x", Decimal(1), price, "EUR")
        for n, price in enumerate((Decimal("0.003"), Decimal("0.004")))
    ]
    assert totals(lines, ZERO, "EUR")[2] == sum((line.net_amount for line in lines), ZERO) == ZERO


@given(
    st.lists(st.tuples(AMOUNTS, st.decimals(0, 1000, places=2)), min_size=1, max_size=8),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_cat_46_and_47_lines_and_taxes_are_the_total_with_negative_lines_too(
    priced: list[tuple[Decimal, Decimal]], currency_code: str
) -> None:
    lines = [DocumentLine.priced(n, "x", quantity, price, currency_code) for n, (quantity, price) in enumerate(priced)]
    net, tax, total = totals(lines, Decimal("0.19"), currency_code)
    assert (net, total) == (sum((line.net_amount for line in lines), ZERO), net + tax)
    assert from_minor(to_minor(total, currency_code), currency_code) == total


@given(AMOUNTS, st.decimals(0, 1000, places=2))
def test_cat_49_a_line_and_its_opposite_are_nothing_together(quantity: Decimal, price: Decimal) -> None:
    there = DocumentLine.priced(1, "x", quantity, price, "EUR").net_amount
    assert there + DocumentLine.priced(1, "x", -quantity, price, "EUR").net_amount == 0


@given(AMOUNTS)
def test_cat_51_and_52_amounts_are_written_digit_by_digit(amount: Decimal) -> None:
    text = plain(amount)
    assert re.fullmatch(r"-?\d+\.\d{2,}", text)
    assert Decimal(text) == amount


@pytest.mark.parametrize(
    ("currency_code", "minor", "text"),
    [("JPY", 1234, "1234"), ("EUR", 1234, "12.34"), ("KWD", 1234, "1.234")],
)
def test_cat_53_minor_units_are_those_of_the_currency(currency_code: str, minor: int, text: str) -> None:
    assert from_minor(minor, currency_code) == Decimal(text)


def test_cat_54_what_costs_nothing_makes_no_document() -> None:
    included = some_usage(1000, on=day(3), known=day(4))
    free = a_contract_line(contract="CT-2", period_amount=Decimal(0))
    state = a_state(a_customer(), a_contract_line("usage"), free, included)
    assert draft_charges(state, POLICY, business_date=date(2026, 4, 1)) == []


def test_cat_11_facts_that_cannot_be_read_stop_the_run_and_are_not_taken_for_none(tmp_path: Path) -> None:
    """An incomplete view would bill what is missing from it again; see also the manifest, which refuses half a file."""
    warehouse = Home(tmp_path).warehouse()
    with pytest.raises(duckdb.CatalogException):
        load_facts(warehouse, RunWindow(day(1), day(1), RunMode.CLOSE))


def test_cat_15_every_run_of_a_day_makes_and_sends_the_invoice_once() -> None:
    log, facts = MemoryLog(), [a_customer(), a_contract_line()]
    reviewer = Reviewer.of([(day(1), "contract|CT-1|1|2026-03-01|retainer", 1)])
    for _ in range(5):
        walk_days(facts, log, 1, 1, mode=RunMode.INTRADAY, reviewer=reviewer)
    for last in (1, 2, 2, 1):
        walk_days(facts, log, 1, last, reviewer=reviewer)
    assert len(log.of("invoice_issued")) == 1
    assert [message.payload["document"] for message in log.messages.values()].count("invoice") == 1


@given(st.integers(1, 10**12), st.lists(st.integers(1, 10**6), max_size=8), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_cat_50_an_invoice_paid_in_full_has_nothing_left_however_it_was_paid(
    total: int, weights: list[int], currency_code: str
) -> None:
    amount = from_minor(total, currency_code)
    invoice = an_invoice("RE-1", str(amount), currency_code=currency_code)
    state = a_state(a_customer(entity="MEU"), invoice)
    parts = split_by_weights(amount, [*weights, 1], currency_code)
    for number, part in enumerate(parts):
        state.apply_cash(f"a{number}", "R1", [(invoice.document_key, to_minor(part, currency_code))])
    item = state.open_items[invoice.document_key]
    assert (item.open_minor, invoice.document_key in state.open_invoices) == (0, False)
    assert list(state.open_items_of("acme")) == []


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ([a_customer(), a_contract_line(currency_code="QQQ")], "CURRENCY_UNKNOWN"),
        ([a_customer(), a_contract_line(tax_code="NO-SUCH")], "TAX_CODE_UNKNOWN"),
        ([a_customer(), a_contract_line(period_amount=Decimal(-900))], "QUANTITY_NOT_POSITIVE"),
        ([a_customer(), a_contract_line(period_amount=Decimal(10) ** 15)], "DRAFT_AMOUNT_OUT_OF_RANGE"),
        ([a_customer(), a_contract_line(customer_key=None)], "AGREEMENT_MISSING"),
        ([a_customer(), a_contract_line(legal_entity_id="NOBODY")], "LEGAL_ENTITY_UNKNOWN"),
    ],
    ids=["currency", "tax rate", "negative price", "beyond what can be held", "no customer", "no entity"],
)
def test_bad_input_parks_its_charge_with_a_reason_and_an_owner_and_the_batch_goes_on(
    facts: list[Any], reason: str
) -> None:
    log = MemoryLog()
    walk_days([*facts, a_customer("other"), a_contract_line(contract="CT-2", customer_key="other")], log, 1, 2)
    [blocked] = log.of("draft_blocked")
    assert blocked.reason_code == reason
    assert [draft.payload["contract_id"] for draft in log.of("draft_created")] == ["CT-2"]
    [opened] = [each for each in log.of("exception_opened") if each.reason_code == reason]
    assert opened.payload["owner"]
    assert opened.payload["upstream_field"]


def test_a_shipment_voided_after_its_invoice_is_for_a_person_to_credit_until_it_is_credited() -> None:
    facts = [a_customer(), a_frame_agreement(), an_order(), an_order_line(), an_order_line(line_number=2)]
    state = a_state(*facts, a_shipment(quantity=Decimal(4)), a_shipment(line_number=2, quantity=Decimal(6)))
    decide(state, day(4))
    key = "order|SO-1|SHP-1|goods"
    issue(state, key, day(5))
    assert invoicing_findings(state) == []
    learn(state, a_shipment(line_number=2, quantity=Decimal(6), is_voided=True, known=6))
    assert decide(state, day(6)) == []
    [finding] = invoicing_findings(state)
    assert (finding.reason_code, finding.amount) == ("DELIVERY_UNDONE_AFTER_BILLING", Decimal("60.00"))
    [document] = state.live_documents_billing(key)
    credit = replace(
        document,
        document_key="credit",
        document_number="C-1",
        document_type="credit_memo",
        net_amount=Decimal("60.00"),
        total_amount=Decimal("60.00"),
        credits_document_key=document.document_key,
    )
    learn(state, credit)
    assert invoicing_findings(state) == []


def test_a_milestone_opened_again_after_its_invoice_is_for_a_person_and_at_peace_once_it_is_done_again() -> None:
    state = a_state(a_customer(), a_contract_line("milestone"), a_milestone())
    decide(state, day(5))
    issue(state, "contract|CT-1|1|M1|milestone", day(6))
    learn(state, replace(a_milestone(), is_completed=False, known_date=day(7)))
    assert decide(state, day(7)) == []
    [finding] = invoicing_findings(state)
    assert (finding.reason_code, finding.upstream_system) == ("DELIVERY_UNDONE_AFTER_BILLING", "projects")
    learn(state, replace(a_milestone(), known_date=day(8)))
    assert decide(state, day(8)) == []
    assert invoicing_findings(state) == []
