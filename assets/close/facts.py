"""What other systems say, as facts by the day they became known. The only module of the walk that reads tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger.contracts import Agreement, ContractLine, Tier
from assets.ledger.day import Fact
from assets.ledger.deals import Deal, DealLine
from assets.ledger.disputes import Dispute, Rejection
from assets.ledger.documents import Document
from assets.ledger.errors import PermanentError
from assets.ledger.fulfilment import Milestone, ShipmentLine, UsageEvent
from assets.ledger.money import to_minor
from assets.ledger.orders import Order, OrderLine
from assets.ledger.parties import Customer, LegalEntity, PayerAccount
from assets.ledger.receipts import BankStatement, Receipt, SourceApplication
from assets.ledger.remittances import RemittanceLine
from assets.platform.warehouse import Warehouse
from assets.platform.window import RunWindow

INPUT_TABLES: tuple[str, ...] = (
    "staging.stg_bank__statements",
    "staging.stg_contracts__agreement_lines",
    "staging.stg_contracts__agreements",
    "intermediate.int_customer_identities",
    "intermediate.int_customer_versions",
    "intermediate.int_contract_versions",
    "intermediate.int_order_versions",
    "intermediate.int_documents_from_sources",
    "marts.dim_legal_entities",
    "marts.dim_payer_accounts",
    "intermediate.int_order_line_versions",
    "marts.fct_fulfilments",
    "intermediate.int_deal_versions",
    "staging.stg_hubspot__line_items",
    "staging.stg_projects__milestones",
    "marts.fct_usage_events",
    "marts.fct_receipts",
    "marts.fct_source_applications",
    "marts.fct_remittance_lines",
    "marts.fct_disputes",
    "marts.fct_invoice_rejections",
)

# Facts of one day are learned in this order: parties before what refers to them.
_LEARNED_IN_ORDER: tuple[type, ...] = (
    Customer, PayerAccount, Agreement, ContractLine, Order, OrderLine, Deal, DealLine, ShipmentLine, Milestone,
    UsageEvent, Document, Receipt, SourceApplication, RemittanceLine, Dispute, Rejection, BankStatement,
)  # fmt: skip
_PLACE = {kind: place for place, kind in enumerate(_LEARNED_IN_ORDER)}


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts by the day they became known, and the legal entities they belong to."""

    entities: Mapping[str, LegalEntity]
    by_day: Mapping[date, tuple[Fact, ...]]

    @classmethod
    def of(cls, entities: Mapping[str, LegalEntity], facts: Iterable[Fact]) -> Facts:
        """Return the facts in the one order in which they are learned, whatever order they come in."""
        by_day: dict[date, list[Fact]] = {}
        for fact in facts:
            if fact.known_date is None:
                raise PermanentError(f"Cannot learn `{_natural_key(fact)}`: no day is given on which it became known.")
            by_day.setdefault(fact.known_date, []).append(fact)
        return cls(
            entities, {day: tuple(sorted(learned, key=_order_of_learning)) for day, learned in sorted(by_day.items())}
        )

    @property
    def first_date(self) -> date | None:
        """Return the first day on which anything became known."""
        return next(iter(self.by_day), None)


def _order_of_learning(fact: Fact) -> tuple[int, str]:
    return _PLACE[type(fact)], _natural_key(fact)


def _natural_key(fact: Fact) -> str:
    match fact:
        case Document():
            return f"{fact.document_date} {fact.document_number} {fact.document_key} {fact.is_cancelled}"
        case Receipt():
            return f"{fact.value_date} {fact.receipt_id} {fact.receipt_key} {fact.is_returned}"
        case Agreement():
            return f"{fact.contract_id} {fact.version:09d}"
        case ContractLine():
            return f"{fact.contract_id} {fact.version:09d} {fact.contract_line_number:09d}"
        case OrderLine():
            return f"{fact.order_number} {fact.line_number:09d} {fact.known_date}"
        case Deal():
            return f"{fact.deal_id} {fact.changed_at.isoformat()} {fact.contract_id}"
        case DealLine():
            return f"{fact.deal_id} {fact.line_item_id} {fact.changed_at.isoformat()}"
        case Milestone():
            return f"{fact.milestone_id} {fact.is_completed}"
        case ShipmentLine():
            return f"{fact.shipment_number} {fact.line_number:09d} {fact.is_voided}"
        case _:
            return str(getattr(fact, fields(fact)[0].name))


