"""The control account ties to the cent; accounting may lag only behind what was accepted as left unpaid since a day."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

TIE = Path(__file__).resolve().parents[2] / "dbt_project/tests/tie/tie_open_items_equal_the_control_account.sql"


def differences_of(accounting: str, accepted: list[tuple[str, str, bool]]) -> list[tuple[object, ...]]:
    """Return what the tie finds where 1,000.00 are open before differences were accepted: day, amount, whether live."""
    sql = re.sub(r"\{\{ config\(.*?\) \}\}", "", TIE.read_text())
    sql = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", sql).replace("{{ as_of_date() }}", "date '2026-03-31'")
    with duckdb.connect() as connection:
        connection.execute(
            "create table fct_trial_balances as select 'MUS' as legal_entity_id, 'USD' as currency_code, "
            "'1200' as account_number, date '2026-03-31' as as_of_date, cast(? as decimal(18, 3)) as balance_amount",
            [accounting],
        )
        connection.execute(
            "create table fct_ledger_entries as select 'MUS' as legal_entity_id, 'USD' as currency_code, "
            "cast(1000 as decimal(18, 3)) as receivable_amount, cast(0 as decimal(18, 3)) as unapplied_amount, "
            "date '2026-03-01' as effective_date"
        )
        connection.execute(
            "create table int_differences_cleared (legal_entity_id varchar, currency_code varchar, known_date date, "
            "effective_date date, difference_amount decimal(18, 3), is_live boolean)"
        )
        for day, amount, is_live in accepted:
            connection.execute(
                "insert into int_differences_cleared values ('MUS', 'USD', ?, ?, ?, ?)", [day, day, amount, is_live]
            )
            if is_live:
                connection.execute(
                    "insert into fct_ledger_entries values ('MUS', 'USD', -cast(? as decimal(18, 3)), 0, ?)",
                    [amount, day],
                )
        return connection.execute(sql).fetchall()


DISCOUNT, FEE = ("2026-03-10", "20.00", True), ("2026-03-20", "15.00", True)


@pytest.mark.parametrize(
    ("accounting", "accepted"),
    [
        ("1000.00", []),
        ("965.00", [DISCOUNT, FEE]),
        ("980.00", [DISCOUNT, FEE]),
        ("1000.00", [DISCOUNT, FEE]),
    ],
    ids=["nothing accepted", "all posted", "the latest not posted yet", "none posted yet"],
)
def test_accounting_ties_however_far_it_has_posted_what_was_accepted(
    accounting: str, accepted: list[tuple[str, str, bool]]
) -> None:
    assert differences_of(accounting, accepted) == []


@pytest.mark.parametrize(
    ("accounting", "accepted"),
    [
        ("990.00", []),
        ("985.00", [DISCOUNT, FEE]),
        ("970.00", [DISCOUNT, FEE]),
        ("1015.00", [("2026-03-20", "15.00", False)]),
        ("950.00", [DISCOUNT, FEE]),
    ],
    ids=["nothing accepted", "posted out of turn", "a gap of another size", "taken back", "the other way"],
)
def test_any_other_gap_is_told(accounting: str, accepted: list[tuple[str, str, bool]]) -> None:
    assert len(differences_of(accounting, accepted)) == 1
