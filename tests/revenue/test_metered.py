"""What is metered is earned in the month it was used, whenever its invoice comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from assets.close.replay import apply_decision
from assets.close.reviewer import Reviewer
from assets.ledger.charges import month_end
from assets.ledger.contracts import ContractLine
from assets.ledger.day import Fact
from tests.close.builders import MemoryLog, a_contract_line, a_customer, an_invoice, day, some_usage, walk_in_steps
from tests.ledger.test_day import a_state
from tests.revenue.test_decide import a_memo, balances, entries_of, judge, learn, recognise
from tests.revenue.test_walks import journal

USAGE = "contract|CT-1|1|2026-03-01|usage"
MAR, APR = date(2026, 3, 31), date(2026, 4, 30)
CLOSE = 34  # 3 April, the last day on which March is posted into


def a_meter(**changes: Any) -> ContractLine:
    return a_contract_line(
        "usage", **{"included_quantity": None, "unit_price": Decimal("0.10"), "entity": "MEU", **changes}
    )


def metered(*, known: int = 1, **line: Any) -> list[Fact]:
    """Return a meter with 1,000 units of March at ten cents each."""
    entity = line.get("entity", "MEU")
    currency_code = "EUR" if entity == "MEU" else "USD"
    return [
        a_customer(entity=entity, currency_code=currency_code, country_code="DE" if entity == "MEU" else "US"),
        a_meter(known=known, **line),
        some_usage(1000, on=day(28), known=day(29)),
    ]


def posted(log: MemoryLog, key: str = USAGE) -> list[tuple[str, str, str, str | None]]:
    """Return of each entry its kind, the month posted to, the day of the posting and why it is late."""
    return [
        (entry["entry_kind"], entry["period"][:7], entry["posting_date"][5:], entry["reason_code"])
        for entry in journal(log)
        if entry["charge"] == key
    ]


def assets_by_month(log: MemoryLog) -> dict[str, Decimal]:
    """Return what stands earned and not billed at the end of each month."""
    moved: dict[str, Decimal] = {}
    for entry in journal(log):
        moved[entry["period"]] = moved.get(entry["period"], Decimal(0)) + Decimal(entry.get("contract_asset", "0"))
    total, closing = Decimal(0), {}
    for period in sorted(moved):
        total += moved[period]
        closing[period] = total
    return closing


def test_usage_is_earned_on_the_last_day_of_its_month_and_a_contract_asset_until_it_is_billed() -> None:
    facts = [*metered(), an_invoice("RE-1", "100.00", known=40, document_date=day(39), billing_key=USAGE)]
    _, log = walk_in_steps(facts, [(1, 70)])
    assert posted(log) == [("recognition", "2026-03", "03-31", None), ("billing", "2026-04", "04-08", None)]
    assert assets_by_month(log) == {"2026-03-31": Decimal("100.00"), "2026-04-30": Decimal(0)}
    [at_close, _] = log.of("revenue_recognised")
    assert at_close.business_date == day(CLOSE)


@pytest.mark.parametrize(("approved", "decided"), [(33, 33), (45, CLOSE)], ids=["before the close", "after it"])
def test_usage_we_invoice_ourselves_is_earned_in_its_month_whether_issued_before_the_close_or_after(
    approved: int, decided: int
) -> None:
    reviewer = Reviewer({day(approved): [USAGE]})
    _, log = walk_in_steps(metered(entity="MUS"), [(1, 60)], reviewer=reviewer)
    recognised = [(kind, month, why) for kind, month, _, why in posted(log) if kind == "recognition"]
    billed = [(kind, month, why) for kind, month, _, why in posted(log) if kind == "billing"]
    assert recognised == [("recognition", "2026-03", None)]
    assert billed == [("billing", "2026-04", None)]
    assert log.of("revenue_recognised")[0].business_date == day(decided)
    assert assets_by_month(log)["2026-03-31"] == Decimal("100.00")


def test_usage_of_a_contract_known_after_its_month_closed_is_posted_to_the_next_open_one_and_listed() -> None:
    _, log = walk_in_steps(metered(known=40), [(1, 70)])
    assert posted(log) == [("recognition", "2026-04", "04-30", "REVENUE_DELIVERY_KNOWN_LATE")]
    [entry] = journal(log)
    assert entry["original_period"] == "2026-03-31"


def test_an_invoice_that_differs_from_what_was_metered_moves_the_difference_only() -> None:
    facts = [*metered(), an_invoice("RE-1", "90.00", known=40, document_date=day(39), billing_key=USAGE)]
    _, log = walk_in_steps(facts, [(1, 70)])
    late = [entry for entry in journal(log) if entry["reason_code"]]
    assert [(e["entry_kind"], e["period"], e["revenue"], e["reason_code"]) for e in late] == [
        ("recognition", "2026-04-30", "10.00", "REVENUE_BILLED_DIFFERENTLY")
    ]
    assert assets_by_month(log)["2026-04-30"] == 0


def test_a_block_of_usage_is_one_sale_when_it_is_invoiced_within_its_month() -> None:
    key = "contract|CT-1|1|2026-03-01.1|usage"
    facts = [
        a_customer(entity="MEU", currency_code="EUR", country_code="DE"),
        a_meter(threshold_quantity=Decimal(1000)),
        some_usage(1000, on=day(3), known=day(4)),
        an_invoice("RE-1", "100.00", known=6, billing_key=key),
    ]
    _, log = walk_in_steps(facts, [(1, 60)])
    assert posted(log, key) == [("sale", "2026-03", "03-05", None)]


def test_a_true_up_is_earned_by_the_last_day_of_its_contract_year() -> None:
    key = "contract|CT-1|1|2025-03-20.true_up|usage"
    facts = [
        a_customer(entity="MEU", currency_code="EUR", country_code="DE"),
        a_meter(start_date=date(2025, 3, 20), commitment_amount=Decimal("500.00")),
    ]
    _, log = walk_in_steps(facts, [(1, 60)])
    [entry] = [entry for entry in journal(log) if entry["charge"] == key]
    assert (entry["posting_date"], entry["revenue"], entry["reason_code"]) == ("2026-03-19", "-500.00", None)


@pytest.mark.parametrize("facts", [[a_meter()], []], ids=["its contract is known", "nothing but its reference is"])
def test_usage_that_accounting_billed_without_a_draft_is_earned_in_the_month_its_reference_names(
    facts: list[Fact],
) -> None:
    invoice = an_invoice("RE-1", "80.00", document_date=date(2026, 4, 1), billing_key=USAGE)
    state = a_state(*facts, replace(invoice, known_date=date(2026, 4, 2)))
    assert [(kind, period) for kind, period, _ in entries_of(recognise(state, date(2026, 4, 2)))] == [
        ("recognition", "2026-03-31"),
        ("billing", "2026-04-30"),
    ]


def test_usage_is_earned_until_the_day_its_line_ends() -> None:
    invoice = an_invoice("RE-1", "80.00", document_date=date(2026, 4, 1), billing_key=USAGE)
    state = a_state(a_meter(end_date=day(12)), invoice)
    recognise(state, date(2026, 4, 2))
    assert [part.earned_date for part in state.revenue[USAGE].parts] == [day(12)]


def test_what_was_earned_of_usage_is_given_back_when_its_draft_is_rejected() -> None:
    def people(log: MemoryLog, start: int) -> None:
        if start == 40:
            log.by_person("draft_rejected", USAGE, 40, reason_code="NOT_TO_BE_BILLED", note="Outage")

    _, log = walk_in_steps(metered(entity="MUS"), [(1, 39), (40, 70)], people=people)
    assert [(kind, month, why) for kind, month, _, why in posted(log)] == [
        ("recognition", "2026-03", None),
        ("recognition", "2026-04", "REVENUE_BILLED_DIFFERENTLY"),
    ]
    assert assets_by_month(log)["2026-04-30"] == 0


def test_a_credit_memo_takes_usage_back_in_the_month_it_is_dated() -> None:
    state = a_state(a_meter(), an_invoice("RE-1", "80.00", document_date=date(2026, 4, 1), billing_key=USAGE))
    recognise(state, date(2026, 4, 2))
    learn(state, a_memo("30.00", date(2026, 4, 20)))
    recognise(state, date(2026, 4, 20))
    assert balances(state, USAGE) == (5000, 5000)
    assert {on and month_end(on): earned for on, earned in state.revenue[USAGE].earned.items()} == {
        MAR: 8000,
        APR: -3000,
    }


def test_a_controller_s_judgement_on_a_meter_still_counts() -> None:
    state = a_state(a_meter(), an_invoice("RE-1", "80.00", document_date=date(2026, 4, 1), billing_key=USAGE))
    apply_decision(state, judge("contract|CT-1|1", day(2), method="as_invoiced", held_back_percent="10"))
    recognise(state, date(2026, 4, 2))
    assert balances(state, USAGE) == (8000, 7200)


def test_usage_recorded_as_earned_with_its_invoice_stays_where_it_was_posted() -> None:
    """Records of earlier versions are replayed as they stand; nothing is moved between months afterwards."""
    invoice = an_invoice("RE-1", "80.00", document_date=date(2026, 4, 1), billing_key=USAGE)
    [decided] = recognise(a_state(a_meter(), invoice), date(2026, 4, 2))
    [sold] = [{**decided.payload["entries"][1], "entry_kind": "sale", "receivable": "80.00", "revenue": "-80.00"}]
    sold.pop("contract_asset")
    [part] = decided.payload["schedule"]
    before = {**decided.payload, "entries": [sold], "schedule": [{**part, "earned_date": "2026-04-01"}]}
    state = a_state(a_meter(), invoice)
    apply_decision(state, replace(decided, payload=before))
    state.revenue_news.clear()
    assert [recognise(state, on) for on in (date(2026, 4, 3), APR, date(2026, 5, 3))] == [[], [], []]
    assert state.revenue[USAGE].posted == {APR: (8000, 8000)}
