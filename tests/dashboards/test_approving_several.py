"""Several drafts approved with one click: those that are held, by the guard or a person, are left out and named."""

from __future__ import annotations

import duckdb
import pytest

from tests.dashboards.published import Home
from tests.dashboards.test_screens import Open, kinds


def hold(home: Home, reason_code: str, count: int) -> list[str]:
    """Hold the first drafts of the list as a run leaves them; return their keys."""
    with duckdb.connect(str(home.published)) as connection:
        found = connection.execute(
            "select billing_key from rpt_invoices_to_review where status = 'drafted' and billing_email is not null "
            "order by billing_key limit ?",
            [count],
        ).fetchall()
        keys = [key for (key,) in found]
        connection.execute(
            "update rpt_invoices_to_review set status = 'held', reason_code = ? where list_contains(?, billing_key)",
            [reason_code, keys],
        )
    return keys


@pytest.mark.parametrize(
    ("reason_code", "said"),
    [
        ("GUARD_AMOUNT_UNUSUAL", "Guard amount unusual (2)"),
        ("DRAFT_UNDER_DISCUSSION", "Draft under discussion (2)"),
    ],
    ids=["parked by the guard", "held by a person"],
)
def test_held_drafts_are_left_out_of_an_approval_of_many_and_the_page_says_so(
    home: Home, open_screen: Open, reason_code: str, said: str
) -> None:
    held = hold(home, reason_code, 2)
    app = open_screen("invoices")
    shown = next(each.value for each in app.dataframe if "customer_name" in each.value.columns)
    app.session_state["drafts-review-0"] = {"selection": {"rows": list(range(len(shown))), "columns": [], "cells": []}}
    app.run()
    assert not app.exception
    assert any(f"2 drafts held and left out: {said}" in each.value for each in app.warning)
    button = app.button(key="approve-several")
    assert button.label == f"Approve and issue {len(shown) - 2}"
    button.click().run()
    with home.store() as store:
        approved = {entry.decision.subject_key for entry in store.people_since(0)}
    assert approved
    assert not approved & set(held)


def test_nothing_can_be_approved_together_when_all_chosen_are_held(home: Home, open_screen: Open) -> None:
    hold(home, "GUARD_TOO_MANY_DRAFTS", 99)
    app = open_screen("invoices")
    app.session_state["drafts-review-0"] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    app.run()
    assert app.button(key="approve-several").disabled
    assert kinds(home) == []
