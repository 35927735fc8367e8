"""A small folder as `openitem match` takes it, to be changed by tests of what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DAY = date(2026, 3, 16)
Rows = list[dict[str, Any]]


def a_folder(folder: Path) -> Path:
    """Write three invoices and a credit memo of two customers, two receipts, lines of one, and some history."""
    folder.mkdir(parents=True, exist_ok=True)
    owed = [("D1", "invoice", "C1", 10_000), ("D2", "invoice", "C1", 25_050), ("D3", "invoice", "C2", 7_700),
            ("D4", "credit_memo", "C2", -1_000)]  # fmt: skip
    write(folder, "documents", [
        {
            "document_id": key, "document_number": f"RE-2026-{4_000 + at:06}", "document_type": kind,
            "customer_id": customer, "issue_date": date(2026, 2, 1), "due_date": DAY, "amount_minor": amount,
            "open_amount_minor": amount, "currency_code": "EUR",
        }
        for at, (key, kind, customer, amount) in enumerate(owed)
    ])  # fmt: skip
    write(folder, "receipts", [
        {
            "receipt_id": f"R{at}", "value_date": DAY, "amount_minor": amount, "currency_code": "EUR",
            "payer_name": f"Kunde {at} GmbH", "remittance_text": text,
        }
        for at, amount, text in ((1, 10_000, "Rechnung RE-2026-004000"), (2, 6_700, "siehe Avis"))
    ])  # fmt: skip
    write(folder, "remittance_lines", [
        {"receipt_id": "R2", "line_number": 1, "reference": "RE-2026-004002", "amount_minor": 7_700},
        {"receipt_id": "R2", "line_number": 2, "reference": "RE-2026-004003", "amount_minor": -1_000},
    ])  # fmt: skip
    write(folder, "customers", [{"customer_id": f"C{at}", "customer_name": f"Kunde {at} GmbH"} for at in (1, 2)])
    write(folder, "history", [
        {
            "receipt_id": "R0", "value_date": date(2026, 2, 20), "payer_name": "Kunde 1 GmbH", "payer_account": "DE1",
            "remittance_text": "RE-2026-003999", "amount_minor": 500, "customer_id": "C1", "document_id": "D0",
            "document_number": "RE-2026-003999", "applied_minor": 500, "verdict": "confirmed",
        }
    ])  # fmt: skip
    return folder


def write(folder: Path, name: str, rows: Rows) -> None:
    """Write one file of the folder."""
    pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")


def change(folder: Path, name: str, how: Callable[[Rows], None]) -> Path:
    """Rewrite one file of the folder with its rows changed."""
    rows = pq.read_table(folder / f"{name}.parquet").to_pylist()
    how(rows)
    write(folder, name, rows)
    return folder
