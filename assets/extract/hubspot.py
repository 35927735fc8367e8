"""HubSpot CRM v3 list pages: companies, contacts, deals and line items with their associations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assets.extract.json_document import read_json
from assets.extract.reading import ParsedFile
from assets.extract.records import (
    Field,
    Shape,
    amount,
    at_path,
    currency,
    flag,
    instant,
    list_at,
    number,
    read_records,
    text,
)

_LEFT_ALONE = frozenset(
    {"properties", "associations", "propertiesWithHistory", "objectWriteTraceId", "archivedAt", "url"}
)


def _property(name: str) -> Callable[[Mapping[str, Any]], Any]:
    path = f"properties.{name}"
    return lambda record: at_path(record, path)


def _associated(objects: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return the first associated object: HubSpot lists the primary one first."""

    def first(record: Mapping[str, Any]) -> Any:
        found = at_path(record, f"associations.{objects}.results")
        return at_path(found[0], "id") if isinstance(found, list) and found else None

    return first


def _shape(table: str, *fields: Field, amount_column: str | None = None, archived: bool = True) -> Shape:
    versions = (instant("created_at", "createdAt", required=True), instant("updated_at", "updatedAt", required=True))
    ending = (flag("archived"),) if archived else ()
    return Shape(
        table,
        (text("id", required=True), *fields, *versions, *ending),
        amount_column=amount_column,
        ignored=_LEFT_ALONE if archived else _LEFT_ALONE | {"archived"},
    )


COMPANIES = _shape(
    "hubspot__companies",
    text("name", _property("name")),
    text("domain", _property("domain")),
    text("country", _property("country")),
    text("tax_id", _property("tax_id")),
    text("billing_email", _property("billing_email")),
    text("accounting_customer_id", _property("accounting_customer_id")),
)
CONTACTS = _shape(
    "hubspot__contacts",
    text("company_id", _associated("companies")),
    text("email", _property("email")),
    text("first_name", _property("firstname")),
    text("last_name", _property("lastname")),
    text("is_billing_contact", _property("is_billing_contact")),
    text("email_bounced", _property("hs_email_bounced")),
    text("language", _property("hs_language")),
)
DEALS = _shape(
    "hubspot__deals",
    text("company_id", _associated("companies")),
    text("dealname", _property("dealname")),
    amount("amount", _property("amount")),
    currency("currency_code", _property("deal_currency_code")),
    text("dealstage", _property("dealstage")),
    instant("closedate", _property("closedate")),
    text("billing_contact_email", _property("billing_contact_email")),
    text("po_number", _property("po_number")),
    text("payment_terms", _property("payment_terms")),
    text("contract_id", _property("contract_id")),
    text("legal_entity", _property("legal_entity")),
    amount_column="amount",
)
LINE_ITEMS = _shape(
    "hubspot__line_items",
    text("deal_id", _associated("deals")),
    text("name", _property("name")),
    number("quantity", _property("quantity")),
    number("price", _property("price")),
    number("amount", _property("amount")),  # computed by the CRM, not rounded to a currency
    text("product_id", _property("hs_product_id")),
    archived=False,
)


def _read(content: bytes, shape: Shape, object_name: str) -> ParsedFile:
    return read_records(list_at(read_json(content), "results"), shape, object_name)


def read_companies(content: bytes, file_name: str) -> ParsedFile:
    """Return the companies of one list page."""
    return _read(content, COMPANIES, "companies")


def read_contacts(content: bytes, file_name: str) -> ParsedFile:
    """Return the contacts of one list page, each with its primary company."""
    return _read(content, CONTACTS, "contacts")


def read_deals(content: bytes, file_name: str) -> ParsedFile:
    """Return the deals of one list page, each with its primary company."""
    return _read(content, DEALS, "deals")


def read_line_items(content: bytes, file_name: str) -> ParsedFile:
    """Return the line items of one list page, each with its deal."""
    return _read(content, LINE_ITEMS, "line_items")
