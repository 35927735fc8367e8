"""A milestone bills when it is complete, or when the customer accepted it: as policy says of the legal entity."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from assets.invoicing.decide import invoicing_findings
from assets.ledger.fulfilment import Milestone
from tests.close.builders import a_contract_line, a_customer, a_milestone, day
from tests.invoicing.test_recurring import decide, issue, learn
from tests.ledger.test_day import a_state

KEY = "contract|CT-1|1|M1|milestone"
ACCEPTED_AT = datetime(2026, 3, 9, 8, tzinfo=UTC)


def accepted(milestone: Milestone, **changes: Any) -> Milestone:
    return replace(milestone, accepted_by="ann", accepted_at=ACCEPTED_AT, known_date=day(9), **changes)


@pytest.mark.parametrize(
    ("billed_when", "complete", "once_accepted"),
    [("completed", ["draft_created"], []), ("accepted", [], ["draft_created"])],
)
def test_a_contract_says_whether_completion_bills_or_acceptance(
    billed_when: str, complete: list[str], once_accepted: list[str]
) -> None:
    state = a_state(a_customer(), a_contract_line("milestone", milestone_billed_when=billed_when), a_milestone())
    assert [d.kind for d in decide(state, day(5))] == complete
    learn(state, accepted(a_milestone()))
    drafted = decide(state, day(9))
    assert [d.kind for d in drafted] == once_accepted
    assert all(d.payload["triggered_date"] == "2026-03-09" for d in drafted)
    assert state.charges[KEY].draft.net_amount == 900


def test_acceptance_of_what_is_not_complete_bills_nothing() -> None:
    state = a_state(a_customer(), a_contract_line("milestone", milestone_billed_when="accepted"))
    learn(state, accepted(a_milestone(), is_completed=False, completed_at=None))
    assert decide(state, day(9)) == []


def test_an_acceptance_taken_back_withdraws_the_draft_and_after_its_invoice_is_for_a_person() -> None:
    state = a_state(a_customer(), a_contract_line("milestone", milestone_billed_when="accepted"))
    learn(state, accepted(a_milestone()))
    assert [d.kind for d in decide(state, day(9))] == ["draft_created"]
    learn(state, replace(a_milestone(), known_date=day(10)))
    assert [(d.kind, d.reason_code) for d in decide(state, day(10))] == [("draft_withdrawn", "TRIGGER_GONE")]
    learn(state, accepted(a_milestone()))
    assert [d.kind for d in decide(state, day(11))] == ["draft_created"]
    issue(state, KEY, day(11))
    assert invoicing_findings(state) == []
    learn(state, replace(a_milestone(), known_date=day(12)))
    [finding] = invoicing_findings(state)
    assert (finding.reason_code, finding.subject_key) == ("DELIVERY_UNDONE_AFTER_BILLING", KEY)


def test_a_complete_milestone_that_nobody_accepted_is_at_peace_where_completion_bills() -> None:
    state = a_state(a_customer(), a_contract_line("milestone"), a_milestone())
    decide(state, day(5))
    issue(state, KEY, day(6))
    learn(state, replace(a_milestone(), known_date=day(7)))
    assert invoicing_findings(state) == []