def load_facts(warehouse: Warehouse, window: RunWindow) -> Facts:
    """Return everything known by the window's end, each version with the day it became known."""
    with warehouse.connect():
        entities = {
            str(row["legal_entity_id"]): LegalEntity(
                **{name: str(row[name] or "") for name in LegalEntity.__dataclass_fields__}
            )
            for row in warehouse.rows("select * from marts.dim_legal_entities order by legal_entity_id")
        }
        facts = [
            fact
            for load in (_parties, _agreements, _orders, _fulfilment, _documents, _cash, _objections)
            for fact in load(warehouse)
            if fact.known_date is not None and fact.known_date <= window.end_date
        ]
    return Facts.of(entities, facts)


def _made(kind: type[Any], rows: Iterable[Mapping[str, Any]]) -> Iterator[Any]:
    names = [field.name for field in fields(kind)]
    for row in rows:
        yield kind(**{name: row[name] for name in names})


def _parties(warehouse: Warehouse) -> Iterator[Fact]:
    """A family counts from the day its parent is known: a version that stands on that day is told of anew."""
    for row in warehouse.rows(
        """
        select
            versions.customer_key,
            versions.master_customer_id as customer_number,
            coalesce(versions.customer_name, versions.master_customer_id) as customer_name,
            coalesce(versions.legal_entity_id, '') as legal_entity_id,
            versions.currency_code,
            families.customer_key as family_key,
            versions.country_code,
            versions.address_line,
            versions.city,
            versions.postal_code,
            versions.tax_id,
            versions.billing_email,
            coalesce(versions.is_billing_email_valid, false) as is_billing_email_valid,
            versions.language_code,
            versions.terms_code,
            versions.credit_limit_amount,
            coalesce(versions.is_active, true) as is_active,
            versions.known_date,
            versions.superseded_date,
            families.known_date as family_known_date
        from intermediate.int_customer_versions as versions
        left join intermediate.int_customer_identities as families
            on families.source_system = 'quickbooks'
            and families.source_customer_id = versions.parent_accounting_customer_id
        """
    ):
        customer = next(_made(Customer, [row]))
        family_date = row["family_known_date"]
        if family_date is None or family_date <= row["known_date"]:
            yield customer
            continue
        yield replace(customer, family_key=None)
        if row["superseded_date"] is None or family_date < row["superseded_date"]:
            yield replace(customer, known_date=family_date)
    yield from _made(PayerAccount, warehouse.rows("select * from marts.dim_payer_accounts"))


def _agreements(warehouse: Warehouse) -> Iterator[Fact]:
    prices: dict[tuple[str, int], list[tuple[str, Decimal]]] = {}
    for row in warehouse.rows(
        """
        select contract_id, contract_version, product_id, unit_price
        from staging.stg_contracts__agreement_lines
        where contract_kind = 'price' and product_id is not null and unit_price is not null
        order by contract_id, contract_version, contract_line_number
        """
    ):
        version = (row["contract_id"], row["contract_version"])
        prices.setdefault(version, []).append((row["product_id"], row["unit_price"]))
    for row in warehouse.rows(
        """
            select
                agreements.contract_id,
                agreements.contract_version as version,
                identities.customer_key,
                agreements.legal_entity_id,
                agreements.terms_code,
                agreements.purchase_order_number,
                agreements.is_purchase_order_required,
                agreements.tax_code,
                agreements.credit_limit_amount,
                agreements.purchase_order_valid_until,
                exists (
                    select 1 from staging.stg_contracts__agreement_lines as lines
                    where lines.contract_id = agreements.contract_id and lines.contract_kind <> 'price'
                ) as has_lines,
                min(greatest(agreements.known_date, identities.known_date)) as known_date
            from staging.stg_contracts__agreements as agreements
            left join intermediate.int_customer_identities as identities
                on identities.source_system = 'contracts' and identities.source_customer_id = agreements.contract_id
            group by all
        """
    ):
        agreed = tuple(prices.get((row["contract_id"], row["version"]), ()))
        yield from _made(Agreement, [{**row, "agreed_prices": agreed}])
    for row in warehouse.rows("select * from intermediate.int_contract_versions"):
        typed = {"tiers": _tiers(row["tiers"]), "required_attachments": _names(row["required_attachments"])}
        yield from _made(ContractLine, [{**row, **typed}])


def _tiers(text: str | None) -> tuple[Tier, ...]:
    """Return prices by quantity as the contract tool's text holds them."""
    pairs = [pair.split(":") for pair in (text or "").split(";") if pair]
    return tuple(Tier(Decimal(up_to) if up_to else None, Decimal(price)) for up_to, price in pairs)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name for name in (text or "").split(";") if name)


