"""The generic table source: exact to the last decimal, every row accepted or rejected, every fault named."""

from __future__ import annotations

import io
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.extract.landing import FileStatus, Landing
from assets.extract.load import load_raw
from assets.extract.raw_tables import SOURCE_TABLES
from assets.extract.reading import ParsedFile
from assets.extract.table_mapping import ENTITIES
from assets.extract.table_source import land_table, mapping_readers, read_mapping, read_table
from assets.ledger.errors import BadInputError
from assets.platform.warehouse import Warehouse
from tests.extract.malformed_bank import CSV_HEADER, CSV_MAPPING, GOOD_LINE, mapping_for

MAPPINGS = Path(__file__).resolve().parents[2] / "assets" / "extract" / "mappings"


def rows(parsed: ParsedFile, entity: str) -> list[dict[str, str | None]]:
    return [dict(row) for row in parsed.rows[f"table__{entity}"]]


def a_mapping_file(folder: Path, text: str) -> Path:
    path = folder / "mapping.yml"
    path.write_text(text, encoding="utf-8")
    return path


LINES_MAPPING = """
system: till
file: {format: csv, pattern: "*.csv", encoding: utf-8, delimiter: ","}
tables:
  lines:
    columns:
      invoice: {type: text, required: true}
      sku: text
      quantity: {type: integer, required: true}
      price: {type: decimal, decimal_sign: ".", required: true}
      day: {type: date, format: "%Y-%m-%d", required: true}
entities:
  documents:
    one_row_per: invoice
    columns:
      document_number: invoice
      document_type: {constant: invoice}
      legal_entity_id: {constant: MEU}
      document_date: {earliest: day}
      currency_code: {constant: EUR}
      net_amount: {sum: {multiply: [quantity, price]}}
      tax_amount: {constant: "0"}
      total_amount: {round: {sum: {multiply: [quantity, price]}}, places: 2}
      status: {constant: live}
  document_lines:
    columns:
      document_number: invoice
      line_number: {line_number: invoice}
      product_id: sku
      quantity: quantity
      unit_price: price
      net_amount: {multiply: [quantity, price]}
"""
LINES_HEADER = "invoice,sku,quantity,price,day\n"


def test_entities_have_exactly_the_columns_of_their_raw_tables() -> None:
    declared = {
        spec.name.removeprefix("table__"): [column for column in spec.columns if not column.startswith("_")]
        for spec in SOURCE_TABLES
        if spec.name.startswith("table__")
    }
    assert declared == {name: list(entity.columns) for name, entity in ENTITIES.items()}


def test_a_european_csv_is_read_by_its_declared_signs(tmp_path: Path) -> None:
    parsed = read_table((CSV_HEADER + GOOD_LINE).encode(), mapping_for("wholesale", tmp_path))
    (row,) = rows(parsed, "documents")
    assert (row["document_date"], row["total_amount"], row["currency_code"]) == ("2026-01-31", "1234.500", "EUR")
    assert (parsed.amount_sum, parsed.currency_code) == (Decimal("1234.500"), "EUR")


@pytest.mark.parametrize(
    ("line", "reason_code", "says"),
    [
        ("R-2;C1;31.01.2026;1,234.50;EUR", "AMOUNT_NOT_A_NUMBER", "row 2: column amount: `1,234.50`"),
        ("R-2;C1;31.01.2026;12.5;EUR", "AMOUNT_NOT_A_NUMBER", "decimal sign ','"),
        ("R-2;C1;31.01.2026;NaN;EUR", "AMOUNT_NOT_A_NUMBER", "`NaN`"),
        ("R-2;C1;31.01.2026;1e3;EUR", "AMOUNT_NOT_A_NUMBER", "`1e3`"),
        ("R-2;C1;31.01.2026;9999999999999999;EUR", "AMOUNT_NOT_A_NUMBER", "15 digits"),
        ("R-2;C1;31.01.2026;1,2345;EUR", "AMOUNT_NOT_EXACT", "net_amount"),
        ("R-2;C1;31.01.2026;1,001;EUR", "AMOUNT_NOT_EXACT", "total_amount"),
        ("R-2;C1;31.01.2026;;EUR", "MISSING_VALUE", "column amount"),
        ("R-2;C1;31.02.2026;1,00;EUR", "NOT_A_DATE", "`31.02.2026`"),
        ("R-2;C1;01/31/2026;1,00;EUR", "NOT_A_DATE", "%d.%m.%Y"),
        ("R-2;C1;31.01.0026;1,00;EUR", "NOT_A_DATE", "`31.01.0026`"),
        ("R-2;C1;31.01.2026;1,00;QQQ", "UNKNOWN_CURRENCY", "`QQQ`"),
        ("R-2;C1;31.01.2026;1,00", "WRONG_COLUMN_COUNT", "4 values"),
        (";C1;31.01.2026;1,00;EUR", "MISSING_VALUE", "column number"),
    ],
)
def test_a_row_that_does_not_fit_is_rejected_and_the_rest_stays(
    line: str, reason_code: str, says: str, tmp_path: Path
) -> None:
    content = (CSV_HEADER + GOOD_LINE + line + "\nR-3;C1;31.01.2026;5,00-;EUR\n").encode()
    parsed = read_table(content, mapping_for("wholesale", tmp_path))
    assert [row["document_number"] for row in rows(parsed, "documents")] == ["R-1", "R-3"]
    (rejected,) = parsed.rejected
    assert (rejected.reason_code, rejected.row_number) == (reason_code, 2)
    assert says in rejected.reason
    assert parsed.amount_sum == Decimal("1229.5")


