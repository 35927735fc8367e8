"""QuickBooks Online query responses per realm: customers, invoices, payments, credit memos and the trial balance."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from assets.extract.json_document import read_json
from assets.extract.reading import FileReason, ParsedFile, QuarantineError, RowReason
from assets.extract.records import (
    Children,
    Field,
    RecordRejectedError,
    Shape,
    amount,
    at_path,
    currency,
    day,
    flag,
    instant,
    list_at,
    number,
    read_records,
    text,
)

_LEFT_ALONE = frozenset({
    "AllowOnlinePayment", "ApplyTaxAfterDiscount", "BillAddr", "BillEmail", "CurrencyRef", "CustomField", "DocNumber",
    "EmailStatus", "ExchangeRate", "GlobalTaxCalculation", "HomeTotalAmt", "Line", "LinkedTxn", "MetaData",
    "PrintStatus", "ShipAddr", "TxnTaxDetail", "domain", "sparse",
})  # fmt: skip
_IDENTITY: tuple[Field, ...] = (text("id", "Id", required=True), text("sync_token", "SyncToken"))
_VERSION: tuple[Field, ...] = (
    instant("created_at", "MetaData.CreateTime"),
    instant("updated_at", "MetaData.LastUpdatedTime", required=True),
)


def _custom_field(name: str) -> Callable[[Mapping[str, Any]], Any]:
    def value(record: Mapping[str, Any]) -> Any:
        for custom in _list(record, "CustomField"):
            if at_path(custom, "Name") == name:
                return at_path(custom, "StringValue")
        return None

    return value


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    found = record.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise RecordRejectedError(RowReason.WRONG_TYPE, f"`{key}` should be a list, found `{found}`.")
    return found


def _sales_lines(record: Mapping[str, Any]) -> list[Any]:
    """Return the lines that sell something; sub-totals repeat them, and a kind we cannot sign is refused."""
    sales = []
    for line in _list(record, "Line"):
        kind = at_path(line, "DetailType")
        if kind in ("SubTotalLineDetail", "DescriptionOnly"):
            continue
        if kind not in (None, "SalesItemLineDetail"):
            reason = f"A line is of kind `{kind}`; only SalesItemLineDetail is read, so totals would not add up."
            raise RecordRejectedError(RowReason.UNKNOWN_VALUE, reason)
        sales.append(line)
    return sales


def _linked_invoice(record: Mapping[str, Any]) -> Any:
    linked = _list(record, "LinkedTxn") + [
        link for line in _list(record, "Line") if isinstance(line, Mapping) for link in _list(line, "LinkedTxn")
    ]
    return next((at_path(link, "TxnId") for link in linked if at_path(link, "TxnType") == "Invoice"), None)


def _payment_lines(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one record per linked document; a line's amount can belong to one document only."""
    lines: list[dict[str, Any]] = []
    for line in _list(record, "Line"):
        links = _list(line, "LinkedTxn") if isinstance(line, Mapping) else [line]
        if len(links) > 1:
            reason = f"A payment line names {len(links)} documents but one amount; how it is shared is not said."
            raise RecordRejectedError(RowReason.UNKNOWN_VALUE, reason)
        link = links[0] if links else None
        lines.append(
            {
                "line_num": str(len(lines) + 1),
                "Amount": at_path(line, "Amount"),
                "TxnId": at_path(link, "TxnId"),
                "TxnType": at_path(link, "TxnType"),
            }
        )
    return lines


def _sales_line_shape(table: str) -> Shape:
    return Shape(
        table,
        (
            text("id", "Id"),
            text("line_num", "LineNum"),
            text("description", "Description"),
            amount("amount", "Amount", required=True),
            text("item_id", "SalesItemLineDetail.ItemRef.value"),
            number("quantity", "SalesItemLineDetail.Qty"),
            number("unit_price", "SalesItemLineDetail.UnitPrice"),
            text("tax_code", "SalesItemLineDetail.TaxCodeRef.value"),
        ),
    )


