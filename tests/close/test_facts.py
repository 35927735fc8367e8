"""Facts are read from tables exactly, each version on the day it became known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from assets.close.facts import INPUT_TABLES, Facts, load_facts
from assets.ledger.contracts import Agreement, ContractLine, Tier
from assets.ledger.day import Fact
from assets.ledger.deals import Deal, DealLine
from assets.ledger.documents import Document
from assets.ledger.errors import PermanentError
from assets.ledger.fulfilment import Milestone
from assets.ledger.parties import Customer
from assets.ledger.receipts import Receipt
from assets.ledger.remittances import RemittanceLine
from assets.platform.policy import load_policy
from assets.platform.warehouse import Warehouse
from assets.platform.window import RunWindow
from tests.close.builders import a_customer, a_receipt, an_invoice, an_order, day, entities

# Each table as its model makes it, with one row of what matters here; numbers are exact, dates are dates.
TABLES = {
    "policy.tolerances": "select 'X' as tolerance_code, 1.50::decimal(18,3) as threshold",
    "policy.bank_accounts": "select 'A1' as bank_account, 'MUS' as legal_entity_id",
    "marts.dim_legal_entities": """
        select 'MUS' as legal_entity_id, 'Meridian US Inc' as legal_entity_name, 'US' as country_code,
            'USD' as currency_code, 'UTC' as time_zone, 'openitem' as invoicing_mode, 'MUS' as number_series
        union all select 'SHOP', 'SHOP', null, 'GBP', 'UTC', 'accounting', null""",
    "intermediate.int_customer_identities": """
        select 'quickbooks' as source_system, 'mus:1' as source_customer_id, 'k1' as customer_key,
            date '2026-03-04' as known_date
        union all select 'contracts', 'CT-1', 'k2', date '2026-03-05'""",
    "intermediate.int_customer_versions": """
        select 'k2' as customer_key, 'mus:2' as master_customer_id, 'Acme' as customer_name, 'MUS' as legal_entity_id,
            'USD' as currency_code, 'mus:1' as parent_accounting_customer_id, 'US' as country_code,
            '1 Main St' as address_line, 'Salem' as city, '97301' as postal_code, null as tax_id,
            'ap@acme.example' as billing_email, true as is_billing_email_valid, 'NET15' as terms_code,
            'de' as language_code,
            null::decimal(18,3) as credit_limit_amount, true as is_active,
            date '2026-03-01' as known_date, null::date as superseded_date""",
    "marts.dim_payer_accounts": """
        select 'ACC' as payer_account, 'k2' as customer_key, 'own' as account_kind, date '2026-03-01' as known_date""",
    "staging.stg_contracts__agreements": """
        select 'CT-1' as contract_id, 1 as contract_version, 'MUS' as legal_entity_id, 'NET15' as terms_code,
            null as purchase_order_number, false as is_purchase_order_required, 'US0' as tax_code,
            500.000::decimal(18,3) as credit_limit_amount, null::date as purchase_order_valid_until,
            date '2026-03-02' as known_date""",
    "staging.stg_contracts__agreement_lines": """
        select 'CT-9' as contract_id, 1 as contract_version, 1 as contract_line_number, 'usage' as contract_kind,
            null as product_id, null::decimal(28,10) as unit_price
        union all select 'CT-1', 1, 1, 'price', 'SKU-1', 9.5""",
    "intermediate.int_contract_versions": """
        select 'CT-9' as contract_id, 1 as contract_line_number, 1 as version, 'k2' as customer_key,
            'MUS' as legal_entity_id, 'usage' as contract_kind, 'Calls' as description, 'USD' as currency_code,
            null::decimal(18,3) as period_amount, 0.0125::decimal(28,10) as unit_price,
            1000::decimal(28,10) as included_quantity, null as billing_frequency, false as is_billed_in_advance,
            'calls' as metric, null as anchor, 2.5::decimal(28,10) as discount_percent, '100:0.02;:0.01' as tiers,
            null::decimal(28,10) as threshold_quantity, null::decimal(18,3) as minimum_amount,
            null::decimal(18,3) as commitment_amount, 'timesheet' as required_attachments,
            'accepted' as milestone_billed_when, 'ROUTE-1' as buyer_reference,
            null as purchase_order_number, null::date as purchase_order_valid_until,
            false as is_purchase_order_required, null::date as effective_date,
            'NET15' as terms_code, 'US0' as tax_code, date '2026-03-01' as start_date, null::date as end_date,
            date '2026-03-01' as known_date""",
    "intermediate.int_order_versions": """
        select 'o1' as order_key, 'SO-1' as order_number, version_number, 'shop' as source_system, 'k2' as customer_key,
            'MUS' as legal_entity_id, 'USD' as currency_code, date '2026-03-01' as order_date,
            case version_number when 2 then 'PO-1' end as purchase_order_number, false as is_purchase_order_required,
            'NET15' as terms_code, 'NET15' as agreed_terms_code, 'US0' as tax_code, 'ap@acme.example' as bill_to_email,
            10.000::decimal(18,3) as net_amount, 0.000::decimal(18,3) as tax_amount,
            10.000::decimal(18,3) as total_amount, false as is_cancelled,
            date '2026-03-01' + version_number::integer as known_date
        from range(1, 3) as versions(version_number)""",
    "intermediate.int_order_line_versions": """
        select 'o1' as order_key, 'SO-1' as order_number, 1 as line_number, 'SKU' as product_id, 'Valve' as description,
            1::decimal(28,10) as quantity, 10::decimal(28,10) as unit_price, 10.000::decimal(18,3) as net_amount,
            false as is_removed, date '2026-03-02' as known_date""",
    "marts.fct_fulfilments": """
        select 'SHP-1' as shipment_number, 'o1' as order_key, 'SO-1' as order_number, 1 as line_number,
            1::decimal(28,10) as quantity, timestamp '2026-03-02 12:00:00' as shipped_at, true as is_voided,
            date '2026-03-06' as voided_known_date, date '2026-03-03' as known_date""",
    "intermediate.int_deal_versions": """
        select 'D1' as deal_id, version_number, 'k2' as customer_key, 'MUS' as legal_entity_id, 'USD' as currency_code,
            'Pumps' as deal_name, null as contract_id, 'PO-1' as purchase_order_number, 'NET15' as terms_code,
            10.000::decimal(18,3) as amount, version_number = 2 as is_won,
            case version_number when 2 then timestamp '2026-03-03 12:00:00' end as won_at,
            timestamp '2026-03-01 12:00:00' + to_days(version_number::integer) as changed_at,
            date '2026-03-02' + version_number::integer as known_date
        from range(1, 3) as versions(version_number)""",
    "staging.stg_hubspot__line_items": """
        select 'L' || item as line_item_id, case item when 1 then 'D1' end as deal_id, 'SKU' as product_id,
            'Valve' as product_name, 1::decimal(28,10) as quantity, 10::decimal(28,10) as unit_price,
            timestamp '2026-03-03 12:00:00' as changed_at, date '2026-03-04' as known_date
        from range(1, 3) as items(item)""",
    "staging.stg_projects__milestones": """
        select '1' as task_id, version_number, 'M1' as milestone_id, 'CT-9' as contract_id, 2 as contract_line_number,
            case version_number when 1 then 'ann' end as accepted_by,
            'Go-live' as milestone_name, version_number = 1 as is_completed, 'timesheet;photo' as attachments,
            case version_number when 1 then timestamp '2026-03-02 12:00:00' end as completed_at,
            null::timestamp as provisioned_at, null::decimal(28,10) as quantity, null::timestamp as changed_at,
            date '2026-03-02' + version_number::integer as known_date
        from range(1, 3) as versions(version_number)""",
    "marts.fct_usage_events": """
        select 'e1' as usage_event_key, 'CT-9' as contract_id, 1 as contract_line_number,
            1.5::decimal(28,10) as quantity, date '2026-03-02' as occurred_date, date '2026-03-03' as known_date""",
    "intermediate.int_documents_from_sources": """
        select 'd' || is_echo::varchar as document_key, 'RE-1' as document_number, 'invoice' as document_type,
            'quickbooks' as source_system, 'MUS' as legal_entity_id, 'k2' as customer_key, 'USD' as currency_code,
            date '2026-03-01' as document_date, date '2026-03-31' as due_date, 10.000::decimal(18,3) as total_amount,
            10.000::decimal(18,3) as net_amount, 0.000::decimal(18,3) as tax_amount, date '2026-03-02' as known_date,
            null as billing_key, null as order_number, null as purchase_order_number, 'NET30' as terms_code,
            null as credits_document_key, true as is_cancelled, date '2026-03-07' as cancelled_known_date, is_echo
        from (values (true), (false)) as echoes(is_echo)""",
    "marts.fct_receipts": """
        select 'r1' as receipt_key, 'A1/1/1' as receipt_id, 'MUS' as legal_entity_id, 'A1' as bank_account,
            date '2026-03-02' as value_date, 'USD' as currency_code, 10.010::decimal(18,3) as receipt_amount,
            'ACME' as payer_name, null as payer_account, null as credited_account, null as end_to_end_id,
            'RE-1' as remittance_text,
            null as customer_key, false as is_unbanked, true as is_returned, date '2026-03-08' as returned_known_date,
            date '2026-03-03' as known_date""",
    "marts.fct_source_applications": """
        select 'a1' as application_key, 'r1' as receipt_key, 'dfalse' as document_key,
            10.000::decimal(18,3) as applied_amount, date '2026-03-03' as known_date""",
    "marts.fct_remittance_lines": """
        select 'l1' as remittance_line_key, 'message' as source, null as receipt_key, 'm1' as message_id,
            1 as line_number, 'ACME' as payer_name, null as payer_email, null as payment_reference,
            'RE-1' as document_number, 10.000::decimal(18,3) as amount, 'USD' as currency_code,
            'goods damaged' as deduction_reason, date '2026-03-02' as sent_date, date '2026-03-03' as known_date""",
    "staging.stg_bank__statements": """
        select 'A1' as bank_account, date '2026-03-02' as to_date, date '2026-03-03' as known_date""",
    "marts.fct_disputes": """
        select 'x1' as dispute_key, 'D1' as dispute_id, 'RE-1' as document_number, 'k2' as customer_key,
            'price' as reason_code, null::decimal(18,3) as disputed_amount, 'USD' as currency_code,
            date '2026-03-02' as opened_date, date '2026-03-03' as known_date, null::date as resolved_known_date,
            null::date as document_date, 'ap@acme.example' as customer_email,
            null::varchar as legal_entity_id""",
    "marts.fct_invoice_rejections": """
        select 'j1' as rejection_key, 'RE-1' as document_number, 'refused_by_buyer' as rejection_status,
            'REF' as reason_code, 'po_number' as field_name, date '2026-03-30' as known_date,
            date '2026-03-02' as document_date, date '2026-03-29' as responded_date,
            'MEU' as legal_entity_id""",
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("facts") / "warehouse.duckdb")
    with made.connect():
        for schema in sorted({name.split(".")[0] for name in TABLES}):
            made.execute(f"create schema {schema}")
        for name, query in TABLES.items():
            made.execute(f"create table {name} as {query}")
    return made


def learned(facts: Facts, kind: type) -> list[Fact]:
    return [fact for by_day in facts.by_day.values() for fact in by_day if isinstance(fact, kind)]


def test_every_table_the_walk_depends_on_is_read_here() -> None:
    assert set(INPUT_TABLES) == {name for name in TABLES if not name.startswith("policy.")}


def test_a_document_is_live_until_the_day_its_cancellation_became_known_and_an_echo_is_none(
    warehouse: Warehouse,
) -> None:
    facts = load_facts(warehouse, RunWindow(day(1), day(20)))
    story = [(d.known_date, d.is_cancelled) for d in learned(facts, Document) if isinstance(d, Document)]
    assert story == [(day(2), False), (day(7), True)]


def test_a_receipt_is_exact_and_returned_on_the_day_that_became_known(warehouse: Warehouse) -> None:
    facts = load_facts(warehouse, RunWindow(day(1), day(20)))
    story = [(r.known_date, r.amount_minor, r.is_returned) for r in learned(facts, Receipt) if isinstance(r, Receipt)]
    assert story == [(day(3), 1001, False), (day(8), 1001, True)]


def test_the_reason_of_a_remittance_line_is_learned_with_it(warehouse: Warehouse) -> None:
    [line] = learned(load_facts(warehouse, RunWindow(day(1), day(20))), RemittanceLine)
    assert isinstance(line, RemittanceLine)
    assert (line.document_number, line.deduction_reason) == ("RE-1", "goods damaged")


def test_an_agreement_counts_from_the_day_its_customer_is_known(warehouse: Warehouse) -> None:
    [agreement] = learned(load_facts(warehouse, RunWindow(day(1), day(20))), Agreement)
    assert isinstance(agreement, Agreement)
    assert (agreement.known_date, agreement.customer_key, agreement.has_lines) == (day(5), "k2", False)
    assert agreement.credit_limit_amount == Decimal("500.000")


def test_a_subsidiary_belongs_to_its_family_from_the_day_its_parent_is_known(warehouse: Warehouse) -> None:
    facts = load_facts(warehouse, RunWindow(day(1), day(20)))
    story = [(c.known_date, c.family_key) for c in learned(facts, Customer) if isinstance(c, Customer)]
    assert story == [(day(1), None), (day(4), "k1")]


def test_a_deal_is_won_from_the_day_that_became_known_with_the_line_items_that_name_it(warehouse: Warehouse) -> None:
    facts = load_facts(warehouse, RunWindow(day(1), day(20)))
    story = [
        (d.known_date, d.is_won, d.won_at and d.won_at.replace(tzinfo=UTC))
        for d in learned(facts, Deal)
        if isinstance(d, Deal)
    ]
    assert story == [(day(3), False, None), (day(4), True, datetime(2026, 3, 3, 12, tzinfo=UTC))]
    [line] = learned(facts, DealLine)
    assert isinstance(line, DealLine)
    assert (line.deal_id, line.line_item_id, line.description) == ("D1", "L1", "Valve")


def test_nothing_is_known_that_became_known_after_the_window(warehouse: Warehouse) -> None:
    facts = load_facts(warehouse, RunWindow(day(1), day(2)))
    assert max(facts.by_day) == day(2)
    assert facts.first_date == day(1)


def test_a_company_that_a_table_brought_is_not_managed_here(warehouse: Warehouse) -> None:
    facts = load_facts(warehouse, RunWindow(day(1), day(2)))
    assert (facts.entities["SHOP"].number_series, facts.entities["SHOP"].issues_here) == ("", False)


def test_policy_is_read_with_exact_numbers(warehouse: Warehouse) -> None:
    assert load_policy(warehouse).row("tolerances", "tolerance_code", "X")["threshold"] == Decimal("1.500")


def test_parties_are_learned_before_what_refers_to_them() -> None:
    facts = Facts.of(entities(), [a_receipt(known=2), an_invoice(known=2), an_order(known=2), a_customer(known=2)])
    assert [type(fact).__name__ for fact in facts.by_day[day(2)]] == ["Customer", "Order", "Document", "Receipt"]


def test_a_fact_without_a_day_is_refused() -> None:
    with pytest.raises(PermanentError, match="became known"):
        Facts.of(entities(), [a_customer(known_date=None)])


def test_days_are_in_order_whatever_order_facts_come_in() -> None:
    facts = Facts.of(entities(), [a_customer(known=9), a_customer("beta", known=2)])
    assert list(facts.by_day) == [date(2026, 3, 2), date(2026, 3, 9)]


def test_what_was_agreed_comes_with_its_prices_tiers_and_attachments(warehouse: Warehouse) -> None:
    facts = load_facts(warehouse, RunWindow(day(1), day(31)))
    [line] = learned(facts, ContractLine)
    [agreement] = learned(facts, Agreement)
    assert isinstance(line, ContractLine)
    assert isinstance(agreement, Agreement)
    assert line.tiers == (Tier(Decimal(100), Decimal("0.02")), Tier(None, Decimal("0.01")))
    assert line.required_attachments == ("timesheet",)
    assert (line.milestone_billed_when, line.buyer_reference) == ("accepted", "ROUTE-1")
    assert (agreement.agreed_prices, agreement.has_lines) == ((("SKU-1", Decimal("9.5")),), False)


def test_a_milestone_that_was_opened_again_is_known_as_both_on_their_days(warehouse: Warehouse) -> None:
    milestones = learned(load_facts(warehouse, RunWindow(day(1), day(31))), Milestone)
    told = [(m.known_date, m.is_completed, str(m.accepted_at)) for m in milestones if isinstance(m, Milestone)]
    assert told == [
        (date(2026, 3, 3), True, "2026-03-02 12:00:00"),
        (date(2026, 3, 4), False, "None"),
    ]
