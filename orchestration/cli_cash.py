"""`openitem replay cash`: what another policy would have matched in a window of the past; nothing is written."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from assets.ledger.errors import BadInputError
from assets.platform.window import RunMode, RunWindow

if TYPE_CHECKING:
    from assets.close.shadow import Compared
    from assets.ledger.policy import Policy
    from assets.platform.home import Home

replay_app = typer.Typer(help="Ask what another policy would have decided.", no_args_is_help=True)
SHOWN = 20  # receipts named per kind of difference

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder of the company; default data/build or OPENITEM_HOME.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]


@replay_app.callback()
def replay() -> None:
    """Ask what another policy would have decided."""


@replay_app.command()
def cash(
    policy: Annotated[Path, typer.Option(help="A seed CSV, or a folder of them, in place of those that stand.")],
    from_day: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    to_day: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Match the receipts of a window again under another policy; print what is gained, lost, changed and wrong."""
    from orchestration.cli import _settings

    window = RunWindow(from_day.date(), to_day.date(), RunMode.BACKFILL)
    compared = shadow_of(_settings(home, must_exist=True).home, window, policy)
    facts = facts_of(compared)
    if as_json:
        typer.echo(json.dumps(facts, default=str, sort_keys=True))
    else:
        _show(facts, window)


def shadow_of(home: Home, window: RunWindow, given: Path) -> Compared:
    """Return the comparison of a home's record with the same days under a policy."""
    from assets.close.facts import load_facts
    from assets.close.shadow import replay_cash
    from assets.platform.lock import warehouse_lock
    from assets.platform.policy import load_policy

    with warehouse_lock(home.path, "replay cash", wait_seconds=60):
        warehouse = home.warehouse()
        facts = load_facts(warehouse, window)
        standing = load_policy(warehouse)
    with home.decisions() as store:
        log = store.decisions()
    return replay_cash(facts, log, window, policy_with(standing, given))


def policy_with(standing: Policy, given: Path) -> Policy:
    """Return the policy that stands, with the tables of a CSV or a folder of CSVs in place of its own."""
    from assets.ledger.policy import Policy

    if not given.exists():
        raise BadInputError("Cannot read the policy", [f"`{given}` does not exist"], remedy="Name a CSV or a folder.")
    files = sorted(given.glob("*.csv")) if given.is_dir() else [given]
    unknown = [f"`{file.name}` is no table of policy" for file in files if file.stem not in standing.tables]
    if not files or unknown:
        raise BadInputError(
            "Cannot read the policy",
            unknown or [f"`{given}` holds no CSV"],
            remedy="Copy a seed from dbt_project/seeds/policy, change it, keep its name.",
        )
    tables: dict[str, Any] = dict(standing.tables)
    for file in files:
        with file.open(newline="", encoding="utf-8") as lines:
            rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]
        columns = set(standing.tables[file.stem][0]) if standing.tables[file.stem] else set(rows[0]) if rows else set()
        if rows and set(rows[0]) != columns:
            raise BadInputError(
                "Cannot read the policy",
                [f"`{file.name}` has the columns {', '.join(rows[0])}; expected {', '.join(sorted(columns))}"],
                remedy="Copy a seed from dbt_project/seeds/policy, change it, keep its columns.",
            )
        tables[file.stem] = rows
    return Policy.from_rows(tables)


def facts_of(compared: Compared) -> dict[str, Any]:
    """Return the comparison as figures, with the receipts behind each of them."""

    def named(keys: list[str]) -> list[dict[str, Any]]:
        found = []
        for key in keys:
            match = compared.shadow.get(key) or compared.recorded[key]
            found.append({"receipt": match.receipt_id, "rule": match.rule, "day": match.business_date})
        return found

    return {
        "recorded": len(compared.recorded),
        "shadow": len(compared.shadow),
        "gained": named(compared.gained),
        "lost": named(compared.lost),
        "changed": named(compared.changed),
        "wrong": [
            {**one, "decided": compared.wrong[key]}
            for key, one in zip(compared.wrong, named(list(compared.wrong)), strict=True)
        ],
        "recorded_wrong": len(compared.recorded_wrong),
        "by_rule": compared.by_rule(),
    }


def _show(facts: dict[str, Any], window: RunWindow) -> None:
    screen = Console()
    screen = screen if screen.is_terminal else Console(width=110)
    table = Table(title=f"Cash matches of {window.start_date} to {window.end_date}: as recorded, and in shadow")
    table.add_column("Rule")
    names = ("recorded", "shadow", "gained", "lost", "changed", "wrong")
    for name in names:
        table.add_column(name.capitalize(), justify="right")
    for row in facts["by_rule"]:
        table.add_row(row["rule"], *(str(row[name]) for name in names))
    sums = [sum(row[name] for row in facts["by_rule"]) for name in names]
    table.add_section()
    table.add_row("all", *map(str, sums))
    screen.print(table)
    for name in ("wrong", "changed", "lost", "gained"):
        for one in facts[name][:SHOWN]:
            said = f", against `{one['decided']}`" if "decided" in one else ""
            screen.print(f"{name}: {one['receipt']} ({one['rule']}, {one['day']}{said})", markup=False, highlight=False)
        if len(facts[name]) > SHOWN:
            screen.print(f"{name}: {len(facts[name]) - SHOWN} more; see --json", highlight=False)
    screen.print("Nothing was written.", highlight=False)
