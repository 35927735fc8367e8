"""A milestone bills when it is complete, or when the customer accepted it: as policy says of the legal entity."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from assets.invoicing.decide import invoicing_findings
from assets.ledger.fulfilment import Milestone
from tests.close.builders import a_contract_line, a_customer, a_milestone, an_invoice, day
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


def test_a_milestone_opened_again_is_for_a_person_though_its_service_is_provisioned() -> None:
    done = replace(a_milestone(), provisioned_at=ACCEPTED_AT)
    state = a_state(a_customer(), a_contract_line("milestone"), done)
    decide(state, day(5))
    issue(state, KEY, day(6))
    learn(state, replace(done, is_completed=False, known_date=day(7)))
    [finding] = invoicing_findings(state)
    assert finding.reason_code == "DELIVERY_UNDONE_AFTER_BILLING"


def test_a_milestone_billed_by_accounting_at_another_price_is_told_again_in_peace() -> None:
    state = a_state(a_customer(entity="MEU"), a_contract_line("milestone", entity="MEU"), a_milestone())
    decide(state, day(5))
    learn(state, an_invoice("RE-1", "1130.50", billing_key=KEY, net_amount=Decimal("950.00")))
    learn(state, accepted(a_milestone()))
    assert "DELIVERY_UNDONE_AFTER_BILLING" not in {finding.reason_code for finding in invoicing_findings(state)}


def test_a_milestone_whose_contract_is_put_back_is_drafted_again() -> None:
    state = a_state(a_customer(), a_contract_line("milestone"), a_milestone())
    assert [d.kind for d in decide(state, day(5))] == ["draft_created"]
    learn(state, a_contract_line("milestone", version=2, milestone_billed_when="accepted"))
    learn(state, a_contract_line("milestone", version=3, effective_date=day(1), milestone_billed_when="accepted"))
    assert [(d.kind, d.reason_code) for d in decide(state, day(6))] == [("draft_withdrawn", "TRIGGER_GONE")]
    assert decide(state, day(7)) == []
    learn(state, a_contract_line("milestone", version=4, effective_date=day(1)))
    [again] = decide(state, day(8))
    assert (again.kind, again.occurrence) == ("draft_created", "2")