def _orders(warehouse: Warehouse) -> Iterator[Fact]:
    yield from _made(
        Order, warehouse.rows("select * from intermediate.int_order_versions order by order_key, version_number")
    )
    yield from _made(OrderLine, warehouse.rows("select * from intermediate.int_order_line_versions"))
    yield from _made(Deal, warehouse.rows("select * from intermediate.int_deal_versions"))
    yield from _made(
        DealLine,
        warehouse.rows(
            """
            select *, product_name as description
            from staging.stg_hubspot__line_items
            where deal_id is not null and quantity is not null and unit_price is not null
            """
        ),
    )


def _fulfilment(warehouse: Warehouse) -> Iterator[Fact]:
    for row in warehouse.rows("select * from marts.fct_fulfilments"):
        line = next(_made(ShipmentLine, [row]))
        voided_date = row["voided_known_date"]
        if line.is_voided and voided_date is not None and voided_date > line.known_date:
            yield replace(line, is_voided=False)
            yield replace(line, known_date=voided_date)
        else:
            yield line
    for row in warehouse.rows(
        """
        select
            coalesce(milestone_id, task_id) as milestone_id,
            contract_id,
            contract_line_number,
            milestone_name,
            is_completed,
            completed_at,
            attachments,
            accepted_by,
            provisioned_at,
            quantity,
            changed_at,
            -- Who accepted is told, not when: with its completion, or on the day on which it became known.
            case
                when not is_completed or accepted_by is null then null
                when
                    min(case when accepted_by is not null then known_date end) over (partition by task_id)
                    > min(case when is_completed then known_date end) over (partition by task_id)
                    then greatest(
                        completed_at,
                        min(case when accepted_by is not null then known_date end) over (partition by task_id)
                    )
                else completed_at
            end as accepted_at,
            known_date
        from staging.stg_projects__milestones
        order by task_id, version_number
        """
    ):
        yield from _made(Milestone, [{**row, "attachments": _names(row["attachments"])}])
    yield from _made(UsageEvent, warehouse.rows("select * from marts.fct_usage_events"))


def _documents(warehouse: Warehouse) -> Iterator[Fact]:
    """An echo in accounting of a document issued here is no document of its own."""
    for row in warehouse.rows("select * from intermediate.int_documents_from_sources where not is_echo"):
        document = next(_made(Document, [{**row, "shares": ()}]))
        cancelled_date = row["cancelled_known_date"]
        if document.is_cancelled and cancelled_date is not None and cancelled_date > document.known_date:
            yield replace(document, is_cancelled=False)
            yield replace(document, known_date=cancelled_date)
        else:
            yield document


def _cash(warehouse: Warehouse) -> Iterator[Fact]:
    for row in warehouse.rows("select * from marts.fct_receipts"):
        receipt = Receipt(
            receipt_key=row["receipt_key"],
            receipt_id=row["receipt_id"],
            legal_entity_id=row["legal_entity_id"],
            bank_account=row["bank_account"],
            value_date=row["value_date"],
            currency_code=row["currency_code"],
            amount_minor=to_minor(row["receipt_amount"], row["currency_code"]),
            payer_name=row["payer_name"],
            payer_account=row["payer_account"],
            credited_account=row["credited_account"],
            end_to_end_id=row["end_to_end_id"],
            remittance_text=row["remittance_text"],
            customer_key=row["customer_key"],
            is_unbanked=row["is_unbanked"],
            known_date=row["known_date"],
        )
        returned_date = row["returned_known_date"]
        if row["is_returned"] and returned_date is not None:
            returned = replace(receipt, is_returned=True, returned_known_date=returned_date)
            if returned_date > receipt.known_date:
                yield receipt
                yield replace(returned, known_date=returned_date)
            else:
                yield returned
        else:
            yield receipt
    for row in warehouse.rows(
        "select applications.*, receipts.currency_code as receipt_currency_code "
        "from marts.fct_source_applications as applications "
        "inner join marts.fct_receipts as receipts on applications.receipt_key = receipts.receipt_key"
    ):
        yield SourceApplication(
            row["application_key"],
            row["receipt_key"],
            row["document_key"],
            to_minor(row["applied_amount"], row["receipt_currency_code"]),
            row["known_date"],
        )
    yield from _made(RemittanceLine, warehouse.rows("select * from marts.fct_remittance_lines"))
    yield from _made(
        BankStatement,
        warehouse.rows(
            """
            select accounts.legal_entity_id, statements.bank_account, statements.to_date, statements.known_date
            from staging.stg_bank__statements as statements
            inner join policy.bank_accounts as accounts on statements.bank_account = accounts.bank_account
            """
        ),
    )


def _objections(warehouse: Warehouse) -> Iterator[Fact]:
    yield from _made(Dispute, warehouse.rows("select * from marts.fct_disputes"))
    yield from _made(Rejection, warehouse.rows("select * from marts.fct_invoice_rejections"))
