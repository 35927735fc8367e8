"""BAI2: minor units by currency, continuations and funds types, proved by balances."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from assets.extract.bai2 import read_bai2
from assets.extract.reading import ParsedFile, QuarantineError
from tests.extract.bank_files import a_bai2, amounts

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "bank" / "bai2"


def entries(parsed: ParsedFile) -> list[dict[str, str | None]]:
    return [dict(row) for row in parsed.rows["bank__entries"]]


def test_an_entry_is_read_with_its_references_and_text() -> None:
    parsed = read_bai2(a_bai2(["16,165,10000,Z,REF1,CUST1,Invoice 1, and 2/"]), "a")
    (row,) = entries(parsed)
    assert (row["amount"], row["direction"], row["value_date"], row["currency"]) == ("100.00", "C", "2026-03-02", "USD")
    assert (row["bank_reference"], row["end_to_end_id"], row["remittance_text"]) == (
        "REF1",
        "CUST1",
        "Invoice 1, and 2",
    )
    statement = parsed.rows["bank__statements"][0]
    assert (statement["opening_balance"], statement["closing_balance"]) == ("1000.00", "1100.00")
    assert (statement["statement_id"], statement["format"]) == ("2026-03-02-42", "bai2")


def test_continuations_belong_to_the_text() -> None:
    parsed = read_bai2(
        a_bai2(["16,165,10000,Z,REF1,,Invoice 1/", "88,AND 2/", "88,EREF: E2E-7/", "88,DBNM: TEST INC/"]), "a"
    )
    (row,) = entries(parsed)
    assert row["remittance_text"] == "Invoice 1 AND 2 EREF: E2E-7 DBNM: TEST INC"
    assert (row["end_to_end_id"], row["payer_name"]) == ("E2E-7", "TEST INC")


@pytest.mark.parametrize(
    ("funds", "value_date"),
    [
        ("V,260305,", "2026-03-05"),
        ("S,5000,3000,2000", "2026-03-02"),
        ("D,2,0,5000,1,5000", "2026-03-02"),
        ("", "2026-03-02"),
    ],
    ids=["value dated", "split", "distributed", "none"],
)
def test_funds_types_do_not_shift_the_references(funds: str, value_date: str) -> None:
    (row,) = entries(read_bai2(a_bai2([f"16,165,10000,{funds},REF1,CUST1,Text/"]), "a"))
    assert (row["value_date"], row["bank_reference"], row["remittance_text"]) == (value_date, "REF1", "Text")


def test_amounts_are_minor_units_of_the_currency() -> None:
    (row,) = entries(read_bai2(a_bai2(["16,165,10000,Z,R,,T/"], currency="JPY"), "a"))
    assert (row["amount"], row["currency"]) == ("10000", "JPY")


def test_a_returned_item_is_a_debit_that_says_so() -> None:
    content = a_bai2(["16,165,10000,Z,R1,,T/", "16,555,10000,Z,R1,,RETURNED/"], closing="100000")
    credit, debit = entries(read_bai2(content, "a"))
    assert amounts([credit, debit]) == [Decimal("100.00"), Decimal("-100.00")]
    assert (debit["is_reversal"], debit["return_reason"]) == ("true", "555")


def test_several_records_on_one_line_are_read() -> None:
    content = a_bai2(["16,165,5000,Z,R1,,A/   16,165,5000,Z,R2,,B/"], control_total="220000")
    assert [row["bank_reference"] for row in entries(read_bai2(content, "a"))] == ["R1", "R2"]


def test_a_wrong_control_total_is_forgiven_when_the_balances_tie() -> None:
    assert len(entries(read_bai2(a_bai2(["16,165,10000,Z,R1,,A/"], control_total="1"), "a"))) == 1


def test_a_slash_inside_a_text_stays() -> None:
    (row,) = entries(read_bai2(a_bai2(["16,165,10000,Z,AB/GS/1,,Pay/ment"]), "a"))
    assert (row["bank_reference"], row["remittance_text"]) == ("AB/GS/1", "Pay/ment")


def test_two_equal_entries_are_two_rows() -> None:
    content = a_bai2(["16,165,5000,Z,R1,,A/", "16,165,5000,Z,R1,,A/"])
    assert [row["entry_number"] for row in entries(read_bai2(content, "a"))] == ["1", "2"]


@pytest.mark.shared_data
def test_real_files_are_read_or_refused_with_a_reason() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the real bank files are not beside this checkout")
    outcome: dict[str, object] = {}
    for path in sorted(SAMPLES.glob("*.txt")):
        try:
            outcome[path.name[:7]] = len(entries(read_bai2(path.read_bytes(), path.name)))
        except QuarantineError as error:
            outcome[path.name[:7]] = error.reason_code
    # Four of five are anonymised to the point that no ledger balance is left to prove their entries.
    assert outcome == dict.fromkeys(("sample1", "sample2", "sample4", "sample5"), "BALANCE_MISSING") | {"sample3": 26}
