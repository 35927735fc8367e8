"""A published file with rows of our own, in exactly the columns the reporting models promise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from assets.decisions.store import DecisionStore
from assets.ledger.decision import ActorKind, Decision
from tests.dashboards.published_revenue import revenue_tables

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "reporting"
AS_OF = date(2026, 6, 30)
OPEN_DAY = date(2026, 7, 1)
AT = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
DAYS = [AS_OF - timedelta(days=n) for n in range(120)][::-1]

# What a customer's name, a remittance text or a file name may hold, and must never do.
HOSTILE = [
    "<script>document.title='owned'</script>",
    "![beacon](http://127.0.0.1:9/pixel.png)",
    "[click](javascript:document.title='owned')",
    '=HYPERLINK("http://127.0.0.1:9","x")',
    "$\\frac{1}{0}$ :red[red] :material/home:",
    "\u202egnol si eman sihT\u202c <img src=x onerror=alert(1)>",
]


def cents(amount: float | str) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.001"))


@cache
def columns_of(model: str) -> dict[str, str]:
    """The model's columns and SQL types as its yml promises them."""
    described = yaml.safe_load((MODELS / f"{model}.yml").read_text())["models"]
    [found] = [each for each in described if each["name"] == model]
    return {column["name"]: column["data_type"].replace("string", "varchar") for column in found["columns"]}


RUN_COLUMNS = {
    "as_of_date": "date",
    "open_date": "date",
    "mode": "varchar",
    "verdict": "varchar",
    "verdict_detail": "varchar",
    "last_green_as_of_date": "date",
    "decisions_sequence": "bigint",
    "company_name": "varchar",
}


@dataclass(frozen=True)
class Home:
    """A home with something published and a log that fits it."""

    path: Path

    @property
    def published(self) -> Path:
        return self.path / "published" / "openitem.duckdb"

    def store(self) -> DecisionStore:
        return DecisionStore.open(self.path / "decisions.sqlite")


def publish(home: Path, tables: Mapping[str, Iterable[Mapping[str, Any]]], **run: Any) -> None:
    """Write the published file as a run would: beside, then renamed into place."""
    path = home / "published" / "openitem.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name("next.duckdb")
    beside.unlink(missing_ok=True)
    values = {
        "as_of_date": AS_OF,
        "open_date": OPEN_DAY,
        "mode": "close",
        "verdict": "green",
        "verdict_detail": "",
        "last_green_as_of_date": AS_OF,
        "decisions_sequence": 0,
        "company_name": "Meridian",
        **run,
    }
    with duckdb.connect(str(beside)) as connection:
        connection.execute("begin transaction")
        for model in sorted(path.stem for path in MODELS.glob("rpt_*.yml")):
            _write(connection, model, columns_of(model), tables.get(model, []))
        _write(connection, "rpt_run", RUN_COLUMNS, [values])
        connection.execute("commit")
    beside.replace(path)


def _write(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]
) -> None:
    listed = ", ".join(f'"{name}" {sql_type}' for name, sql_type in columns.items())
    connection.execute(f'create table "{table}" ({listed})')
    values = []
    for row in rows:
        unknown = row.keys() - columns.keys()
        assert not unknown, f"{table} promises no column {sorted(unknown)}"
        values.append([row.get(name) for name in columns])
    if values:
        connection.executemany(f'insert into "{table}" values ({", ".join("?" * len(columns))})', values)


