"""Which one reference a peer is given that takes no more than one."""

from __future__ import annotations

from datetime import date

import pytest

from tests.benchmarks.cash_application.peers.files import Ledger, Numbers
from tests.benchmarks.cash_application.tables import CUSTOMERS, DOCUMENTS, RECEIPTS, write_table

NUMBERS = Numbers(("RE2025004711", "RE2025004712", "90012345", "A10077", "B10077"))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    folder = tmp_path_factory.mktemp("ledger")
    for name, schema in (("receipts", RECEIPTS), ("documents", DOCUMENTS), ("customers", CUSTOMERS)):
        write_table(folder / f"{name}.parquet", schema, [])
    return Ledger(folder)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Rechnung RE-2025-004711 vom 03.11.2025", "RE2025004711"),
        ("RE 2025 004712, danke", "RE2025004712"),
        ("RMR*IV*90012345**450.00", "90012345"),
        ("zahlt 2025/004711", "RE2025004711"),
        ("Kd 77, 0090012345", "90012345"),
        ("invoices 90012345/2025-004711", "90012345"),
        # One document too many has these digits: as written, for a peer that compares by likeness.
        ("inv 10077", "10077"),
        ("from 03.11.2025 amount 1.234,56 ref 9001235", "9001235"),
        ("paid 12,345.67 on 2025-11-03", ""),
        ("thank you", ""),
    ],
)
def test_the_reference_given_is_the_number_named_or_the_word_most_like_one(
    ledger: Ledger, text: str, number: str
) -> None:
    receipt = {"receipt_id": "R1", "value_date": date(2025, 11, 3), "remittance_text": text, "end_to_end_id": None}
    assert ledger.number_in(receipt, NUMBERS) == number
