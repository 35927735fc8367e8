"""Shell of extract: what arrived in the window, kept as received, then loaded as text, then checked at the door."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.extract.contracts import CONTRACTS, check_contract
from assets.extract.inbox import Inbox
from assets.extract.landing import Landing, land
from assets.extract.load import load_raw
from assets.extract.raw_tables import RAW_TABLES
from assets.extract.registry import READERS, Readers
from assets.extract.table_source import mapping_readers
from assets.platform import progress
from assets.platform.failures import failures_as_dagster
from assets.platform.run import RunHome
from assets.platform.window import read_window

SYSTEMS: dict[str, str] = {
    "hubspot": "CRM: companies, contacts, deals.",
    "contracts": "Contract tool: what was agreed, the source of truth for terms.",
    "shop": "Online shop: orders, prices, stock, cost.",
    "quickbooks": "Accounting: customers, invoices, payments, credit memos, trial balance.",
    "shipstation": "Shipping: what left the warehouse.",
    "projects": "Project tool: milestones.",
    "usage": "Metered usage events.",
    "messages": "Disputes, rejections and remittance advices.",
    "einvoicing": "E-invoicing networks: what they and buyers answer to an invoice (Peppol, French lifecycle).",
    "nfe": "Tax authority of Brazil: NF-e and NFC-e, authorised or rejected, and events on them.",
    "rates": "Exchange rates of the European Central Bank.",
    "bank": "Bank statements: camt.053, BAI2, MT940.",
    "table": "Any table a mapping describes.",
}

LOADED_TABLES = tuple(spec for spec in RAW_TABLES if not spec.name.startswith("openitem__"))

system_specs = [
    dg.AssetSpec(
        ["systems", name], description=description, group_name="systems", owners=["team:data"], kinds={"source"}
    )
    for name, description in SYSTEMS.items()
]


def _readers(run: RunHome) -> Readers:
    return {**READERS, **mapping_readers(run.home.sources_path)}


@dg.asset(
    key=["landing", "files"],
    deps=[dg.AssetKey(["control", "run_window"]), *(spec.key for spec in system_specs)],
    group_name="landing",
    owners=["team:data"],
    kinds={"file"},
)
def landing_files(context: dg.AssetExecutionContext, run: RunHome) -> dg.MaterializeResult:
    """Files that arrived in the window, kept as received, each accepted, a duplicate or quarantined with its reason."""
    progress.tell("Taking in what arrived")
    with failures_as_dagster():
        window = read_window(run.home.warehouse())
        landing = Landing(run.home.landing_path)
        with run.home.decisions() as store:
            last_closed = store.last_closed_date()
        manifest = land(
            Inbox(run.home.inbox_path),
            landing,
            window.start_date,
            window.end_date,
            _readers(run),
            last_closed=last_closed,
        )
    return dg.MaterializeResult(
        metadata={
            "accepted": manifest.accepted_count,
            "duplicates": manifest.duplicate_count,
            "quarantined": manifest.quarantined_count,
            "lying where no day can be told": list(manifest.strays),
        }
    )


@dg.multi_asset(
    name="raw_tables",
    specs=[
        dg.AssetSpec(
            [spec.schema, spec.name],
            deps=[landing_files],
            description=f"{spec.description} {spec.grain}",
            group_name="raw",
            owners=["team:data"],
            kinds={"duckdb"},
        )
        for spec in LOADED_TABLES
    ],
)
def raw_tables(context: dg.AssetExecutionContext, run: RunHome) -> Iterator[dg.MaterializeResult]:
    """Landed files as rows of text, named as their source names them."""
    progress.tell("Loading raw tables")
    with failures_as_dagster():
        warehouse = run.home.warehouse()
        window = read_window(warehouse)
        landing = Landing(run.home.landing_path)
        report = load_raw(warehouse, landing, window.start_date, window.end_date, _readers(run))
    for spec in LOADED_TABLES:
        yield dg.MaterializeResult(
            asset_key=[spec.schema, spec.name], metadata={"rows loaded": report.row_counts.get(spec.name, 0)}
        )


@dg.multi_asset_check(
    name="contracts_at_the_door",
    specs=[
        dg.AssetCheckSpec(
            "contract",
            asset=dg.AssetKey(["raw", table]),
            blocking=True,
            description="Great Expectations: what this table must look like before any model may read it.",
        )
        for table in CONTRACTS
    ],
)
def contracts_at_the_door(context: dg.AssetCheckExecutionContext, run: RunHome) -> Iterator[Any]:
    """The window's new rows against the contract of their table."""
    progress.tell("Checking contracts at the door")
    warehouse = run.home.warehouse()
    with failures_as_dagster(), warehouse.connect():
        window = read_window(warehouse)
        for table in CONTRACTS:
            result = check_contract(table, warehouse, window.start_date, window.end_date)
            yield dg.AssetCheckResult(
                asset_key=dg.AssetKey(["raw", table]),
                check_name="contract",
                passed=result.success,
                metadata={"rows": result.evaluated_count, "unexpected": [str(item) for item in result.unexpected]},
            )