def a_home(path: Path) -> Home:
    """A home in the middle of its work: something waits on every page."""
    path.mkdir(parents=True, exist_ok=True)
    home = Home(path)
    drafts = [*(_draft(n) for n in range(14)), *(_blocked(n) for n in range(3))]
    with home.store() as store:
        recorded = store.append([draft for draft, _ in drafts], recorded_at=AT)
        applied = store.append([_applied(n) for n in range(9)], recorded_at=AT)
        store.append([], closes=AS_OF, recorded_at=AT)
        sequence = store.last_sequence()
    review = [{**row, "version": entry.sequence} for (_, row), entry in zip(drafts, recorded, strict=True)]
    tables = {
        **revenue_tables(CUSTOMERS),
        "rpt_dso_daily": _dso(),
        "rpt_aging": _aging(),
        "rpt_aging_customers": _overdue(),
        "rpt_invoice_rejections": _rejections(),
        "rpt_rejection_causes": _causes(),
        "rpt_rejected_invoices": [_rejected(n) for n in range(8)],
        "rpt_cash_application": _cash_days(),
        "rpt_cycle_times": _cycles(),
        "rpt_draft_delays": _draft_delays(),
        "rpt_invoices_to_review": review,
        "rpt_draft_sources": [source for row in review for source in _sources_of(row)],
        "rpt_invoices_issued": [_issued(n) for n in range(12)],
        "rpt_cash_queue": _queue(),
        "rpt_cash_proposals": _proposals(),
        "rpt_cash_applied": [
            _application(n, entry.decision.decision_key, entry.sequence) for n, entry in enumerate(applied)
        ],
        "rpt_open_items": _open_items(),
        "rpt_reminders": _reminders(),
        "rpt_reminder_history": _reminder_days(),
        "rpt_exceptions": _exceptions(),
        "rpt_sync": _sync(),
        "rpt_quarantine": _quarantine(),
    }
    publish(path, tables, decisions_sequence=sequence)
    return home


CUSTOMERS = [
    "Northwind Traders Inc",
    "Bergmann Maschinenbau GmbH",
    "Contoso Retail Ltd",
    "Alpine Outfitters AG",
    "Fabrikam Logistics LLC",
    "Müller & Söhne KG",
    "Tailspin Toys Co",
    "Wide World Importers",
    *HOSTILE,
]


def _draft(n: int) -> tuple[Decision, dict[str, Any]]:
    kind = ("retainer", "usage", "milestone", "goods")[n % 4]
    key = (
        f"order|SO-{10000 + n}|SHP-{500 + n}|goods"
        if kind == "goods"
        else f"contract|CT-{1000 + n}|1|2026-06-01|{kind}"
    )
    net = cents(1200 + 137 * n)
    tax = cents(0)
    lines = [
        {
            "line_number": i + 1,
            "product_id": f"SKU-{n}{i}" if kind == "goods" else None,
            "description": [
                "Platform retainer June 2026",
                "API calls above the included 1,000,000",
                "Go-live accepted",
                "Industrial sensor, IP67",
            ][n % 4],
            "quantity": "1.00" if i == 0 else "2.00",
            "unit_price": str(net - 200) if i == 0 else "100.00",
            "net_amount": str((net - 200).quantize(Decimal("0.01"))) if i == 0 else "200.00",
        }
        for i in range(2)
    ]
    payload = {
        "billing_key": key,
        "charge_kind": kind,
        "legal_entity_id": "MUS",
        "customer_key": f"c{n}",
        "contract_id": None if kind == "goods" else f"CT-{1000 + n}",
        "contract_line_number": 1,
        "order_number": f"SO-{10000 + n}" if kind == "goods" else None,
        "currency_code": "USD",
        "lines": lines,
        "tax_code": "US0",
        "tax_rate": "0.00",
        "net_amount": str(net.quantize(Decimal("0.01"))),
        "tax_amount": "0.00",
        "total_amount": str(net.quantize(Decimal("0.01"))),
        "terms_code": "NET30",
        "due_days": 30,
        "purchase_order_number": None if n % 5 == 4 else f"PO-{7700 + n}",
        "period_start": "2026-06-01",
        "period_end": "2026-06-30",
        "trigger_at": "2026-06-29T09:00:00",
        "triggered_date": "2026-06-29",
    }
    decision = Decision("draft_created", "charge", key, AS_OF, ActorKind.RULE, "invoicing", payload)
    row = {
        **{
            name: payload[name]
            for name in (
                "billing_key",
                "charge_kind",
                "legal_entity_id",
                "customer_key",
                "contract_id",
                "order_number",
                "currency_code",
                "terms_code",
                "due_days",
                "purchase_order_number",
            )
        },
        "customer_name": CUSTOMERS[n % len(CUSTOMERS)],
        "billing_email": None if n == 13 else f"ap{n}@customer.example",
        "language_code": "nl" if n % 6 == 5 else "de",
        "agreed_terms_code": "NET14" if n == 6 else "NET30",
        "agreed_purchase_order_number": payload["purchase_order_number"],
        "order_purchase_order_number": payload["purchase_order_number"],
        "is_purchase_order_required": n % 5 == 4,
        "previous_document_number": f"MUS-2026-{40 + n:05d}" if kind == "retainer" else None,
        "previous_invoice_date": date(2026, 5, 29) if kind == "retainer" else None,
        "net_amount": net,
        "tax_amount": tax,
        "total_amount": net,
        "triggered_date": AS_OF - timedelta(days=n % 6),
        "age_days": n % 6,
        "status": "drafted",
        "lines": json.dumps(lines),
        "evidence": json.dumps(
            {
                "agreed": {"amount": "1200.00", "frequency": "monthly", "in_advance": True},
                "trigger": "period start known",
                "contract_version": 2,
            }
        ),
        "previous_total_amount": net - 100 if n % 3 == 0 else net,
        "contract_amount": net if kind != "goods" else None,
    }
    return decision, row