CUSTOMERS = Shape(
    "quickbooks__customers",
    (
        *_IDENTITY,
        text("display_name", "DisplayName"),
        text("company_name", "CompanyName"),
        text("email", "PrimaryEmailAddr.Address"),
        text("line1", "BillAddr.Line1"),
        text("city", "BillAddr.City"),
        text("postal_code", "BillAddr.PostalCode"),
        text("country", "BillAddr.Country"),
        text("tax_id", "PrimaryTaxIdentifier"),
        currency("currency", "CurrencyRef.value"),
        flag("active", "Active"),
        text("parent_id", "ParentRef.value"),
        *_VERSION,
    ),
    ignored=_LEFT_ALONE,
)
INVOICES = Shape(
    "quickbooks__invoices",
    (
        *_IDENTITY,
        text("doc_number", "DocNumber"),
        day("txn_date", "TxnDate", required=True),
        day("due_date", "DueDate"),
        text("customer_id", "CustomerRef.value"),
        text("customer_name", "CustomerRef.name"),
        currency("currency", "CurrencyRef.value", required=True),
        amount("total_tax", "TxnTaxDetail.TotalTax"),
        amount("total_amt", "TotalAmt", required=True),
        amount("balance", "Balance"),
        text("terms", "SalesTermRef.value"),
        text("private_note", "PrivateNote"),
        text("billing_reference", _custom_field("BillingReference")),
        text("po_number", _custom_field("PONumber")),
        *_VERSION,
    ),
    children=(
        Children(
            _sales_lines,
            _sales_line_shape("quickbooks__invoice_lines"),
            {"realm": "realm", "invoice_id": "id", "invoice_updated_at": "updated_at"},
        ),
    ),
    amount_column="total_amt",
    currency_column="currency",
    ignored=_LEFT_ALONE,
)
PAYMENT_LINES = Shape(
    "quickbooks__payment_lines",
    (
        text("line_num", required=True),
        amount("amount", "Amount", required=True),
        text("linked_txn_id", "TxnId"),
        text("linked_txn_type", "TxnType"),
    ),
)
PAYMENTS = Shape(
    "quickbooks__payments",
    (
        *_IDENTITY,
        day("txn_date", "TxnDate", required=True),
        text("customer_id", "CustomerRef.value"),
        currency("currency", "CurrencyRef.value", required=True),
        amount("total_amt", "TotalAmt", required=True),
        amount("unapplied_amt", "UnappliedAmt"),
        text("payment_ref_num", "PaymentRefNum"),
        text("private_note", "PrivateNote"),
        *_VERSION,
    ),
    children=(
        Children(
            _payment_lines,
            PAYMENT_LINES,
            {"realm": "realm", "payment_id": "id", "payment_updated_at": "updated_at"},
        ),
    ),
    amount_column="total_amt",
    currency_column="currency",
    ignored=_LEFT_ALONE,
)
CREDIT_MEMOS = Shape(
    "quickbooks__credit_memos",
    (
        *_IDENTITY,
        text("doc_number", "DocNumber"),
        day("txn_date", "TxnDate", required=True),
        text("customer_id", "CustomerRef.value"),
        currency("currency", "CurrencyRef.value", required=True),
        amount("total_tax", "TxnTaxDetail.TotalTax"),
        amount("total_amt", "TotalAmt", required=True),
        text("private_note", "PrivateNote"),
        text("linked_invoice_id", _linked_invoice),
        *_VERSION,
    ),
    children=(
        Children(
            _sales_lines,
            _sales_line_shape("quickbooks__credit_memo_lines"),
            {"realm": "realm", "credit_memo_id": "id", "credit_memo_updated_at": "updated_at"},
        ),
    ),
    amount_column="total_amt",
    currency_column="currency",
    ignored=_LEFT_ALONE | {"Balance", "RemainingCredit", "SalesTermRef"},
)
TRIAL_BALANCE = Shape(
    "quickbooks__trial_balance",
    (
        text("account_number", required=True),
        text("account_name"),
        amount("debit"),
        amount("credit"),
    ),
    amount_column="debit",
    currency_column="currency",
)


