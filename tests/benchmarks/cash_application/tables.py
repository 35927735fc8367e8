"""The Parquet tables of `openitem match` and of the truth beside them: their columns, and how parts are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.cash_application.world import Document, World, day_of

if TYPE_CHECKING:
    from datetime import datetime

    from tests.benchmarks.cash_application.generator import Receipt

TEXT, WHOLE, DAY = pa.string(), pa.int64(), pa.date32()
RECEIPTS = pa.schema(
    [("receipt_id", TEXT), ("value_date", DAY), ("amount_minor", WHOLE), ("currency_code", TEXT), ("payer_name", TEXT),
     ("payer_account", TEXT), ("end_to_end_id", TEXT), ("remittance_text", TEXT)]
)  # fmt: skip
REMITTANCE_LINES = pa.schema(
    [("receipt_id", TEXT), ("line_number", WHOLE), ("reference", TEXT), ("amount_minor", WHOLE), ("reason", TEXT)]
)
DOCUMENTS = pa.schema(
    [
        ("document_id", TEXT),
        ("document_number", TEXT),
        ("document_type", TEXT),
        ("customer_id", TEXT),
        ("issue_date", DAY),
        ("due_date", DAY),
        ("amount_minor", WHOLE),
        ("open_amount_minor", WHOLE),
        ("currency_code", TEXT),
        ("purchase_order_number", TEXT),
        ("order_number", TEXT),
        ("cash_discount_date", DAY),
        ("cash_discount_minor", WHOLE),
        ("closed_date", DAY),
    ]
)
CUSTOMERS = pa.schema([("customer_id", TEXT), ("customer_name", TEXT), ("family_id", TEXT), ("tax_id", TEXT)])
PAYER_ACCOUNTS = pa.schema([("customer_id", TEXT), ("account", TEXT)])
HISTORY = pa.schema(
    [
        ("receipt_id", TEXT),
        ("value_date", DAY),
        ("payer_name", TEXT),
        ("payer_account", TEXT),
        ("remittance_text", TEXT),
        ("amount_minor", WHOLE),
        ("customer_id", TEXT),
        ("document_id", TEXT),
        ("document_number", TEXT),
        ("applied_minor", WHOLE),
        ("verdict", TEXT),
        ("decided_at", pa.timestamp("us")),
    ]
)
TRUTH_APPLICATIONS = pa.schema(
    [("receipt_id", TEXT), ("document_id", TEXT), ("applied_minor", WHOLE), ("difference_minor", WHOLE),
     ("difference_kind", TEXT)]
)  # fmt: skip
TRUTH_RECEIPTS = pa.schema(
    [("receipt_id", TEXT), ("scenario", TEXT), ("overlays", TEXT), ("customer_id", TEXT), ("amount_minor", WHOLE),
     ("unapplied_minor", WHOLE), ("document_count", WHOLE)]
)  # fmt: skip
LABELS = [("is_decidable", pa.bool_()), ("must_not_apply", pa.bool_()), ("label_reason", TEXT)]
ENTITY = ("legal_entity_id", TEXT)

# What a matcher writes.
RECEIPT_DECISIONS = pa.schema(
    [("receipt_id", TEXT), ("outcome", TEXT), ("customer_id", TEXT), ("confidence", pa.float64()), ("rule", TEXT),
     ("solution_count", WHOLE), ("runner_up", TEXT), ("margin", pa.float64()), ("unapplied_minor", WHOLE)]
)  # fmt: skip
APPLICATIONS = pa.schema(
    [
        ("receipt_id", TEXT),
        ("rank", WHOLE),
        ("document_id", TEXT),
        ("applied_minor", WHOLE),
        ("difference_minor", WHOLE),
        ("difference_kind", TEXT),
    ]
)
EVIDENCE = pa.schema([("receipt_id", TEXT), ("document_id", TEXT), ("evidence", TEXT), ("weight", pa.float64())])


def write_table(path: Path, schema: pa.Schema, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as one Parquet file."""
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path, compression="zstd")


