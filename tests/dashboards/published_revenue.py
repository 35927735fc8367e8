"""Rows of the revenue page: half a year of two contracts, with balances that roll forward."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

MONTHS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
AS_OF_MONTH = date(2026, 6, 30)
Rows = list[dict[str, Any]]


def revenue_tables(customers: list[str]) -> Mapping[str, Rows]:
    """Return the rows of every reporting table that the page reads."""
    obligations = [_obligation(n, customers[n % len(customers)]) for n in range(9)]
    return {
        "rpt_revenue_roll_forward": _roll_forward(),
        "rpt_revenue_obligations": obligations,
        "rpt_revenue_schedules": [row for each in obligations for row in _schedule(each)],
        "rpt_revenue_defaults": [_default(kind, method) for kind, method in DEFAULTS],
        "rpt_revenue_late_facts": [_late(n, customers[n % len(customers)]) for n in range(4)],
        "rpt_revenue_journal": [row for n in range(6) for row in _entry(n, customers[n % len(customers)])],
    }


DEFAULTS = [("goods", "point_in_time"), ("milestone", "point_in_time"), ("retainer", "over_time")]


def _amount(value: int) -> Decimal:
    return Decimal(value).quantize(Decimal("0.001"))


def _roll_forward() -> Rows:
    rows: Rows = []
    for group, billed in (("CT-1001", 3000), ("CT-1002", 1200), ("orders", 0)):
        deferred = 0
        for index, period in enumerate([*MONTHS, AS_OF_MONTH]):
            ahead = billed if index % 3 == 0 else 0
            earned = billed // 3
            rows.append(
                {
                    "legal_entity_id": "MUS",
                    "revenue_group": group,
                    "contract_id": None if group == "orders" else group,
                    "currency_code": "USD",
                    "billed_amount": _amount(ahead + 50_000),
                    "recognised_amount": _amount(earned + 50_000),
                    "deferred_opening_amount": _amount(deferred),
                    "deferred_billed_amount": _amount(ahead),
                    "deferred_recognised_amount": _amount(earned),
                    "deferred_closing_amount": _amount(deferred + ahead - earned),
                    "asset_opening_amount": _amount(400 if index else 0),
                    "asset_recognised_amount": _amount(400),
                    "asset_billed_amount": _amount(400 if index else 0),
                    "asset_closing_amount": _amount(400),
                    "is_closed": period < AS_OF_MONTH,
                    "period": period,
                    "closes_date": date(2026, 7, 3) if period == AS_OF_MONTH else period,
                }
            )
            deferred += ahead - earned
    return rows


def _obligation(n: int, customer_name: str) -> dict[str, Any]:
    is_order = n == 8
    return {
        "obligation_key": f"order|SO-{20_000 + n}" if is_order else f"contract|CT-{1000 + n}|1",
        "charge_kind": "goods" if is_order else ("retainer", "milestone")[n % 2],
        "legal_entity_id": "MUS",
        "contract_id": None if is_order else f"CT-{1000 + n}",
        "contract_line_number": None if is_order else 1,
        "order_number": f"SO-{20_000 + n}" if is_order else None,
        "customer_key": f"c{n}",
        "customer_name": customer_name,
        "description": "Care retainer",
        "method": "over_time" if n % 2 == 0 and not is_order else "point_in_time",
        "judgement_source": "person" if n == 3 else "policy",
        "service_months": None,
        "held_back_percent": Decimal(10 if n == 3 else 0),
        "judged_by": "cora" if n == 3 else None,
        "note": "Bonus depends on the outcome" if n == 3 else None,
        "currency_code": "USD",
        "price_amount": _amount(18_000 - 1000 * n),
        "earned_amount": _amount(9_000 - 500 * n),
        "held_back_amount": _amount(1_500 if n == 3 else 0),
        "deferred_amount": _amount(2_000),
        "unbilled_amount": _amount(0),
        "version": 0,
    }


def _schedule(obligation: dict[str, Any]) -> Rows:
    part = obligation["price_amount"] / 6
    return [
        {
            "obligation_key": obligation["obligation_key"],
            "legal_entity_id": "MUS",
            "contract_id": obligation["contract_id"],
            "customer_key": obligation["customer_key"],
            "charge_kind": obligation["charge_kind"],
            "currency_code": "USD",
            "planned_amount": part,
            "earned_amount": part if period <= date(2026, 3, 31) else _amount(0),
            "is_held_back": False,
            "period": period,
        }
        for period in [*MONTHS, AS_OF_MONTH]
    ]


def _default(charge_kind: str, method: str) -> dict[str, Any]:
    return {
        "charge_kind": charge_kind,
        "method": method,
        "judgement_source": "policy",
        "service_months": None,
        "held_back_percent": Decimal(0),
        "note": "As policy says",
        "judged_by": None,
        "version": 0,
        "effective_date": None,
    }


def _late(n: int, customer_name: str) -> dict[str, Any]:
    return {
        "entry_key": f"late{n}",
        "entry_kind": "billing",
        "legal_entity_id": "MUS",
        "charge_key": f"order|SO-{n}|SHP-{n}|goods",
        "charge_kind": "goods",
        "contract_id": None,
        "document_number": f"MUS-2026-{n:05d}",
        "customer_key": f"c{n}",
        "customer_name": customer_name,
        "reason_code": "REVENUE_INVOICE_KNOWN_LATE",
        "reason_description": "The invoice became known after its month was closed to posting",
        "currency_code": "USD",
        "billed_amount": _amount(700 + n),
        "recognised_amount": _amount(0),
        "original_period": MONTHS[3],
        "period": MONTHS[4],
        "known_date": date(2026, 5, 8),
    }


def _entry(n: int, customer_name: str) -> Rows:
    shared = {
        "entry_key": f"entry{n}",
        "entry_kind": "sale",
        "legal_entity_id": "MUS",
        "charge_key": f"order|SO-{n}|SHP-{n}|goods",
        "charge_kind": "goods",
        "contract_id": None,
        "contract_line_number": None,
        "order_number": f"SO-{n}",
        "document_number": f"MUS-2026-{n:05d}",
        "customer_key": f"c{n}",
        "customer_name": customer_name,
        "reason_code": None,
        "currency_code": "USD",
        "original_period": AS_OF_MONTH,
        "period": AS_OF_MONTH,
        "posting_date": date(2026, 6, 10 + n),
        "business_date": date(2026, 6, 11 + n),
    }
    amount, nothing = _amount(900 + n), _amount(0)
    return [
        {**shared, "account_kind": "receivable", "account": "accounts_receivable", "debit_amount": amount,
         "credit_amount": nothing},
        {**shared, "account_kind": "revenue", "account": "revenue_goods", "debit_amount": nothing,
         "credit_amount": amount},
    ]  # fmt: skip
