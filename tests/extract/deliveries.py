"""Files as systems deliver them, small, each showing only what a test is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.extract.landing import Inbox, Landing, Manifest, ManifestRow, land
from assets.extract.load import LoadReport, load_raw
from assets.extract.reading import Readers
from assets.extract.registry import READERS
from assets.platform.warehouse import Warehouse

MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
WEDNESDAY = date(2026, 3, 4)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that must stand in JSON exactly as written."""

    digits: str


def as_json(document: Any) -> bytes:
    """Return a document as UTF-8, its numbers digit by digit as given."""
    marked = json.dumps(document, ensure_ascii=False, default=lambda number: f"<number>{number.digits}</number>")
    return marked.replace('"<number>', "").replace('</number>"', "").encode()


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one company under a test's own folder."""

    root: Path

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.root / "inbox")

    @property
    def landing(self) -> Landing:
        return Landing(self.root / "landing")

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.root / "warehouse.duckdb")

    def deliver(self, system: str, file_name: str, content: bytes, *, day: date = MONDAY) -> Path:
        """Leave a file in the inbox."""
        path = self.root / "inbox" / system / day.isoformat() / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def land(
        self,
        start: date = MONDAY,
        end: date = WEDNESDAY,
        *,
        readers: Readers = READERS,
        last_closed: date | None = None,
    ) -> Manifest:
        """Land what arrived in the window."""
        return land(self.inbox, self.landing, start, end, readers, last_closed=last_closed)

    def load(self, start: date = MONDAY, end: date = WEDNESDAY) -> LoadReport:
        """Load the landed files of the window."""
        return load_raw(self.warehouse, self.landing, start, end)

    def landed(self, file_name: str, *, day: date = MONDAY) -> ManifestRow:
        """Return the one manifest row of a file."""
        (found,) = [row for row in self.landing.manifest_of(day) if row.source_file == file_name]
        return found

    def files_in_landing(self) -> dict[str, bytes]:
        """Return every file below landing with its bytes."""
        paths = sorted(path for path in self.landing.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.landing.root)): path.read_bytes() for path in paths}


def an_order(number: int = 10001, **overrides: Any) -> dict[str, Any]:
    """Return an order of 119.00 EUR with one line."""
    order: dict[str, Any] = {
        "id": Number(str(number)),
        "name": f"SO-{number}",
        "created_at": "2026-03-02T09:30:00Z",
        "currency": "EUR",
        "customer": {"id": Number("7"), "email": "ap@kunde.example", "name": "Kunde GmbH"},
        "legal_entity": "MEU",
        "total_price": "119.00",
        "subtotal_price": "100.00",
        "total_tax": "19.00",
        "line_items": [a_line()],
    }
    return order | overrides


def a_line(**overrides: Any) -> dict[str, Any]:
    """Return an order line of 100.00."""
    line = {"id": Number("1"), "line": Number("1"), "sku": "S-1", "quantity": Number("2"), "price": "50.00"}
    return line | {"total": "100.00"} | overrides


def orders(*listed: Mapping[str, Any]) -> bytes:
    """Return a file of orders."""
    return as_json({"orders": list(listed or [an_order()])})


def an_invoice(identifier: str = "501", **overrides: Any) -> dict[str, Any]:
    """Return a QuickBooks invoice of 119.00 EUR with one line."""
    invoice: dict[str, Any] = {
        "Id": identifier,
        "SyncToken": "0",
        "MetaData": {"CreateTime": "2026-03-02T10:00:00+01:00", "LastUpdatedTime": "2026-03-02T10:00:00+01:00"},
        "DocNumber": f"RE{identifier}",
        "TxnDate": "2026-03-02",
        "DueDate": "2026-04-01",
        "CustomerRef": {"value": "12", "name": "Kunde GmbH"},
        "CurrencyRef": {"value": "EUR"},
        "Line": [
            {
                "Id": "1",
                "LineNum": Number("1"),
                "Amount": Number("100.00"),
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {
                    "ItemRef": {"value": "S-1"},
                    "Qty": Number("2"),
                    "UnitPrice": Number("50.00"),
                    "TaxCodeRef": {"value": "DE19"},
                },
            },
            {"Amount": Number("100.00"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
        ],
        "TxnTaxDetail": {"TotalTax": Number("19.00")},
        "TotalAmt": Number("119.00"),
        "Balance": Number("119.00"),
        "CustomField": [{"Name": "BillingReference", "StringValue": "order|SO-10001|SHP-1|goods"}],
    }
    return invoice | overrides


def query_response(entity: str, *records: Mapping[str, Any]) -> bytes:
    """Return a page of QuickBooks records."""
    return as_json({"QueryResponse": {entity: list(records), "startPosition": Number("1")}})


USAGE_HEADER = "event_id,agreement_id,agreement_line,metric,quantity,occurred_at"


def usage(*lines: str, header: str = USAGE_HEADER) -> bytes:
    """Return a file of usage events."""
    return "\n".join([header, *lines, ""]).encode()


def an_event(identifier: str = "E-1", quantity: str = "12.5") -> str:
    """Return one usage line."""
    return f"{identifier},CT-1001,1,api_calls,{quantity},2026-03-01T10:00:00Z"


def rates(day: str = "2026-03-02", usd: str = "1.0823") -> bytes:
    """Return the central bank's file of one day."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
        'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\n'
        f'<Cube>\n<Cube time="{day}"><Cube currency="USD" rate="{usd}"/><Cube currency="GBP" rate="0.8421"/></Cube>\n'
        "</Cube></gesmes:Envelope>\n"
    ).encode()