def test_a_rejected_line_takes_its_whole_document_with_it(tmp_path: Path) -> None:
    content = LINES_HEADER + "A,s,1,2.55,2026-01-05\nA,s,x,2.55,2026-01-05\nB,s,2,1.10,2026-01-05\n"
    parsed = read_table(content.encode(), read_mapping(a_mapping_file(tmp_path, LINES_MAPPING)))
    assert [row["document_number"] for row in rows(parsed, "document_lines")] == ["B"]
    assert [row["total_amount"] for row in rows(parsed, "documents")] == ["2.200"]
    assert [(one.row_number, one.reason_code) for one in parsed.rejected] == [
        (1, "ROW_OF_REJECTED_GROUP"),
        (2, "WRONG_TYPE"),
    ]


def test_headers_come_from_lines_and_equal_lines_both_stay(tmp_path: Path) -> None:
    content = LINES_HEADER + "A,s,3,0.001,2026-01-06\nA,s,3,0.001,2026-01-06\nA,t,1,10.00,2026-01-05\n"
    parsed = read_table(content.encode(), read_mapping(a_mapping_file(tmp_path, LINES_MAPPING)))
    assert [(row["line_number"], row["net_amount"], row["unit_price"]) for row in rows(parsed, "document_lines")] == [
        ("1", "0.003", "0.001"),
        ("2", "0.003", "0.001"),
        ("3", "10.000", "10"),
    ]
    (document,) = rows(parsed, "documents")
    assert (document["document_date"], document["net_amount"], document["total_amount"]) == (
        "2026-01-05", "10.006", "10.010",
    )  # fmt: skip


@pytest.mark.parametrize("system", ["parquet", "excel"])
def test_doubles_become_the_decimals_they_print_as(system: str, tmp_path: Path) -> None:
    values = {"number": "R-1", "customer": "C1", "day": date(2026, 1, 31), "amount": 2.55, "currency": "EUR"}
    written = io.BytesIO()
    if system == "parquet":
        pq.write_table(pa.table({name: [value] for name, value in values.items()}), written)
    else:
        workbook = openpyxl.Workbook()
        workbook.active.append(list(values))
        workbook.active.append(list(values.values()))
        workbook.save(written)
    (row,) = rows(read_table(written.getvalue(), mapping_for(system, tmp_path)), "documents")
    assert (row["net_amount"], row["document_date"]) == ("2.550", "2026-01-31")


def test_a_double_that_is_no_decimal_is_rejected_instead_of_rounded(tmp_path: Path) -> None:
    written = io.BytesIO()
    table = {"number": ["R-1"], "customer": ["C1"], "day": ["31.01.2026"], "amount": [0.1 + 0.2], "currency": ["EUR"]}
    pq.write_table(pa.table(table), written)
    parsed = read_table(written.getvalue(), mapping_for("parquet", tmp_path))
    assert [one.reason_code for one in parsed.rejected] == ["AMOUNT_NOT_A_NUMBER"]


