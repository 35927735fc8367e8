"""What really happened, as tables only tests and benchmarks read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.simulator.accounting import Posting, balances, known_by
from data.simulator.billing import Billing
from data.simulator.crm import Crm
from data.simulator.deals import REOPENED
from data.simulator.deliveries import Deliveries
from data.simulator.paying import Receipt
from data.simulator.scale import Scale
from data.simulator.trade import Trade
from data.simulator.world import CURRENCIES, World

_TEXT, _DAY, _AMOUNT, _FLAG, _COUNT = pa.string(), pa.date32(), pa.decimal128(18, 3), pa.bool_(), pa.int64()

SCHEMAS: dict[str, dict[str, pa.DataType]] = {
    "truth_customers": {"true_customer_id": _TEXT, "system": _TEXT, "source_id": _TEXT},
    "truth_invoices": {
        "document_number": _TEXT, "legal_entity_id": _TEXT, "billing_key": _TEXT, "true_customer_id": _TEXT,
        "document_date": _DAY, "due_date": _DAY, "currency_code": _TEXT, "net_amount": _AMOUNT,
        "tax_amount": _AMOUNT, "total_amount": _AMOUNT, "origin": _TEXT, "charge_kind": _TEXT, "known_date": _DAY,
    },
    "truth_invoice_charges": {
        "document_number": _TEXT, "legal_entity_id": _TEXT, "billing_key": _TEXT, "currency_code": _TEXT,
        "net_amount": _AMOUNT,
    },
    "truth_credit_memos": {
        "document_number": _TEXT, "legal_entity_id": _TEXT, "true_customer_id": _TEXT, "document_date": _DAY,
        "currency_code": _TEXT, "net_amount": _AMOUNT, "tax_amount": _AMOUNT, "total_amount": _AMOUNT,
        "credits_document_number": _TEXT, "is_linked": _FLAG, "known_date": _DAY,
    },
    "truth_receipts": {
        "receipt_id": _TEXT, "account": _TEXT, "statement_id": _TEXT, "entry_number": _COUNT, "sub_number": _COUNT,
        "bank_reference": _TEXT, "payment_id": _TEXT, "legal_entity_id": _TEXT, "value_date": _DAY,
        "amount": _AMOUNT, "currency_code": _TEXT, "true_customer_id": _TEXT, "scenario": _TEXT,
        "must_not_apply": _FLAG, "is_unbanked": _FLAG, "returned_date": _DAY, "known_date": _DAY,
        "returned_known_date": _DAY,
    },
    "truth_applications": {
        "receipt_id": _TEXT, "document_number": _TEXT, "applied_amount": _AMOUNT, "difference_amount": _AMOUNT,
        "difference_kind": _TEXT,
    },
    "truth_open_items": {
        "document_number": _TEXT, "document_type": _TEXT, "legal_entity_id": _TEXT, "true_customer_id": _TEXT,
        "currency_code": _TEXT, "due_date": _DAY, "original_amount": _AMOUNT, "credited_amount": _AMOUNT,
        "applied_amount": _AMOUNT, "open_amount": _AMOUNT,
    },
    "truth_balances": {
        "legal_entity_id": _TEXT, "currency_code": _TEXT, "invoiced_amount": _AMOUNT, "credited_amount": _AMOUNT,
        "identified_receipt_amount": _AMOUNT, "unidentified_receipt_amount": _AMOUNT, "receivable_amount": _AMOUNT,
        "trial_balance_amount": _AMOUNT,
    },
    "truth_rejections": {
        "response_id": _TEXT, "document_number": _TEXT, "billing_key": _TEXT, "legal_entity_id": _TEXT,
        "reason_code": _TEXT, "upstream_system": _TEXT, "upstream_field": _TEXT, "is_preventable": _FLAG,
        "known_date": _DAY,
    },
    "truth_defects": {
        "billing_key": _TEXT, "legal_entity_id": _TEXT, "reason_code": _TEXT, "upstream_system": _TEXT,
        "upstream_field": _TEXT, "seen_from": _DAY, "seen_until": _DAY,
    },
    "truth_faults": {"subject": _TEXT, "fault": _TEXT},
    "truth_events": {"event_date": _DAY, "event": _TEXT, "subject": _TEXT, "detail": _TEXT},
}  # fmt: skip


def receipt_id(receipt: Receipt) -> str:
    """Return the receipt's readable identity: the payment of a card, else account, statement, entry and detail."""
    if receipt.is_card:
        return receipt.payment_id or "undelivered"
    return f"{receipt.account}/{receipt.statement_id}/{receipt.entry_number}.{receipt.sub_number}"


def _entity(currency: str) -> str:
    return "MUS" if currency == "USD" else "MEU"


