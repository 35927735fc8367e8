"""The contract at the door: what raw rows must be before any model reads them, as Great Expectations suites."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from babel.numbers import list_currencies

if TYPE_CHECKING:
    import pandas as pd

    from assets.platform.warehouse import Warehouse

AMOUNT = r"^-?[0-9]{1,15}(\.[0-9]{1,3}0*)?$"
UNSIGNED_AMOUNT = r"^[0-9]{1,15}(\.[0-9]{1,3}0*)?$"
NUMBER = r"^-?[0-9]{1,18}(\.[0-9]{1,10}0*)?$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$"
CURRENCIES = tuple(sorted(list_currencies()))
SAMPLE_COUNT = 5


@dataclass(frozen=True, slots=True)
class Contract:
    """What one raw table promises: columns that are there, filled, shaped like a pattern, or from a closed list."""

    filled: tuple[str, ...]
    patterns: Mapping[str, str]
    allowed: Mapping[str, tuple[str, ...]]

    @property
    def columns(self) -> list[str]:
        """Return all columns the contract speaks of."""
        return list(dict.fromkeys([*self.filled, *self.patterns, *self.allowed]))


@dataclass(frozen=True, slots=True)
class Unexpected:
    """One broken promise: the expectation, its column, how many rows break it, and a few of their values."""

    expectation: str
    column: str | None
    count: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContractResult:
    """Whether rows keep the contract of their table."""

    table: str
    success: bool
    evaluated_count: int
    unexpected: tuple[Unexpected, ...] = ()


def _contract(filled: str, *, allowed: Mapping[str, tuple[str, ...]] | None = None, **patterns: str) -> Contract:
    return Contract(tuple(filled.split()), patterns, allowed or {})


_CURRENCY = {"currency": CURRENCIES}

CONTRACTS: Mapping[str, Contract] = {
    "bank__statements": _contract(
        "account currency statement_id opening_balance closing_balance format",
        allowed=_CURRENCY,
        opening_balance=AMOUNT,
        closing_balance=AMOUNT,
        to_date=DAY,
    ),
    "bank__entries": _contract(
        "account currency statement_id entry_number sub_number amount direction",
        allowed=_CURRENCY | {"direction": ("C", "D"), "is_reversal": ("true", "false")},
        amount=UNSIGNED_AMOUNT,
        booking_date=DAY,
        value_date=DAY,
    ),
    "contracts__agreements": _contract(
        "agreement_id version legal_entity currency start_date",
        allowed=_CURRENCY,
        start_date=DAY,
        end_date=DAY,
        effective_date=DAY,
        po_valid_until=DAY,
        credit_limit=AMOUNT,
    ),
    "contracts__agreement_lines": _contract(
        "agreement_id version line kind",
        allowed={"kind": ("retainer", "milestone", "usage", "price")},
        amount=AMOUNT,
        unit_price=NUMBER,
        included_quantity=NUMBER,
    ),
    "hubspot__deals": _contract(
        "id updated_at",
        amount=AMOUNT,
        updated_at=INSTANT,
    ),
    "shop__orders": _contract(
        "id name created_at currency total_price",
        allowed=_CURRENCY,
        total_price=AMOUNT,
        total_tax=AMOUNT,
        created_at=INSTANT,
    ),
    "shop__order_lines": _contract("order_id line quantity price", quantity=NUMBER, price=NUMBER, total=AMOUNT),
    "quickbooks__customers": _contract("realm id updated_at", allowed={"active": ("true", "false")}),
    "quickbooks__invoices": _contract(
        "realm id txn_date currency total_amt updated_at",
        allowed=_CURRENCY,
        total_amt=AMOUNT,
        total_tax=AMOUNT,
        txn_date=DAY,
        due_date=DAY,
    ),
    "quickbooks__payments": _contract(
        "realm id txn_date currency total_amt updated_at",
        allowed=_CURRENCY,
        total_amt=AMOUNT,
        unapplied_amt=AMOUNT,
        txn_date=DAY,
    ),
    "quickbooks__credit_memos": _contract(
        "realm id txn_date currency total_amt updated_at",
        allowed=_CURRENCY,
        total_amt=AMOUNT,
        txn_date=DAY,
    ),
    "shipstation__shipments": _contract(
        "shipment_id order_number ship_date",
        allowed={"voided": ("true", "false")},
        ship_date=INSTANT,
    ),
    "shipstation__shipment_items": _contract("shipment_id quantity", quantity=NUMBER),
    "projects__milestones": _contract(
        "gid agreement_id agreement_line milestone_id",
        allowed={"completed": ("true", "false")},
        completed_at=INSTANT,
        provisioned_at=INSTANT,
        quantity=NUMBER,
    ),
    "usage__events": _contract(
        "event_id agreement_id agreement_line metric quantity occurred_at",
        quantity=NUMBER,
        occurred_at=INSTANT,
    ),
    "messages__remittances": _contract("message_id sent_at", total=AMOUNT, sent_at=INSTANT),
    "rates__exchange_rates": _contract(
        "rate_date base_currency quote_currency rate",
        allowed={"base_currency": CURRENCIES, "quote_currency": CURRENCIES},
        rate=NUMBER,
        rate_date=DAY,
    ),
    "table__documents": _contract(
        "document_number document_type currency_code total_amount status",
        allowed={
            "document_type": ("invoice", "credit_memo"),
            "status": ("live", "cancelled", "reversal"),
            "currency_code": CURRENCIES,
        },
        total_amount=AMOUNT,
        document_date=DAY,
        due_date=DAY,
    ),
    "table__receipts": _contract(
        "receipt_id currency_code amount",
        allowed={"currency_code": CURRENCIES},
        amount=AMOUNT,
        value_date=DAY,
    ),
}


def check_contract(table_name: str, warehouse: Warehouse, start: date, end: date) -> ContractResult:
    """Return whether the rows of a raw table that arrived in the window keep its contract."""
    columns = ", ".join(f'"{column}"' for column in CONTRACTS[table_name].columns)
    rows = warehouse.arrow(
        f"select {columns} from raw.{table_name} where _received_at >= ? and _received_at < ?",
        [start, end + timedelta(days=1)],
    )
    if rows.num_rows == 0:
        return ContractResult(table_name, success=True, evaluated_count=0)
    return check_frame(table_name, rows.to_pandas())


def check_frame(table_name: str, frame: pd.DataFrame) -> ContractResult:
    """Return whether the rows of a frame keep the contract of a raw table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        validated = _suite(table_name).validate_dataframe(frame)
    unexpected = tuple(_unexpected(one) for one in validated.results if not one.success)
    return ContractResult(table_name, bool(validated.success), len(frame), unexpected)


