"""A draft that would be sent back does not go out: it names the field upstream, and goes out once that is put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from assets.invoicing.decide import draft_charges, invoicing_findings
from assets.invoicing.drafting import tax_code_of
from assets.invoicing.policy import InvoicingPolicy
from assets.invoicing.preflight import is_tax_id_valid
from assets.invoicing.tracing import Trace, trace_rejection
from assets.ledger.day import Fact
from assets.ledger.disputes import Rejection
from tests.close.builders import (
    a_contract_line,
    a_customer,
    a_frame_agreement,
    a_milestone,
    a_policy,
    a_shipment,
    an_invoice,
    an_order,
    an_order_line,
    day,
)
from tests.invoicing.test_recurring import decide, learn
from tests.ledger.test_day import a_state

POLICY = InvoicingPolicy.from_policy(a_policy())
GOODS: tuple[Fact, ...] = (a_customer(), a_frame_agreement(), an_order(), an_order_line(), a_shipment())


def the_draft(*facts: Fact) -> Mapping[str, Any]:
    [decision] = draft_charges(a_state(*facts), POLICY, business_date=day(5))
    return decision.payload


def upstream(payload: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(f["reason_code"], f["upstream_system"], f["upstream_field"]) for f in payload["failures"]]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (GOODS, []),
        ((*GOODS, a_customer(billing_email=None)), ("BILLING_CONTACT_UNDELIVERABLE", "hubspot", "billing_email")),
        (
            (*GOODS, a_customer(is_billing_email_valid=False)),
            ("BILLING_CONTACT_UNDELIVERABLE", "hubspot", "billing_email"),
        ),
        ((*GOODS, a_customer(tax_id="12-345")), ("CUSTOMER_TAX_ID_INVALID", "quickbooks", "PrimaryTaxIdentifier")),
        ((*GOODS, a_customer(postal_code=None)), ("CUSTOMER_ADDRESS_INCOMPLETE", "quickbooks", "BillAddr")),
        ((*GOODS, an_order(terms_code="NET90")), ("TERMS_DIFFER_FROM_AGREEMENT", "shop", "payment_terms")),
        (
            (*GOODS, a_frame_agreement(agreed_prices=(("SKU-1", Decimal("9.50")),))),
            ("PRICE_DIFFERS_FROM_AGREEMENT", "shop", "line_items.price"),
        ),
        ((*GOODS, an_order(currency_code="XXX")), ("CURRENCY_UNKNOWN", "shop", "currency")),
        ((*GOODS, a_shipment(quantity=Decimal(-3))), ("QUANTITY_NOT_POSITIVE", "shipstation", "quantity")),
        (
            (*GOODS, an_order_line(unit_price=Decimal(10) ** 12)),
            ("DRAFT_AMOUNT_OUT_OF_RANGE", "shop", "line_items.price"),
        ),
        (
            (*GOODS, an_order_line(unit_price=Decimal(10) ** 17), a_shipment(quantity=Decimal(10) ** 17)),
            ("DRAFT_AMOUNT_OUT_OF_RANGE", "shop", "line_items.price"),
        ),
        (
            (a_customer(), a_contract_line("milestone", required_attachments=("timesheet",)), a_milestone()),
            ("DRAFT_ATTACHMENT_MISSING", "projects", "attachments"),
        ),
        (
            (a_customer(), a_contract_line(purchase_order_number="PO-1", purchase_order_valid_until=day(2))),
            ("PURCHASE_ORDER_CLOSED", "contracts", "po_valid_until"),
        ),
        (
            (a_customer(entity="MEU"), a_contract_line(entity="MEU", tax_code="EURC")),
            ("CUSTOMER_TAX_ID_INVALID", "quickbooks", "PrimaryTaxIdentifier"),
        ),
        ((a_customer(), a_contract_line(tax_code="XX")), ("TAX_CODE_UNKNOWN", "contracts", "tax_code")),
    ],
    ids=[
        "nothing", "no address for mail", "mail comes back", "tax id too short", "no postal code", "other terms",
        "not the agreed price", "unknown currency", "negative quantity", "a price of 10^12", "beyond all digits",
        "attachment missing", "purchase order run out", "reverse charge without tax id", "no rate",
    ],
)  # fmt: skip
def test_what_stops_a_draft_names_the_field_upstream(facts: tuple[Fact, ...], expected: Any) -> None:
    latest = {(type(fact), getattr(fact, "contract_id", None)): fact for fact in facts}
    assert upstream(the_draft(*latest.values()))[:1] == ([expected] if expected else [])


def test_every_check_that_fails_is_told() -> None:
    facts = [a_customer(postal_code=None, billing_email=None), *GOODS[1:]]
    assert [f["reason_code"] for f in the_draft(*facts)["failures"]] == [
        "BILLING_CONTACT_UNDELIVERABLE",
        "CUSTOMER_ADDRESS_INCOMPLETE",
    ]


def test_a_draft_goes_out_once_its_field_is_put_right_and_is_stopped_when_it_breaks() -> None:
    state = a_state(*GOODS[1:], a_customer(postal_code=None))
    [blocked] = decide(state, day(4))
    [finding] = invoicing_findings(state)
    assert (finding.subject_kind, finding.upstream_system, finding.upstream_field) == (
        "customer",
        "quickbooks",
        "BillAddr",
    )
    learn(state, a_customer())
    [created] = decide(state, day(5))
    learn(state, a_customer(is_billing_email_valid=False))
    withdrawn, again = decide(state, day(6))
    assert [d.kind for d in (blocked, created, withdrawn, again)] == [
        "draft_blocked",
        "draft_created",
        "draft_withdrawn",
        "draft_blocked",
    ]


def test_a_waiting_draft_is_stopped_on_the_day_after_its_purchase_order_ran_out() -> None:
    line = a_contract_line(purchase_order_number="PO-1", purchase_order_valid_until=day(3))
    state = a_state(a_customer(), line)
    assert [d.kind for d in decide(state, day(3))] == ["draft_created"]
    state.begin(day(4))
    assert [d.reason_code for d in decide(state, day(4))] == ["BASIS_CHANGED", "PURCHASE_ORDER_CLOSED"]


@pytest.mark.parametrize("name", ["<b>Acme</b> & 'Söhne'", "Acme\u202egnidarT", "Acme\x00\x07 Trading", "=1+1"])
def test_hostile_names_change_no_total(name: str) -> None:
    draft = the_draft(replace(GOODS[0], customer_name=name), *GOODS[1:3], an_order_line(description=name), GOODS[4])  # type: ignore[type-var]
    assert (draft["failures"], draft["total_amount"]) == ([], "100.00")


@pytest.mark.parametrize(
    ("country", "tax_id", "is_valid"),
    [
        ("DE", "DE136695976", True),
        ("DE", "DE136695977", False),
        ("FR", "FR40303265045", True),
        ("US", "12-3456789", True),
        ("US", "12345", False),
        ("ZZ", "anything", True),
    ],
)
def test_tax_ids_are_checked_by_their_country(country: str, tax_id: str, is_valid: bool) -> None:
    assert is_tax_id_valid(country, tax_id) is is_valid


@pytest.mark.parametrize(
    ("entity", "country", "tax_code"),
    [("MEU", "DE", "DE19"), ("MEU", "FR", "EU0"), ("MEU", "GB", "GB0"), ("MEU", "BR", "EX0"), ("MUS", "US", "US0"),
     ("MEU", None, None)],
)  # fmt: skip
def test_a_sale_without_tax_code_is_taxed_by_entity_and_country(
    entity: str, country: str | None, tax_code: str | None
) -> None:
    assert tax_code_of(entity, country, POLICY) == tax_code


def a_rejection(reason_code: str) -> Rejection:
    return Rejection("r1", "RE-1", "refused_by_buyer", reason_code, "purchase_order_number", day(9))


def test_a_rejection_that_a_check_had_foreseen_is_traced_to_the_field_of_the_check() -> None:
    facts = [a_customer(entity="MEU"), a_frame_agreement(entity="MEU"), an_order(entity="MEU", terms_code="NET90")]
    state = a_state(*facts, an_order_line(), a_shipment())
    decide(state, day(4))
    document = an_invoice("RE-1", billing_key="order|SO-1|SHP-1|goods")
    assert trace_rejection(document, a_rejection("TERMS_DIFFER"), state, POLICY) == Trace(
        "shop", "payment_terms", "TERMS_AGREE"
    )


def test_what_only_accounting_has_wrong_is_traced_to_accounting() -> None:
    line = a_contract_line(entity="MEU", purchase_order_number="PO-1", tax_code="GB0")
    state = a_state(a_customer(entity="MEU"), line)
    decide(state, day(4))
    document = an_invoice("RE-1", "900.00", billing_key="contract|CT-1|1|2026-03-01|retainer")
    trace = trace_rejection(document, a_rejection("MISSING_PO"), state, POLICY)
    assert (trace.upstream_system, trace.upstream_field) == ("quickbooks", "PONumber")
    carries_it = replace(document, purchase_order_number="PO-1")
    trace = trace_rejection(carries_it, a_rejection("WRONG_PO"), state, POLICY)
    assert (trace.upstream_system, trace.upstream_field) == ("contracts", "po_number")


def test_a_purchase_order_that_came_after_the_invoice_is_traced_to_its_order_and_unknown_terms_to_no_slip() -> None:
    state = a_state(a_customer(entity="MEU"), a_frame_agreement(entity="MEU"), an_order_line(), a_shipment())
    learn(state, an_order(entity="MEU", purchase_order_number="PO-1", known=5))
    decide(state, day(5))
    document = an_invoice("RE-1", billing_key="order|SO-1|SHP-1|goods", document_date=day(4))
    trace = trace_rejection(document, a_rejection("MISSING_PO"), state, POLICY)
    assert (trace.upstream_system, trace.upstream_field) == ("shop", "po_number")
    waiting = a_state(a_customer(entity="MEU"), an_order(entity="MEU"), an_order_line(), a_shipment())
    waiting.knows_agreements = True
    decide(waiting, day(4))
    trace = trace_rejection(document, a_rejection("TERMS_DIFFER"), waiting, POLICY)
    assert (trace.upstream_system, trace.upstream_field) == ("shop", "payment_terms")