def write_truth(
    folder: Path,
    scale: Scale,
    world: World,
    trade: Trade,
    billing: Billing,
    receipts: Sequence[Receipt],
    crm: Crm,
    postings: Sequence[Posting],
    deliveries: Deliveries,
) -> dict[str, int]:
    """Write every truth table; return its number of rows. What arrives after the last day is not in them."""
    last = scale.last_date
    rejections_known = [
        (rejection, deliveries.arrival("messages", "rejections", rejection.responded_at.date()))
        for rejection in billing.rejections
    ]
    known_receipts = [receipt for receipt in receipts if receipt.known <= last]
    tables: dict[str, list[Mapping[str, object]]] = {
        "truth_customers": list(_customers(world, crm)),
        "truth_invoices": [
            {
                "document_number": invoice.number, "legal_entity_id": invoice.customer.legal_entity,
                "billing_key": invoice.billing_key, "true_customer_id": invoice.customer.customer_id,
                "document_date": invoice.issued, "due_date": invoice.due, "currency_code": invoice.customer.currency,
                "net_amount": invoice.net, "tax_amount": invoice.tax, "total_amount": invoice.total,
                "origin": invoice.origin, "charge_kind": invoice.kind, "known_date": invoice.known,
            }
            for invoice in billing.invoices
            if invoice.known <= last
        ],
        "truth_invoice_charges": [
            {
                "document_number": invoice.number, "legal_entity_id": invoice.customer.legal_entity,
                "billing_key": charge.billing_key, "currency_code": invoice.customer.currency,
                "net_amount": charge.net,
            }
            for invoice in billing.invoices
            if invoice.known <= last and invoice.origin == "openitem"
            for charge in invoice.charges
        ],
        "truth_credit_memos": [
            {
                "document_number": memo.number, "legal_entity_id": memo.invoice.customer.legal_entity,
                "true_customer_id": memo.invoice.customer.customer_id, "document_date": memo.issued,
                "currency_code": memo.invoice.customer.currency, "net_amount": memo.net, "tax_amount": memo.tax,
                "total_amount": memo.total, "credits_document_number": memo.invoice.number,
                "is_linked": memo.is_linked, "known_date": memo.known,
            }
            for memo in billing.credit_memos
            if memo.known <= last
        ],
        "truth_receipts": [
            {
                "receipt_id": receipt_id(receipt), "account": receipt.account, "statement_id": receipt.statement_id,
                "entry_number": receipt.entry_number, "sub_number": receipt.sub_number,
                "bank_reference": receipt.bank_reference, "payment_id": receipt.payment_id,
                "legal_entity_id": _entity(receipt.currency), "value_date": receipt.value_date,
                "amount": receipt.amount, "currency_code": receipt.currency,
                "true_customer_id": receipt.customer.customer_id if receipt.customer else None,
                "scenario": receipt.scenario, "must_not_apply": receipt.must_not_apply,
                "is_unbanked": receipt.is_card, "returned_date": receipt.returned, "known_date": receipt.known,
                "returned_known_date": receipt.returned_known,
            }
            for receipt in known_receipts
        ],
        "truth_applications": [
            {
                "receipt_id": receipt_id(receipt), "document_number": application.invoice.number,
                "applied_amount": application.amount, "difference_amount": application.difference,
                "difference_kind": application.difference_kind,
            }
            for receipt in known_receipts
            for application in receipt.applications
        ],
        "truth_open_items": list(_open_items(billing, known_receipts, last)),
        "truth_balances": list(_balances(billing, known_receipts, postings, last)),
        "truth_rejections": [
            {
                "response_id": rejection.response_id, "document_number": rejection.invoice.number,
                "billing_key": rejection.invoice.billing_key,
                "legal_entity_id": rejection.invoice.customer.legal_entity, "reason_code": rejection.reason_code,
                "upstream_system": rejection.upstream_system, "upstream_field": rejection.upstream_field,
                "is_preventable": rejection.is_preventable, "known_date": known,
            }
            for rejection, known in rejections_known
            if known <= last
        ],
        "truth_defects": [
            {
                "billing_key": charge.billing_key, "legal_entity_id": charge.customer.legal_entity,
                "reason_code": defect.cause, "upstream_system": defect.system, "upstream_field": defect.field,
                "seen_from": defect.seen_from if defect.seen_from.year > 1 else None,
                "seen_until": defect.seen_until if defect.seen_until.year < 9999 else None,
            }
            for charge in trade.charges
            for defect in charge.defects
            if defect.cause != REOPENED
        ],
        "truth_faults": [
            {"subject": subject, "fault": fault} for subject, fault in _faults(world, trade, billing, crm)
        ],
        "truth_events": list(_events(trade, billing)),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        schema = pa.schema(list(SCHEMAS[name].items()))
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / f"{name}.parquet")
    return {name: len(rows) for name, rows in tables.items()}


def _customers(world: World, crm: Crm) -> Iterable[Mapping[str, object]]:
    for customer in world.customers:
        records = [
            ("quickbooks", customer.accounting_ids),
            ("shop", customer.shop_ids),
            ("hubspot", crm.company_ids.get(customer.customer_id, [])),
            ("contracts", [agreement.agreement_id for agreement in customer.agreements if agreement.known]),
        ]
        for system, source_ids in records:
            for source_id in source_ids:
                yield {"true_customer_id": customer.customer_id, "system": system, "source_id": source_id}


