"""A draft that was made anew shows the accountant what it says otherwise than the one before."""

from __future__ import annotations

import json

import duckdb

from tests.dashboards.published import Home
from tests.dashboards.test_screens import Open

KEY = "contract|CT-1004|1|2026-06-01|retainer"


def test_the_page_says_what_changed_since_the_draft_before(home: Home, open_screen: Open) -> None:
    evidence = {
        "trigger": "retainer",
        "drafted_before": "2026-06-20",
        "changes": [
            {"field": "tax_rate", "then": "0.00", "now": "0.0725"},
            {"field": "total_amount", "then": "900.00", "now": "965.25"},
            {"field": "buyer_reference", "then": None, "now": "AP-7"},
        ],
    }
    with duckdb.connect(str(home.published)) as connection:
        connection.execute(
            "update rpt_invoices_to_review set evidence = ? where billing_key = ?", [json.dumps(evidence), KEY]
        )
    app = open_screen("invoices", billing_key=KEY)
    assert not app.exception
    assert "**What changed since it was drafted on 20 Jun 2026**" in [each.value for each in app.markdown]
    shown = next(each.value for each in app.dataframe if list(each.value.columns) == ["field", "then", "now"])
    assert shown.to_numpy().tolist() == [
        ["Tax rate", "0 %", "7.25 %"],
        ["Total amount", "$900.00", "$965.25"],
        ["Buyer reference", "–", "AP-7"],
    ]
