"""The other systems' native objects: contracts, shop, shipping, projects, usage, messages, exchange rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from assets.ledger.money import tax_amount
from data.simulator.billing import Billing
from data.simulator.calendars import DAY, days_between, is_business_day
from data.simulator.deliveries import Deliveries, csv_text, json_text, money
from data.simulator.paying import Receipt
from data.simulator.scale import Scale
from data.simulator.trade import Order, OrderLine, Shipment, Trade, at
from data.simulator.world import TAX_RATES, Activation, Agreement, Line, World


def _stamp(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else None


def _text(number: Decimal | None) -> str | None:
    return str(number) if number is not None else None


def send_agreements(scale: Scale, world: World, deliveries: Deliveries) -> None:
    """Send each agreement on the day it was signed and again, as a new version, when it was repaired or amended."""
    for agreement in world.agreements:
        if agreement.known is None:
            continue
        is_broken = "missing_po" in agreement.faults
        deliveries.add("contracts", "agreements", agreement.signed, _agreement(agreement, 1, is_broken, False))
        if agreement.po_fixed:
            deliveries.add("contracts", "agreements", agreement.po_fixed, _agreement(agreement, 2, False, False))
        if agreement.amended:
            effective = str(agreement.amendment_effective) if agreement.amendment_effective else None
            amended = {**_agreement(agreement, 2, is_broken, True), "effective_date": effective}
            deliveries.add("contracts", "agreements", agreement.amended, amended)
        if agreement.po_valid_until and agreement.po_extended <= scale.last_activity:
            extended = {**_agreement(agreement, 2, False, False), "po_valid_until": str(agreement.end)}
            deliveries.add("contracts", "agreements", agreement.po_extended, extended)


def _agreement(agreement: Agreement, version: int, hides_po: bool, is_amended: bool) -> Mapping[str, object]:
    customer = agreement.customer
    accounts = [customer.accounts[0]] if customer.is_account_agreed else []
    if customer.parent is not None and customer.parent.is_account_agreed:
        accounts.append(customer.parent.accounts[0])
    return {
        "agreement_id": agreement.agreement_id,
        "version": version,
        "customer": {
            "name": customer.name,
            "tax_id": customer.tax_id,
            "accounting_customer_id": customer.accounting_id,
        },
        "legal_entity": customer.legal_entity,
        "currency": customer.currency,
        "terms": customer.terms,
        "po_number": None if hides_po else agreement.po_number,
        "po_required": customer.is_po_required,
        "tax_code": customer.tax_code,
        "start_date": str(agreement.start),
        "end_date": str((agreement.announced_end if version == 1 else None) or agreement.end),
        "signed_at": str(agreement.signed),
        "credit_limit": money(customer.credit_limit),
        "po_valid_until": str(agreement.po_valid_until) if agreement.po_valid_until else None,
        "payer_accounts": accounts,
        "lines": [
            {"line": 900 + number, "kind": "price", "sku": sku, "unit_price": str(price), "description": None}
            for number, (sku, price) in enumerate(sorted(agreement.prices.items()), start=1)
        ]
        + [
            {
                "line": line.line,
                "kind": line.kind,
                "description": line.description,
                "amount": _text(line.new_amount if is_amended and line.new_amount else line.amount),
                "frequency": line.frequency,
                "in_advance": line.in_advance,
                "unit_price": _text(line.unit_price),
                "included_quantity": _text(line.included_quantity),
                "metric": line.metric,
                "required_attachments": list(agreement.attachments) if line.milestones else [],
                **_special_terms(line),
            }
            for line in agreement.lines
        ],
    }


def _special_terms(line: Line) -> Mapping[str, object]:
    """Return the terms that most lines lack; the contract tool leaves out what is not agreed."""
    terms = {
        "anchor": line.anchor,
        "discount_percent": _text(line.discount_percent),
        "tiers": [
            {"up_to": str(up_to) if up_to is not None else None, "unit_price": str(price)}
            for up_to, price in line.tiers
        ],
        "threshold_quantity": str(line.threshold) if line.threshold else None,
        "minimum_amount": _text(line.minimum),
        "commitment_amount": _text(line.commitment),
        "billed_when": line.billed_when,
    }
    return {name: value for name, value in terms.items() if value}


def send_orders(trade: Trade, deliveries: Deliveries) -> None:
    """Send each shop order on its day, and again when what is wrong of it was put right."""
    for order in trade.orders:
        deliveries.add("shop", "orders", order.activity, _order(order, order.lines, order.po_number))
        if order.mended is not None:
            mended = {**_order(order, order.right_lines, order.right_po_number)}
            if "inconsistent_terms" in order.faults:
                mended["payment_terms"] = order.customer.terms
            deliveries.add("shop", "orders", order.mended, mended)


def _order(order: Order, lines: Sequence[OrderLine], po_number: str | None) -> Mapping[str, object]:
    customer = order.customer
    net = sum((line.net for line in lines), Decimal(0))
    tax = tax_amount((line.net for line in lines), TAX_RATES[customer.tax_code], customer.currency)
    return {
        "id": order.shop_order_id,
        "name": order.number,
        "created_at": _stamp(order.ordered_at),
        "currency": customer.currency,
        "customer": {
            "id": order.shop_customer_id,
            "email": order.email,
            "name": order.customer_name,
            "accounting_customer_id": order.accounting_id,
            "tax_id": order.tax_id,
        },
        "legal_entity": customer.legal_entity,
        "po_number": po_number,
        "payment_terms": order.payment_terms,
        "tax_code": customer.tax_code,
        "total_price": money(net + tax),
        "subtotal_price": money(net),
        "total_tax": money(tax),
        "line_items": [
            {
                "id": f"{order.shop_order_id}{line.line:02d}",
                "line": line.line,
                "sku": line.sku,
                "title": line.title,
                "quantity": str(line.quantity),
                "price": money(line.price),
                "total": money(line.net),
            }
            for line in lines
        ],
        "cancelled_at": _stamp(order.ordered_at + timedelta(hours=1)) if order.is_cancelled else None,
    }


def send_catalogue(scale: Scale, seed: int, world: World, deliveries: Deliveries) -> None:
    """Send the price list and stock on the first day and every Monday, and what products cost once."""
    rng = Random(f"{seed}|stock")
    for day in days_between(scale.first_activity, scale.last_activity):
        if day != scale.first_activity and day.weekday() != 0:
            continue
        prices = [
            (product.sku, product.title, currency, money(price))
            for product in world.products
            for currency, price in product.prices.items()
        ]
        deliveries.add_file(
            "shop", "price_list", day, "price_list.csv", csv_text(("sku", "title", "currency", "price"), prices)
        )
        stock = [
            (product.sku, warehouse, rng.randint(0, 900)) for product in world.products for warehouse in ("HAM", "OHI")
        ]
        deliveries.add_file("shop", "stock", day, "stock.csv", csv_text(("sku", "warehouse", "on_hand"), stock))
    costs = [(product.sku, "EUR", money(product.cost), str(scale.first_activity)) for product in world.products]
    deliveries.add_file(
        "shop", "product_cost", scale.first_activity, "product_cost.csv",
        csv_text(("sku", "currency", "cost", "valid_from"), costs),
    )  # fmt: skip


def send_shipments(trade: Trade, deliveries: Deliveries) -> None:
    """Send each shipment on the day it left."""
    for shipment in trade.shipments:
        deliveries.add("shipstation", "shipments", shipment.shipped_at.date(), _shipment(shipment))


def _shipment(shipment: Shipment) -> Mapping[str, object]:
    return {
        "shipmentId": shipment.shipment_id,
        "orderNumber": shipment.order.number,
        "shipDate": _stamp(shipment.shipped_at),
        "trackingNumber": f"1Z{shipment.shipment_id * 7919 % 10**10:010d}",
        "carrierCode": ("ups", "dhl", "fedex")[shipment.shipment_id % 3],
        "voided": shipment.is_voided,
        "shipmentItems": [
            {"lineItemKey": str(line.line), "sku": line.sku, "quantity": int(quantity)}
            for line, quantity in shipment.items
        ],
    }


def send_milestones(scale: Scale, world: World, deliveries: Deliveries) -> None:
    """Send each milestone when it was planned and again when it was completed; the second always arrives later.

    Activations of services are tasks too. Some are confirmed twice, of some the request is told after its confirmation.
    """
    number = 120_001
    for agreement in world.agreements:
        if agreement.known is None:
            continue
        for line in agreement.lines:
            for activation in line.activations:
                _send_activation(scale, agreement, line, activation, number, deliveries)
                number += 1
            for milestone in line.milestones:
                task = {
                    "gid": str(number),
                    "agreement_id": agreement.agreement_id,
                    "agreement_line": line.line,
                    "milestone_id": milestone.milestone_id,
                    "name": milestone.name,
                }
                number += 1
                planned = max(agreement.signed, scale.first_activity)
                open_task = {**task, "completed": False, "completed_at": None, "accepted_by": None}
                done = milestone.completed
                arrives = deliveries.arrival("projects", "milestones", done) if done else None
                if arrives is None or deliveries.arrival("projects", "milestones", planned) < arrives:
                    deliveries.add("projects", "milestones", planned, open_task)
                if done is not None:
                    moment = at(done, Random(milestone.milestone_id), 9, 18)
                    accepted = f"sponsor@{agreement.customer.domain}"
                    finished = {**task, "completed": True, "completed_at": _stamp(moment), "accepted_by": accepted}
                    attached = {"attachments": list(agreement.attachments)}
                    is_whole = milestone.attached is None
                    deliveries.add(
                        "projects", "milestones", done, {**finished, **(attached if is_whole else {"attachments": []})}
                    )
                    if milestone.attached is not None and milestone.attached <= scale.last_activity:
                        deliveries.add("projects", "milestones", milestone.attached, {**finished, **attached})


def _send_activation(
    scale: Scale, agreement: Agreement, line: Line, activation: Activation, number: int, deliveries: Deliveries
) -> None:
    requested = at(activation.requested, Random(f"{activation.activation_id}|requested"), 9, 18)
    confirmed = at(activation.provisioned, Random(activation.activation_id), 9, 18)
    task = {
        "gid": str(number), "agreement_id": agreement.agreement_id, "agreement_line": line.line,
        "milestone_id": activation.activation_id, "name": activation.name, "completed": False, "completed_at": None,
        "accepted_by": None, "quantity": str(activation.quantity), "attachments": [], "provisioned_at": None,
        "modified_at": _stamp(requested),
    }  # fmt: skip
    done = {**task, "provisioned_at": _stamp(confirmed), "modified_at": _stamp(confirmed)}
    told = activation.provisioned + 2 * DAY if activation.is_request_told_late else activation.requested
    for day, version in ((told, task), (activation.provisioned, done), (activation.repeated, done)):
        if day is not None and day <= scale.last_activity:
            deliveries.add("projects", "milestones", day, version)


def send_usage(scale: Scale, seed: int, trade: Trade, deliveries: Deliveries) -> None:
    """Send one usage file a day; what was metered before the window comes with the first."""
    rng = Random(f"{seed}|metering")
    by_day: dict[date, list[Sequence[object]]] = {}
    for event in trade.usage:
        day = max(event.file_day, scale.first_activity)
        row = (
            event.event_id, event.agreement.agreement_id, event.line.line, event.line.metric, str(event.quantity),
            _stamp(event.occurred_at),
        )  # fmt: skip
        by_day.setdefault(day, []).append(row)
        if rng.random() < 0.004:
            # The meter reports at least once: the same event, in a later file.
            by_day.setdefault(day + rng.randint(1, 3) * DAY, []).append(row)
    columns = ("event_id", "agreement_id", "agreement_line", "metric", "quantity", "occurred_at")
    for day, rows in sorted(by_day.items()):
        deliveries.add_file("usage", "usage", day, f"usage-{day}.csv", csv_text(columns, rows))


def send_messages(
    scale: Scale, seed: int, billing: Billing, receipts: Sequence[Receipt], deliveries: Deliveries
) -> None:
    """Send what customers write: disputes and their end, refusals of invoices, and what payments are for."""
    for dispute in billing.disputes:
        message = {
            "dispute_id": dispute.dispute_id,
            "document_number": dispute.invoice.number,
            "customer_email": dispute.invoice.customer.billing_email,
            "reason": dispute.reason,
            "amount": money(dispute.amount),
            "currency": dispute.invoice.customer.currency,
            "opened_at": _stamp(dispute.opened_at),
            "status": "open",
            "resolved_at": None,
            "outcome": None,
        }
        opened = dispute.opened_at.date()
        arrives = deliveries.add("messages", "disputes", opened, message)
        if dispute.resolved_at is not None:
            resolved = dispute.resolved_at.date()
            while deliveries.arrival("messages", "disputes", resolved) <= arrives:
                resolved += DAY
            closed = {"status": "resolved", "resolved_at": _stamp(dispute.resolved_at), "outcome": dispute.outcome}
            deliveries.add("messages", "disputes", resolved, {**message, **closed})
    for rejection in billing.rejections:
        deliveries.add(
            "messages", "rejections", rejection.responded_at.date(),
            {
                "response_id": rejection.response_id, "document_number": rejection.invoice.number,
                "status": rejection.status, "reason_code": rejection.reason_code, "field": rejection.field_name,
                "responded_at": _stamp(rejection.responded_at),
            },
        )  # fmt: skip
    rng = Random(f"{seed}|remittances")
    number = 70_001
    for receipt in receipts:
        customer = receipt.customer
        if not receipt.remittance or customer is None:
            continue
        sent = max(receipt.value_date - DAY * rng.choice((0, 1, 1)), scale.first_activity)
        deliveries.add(
            "messages", "remittances", sent,
            {
                "message_id": f"REM-{number}", "sent_at": _stamp(at(sent, rng)), "payer_name": receipt.payer_name,
                "payer_email": customer.billing_email, "payment_reference": receipt.end_to_end_id,
                "currency": receipt.currency, "total": money(receipt.amount),
                "lines": [
                    {"line": line, "document_number": document, "amount": money(amount), "reason": reason}
                    for line, (document, amount, reason) in enumerate(receipt.remittance, start=1)
                ],
            },
        )  # fmt: skip
        number += 1


def send_rates(scale: Scale, seed: int, deliveries: Deliveries) -> None:
    """Send the central bank's reference rates of every business day, and those of the week before the first."""
    rng = Random(f"{seed}|rates")
    usd, gbp = Decimal("1.0912"), Decimal("0.8594")
    for day in days_between(scale.first_activity - 7 * DAY, scale.last_activity):
        if not is_business_day(day):
            continue
        usd += Decimal(rng.randint(-45, 45)) / 10_000
        gbp += Decimal(rng.randint(-20, 20)) / 10_000
        content = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
            'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\n'
            "<gesmes:subject>Reference rates</gesmes:subject>\n"
            "<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>\n"
            f"<Cube><Cube time='{day}'><Cube currency='USD' rate='{usd}'/><Cube currency='GBP' rate='{gbp}'/>"
            "</Cube></Cube>\n</gesmes:Envelope>\n"
        )
        deliveries.add_file("rates", "rates", day, f"eurofxref-{day}.xml", content)