def realm_of(file_name: str) -> str:
    """Return the company file an export belongs to: the first word of its name, e.g. `meu`."""
    found = re.match(r"([a-z0-9]{1,20})-", file_name)
    if found is None:
        reason = "The name should start with the realm, e.g. `meu-invoices-0001.json`."
        raise QuarantineError(FileReason.UNKNOWN_FILE, reason, "file name")
    return found.group(1)


def _read(content: bytes, file_name: str, entity: str, shape: Shape, object_name: str) -> ParsedFile:
    realm = realm_of(file_name)
    response = at_path(document, "QueryResponse") if isinstance(document := read_json(content), Mapping) else None
    if not isinstance(response, Mapping):
        reason = "The file should be a query response with `QueryResponse` on top. Check which export this is."
        raise QuarantineError(FileReason.WRONG_SHAPE, reason, "top level")
    others = sorted(key for key, value in response.items() if key != entity and isinstance(value, list))
    # QuickBooks leaves the list out when nothing changed; another entity in its place is a mix-up.
    records = list_at(response, entity, may_be_absent=not others)
    return read_records(records, shape, object_name, constants={"realm": realm})


def read_customers(content: bytes, file_name: str) -> ParsedFile:
    """Return the customers of one query response."""
    return _read(content, file_name, "Customer", CUSTOMERS, "customers")


def read_invoices(content: bytes, file_name: str) -> ParsedFile:
    """Return the invoices of one query response, each whole with its lines."""
    return _read(content, file_name, "Invoice", INVOICES, "invoices")


def read_payments(content: bytes, file_name: str) -> ParsedFile:
    """Return the payments of one query response, each whole with the documents it is linked to."""
    return _read(content, file_name, "Payment", PAYMENTS, "payments")


def read_credit_memos(content: bytes, file_name: str) -> ParsedFile:
    """Return the credit memos of one query response, each whole with its lines."""
    return _read(content, file_name, "CreditMemo", CREDIT_MEMOS, "credit_memos")


def read_trial_balance(content: bytes, file_name: str) -> ParsedFile:
    """Return the accounts of a trial balance; one damaged account makes the whole report useless."""
    document = read_json(content)
    realm = realm_of(file_name)
    rows = list_at(document, "Rows.Row")
    header = document.get("Header")
    if not isinstance(header, Mapping) or not header.get("EndPeriod") or not header.get("Currency"):
        reason = "The report's `Header` should say `EndPeriod` and `Currency`."
        raise QuarantineError(FileReason.WRONG_SHAPE, reason, "key Header")
    accounts = [account for row in rows if (account := _account(row)) is not None]
    constants = {"realm": realm, "currency": str(header["Currency"]), "end_period": str(header["EndPeriod"])}
    parsed = read_records(accounts, TRIAL_BALANCE, "trial_balance", constants=constants)
    if parsed.rejected:
        first = parsed.rejected[0]
        raise QuarantineError(FileReason.WRONG_SHAPE, first.reason, f"account row {first.row_number}")
    return parsed


def _account(row: Any) -> dict[str, Any] | None:
    """Return one account of the report; section and total rows carry no account id."""
    columns = row.get("ColData") if isinstance(row, Mapping) else None
    if columns is None:
        return None
    if not isinstance(columns, list) or len(columns) != 3 or not all(isinstance(one, Mapping) for one in columns):
        reason = "A row of the report should have three `ColData`: account, debit, credit."
        raise QuarantineError(FileReason.WRONG_SHAPE, reason, "key Rows.Row.ColData")
    name, debit, credit = columns
    if not name.get("id"):
        return None
    return {
        "account_number": name.get("id"),
        "account_name": name.get("value"),
        "debit": debit.get("value"),
        "credit": credit.get("value"),
    }
