"""The platform on one screen: what is built, in which order, by which jobs, and what starts them."""

from __future__ import annotations

from functools import cache

import dagster as dg

from assets.close.assets import decision_log, walk_days
from assets.close.tables import GENERATED_TABLES
from assets.decisions.assets import decision_log_assets
from assets.delivery.assets import effects_assets
from assets.extract.assets import contracts_at_the_door, landing_files, raw_tables, system_specs
from assets.extract.raw_tables import RAW_TABLES
from assets.platform.dbt_assets import dbt_phase
from assets.platform.home import Home
from assets.platform.run import RunHome
from assets.publish.assets import publish_assets
from orchestration.document_checks import document_checks_asset
from orchestration.documents import document_renderer
from orchestration.jobs import JOBS
from orchestration.partitions import business_days
from orchestration.run_window import run_window
from orchestration.schedules import SCHEDULES
from orchestration.sensors import SENSORS
from orchestration.settings import read_settings

# What other systems say comes before the walk; what was decided, and what follows from both, comes after it.
FOLLOWS_DECISIONS = "source:openitem+ source:generated+"

LOG_TABLES = [spec for spec in RAW_TABLES if spec.name.startswith("openitem__")]
GENERATED_KEYS = [dg.AssetKey([spec.schema, spec.name]) for spec in GENERATED_TABLES]


@cache
def assets_in_order() -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return every asset in the order in which a run builds them."""
    marts = dbt_phase(
        "marts_from_systems",
        select="fqn:*",
        exclude=f"{FOLLOWS_DECISIONS} tag:tie",
        doing="Building orders, invoices and payments",
    )
    receivables = dbt_phase(
        "receivables_and_reporting",
        select=FOLLOWS_DECISIONS,
        exclude="tag:tie",
        doing="Building receivables and reports",
    )
    reporting = sorted(key for key in receivables.keys if key.path[0] == "reporting")
    published = publish_assets(business_days, reporting)
    log_keys = [dg.AssetKey([spec.schema, spec.name]) for spec in LOG_TABLES]
    return [
        *system_specs,
        decision_log,
        run_window,
        landing_files,
        raw_tables,
        marts,
        walk_days,
        decision_log_assets(LOG_TABLES, GENERATED_KEYS),
        document_checks_asset(after=[dg.AssetKey(["marts", "dim_customers"]), *log_keys]),
        receivables,
        *published,
        *effects_assets(after=published[-1].key, renderer=document_renderer),
    ]


def definitions_for(home: Home, environment: str = "local") -> dg.Definitions:
    """Return the platform bound to one company's home."""
    resource = RunHome(home_path=str(home.path), decisions_url=home.decisions_url, environment=environment)
    return dg.Definitions(
        assets=assets_in_order(),
        asset_checks=[contracts_at_the_door],
        jobs=list(JOBS),
        schedules=list(SCHEDULES),
        sensors=list(SENSORS),
        resources={"run": resource},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the platform as the environment describes it."""
    settings = read_settings()
    return definitions_for(settings.home, settings.environment)
