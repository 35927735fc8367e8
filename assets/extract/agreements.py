"""The contract tool: agreements as signed or amended, with their priced lines and the accounts customers pay from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assets.extract.json_document import read_json
from assets.extract.reading import ParsedFile
from assets.extract.records import (
    Children,
    Shape,
    amount,
    currency,
    day,
    flag,
    instant,
    list_at,
    number,
    read_records,
    text,
)
from assets.ledger.parties import OWN_ACCOUNT, VIRTUAL_ACCOUNT

_VERSION = {"agreement_id": "agreement_id", "version": "version"}


def _tiers(record: Mapping[str, Any]) -> Any:
    """Return prices by quantity as one text: `10000:0.0125;:0.01` is 0.0125 up to 10,000 units and 0.01 beyond."""
    tiers = record.get("tiers")
    if not isinstance(tiers, list) or not all(isinstance(tier, dict) for tier in tiers):
        return tiers or None
    return ";".join(f"{tier.get('up_to') or ''}:{tier.get('unit_price') or ''}" for tier in tiers) or None


def _attachments(record: Mapping[str, Any]) -> Any:
    names = record.get("required_attachments")
    return ";".join(str(name) for name in names) or None if isinstance(names, list) else names


LINES = Shape(
    "contracts__agreement_lines",
    (
        text("line", required=True),
        text("kind", required=True, allowed=("retainer", "milestone", "usage", "price")),
        text("description"),
        amount("amount"),
        text("frequency"),
        flag("in_advance"),
        number("unit_price"),
        number("included_quantity"),
        text("metric"),
        text("sku"),
        text("anchor"),
        number("discount_percent"),
        text("tiers", _tiers),
        number("threshold_quantity"),
        amount("minimum_amount"),
        amount("commitment_amount"),
        text("required_attachments", _attachments),
        text("billed_when", allowed=("completed", "accepted", "provisioned")),
    ),
    ignored=frozenset({"tiers", "required_attachments"}),
)
PAYER_ACCOUNTS = Shape("contracts__payer_accounts", (text("account", required=True), text("account_kind")))
ACCOUNT_KINDS = {"payer_accounts": OWN_ACCOUNT, "virtual_accounts": VIRTUAL_ACCOUNT}


def _payer_accounts(record: Mapping[str, Any]) -> Any:
    """Return the accounts a customer pays from, and those of ours that it alone was given to pay to."""
    rows: list[dict[str, Any]] = []
    for name, kind in ACCOUNT_KINDS.items():
        accounts = record.get(name)
        if not isinstance(accounts, list | None):
            return accounts
        rows += [{"account": account, "account_kind": kind} for account in accounts or ()]
    return rows


AGREEMENTS = Shape(
    "contracts__agreements",
    (
        text("agreement_id", required=True),
        text("version", required=True),
        text("customer_name", "customer.name"),
        text("customer_tax_id", "customer.tax_id"),
        text("accounting_customer_id", "customer.accounting_customer_id"),
        text("legal_entity", required=True),
        currency("currency", required=True),
        text("terms"),
        text("po_number"),
        flag("po_required"),
        text("tax_code"),
        day("start_date", required=True),
        day("end_date"),
        instant("signed_at"),
        day("effective_date"),
        day("po_valid_until"),
        text("buyer_reference"),
        amount("credit_limit"),
    ),
    children=(Children("lines", LINES, _VERSION), Children(_payer_accounts, PAYER_ACCOUNTS, _VERSION)),
    amount_column="credit_limit",
    currency_column="currency",
    ignored=frozenset(ACCOUNT_KINDS),
)


def read_agreements(content: bytes, file_name: str) -> ParsedFile:
    """Return the agreements signed or amended, each whole with its lines and payer accounts."""
    return read_records(list_at(read_json(content), "agreements"), AGREEMENTS, "agreements")
