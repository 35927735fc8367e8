"""ShipStation: shipments with the items that left."""

from __future__ import annotations

from assets.extract.json_document import read_json
from assets.extract.reading import ParsedFile
from assets.extract.records import Children, Shape, flag, instant, list_at, number, read_records, text

SHIPMENT_ITEMS = Shape(
    "shipstation__shipment_items",
    (text("line_item_key", "lineItemKey"), text("sku"), number("quantity", required=True)),
)
SHIPMENTS = Shape(
    "shipstation__shipments",
    (
        text("shipment_id", "shipmentId", required=True),
        text("order_number", "orderNumber", required=True),
        instant("ship_date", "shipDate", required=True),
        text("tracking_number", "trackingNumber"),
        text("carrier_code", "carrierCode"),
        flag("voided"),
    ),
    children=(Children("shipmentItems", SHIPMENT_ITEMS, {"shipment_id": "shipment_id"}),),
)


def read_shipments(content: bytes, file_name: str) -> ParsedFile:
    """Return the shipments made or voided, each whole with its items."""
    return read_records(list_at(read_json(content), "shipments"), SHIPMENTS, "shipments")
