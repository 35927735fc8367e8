"""Every approval of the scripted reviewer follows from files that had arrived, worked out here a second time."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.simulator.scale import SCALES
from data.simulator.simulate import simulate

CENT = Decimal("0.01")


@dataclass
class Seen:
    """What had arrived by a day: the latest version of everything."""

    orders: dict[str, dict] = field(default_factory=dict)
    shipments: dict[str, dict] = field(default_factory=dict)
    agreements: dict[str, dict] = field(default_factory=dict)
    milestones: dict[str, dict] = field(default_factory=dict)
    usage: dict[str, dict] = field(default_factory=dict)
    frames: dict[str, dict] = field(default_factory=dict)
    customers: dict[str, dict] = field(default_factory=dict)
    bounced: dict[str, bool] = field(default_factory=dict)
    company_of: dict[str, str] = field(default_factory=dict)

    def read(self, home: Path, day: date) -> None:
        """Take in the files of one day."""
        for path in sorted(home.glob(f"inbox/*/{day}/*")):
            if path.name.startswith("usage"):
                with path.open(encoding="utf-8") as file:
                    self.usage |= {row["event_id"]: row for row in csv.DictReader(file)}
            if path.suffix != ".json":
                continue
            content = json.loads(path.read_text(encoding="utf-8"))
            self.orders |= {order["name"]: order for order in content.get("orders", ())}
            self.shipments |= {f"SHP-{item['shipmentId']}": item for item in content.get("shipments", ())}
            for customer in content.get("QueryResponse", {}).get("Customer", ()):
                self.customers[f"{path.name[:3]}:{customer['Id']}"] = customer
            if path.name.startswith("contacts"):
                for contact in content["results"]:
                    if contact["properties"]["is_billing_contact"] == "true":
                        company = contact["associations"]["companies"]["results"][0]["id"]
                        self.bounced[company] = contact["properties"]["hs_email_bounced"] == "1"
            if path.name.startswith("companies"):
                for company in content["results"]:
                    if company["properties"]["accounting_customer_id"]:
                        self.company_of.setdefault(company["properties"]["accounting_customer_id"], company["id"])
            self.milestones |= {item["milestone_id"]: item for item in content.get("tasks", ())}
            for agreement in content.get("agreements", ()):
                self.agreements[agreement["agreement_id"]] = agreement
                if all(line["kind"] == "price" for line in agreement["lines"]):
                    customer = agreement["customer"]
                    self.frames[customer["tax_id"]] = self.frames[customer["accounting_customer_id"]] = agreement


def half_up(amount: Decimal) -> Decimal:
    """Round half away from zero to the cent."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def is_sendable(agreement: dict, seen: Seen) -> bool:
    """Return whether the customer's records have what an invoice needs."""
    number = agreement["customer"]["accounting_customer_id"]
    customer = seen.customers[number]
    digits = customer["PrimaryTaxIdentifier"]
    is_whole = len(digits) == 10 and "PostalCode" in customer["BillAddr"]
    return is_whole and not seen.bounced.get(seen.company_of.get(number, ""), False)