def test_all_faults_of_a_mapping_are_listed_at_once_with_the_closest_name(tmp_path: Path) -> None:
    text = CSV_MAPPING.replace("document_number: number", "document_nmber: number").replace(
        "customer_id: customer", "customer_id: custmer"
    )
    text = text.replace("type: currency", "type: curency").replace("format: csv", "format: cvs")
    with pytest.raises(BadInputError) as error:
        read_mapping(a_mapping_file(tmp_path, text))
    said = str(error.value)
    for part in (
        "did you mean `document_number`?", "did you mean `customer`?", "did you mean `currency`?",
        "valid are: csv, parquet, excel, sqlite", "`document_number` is required",
    ):  # fmt: skip
        assert part in said


@pytest.mark.parametrize(
    ("replace", "by", "says"),
    [
        ("documents:", "document:", "entity `document` is not known; did you mean `documents`?"),
        ("net_amount: amount", "net_amount: customer", "holds amount, but the expression gives text"),
        ("net_amount: amount", "net_amount: {sum: amount}", "`sum` needs `one_row_per`"),
        ("net_amount: amount", "net_amount: {mulitply: [amount, amount]}", "did you mean `multiply`?"),
        ('decimal_sign: ",", ', "", "a decimal needs `decimal_sign`"),
        ('format: "%d.%m.%Y", ', "", "a date needs `format`"),
        ("encoding: utf-8, ", "", "a csv needs `encoding`"),
        ("tables:", "tabels:", "did you mean `tables`?"),
        ("- no yaml: [", "", ""),
    ],
)
def test_a_fault_of_a_mapping_says_what_is_valid(replace: str, by: str, says: str, tmp_path: Path) -> None:
    text = CSV_MAPPING.replace(replace, by) if says else "a: [1"
    with pytest.raises(BadInputError, match="." if not says else None) as error:
        read_mapping(a_mapping_file(tmp_path, text))
    assert says in str(error.value)


