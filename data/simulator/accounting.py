"""QuickBooks: its customers, invoices, payments and credit memos, and the trial balance it reports.

The trial balance comes from a double-entry ledger of its own, posted once per document and receipt, that shares
nothing with the truth tables but the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random

from data.simulator.billing import Billing, CreditMemo, Invoice
from data.simulator.calendars import DAY, add_business_days, days_between
from data.simulator.deliveries import Deliveries, json_text
from data.simulator.paying import Receipt
from data.simulator.scale import Scale
from data.simulator.trade import ChargeLine, at
from data.simulator.world import CURRENCIES, REALM, Customer, World

ACCOUNT_NAMES = {
    "1000": "1000 Bank",
    "1050": "1050 Card clearing",
    "1200": "1200 Accounts receivable",
    "1290": "1290 Unidentified receipts",
    "2200": "2200 Sales tax payable",
    "4000": "4000 Sales",
}


@dataclass(frozen=True, slots=True)
class Posting:
    """One debit and credit, with the business date it belongs to and the day it was known."""

    legal_entity: str
    currency: str
    posted: date
    known: date
    debit: str
    credit: str
    amount: Decimal


def _moment(moment: datetime, realm: str) -> str:
    """Return the moment as the realm writes it: local time with its offset."""
    local = moment.astimezone(timezone(timedelta(hours=1 if realm == "meu" else -5)))
    return local.isoformat(timespec="seconds")


def run_accounting(
    scale: Scale, seed: int, world: World, billing: Billing, receipts: Sequence[Receipt], deliveries: Deliveries
) -> None:
    """Write everything the two accounting realms send."""
    rng = Random(f"{seed}|quickbooks")
    for customer in world.customers:
        _send_customer(scale, rng, customer, deliveries)
    numbers = dict.fromkeys(("meu", "mus"), 5000)

    def next_id(realm: str) -> str:
        numbers[realm] += 1
        return str(numbers[realm])

    for invoice in billing.invoices:
        realm = REALM[invoice.customer.legal_entity]
        if invoice.quickbooks_activity is None or invoice.quickbooks_activity > scale.last_activity:
            continue
        invoice.quickbooks_id = next_id(realm)
        deliveries.add(
            "quickbooks", f"{realm}-invoices", invoice.quickbooks_activity,
            _invoice(invoice, realm, invoice.total, 0, invoice.issued_at),
        )  # fmt: skip
    for memo in billing.credit_memos:
        memo.quickbooks_id = next_id("meu")
        deliveries.add("quickbooks", "meu-creditmemos", memo.issued, _credit_memo(memo))
    for receipt in receipts:
        _send_payment(scale, rng, receipt, next_id, deliveries)
    _send_new_balances(scale, rng, billing, receipts, deliveries)


def _send_customer(scale: Scale, rng: Random, customer: Customer, deliveries: Deliveries) -> None:
    realm = REALM[customer.legal_entity]
    for index, accounting_id in enumerate(customer.accounting_ids):
        number = accounting_id.split(":")[1]
        display = customer.name
        if index > 0:
            display = f"{rng.choice(customer.name_variants)} ({number})"
        created = at(customer.created, Random(f"{accounting_id}|created"), 8, 12)
        email: Mapping[str, str] | None = {"Address": customer.billing_email}
        if rng.random() < 0.05:
            email = None
        record: dict[str, object] = {
            "Id": number, "SyncToken": "0",
            "MetaData": {"CreateTime": _moment(created, realm), "LastUpdatedTime": _moment(created, realm)},
            "DisplayName": display, "CompanyName": customer.name, "PrimaryEmailAddr": email,
            "BillAddr": {
                "Line1": f"{rng.choice(('Hauptstr.', 'Main St', 'Market Rd'))} {rng.randint(1, 200)}",
                "City": customer.city, "PostalCode": customer.postal_code, "Country": customer.country,
            },
            "PrimaryTaxIdentifier": customer.tax_id, "CurrencyRef": {"value": customer.currency},
            "Active": True,
            "ParentRef": {"value": customer.parent.accounting_reference} if customer.parent else None,
        }  # fmt: skip
        address = record["BillAddr"]
        deliveries.add("quickbooks", f"{realm}-customers", customer.created, record)
        is_mended = customer.tax_id_on_file != customer.tax_id or not customer.has_whole_address
        broken: Mapping[str, object] = {"PrimaryTaxIdentifier": customer.tax_id_on_file}
        if not customer.has_whole_address and isinstance(address, dict):
            broken = {"BillAddr": {name: value for name, value in address.items() if name != "PostalCode"}}
        changes: tuple[tuple[date, str, Mapping[str, object]], ...] = (
            (customer.record_broken, "1", broken),
            (customer.record_fixed, "2", {}),
        )
        for day, version, changed_fields in changes if is_mended else ():
            if day <= scale.last_activity:
                moment = _moment(at(day, Random(f"{accounting_id}|{version}")), realm)
                meta = {"CreateTime": _moment(created, realm), "LastUpdatedTime": moment}
                newer = {**record, **changed_fields, "SyncToken": version, "MetaData": meta}
                deliveries.add("quickbooks", f"{realm}-customers", day, newer)
        if rng.random() < 0.06 and not is_mended:
            changed = customer.created + timedelta(days=rng.randint(2, max(3, scale.days - 2)))
            moment = _moment(at(changed, rng), realm)
            newer = {
                **record, "SyncToken": "1", "PrimaryEmailAddr": {"Address": f"accounting@{customer.domain}"},
                "MetaData": {"CreateTime": _moment(created, realm), "LastUpdatedTime": moment},
            }  # fmt: skip
            deliveries.add("quickbooks", f"{realm}-customers", changed, newer)


def _lines(lines: Sequence[ChargeLine], tax_code: str) -> list[Mapping[str, object]]:
    return [
        {
            "Id": str(number), "LineNum": number, "Description": line.description, "Amount": line.net,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": line.product_id}, "Qty": line.quantity, "UnitPrice": line.unit_price,
                "TaxCodeRef": {"value": tax_code},
            },
        }
        for number, line in enumerate(lines, start=1)
    ]  # fmt: skip


def _invoice(invoice: Invoice, realm: str, balance: Decimal, version: int, updated: datetime) -> Mapping[str, object]:
    fields = []
    if invoice.billing_reference:
        fields.append({"Name": "BillingReference", "StringValue": invoice.billing_reference})
    if invoice.po_number:
        fields.append({"Name": "PONumber", "StringValue": invoice.po_number})
    note = f"openitem:{invoice.billing_key}" if invoice.origin == "openitem" else None
    return {
        "Id": invoice.quickbooks_id, "SyncToken": str(version),
        "MetaData": {"CreateTime": _moment(invoice.issued_at, realm), "LastUpdatedTime": _moment(updated, realm)},
        "DocNumber": invoice.number, "TxnDate": str(invoice.issued), "DueDate": str(invoice.due),
        "CustomerRef": {"value": invoice.accounting_id.split(":")[1], "name": invoice.customer.name},
        "CurrencyRef": {"value": invoice.customer.currency},
        "Line": _lines(invoice.lines, invoice.customer.tax_code),
        "TxnTaxDetail": {"TotalTax": invoice.tax}, "TotalAmt": invoice.total, "Balance": balance,
        "SalesTermRef": {"value": invoice.terms}, "PrivateNote": note, "CustomField": fields,
    }  # fmt: skip


def _credit_memo(memo: CreditMemo) -> Mapping[str, object]:
    invoice = memo.invoice
    moment = _moment(memo.issued_at, "meu")
    line = ChargeLine("CREDIT", f"Credit for {invoice.number}", Decimal(1), memo.net, memo.net)
    linked = [{"TxnId": invoice.quickbooks_id, "TxnType": "Invoice"}] if memo.is_linked else []
    return {
        "Id": memo.quickbooks_id, "SyncToken": "0", "MetaData": {"CreateTime": moment, "LastUpdatedTime": moment},
        "DocNumber": memo.number, "TxnDate": str(memo.issued),
        "CustomerRef": {"value": invoice.accounting_id.split(":")[1], "name": invoice.customer.name},
        "CurrencyRef": {"value": invoice.customer.currency}, "Line": _lines([line], invoice.customer.tax_code),
        "TxnTaxDetail": {"TotalTax": memo.tax}, "TotalAmt": memo.total, "Balance": Decimal("0.00"),
        "PrivateNote": memo.reason, "LinkedTxn": linked,
    }  # fmt: skip


def _send_payment(
    scale: Scale, rng: Random, receipt: Receipt, next_id: Callable[[str], str], deliveries: Deliveries
) -> None:
    """Post a bank receipt on account a day or two later, or report a card payment with what it settles."""
    customer = receipt.customer
    if customer is None or not receipt.is_posted:
        return
    realm = REALM[customer.legal_entity]
    lines: list[Mapping[str, object]] = []
    if receipt.is_card:
        posted = receipt.value_date
        lines = [
            {
                "Amount": application.amount,
                "LinkedTxn": [{"TxnId": application.invoice.quickbooks_id, "TxnType": "Invoice"}],
            }
            for application in receipt.applications
        ]
    else:
        posted = add_business_days(receipt.value_date, rng.choice((1, 1, 2)))
    if posted > scale.last_activity:
        return
    payment_id = next_id(realm)
    moment = _moment(at(posted, rng, 9, 17), realm)
    arrives = deliveries.add(
        "quickbooks", f"{realm}-payments", posted,
        {
            "Id": payment_id, "SyncToken": "0", "MetaData": {"CreateTime": moment, "LastUpdatedTime": moment},
            "TxnDate": str(receipt.value_date), "TotalAmt": receipt.amount,
            "UnappliedAmt": Decimal("0.00") if receipt.is_card else receipt.amount,
            "CustomerRef": {"value": customer.accounting_reference, "name": customer.name},
            "CurrencyRef": {"value": receipt.currency},
            "PaymentRefNum": None if receipt.is_card else receipt.bank_reference,
            "PrivateNote": "card" if receipt.is_card else None, "Line": lines,
        },
    )  # fmt: skip
    receipt.payment_id = f"{realm}:{payment_id}"
    if receipt.is_card:
        receipt.known = arrives


def _send_new_balances(
    scale: Scale, rng: Random, billing: Billing, receipts: Sequence[Receipt], deliveries: Deliveries
) -> None:
    """Send an invoice again, in a new version, when a card payment or a credit memo changed its balance."""
    changes: dict[str, list[tuple[date, Decimal]]] = {}
    for receipt in receipts:
        if receipt.is_card:
            for application in receipt.applications:
                changes.setdefault(application.invoice.number, []).append((receipt.value_date, application.amount))
    for memo in billing.credit_memos:
        if memo.is_linked:
            changes.setdefault(memo.invoice.number, []).append((memo.issued, memo.total))
    for invoice in billing.invoices:
        balance = invoice.total
        realm = REALM[invoice.customer.legal_entity]
        for version, (day, amount) in enumerate(sorted(changes.get(invoice.number, ())), start=1):
            balance -= amount
            if invoice.quickbooks_id is None or day > scale.last_activity:
                continue
            deliveries.add(
                "quickbooks", f"{realm}-invoices", day, _invoice(invoice, realm, balance, version, at(day, rng, 19, 22))
            )
            arrives = deliveries.arrival("quickbooks", f"{realm}-invoices", day)
            if invoice.origin != "openitem":
                invoice.known = min(invoice.known, arrives)


def post_ledger(billing: Billing, receipts: Sequence[Receipt]) -> list[Posting]:
    """Return the ledger: receivable against sales and tax, cash against receivable or unidentified receipts."""
    postings: list[Posting] = []

    def post(entity: str, currency: str, posted: date, known: date, debit: str, credit: str, amount: Decimal) -> None:
        if amount:
            postings.append(Posting(entity, currency, posted, known, debit, credit, amount))

    for invoice in billing.invoices:
        entity, currency = invoice.customer.legal_entity, invoice.customer.currency
        post(entity, currency, invoice.issued, invoice.known, "1200", "4000", invoice.net)
        post(entity, currency, invoice.issued, invoice.known, "1200", "2200", invoice.tax)
    for memo in billing.credit_memos:
        entity, currency = memo.invoice.customer.legal_entity, memo.invoice.customer.currency
        post(entity, currency, memo.issued, memo.known, "4000", "1200", memo.net)
        post(entity, currency, memo.issued, memo.known, "2200", "1200", memo.tax)
    for receipt in receipts:
        entity = "MUS" if receipt.currency == "USD" else "MEU"
        cash = "1050" if receipt.is_card else "1000"
        side = "1290" if receipt.customer is None else "1200"
        post(entity, receipt.currency, receipt.value_date, receipt.known, cash, side, receipt.amount)
        if receipt.returned and receipt.returned_known:
            post(
                entity, receipt.currency, receipt.returned, receipt.returned_known, side, cash, receipt.amount
            )  # fmt: skip
    return postings


def balances(postings: Iterable[Posting]) -> dict[str, tuple[Decimal, Decimal]]:
    """Return debit and credit balance per account of these postings."""
    zero = Decimal("0.00")
    totals: dict[str, Decimal] = dict.fromkeys(ACCOUNT_NAMES, zero)
    for posting in postings:
        totals[posting.debit] += posting.amount
        totals[posting.credit] -= posting.amount
    return {account: (max(total, zero), max(-total, zero)) for account, total in totals.items()}


def known_by(postings: Sequence[Posting], entity: str, currency: str, end: date) -> list[Posting]:
    """Return what accounting has posted in a currency up to a day and knows on that day."""
    return [
        posting
        for posting in postings
        if (posting.legal_entity, posting.currency) == (entity, currency) and max(posting.posted, posting.known) <= end
    ]


def send_trial_balances(scale: Scale, postings: Sequence[Posting], deliveries: Deliveries) -> None:
    """Write one trial balance per realm and currency, each Sunday and on the last day."""
    for day in days_between(scale.first_date, scale.last_date):
        if day.weekday() != 6 and day != scale.last_date:
            continue
        for entity, currencies in CURRENCIES.items():
            realm = REALM[entity]
            for currency in currencies:
                accounts = balances(known_by(postings, entity, currency, day))
                rows = [
                    {
                        "ColData": [
                            {"value": ACCOUNT_NAMES[account], "id": account},
                            {"value": f"{debit:.2f}" if debit else ""},
                            {"value": f"{credit:.2f}" if credit else ""},
                        ]
                    }
                    for account, (debit, credit) in accounts.items()
                ]
                total = sum((debit for debit, _ in accounts.values()), Decimal("0.00"))
                report = {
                    "Header": {
                        "ReportName": "TrialBalance", "ReportBasis": "Accrual", "EndPeriod": str(day),
                        "Currency": currency,
                    },
                    "Columns": {
                        "Column": [
                            {"ColTitle": "", "ColType": "Account"},
                            {"ColTitle": "Debit", "ColType": "Money"},
                            {"ColTitle": "Credit", "ColType": "Money"},
                        ]
                    },
                    "Rows": {
                        "Row": [
                            *rows,
                            {
                                "Summary": {
                                    "ColData": [{"value": "TOTAL"}, {"value": f"{total}"}, {"value": f"{total}"}]
                                },
                                "type": "Section", "group": "GrandTotal",
                            },
                        ]
                    },
                }  # fmt: skip
                name = f"{realm}-trialbalance-{currency}.json"
                deliveries.add_file(
                    "quickbooks", f"{realm}-trialbalance", day - DAY, name, json_text(report)
                )  # fmt: skip