def possible_amount(key: str, seen: Seen, day: date) -> Decimal | None:
    """Return the net amount of the draft that these files allow, None when they allow none."""
    parts = key.split("|")
    if parts[0] == "order":
        order, shipment = seen.orders.get(parts[1]), seen.shipments.get(parts[2])
        if order is None or shipment is None or shipment["voided"]:
            return None
        customer = order["customer"]
        frame = seen.frames.get(customer["tax_id"]) or seen.frames.get(customer["accounting_customer_id"])
        if frame is None or (frame["po_required"] and not order["po_number"]):
            return None
        if not is_sendable(frame, seen) or order["payment_terms"] not in (None, frame["terms"]):
            return None
        agreed = {line["sku"]: Decimal(line["unit_price"]) for line in frame["lines"]}
        shipped = {item["lineItemKey"] for item in shipment["shipmentItems"]}
        lines = [line for line in order["line_items"] if str(line["line"]) in shipped]
        if any(agreed.get(line["sku"], Decimal(line["price"])) != Decimal(line["price"]) for line in lines):
            return None
        prices = {str(line["line"]): Decimal(line["price"]) for line in order["line_items"]}
        return sum(
            (half_up(prices[item["lineItemKey"]] * item["quantity"]) for item in shipment["shipmentItems"]), Decimal(0)
        )
    agreement = seen.agreements.get(parts[1])
    if agreement is None or (agreement["po_required"] and not agreement["po_number"]):
        return None
    valid_until = agreement["po_valid_until"]
    if not is_sendable(agreement, seen) or (valid_until and date.fromisoformat(valid_until) < day):
        return None
    line = next(line for line in agreement["lines"] if str(line["line"]) == parts[2])
    if parts[4] == "milestone":
        task = seen.milestones.get(parts[3], {})
        is_done = task.get("completed") and set(line["required_attachments"]) <= set(task["attachments"])
        return Decimal(line["amount"]) if is_done else None
    start = date.fromisoformat(parts[3])
    months = 3 if line["frequency"] == "quarterly" else 1
    end = date(start.year + (start.month - 1 + months) // 12, (start.month - 1 + months) % 12 + 1, 1)
    if parts[4] == "retainer":
        return Decimal(line["amount"]) if (start if line["in_advance"] else end) <= day else None
    metered = sum(
        (
            Decimal(event["quantity"])
            for event in seen.usage.values()
            if (event["agreement_id"], event["agreement_line"]) == (parts[1], parts[2])
            and start <= date.fromisoformat(event["occurred_at"][:10]) < end
        ),
        Decimal(0),
    )
    billed = max(metered - Decimal(line["included_quantity"]), Decimal(0))
    return half_up(billed * Decimal(line["unit_price"])) if end <= day and billed else None


@pytest.mark.parametrize("days", [14, 50], ids=["the small company", "over two ends of a month"])
def test_each_draft_was_possible_on_its_day_not_before_and_for_the_same_amount(tmp_path: Path, days: int) -> None:
    scale = SCALES["small"].resized(days=days)
    simulate(tmp_path, scale)
    truth = pq.read_table(tmp_path / "truth" / "truth_events.parquet").to_pylist()
    invoices = pq.read_table(tmp_path / "truth" / "truth_invoices.parquet").to_pylist()
    issued = {row["billing_key"]: row["net_amount"] for row in invoices if row["origin"] == "openitem"}
    expected: dict[date, list[str]] = {}
    for row in truth:
        if row["event"] == "draft_possible" and row["subject"] in issued:
            expected.setdefault(row["event_date"], []).append(row["subject"])
    seen, checked = Seen(), 0
    for offset in range(scale.days):
        day = scale.first_date + timedelta(days=offset)
        before = {key: possible_amount(key, seen, day - timedelta(days=1)) for key in expected.get(day, ())}
        seen.read(tmp_path, day)
        for key in expected.get(day, ()):
            assert before[key] is None, key
            assert possible_amount(key, seen, day) == issued[key], key
            checked += 1
    assert checked == len(issued) > 30
    keys = {
        f"order|{item['orderNumber']}|{number}|goods"
        for number, item in seen.shipments.items()
        if seen.orders.get(item["orderNumber"], {}).get("legal_entity") == "MUS"
    }
    allowed = {key for key in keys if possible_amount(key, seen, scale.last_date) is not None}
    defects = pq.read_table(tmp_path / "truth" / "truth_defects.parquet").to_pylist()
    came_later = {row["billing_key"] for row in defects if row["seen_from"] is not None and row["seen_until"] is None}
    possible = {row["subject"] for row in truth if row["event"] == "draft_possible"} & keys
    assert allowed <= possible
    assert possible - allowed <= came_later
