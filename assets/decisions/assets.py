"""Shell of the decision log as a source: what was decided, extracted like any other system."""

from collections.abc import Iterator, Sequence

import dagster as dg

from assets.platform import progress
from assets.platform.failures import failures_as_dagster
from assets.platform.run import RunHome
from assets.platform.tables import TableSpec
from assets.platform.window import read_window


def decision_log_assets(log_tables: Sequence[TableSpec], after: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """Return the raw tables of the log, written after the walk has appended to it."""

    @dg.multi_asset(
        name="decisions_as_source",
        specs=[
            dg.AssetSpec(
                [spec.schema, spec.name],
                deps=after,
                description=f"{spec.description} {spec.grain}",
                group_name="raw",
                owners=["team:receivables"],
                kinds={"duckdb"},
            )
            for spec in log_tables
        ],
    )
    def decisions_as_source(context: dg.AssetExecutionContext, run: RunHome) -> Iterator[dg.MaterializeResult]:
        """The log and the outbox up to the window's end, as rows of text."""
        progress.tell("Reading the decision log back")
        with failures_as_dagster():
            warehouse = run.home.warehouse()
            window = read_window(warehouse)
            with run.home.decisions() as store:
                exported = store.export_rows(until=window.end_date)
            with warehouse.connect():
                for spec in log_tables:
                    table = spec.build(exported[spec.name])
                    warehouse.replace_all(spec, table)
                    yield dg.MaterializeResult(asset_key=[spec.schema, spec.name], metadata={"rows": table.num_rows})

    return decisions_as_source
