"""`openitem match` on files: its contract, its refusals, and the same answer whatever the order or the workers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.cash_application.engine.matching import Matcher, MatchPolicy
from assets.close.match_crew import Crew
from assets.close.match_files import InputRefusedError, load_book, load_memory, match_folder
from tests.close.match_folders import Rows, a_folder, change
from tests.close.match_folders import write as match_folders_write

POLICY = MatchPolicy(default_threshold=Decimal("0.95"), version="test")
DAY = date(2026, 3, 16)


def write(folder: Path, *, turned: bool = False) -> Path:
    """Write a small book: every fourth invoice is paid by its number, two receipts cannot be told."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = [
        {
            "document_id": f"D{at:03}", "document_number": f"RE-2026-{4_000 + 7 * at:06}", "document_type": "invoice",
            "customer_id": f"C{at % 5}", "issue_date": date(2026, 2, 1 + at % 28), "due_date": DAY,
            "amount_minor": 10_000 + 1_313 * at, "open_amount_minor": 10_000 + 1_313 * at, "currency_code": "EUR",
        }
        for at in range(60)
    ]  # fmt: skip
    receipts = [
        {
            "receipt_id": f"R{at:03}", "value_date": date(2026, 3, 16 + at % 3),
            "amount_minor": 10_000 + 1_313 * 4 * at,
            "currency_code": "EUR",
            "payer_name": f"Kunde {4 * at % 5} GmbH",
            "remittance_text": f"Rechnung RE-2026-{4_000 + 28 * at:06}" if at % 7 else "danke",
        }
        for at in range(15)
    ]  # fmt: skip
    customers = [{"customer_id": f"C{at}", "customer_name": f"Kunde {at} GmbH"} for at in range(5)]
    for name, rows in (("documents", documents), ("receipts", receipts), ("customers", customers)):
        pq.write_table(pa.Table.from_pylist(rows[::-1] if turned else rows), folder / f"{name}.parquet")
    return folder


def rows(folder: Path) -> dict[str, list[dict]]:
    """Return all result rows, sorted."""
    return {
        name: sorted(pq.read_table(folder / f"{name}.parquet").to_pylist(), key=str)
        for name in ("receipt_decisions", "applications", "evidence")
    }


def test_the_answer_is_the_same_whatever_the_order_of_rows_and_the_number_of_workers(tmp_path: Path) -> None:
    write(tmp_path / "in")
    write(tmp_path / "turned", turned=True)
    match_folder(tmp_path / "in", tmp_path / "one", POLICY, workers=1)
    match_folder(tmp_path / "in", tmp_path / "two", POLICY, workers=2)
    match_folder(tmp_path / "turned", tmp_path / "three", POLICY, workers=1)
    assert rows(tmp_path / "one") == rows(tmp_path / "two") == rows(tmp_path / "three")


def test_a_match_with_several_processes_waited_ten_seconds_for_each_at_its_end(tmp_path: Path) -> None:
    write(tmp_path)
    book = load_book(tmp_path)
    with Crew(Matcher(book, load_memory(tmp_path, book), POLICY), 2) as crew:
        processes = list(crew.processes)
    assert [process.exitcode for process in processes] == [0, 0]


def test_every_cent_is_applied_or_unapplied_and_every_receipt_is_decided_once(tmp_path: Path) -> None:
    counts = match_folder(write(tmp_path / "in"), tmp_path / "out", POLICY)
    found = rows(tmp_path / "out")
    received = {
        row["receipt_id"]: row["amount_minor"] for row in pq.read_table(tmp_path / "in/receipts.parquet").to_pylist()
    }
    assert sum(counts.values()) == len(received) == len(found["receipt_decisions"])
    assert counts["auto_applied"] >= 12
    for decision in found["receipt_decisions"]:
        applied = sum(
            row["applied_minor"]
            for row in found["applications"]
            if row["receipt_id"] == decision["receipt_id"] and row["rank"] == 1
        )
        assert applied + decision["unapplied_minor"] == received[decision["receipt_id"]]


