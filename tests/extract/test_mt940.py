"""MT940: reversals with the right sign, statements kept apart, nothing of what is cut off."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from assets.extract.mt940 import read_mt940
from assets.extract.reading import ParsedFile, QuarantineError
from tests.extract.bank_files import amounts, an_mt940

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "bank" / "mt940"
ENTRY = ":61:2603020302C100,00NTRFCUST1//REF-1"


def entries(parsed: ParsedFile) -> list[dict[str, str | None]]:
    return [dict(row) for row in parsed.rows["bank__entries"]]


def test_an_entry_is_read_with_its_references_and_text() -> None:
    parsed = read_mt940(an_mt940([ENTRY, ":86:INVOICE 2026-1 FROM ACME LTD"]), "a")
    (row,) = entries(parsed)
    assert (row["amount"], row["direction"], row["value_date"], row["bank_reference"]) == (
        "100.00", "C", "2026-03-02", "REF-1",
    )  # fmt: skip
    assert row["remittance_text"] == "INVOICE 2026-1 FROM ACME LTD"
    statement = parsed.rows["bank__statements"][0]
    assert (statement["account"], statement["currency"], statement["format"]) == (
        "GB29NWBK60161331926819",
        "GBP",
        "mt940",
    )
    assert (statement["opening_balance"], statement["closing_balance"]) == ("1000.00", "1100.00")
    assert statement["statement_id"] == "STMT1-7/1-2026-03-02"


@pytest.mark.parametrize(
    ("mark", "closing", "signed"),
    [("RC", "900,00", "-100.00"), ("RD", "1100,00", "100.00"), ("D", "900,00", "-100.00")],
    ids=["reversed credit", "reversed debit", "debit"],
)
def test_marks_give_the_sign(mark: str, closing: str, signed: str) -> None:
    parsed = read_mt940(an_mt940([ENTRY.replace("C100", f"{mark}100")], closing=f"C260302GBP{closing}"), "a")
    assert amounts(entries(parsed)) == [Decimal(signed)]
    assert entries(parsed)[0]["is_reversal"] == ("true" if mark.startswith("R") else "false")


def test_structured_german_text_gives_payer_and_account() -> None:
    details = ":86:166?00GUTSCHRIFT?20SVWZ+INVOICE 2026-1?30COBADEFFXXX?31DE89370400440532013000?32ACME GMBH"
    (row,) = entries(read_mt940(an_mt940([ENTRY, details]), "a"))
    assert (row["payer_name"], row["payer_account"]) == ("ACME GMBH", "DE89370400440532013000")
    assert row["remittance_text"] == "INVOICE 2026-1"


def test_slash_words_give_payer_and_text() -> None:
    details = ":86:/TRTP/SEPA/IBAN/NL14ABNA0000000002/NAME/ACME BV/REMI/INV 2026-1/EREF/E2E-9"
    (row,) = entries(read_mt940(an_mt940([ENTRY, details]), "a"))
    assert (row["payer_name"], row["payer_account"], row["end_to_end_id"], row["remittance_text"]) == (
        "ACME BV", "NL14ABNA0000000002", "E2E-9", "INV 2026-1",
    )  # fmt: skip


def test_statements_of_one_file_stay_apart() -> None:
    second = an_mt940([ENTRY], opening="C260302GBP1100,00", closing="C260303GBP1200,00")
    parsed = read_mt940(an_mt940([ENTRY]) + second.replace(b":28C:7/1", b":28C:8/1"), "a")
    assert [row["statement_id"] for row in parsed.rows["bank__statements"]] == [
        "STMT1-7/1-2026-03-02",
        "STMT1-8/1-2026-03-03",
    ]
    assert [row["entry_number"] for row in entries(parsed)] == ["1", "1"]


def test_two_equal_entries_are_two_rows() -> None:
    half = ENTRY.replace("100,00", "50,00")
    assert [row["entry_number"] for row in entries(read_mt940(an_mt940([half, half]), "a"))] == ["1", "2"]


def test_a_text_that_names_a_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.sta").write_bytes(an_mt940([ENTRY]))
    with pytest.raises(QuarantineError, match="no MT940 statement"):
        read_mt940(b"other.sta", "other.sta")


@pytest.mark.shared_data
def test_real_files_are_read_or_refused_with_a_reason() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the real bank files are not beside this checkout")
    read, refused = {}, {}
    for path in sorted([*SAMPLES.rglob("*.sta"), *SAMPLES.rglob("mt940*.txt")]):
        name = f"{path.parent.name}/{path.name}"
        try:
            read[name] = read_mt940(path.read_bytes(), path.name)
        except QuarantineError as error:
            refused[name] = error.reason_code
    assert (len(read), len(refused)) == (17, 37)
    assert len(entries(read["betterplace/sepa_mt9401.sta"])) == 97
    assert read["ASNB/mt940.txt"].amount_sum == Decimal("56.94")
    assert refused["jejik/ing.sta"] == "STATEMENT_DOES_NOT_BALANCE"
