"""The invented company bills in every way there is, and its people put right what is wrong in their systems."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data.simulator.scale import SCALES
from data.simulator.simulate import simulate

HALF_A_YEAR = SCALES["demo"].resized(customers=300, orders_per_day=8)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of middle size that lives through half a year."""
    folder = tmp_path_factory.mktemp("half_a_year")
    simulate(folder, HALF_A_YEAR)
    return folder


def truth(home: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of one truth table."""
    return pq.read_table(home / "truth" / f"truth_{name}.parquet").to_pylist()


def told(home: Path, pattern: str, name: str) -> list[dict[str, Any]]:
    """Return all objects of one kind that the files tell, in order of arrival."""
    paths = sorted(home.glob(f"inbox/{pattern}"), key=lambda path: (path.parent.name, path.name))
    return [item for path in paths for item in json.loads(path.read_text(encoding="utf-8"))[name]]


def test_contracts_have_every_kind_of_term(home: Path) -> None:
    agreements = told(home, "contracts/*/agreements-*.json", "agreements")
    terms: Counter[str] = Counter()
    for agreement in agreements:
        terms["effective_date"] += agreement.get("effective_date") is not None
        for line in agreement["lines"]:
            terms.update(name for name, value in line.items() if value not in (None, [], False))
            terms["quarterly"] += line.get("frequency") == "quarterly"
    wanted = (
        "anchor", "discount_percent", "tiers", "threshold_quantity", "minimum_amount", "commitment_amount",
        "billed_when", "effective_date", "quarterly", "in_advance", "required_attachments",
    )  # fmt: skip
    assert {name: terms[name] for name in wanted if terms[name] < 2} == {}


def test_a_contract_that_is_cancelled_bills_nothing_after_its_end(home: Path) -> None:
    ends: dict[str, list[str]] = {}
    for agreement in told(home, "contracts/*/agreements-*.json", "agreements"):
        ends.setdefault(agreement["agreement_id"], []).append(agreement["end_date"])
    cancelled = {name: told_of[-1] for name, told_of in ends.items() if told_of[-1] < told_of[0]}
    assert cancelled
    for row in truth(home, "events"):
        _, contract, _, occasion, *_ = (row["subject"] + "||||").split("|")
        if row["event"] == "draft_possible" and contract in cancelled and "-M" not in occasion and "-A" not in occasion:
            assert occasion <= cancelled[contract], row["subject"]


def test_parts_of_charges_and_several_charges_on_one_invoice_are_in_the_truth(home: Path) -> None:
    subjects = [row["subject"] for row in truth(home, "events") if row["event"] == "draft_possible"]
    occasions = Counter(key.split("|")[3].rpartition(".")[2] for key in subjects if "." in key)
    assert occasions["v2"] > 0
    assert occasions["true_up"] > 0
    assert occasions["1"] > 0
    assert sum(key.startswith("deal|") for key in subjects) > 5
    charges = Counter(row["document_number"] for row in truth(home, "invoice_charges"))
    assert max(charges.values()) > 1


def test_services_are_confirmed_late_twice_and_before_they_are_requested(home: Path) -> None:
    versions: dict[str, list[dict[str, Any]]] = {}
    for task in told(home, "projects/*/milestones-*.json", "tasks"):
        if "provisioned_at" in task:
            versions.setdefault(task["gid"], []).append(task)
    confirmations = [[bool(task["provisioned_at"]) for task in told_of] for told_of in versions.values()]
    assert [True, False] in confirmations or [True, False, True] in confirmations
    assert any(told_of.count(True) > 1 for told_of in confirmations)


def test_most_faults_are_put_right_within_a_week_of_working_days_and_a_few_linger(home: Path) -> None:
    early = HALF_A_YEAR.last_date - timedelta(days=45)
    is_of_order = {"TERMS_DIFFER", "PRICE_DIFFERS_FROM_ORDER", "MISSING_PO"}
    stood = {
        (row["reason_code"], row["billing_key"].split("|")[1], row["seen_from"]): row["seen_until"]
        for row in truth(home, "defects")
        if row["seen_from"] and row["seen_from"] < early and row["reason_code"] in is_of_order
    }
    days = [(until - since).days if until else 999 for (_, _, since), until in stood.items()]
    assert len(days) > 30
    quick = sum(count <= 10 for count in days)
    assert 0.75 < quick / len(days) < 0.97
    assert sum(count == 999 for count in days) / len(days) < 0.12
