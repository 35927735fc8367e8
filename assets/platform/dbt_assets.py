"""dbt's models, seeds and tests as Dagster assets and checks, built in this process."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_subset_selection_for_context

from assets.platform import progress
from assets.platform.dbt import DbtGateError, DbtOutcome, NodeResult, prepare_manifest
from assets.platform.failures import failures_as_dagster
from assets.platform.run import RunHome

UNIQUE_ID = "dagster_dbt/unique_id"

# Who is asked first when a table of that layer looks wrong.
OWNERS = {
    "policy": "team:finance",
    "staging": "team:data",
    "intermediate": "team:data",
    "marts": "team:data",
    "receivables": "team:receivables",
    "reporting": "team:finance",
}


class FlowTranslator(DagsterDbtTranslator):
    """Names assets by the flow: the schema is the key's prefix and the group."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Return [schema, name]."""
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the layer."""
        return dbt_resource_props["schema"]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str] | None:
        """Return the layer's owner."""
        return [OWNERS.get(dbt_resource_props["schema"], "team:data")]

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the model's description without its SQL."""
        return dbt_resource_props.get("description") or ""


@cache
def manifest_of_project() -> Mapping[str, Any]:
    """Return manifest.json of the project as its files are now."""
    return json.loads(prepare_manifest().read_text())


def dbt_phase(name: str, *, select: str, exclude: str, doing: str) -> dg.AssetsDefinition:
    """Return the selected part of the dbt project as assets; a red test stops everything downstream."""
    manifest = manifest_of_project()
    translator = FlowTranslator()

    @dbt_assets(manifest=manifest, select=select, exclude=exclude, name=name, dagster_dbt_translator=translator)
    def phase(context: dg.AssetExecutionContext, run: RunHome) -> Iterator[Any]:
        progress.tell(doing)
        arguments, _ = get_subset_selection_for_context(context, manifest, select, exclude, None, translator, None)
        chosen, left_out = _as_lists(arguments)
        with failures_as_dagster():
            outcome = run.home.dbt().build(chosen, left_out, tell=lambda what: progress.tell(f"{doing}: {what}"))
            yield from _events(context.assets_def, outcome)
            if not outcome.is_green:
                raise DbtGateError(doing, outcome.red)

    return phase


def _as_lists(arguments: list[str]) -> tuple[list[str], list[str]]:
    chosen: list[str] = []
    left_out: list[str] = []
    for flag, value in zip(arguments[::2], arguments[1::2], strict=True):
        (chosen if flag == "--select" else left_out).extend(value.split())
    return chosen, left_out


def _events(assets: dg.AssetsDefinition, outcome: DbtOutcome) -> Iterator[Any]:
    keys = {spec.metadata.get(UNIQUE_ID): spec.key for spec in assets.specs}
    checks = {spec.metadata.get(UNIQUE_ID): spec for spec in assets.node_check_specs_by_output_name.values()}
    for result in outcome.results:
        if result.unique_id in keys and result.status == "success":
            yield dg.MaterializeResult(asset_key=keys[result.unique_id], metadata={"seconds": result.seconds})
        elif result.unique_id in checks and result.status != "skipped":
            yield _check_result(checks[result.unique_id], result)


def _check_result(spec: dg.AssetCheckSpec, result: NodeResult) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=result.status == "pass",
        severity=dg.AssetCheckSeverity.WARN if result.status == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata={"failing rows": result.failures, "message": result.message},
    )