def test_a_landed_table_is_loaded_once_however_often_it_comes(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    mapping = read_mapping(a_mapping_file(sources, CSV_MAPPING))
    landing, warehouse = Landing(tmp_path / "landing"), Warehouse(tmp_path / "warehouse.duckdb")
    day, at = date(2026, 2, 1), datetime(2026, 2, 1, 6, tzinfo=UTC)
    content = CSV_HEADER + GOOD_LINE + "R-2;C1;no date;1,00;EUR\n"
    for name in ("first.csv", "again.csv", "first.csv"):
        (tmp_path / name).write_text(content)
        landed = land_table(mapping, tmp_path / name, landing, business_date=day, received_at=at)
    assert landed.status is FileStatus.ACCEPTED
    (tmp_path / "bad.csv").write_text("nothing;of;it\n")
    bad = land_table(mapping, tmp_path / "bad.csv", landing, business_date=day, received_at=at)
    assert (bad.status, bad.reason_code, bad.position) == (FileStatus.QUARANTINED, "MISSING_COLUMN", "line 1")
    report = load_raw(warehouse, landing, day, day, mapping_readers(sources))
    assert (report.row_count, report.rejected_row_count) == (1, 1)
    loaded = warehouse.rows("select document_number, total_amount, _source_system from raw.table__documents")
    assert loaded == [{"document_number": "R-1", "total_amount": "1234.500", "_source_system": "wholesale"}]
    statuses = warehouse.rows("select source_file, status from raw.landing_manifest order by source_file")
    assert [row["status"] for row in statuses] == ["duplicate", "quarantined", "accepted"]


@pytest.mark.shared_data
def test_online_retail_loads_whole_and_sums_exactly(shared_data: Path) -> None:
    content = (shared_data / "online_retail.parquet").read_bytes()
    parsed = read_table(content, read_mapping(MAPPINGS / "online_retail.yml"))
    lines = parsed.rows["table__document_lines"]
    documents = rows(parsed, "documents")
    assert (len(lines), len(documents), len(parsed.rejected)) == (240_007, 12_468, 0)
    assert parsed.amount_sum == Decimal("4275143.931")
    unidentified = {row["document_number"] for row in documents if row["customer_id"] is None}
    assert sum(row["document_number"] in unidentified for row in lines) == 67_225
    assert sum(row["document_type"] == "credit_memo" for row in documents) == 1_946
    assert sum(Decimal(str(row["net_amount"])) for row in documents) == Decimal("4275143.931")
    assert sum(Decimal(str(row["total_amount"])) for row in documents) == Decimal("4275143.93")
    assert all(Decimal(str(row["total_amount"])) <= 0 for row in documents if row["document_type"] == "credit_memo")


@pytest.mark.shared_data
def test_s4_reversals_and_what_they_reverse_are_zero(shared_data: Path) -> None:
    content = (shared_data / "sap_o2c_demo.db").read_bytes()
    parsed = read_table(content, read_mapping(MAPPINGS / "s4_document_flow.yml"))
    documents = {row["document_number"]: row for row in rows(parsed, "documents")}
    totals: dict[str | None, Decimal] = defaultdict(Decimal)
    lines: dict[str | None, Decimal] = defaultdict(Decimal)
    for row in rows(parsed, "document_lines"):
        lines[row["document_number"]] += Decimal(str(row["net_amount"]))
    for row in documents.values():
        net, tax, total = (Decimal(str(row[name])) for name in ("net_amount", "tax_amount", "total_amount"))
        totals[row["status"]] += total
        assert net + tax == total
        assert lines[row["document_number"]] == net
        if row["status"] == "reversal":
            reversed_document = documents[row["cancels_document_number"]]
            assert reversed_document["status"] == "cancelled"
            assert Decimal(str(reversed_document["total_amount"])) + total == 0
    # What stays open is what the journal has not cleared: three items of 2,654.64.
    assert totals == {
        "live": Decimal("2654.64"), "cancelled": Decimal("102456.20"), "reversal": Decimal("-102456.20"),
    }  # fmt: skip
    assert {name: len(found) for name, found in parsed.rows.items()} == {
        "table__customers": 8, "table__products": 69, "table__orders": 100, "table__order_lines": 167,
        "table__fulfilments": 137, "table__documents": 163, "table__document_lines": 245,
        "table__receipts": 0, "table__applications": 0,
    }  # fmt: skip
    assert parsed.rejected == ()


@pytest.mark.shared_data
def test_s4_clearings_in_cash_settle_what_they_clear(shared_data: Path, tmp_path: Path) -> None:
    import sqlite3

    database = sqlite3.connect(":memory:")
    database.deserialize((shared_data / "sap_o2c_demo.db").read_bytes())
    database.execute(
        "insert into payments_ar select companyCode, fiscalYear, accountingDocument, accountingDocumentItem, customer, "
        "'2025-06-02T00:00:00.000Z', '1400000001', amountInTransactionCurrency, transactionCurrency, "
        "amountInCompanyCodeCurrency, companyCodeCurrency, '2025-06-02T00:00:00.000Z', '2025-06-02T00:00:00.000Z', "
        "glAccount, 'D' from journal_entry_ar where clearingAccountingDocument = '' and customer = '320000082'"
    )
    database.commit()
    parsed = read_table(database.serialize(), read_mapping(MAPPINGS / "s4_document_flow.yml"))
    (receipt,) = rows(parsed, "receipts")
    assert (receipt["receipt_id"], receipt["amount"], receipt["value_date"]) == ("1400000001", "1889.640", "2025-06-02")
    assert [(row["document_number"], row["applied_amount"]) for row in rows(parsed, "applications")] == [
        ("90628265", "870.480"),
        ("90628266", "1019.160"),
    ]


ADVICES = """Advice;Date;Payer;Email;Reference;Currency;Document;Amount;Reason
A-1;2026-03-16;Acme;ap@acme.example;PAY-77123;USD;US-1;98.00;discount 2.00
A-2;2026-03-16;Beta;;;USD;US-7;10.00;
A-1;2026-03-16;Acme;ap@acme.example;PAY-77123;USD;US-2;-20.00;
A-3;2026-03-16;Cami;;;USD;US-8;5.00;
A-3;2026-03-16;Cami;;;USD;US-9;five;
"""


def test_a_csv_of_remittance_advices_is_read_each_whole() -> None:
    parsed = read_table(ADVICES.encode(), read_mapping(MAPPINGS / "remittance_advices.yml"))
    assert [(row["message_id"], row["payment_reference"], row["total_amount"]) for row in rows(parsed, "remittances")
            ] == [("A-1", "PAY-77123", "78.000"), ("A-2", None, "10.000")]  # fmt: skip
    assert [tuple(row.values()) for row in rows(parsed, "remittance_lines")] == [
        ("A-1", "1", "US-1", "98.000", "discount 2.00"),
        ("A-2", "1", "US-7", "10.000", None),
        ("A-1", "2", "US-2", "-20.000", None),
    ]
    assert [one.row_number for one in parsed.rejected] == [4, 5]
    assert (parsed.amount_sum, parsed.currency_code) == (Decimal("88.000"), "USD")