class Writers:
    """One open Parquet file a table; each part of the batch is appended as row groups."""

    def __init__(self, stack: ExitStack, folder: Path, *, has_entities: bool, has_history: bool) -> None:
        self.has_entities = has_entities
        schemas = {
            "receipts": RECEIPTS,
            "remittance_lines": REMITTANCE_LINES,
            "documents": DOCUMENTS,
            "customers": CUSTOMERS,
            "payer_accounts": PAYER_ACCOUNTS,
            "truth_applications": TRUTH_APPLICATIONS,
            "truth_receipts": TRUTH_RECEIPTS,
        }
        if has_history:
            schemas["history"] = HISTORY
        if has_entities:
            for name in ("receipts", "documents"):
                schemas[name] = schemas[name].append(pa.field(*ENTITY))
        self.schemas = schemas
        self.files = {
            name: stack.enter_context(pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd"))
            for name, schema in schemas.items()
        }

    def _write(self, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
        schema = self.schemas[name]
        columns = list(zip(*rows, strict=True)) or [()] * len(schema)
        arrays = [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)]
        self.files[name].write_table(pa.table(arrays, schema=schema))

    def _entity(self, entity: int) -> tuple[str, ...]:
        return (f"E{entity + 1}",) if self.has_entities else ()

    def receipts(self, receipts: Sequence[Receipt]) -> None:
        """Append receipts and their remittance lines."""
        self._write(
            "receipts",
            ((receipt.receipt_id, day_of(receipt.day), receipt.amount, receipt.currency, receipt.payer_name,
              receipt.payer_account, receipt.end_to_end_id, receipt.text, *self._entity(receipt.entity))
             for receipt in receipts),
        )  # fmt: skip
        self._write(
            "remittance_lines",
            ((receipt.receipt_id, place, line.reference, line.amount, line.reason)
             for receipt in receipts for place, line in enumerate(receipt.lines, start=1)),
        )  # fmt: skip

    def documents(self, documents: Sequence[Document], world: World) -> None:
        """Append documents as they stand before the first receipt."""
        self._write(
            "documents",
            ((document.document_id, document.number, "credit_memo" if document.is_memo else "invoice",
              world.customers[document.customer].customer_id, day_of(document.issue_day), day_of(document.due_day),
              document.amount, document.open_at_start, document.currency, document.purchase_order, document.order,
              None if document.discount_day is None else day_of(document.discount_day), document.discount,
              None if document.closed_day is None else day_of(document.closed_day), *self._entity(document.entity))
             for document in documents),
        )  # fmt: skip

    def customers(self, world: World) -> None:
        """Append customers and the accounts known for them."""
        self._write(
            "customers",
            (
                (customer.customer_id, customer.name, customer.family_id, customer.tax_id)
                for customer in world.customers
            ),
        )
        self._write(
            "payer_accounts", ((world.customers[index].customer_id, account) for index, account in world.payer_accounts)
        )

    def truth(self, receipts: Sequence[Receipt], world: World) -> None:
        """Append what each receipt really pays."""
        self._write(
            "truth_applications",
            ((receipt.receipt_id, paid.document.document_id, paid.applied, paid.difference, paid.kind)
             for receipt in receipts for paid in receipt.paid),
        )  # fmt: skip
        self._write(
            "truth_receipts",
            ((receipt.receipt_id, receipt.scenario, ",".join(dict.fromkeys(receipt.overlays)),
              None if receipt.owner is None else world.customers[receipt.owner].customer_id, receipt.amount,
              receipt.unapplied, len(receipt.paid)) for receipt in receipts),
        )  # fmt: skip

    def history(self, remembered: Sequence[tuple[Receipt, str, datetime]], world: World) -> None:
        """Append receipts that people decided about before the batch."""
        self._write(
            "history",
            ((receipt.receipt_id, day_of(receipt.day), receipt.payer_name, receipt.payer_account, receipt.text,
              receipt.amount, world.customers[paid.document.customer].customer_id, paid.document.document_id,
              paid.document.number, paid.applied, verdict, decided_at.replace(tzinfo=None))
             for receipt, verdict, decided_at in remembered for paid in receipt.paid),
        )  # fmt: skip


@contextmanager
def writers(folder: Path, *, has_entities: bool, has_history: bool) -> Iterator[Writers]:
    """Open every table of a batch for writing."""
    with ExitStack() as stack:
        yield Writers(stack, folder, has_entities=has_entities, has_history=has_history)
