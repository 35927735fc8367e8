"""`openitem match`: the matcher alone, on Parquet files, so that anyone can measure it."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from assets.cash_application.match_policy import SEEDS, match_policy
from assets.close.match_files import match_folder
from assets.ledger.errors import BadInputError
from assets.ledger.policy import Policy

SHIPPED = Path(__file__).parents[1] / "dbt_project" / "seeds" / "policy"
console = Console(stderr=True)


def read_policy(given: Path | None) -> Policy:
    """Return the shipped seeds; a CSV named like one of them, or a folder of such, takes the place of its seed."""
    replaced: dict[str, Path] = {}
    if given is not None:
        if not given.exists():
            raise BadInputError(
                "Cannot read the policy", [f"`{given}` does not exist"], remedy="Name a CSV or a folder."
            )
        files = sorted(given.glob("*.csv")) if given.is_dir() else [given]
        replaced = {path.stem: path for path in files if path.stem in SEEDS}
        if not replaced:
            raise BadInputError(
                "Cannot read the policy",
                [f"`{given}` holds none of {', '.join(f'{name}.csv' for name in SEEDS)}"],
                remedy="Copy a seed from dbt_project/seeds/policy, change it, keep its name.",
            )
    rows = {}
    for name in SEEDS:
        with replaced.get(name, SHIPPED / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            rows[name] = list(csv.DictReader(file))
    return Policy.from_rows(rows)


def match(
    source: Annotated[Path, typer.Option("--input", help="Folder with receipts, documents, customers … as Parquet.")],
    target: Annotated[Path, typer.Option("--output", help="Folder for decisions, applications and evidence.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes; the answer is the same.")] = max(
        1, min(2, os.cpu_count() or 1)
    ),
    policy: Annotated[
        Path | None, typer.Option(help="A seed CSV, or a folder of them, in place of the shipped.")
    ] = None,
) -> None:
    """Match receipts to open items, on files alone: reads a folder, writes a folder."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading", total=None)
        counts = match_folder(
            source, target, match_policy(read_policy(policy)), workers=workers,
            report=lambda text: progress.update(task, description=text),
            warn=lambda note: typer.echo(f"Note: {note}", err=True),
        )  # fmt: skip
    whole = sum(counts.values())
    for outcome in ("auto_applied", "proposed", "on_account", "unidentified"):
        count = counts.get(outcome, 0)
        typer.echo(f"{outcome:14} {count:10,} {count / whole if whole else 0:8.2%}")
