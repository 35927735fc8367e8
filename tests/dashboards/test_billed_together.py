"""Drafts that stand on one invoice: the page says so, shows what it comes to, and approves them as one."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from assets.decisions.invoice_review import current_draft
from assets.ledger.decision import ActorKind, Decision
from tests.dashboards.published import OPEN_DAY, Home
from tests.dashboards.test_screens import Open, kinds, metric, texts
from tests.decisions.builders import AT

FIRST, SECOND = "contract|CT-1004|1|2026-06-01|retainer", "contract|CT-1004|2|2026-06-01|retainer"


def bill_together(home: Home) -> Decimal:
    """Give the customer of a draft a second one that its group bills on the same invoice; return what both come to."""
    with home.store() as store:
        draft = current_draft(store.on_subject(FIRST))
        assert draft is not None
        payload = {**draft, "billing_key": SECOND, "contract_line_number": 2}
        made = Decision("draft_created", "charge", SECOND, OPEN_DAY, ActorKind.RULE, "invoicing", payload)
        [recorded] = store.append([made], recorded_at=AT)
    with duckdb.connect(str(home.published)) as connection:
        connection.execute("alter table rpt_invoices_to_review add column if not exists invoice_group varchar")
        connection.execute(
            "insert into rpt_invoices_to_review select * replace (? as billing_key, ? as version) "
            "from rpt_invoices_to_review where billing_key = ?",
            [SECOND, recorded.sequence, FIRST],
        )
        connection.execute(
            "update rpt_invoices_to_review set invoice_group = 'together' where billing_key in (?, ?)", [FIRST, SECOND]
        )
    return Decimal(draft["total_amount"]) * 2


def test_one_key_approves_what_is_billed_together_as_the_one_invoice_that_is_shown(
    home: Home, open_screen: Open
) -> None:
    total = bill_together(home)
    app = open_screen("invoices", billing_key=SECOND)
    assert metric(app, "One invoice of 2 charges") == f"${total:,.2f}"
    app.button(key="approve").click().run()
    assert kinds(home)[-3:] == ["draft_approved", "draft_approved", "invoice_issued"]
    assert "MUS-2026-00001" in texts(app)
    with home.store() as store:
        issued = store.people_since(0)[-1].decision
    assert issued.subject_key == FIRST
    assert Decimal(issued.payload["total_amount"]) == total


def test_a_draft_that_is_held_is_left_out_of_the_invoice(home: Home, open_screen: Open) -> None:
    bill_together(home)
    app = open_screen("invoices", billing_key=SECOND)
    app.button(key="hold").click().run()
    app.button(key="hold-record").click().run()
    app = open_screen("invoices", billing_key=FIRST)
    assert not [each for each in app.metric if each.label.startswith("One invoice of")]
    app.button(key="approve").click().run()
    assert kinds(home)[-2:] == ["draft_approved", "invoice_issued"]
