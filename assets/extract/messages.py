"""What customers and platforms write back: disputes, refused invoices, and remittances that say what is paid."""

from __future__ import annotations

from assets.extract.json_document import read_json
from assets.extract.reading import ParsedFile
from assets.extract.records import Children, Shape, amount, currency, instant, list_at, read_records, text

DISPUTES = Shape(
    "messages__disputes",
    (
        text("dispute_id", required=True),
        text("document_number", required=True),
        text("customer_email"),
        text("reason"),
        amount("amount"),
        currency("currency"),
        instant("opened_at", required=True),
        text("status", required=True, allowed=("open", "resolved")),
        instant("resolved_at"),
        text("outcome"),
    ),
    amount_column="amount",
    currency_column="currency",
)
REJECTIONS = Shape(
    "messages__rejections",
    (
        text("response_id", required=True),
        text("document_number", required=True),
        text("status", required=True, allowed=("rejected_by_platform", "refused_by_buyer")),
        text("reason_code"),
        text("field"),
        instant("responded_at", required=True),
    ),
)
REMITTANCE_LINES = Shape(
    "messages__remittance_lines",
    (text("line", required=True), text("document_number"), amount("amount"), text("reason")),
)
REMITTANCES = Shape(
    "messages__remittances",
    (
        text("message_id", required=True),
        instant("sent_at", required=True),
        text("payer_name"),
        text("payer_email"),
        text("payment_reference"),
        currency("currency"),
        amount("total"),
    ),
    children=(Children("lines", REMITTANCE_LINES, {"message_id": "message_id"}),),
    amount_column="total",
    currency_column="currency",
)


def read_disputes(content: bytes, file_name: str) -> ParsedFile:
    """Return the disputes opened or resolved."""
    return read_records(list_at(read_json(content), "disputes"), DISPUTES, "disputes")


def read_rejections(content: bytes, file_name: str) -> ParsedFile:
    """Return the answers that refused an invoice."""
    return read_records(list_at(read_json(content), "responses"), REJECTIONS, "rejections")


def read_remittances(content: bytes, file_name: str) -> ParsedFile:
    """Return the remittances, each whole with its lines."""
    return read_records(list_at(read_json(content), "remittances"), REMITTANCES, "remittances")
