"""However the days are walked and whenever facts become known, the books end the same and closed months stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ledger.charges import month_end
from assets.ledger.day import Fact
from tests.close.builders import (
    MemoryLog,
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_shipment,
    an_invoice,
    an_order,
    an_order_line,
    day,
    some_usage,
    walk_days,
    walk_in_steps,
)

QUARTER = "contract|CT-1|1|2026-03-01|retainer"
LAST = 75
CLOSE_DAYS = 3


def a_company(invoice_known: int = 3, memo_known: int = 45) -> list[Fact]:
    """Return a quarter billed ahead and partly credited, a retainer and usage billed after their months, and goods."""
    whose = {"entity": "MEU", "known": 1}
    invoice = an_invoice(
        "RE-1", "92.00", known=invoice_known, document_date=day(1), billing_key=QUARTER, currency_code="EUR"
    )
    memo = an_invoice("GS-1", "30.50", known=memo_known, document_type="credit_memo", billing_key=None)
    return [
        a_customer(**whose, currency_code="EUR", country_code="DE"),
        a_frame_agreement(entity="MEU"),
        a_contract_line(**whose, billing_frequency="quarterly", period_amount=Decimal("92.00"), end_date=day(92)),
        a_contract_line(**whose, contract="CT-2", is_billed_in_advance=False, period_amount=Decimal("300.00")),
        a_contract_line("usage", **whose, contract="CT-3", included_quantity=None, unit_price=Decimal("0.10")),
        some_usage(1000, on=day(28), known=day(29), contract="CT-3"),
        an_invoice("RE-3", "100.00", known=40, document_date=day(39), billing_key="contract|CT-3|1|2026-03-01|usage"),
        invoice,
        replace(memo, credits_document_key=invoice.document_key, document_date=day(38)),
        an_order(entity="MEU"),
        an_order_line(),
        a_shipment(known=32),
        an_invoice("RE-2", "100.00", known=37, billing_key="order|SO-1|SHP-1|goods"),
    ]


def judging(log: MemoryLog, start: int) -> None:
    """Let a controller judge on the 20th day and again on the 50th."""
    for on, percent in ((20, "10"), (50, "0")):
        if start == on:
            log.by_person(
                "revenue_judgement_set", "contract|CT-1|1", on, occurrence=str(on), method="over_time",
                service_months=None, held_back_percent=percent, note="Bonus",
            )  # fmt: skip


def journal(log: MemoryLog) -> list[dict[str, Any]]:
    return [
        {**entry, "charge": decision.subject_key, "decided": decision.business_date}
        for decision in log.of("revenue_recognised")
        for entry in decision.payload["entries"]
    ]


def totals(log: MemoryLog) -> dict[str, tuple[Decimal, Decimal]]:
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for entry in journal(log):
        billed, earned = found.get(entry["charge"], (Decimal(0), Decimal(0)))
        found[entry["charge"]] = (
            billed + Decimal(entry.get("receivable", "0")),
            earned - Decimal(entry.get("revenue", "0")),
        )
    return found


def test_single_closes_and_runs_of_several_days_post_the_same_entries() -> None:
    single, single_log = walk_in_steps(a_company(), [(n, n) for n in range(1, LAST + 1)], people=judging)
    steps = [(1, 19), (20, 33), (34, 49), (50, LAST)]
    several, several_log = walk_in_steps(a_company(), steps, people=judging)
    assert single["revenue_entries"] == several["revenue_entries"]
    assert journal(single_log) == journal(several_log)


def test_walking_closed_days_again_decides_nothing_and_shows_the_same_entries() -> None:
    tables, log = walk_in_steps(a_company(), [(1, LAST)])
    before = len(log.entries)
    again = walk_days(a_company(), log, 1, LAST)
    assert len(log.entries) == before
    assert len(again.tables["revenue_entries"]) == len(tables["revenue_entries"])


def test_a_delivery_of_the_months_last_days_counts_in_it_and_its_invoice_in_the_next() -> None:
    _, log = walk_in_steps(a_company(), [(1, LAST)])
    goods = [entry for entry in journal(log) if entry["charge"] == "order|SO-1|SHP-1|goods"]
    assert [(entry["entry_kind"], entry["period"], entry["posting_date"]) for entry in goods] == [
        ("recognition", "2026-03-31", "2026-03-31"),
        ("billing", "2026-04-30", "2026-04-05"),
    ]


@settings(max_examples=25, deadline=None)
@given(st.integers(2, LAST), st.integers(2, LAST))
def test_late_and_out_of_order_facts_end_in_the_same_books_and_never_reach_a_closed_month(
    invoice_known: int, memo_known: int
) -> None:
    _, log = walk_in_steps(a_company(invoice_known, max(memo_known, invoice_known)), [(1, LAST)])
    assert totals(log)[QUARTER] == totals(walk_in_steps(a_company(), [(1, LAST)])[1])[QUARTER]
    for entry in journal(log):
        period, original = date.fromisoformat(entry["period"]), date.fromisoformat(entry["original_period"])
        amounts = [Decimal(entry.get(kind, "0")) for kind in ("receivable", "contract_asset", "deferred_revenue")]
        assert sum(amounts) + Decimal(entry.get("revenue", "0")) == 0
        assert period + timedelta(days=CLOSE_DAYS) >= entry["decided"] or entry["decided"] == day(1)
        assert (entry["reason_code"] is None) == (original == period)
        assert month_end(date.fromisoformat(entry["posting_date"])) == period
