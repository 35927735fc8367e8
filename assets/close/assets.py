"""Shell of the walk: read what systems say and what was decided, walk the days, write what follows."""

from collections.abc import Iterator

import dagster as dg

from assets.close.commit import committing
from assets.close.facts import INPUT_TABLES, load_facts
from assets.close.rebuilding import window_to_write
from assets.close.reviewer import read_reviewer
from assets.close.tables import GENERATED_TABLES
from assets.close.walk import walk
from assets.platform import progress
from assets.platform.failures import failures_as_dagster
from assets.platform.policy import load_policy
from assets.platform.run import RunHome, started_at
from assets.platform.window import LOG_SEEN, read_window

decision_log = dg.AssetSpec(
    ["decisions", "log"],
    description="What people and rules decided, append-only; read by the walk and extracted like any other system.",
    group_name="systems",
    owners=["team:receivables"],
)


@dg.multi_asset(
    name="walk",
    specs=[
        dg.AssetSpec(
            [spec.schema, spec.name],
            deps=[*(dg.AssetKey(table.split(".")) for table in INPUT_TABLES), decision_log],
            description=f"{spec.description} {spec.grain}",
            group_name="generated",
            owners=["team:receivables"],
            kinds={"python", "duckdb"},
        )
        for spec in GENERATED_TABLES
    ],
)
def walk_days(context: dg.AssetExecutionContext, run: RunHome) -> Iterator[dg.MaterializeResult]:
    """Order checks, credit, drafts, matches, reminders, revenue and exceptions, day by day."""
    progress.tell("Deciding, day by day")
    with failures_as_dagster():
        warehouse = run.home.warehouse()
        window = read_window(warehouse)
        facts = load_facts(warehouse, window)
        policy = load_policy(warehouse)
        with run.home.decisions() as store:
            log = store.decisions()
            read_until = log[-1].sequence if log else 0
            moment = started_at(context)
            commit = committing(
                store, moment, read_until=read_until, run_key=context.run_id, policy_digest=policy.digest
            )
            shown = window_to_write(warehouse, window, log)
            result = walk(facts, log, shown, policy, commit, read_reviewer(run.home.reviewer_path))
        with warehouse.connect():
            warehouse.replace_all(LOG_SEEN, LOG_SEEN.build([{"decisions_sequence": read_until}]))
            for spec in GENERATED_TABLES:
                table = spec.build(result.tables[spec.name])
                warehouse.replace_window(spec, table, shown.start_date, shown.end_date)
                yield dg.MaterializeResult(asset_key=[spec.schema, spec.name], metadata={"rows": table.num_rows})
