"""The verdict of the tests that tie layers together, kept where publish and every claim of the outbox read it."""

from __future__ import annotations

from assets.platform.dbt import DbtOutcome, DbtProject
from assets.platform.warehouse import Warehouse
from assets.platform.window import VERDICTS, read_window

TIE_TESTS = "tag:tie"


def judge(warehouse: Warehouse, project: DbtProject) -> DbtOutcome:
    """Run the tie tests and store what they say; no test at all is red, too."""
    window = read_window(warehouse)
    outcome = project.test([TIE_TESTS])
    green = outcome.is_green and bool(outcome.results)
    row = {
        "start_date": window.start_date,
        "end_date": window.end_date,
        "mode": window.mode.value,
        "verdict": "green" if green else "red",
        "detail": "; ".join(f"{result.name}: {result.message}" for result in outcome.red),
        "test_count": len(outcome.results),
        "failed_count": len(outcome.red),
    }
    warehouse.replace_all(VERDICTS, VERDICTS.build([row]))
    return outcome


def read_verdict(warehouse: Warehouse) -> tuple[str, str]:
    """Return the verdict and its detail; a missing one is red."""
    rows = warehouse.rows("select verdict, detail from control.verdicts")
    if len(rows) != 1:
        return "red", "The tie tests have not run since the last build."
    return rows[0]["verdict"], rows[0]["detail"]