def _unexpected(result: Any) -> Unexpected:
    details = result.result or {}
    configuration = result.expectation_config
    samples = details.get("partial_unexpected_list") or _missing_columns(details) or _messages(result.exception_info)
    return Unexpected(
        expectation=configuration.type,
        column=configuration.kwargs.get("column"),
        count=int(details.get("unexpected_count") or 0),
        samples=tuple(str(sample) for sample in samples[:SAMPLE_COUNT]),
    )


def _missing_columns(details: Mapping[str, Any]) -> list[str]:
    mismatched = (details.get("details") or {}).get("mismatched") or {}
    return [f"missing column {column}" for column in mismatched.get("missing", [])]


def _messages(exception_info: Mapping[str, Any] | None) -> list[str]:
    """Return why an expectation could not be evaluated; one message at top level, or one per metric."""
    told = exception_info or {}
    nested = [one for one in told.values() if isinstance(one, Mapping)]
    return sorted({str(one["exception_message"]) for one in [told, *nested] if one.get("exception_message")})


@dataclass(frozen=True, slots=True)
class _Suite:
    """One suite bound to the place its frames come through."""

    batch_definition: Any
    suite: Any

    def validate_dataframe(self, frame: pd.DataFrame) -> Any:
        batch = self.batch_definition.get_batch({"dataframe": frame})
        settings = {"result_format": "BASIC", "partial_unexpected_count": SAMPLE_COUNT}
        return batch.validate(self.suite, result_format=settings)


@lru_cache(maxsize=1)
def _context() -> tuple[Any, Any]:
    """Return one throw-away context for all suites; importing Great Expectations costs seconds, so it waits."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        return context, context.data_sources.add_pandas("raw")


@lru_cache(maxsize=len(CONTRACTS))
def _suite(table_name: str) -> _Suite:
    context, source = _context()
    import great_expectations as gx
    from great_expectations import expectations as gxe

    contract = CONTRACTS[table_name]
    suite = context.suites.add(gx.ExpectationSuite(name=table_name))
    suite.add_expectation(gxe.ExpectTableColumnsToMatchSet(column_set=contract.columns, exact_match=False))
    for column in contract.filled:
        suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column=column))
    for column, pattern in contract.patterns.items():
        suite.add_expectation(gxe.ExpectColumnValuesToMatchRegex(column=column, regex=pattern))
    for column, allowed in contract.allowed.items():
        suite.add_expectation(gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(allowed)))
    asset = source.add_dataframe_asset(name=table_name)
    return _Suite(asset.add_batch_definition_whole_dataframe(name=table_name), suite)
