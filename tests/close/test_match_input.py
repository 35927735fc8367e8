"""What `openitem match` refuses of its files, and what it uses and says so: no value is believed to be another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.cash_application.engine.matching import MatchPolicy
from assets.close.match_files import match_folder
from assets.close.match_input import INPUTS, InputRefusedError, read_input
from tests.close.match_folders import Rows, a_folder, change

POLICY = MatchPolicy(default_threshold=0.95, version="test")


def matched(folder: Path, notes: list[str] | None = None) -> dict[str, int]:
    return match_folder(folder, folder / "out", POLICY, warn=(notes if notes is not None else []).append)


def with_column(folder: Path, name: str, column: str, values: pa.Array) -> Path:
    path = folder / f"{name}.parquet"
    table = pq.read_table(path)
    if column in table.column_names:
        table = table.drop_columns([column])
    pq.write_table(table.append_column(column, values), path)
    return folder


def test_a_folder_as_expected_is_matched_without_a_note(tmp_path: Path) -> None:
    notes: list[str] = []
    assert matched(a_folder(tmp_path), notes) == {"auto_applied": 2}
    assert notes == []


@pytest.mark.parametrize(
    ("having", "lacking"),
    [("documents", "receipts"), ("receipts", "documents")],
    ids=["only on documents", "only on receipts"],
)
def test_a_legal_entity_on_one_side_only_left_everything_unmatched(tmp_path: Path, having: str, lacking: str) -> None:
    folder = a_folder(tmp_path)

    def belong(rows: Rows) -> None:
        for row in rows:
            row["legal_entity_id"] = "DE01"

    change(folder, having, belong)
    says = (
        rf"given in `{having}\.parquet` and not in `{lacking}\.parquet`.*Expected: legal_entity_id text in both files"
    )
    with pytest.raises(InputRefusedError, match=says):
        matched(folder)
    assert matched(change(folder, lacking, belong)) == {"auto_applied": 2}


def test_an_empty_legal_entity_was_taken_for_one_that_is_given(tmp_path: Path) -> None:
    folder = with_column(a_folder(tmp_path), "receipts", "legal_entity_id", pa.array(["", ""]))
    assert matched(folder) == {"auto_applied": 2}


def test_row_groups_with_dictionaries_of_their_own_stopped_the_run(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    table = pq.read_table(folder / "documents.parquet").drop_columns(["currency_code"])
    halves = [
        part.append_column("currency_code", pa.array([code] * len(part)).dictionary_encode())
        for part, code in ((table.slice(0, 1), "USD"), (table.slice(1), "EUR"))
    ]
    with pq.ParquetWriter(folder / "documents.parquet", halves[0].schema) as file:
        for half in halves:
            file.write_table(half)
    assert matched(folder) == {"auto_applied": 1, "unidentified": 1}


@pytest.mark.parametrize("word", ["credit_note", "Invoice", "CREDIT_MEMO", ""])
def test_an_unknown_type_of_document_was_taken_for_an_invoice(tmp_path: Path, word: str) -> None:
    folder = change(a_folder(tmp_path), "documents", lambda rows: rows[0].update(document_type=word))
    with pytest.raises(InputRefusedError, match=rf"`{word}` in 1 rows\. Expected: one of invoice, credit_memo"):
        matched(folder)


@pytest.mark.parametrize("word", ["Confirmed", "CONFIRMED", "accepted", "false"])
def test_an_unknown_verdict_was_learned_as_a_rejection(tmp_path: Path, word: str) -> None:
    folder = change(a_folder(tmp_path), "history", lambda rows: rows[0].update(verdict=word))
    with pytest.raises(InputRefusedError, match=rf"`{word}` in 1 rows\. Expected: one of confirmed, rejected, undone"):
        matched(folder)


def test_a_verdict_may_be_left_empty(tmp_path: Path) -> None:
    assert matched(change(a_folder(tmp_path), "history", lambda rows: rows[0].update(verdict=None)))


@pytest.mark.parametrize(
    ("row", "column", "amount", "says"),
    [
        (3, "amount_minor", 1_000, "1 documents of type credit_memo have a positive amount, e.g. `D4`"),
        (3, "open_amount_minor", 1_000, "1 documents of type credit_memo have a positive amount, e.g. `D4`"),
        (0, "amount_minor", -10_000, "1 documents of type invoice have a negative amount, e.g. `D1`"),
        (1, "open_amount_minor", -1, "1 documents of type invoice have a negative amount, e.g. `D2`"),
    ],
    ids=["credit memo", "what is open of a credit memo", "invoice", "what is open of an invoice"],
)
def test_an_amount_of_the_wrong_sign_is_refused(tmp_path: Path, row: int, column: str, amount: int, says: str) -> None:
    folder = change(a_folder(tmp_path), "documents", lambda rows: rows[row].update({column: amount}))
    with pytest.raises(InputRefusedError, match=says):
        matched(folder)


@pytest.mark.parametrize(("name", "column"), [("documents", "open_amount_minor"), ("receipts", "amount_minor")])
def test_amounts_whose_sum_is_beyond_64_bits_were_added_up_wrongly(tmp_path: Path, name: str, column: str) -> None:
    folder = change(a_folder(tmp_path), name, lambda rows: rows[0].update({column: 5 * 10**18}))
    with pytest.raises(InputRefusedError, match=f"`{column}` is 5000000000000000000. Expected: at most"):
        matched(folder)


MOMENT = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "column", "values"),
    [
        ("history", "decided_at", pa.array([1_772_000_000_000_000_000], pa.timestamp("ns"))),
        ("history", "decided_at", pa.array([MOMENT], pa.timestamp("s", "Europe/Berlin"))),
        ("receipts", "amount_minor", pa.array([10_000, 6_700], pa.uint64())),
        ("receipts", "remittance_text", pa.array(["RE-2026-004000", "Avis"]).dictionary_encode()),
        ("receipts", "payer_name", pa.array(["Kunde 1 GmbH", "Kunde 2 GmbH"], pa.large_string())),
        ("receipts", "value_date", pa.array([20_528, 20_528], pa.int32()).cast(pa.date32()).cast(pa.date64())),
    ],
    ids=["nanoseconds", "a time zone", "unsigned", "dictionary", "large text", "date64"],
)
def test_another_type_that_loses_nothing_is_read(tmp_path: Path, name: str, column: str, values: pa.Array) -> None:
    folder = with_column(a_folder(tmp_path), name, column, values)
    table = next(one for one in INPUTS if one.name == name)
    assert read_input(folder, table) is not None
    assert sum(matched(folder).values()) == 2


@pytest.mark.parametrize(
    ("name", "column", "values", "says"),
    [
        ("history", "decided_at", pa.array([1_772_000_000_000_000_001], pa.timestamp("ns")), "whole microseconds"),
        ("receipts", "amount_minor", pa.array([10_000, 2**63], pa.uint64()), "uint64 that is no int64"),
        ("receipts", "remittance_text", pa.array([4711, 4712]), "is int64, not text"),
        ("receipts", "payer_name", pa.array([b"x", b"y"]), "is binary, not text"),
    ],
    ids=["less than a microsecond", "more than int64 holds", "numbers", "bytes"],
)
def test_a_type_that_would_lose_something_is_refused_with_what_is_expected(
    tmp_path: Path, name: str, column: str, values: pa.Array, says: str
) -> None:
    with pytest.raises(InputRefusedError, match=rf"`{column}`.*{says}.*Expected: .*{column} "):
        matched(with_column(a_folder(tmp_path), name, column, values))


@pytest.mark.parametrize(
    ("name", "change_to", "says"),
    [
        ("documents", {"customer_id": "C9"}, "1 rows of `documents.parquet` have a `customer_id` that `customers"),
        ("remittance_lines", {"receipt_id": "R9"}, "1 rows of `remittance_lines.parquet` have a `receipt_id` that"),
        ("receipts", {"currency_code": "USD"}, "1 receipts can pay nothing: no document is of their currency `USD`"),
    ],
    ids=["a document of an unknown customer", "a line of an unknown receipt", "a currency nobody owes in"],
)
def test_what_says_nothing_is_used_and_reported(
    tmp_path: Path, name: str, change_to: dict[str, str], says: str
) -> None:
    notes: list[str] = []
    assert sum(matched(change(a_folder(tmp_path), name, lambda rows: rows[0].update(change_to)), notes).values()) == 2
    assert len(notes) == 1
    assert notes[0].startswith(says)
