"""The walk: each day on the state the day before left, closed days replayed and never decided again."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.close.reviewer import Reviewer
from assets.ledger.day import Fact
from assets.ledger.decision import canonical_json
from assets.ledger.disputes import Dispute, Rejection
from assets.ledger.keys import document_key
from assets.ledger.policy import Policy
from assets.ledger.receipts import SourceApplication
from assets.platform.window import RunMode
from tests.close.builders import (
    MemoryLog,
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_milestone,
    a_policy,
    a_receipt,
    a_shipment,
    a_statement,
    an_account,
    an_invoice,
    an_order,
    an_order_line,
    as_text,
    day,
    some_usage,
    walk_days,
    walk_in_steps,
)

GOODS = "order|SO-1|SHP-1|goods"
RETAINER = "contract|CT-1|1|2026-03-01|retainer"
LAST = 40


def a_company() -> list[Fact]:
    """Return forty days of a company in which everything happens once, some of it late, twice or wrong."""
    statements = [a_statement(number, entity=entity) for number in range(1, LAST + 1) for entity in ("MUS", "MEU")]
    return [
        *statements,
        a_customer(),
        a_customer("beta", entity="MEU", currency_code="EUR"),
        a_customer("late", entity="MUS", known=9),
        an_account("ACC-9", "acme"),
        a_frame_agreement(),
        a_frame_agreement("beta", entity="MEU", is_purchase_order_required=True),
        a_frame_agreement("late", known=20),
        a_contract_line(),
        a_contract_line(version=2, period_amount=Decimal("950.00"), known=25),
        a_contract_line("usage", contract="CT-2", known=1),
        some_usage(5000, on=day(20), known=day(21), contract="CT-2", event="in time"),
        some_usage(700, on=day(31), known=day(34), contract="CT-2", event="too late"),
        a_contract_line("milestone", contract="CT-3", known=12, entity="MEU", customer_key="beta"),
        a_milestone("M1", contract="CT-3", known=6),
        a_milestone("M2", contract="CT-3", known=30),
        an_order(),
        an_order_line(),
        a_shipment(),
        an_order("SO-2", entity="MEU", customer_key="beta"),
        an_order_line("SO-2"),
        a_shipment("SO-2", "SHP-2", known=5),
        an_order("SO-2", entity="MEU", customer_key="beta", purchase_order_number="PO-77", known=11),
        an_order("SO-3", customer_key="late", known=10),
        an_order_line("SO-3", known=10),
        a_shipment("SO-3", "SHP-3", known=12),
        an_order("SO-4", known=7),
        an_order("SO-4", is_cancelled=True, known=9),
        an_invoice("RE-2", known=13, customer_key="beta", billing_key="order|SO-2|SHP-2|goods"),
        an_invoice("RE-3", "80.00", known=8, customer_key="beta"),
        an_invoice("RE-3", "80.00", known=8, customer_key="beta", is_cancelled=True, known_date=day(18)),
        an_invoice("RE-4", "300.00", known=3, customer_key="beta", billing_key=None),
        a_receipt("R1", 10_000, text="invoice MUS-2026-00002", known=15, payer_account="ACC-9"),
        a_receipt("R2", 4_242, text="thanks", known=16),
        a_receipt("R3", 11_900, text="RE-2", entity="MEU", known=17),
        a_receipt("R4", 5_000, entity="MEU", known=14, is_unbanked=True, customer_key="beta"),
        SourceApplication("A4", "R4", document_key("quickbooks", "MEU", "RE-4"), 5_000, day(14)),
        a_receipt("R5", 10_000, text="SO-3 MUS-2026-00003", known=22),
    ]


REVIEWER = Reviewer.of([(day(2), RETAINER, 1), (day(4), GOODS, 1), (day(20), "order|SO-3|SHP-3|goods", 1)])
SINGLE_DAYS = [(number, number) for number in range(1, LAST + 1)]


def people(log: MemoryLog, on: int) -> None:
    """Decide what people decide between the days of these tests."""
    if on == 18:
        applied = log.of("cash_applied")[0]
        log.by_person("application_undone", applied.subject_key, 18, undoes=applied.decision_key, note="wrong")
    if on == 21:
        log.by_person("draft_rejected", "contract|CT-3|1|M1|milestone", 21, draft_digest="x")
        log.by_person("reminder_held", document_key("quickbooks", "MEU", "RE-4"), 21)
    if on == 24:
        application = {
            "document_key": document_key("openitem", "MUS", "MUS-2026-00002"),
            "document_number": "MUS-2026-00002",
            "applied_amount": "100.00",
        }
        log.by_person("match_confirmed", "R1", 24, "2", applications=[application], customer_key="acme", rule="x")


def test_one_window_equals_single_days() -> None:
    at_once, log = walk_in_steps(a_company(), [(1, LAST)], reviewer=REVIEWER)
    day_by_day, daily_log = walk_in_steps(a_company(), SINGLE_DAYS, reviewer=REVIEWER)
    assert at_once == day_by_day
    assert [entry.decision for entry in log.entries] == [entry.decision for entry in daily_log.entries]


def test_every_table_has_rows_in_this_company() -> None:
    tables, _ = walk_in_steps(a_company(), [(1, LAST)], reviewer=REVIEWER)
    assert [name for name, rows in tables.items() if not rows] == []


def test_closed_days_are_replayed_to_the_same_rows_and_append_nothing() -> None:
    log = MemoryLog()
    first = walk_days(a_company(), log, 1, LAST, reviewer=REVIEWER)
    count = len(log.entries)
    again = walk_days(a_company(), log, 1, LAST, reviewer=REVIEWER)
    assert as_text(first) == as_text(again)
    assert len(log.entries) == count


def test_replay_with_decisions_of_people_between_the_days_gives_the_same_rows() -> None:
    day_by_day, log = walk_in_steps(a_company(), SINGLE_DAYS, reviewer=REVIEWER, people=people)
    rebuilt = as_text(walk_days(a_company(), log, 1, LAST, reviewer=REVIEWER))
    assert rebuilt == day_by_day


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    cuts=st.sets(st.integers(min_value=1, max_value=LAST - 1), max_size=6),
    delays=st.lists(st.integers(min_value=0, max_value=12), min_size=60, max_size=60),
)
def test_however_late_facts_come_and_however_the_window_is_cut_the_rows_are_the_same(
    cuts: set[int], delays: list[int]
) -> None:
    facts = [
        replace(fact, known_date=fact.known_date + timedelta(days=delay))
        for fact, delay in zip(a_company(), [0] * (2 * LAST) + delays, strict=False)
        if fact.known_date is not None
    ]
    edges = [0, *sorted(cuts), LAST]
    steps = [(before + 1, after) for before, after in pairwise(edges)]
    at_once, _ = walk_in_steps(facts, [(1, LAST)], reviewer=REVIEWER)
    in_steps, log = walk_in_steps(facts, steps, reviewer=REVIEWER)
    assert at_once == in_steps
    assert as_text(walk_days(facts, log, 1, LAST, reviewer=REVIEWER)) == at_once


def test_a_closed_day_is_not_decided_again_whatever_policy_says_now() -> None:
    log = MemoryLog()
    walk_days(a_company(), log, 1, 20, reviewer=REVIEWER)
    count = len(log.entries)
    tables = dict(a_policy().tables)
    tables["order_checks"] = ()
    tables["tax_rates"] = ()
    stricter = Policy.from_rows(tables)
    result = walk_days(a_company(), log, 1, 20, policy=stricter)
    assert len(log.entries) == count
    assert result.closed_days == ()
    assert {row["status"] for row in result.tables["invoice_drafts"]} == {"drafted", "blocked"}


def test_an_invoice_is_numbered_in_the_order_of_the_reviewer_and_matched_from_the_next_day_on() -> None:
    log = MemoryLog()
    walk_days(a_company(), log, 1, 15, reviewer=REVIEWER)
    assert [(d.subject_key, d.payload["document_number"]) for d in log.of("invoice_issued")] == [
        (RETAINER, "MUS-2026-00001"),
        (GOODS, "MUS-2026-00002"),
    ]
    [applied] = log.of("cash_applied")
    assert applied.payload["applications"][0]["document_number"] == "MUS-2026-00002"


def test_a_charge_is_billed_once_however_often_the_day_is_looked_at() -> None:
    log = MemoryLog()
    walk_days(a_company(), log, 1, 3, reviewer=REVIEWER)
    for _ in range(3):
        walk_days(a_company(), log, 4, 4, mode=RunMode.INTRADAY, reviewer=REVIEWER)
    walk_days(a_company(), log, 4, 6, reviewer=REVIEWER)
    issued = Counter(decision.subject_key for decision in log.of("invoice_issued"))
    assert issued == {RETAINER: 1, GOODS: 1}


def test_intraday_leaves_the_day_open_and_queues_no_reminder() -> None:
    log = MemoryLog()
    walk_days(a_company(), log, 1, 11, reviewer=REVIEWER)
    sent_before = len(log.messages)
    result = walk_days(a_company(), log, 12, 12, mode=RunMode.INTRADAY, reviewer=REVIEWER)
    assert log.closed == day(11)
    assert len(log.messages) == sent_before
    assert result.tables["invoice_drafts"]


def test_an_intraday_look_changes_nothing_that_the_close_decides() -> None:
    plain, _ = walk_in_steps(a_company(), SINGLE_DAYS[:16], reviewer=REVIEWER)
    log = MemoryLog()
    looked: dict[str, list[str]] = {}
    for number in range(1, 17):
        walk_days(a_company(), log, number, number, mode=RunMode.INTRADAY, reviewer=REVIEWER)
        for name, rows in as_text(walk_days(a_company(), log, number, number, reviewer=REVIEWER)).items():
            looked.setdefault(name, []).extend(rows)
    assert {name: sorted(rows) for name, rows in looked.items()} == {name: sorted(rows) for name, rows in plain.items()}


def test_a_blocked_charge_is_drafted_on_the_day_its_fault_is_repaired() -> None:
    log = MemoryLog()
    result = walk_days(a_company(), log, 1, 15, reviewer=REVIEWER)
    story = [
        (row["business_date"], row["status"], row["reason_code"])
        for row in result.tables["invoice_drafts"]
        if row["billing_key"] == "order|SO-2|SHP-2|goods"
    ]
    assert story == [(day(5), "blocked", "PO_NUMBER_MISSING"), (day(11), "drafted", None)]
    exceptions = [
        (row["business_date"], row["status"])
        for row in result.tables["exceptions"]
        if row["subject_label"] == "SO-2" and row["reason_code"] == "PO_NUMBER_MISSING"
    ]
    assert exceptions == [(day(2), "opened"), (day(11), "resolved")]  # once, from the order on


def test_goods_of_a_customer_without_agreement_wait_for_it() -> None:
    result = walk_days(a_company(), MemoryLog(), 1, 21, reviewer=REVIEWER)
    story = [
        (row["business_date"], row["status"], row["reason_code"])
        for row in result.tables["invoice_drafts"]
        if row["order_number"] == "SO-3"
    ]
    assert story == [(day(12), "blocked", "AGREEMENT_MISSING"), (day(20), "drafted", None)]


def test_an_amended_amount_counts_for_periods_drafted_after_it_is_known() -> None:
    result = walk_days(a_company(), MemoryLog(), 1, LAST)
    retainers = {
        row["billing_key"]: row["net_amount"]
        for row in result.tables["invoice_drafts"]
        if row["charge_kind"] == "retainer"
    }
    assert retainers == {RETAINER: Decimal("900.00"), "contract|CT-1|1|2026-04-01|retainer": Decimal("950.00")}


def test_usage_counts_what_is_known_on_the_billing_day_and_the_rest_is_an_exception() -> None:
    result = walk_days(a_company(), MemoryLog(), 1, LAST)
    [usage] = [row for row in result.tables["invoice_drafts"] if row["charge_kind"] == "usage"]
    assert (usage["business_date"], usage["net_amount"]) == (date(2026, 4, 1), Decimal("50.00"))
    [late] = [row for row in result.tables["exceptions"] if row["reason_code"] == "USAGE_AFTER_BILLING"]
    assert late["business_date"] == day(34)


def test_an_unbanked_payment_is_applied_by_accounting_and_left_alone_by_the_rules() -> None:
    result = walk_days(a_company(), MemoryLog(), 1, 20)
    assert "R4" not in {row["receipt_key"] for row in result.tables["cash_matches"]}
    open_amounts = {
        row["business_date"]: row["open_amount"]
        for row in result.tables["reminder_plan"]
        if row["document_number"] == "RE-4"
    }
    assert (open_amounts[day(13)], open_amounts[day(14)]) == (Decimal("300.00"), Decimal("250.00"))


def test_a_cancelled_invoice_leaves_the_plan_and_takes_its_revenue_back() -> None:
    result = walk_days(a_company(), MemoryLog(), 1, 20)
    planned = {row["business_date"] for row in result.tables["reminder_plan"] if row["document_number"] == "RE-3"}
    assert planned == {day(number) for number in range(8, 18)}
    key = document_key("quickbooks", "MEU", "RE-3")
    entries = [
        (row["business_date"], row["account_kind"], row["debit_amount"] - row["credit_amount"])
        for row in result.tables["revenue_entries"]
        if row["document_key"] == key
    ]
    assert entries == [
        (day(8), "receivable", Decimal("80.00")),
        (day(8), "revenue", Decimal("-80.00")),
        (day(18), "receivable", Decimal("-80.00")),
        (day(18), "revenue", Decimal("80.00")),
    ]


def test_a_cancelled_order_is_neither_billed_nor_held() -> None:
    log = MemoryLog()
    result = walk_days(a_company(), log, 1, LAST)
    assert "SO-4" not in {row["order_number"] for row in result.tables["invoice_drafts"]}
    assert [d.payload["verdict"] for d in log.of("order_checked") if d.payload["order_number"] == "SO-4"] == ["pass"]


def test_what_a_person_undid_is_proposed_and_not_applied_by_a_rule_again() -> None:
    _, log = walk_in_steps(a_company(), SINGLE_DAYS[:23], reviewer=REVIEWER, people=people)
    assert [d.business_date for d in log.of("cash_applied") if d.subject_key == "R1"] == [day(15)]
    result = walk_days(a_company(), log, 18, 23, reviewer=REVIEWER)
    [row] = [row for row in result.tables["cash_matches"] if row["receipt_key"] == "R1"]
    assert (row["outcome"], row["reason_code"]) == ("proposed", "UNDONE_BY_PERSON")


def test_a_confirmed_match_settles_the_invoice_from_that_day_on() -> None:
    _, log = walk_in_steps(a_company(), SINGLE_DAYS[:26], reviewer=REVIEWER, people=people)
    result = walk_days(a_company(), log, 18, 26, reviewer=REVIEWER)
    planned = {
        row["business_date"] for row in result.tables["reminder_plan"] if row["document_number"] == "MUS-2026-00002"
    }
    assert planned == {day(number) for number in range(18, 24)}


def test_a_draft_that_a_person_approved_and_issued_is_an_invoice_like_any_other() -> None:
    log = MemoryLog()
    walk_days(a_company(), log, 1, 4)
    draft = next(d.payload for d in log.of("draft_created") if d.subject_key == GOODS)
    log.by_person("draft_approved", GOODS, 5, draft_digest="x")
    issued = {**draft, "invoice_date": day(5).isoformat(), "due_date": day(20).isoformat()}
    log.by_person("invoice_issued", GOODS, 5, **issued, document_number="MUS-2026-00001")
    result = walk_days(a_company(), log, 5, 30)
    assert [d.subject_key for d in log.of("invoice_issued")] == [GOODS]
    planned = [row for row in result.tables["reminder_plan"] if row["document_number"] == "MUS-2026-00001"]
    assert planned[0]["business_date"] == day(5)
    revenue = [row for row in result.tables["revenue_entries"] if row["billing_key"] == GOODS]
    issued_key = document_key("openitem", "MUS", "MUS-2026-00001")
    assert {(row["business_date"], row["document_key"]) for row in revenue} == {(day(5), issued_key)}
    assert len(log.of("revenue_recognised")) == len({d.decision_key for d in log.of("revenue_recognised")})


def test_a_rejected_draft_is_not_issued_even_when_the_reviewer_lists_it() -> None:
    log = MemoryLog()
    walk_days(a_company(), log, 1, 4)
    log.by_person("draft_rejected", GOODS, 5, draft_digest="x")
    walk_days(a_company(), log, 5, 8, reviewer=Reviewer.of([(day(5), GOODS, 1)]))
    assert log.of("invoice_issued") == []


def test_an_approved_draft_of_an_entity_that_invoices_here_is_issued_on_the_open_day() -> None:
    log = MemoryLog()
    walk_days(a_company(), log, 1, 4)
    log.by_person("draft_approved", GOODS, 5, draft_digest="x")
    walk_days(a_company(), log, 5, 5)
    assert [d.subject_key for d in log.of("invoice_issued")] == [GOODS]


def test_facts_known_before_the_window_are_decided_on_its_first_open_day() -> None:
    log = MemoryLog()
    result = walk_days(a_company(), log, 10, 12)
    assert {decision.business_date for decision in log.of("order_checked")} <= {day(10), day(11), day(12)}
    assert GOODS in {row["billing_key"] for row in result.tables["invoice_drafts"] if row["business_date"] == day(10)}


def test_an_exception_closed_by_a_person_is_not_opened_again_for_the_same_thing() -> None:
    log = MemoryLog()
    walk_days(a_company(), log, 1, 6)
    opened = next(d for d in log.of("exception_opened") if d.reason_code == "BILLING_REFERENCE_MISSING")
    log.by_person("exception_closed", opened.subject_key, 7, note="known")
    walk_days(a_company(), log, 7, 12)
    assert [d.subject_key for d in log.of("exception_opened")].count(opened.subject_key) == 1


def test_accounting_is_compared_with_our_draft_once_both_are_known() -> None:
    result = walk_days(a_company(), MemoryLog(), 1, 20)
    compared = {
        row["billing_key"]: (row["business_date"], row["verdict"]) for row in result.tables["draft_comparisons"]
    }
    assert compared["order|SO-2|SHP-2|goods"] == (day(13), "agrees")
    assert compared["contract|CT-3|1|M1|milestone"] == (day(17), "not_in_accounting")


def test_every_reminder_on_record_is_in_the_plan_as_sent_with_its_message() -> None:
    log = MemoryLog()
    result = walk_days(a_company(), log, 1, LAST, reviewer=REVIEWER)
    sent = {row["outbox_key"] for row in result.tables["reminder_plan"] if row["decision"] == "send"}
    assert sent == {key for key, message in log.messages.items() if message.payload.get("document") != "invoice"}
    assert len(sent) == len(log.of("reminder_queued")) > 0


def test_the_plan_has_one_row_per_open_invoice_and_day() -> None:
    result = walk_days(a_company(), MemoryLog(), 1, LAST, reviewer=REVIEWER)
    rows = Counter((row["business_date"], row["document_key"]) for row in result.tables["reminder_plan"])
    assert max(rows.values()) == 1


def test_revenue_entries_are_unique_and_what_was_deferred_is_released_in_full() -> None:
    result = walk_days(a_company(), MemoryLog(), 1, LAST, reviewer=REVIEWER)
    rows = result.tables["revenue_entries"]
    assert len({(row["entry_key"], row["account_kind"]) for row in rows}) == len(rows)
    deferred = [row for row in rows if row["billing_key"] == RETAINER and row["account_kind"] == "deferred_revenue"]
    assert [
        (row["entry_kind"], row["posting_date"], row["debit_amount"] - row["credit_amount"]) for row in deferred
    ] == [
        ("billing", day(2), Decimal("-900.00")),
        ("recognition", day(31), Decimal("900.00")),
    ]


@pytest.mark.parametrize("order_of_arrival", [1, -1], ids=["as listed", "backwards"])
def test_the_order_in_which_facts_are_handed_over_does_not_matter(order_of_arrival: int) -> None:
    tables, _ = walk_in_steps(a_company()[::order_of_arrival], [(1, LAST)], reviewer=REVIEWER)
    expected, _ = walk_in_steps(a_company(), [(1, LAST)], reviewer=REVIEWER)
    assert tables == expected


def test_evidence_and_context_are_canonical_text() -> None:
    result = walk_days(a_company(), MemoryLog(), 1, 20, reviewer=REVIEWER)
    for name, column in (("order_checks", "evidence"), ("exceptions", "context"), ("invoice_drafts", "lines")):
        for row in result.tables[name]:
            assert isinstance(row[column], str)
    assert canonical_json([]) == "[]"


def test_a_missing_agreement_is_one_exception_that_lists_every_order_that_waits() -> None:
    orders = [(f"SO-{n}", f"SHP-{n}", n + 1) for n in range(1, 4)]
    facts: list[Fact] = [a_customer(), a_customer("other"), a_frame_agreement("other"), a_statement(1)]
    for order, shipment, known in orders:
        facts += [
            an_order(order, known=known, terms_code=None, agreed_terms_code=None),
            an_order_line(order, known=known),
        ]
        facts.append(a_shipment(order, shipment, known=known + 1))
    facts.append(a_frame_agreement(known=8))
    log = MemoryLog()
    rows = walk_days(facts, log, 1, 9).tables["exceptions"]
    about = [row for row in rows if row["reason_code"] == "AGREEMENT_MISSING"]
    assert {(row["subject_kind"], row["subject_key"], row["opened_date"]) for row in about} == {
        ("customer", "acme", day(3))
    }
    assert [(row["business_date"], row["status"]) for row in about] == [
        (day(3), "opened"), (day(4), "opened"), (day(5), "opened"), (day(8), "resolved"),
    ]  # fmt: skip
    assert json.loads(about[2]["context"])["waiting"] == ["SO-1", "SO-2", "SO-3"]
    still_open = {row["subject_label"] for row in rows if row["status"] == "opened"} - {"Acme Trading"}
    assert still_open <= {"SO-1"}  # terms of an order are asked for only until the agreement is known to be missing


def test_an_invoice_without_its_reference_is_one_exception_and_names_the_charge_it_bills() -> None:
    facts = [
        a_customer(entity="MEU"), a_frame_agreement(entity="MEU"), an_order(entity="MEU"), an_order_line(),
        a_shipment(), an_invoice("RE-9", "119.00", known=5, billing_key=None),
    ]  # fmt: skip
    rows = walk_days(facts, MemoryLog(), 1, 15).tables["exceptions"]
    assert [(row["reason_code"], row["subject_label"]) for row in rows] == [("BILLING_REFERENCE_MISSING", "RE-9")]
    assert json.loads(rows[0]["context"])["likely_charge"] == "order|SO-1|SHP-1|goods"


def test_a_dispute_about_an_invoice_that_is_paid_asks_nobody_for_anything() -> None:
    invoice = an_invoice("U-1", "100.00", entity="MUS", known=2, billing_key=None)
    dispute = Dispute("d1", "D-1", "U-1", "acme", "PRICE", None, "USD", day(3), day(3))
    facts = [a_customer(), a_frame_agreement(), invoice, dispute, a_receipt(amount=10_000, text="U-1", known=5)]
    rows = [row for row in walk_days(facts, MemoryLog(), 1, 8).tables["exceptions"] if row["subject_label"] == "U-1"]
    assert [(row["business_date"], row["status"]) for row in rows] == [(day(3), "opened"), (day(5), "resolved")]


def test_money_on_a_cancelled_invoice_is_free_again_and_pays_its_replacement() -> None:
    wrong = an_invoice("U-1", "100.00", entity="MUS", known=2, billing_key=None)
    right = an_invoice("U-2", "100.00", entity="MUS", known=6, document_date=day(1), billing_key=None)
    facts = [
        a_customer(), a_frame_agreement(), an_account(), wrong, replace(wrong, is_cancelled=True, known_date=day(6)),
        a_receipt(amount=10_000, payer_account="ACC-9", known=3), right,
    ]  # fmt: skip
    log = MemoryLog()
    result = walk_days(facts, log, 1, 8)
    applied = log.of("cash_applied")
    assert [(d.occurrence, d.payload["applications"][0]["document_number"]) for d in applied] == [
        ("1", "U-1"),
        ("2", "U-2"),
    ]
    assert [d.payload["undoes"] for d in log.of("application_undone")] == [applied[0].decision_key]
    assert as_text(walk_days(facts, log, 1, 8)) == as_text(result)


def test_money_that_went_back_settles_nothing_even_if_a_person_confirmed_it_that_day() -> None:
    invoice = an_invoice("U-1", "100.00", entity="MUS", known=2, billing_key=None)
    receipt = a_receipt(amount=10_000, known=3)
    back = replace(receipt, is_returned=True, returned_known_date=day(5), known_date=day(5))
    log = MemoryLog()
    facts = [a_customer(), a_frame_agreement(), invoice, receipt, back]
    walk_days(facts, log, 1, 4)
    paid = [{"document_key": invoice.document_key, "document_number": "U-1", "applied_amount": "100.00"}]
    log.by_person("match_confirmed", "R1", 5, applications=paid, customer_key="acme")
    plan = [row for row in walk_days(facts, log, 5, 6).tables["reminder_plan"] if row["document_number"] == "U-1"]
    assert [(row["business_date"], row["open_amount"]) for row in plan] == [
        (day(5), Decimal(100)),
        (day(6), Decimal(100)),
    ]


def test_an_objection_to_one_of_two_invoices_of_equal_number_stops_reminders_of_that_one_alone() -> None:
    ours = an_invoice("1001", "100.00", entity="MUS", known=2, billing_key=None)
    theirs = an_invoice("1001", "119.00", entity="MEU", customer_key="kunde", known=3, billing_key=None)
    company = [
        *(a_statement(number, entity=entity) for number in range(1, 31) for entity in ("MUS", "MEU")),
        a_customer(), a_customer("kunde", entity="MEU"), a_frame_agreement(), ours, theirs,
    ]  # fmt: skip

    def reminded(*objections: Fact) -> set[str]:
        log = MemoryLog()
        rows = walk_days([*company, *objections], log, 1, 20).tables["exceptions"]
        queued = {decision.subject_key for decision in log.of("reminder_queued")}
        about = {row["subject_key"] for row in rows if row["reason_code"] in {"INVOICE_REJECTED", "INVOICE_DISPUTED"}}
        assert about.isdisjoint(queued)
        return queued

    both = {ours.document_key, theirs.document_key}
    assert reminded() == both
    rejected = Rejection("r1", "1001", "refused_by_buyer", None, None, day(4), document_date=theirs.document_date)
    assert reminded(rejected) == {ours.document_key}
    disputed = Dispute("d1", "D-1", "1001", None, "PRICE", None, "USD", day(4), day(4))
    assert reminded(disputed) == {theirs.document_key}
    untold = Rejection("r2", "1001", "refused_by_buyer", None, None, day(4), responded_date=day(4))
    assert reminded(untold) == set()
    named = replace(untold, document_date=theirs.document_date, legal_entity_id="MUS")
    assert reminded(named) == {theirs.document_key}


def test_an_answer_that_fits_invoices_of_two_companies_asks_for_one_that_names_ours() -> None:
    ours = an_invoice("1001", "100.00", entity="MUS", known=2, billing_key=None)
    theirs = an_invoice("1001", "119.00", entity="MEU", customer_key="kunde", known=2, billing_key=None)
    company = [a_customer(), a_customer("kunde", entity="MEU"), a_frame_agreement(), ours, theirs]
    untold = Rejection("r1", "1001", "refused_by_buyer", None, None, day(4), responded_date=day(4))

    def found(*objections: Fact) -> set[tuple[str, str]]:
        rows = walk_days([*company, *objections], MemoryLog(), 1, 5).tables["exceptions"]
        about = {"INVOICE_REJECTED", "ANSWER_FITS_SEVERAL_INVOICES"}
        return {(row["subject_key"], row["reason_code"]) for row in rows if row["reason_code"] in about}

    several = "ANSWER_FITS_SEVERAL_INVOICES"
    assert found(untold) == {(ours.document_key, several), (theirs.document_key, several)}
    assert found(replace(untold, legal_entity_id="MEU")) == {(theirs.document_key, "INVOICE_REJECTED")}