def _sources_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What a draft rests on: the same lines as its own, but for one price ordered and one quantity shipped."""
    key, lines = row["billing_key"], json.loads(row["lines"])
    shared = {"billing_key": key, "source_date": AS_OF - timedelta(days=3)}
    found = []
    for line in lines:
        same = {
            **shared,
            "line_number": line["line_number"],
            "product_id": line["product_id"],
            "description": line["description"],
        }
        quantity, price = Decimal(line["quantity"]), Decimal(line["unit_price"])
        if row["charge_kind"] == "goods":
            number = key.split("|")[2]
            is_odd = key.startswith("order|SO-10003") and line["line_number"] == 1
            ordered = {"quantity": quantity, "unit_price": price - 5 if is_odd else price}
            found.append({**same, "source_kind": "order", "source_number": row["order_number"], **ordered})
            shipped = {"source_kind": "shipment", "source_number": number, "quantity": quantity}
            found.append({**same, **shipped})
        elif row["charge_kind"] == "retainer":
            before = price - 100 if line["line_number"] == 1 else price
            found.append(
                {
                    **same,
                    "source_kind": "previous_invoice",
                    "source_number": row["previous_document_number"],
                    "quantity": quantity,
                    "unit_price": before,
                    "net_amount": cents(float(quantity * before)),
                }
            )
    return found


def _blocked(n: int) -> tuple[Decision, dict[str, Any]]:
    decision, row = _draft(4 * n + 3)
    order, shipment = f"SO-{20000 + n}", f"SHP-{900 + n}"
    changed = {
        "billing_key": f"order|{order}|{shipment}|goods",
        "order_number": order,
        "purchase_order_number": None,
    }
    payload = {**decision.payload, **changed, "reason_code": "PO_NUMBER_MISSING"}
    blocked = Decision(
        "draft_blocked",
        "charge",
        changed["billing_key"],
        AS_OF,
        ActorKind.RULE,
        "invoicing",
        payload,
        reason_code="PO_NUMBER_MISSING",
    )
    return blocked, {**row, **changed, "status": "blocked", "reason_code": "PO_NUMBER_MISSING"}


def _rejected(n: int) -> dict[str, Any]:
    is_ours = n % 2 == 0
    return {
        "rejection_key": f"rej{n}",
        "document_key": f"dr{n}",
        "document_number": f"MUS-2026-{700 + n:05d}" if is_ours else f"RE10{n}",
        "billing_key": f"order|SO-{30000 + n}|SHP-{300 + n}|goods" if is_ours else None,
        "issued_by": "openitem" if is_ours else "accounting",
        "legal_entity_id": "MUS" if is_ours else "MEU",
        "customer_name": CUSTOMERS[(n + 6) % len(CUSTOMERS)],
        "rejection_status": "refused_by_buyer" if n % 3 else "rejected_by_platform",
        "reason_code": ("WRONG_PO", "INVALID_TAX_ID", "TERMS_DIFFER")[n % 3],
        "reason_description": "The invoice was refused because its purchase order number is not the buyer's",
        "reason_text": HOSTILE[1] if n == 2 else None,
        "field_name": ("purchase_order_number", "customer_tax_id", "payment_terms")[n % 3],
        "upstream_system": "shop",
        "upstream_field": "po_number",
        "owner": "sales_operations",
        "prevented_by": "sales_operations" if n % 3 else "finance",
        "is_traced": n != 5,
        "fitting_count": 2 if n == 5 else 1,
        "state": "replaced" if n == 7 else "open",
        "replaced_by_number": "RE199" if n == 7 else None,
        "currency_code": "USD" if is_ours else "EUR",
        "total_amount": cents(900 + n),
        "open_amount": cents(900 + n),
        "age_days": n,
        "version": 0,
        "invoice_date": AS_OF - timedelta(days=n + 9),
        "responded_date": AS_OF - timedelta(days=n),
    }


def _applied(n: int) -> Decision:
    payload = {
        "customer_key": f"c{n}",
        "rule": "exact_reference",
        "currency_code": "USD",
        "unapplied_amount": "0.00",
        "applications": [
            {"document_key": f"da{n}", "document_number": f"MUS-2026-{100 + n:05d}", "applied_amount": "500.00"}
        ],
    }
    return Decision("cash_applied", "receipt", f"ra{n}", AS_OF, ActorKind.RULE, "cash_application", payload)


def _application(n: int, decision_key: str, version: int) -> dict[str, Any]:
    return {
        "application_key": f"ap{n}",
        "receipt_key": f"ra{n}",
        "receipt_id": f"021000021/260{n}/{n}.1",
        "version": version,
        "value_date": AS_OF - timedelta(days=n),
        "payer_name": CUSTOMERS[n % len(CUSTOMERS)],
        "document_key": f"da{n}",
        "document_number": f"MUS-2026-{100 + n:05d}",
        "applied_amount": cents(500 + n),
        "currency_code": "USD",
        "rule": "exact_reference",
        "applied_date": AS_OF - timedelta(days=n),
        "actor_kind": "rule" if n % 3 else "person",
        "decision_key": decision_key,
    }


def _dso() -> list[dict[str, Any]]:
    rows = []
    for entity, currency, scale in (("all", "EUR", 3), ("MEU", "EUR", 1), ("MEU", "GBP", 0.4), ("MUS", "USD", 1.6)):
        for index, day in enumerate(DAYS):
            wave = ((index * 37) % 11 - 5) / 9 + 4 * ((index % 30) / 30)
            for clock, late in (("known_now", 0.0), ("known_then", 0.5 + (index % 7) / 6)):
                open_amount = cents(round((2_400_000 - 4_000 * index + 60_000 * wave) * scale, 2))
                overdue = cents(round(float(open_amount) * (0.31 - 0.0006 * index), 2))
                rows.append(
                    {
                        "as_of_date": day,
                        "clock": clock,
                        "legal_entity_id": entity,
                        "currency_code": currency,
                        "open_amount": open_amount,
                        "current_amount": open_amount - overdue,
                        "overdue_amount": overdue,
                        "unapplied_amount": cents(round(84_000 * scale * (1.3 - index / 200), 2)),
                        "sales_30_day_amount": cents(1_500_000 * scale),
                        "sales_90_day_amount": cents(4_500_000 * scale),
                        "dso_simple_days": Decimal(str(round(52 - 0.09 * index + wave + late, 2))),
                        "dso_countback_days": Decimal(str(round(47 - 0.1 * index + wave + late, 2))),
                        "best_possible_dso_days": Decimal(str(round(33 - 0.03 * index + wave / 2, 2))),
                        "average_days_delinquent": Decimal("11.20"),
                    }
                )
    return rows


def _aging() -> list[dict[str, Any]]:
    shares = [
        ("not_due", 0.66),
        ("1_30", 0.17),
        ("31_60", 0.08),
        ("61_90", 0.04),
        ("91_120", 0.02),
        ("over_120", 0.02),
        ("no_due_date", 0.0),
        ("unapplied_cash", -0.04),
    ]
    return [
        {
            "as_of_date": AS_OF,
            "clock": "known_now",
            "legal_entity_id": entity,
            "currency_code": currency,
            "aging_bucket": bucket,
            "bucket_order": order,
            "open_amount": cents(round(2_000_000 * scale * part, 2)),
            "document_count": int(abs(part) * 900),
        }
        for entity, currency, scale in (("all", "EUR", 3), ("MEU", "EUR", 1), ("MEU", "GBP", 0.4), ("MUS", "USD", 1.6))
        for order, (bucket, part) in enumerate(shares, start=1)
    ]


def _overdue() -> list[dict[str, Any]]:
    return [
        {
            "as_of_date": AS_OF,
            "customer_key": f"c{n}",
            "customer_name": name,
            "legal_entity_id": "MUS" if n % 2 else "MEU",
            "currency_code": "USD" if n % 2 else "EUR",
            "open_amount": cents(90_000 - n * 3_000),
            "overdue_amount": cents(60_000 - n * 4_100),
            "unapplied_amount": cents(0),
            "oldest_due_date": AS_OF - timedelta(days=90 - n * 5),
            "days_overdue": 90 - n * 5,
        }
        for n, name in enumerate(CUSTOMERS)
    ]


def _rejections() -> list[dict[str, Any]]:
    return [
        {
            "cohort_month": date(2026, month, 1),
            "legal_entity_id": entity,
            "invoice_count": 400,
            "rejected_by_platform_count": 9 - month,
            "refused_by_buyer_count": 24 - 2 * month,
            "rejected_count": 33 - 3 * month,
            "disputed_count": 14 - month,
            "not_told_apart_count": 2 if month == 6 and entity == "MEU" else 0,
            "rejection_rate": Decimal("0.05"),
            "dispute_rate": Decimal("0.03"),
        }
        for month in range(1, 7)
        for entity in ("MEU", "MUS")
    ]


def _causes() -> list[dict[str, Any]]:
    causes = [
        ("PO_NUMBER_MISSING", "po_number", "contracts", 64),
        ("TERMS_DIFFER_FROM_AGREEMENT", "payment_terms", "shop", 31),
        ("BILLING_CONTACT_MISSING", "billing_email", "hubspot", 18),
        ("ORDER_TOTAL_DIFFERS", "total_price", "shop", 6),
    ]
    return [
        {
            "reason_code": code,
            "field_name": field,
            "upstream_system": system,
            "currency_code": "EUR",
            "invoice_count": count,
            "total_amount": cents(count * 1_310),
        }
        for code, field, system, count in causes
    ]


def _cash_days() -> list[dict[str, Any]]:
    return [
        {
            "business_date": day,
            "legal_entity_id": entity,
            "currency_code": currency,
            "receipt_count": 40,
            "auto_applied_count": 22 + index // 20,
            "confirmed_count": 7,
            "applied_at_source_count": 2,
            "on_account_count": 1,
            "proposed_count": 6 - index // 20,
            "unidentified_count": 2,
            "returned_count": 0,
            "receipt_amount": cents(90_000),
            "applied_amount": cents(80_000),
            "unapplied_amount": cents(10_000),
        }
        for index, day in enumerate(DAYS)
        if day.weekday() < 5
        for entity, currency in (("MEU", "EUR"), ("MEU", "GBP"), ("MUS", "USD"))
    ]


def _cycles() -> list[dict[str, Any]]:
    return [
        {
            "invoice_month": date(2026, month, 1),
            "legal_entity_id": entity,
            "charge_kind": kind,
            "invoice_count": 120,
            "trigger_to_invoice_hours_p50": Decimal("18.50"),
            "trigger_to_invoice_hours_p95": Decimal("61.00"),
            "days_to_pay_p50": Decimal("34.00"),
        }
        for month in (6, 5)
        for entity in ("MEU", "MUS")
        for kind in ("goods", "milestone", "retainer", "usage")
    ]


def _draft_delays() -> list[dict[str, Any]]:
    return [
        {
            "legal_entity_id": entity,
            "charge_group": group,
            "charge_count": count,
            "still_blocked_count": blocked,
            "trigger_to_draft_hours_p50": Decimal("14.75"),
            "trigger_to_draft_hours_p95": Decimal("17.93"),
            "trigger_to_reviewable_hours_p50": Decimal("15.23"),
            "trigger_to_reviewable_hours_p95": hours,
        }
        for entity in ("all", "MEU", "MUS")
        for group, count, blocked, hours in (
            ("every_charge", 560, 4, Decimal("1663.40")),
            ("nothing_wrong", 500, 0, Decimal("17.93")),
            ("blocked_by_a_fault", 60, 4, Decimal("3846.50")),
        )
    ]


def _issued(n: int) -> dict[str, Any]:
    return {
        "document_key": f"di{n}",
        "document_number": f"MUS-2026-{200 + n:05d}",
        "billing_key": f"contract|CT-{n}|1|2026-05-01|retainer",
        "issued_by": "openitem",
        "legal_entity_id": "MUS",
        "customer_key": f"c{n}",
        "customer_name": CUSTOMERS[n % len(CUSTOMERS)],
        "charge_kind": "retainer",
        "currency_code": "USD",
        "net_amount": cents(1000),
        "tax_amount": cents(0),
        "total_amount": cents(1000),
        "open_amount": cents(1000),
        "is_posted_in_accounting": n > 2,
        "invoice_date": AS_OF - timedelta(days=n),
        "due_date": AS_OF + timedelta(days=30 - n),
        "trigger_at": datetime.fromisoformat("2026-06-01"),
    }


def _queue() -> list[dict[str, Any]]:
    texts = ["INV 00311 and 00312 less bank fee", "June invoices thank you", "", "Rechnung 4711 vom 01.06.", *HOSTILE]
    return [
        {
            "receipt_key": f"r{n}",
            "receipt_id": f"021000021/2606/{n}.1",
            "legal_entity_id": "MUS" if n % 3 else "MEU",
            "value_date": AS_OF - timedelta(days=n % 9),
            "currency_code": "USD" if n % 3 else "EUR",
            "receipt_amount": cents(2400 + 310 * n),
            "unapplied_amount": cents(2400 + 310 * n),
            "payer_name": CUSTOMERS[n % len(CUSTOMERS)].upper(),
            "payer_account": f"DE0212030000000020{n:04d}",
            "remittance_text": texts[n % len(texts)],
            "outcome": "proposed" if n < 7 else "on_account" if n < 9 else "unidentified",
            "customer_key": f"c{n}" if n < 9 else None,
            "customer_name": CUSTOMERS[n % len(CUSTOMERS)] if n < 9 else None,
            "reason_code": "AMOUNT_DIFFERS" if n < 7 else "NO_OPEN_ITEM" if n < 9 else "PAYER_UNKNOWN",
            "age_days": n % 9,
            "version": 0,
        }
        for n in range(14)
    ]


def _proposals() -> list[dict[str, Any]]:
    rows = []
    for n in range(7):
        amount = 2400 + 310 * n
        for rank, parts in ((1, 2), (2, 1)):
            for part in range(parts):
                rows.append(
                    {
                        "receipt_key": f"r{n}",
                        "rank": rank,
                        "rule": "listed_references" if rank == 1 else "exact_amount",
                        "document_key": f"d{n}{rank}{part}",
                        "document_number": f"MUS-2026-{300 + 10 * n + rank + part:05d}",
                        "customer_name": CUSTOMERS[n % len(CUSTOMERS)],
                        "due_date": AS_OF - timedelta(days=5 * part + n),
                        "document_open_amount": cents(amount / parts + 12),
                        "applied_amount": cents(amount / parts),
                        "confidence": Decimal("0.930000") if rank == 1 else Decimal("0.610000"),
                        "solution_count": 2,
                        "evidence": json.dumps(
                            {
                                "references_found": [f"{300 + 10 * n}"],
                                "name_similarity": "0.94",
                                "difference": "12.00",
                                "text": HOSTILE[1],
                            }
                        ),
                    }
                )
    return rows


def _open_items() -> list[dict[str, Any]]:
    return [
        {
            "document_key": f"o{n}",
            "document_number": f"MUS-2026-{400 + n:05d}",
            "document_type": "invoice",
            "customer_name": CUSTOMERS[n % 7],
            "customer_key": f"c{n % 7}",
            "legal_entity_id": "MUS",
            "currency_code": "USD" if (n % 7) % 3 else "EUR",
            "document_date": AS_OF - timedelta(days=40),
            "due_date": AS_OF - timedelta(days=10 - n % 20),
            "original_amount": cents(1500 + n),
            "applied_amount": cents(0),
            "credited_amount": cents(0),
            "open_amount": cents(1500 + n),
            "days_overdue": max(10 - n % 20, 0),
            "aging_bucket": "1_30",
            "is_disputed": False,
            "is_rejected": False,
            "version": 0,
        }
        for n in range(40)
    ]


def _reminders() -> list[dict[str, Any]]:
    reasons = [
        "UNAPPLIED_CASH_COVERS_IT",
        "DISPUTE_OPEN",
        "NOT_YET_DUE",
        "PROMISE_PENDING",
        "INVOICE_REJECTED",
        "REMINDED_RECENTLY",
    ]
    return [
        {
            "document_key": f"o{n}",
            "document_number": f"MUS-2026-{400 + n:05d}",
            "customer_name": CUSTOMERS[n % len(CUSTOMERS)],
            "customer_key": f"c{n}",
            "legal_entity_id": "MUS",
            "currency_code": "USD",
            "open_amount": cents(1500 + n),
            "due_date": AS_OF - timedelta(days=n - 8),
            "days_overdue": max(n - 8, 0),
            "dunning_level": 1 + n % 3 if n % 3 == 0 else 0,
            "decision": "send" if n % 3 == 0 else "suppressed",
            "reason_code": "REMINDED" if n % 3 == 0 else reasons[n % len(reasons)],
            "channel": "email" if n % 3 == 0 else None,
            "recipient": f"ap{n}@customer.example" if n % 3 == 0 else None,
            "outbox_state": ("queued", "sent", "claimed")[n % 9 // 3] if n % 3 == 0 else None,
            "business_date": AS_OF,
            "version": 0,
        }
        for n in range(36)
    ]


def _reminder_days() -> list[dict[str, Any]]:
    return [
        {
            "business_date": day,
            "decision": decision,
            "reason_code": "X",
            "currency_code": "USD",
            "document_count": 12 + index % 9 if decision == "send" else 80,
            "open_amount": cents(1000),
        }
        for index, day in enumerate(DAYS[-60:])
        if day.weekday() < 5
        for decision in ("send", "suppressed")
    ]


def _exceptions() -> list[dict[str, Any]]:
    kinds = [
        (
            "PO_NUMBER_MISSING",
            "order",
            "sales_operations",
            "contracts",
            "po_number",
            "The agreement asks for a purchase order number and none is known",
        ),
        (
            "INVOICED_DIFFERENTLY",
            "charge",
            "finance",
            "quickbooks",
            "TotalAmt",
            "The invoice in accounting differs from what was agreed and delivered",
        ),
        (
            "CREDIT_LIMIT_EXCEEDED",
            "order",
            "credit_control",
            "contracts",
            "credit_limit",
            "Exposure with this order is above the limit",
        ),
        (
            "USAGE_AFTER_BILLING",
            "charge",
            "finance",
            "usage",
            "occurred_at",
            "Usage of a month became known after the month was billed",
        ),
        ("PAYER_UNKNOWN", "receipt", "cash", None, None, "Nobody knows who paid"),
    ]
    rows = []
    for n in range(23):
        code, kind, owner, system, field, description = kinds[n * n % 5]
        rows.append(
            {
                "exception_key": f"x{n}",
                "subject_kind": kind,
                "subject_key": f"key-{n}",
                "subject_label": f"SO-{30000 + n}" if n else HOSTILE[0],
                "reason_code": code,
                "reason_description": description,
                "owner": owner,
                "amount": cents(800 + 90 * n) if n % 5 else None,
                "currency_code": "USD" if n % 5 else None,
                "opened_date": AS_OF - timedelta(days=n),
                "age_days": n,
                "upstream_system": system,
                "upstream_field": field,
                "version": 0,
                "context": json.dumps(
                    {
                        "what": "Ask the customer for it, then correct the agreement",
                        "customer": CUSTOMERS[n % len(CUSTOMERS)],
                        "act_by": "2026-07-03",
                        "order_total": "1200.00",
                    }
                ),
            }
        )
    return rows


def _sync() -> list[dict[str, Any]]:
    systems = ["bank", "contracts", "hubspot", "quickbooks", "shipstation", "shop"]
    return [
        {
            "business_date": day,
            "system": system,
            "currency_code": "EUR" if system == "bank" else None,
            "file_count": 3,
            "accepted_row_count": 120 + index,
            "duplicate_file_count": index % 7 == 0,
            "quarantined_file_count": int(system == "bank" and index == 29),
            "quarantined_row_count": 0,
            "amount_sum": cents(120_000) if system == "bank" else None,
        }
        for index, day in enumerate(DAYS[-30:])
        for system in systems
    ]


def _quarantine() -> list[dict[str, Any]]:
    return [
        {
            "file_key": f"f{n}",
            "system": "bank",
            "source_file": name,
            "received_at": datetime.fromisoformat("2026-06-30T06:00:00"),
            "reason_code": "BALANCE_CHAIN_BROKEN",
            "reason": "Opening balance 100.00 is not the closing balance 90.00 of the statement before",
            "position": "line 12",
        }
        for n, name in enumerate(["camt053-0051-2026-06-30.xml", "../../etc/passwd", HOSTILE[0]])
    ]
