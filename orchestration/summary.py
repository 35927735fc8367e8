"""The state of receivables on one screen, read from the published snapshot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from assets.ledger.errors import PermanentError
from assets.platform.home import Home

MOST_ROWS = 9


class NothingPublishedError(PermanentError):
    """There is no snapshot to read."""


def summarise(home: Home) -> dict[str, Any]:
    """Return the figures of the screen; the precision of matches only where the truth is known."""
    if not home.published_path.exists():
        raise NothingPublishedError(
            f"Nothing is published in `{home.path.name}` yet. Run `openitem demo`, or `openitem run` on your own files."
        )
    with duckdb.connect(str(home.published_path), read_only=True) as connection:

        def rows(sql: str) -> list[dict[str, Any]]:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        facts: dict[str, Any] = {
            "run": rows("select * from rpt_run")[0],
            "dso": rows(
                "select clock, legal_entity_id, currency_code, open_amount, overdue_amount, unapplied_amount, "
                "dso_simple_days, dso_countback_days, best_possible_dso_days, "
                "dso_net_of_unapplied_days from rpt_dso_daily "
                "where as_of_date = (select as_of_date from rpt_run) and clock = 'known_now' "
                "order by legal_entity_id = 'all' desc, legal_entity_id, currency_code"
            ),
            "aging": rows(
                "select aging_bucket, bucket_order, open_amount, document_count from rpt_aging "
                "where as_of_date = (select as_of_date from rpt_run) and clock = 'known_now' "
                "and legal_entity_id = 'all' "
                "order by bucket_order"
            ),
            "rejections": rows(
                "select sum(invoice_count)::bigint as invoices, "
                "sum(rejected_by_platform_count)::bigint as by_platform, "
                "sum(refused_by_buyer_count)::bigint as by_buyer, sum(disputed_count)::bigint as disputed "
                "from rpt_invoice_rejections"
            )[0],
            "cycle": rows(
                "select legal_entity_id, charge_kind, invoice_count as invoices, "
                "trigger_to_invoice_hours_p50 as p50, trigger_to_invoice_hours_p95 as p95 "
                "from rpt_cycle_times where trigger_to_invoice_hours_p50 is not null "
                "and invoice_month = (select max(invoice_month) from rpt_cycle_times) "
                "order by legal_entity_id, charge_kind"
            ),
            "cash": rows(
                "select sum(receipt_count)::bigint as receipts, sum(auto_applied_count)::bigint as auto_applied, "
                "sum(proposed_count)::bigint as proposed, sum(unidentified_count)::bigint as unidentified "
                "from rpt_cash_application"
            )[0],
            "reminders": rows(
                "select decision, reason_code, count(*) as items from rpt_reminders "
                "group by decision, reason_code order by decision, items desc, reason_code"
            ),
            "exceptions": rows(
                "select reason_code, owner, count(*) as items, max(age_days) as oldest_days from rpt_exceptions "
                "group by reason_code, owner order by items desc, reason_code"
            ),
            "to_review": rows(
                "select status, count(*) as items from rpt_invoices_to_review group by status order by status"
            ),
        }
    if (home.path / "truth").is_dir():
        from data.simulator.score import score_matches

        facts["precision"] = score_matches(home.path)
    return facts


def summary_screen(facts: dict[str, Any]) -> RenderableType:
    """Return the figures as one screen of text."""
    run = facts["run"]
    title = f"{run['company_name']} · as of {run['as_of_date']} · ties {run['verdict']}"
    return Group(
        Panel(Columns([_receivables(facts), _aging(facts)], padding=(0, 4)), title=title, title_align="left"),
        Columns([_cash(facts), _invoices(facts)], padding=(0, 4)),
        Columns([_reminders(facts), _exceptions(facts)], padding=(0, 4)),
        Text(
            "Open next: `make serve`, then Invoices to review and Cash application. `openitem status` says what waits."
        ),
    )


def _amount(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value if value is not None else "–")


def _days(value: Any) -> str:
    return f"{value:.1f}" if isinstance(value, Decimal) else "–"


def _share(part: int | None, whole: int | None) -> str:
    return f"{Decimal(100 * (part or 0)) / Decimal(whole):.1f} %" if whole else "–"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="dim")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    return table


def _receivables(facts: dict[str, Any]) -> Table:
    table = _table("Receivables", "entity", "open", "overdue", "DSO", "count-back", "best", "net of cash in hand")
    for row in facts["dso"]:
        entity = "group" if row["legal_entity_id"] == "all" else row["legal_entity_id"]
        table.add_row(
            f"{entity} {row['currency_code']}", _amount(row["open_amount"]), _amount(row["overdue_amount"]),
            _days(row["dso_simple_days"]), _days(row["dso_countback_days"]), _days(row["best_possible_dso_days"]),
            _days(row["dso_net_of_unapplied_days"]),
        )  # fmt: skip
    return table


def _aging(facts: dict[str, Any]) -> Table:
    table = _table("Aging, group in EUR", "days overdue", "open", "items")
    for row in facts["aging"]:
        table.add_row(row["aging_bucket"].replace("_", " "), _amount(row["open_amount"]), str(row["document_count"]))
    return table


def _cash(facts: dict[str, Any]) -> Table:
    cash = facts["cash"]
    table = _table("Cash application", "", "receipts", "share")
    for name in ("receipts", "auto_applied", "proposed", "unidentified"):
        table.add_row(name.replace("_", " "), str(cash[name] or 0), _share(cash[name], cash["receipts"]))
    precision = facts.get("precision")
    if precision:
        table.add_row("right among applied", f"{precision['right']}", f"{precision['precision_by_receipt']} %")
        table.add_row("… by value", "", f"{precision['precision_by_value']} %")
        table.add_row("applied by value", "", f"{precision['rate_by_value']} %")
    return table


def _invoices(facts: dict[str, Any]) -> Table:
    rejections = facts["rejections"]
    table = _table("Invoices", "", "count", "share")
    table.add_row("issued", str(rejections["invoices"] or 0), "")
    for name, label in (
        ("by_platform", "rejected by a platform"), ("by_buyer", "refused by the buyer"), ("disputed", "disputed"),
    ):  # fmt: skip
        table.add_row(label, str(rejections[name] or 0), _share(rejections[name], rejections["invoices"]))
    for row in facts["cycle"]:
        label = f"{row['legal_entity_id']} {row['charge_kind']}: median hours, trigger to invoice"
        table.add_row(label, _days(row["p50"]), f"p95 {_days(row['p95'])}")
    for row in facts["to_review"]:
        table.add_row(f"waiting: {row['status']}", str(row["items"]), "")
    return table


def _reminders(facts: dict[str, Any]) -> Table:
    table = _table("Reminders of the day", "decision", "items")
    for row in facts["reminders"][:MOST_ROWS]:
        table.add_row(f"{row['decision']} {(row['reason_code'] or '').replace('_', ' ').lower()}", str(row["items"]))
    return table


def _exceptions(facts: dict[str, Any]) -> Table:
    table = _table("Open exceptions", "reason", "owner", "items", "oldest, days")
    for row in facts["exceptions"][:MOST_ROWS]:
        table.add_row(row["reason_code"], row["owner"] or "–", str(row["items"]), str(row["oldest_days"]))
    rest = facts["exceptions"][MOST_ROWS:]
    if rest:
        table.add_row(f"{len(rest)} more reasons", "", str(sum(row["items"] for row in rest)), "")
    return table
