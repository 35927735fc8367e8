"""What each system's files say, value for value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from assets.extract.agreements import read_agreements
from assets.extract.exchange_rates import read_exchange_rates
from assets.extract.hubspot import read_companies, read_contacts, read_deals, read_line_items
from assets.extract.messages import read_disputes, read_rejections, read_remittances
from assets.extract.projects import read_milestones
from assets.extract.quickbooks import (
    read_credit_memos,
    read_customers,
    read_invoices,
    read_payments,
    read_trial_balance,
)
from assets.extract.raw_tables import PROVENANCE, SOURCE_TABLES
from assets.extract.reading import ParsedFile, QuarantineError
from assets.extract.records import Children, Shape
from assets.extract.registry import READERS, reader_for
from assets.extract.shipstation import read_shipments
from assets.extract.shop import read_orders, read_price_list, read_product_cost, read_stock
from assets.extract.usage import read_events
from tests.extract.deliveries import (
    Number,
    a_line,
    an_event,
    an_invoice,
    an_order,
    as_json,
    orders,
    query_response,
    rates,
    usage,
)

STAMPS = {"createdAt": "2026-03-01T08:00:00.000Z", "updatedAt": "2026-03-02T08:00:00.000Z", "archived": False}


def the_row(parsed: ParsedFile, table: str) -> dict[str, str | None]:
    """Return the one row a file gave to a table; nothing was rejected."""
    assert parsed.rejected == []
    (row,) = parsed.rows[table]
    return dict(row)


def hubspot(**properties: str | None) -> dict[str, Any]:
    return {"id": "901", "properties": properties, **STAMPS}


def test_a_hubspot_company() -> None:
    page = as_json({"results": [hubspot(name="Kunde GmbH", domain="kunde.example", tax_id="", country="DE")]})
    row = the_row(read_companies(page, "companies-0001.json"), "hubspot__companies")
    assert row["name"] == "Kunde GmbH"
    assert row["tax_id"] is None
    assert (row["created_at"], row["archived"]) == ("2026-03-01T08:00:00.000Z", "false")


def test_a_hubspot_contact_belongs_to_its_first_company() -> None:
    contact = hubspot(
        email="ap@kunde.example", firstname="Ada", is_billing_contact="true", hs_email_bounced="1", hs_language="de-at"
    )
    contact["associations"] = {"companies": {"results": [{"id": "5", "type": "primary"}, {"id": "6", "type": "other"}]}}
    row = the_row(read_contacts(as_json({"results": [contact]}), "contacts-0001.json"), "hubspot__contacts")
    assert (row["company_id"], row["first_name"], row["email_bounced"], row["language"]) == ("5", "Ada", "1", "de-at")


def test_a_hubspot_deal_without_company() -> None:
    deal = hubspot(dealname="Valves", amount="1200.50", deal_currency_code="EUR", dealstage="closedwon")
    parsed = read_deals(as_json({"results": [deal]}), "deals-0001.json")
    row = the_row(parsed, "hubspot__deals")
    assert (row["company_id"], row["amount"], row["currency_code"]) == (None, "1200.50", "EUR")
    assert parsed.amount_sum == Decimal("1200.50")


def test_a_hubspot_line_item_keeps_the_crms_decimals() -> None:
    item = hubspot(name="Calls", quantity="1", price="0.0125", amount="0.0125", hs_product_id="P-1")
    item["associations"] = {"deals": {"results": [{"id": "77", "type": "deal"}]}}
    row = the_row(read_line_items(as_json({"results": [item]}), "line_items-0001.json"), "hubspot__line_items")
    assert (row["deal_id"], row["amount"], row["product_id"]) == ("77", "0.0125", "P-1")


def an_agreement(**overrides: Any) -> dict[str, Any]:
    line = {"line": Number("1"), "kind": "retainer", "amount": "1200.00", "frequency": "monthly", "in_advance": True}
    agreement = {
        "agreement_id": "CT-1001",
        "version": Number("2"),
        "customer": {"name": "Kunde GmbH", "accounting_customer_id": "meu:12"},
        "legal_entity": "MEU",
        "currency": "EUR",
        "start_date": "2026-01-01",
        "po_required": False,
        "credit_limit": "50000.00",
        "payer_accounts": ["DE02120300000000202051", "DE75512108001245126199"],
        "lines": [line],
    }
    return agreement | overrides


def test_an_agreement_with_its_lines_and_payer_accounts() -> None:
    parsed = read_agreements(as_json({"agreements": [an_agreement()]}), "agreements-0001.json")
    row = the_row(parsed, "contracts__agreements")
    assert (row["version"], row["accounting_customer_id"], row["po_required"]) == ("2", "meu:12", "false")
    line = the_row(parsed, "contracts__agreement_lines")
    assert (line["agreement_id"], line["version"], line["in_advance"]) == ("CT-1001", "2", "true")
    accounts = [(row["account"], row["account_kind"]) for row in parsed.rows["contracts__payer_accounts"]]
    assert accounts == [("DE02120300000000202051", "own"), ("DE75512108001245126199", "own")]


def test_an_agreement_names_the_accounts_of_ours_that_its_customer_was_given() -> None:
    parsed = read_agreements(as_json({"agreements": [an_agreement(virtual_accounts=["DE55500105170000004711"])]}), "a")
    *_, given = parsed.rows["contracts__payer_accounts"]
    assert (given["account"], given["account_kind"], parsed.unread_fields) == ("DE55500105170000004711", "virtual", [])


def test_an_agreement_says_what_bills_its_milestones_and_how_the_customer_routes_invoices() -> None:
    line = {"line": Number("1"), "kind": "milestone", "amount": "1200.00", "billed_when": "accepted"}
    parsed = read_agreements(
        as_json({"agreements": [an_agreement(buyer_reference="04011000-12345-06", lines=[line])]}), "agreements.json"
    )
    assert the_row(parsed, "contracts__agreements")["buyer_reference"] == "04011000-12345-06"
    assert the_row(parsed, "contracts__agreement_lines")["billed_when"] == "accepted"


def test_an_agreement_with_one_bad_line_is_kept_out_whole() -> None:
    bad = an_agreement(agreement_id="CT-1002", lines=[{"line": Number("1"), "kind": "barter"}])
    parsed = read_agreements(as_json({"agreements": [bad, an_agreement()]}), "agreements-0001.json")
    assert [row["agreement_id"] for row in parsed.rows["contracts__agreements"]] == ["CT-1001"]
    (rejected,) = parsed.rejected
    assert (rejected.row_number, rejected.reason_code) == (1, "UNKNOWN_VALUE")
    assert rejected.reason.startswith("Line 1: `kind` is `barter`")


def test_a_shop_order_with_its_line() -> None:
    parsed = read_orders(orders(), "orders-0001.json")
    row = the_row(parsed, "shop__orders")
    assert (row["id"], row["customer_id"], row["cancelled_at"]) == ("10001", "7", None)
    line = the_row(parsed, "shop__order_lines")
    assert (line["order_id"], line["line"], line["quantity"], line["price"]) == ("10001", "1", "2", "50.00")
    assert (parsed.amount_sum, parsed.currency_code) == (Decimal("119.00"), "EUR")


def test_orders_of_two_currencies_have_a_control_total_without_currency() -> None:
    parsed = read_orders(orders(an_order(1), an_order(2, currency="GBP")), "orders-0001.json")
    assert (parsed.amount_sum, parsed.currency_code) == (Decimal("238.00"), None)


def test_the_shops_lists() -> None:
    prices = read_price_list(b'sku,title,currency,price\nS-1,"Valve, small",EUR,10.50\n', "price_list.csv")
    assert the_row(prices, "shop__price_list")["title"] == "Valve, small"
    stock = read_stock(b"\xef\xbb\xbfsku,warehouse,on_hand\r\nS-1,BER,-3\r\n", "stock.csv")
    assert the_row(stock, "shop__stock") == {"sku": "S-1", "warehouse": "BER", "on_hand": "-3"}
    cost = read_product_cost(b"sku,currency,cost,valid_from\nS-1,EUR,4.2,2026-01-01\n", "product_cost.csv")
    assert the_row(cost, "shop__product_cost")["cost"] == "4.2"


def test_a_quickbooks_customer() -> None:
    customer = {
        "Id": "12",
        "MetaData": {"LastUpdatedTime": "2026-03-02T10:00:00+01:00"},
        "DisplayName": "Kunde GmbH",
        "PrimaryEmailAddr": {"Address": "ap@kunde.example"},
        "BillAddr": {"City": "Köln", "Country": "DE"},
        "CurrencyRef": {"value": "EUR"},
        "Active": True,
        "ParentRef": None,
    }
    parsed = read_customers(query_response("Customer", customer), "meu-customers-0001.json")
    row = the_row(parsed, "quickbooks__customers")
    assert (row["realm"], row["email"], row["city"], row["active"]) == ("meu", "ap@kunde.example", "Köln", "true")
    assert parsed.unread_fields == []


def test_a_quickbooks_invoice_without_its_sub_total() -> None:
    parsed = read_invoices(query_response("Invoice", an_invoice()), "meu-invoices-0001.json")
    row = the_row(parsed, "quickbooks__invoices")
    assert (row["total_amt"], row["total_tax"], row["po_number"]) == ("119.00", "19.00", None)
    assert row["billing_reference"] == "order|SO-10001|SHP-1|goods"
    line = the_row(parsed, "quickbooks__invoice_lines")
    assert (line["realm"], line["invoice_id"], line["amount"], line["tax_code"]) == ("meu", "501", "100.00", "DE19")


def test_a_quickbooks_invoice_with_a_line_we_cannot_sign_is_kept_out() -> None:
    discounted = an_invoice(Line=[{"Id": "1", "Amount": Number("5.00"), "DetailType": "DiscountLineDetail"}])
    parsed = read_invoices(query_response("Invoice", discounted), "meu-invoices-0001.json")
    assert parsed.row_count == 0
    assert "DiscountLineDetail" in parsed.rejected[0].reason


def a_payment(**overrides: Any) -> dict[str, Any]:
    payment = {
        "Id": "801",
        "MetaData": {"LastUpdatedTime": "2026-03-02T10:00:00+01:00"},
        "TxnDate": "2026-03-02",
        "TotalAmt": Number("150.00"),
        "UnappliedAmt": Number("0"),
        "CurrencyRef": {"value": "EUR"},
        "PaymentRefNum": "",
        "Line": [
            {"Amount": Number("100.00"), "LinkedTxn": [{"TxnId": "501", "TxnType": "Invoice"}]},
            {"Amount": Number("50.00"), "LinkedTxn": [{"TxnId": "502", "TxnType": "Invoice"}]},
        ],
    }
    return payment | overrides


def test_a_quickbooks_payment_with_the_documents_it_settles() -> None:
    parsed = read_payments(query_response("Payment", a_payment()), "meu-payments-0001.json")
    assert the_row(parsed, "quickbooks__payments")["payment_ref_num"] is None
    lines = parsed.rows["quickbooks__payment_lines"]
    found = [(line["line_num"], line["amount"], line["linked_txn_id"]) for line in lines]
    assert found == [("1", "100.00", "501"), ("2", "50.00", "502")]


def test_a_payment_line_that_shares_one_amount_among_documents_is_kept_out() -> None:
    shared = [{"Amount": Number("1"), "LinkedTxn": [{"TxnId": "1"}, {"TxnId": "2"}]}]
    parsed = read_payments(query_response("Payment", a_payment(Line=shared)), "meu-payments-0001.json")
    assert parsed.row_count == 0
    assert "how it is shared is not said" in parsed.rejected[0].reason


def test_a_quickbooks_credit_memo_names_the_invoice_it_credits() -> None:
    memo = an_invoice("601", LinkedTxn=[{"TxnId": "501", "TxnType": "Invoice"}], PrivateNote="damaged")
    parsed = read_credit_memos(query_response("CreditMemo", memo), "meu-creditmemos-0001.json")
    row = the_row(parsed, "quickbooks__credit_memos")
    assert (row["linked_invoice_id"], row["private_note"]) == ("501", "damaged")
    assert the_row(parsed, "quickbooks__credit_memo_lines")["credit_memo_id"] == "601"


def test_a_quickbooks_page_without_records_is_empty() -> None:
    assert read_payments(as_json({"QueryResponse": {}}), "meu-payments-0001.json").row_count == 0


def test_a_quickbooks_trial_balance() -> None:
    accounts = [
        {"ColData": [{"value": "1200 Accounts receivable", "id": "1200"}, {"value": "900.10"}, {"value": ""}]},
        {"Summary": {"ColData": [{"value": "TOTAL"}, {"value": "900.10"}, {"value": ""}]}, "type": "Section"},
    ]
    report = {
        "Header": {"ReportName": "TrialBalance", "EndPeriod": "2026-03-02", "Currency": "EUR"},
        "Rows": {"Row": accounts},
    }
    row = the_row(read_trial_balance(as_json(report), "meu-trialbalance-EUR.json"), "quickbooks__trial_balance")
    assert (row["realm"], row["currency"], row["end_period"]) == ("meu", "EUR", "2026-03-02")
    assert (row["account_number"], row["debit"], row["credit"]) == ("1200", "900.10", None)


def test_a_shipment_with_its_items() -> None:
    item = {"lineItemKey": "1", "sku": "S-1", "quantity": Number("2")}
    shipment = {"shipmentId": Number("33"), "orderNumber": "SO-1", "shipDate": "2026-03-02", "voided": False}
    parsed = read_shipments(as_json({"shipments": [shipment | {"shipmentItems": [item]}]}), "shipments-0001.json")
    assert the_row(parsed, "shipstation__shipments")["voided"] == "false"
    assert the_row(parsed, "shipstation__shipment_items")["shipment_id"] == "33"


def test_an_activation_of_a_service() -> None:
    task = {
        "gid": "7", "agreement_id": "CT-1", "agreement_line": Number("4"), "milestone_id": "A1", "completed": False,
        "quantity": "40", "provisioned_at": "2026-03-04T15:00:00Z", "modified_at": "2026-03-04T15:00:01Z",
    }  # fmt: skip
    row = the_row(read_milestones(as_json({"tasks": [task]}), "milestones-0001.json"), "projects__milestones")
    assert (row["quantity"], row["provisioned_at"]) == ("40", "2026-03-04T15:00:00Z")
    assert row["modified_at"] == "2026-03-04T15:00:01Z"


def test_a_milestone() -> None:
    task = {"gid": "1", "agreement_id": "CT-1", "agreement_line": Number("2"), "milestone_id": "M1", "completed": True}
    row = the_row(read_milestones(as_json({"tasks": [task]}), "milestones-0001.json"), "projects__milestones")
    assert (row["agreement_line"], row["completed"], row["completed_at"]) == ("2", "true", None)


def test_equal_usage_events_are_two() -> None:
    assert read_events(usage(an_event(), an_event()), "usage-2026-03-02.csv").row_count == 2


def test_a_usage_line_of_the_wrong_length_is_kept_out_and_numbered() -> None:
    parsed = read_events(usage(an_event("E-1"), "E-2,CT-1001", an_event("E-3")), "usage-2026-03-02.csv")
    assert [row["event_id"] for row in parsed.rows["usage__events"]] == ["E-1", "E-3"]
    (rejected,) = parsed.rejected
    assert (rejected.row_number, rejected.reason_code) == (2, "WRONG_COLUMN_COUNT")


def test_messages() -> None:
    dispute = {"dispute_id": "D1", "document_number": "RE1", "opened_at": "2026-03-02T08:00:00Z", "status": "open"}
    row = the_row(read_disputes(as_json({"disputes": [dispute]}), "disputes-0001.json"), "messages__disputes")
    assert row["resolved_at"] is None
    answer = {"response_id": "R1", "document_number": "RE1", "status": "refused_by_buyer", "field": "po_number"}
    answer["responded_at"] = "2026-03-02T08:00:00Z"
    row = the_row(read_rejections(as_json({"responses": [answer]}), "rejections-0001.json"), "messages__rejections")
    assert (row["status"], row["field"]) == ("refused_by_buyer", "po_number")
    lines = [{"line": Number("1"), "document_number": "RE1", "amount": "119.00"}]
    remittance = {"message_id": "M1", "sent_at": "2026-03-02T08:00:00Z", "currency": "EUR", "total": "119.00"}
    parsed = read_remittances(as_json({"remittances": [remittance | {"lines": lines}]}), "remittances-0001.json")
    assert the_row(parsed, "messages__remittances")["total"] == "119.00"
    assert the_row(parsed, "messages__remittance_lines")["message_id"] == "M1"


def test_exchange_rates_are_units_for_one_euro() -> None:
    parsed = read_exchange_rates(rates(), "eurofxref-2026-03-02.xml")
    found = [
        (row["rate_date"], row["base_currency"], row["quote_currency"], row["rate"])
        for row in parsed.rows["rates__exchange_rates"]
    ]
    assert found == [("2026-03-02", "EUR", "USD", "1.0823"), ("2026-03-02", "EUR", "GBP", "0.8421")]


@pytest.mark.parametrize(
    ("written", "stands"),
    [("1e2", "100"), ("1.5E1", "15"), ("-0.10", "-0.10"), ("7.1000000", "7.1000000")],
    ids=["a small exponent", "an exponent with decimals", "a negative amount", "zeros that change nothing"],
)
def test_amounts_that_are_exact_are_kept(written: str, stands: str) -> None:
    parsed = read_orders(orders(an_order(total_price=Number(written))), "orders-0001.json")
    assert the_row(parsed, "shop__orders")["total_price"] == stands


@pytest.mark.parametrize(
    ("overrides", "reason_code"),
    [
        ({"total_price": "12,50"}, "AMOUNT_NOT_A_NUMBER"),
        ({"total_price": "1.234.567,00"}, "AMOUNT_NOT_A_NUMBER"),
        ({"total_price": "12.3456"}, "AMOUNT_NOT_A_NUMBER"),
        ({"total_price": "1e99"}, "AMOUNT_NOT_A_NUMBER"),
        ({"total_price": "٣"}, "AMOUNT_NOT_A_NUMBER"),
        ({"total_price": None}, "MISSING_VALUE"),
        ({"total_price": {"amount": "1"}}, "WRONG_TYPE"),
        ({"currency": "euro"}, "UNKNOWN_CURRENCY"),
        ({"created_at": "02.03.2026"}, "NOT_A_DATE"),
        ({"created_at": "2026-02-30T00:00:00Z"}, "NOT_A_DATE"),
        ({"po_number": "9" * 200_000}, "VALUE_TOO_LONG"),
        ({"customer": "Kunde GmbH"}, "WRONG_TYPE"),
        ({"line_items": "none"}, "WRONG_TYPE"),
        ({"line_items": [a_line(quantity="two")]}, "AMOUNT_NOT_A_NUMBER"),
    ],
    ids=[
        "decimal comma", "thousands", "four decimals", "absurd exponent", "digits of another script", "missing",
        "an object", "currency name", "another date format", "30 February", "endless text", "text for an object",
        "text for a list", "a bad line",
    ],
)  # fmt: skip
def test_a_bad_value_keeps_its_record_out_and_no_other(overrides: dict[str, Any], reason_code: str) -> None:
    parsed = read_orders(orders(an_order(1, **overrides), an_order(2)), "orders-0001.json")
    assert [row["name"] for row in parsed.rows["shop__orders"]] == ["SO-2"]
    assert [(row.row_number, row.reason_code) for row in parsed.rejected] == [(1, reason_code)]


def test_an_accounting_file_without_realm_is_quarantined() -> None:
    with pytest.raises(QuarantineError, match="realm"):
        read_customers(query_response("Customer"), "-customers-0001.json")


def test_every_shape_fills_exactly_the_columns_of_its_raw_table() -> None:
    columns = {spec.name: set(spec.columns) - set(PROVENANCE) for spec in SOURCE_TABLES}
    for shape, inherited in _all_shapes():
        assert {one.column for one in shape.fields} | inherited == columns[shape.table], shape.table


def _all_shapes() -> list[tuple[Shape, set[str]]]:
    from assets.extract import (
        agreements,
        einvoicing,
        exchange_rates,
        hubspot,
        messages,
        nfe,
        projects,
        quickbooks,
        shipstation,
        shop,
    )
    from assets.extract import usage as usage_module

    json_modules = [agreements, hubspot, messages, projects, quickbooks, shipstation, shop]
    modules = [*json_modules, einvoicing, exchange_rates, nfe, usage_module]
    found: list[tuple[Shape, set[str]]] = []
    nested: list[Children] = []
    for module in modules:
        named = [value for value in vars(module).values() if isinstance(value, Shape)]
        nested.extend(children for shape in named for children in shape.children)
        below = {id(children.shape) for shape in named for children in shape.children}
        for shape in named:
            if id(shape) not in below:
                constants = {"realm"} if module is quickbooks else set()
                report = {"currency", "end_period"} if shape.table == "quickbooks__trial_balance" else set()
                found.append((shape, constants | report))
    return found + [(children.shape, set(children.inherited)) for children in nested]


def test_each_file_name_has_one_reader() -> None:
    assert reader_for(READERS, "shop", "orders-0001.json") == ("orders", read_orders)
    assert reader_for(READERS, "shop", "orders-0001.xml") is None
    assert reader_for(READERS, "elsewhere", "orders-0001.json") is None