def test_a_missing_column_is_refused_with_what_is_expected(tmp_path: Path) -> None:
    folder = write(tmp_path / "in")
    table = pq.read_table(folder / "receipts.parquet")
    pq.write_table(table.drop_columns(["amount_minor"]), folder / "receipts.parquet")
    with pytest.raises(InputRefusedError, match=r"`amount_minor` is missing\. Expected: receipt_id text"):
        match_folder(folder, tmp_path / "out", POLICY)


def test_a_mistyped_column_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "in")
    table = pq.read_table(folder / "documents.parquet")
    place = table.schema.get_field_index("open_amount_minor")
    wrong = table.column("open_amount_minor").cast(pa.float64())
    pq.write_table(table.set_column(place, "open_amount_minor", wrong), folder / "documents.parquet")
    with pytest.raises(InputRefusedError, match="`open_amount_minor` is double, not int64"):
        match_folder(folder, tmp_path / "out", POLICY)


@pytest.mark.parametrize(
    ("name", "column", "value", "says"),
    [
        ("receipts", "receipt_id", "R001", "occur more than once"),
        ("documents", "document_id", "D001", "occur more than once"),
        ("receipts", "amount_minor", -5, "a receipt holds more than 0"),
        ("documents", "document_number", None, "is empty in 1 rows"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, name: str, column: str, value: object, says: str) -> None:
    folder = write(tmp_path / "in")
    table = pq.read_table(folder / f"{name}.parquet").to_pylist()
    table[0][column] = value
    pq.write_table(pa.Table.from_pylist(table), folder / f"{name}.parquet")
    with pytest.raises(InputRefusedError, match=says):
        match_folder(folder, tmp_path / "out", POLICY)


def test_a_file_that_is_missing_or_no_parquet_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "in")
    (folder / "customers.parquet").write_bytes(b"customer_id;name")
    with pytest.raises(InputRefusedError, match=r"customers\.parquet`: it is no Parquet file"):
        match_folder(folder, tmp_path / "out", POLICY)
    (folder / "customers.parquet").unlink()
    with pytest.raises(InputRefusedError, match=r"`customers\.parquet` is missing"):
        match_folder(folder, tmp_path / "out", POLICY)


def test_no_receipts_are_no_error(tmp_path: Path) -> None:
    folder = write(tmp_path / "in")
    pq.write_table(pq.read_table(folder / "receipts.parquet").slice(0, 0), folder / "receipts.parquet")
    assert match_folder(folder, tmp_path / "out", POLICY) == {}
    assert rows(tmp_path / "out")["receipt_decisions"] == []


def test_a_run_that_fails_leaves_no_half_written_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "in")

    def fail(*_: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("assets.close.match_files.settle_day", fail)
    with pytest.raises(RuntimeError, match="out of luck"):
        match_folder(folder, tmp_path / "out", POLICY)
    assert list((tmp_path / "out").iterdir()) == []


def write_what_pays_nothing(folder: Path) -> Path:
    """Write a book of a paid invoice, one to come and an open one, and receipts that pay none of what is open."""
    folder.mkdir(parents=True, exist_ok=True)
    late = date(2026, 4, 2)
    documents = [
        {
            "document_id": key, "document_number": number, "document_type": "invoice", "customer_id": "C1",
            "issue_date": issued, "due_date": late, "amount_minor": amount, "open_amount_minor": left,
            "currency_code": "EUR",
        }
        for key, number, issued, amount, left in (
            ("paid", "RE-2026-004711", date(2026, 2, 1), 123_456, 0),
            ("once", "RE-2026-004722", date(2026, 2, 1), 77_131, 77_131),
            ("coming", "RE-2026-004799", late, 55_517, 55_517),
            ("open", "RE-2026-004733", date(2026, 2, 1), 99_999, 99_999),
        )
    ]  # fmt: skip
    receipts = [
        {"receipt_id": key, "value_date": day, "amount_minor": amount, "currency_code": "EUR", "payer_name": name,
         "remittance_text": text}
        for key, day, amount, name, text in (
            ("again", DAY, 123_456, "Kunde Eins GmbH", "RE-2026-004711"),
            ("first", DAY, 77_131, "Kunde Eins GmbH", "RE-2026-004722"),
            ("second", date(2026, 3, 30), 77_131, "Kunde Eins GmbH", "RE-2026-004722"),
            ("early", DAY, 55_517, "Kunde Eins GmbH", "RE-2026-004799"),
            ("unknown", DAY, 4_211, "Zoll", "Erstattung"),
        )
    ]  # fmt: skip
    history = [
        {"receipt_id": "old", "value_date": date(2026, 2, 20), "payer_name": "Kunde Eins GmbH", "payer_account": None,
         "remittance_text": "RE-2026-004711", "amount_minor": 123_456, "customer_id": "C1", "document_id": "paid",
         "document_number": "RE-2026-004711", "applied_minor": 123_456}
    ]  # fmt: skip
    customers = [{"customer_id": "C1", "customer_name": "Kunde Eins GmbH"}]
    tables = (("documents", documents), ("receipts", receipts), ("customers", customers), ("history", history))
    for name, rows_ in tables:
        pq.write_table(pa.Table.from_pylist(rows_), folder / f"{name}.parquet")
    return folder


def test_a_receipt_left_alone_says_what_it_is_and_what_was_paid_before(tmp_path: Path) -> None:
    write_what_pays_nothing(tmp_path / "in")
    match_folder(tmp_path / "in", tmp_path / "out", POLICY, workers=1)
    match_folder(tmp_path / "in", tmp_path / "two", POLICY, workers=2)
    found = rows(tmp_path / "out")
    assert found == rows(tmp_path / "two")
    decided = {row["receipt_id"]: row for row in found["receipt_decisions"]}
    assert {key: (row["outcome"], row["reason"]) for key, row in decided.items() if key != "first"} == {
        "again": ("unidentified", "POSSIBLE_DUPLICATE"),
        "second": ("unidentified", "POSSIBLE_DUPLICATE"),
        "early": ("unidentified", "RECEIPT_BEFORE_DOCUMENT"),
        "unknown": ("unidentified", "PAYER_UNKNOWN"),
    }
    assert all(0 < row["confidence"] <= 1 for row in decided.values())
    assert decided["second"]["margin"] > 0
    assert decided["second"]["runner_up"]
    said = {(row["receipt_id"], row["evidence"]): (row["document_id"], row["detail"]) for row in found["evidence"]}
    assert said["again", "paid_by"] == ("paid", "old 2026-02-20")
    assert said["second", "paid_by"] == ("once", "first 2026-03-16")
    assert said["early", "not_issued_yet"][0] == "coming"
    assert {row["receipt_id"] for row in found["evidence"]} == set(decided)


@pytest.mark.parametrize(("year", "weight"), [(2026, -2.9), (2020, 0.0)], ids=["this year", "six years ago"])
def test_what_a_person_rejected_long_ago_is_no_evidence_any_more(tmp_path: Path, year: int, weight: float) -> None:
    folder = write_what_pays_nothing(tmp_path / "in")
    said = {
        "receipt_id": "old", "value_date": date(2020, 1, 2), "payer_name": "Kunde Eins GmbH", "payer_account": None,
        "remittance_text": "", "amount_minor": 1, "customer_id": "C1", "document_id": "once",
        "document_number": "RE-2026-004722", "applied_minor": 1, "verdict": "rejected",
        "decided_at": datetime(year, 3, 14, 9, tzinfo=UTC).replace(tzinfo=None),
    }  # fmt: skip
    pq.write_table(pa.Table.from_pylist([said]), folder / "history.parquet")
    match_folder(folder, tmp_path / "out", POLICY)
    found = rows(tmp_path / "out")["evidence"]
    weights = [row["weight"] for row in found if (row["receipt_id"], row["evidence"]) == ("first", "refused_before")]
    assert sum(weights) == pytest.approx(weight, abs=0.1)


@pytest.mark.parametrize(("reason", "kind"), [("goods damaged", "deduction"), ("Rate 1 von 2", "instalment")])
def test_a_payers_own_words_for_paying_less_are_read_by_the_words_of_policy(
    tmp_path: Path, reason: str, kind: str
) -> None:
    change(
        a_folder(tmp_path / "in"), "remittance_lines", lambda lines: lines[0].update(amount_minor=7_321, reason=reason)
    )
    change(tmp_path / "in", "receipts", lambda receipts: receipts[1].update(amount_minor=6_321))
    words = {"DAMAGED": "deduction", "RATE": "part"}
    match_folder(tmp_path / "in", tmp_path / "out", MatchPolicy(default_threshold=Decimal("0.95"), hint_words=words))
    best = [one for one in rows(tmp_path / "out")["applications"] if one["rank"] == 1]
    [difference] = [one for one in best if one["difference_kind"]]
    assert (difference["document_id"], difference["difference_kind"]) == ("D3", kind)


def test_money_that_arrived_on_an_account_given_to_one_customer_is_that_customers(tmp_path: Path) -> None:
    a_folder(tmp_path / "in")
    accounts = [{"customer_id": "C2", "account": "DE 55 4711", "account_kind": "virtual"},
                {"customer_id": "C1", "account": "DE99", "account_kind": None}]  # fmt: skip
    match_folders_write(tmp_path / "in", "payer_accounts", accounts)
    receipt = {"receipt_id": "R9", "value_date": DAY, "amount_minor": 7_700, "currency_code": "EUR",
               "payer_name": "Zahlstelle", "remittance_text": None, "credited_account": "DE554711"}  # fmt: skip
    match_folders_write(tmp_path / "in", "receipts", [receipt])
    match_folder(tmp_path / "in", tmp_path / "out", POLICY)
    [decision] = rows(tmp_path / "out")["receipt_decisions"]
    assert (decision["outcome"], decision["customer_id"]) == ("auto_applied", "C2")
    assert "virtual_account" in [row["detail"] for row in rows(tmp_path / "out")["evidence"]]


@pytest.mark.parametrize("workers", [1, 2])
def test_two_receipts_that_together_are_one_invoice_are_proposed_by_files_too(tmp_path: Path, workers: int) -> None:
    a_folder(tmp_path / "in")
    match_folders_write(tmp_path / "in", "payer_accounts", [{"customer_id": "C1", "account": "DE1"}])
    halves = (("R7", date(2026, 3, 14), 15_013), ("R8", DAY, 10_037))
    match_folders_write(tmp_path / "in", "receipts", [
        {"receipt_id": key, "value_date": day, "amount_minor": amount, "currency_code": "EUR",
         "payer_name": "Kunde 1 GmbH", "payer_account": "DE1", "remittance_text": "danke"}
        for key, day, amount in halves
    ])  # fmt: skip
    match_folder(tmp_path / "in", tmp_path / "out", POLICY, workers=workers)
    found = rows(tmp_path / "out")
    assert [(one["receipt_id"], one["outcome"], one["rule"]) for one in found["receipt_decisions"]] == [
        ("R7", "on_account", "none"), ("R8", "proposed", "several_payments"),
    ]  # fmt: skip
    [applied] = found["applications"]
    assert (applied["document_id"], applied["applied_minor"], applied["difference_minor"]) == ("D2", 10_037, 15_013)
    assert ("R8", "adds_up_with", "R7") in [
        (one["receipt_id"], one["evidence"], one["detail"]) for one in found["evidence"]
    ]


def test_documents_are_named_by_the_numbers_of_deliveries_and_bank_slips_in_files(tmp_path: Path) -> None:
    def number(documents: Rows) -> None:
        documents[0].update(delivery_number="LS-80017, LS-80018")
        documents[1].update(bank_slip_number="000002600017-2")

    change(a_folder(tmp_path / "in"), "documents", number)
    match_folders_write(tmp_path / "in", "receipts", [
        {"receipt_id": key, "value_date": DAY, "amount_minor": amount, "currency_code": "EUR", "payer_name": "Jemand",
         "remittance_text": text}
        for key, amount, text in (("R7", 10_000, "LS-80018"), ("R8", 25_050, "BOLETO 0000026000172"))
    ])  # fmt: skip
    match_folder(tmp_path / "in", tmp_path / "out", POLICY)
    best = [row for row in rows(tmp_path / "out")["applications"] if row["rank"] == 1]
    assert [(row["receipt_id"], row["document_id"]) for row in best] == [("R7", "D1"), ("R8", "D2")]
