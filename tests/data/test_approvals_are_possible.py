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

from assets.ledger.periods import periods_between, prorated
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
    first_versions: dict[str, dict] = field(default_factory=dict)
    deals: dict[str, dict] = field(default_factory=dict)
    items: dict[str, dict[str, dict]] = field(default_factory=dict)

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
            for task in content.get("tasks", ()):
                before = self.milestones.get(task["milestone_id"], {})
                if task.get("modified_at", "") >= before.get("modified_at", ""):
                    self.milestones[task["milestone_id"]] = task
            if path.name.startswith("deals"):
                for deal in content["results"]:
                    if deal["updatedAt"] >= self.deals.get(deal["id"], deal)["updatedAt"]:
                        self.deals[deal["id"]] = deal
            if path.name.startswith("line_items"):
                for item in content["results"]:
                    deal_id = item["associations"]["deals"]["results"][0]["id"]
                    self.items.setdefault(deal_id, {})[item["id"]] = item["properties"]
            for agreement in content.get("agreements", ()):
                self.agreements[agreement["agreement_id"]] = agreement
                self.first_versions.setdefault(agreement["agreement_id"], agreement)
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
    if parts[0] == "deal":
        return amount_of_deal(parts[1], seen)
    agreement = seen.agreements.get(parts[1])
    if agreement is None or (agreement["po_required"] and not agreement["po_number"]):
        return None
    valid_until = agreement["po_valid_until"]
    if not is_sendable(agreement, seen) or (valid_until and date.fromisoformat(valid_until) < day):
        return None
    line = next(line for line in agreement["lines"] if str(line["line"]) == parts[2])
    if parts[4] == "milestone":
        task = seen.milestones.get(parts[3], {})
        if line.get("billed_when") == "provisioned":
            is_done, price = task.get("provisioned_at"), Decimal(line["unit_price"]) * Decimal(task.get("quantity", 0))
        else:
            is_done, price = task.get("completed"), Decimal(line["amount"])
        if not is_done or not set(line["required_attachments"]) <= set(task["attachments"]):
            return None
        return less_discount(line, half_up(price))
    if parts[4] == "retainer":
        return amount_of_period(agreement, seen.first_versions[parts[1]], line, parts[3], day)
    return amount_of_usage(agreement, line, parts[3], seen, day)


def less_discount(line: dict, amount: Decimal) -> Decimal:
    """Return an amount less the line's discount."""
    return amount - half_up(amount * Decimal(line.get("discount_percent") or 0) / 100)


def amount_of_deal(deal_id: str, seen: Seen) -> Decimal | None:
    """Return the amount of a deal that is won as its customer agreed, with items that make up its amount."""
    deal = seen.deals.get(deal_id, {}).get("properties", {})
    company = seen.deals.get(deal_id, {}).get("associations", {}).get("companies", {}).get("results", [{}])[0].get("id")
    number = next((number for number, known in seen.company_of.items() if known == company), "")
    frame, items = seen.frames.get(number), seen.items.get(deal_id)
    if deal.get("dealstage") != "closedwon" or deal["contract_id"] or frame is None or not items:
        return None
    total = sum((half_up(Decimal(item["quantity"]) * Decimal(item["price"])) for item in items.values()), Decimal(0))
    agrees = deal["payment_terms"] == frame["terms"] and Decimal(deal["amount"]) == total
    return total if agrees and is_sendable(frame, seen) and (deal["po_number"] or not frame["po_required"]) else None


def amount_of_period(agreement: dict, before: dict, line: dict, occasion: str, day: date) -> Decimal | None:
    """Return what a period costs, or what an amendment adds to it; by the ledger's periods, not by the simulator's."""
    first, _, change = occasion.partition(".")
    months = {name: date.fromisoformat(agreement[name]) for name in ("start_date", "end_date")}
    rhythm = line["frequency"], line.get("anchor")
    period = next(
        each
        for each in periods_between(months["start_date"], months["end_date"], *rhythm, until=date.fromisoformat(first))
        if each.start.isoformat() == first
    )
    if (period.start if line["in_advance"] else period.end + timedelta(days=1)) > day:
        return None
    old = Decimal(next(each for each in before["lines"] if each["line"] == line["line"])["amount"])
    new = Decimal(line["amount"])
    effective = agreement.get("effective_date")
    if effective is None:
        [cost] = prorated([(new, period.days)], period.whole_days, "USD")
        return None if change else less_discount(line, cost)
    changed = min(max((period.end - date.fromisoformat(effective)).days + 1, 0), period.days)
    cost = sum(prorated([(old, period.days - changed), (new, changed)], period.whole_days, "USD"), Decimal(0))
    if not change:
        return less_discount(line, cost)
    [billed] = prorated([(old, period.days)], period.whole_days, "USD")
    return less_discount(line, cost) - less_discount(line, billed) if date.fromisoformat(effective) <= day else None


