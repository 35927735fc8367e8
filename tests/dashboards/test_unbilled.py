"""Delivered, not billed: what has no price yet is counted beside what has one, never summed as nothing."""

from __future__ import annotations

from tests.dashboards.published import Home
from tests.dashboards.test_cash_screen import change
from tests.dashboards.test_screens import Open, metric, table

DELIVERED = (
    "insert into rpt_delivered_not_billed by name select ? as billing_key, 'goods' as charge_kind, "
    "'not_drafted' as stage, ? as reason_code, ? as currency_code, cast(? as decimal(18, 3)) as total_amount, "
    "3 as age_days, ? as order_number, date '2026-06-27' as triggered_date"
)


def test_a_shipment_of_an_order_that_nobody_knows_is_listed_beside_those_with_a_price(
    home: Home, open_screen: Open
) -> None:
    """A row without a currency broke the page as soon as another had one."""
    for row in (
        ("order|SO-1|SHP-1|goods", "ORDER_LINE_NOT_KNOWN", "USD", "11.92", "SO-1"),
        ("order|SO-2|SHP-2|goods", "ORDER_NOT_KNOWN", None, None, "SO-2"),
        ("order|SO-3|SHP-3|goods", "ORDER_LINE_NOT_KNOWN", "EUR", "5.00", "SO-3"),
    ):
        change(home, DELIVERED, *row)
    app = open_screen("invoices", view="unbilled")
    assert metric(app, "Charges") == "3"
    assert (metric(app, "Not billed, USD"), metric(app, "Not billed, EUR")) == ("$11.92", "€5.00")
    assert metric(app, "Without a known price") == "1"
    assert len(table(app, "stage")) == 3
