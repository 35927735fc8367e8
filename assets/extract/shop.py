"""The online shop: orders with their lines, and the lists of prices, stock and product cost."""

from __future__ import annotations

from assets.extract.csv_table import read_csv
from assets.extract.json_document import read_json
from assets.extract.reading import ParsedFile
from assets.extract.records import Children, Shape, amount, currency, day, instant, list_at, number, read_records, text

ORDER_LINES = Shape(
    "shop__order_lines",
    (
        text("id"),
        text("line", required=True),
        text("sku"),
        text("title"),
        number("quantity", required=True),
        number("price", required=True),
        amount("total"),
    ),
)
ORDERS = Shape(
    "shop__orders",
    (
        text("id", required=True),
        text("name", required=True),
        instant("created_at", required=True),
        currency("currency", required=True),
        text("customer_id", "customer.id"),
        text("customer_email", "customer.email"),
        text("customer_name", "customer.name"),
        text("accounting_customer_id", "customer.accounting_customer_id"),
        text("customer_tax_id", "customer.tax_id"),
        text("legal_entity"),
        text("po_number"),
        text("payment_terms"),
        text("tax_code"),
        amount("total_price", required=True),
        amount("subtotal_price"),
        amount("total_tax"),
        instant("cancelled_at"),
    ),
    children=(Children("line_items", ORDER_LINES, {"order_id": "id"}),),
    amount_column="total_price",
    currency_column="currency",
)
PRICE_LIST = Shape(
    "shop__price_list",
    (text("sku", required=True), text("title"), currency("currency", required=True), number("price", required=True)),
)
STOCK = Shape(
    "shop__stock",
    (text("sku", required=True), text("warehouse", required=True), number("on_hand", required=True)),
)
PRODUCT_COST = Shape(
    "shop__product_cost",
    (
        text("sku", required=True),
        currency("currency", required=True),
        number("cost", required=True),
        day("valid_from", required=True),
    ),
)


def read_orders(content: bytes, file_name: str) -> ParsedFile:
    """Return the orders placed or changed, each whole with its lines."""
    return read_records(list_at(read_json(content), "orders"), ORDERS, "orders")


def read_price_list(content: bytes, file_name: str) -> ParsedFile:
    """Return the price list."""
    return read_csv(content, PRICE_LIST, "price_list")


def read_stock(content: bytes, file_name: str) -> ParsedFile:
    """Return the stock on hand."""
    return read_csv(content, STOCK, "stock")


def read_product_cost(content: bytes, file_name: str) -> ParsedFile:
    """Return what products cost us."""
    return read_csv(content, PRODUCT_COST, "product_cost")