def shape(system: str, kind: str, day: date, items: list[Mapping[str, object]]) -> list[tuple[str, str]]:
    """Turn one day's objects of a system into its files: pages as the system's API serves them."""
    if system == "hubspot":
        pages = [items[start : start + 100] for start in range(0, len(items), 100)]
        files = []
        for number, page in enumerate(pages, start=1):
            content: dict[str, object] = {"results": page}
            if number < len(pages):
                content["paging"] = {"next": {"after": str(number * 100)}}
            files.append((f"{kind}-{number:04d}.json", json_text(content)))
        return files
    if system == "quickbooks":
        entity = {"customers": "Customer", "invoices": "Invoice", "payments": "Payment", "creditmemos": "CreditMemo"}
        name = entity[kind.split("-")[1]]
        pages = [items[start : start + 1000] for start in range(0, len(items), 1000)]
        return [
            (
                f"{kind}-{number:04d}.json",
                json_text(
                    {
                        "QueryResponse": {
                            name: page, "startPosition": (number - 1) * 1000 + 1, "maxResults": len(page),
                        },
                        "time": f"{day}T23:30:00+00:00",
                    }
                ),
            )
            for number, page in enumerate(pages, start=1)
        ]  # fmt: skip
    root = {
        "agreements": "agreements", "orders": "orders", "shipments": "shipments", "milestones": "tasks",
        "disputes": "disputes", "rejections": "responses", "remittances": "remittances",
    }[kind]  # fmt: skip
    body: dict[str, object] = {root: items}
    if kind == "shipments":
        body |= {"total": len(items), "page": 1, "pages": 1}
    return [(f"{kind}-0001.json", json_text(body))]
