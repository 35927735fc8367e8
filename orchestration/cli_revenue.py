"""The `openitem revenue` commands: the journal of a month as a file for the general ledger."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from assets.ledger.charges import month_end
from assets.ledger.errors import BadInputError
from assets.ledger.spreadsheet import cell
from orchestration.settings import read_settings

app = typer.Typer(help="Revenue: schedules, deferred revenue and journal entries.", no_args_is_help=True)

COLUMNS = (
    "period", "posting_date", "legal_entity_id", "entry_key", "entry_kind", "account", "account_kind", "debit_amount",
    "credit_amount", "currency_code", "charge_kind", "contract_id", "contract_line_number", "order_number",
    "document_number", "customer_name", "charge_key", "original_period", "reason_code", "business_date",
)  # fmt: skip


@app.command()
def export(
    period: Annotated[datetime, typer.Option(formats=["%Y-%m"], help="The month, as 2025-11.")],
    output: Annotated[Path, typer.Option(help="The CSV file to write.")],
    home: Annotated[
        Path | None, typer.Option("--home", help="Folder of the company; default data/build or OPENITEM_HOME.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
) -> None:
    """Write the journal entries of a month as CSV, one line per account; debits equal credits in each entry."""
    path = read_settings().home.published_path if home is None else home.resolve() / "published" / "openitem.duckdb"
    facts = export_journal(path, month_end(period.date()), output)
    if as_json:
        typer.echo(json.dumps(facts, default=str, sort_keys=True))
        return
    state = "closed" if facts["is_closed"] else f"open until {facts['closes_date']}"
    sums = ", ".join(f"{entity} {debit} {currency}" for entity, currency, debit, _ in facts["totals"])
    typer.echo(
        f"Wrote {facts['lines']} lines of {facts['entries']} entries of {facts['period']} ({state}) to {output}."
    )
    typer.echo(f"Debits = credits: {sums}.")


def export_journal(published: Path, period: date, output: Path) -> dict[str, Any]:
    """Write a month's journal as published and return what was written; refuse a month without entries."""
    if not published.exists():
        raise BadInputError(
            "Cannot export revenue", [f"nothing is published at `{published}`"], remedy="Run `openitem run` first."
        )
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute(
            f"select {', '.join(COLUMNS)} from rpt_revenue_journal where period = ? "
            "order by legal_entity_id, currency_code, posting_date, entry_key, account_kind",
            [period],
        ).fetchall()
        if not rows:
            known = connection.execute("select distinct period from rpt_revenue_journal order by period").fetchall()
            listed = ", ".join(f"{row[0]:%Y-%m}" for row in known) or "no month"
            raise BadInputError(
                "Cannot export revenue", [f"nothing is posted to {period:%Y-%m}"], remedy=f"There is {listed}."
            )
        [[closes_date, is_closed]] = connection.execute(
            "select distinct closes_date, is_closed from rpt_revenue_roll_forward where period = ?", [period]
        ).fetchall()
    totals: dict[tuple[str, str], list[Decimal]] = {}
    place = {name: index for index, name in enumerate(COLUMNS)}
    for row in rows:
        total = totals.setdefault((row[place["legal_entity_id"]], row[place["currency_code"]]), [Decimal(0)] * 2)
        total[0] += row[place["debit_amount"]]
        total[1] += row[place["credit_amount"]]
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([cell(value) for value in row] for row in rows)
    return {
        "period": f"{period:%Y-%m}",
        "closes_date": closes_date,
        "is_closed": is_closed,
        "entries": len({row[place["entry_key"]] for row in rows}),
        "lines": len(rows),
        "totals": [(entity, currency, debit, credit) for (entity, currency), (debit, credit) in totals.items()],
        "file": str(output),
    }
