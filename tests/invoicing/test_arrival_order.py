"""Late, duplicated and out-of-order events end in the same invoices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.close.reviewer import Reviewer
from assets.ledger.day import Fact
from assets.ledger.decision import canonical_json
from tests.close.builders import (
    MemoryLog,
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_milestone,
    a_shipment,
    an_order,
    an_order_line,
    day,
    some_usage,
    walk_days,
)

LAST = 45
HAPPENED = datetime(2026, 3, 1, 12, tzinfo=UTC)
# What one company says; only the days on which it is heard change.
EVENTS: Sequence[Fact] = (
    a_frame_agreement(),
    a_contract_line(contract="CT-1"),
    a_contract_line(contract="CT-1", version=2, effective_date=day(12), period_amount=Decimal("1000.00")),
    a_contract_line(
        contract="CT-1", version=3, effective_date=day(20), period_amount=Decimal("1000.00"), end_date=day(38)
    ),
    a_contract_line("usage", contract="CT-2", threshold_quantity=Decimal(4000)),
    a_contract_line("milestone", contract="CT-3"),
    replace(a_milestone(contract="CT-3"), completed_at=HAPPENED),
    some_usage(3000, on=day(2), known=day(2), contract="CT-2", event="a"),
    some_usage(2500, on=day(3), known=day(3), contract="CT-2", event="b"),
    some_usage(100, on=day(4), known=day(4), contract="CT-2", event="c"),
    an_order(),
    an_order_line(),
    a_shipment(quantity=Decimal(4), shipped_at=HAPPENED),
    a_shipment(number="SHP-2", quantity=Decimal(6), shipped_at=HAPPENED),
)
DAYS = st.integers(2, 26)


def invoices(events: Sequence[Fact]) -> set[str]:
    """Return what is billed when everything is approved at the end."""
    log = MemoryLog()
    facts = [a_customer(), *events]
    walk_days(facts, log, 1, LAST)
    approved = sorted({d.subject_key for d in log.of("draft_created")})
    walk_days(facts, log, LAST + 1, LAST + 1, reviewer=Reviewer({day(LAST + 1): approved}))
    issued = [decision.payload for decision in log.of("invoice_issued")]
    told = ("billing_key", "lines", "total_amount", "purchase_order_number", "terms_code", "period_end")
    assert len({payload["billing_key"] for payload in issued}) == len(issued)
    return {canonical_json({name: payload[name] for name in told}) for payload in issued}


def heard_on(event: Fact, number: int) -> Fact:
    return replace(event, known_date=day(number))


EXPECTED = invoices([heard_on(event, 2) for event in EVENTS])


@settings(max_examples=40, deadline=None)
@given(
    days=st.lists(DAYS, min_size=len(EVENTS), max_size=len(EVENTS)), again=st.lists(st.tuples(DAYS, DAYS), max_size=4)
)
def test_any_order_of_arrival_gives_the_same_invoices(days: list[int], again: list[tuple[int, int]]) -> None:
    heard = [heard_on(event, number) for event, number in zip(EVENTS, days, strict=True)]
    twice = [heard_on(EVENTS[which % len(EVENTS)], max(number, days[which % len(EVENTS)])) for which, number in again]
    assert invoices([*heard, *twice]) == EXPECTED


def test_the_invoices_are_those_that_were_agreed() -> None:
    totals = {json.loads(text)["billing_key"]: json.loads(text)["total_amount"] for text in EXPECTED}
    assert totals == {
        "contract|CT-1|1|2026-03-01|retainer": "964.52",
        "contract|CT-1|1|2026-04-01|retainer": "233.33",
        "contract|CT-2|1|2026-03-01.1|usage": "50.00",
        "contract|CT-2|1|2026-03-01|usage": "7.50",
        "contract|CT-3|1|M1|milestone": "900.00",
        "order|SO-1|SHP-1|goods": "40.00",
        "order|SO-1|SHP-2|goods": "60.00",
    }
