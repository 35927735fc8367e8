"""What identifies a run: the inputs it is a function of."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from assets.platform.dbt import project_digest
from assets.platform.home import Home
from assets.platform.policy import load_policy
from assets.platform.verdict import read_verdict
from assets.platform.warehouse import Warehouse
from assets.platform.window import read_window
from assets.publish.publish import PublishedRun

ROOT = Path(__file__).resolve().parents[2]
PYTHON_FOLDERS = ("assets", "orchestration")


def facts_of_run(home: Home, warehouse: Warehouse) -> PublishedRun:
    """Return landing manifest, last decision, window, policy and code of the run that built the warehouse."""
    with warehouse.connect():
        window = read_window(warehouse)
        verdict, detail = read_verdict(warehouse)
        manifest = warehouse.rows(
            "select coalesce(md5(string_agg(file_key || status, ',' order by file_key)), '') as digest "
            "from raw.landing_manifest where business_date <= ?",
            [window.end_date],
        )
        policy_digest = load_policy(warehouse).digest
        seen = warehouse.rows("select max(decisions_sequence) as last from control.log_seen")
    return PublishedRun(
        as_of_date=window.end_date,
        open_date=window.open_date,
        mode=window.mode.value,
        verdict=verdict,
        verdict_detail=detail,
        last_green_as_of_date=window.end_date,
        decisions_sequence=seen[0]["last"] or 0,
        company_name=str(home.company().get("company_name", "Your company")),
        manifest_digest=str(manifest[0]["digest"]),
        policy_digest=policy_digest,
        code_version=code_version(),
    )


def tags_of_run(run: PublishedRun) -> dict[str, str]:
    """Return the inputs a run is a function of, as the tags it carries in Dagster."""
    return {
        "openitem/window_end": run.as_of_date.isoformat(),
        "openitem/decisions_seen": str(run.decisions_sequence),
        "openitem/manifest_digest": run.manifest_digest,
        "openitem/policy_digest": run.policy_digest,
        "openitem/code_version": run.code_version,
    }


@cache
def code_version() -> str:
    """Return a hash over every Python file of a run and every file of the dbt project."""
    digest = hashlib.sha256(project_digest().encode())
    for path in sorted(path for folder in PYTHON_FOLDERS for path in (ROOT / folder).rglob("*.py")):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
