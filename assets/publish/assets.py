"""Shell of publish: the verdict of the tie tests, then the snapshot that dashboards read."""

import dagster as dg

from assets.platform import progress
from assets.platform.dbt import DbtGateError
from assets.platform.failures import failures_as_dagster
from assets.platform.run import RunHome
from assets.platform.verdict import judge
from assets.publish.publish import publish
from assets.publish.run_facts import facts_of_run, tags_of_run

VERDICT = dg.AssetKey(["control", "verdicts"])


def publish_assets(
    business_days: dg.PartitionsDefinition, reporting_keys: list[dg.AssetKey]
) -> list[dg.AssetsDefinition]:
    """Return the verdict and the snapshot, downstream of every reporting table."""

    @dg.asset(key=VERDICT, deps=reporting_keys, group_name="published", owners=["team:finance"], kinds={"dbt"})
    def tie_verdict(context: dg.AssetExecutionContext, run: RunHome) -> dg.MaterializeResult:
        """The tests that tie layers together, run once after the last build. Red stops publishing and effects."""
        progress.tell("Tying totals together")
        with failures_as_dagster():
            warehouse = run.home.warehouse()
            outcome = judge(warehouse, run.home.dbt())
            context.instance.add_run_tags(context.run_id, tags_of_run(facts_of_run(run.home, warehouse)))
            if not outcome.is_green:
                raise DbtGateError("Tying totals together", outcome.red)
        return dg.MaterializeResult(metadata={"tests": len(outcome.results)})

    @dg.asset(
        key=["published", "openitem"],
        deps=[VERDICT],
        partitions_def=business_days,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="published",
        owners=["team:finance"],
        kinds={"duckdb"},
    )
    def published_openitem(context: dg.AssetExecutionContext, run: RunHome) -> dg.MaterializeResult:
        """One file with everything a page shows, renamed into place; a window of the past replaces no newer one."""
        progress.tell("Publishing")
        with failures_as_dagster():
            warehouse = run.home.warehouse()
            counts = publish(warehouse, run.home.published_path, facts_of_run(run.home, warehouse))
        return dg.MaterializeResult(metadata={"tables": len(counts), "rows": sum(counts.values())})

    return [tie_verdict, published_openitem]
