"""The invented company: writes the inbox of its systems, its reviewer's script and the truth about it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data.simulator.accounting import post_ledger, run_accounting, send_trial_balances
from data.simulator.banking import run_banks
from data.simulator.billing import run_billing
from data.simulator.charging import run_charges
from data.simulator.crm import Crm
from data.simulator.deals import run_deals
from data.simulator.defects import plant_defects
from data.simulator.deliveries import Deliveries
from data.simulator.objecting import run_objections
from data.simulator.paying import run_payments
from data.simulator.scale import SCALES, Scale
from data.simulator.systems import (
    send_agreements,
    send_catalogue,
    send_messages,
    send_milestones,
    send_orders,
    send_rates,
    send_shipments,
    send_usage,
    shape,
)
from data.simulator.terms import vary_agreements
from data.simulator.trade import run_trade
from data.simulator.truth import write_truth
from data.simulator.world import build_world

COMPANY_NAME = "Meridian Group"
__all__ = ["SCALES", "Scale", "SimulationSummary", "simulate"]


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What was invented, in numbers."""

    first_date: date
    last_date: date
    customer_count: int
    order_count: int
    shipment_count: int
    invoice_count: int
    approval_count: int
    credit_memo_count: int
    bank_receipt_count: int
    card_receipt_count: int
    file_count: int
    late_file_count: int
    double_file_count: int
    scenario_counts: dict[str, int]


def simulate(
    home: Path, scale: Scale, seed: int = 20260630, *, progress: Callable[[str, float], None] | None = None
) -> SimulationSummary:
    """Invent the company at this scale and write its home; the same arguments write the same bytes."""

    def report(step: str, done: float) -> None:
        if progress is not None:
            progress(step, done)

    report("customers and agreements", 0.0)
    deliveries = Deliveries(scale, seed)
    world = build_world(scale, seed)
    report("orders, shipments, work", 0.1)
    plant_defects(scale, seed, world)
    vary_agreements(scale, seed, world)
    trade = run_trade(scale, seed, world, deliveries)
    run_deals(scale, seed, world, trade, deliveries)
    run_charges(scale, world, trade, deliveries)
    report("invoices", 0.25)
    billing = run_billing(scale, seed, world, trade, deliveries)
    run_objections(scale, seed, billing, deliveries)
    report("payments", 0.4)
    receipts = run_payments(scale, seed, world, billing)
    report("bank statements", 0.5)
    run_banks(scale, seed, receipts, deliveries)
    report("accounting", 0.6)
    run_accounting(scale, seed, world, billing, receipts, deliveries)
    postings = post_ledger(billing, receipts)
    send_trial_balances(scale, postings, deliveries)
    report("other systems", 0.7)
    crm = Crm(scale, seed, world, trade.deals, deliveries)
    crm.run()
    send_agreements(scale, world, deliveries)
    send_orders(trade, deliveries)
    send_catalogue(scale, seed, world, deliveries)
    send_shipments(trade, deliveries)
    send_milestones(scale, world, deliveries)
    send_usage(scale, seed, trade, deliveries)
    send_messages(scale, seed, billing, receipts, deliveries)
    send_rates(scale, seed, deliveries)
    report("files", 0.8)
    for folder in ("inbox", "truth", "reviewer"):
        shutil.rmtree(home / folder, ignore_errors=True)
    file_count = deliveries.write(home / "inbox", shape)
    (home / "reviewer").mkdir(parents=True, exist_ok=True)
    (home / "reviewer" / "approvals.jsonl").write_text(
        "".join(
            json.dumps(
                {
                    "business_date": str(approval.business_date),
                    "billing_key": approval.billing_key,
                    "position": approval.position,
                }
            )
            + "\n"
            for approval in billing.approvals
        ),
        encoding="utf-8",
    )
    report("truth", 0.9)
    write_truth(home / "truth", scale, world, trade, billing, receipts, crm, postings, deliveries)
    known = [receipt for receipt in receipts if receipt.known <= scale.last_date]
    summary = SimulationSummary(
        first_date=scale.first_date,
        last_date=scale.last_date,
        customer_count=len(world.customers),
        order_count=len(trade.orders),
        shipment_count=len(trade.shipments),
        invoice_count=sum(invoice.known <= scale.last_date for invoice in billing.invoices),
        approval_count=len(billing.approvals),
        credit_memo_count=len(billing.credit_memos),
        bank_receipt_count=sum(not receipt.is_card for receipt in known),
        card_receipt_count=sum(receipt.is_card for receipt in known),
        file_count=file_count,
        late_file_count=deliveries.late_files,
        double_file_count=deliveries.double_files,
        scenario_counts=dict(sorted(Counter(receipt.scenario for receipt in known).items())),
    )
    company = {
        "company_name": COMPANY_NAME,
        "first_date": str(scale.first_date),
        "last_date": str(scale.last_date),
        "seed": seed,
        "scale": scale.name,
        "customers": scale.customers,
        "orders_per_day": scale.orders_per_day,
        "days": scale.days,
    }
    (home / "company.json").write_text(json.dumps(company, indent=2) + "\n", encoding="utf-8")
    report("done", 1.0)
    return summary