def _open_items(billing: Billing, receipts: Sequence[Receipt], last: date) -> Iterable[Mapping[str, object]]:
    """Yield documents with a balance by what every receipt known by the last day was really meant for."""
    applied: dict[str, Decimal] = {}
    for receipt in receipts:
        if receipt.returned_known is not None and receipt.returned_known <= last:
            continue
        for application in receipt.applications:
            number = application.invoice.number
            applied[number] = applied.get(number, Decimal(0)) + application.amount
    credited = {memo.invoice.number: memo.total for memo in billing.credit_memos if memo.known <= last}
    for invoice in billing.invoices:
        if invoice.known > last:
            continue
        credit = credited.get(invoice.number, Decimal(0))
        paid = applied.get(invoice.number, Decimal(0))
        if invoice.total - credit - paid:
            yield {
                "document_number": invoice.number, "document_type": "invoice",
                "legal_entity_id": invoice.customer.legal_entity, "true_customer_id": invoice.customer.customer_id,
                "currency_code": invoice.customer.currency, "due_date": invoice.due, "original_amount": invoice.total,
                "credited_amount": credit, "applied_amount": paid, "open_amount": invoice.total - credit - paid,
            }  # fmt: skip


def _balances(
    billing: Billing, receipts: Sequence[Receipt], postings: Sequence[Posting], last: date
) -> Iterable[Mapping[str, object]]:
    """Yield per entity and currency what the books show when every receipt counts as cash on its customer."""
    for entity, currencies in CURRENCIES.items():
        for currency in currencies:
            zero = Decimal(0)
            invoiced = sum(
                (
                    invoice.total
                    for invoice in billing.invoices
                    if invoice.customer.currency == currency and invoice.known <= last
                ),
                zero,
            )
            credited = sum(
                (
                    memo.total
                    for memo in billing.credit_memos
                    if memo.invoice.customer.currency == currency and memo.known <= last
                ),
                zero,
            )
            kept = [
                receipt
                for receipt in receipts
                if receipt.currency == currency and not (receipt.returned_known and receipt.returned_known <= last)
            ]
            identified = sum((receipt.amount for receipt in kept if receipt.customer), zero)
            unidentified = sum((receipt.amount for receipt in kept if not receipt.customer), zero)
            trial = balances(known_by(postings, entity, currency, last))
            yield {
                "legal_entity_id": entity, "currency_code": currency, "invoiced_amount": invoiced,
                "credited_amount": credited, "identified_receipt_amount": identified,
                "unidentified_receipt_amount": unidentified,
                "receivable_amount": invoiced - credited - identified - unidentified,
                "trial_balance_amount": sum((trial[number][0] - trial[number][1] for number in ("1200", "1290")), zero),
            }  # fmt: skip


def _faults(world: World, trade: Trade, billing: Billing, crm: Crm) -> Iterable[tuple[str, str]]:
    for agreement in world.agreements:
        for fault in agreement.faults:
            yield f"agreement:{agreement.agreement_id}", fault
    for order in trade.orders:
        for fault in order.faults:
            yield f"order:{order.number}", fault
    for invoice in billing.invoices:
        for fault in invoice.faults:
            yield f"invoice:{invoice.number}", fault
    for charge in billing.missing:
        yield f"charge:{charge.billing_key}", "not_invoiced"
    for event in trade.usage:
        if event.file_day != event.occurred_at.date():
            yield f"usage:{event.event_id}", "usage_after_billing"
    yield from crm.faults


def _events(trade: Trade, billing: Billing) -> Iterable[Mapping[str, object]]:
    """Yield the days on which charges could be drafted, disputes opened and closed, and refusals came."""
    for charge in trade.charges:
        if charge.possible is not None:
            yield {
                "event_date": charge.possible, "event": "draft_possible", "subject": charge.billing_key,
                "detail": f"{charge.net + charge.tax:.2f} {charge.customer.currency}",
            }  # fmt: skip
    for approval in billing.approvals:
        yield {
            "event_date": approval.business_date, "event": "approved", "subject": approval.billing_key,
            "detail": str(approval.position),
        }  # fmt: skip
    for dispute in billing.disputes:
        opened = dispute.opened_at.date()
        yield {
            "event_date": opened, "event": "dispute_opened", "subject": dispute.invoice.number,
            "detail": dispute.dispute_id,
        }  # fmt: skip
        if dispute.resolved_at is not None:
            resolved = dispute.resolved_at.date()
            yield {
                "event_date": resolved, "event": "dispute_resolved", "subject": dispute.invoice.number,
                "detail": dispute.dispute_id,
            }  # fmt: skip
    for rejection in billing.rejections:
        yield {
            "event_date": rejection.responded_at.date(), "event": "invoice_rejected",
            "subject": rejection.invoice.number, "detail": rejection.reason_code,
        }  # fmt: skip
