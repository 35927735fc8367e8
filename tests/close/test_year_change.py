"""The walk over the end of a year: numbers follow the business day, in one window as in single days."""

from __future__ import annotations

from datetime import date

from assets.ledger.day import Fact
from tests.close.builders import a_contract_line, a_customer, a_frame_agreement, day, walk_in_steps
from tests.close.test_walk import Reviewer

LAST_OF_YEAR = 306
STARTS = {"CT-1": date(2026, 12, 30), "CT-2": date(2026, 12, 31), "CT-3": date(2027, 1, 1), "CT-4": date(2027, 1, 2)}


def a_company() -> list[Fact]:
    lines = [a_contract_line(contract=name, start_date=start, known=299) for name, start in STARTS.items()]
    return [a_customer(known=298), a_frame_agreement(known=298), *lines]


def test_the_first_invoice_of_a_year_is_number_one_of_its_series_in_one_window_and_in_single_days() -> None:
    assert day(LAST_OF_YEAR) == date(2026, 12, 31)
    reviewer = Reviewer.of(
        [(start, f"contract|{name}|1|{start.isoformat()}|retainer", 1) for name, start in STARTS.items()]
    )
    days = range(300, LAST_OF_YEAR + 5)
    at_once, log = walk_in_steps(a_company(), [(days[0], days[-1])], reviewer=reviewer)
    day_by_day, daily_log = walk_in_steps(a_company(), [(number, number) for number in days], reviewer=reviewer)
    assert at_once == day_by_day
    assert [entry.decision for entry in log.entries] == [entry.decision for entry in daily_log.entries]
    assert [(each.payload["invoice_date"], each.payload["document_number"]) for each in log.of("invoice_issued")] == [
        ("2026-12-30", "MUS-2026-00001"),
        ("2026-12-31", "MUS-2026-00002"),
        ("2027-01-01", "MUS-2027-00001"),
        ("2027-01-02", "MUS-2027-00002"),
    ]