def amount_of_usage(agreement: dict, line: dict, occasion: str, seen: Seen, day: date) -> Decimal | None:
    """Return what a month's meter costs, or one block of it."""
    first, _, block = occasion.partition(".")
    start = date.fromisoformat(first)
    end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    metered = sum(
        (
            Decimal(event["quantity"])
            for event in seen.usage.values()
            if (event["agreement_id"], event["agreement_line"]) == (agreement["agreement_id"], str(line["line"]))
            and start <= date.fromisoformat(event["occurred_at"][:10]) < end
        ),
        Decimal(0),
    )
    beyond = max(metered - Decimal(line["included_quantity"]), Decimal(0))
    size = Decimal(line.get("threshold_quantity") or 0)
    if block:
        return units(line, size * (int(block) - 1), size * int(block)) if beyond >= size * int(block) else None
    whole = int(beyond // size) if size else 0
    blocks = sum((units(line, size * number, size * (number + 1)) for number in range(whole)), Decimal(0))
    rest = units(line, size * whole, beyond)
    covered = date.fromisoformat(agreement["start_date"])
    days = (min(end, date.fromisoformat(agreement["end_date"]) + timedelta(days=1)) - max(start, covered)).days
    [least] = prorated([(Decimal(line.get("minimum_amount") or 0), days)], (end - start).days, "USD")
    return max(rest, least - blocks) or None if end <= day else None


def units(line: dict, begins: Decimal, ends: Decimal) -> Decimal:
    """Return what the units from one place to another cost."""
    tiers = [(tier["up_to"], tier["unit_price"]) for tier in line.get("tiers", ())] or [(None, line["unit_price"])]
    total, floor = Decimal(0), begins
    for up_to, price in tiers:
        ceiling = ends if up_to is None else min(Decimal(up_to), ends)
        if ceiling > floor:
            total += half_up((ceiling - floor) * Decimal(price))
            floor = ceiling
    return less_discount(line, total)


@pytest.mark.parametrize("days", [14, 50], ids=["the small company", "over two ends of a month"])
def test_each_draft_was_possible_on_its_day_not_before_and_for_the_same_amount(tmp_path: Path, days: int) -> None:
    scale = SCALES["small"].resized(days=days)
    simulate(tmp_path, scale)
    truth = pq.read_table(tmp_path / "truth" / "truth_events.parquet").to_pylist()
    invoiced = pq.read_table(tmp_path / "truth" / "truth_invoice_charges.parquet").to_pylist()
    issued = {row["billing_key"]: row["net_amount"] for row in invoiced}
    expected: dict[date, list[str]] = {}
    for row in truth:
        if row["event"] == "draft_possible" and row["subject"] in issued:
            expected.setdefault(row["event_date"], []).append(row["subject"])
    approved: dict[date, list[str]] = {}
    for line in (tmp_path / "reviewer" / "approvals.jsonl").read_text(encoding="utf-8").splitlines():
        approval = json.loads(line)
        approved.setdefault(date.fromisoformat(approval["business_date"]), []).append(approval["billing_key"])
    seen, checked = Seen(), 0
    for offset in range(scale.days):
        day = scale.first_date + timedelta(days=offset)
        before = {key: possible_amount(key, seen, day - timedelta(days=1)) for key in expected.get(day, ())}
        seen.read(tmp_path, day)
        for key in expected.get(day, ()):
            assert before[key] is None, key
            possible = possible_amount(key, seen, day)
            assert possible == issued[key] or (key.endswith("retainer") and possible is not None), key
            checked += 1
        for key in approved.get(day, ()):  # until then an amendment may change the draft of a period
            assert not key.endswith("retainer") or possible_amount(key, seen, day) == issued[key], key
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
