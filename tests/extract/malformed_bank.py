"""Bad bank files and bad tables, made by hand, each with the reason for which it is quarantined as a whole."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from assets.extract.table_mapping import TableMapping, read_mapping
from tests.extract.bank_files import a_bai2, a_balance, a_camt, a_detail, an_entry, an_mt940

_GOOD = a_camt([an_entry("100.00", a_detail())])
_PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>'
_XXE = _PROLOGUE + '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_LAUGHS = (
    _PROLOGUE
    + '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>'
)
_MT_ENTRY = ":61:2603020302C100,00NTRFNONREF//REF-1"
_BAI_ENTRY = "16,165,10000,Z,REF1,CUST1,Invoice 1/"

# (file name, system, content, expected reason code)
BANK_CASES: tuple[tuple[str, str, bytes, str], ...] = (
    ("camt053-cut-in-half.xml", "bank", _GOOD[: len(_GOOD) // 2], "MALFORMED_XML"),
    ("camt053-empty.xml", "bank", b"  \n", "EMPTY_FILE"),
    ("camt053-xxe.xml", "bank", a_camt([an_entry("100.00", a_detail(text="&x;"))], prologue=_XXE), "DOCTYPE_REFUSED"),
    ("camt053-billion-laughs.xml", "bank", a_camt([an_entry(extra="&c;")], prologue=_LAUGHS), "DOCTYPE_REFUSED"),
    ("camt053-utf16-doctype.xml", "bank", _GOOD.decode().replace(
        _PROLOGUE, "<!DOCTYPE a>").encode("utf-16"), "DOCTYPE_REFUSED"),
    ("camt053-utf7.xml", "bank", _GOOD.replace(b"UTF-8", b"UTF-7"), "WRONG_ENCODING"),
    ("camt053-latin1-as-utf8.xml", "bank", _GOOD.replace(b"Muster", "Müller".encode("latin-1")), "MALFORMED_XML"),
    ("camt053-nul.xml", "bank", _GOOD.replace(b"Muster", b"Mus\x00er"), "NUL_BYTE"),
    ("camt053-unbalanced.xml", "bank", a_camt([an_entry("100.00")], closing="1100.01"), "STATEMENT_DOES_NOT_BALANCE"),
    ("camt053-entry-lost.xml", "bank", a_camt([]), "STATEMENT_DOES_NOT_BALANCE"),
    ("camt053-pending-balances.xml", "bank", a_camt([an_entry(status="<Cd>PDNG</Cd>")]), "STATEMENT_DOES_NOT_BALANCE"),
    ("camt053-no-closing.xml", "bank", a_camt([an_entry()], closing=None), "BALANCE_MISSING"),
    ("camt053-no-currency.xml", "bank", a_camt([an_entry().replace(' Ccy="EUR"', "")]), "CURRENCY_MISSING"),
    ("camt053-unknown-currency.xml", "bank", a_camt([an_entry(currency="QQQ")]), "UNKNOWN_CURRENCY"),
    ("camt053-other-currency.xml", "bank", a_camt([an_entry(currency="USD")]), "CURRENCY_CONFLICT"),
    ("camt053-yen-with-cents.xml", "bank", a_camt(
        [an_entry("100.50", currency="JPY")], currency="JPY", opening="1000", closing="1100.50"),
        "AMOUNT_EXCEEDS_MINOR_UNIT"),
    ("camt053-decimal-comma.xml", "bank", a_camt([an_entry("100,00")]), "AMOUNT_MALFORMED"),
    ("camt053-negative.xml", "bank", a_camt([an_entry("-100.00")]), "AMOUNT_MALFORMED"),
    ("camt053-full-width-digits.xml", "bank", a_camt([an_entry("１00.00")]), "AMOUNT_MALFORMED"),
    ("camt053-huge-amount.xml", "bank", a_camt([an_entry("9" * 40)]), "AMOUNT_OUT_OF_RANGE"),
    ("camt053-no-sign.xml", "bank", a_camt(
        [an_entry().replace("<CdtDbtInd>CRDT</CdtDbtInd>", "")]), "DIRECTION_MISSING"),
    ("camt053-no-account.xml", "bank", _GOOD.replace(
        b"<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>", b""), "ACCOUNT_MISSING"),
    ("camt053-february-30.xml", "bank", a_camt([an_entry(day="2026-02-30")]), "DATE_MALFORMED"),
    ("camt053-statement-twice.xml", "bank", _GOOD.replace(
        b"</BkToCstmrStmt>", _GOOD[_GOOD.index(b"<Stmt>"):_GOOD.index(b"</BkToCstmrStmt>")] + b"</BkToCstmrStmt>"),
        "DUPLICATED_STATEMENT"),
    ("camt053-is-a-payment.xml", "bank", b"<Document><CstmrCdtTrfInitn/></Document>", "NOT_A_BANK_FILE"),
    ("camt053-is-html.xml", "bank", b"<html><body>Session expired<br></body></html>", "MALFORMED_XML"),
    ("camt053-balance-in-dollars.xml", "bank", a_camt([an_entry()], closing=None).replace(
        b"</Bal>", b"</Bal>" + a_balance("CLBD", "1100.00", "USD").encode(), 1), "CURRENCY_CONFLICT"),
    ("bai2-no-trailer.txt", "bank", a_bai2([_BAI_ENTRY], trailers=False), "TRUNCATED_STATEMENT"),
    ("bai2-group-trailer-missing.txt", "bank", a_bai2([_BAI_ENTRY]).replace(b"98,", b"88,"), "TRUNCATED_STATEMENT"),
    ("bai2-unbalanced.txt", "bank", a_bai2([_BAI_ENTRY], closing="110001"), "STATEMENT_DOES_NOT_BALANCE"),
    ("bai2-no-balance.txt", "bank", a_bai2([_BAI_ENTRY], opening=""), "BALANCE_MISSING"),
    ("bai2-decimal-amount.txt", "bank", a_bai2(["16,165,100.00,Z,REF1,,Invoice 1/"]), "AMOUNT_MALFORMED"),
    ("bai2-huge-amount.txt", "bank", a_bai2([f"16,165,{'9' * 30},Z,REF1,,Invoice 1/"]), "AMOUNT_OUT_OF_RANGE"),
    ("bai2-unknown-currency.txt", "bank", a_bai2([_BAI_ENTRY], currency="QQQ"), "UNKNOWN_CURRENCY"),
    ("bai2-month-13.txt", "bank", a_bai2([_BAI_ENTRY]).replace(b",260302,", b",261302,"), "DATE_MALFORMED"),
    ("bai2-nul.txt", "bank", a_bai2([_BAI_ENTRY]).replace(b"Invoice", b"Inv\x00ice"), "NUL_BYTE"),
    ("bai2-is-a-letter.txt", "bank", b"Dear customer,\nyour statement is ready.\n", "NOT_A_BANK_FILE"),
    ("mt940-cut-before-closing.sta", "bank", an_mt940([_MT_ENTRY], closing=None), "TRUNCATED_STATEMENT"),
    ("mt940-cut-at-start.sta", "bank", an_mt940([_MT_ENTRY]).split(b":60F:")[1], "TRUNCATED_STATEMENT"),
    ("mt940-unbalanced.sta", "bank", an_mt940([_MT_ENTRY], closing="C260302GBP1100,01"), "STATEMENT_DOES_NOT_BALANCE"),
    ("mt940-reversal-missed.sta", "bank", an_mt940(
        [_MT_ENTRY.replace("C100", "RC100")]), "STATEMENT_DOES_NOT_BALANCE"),
    ("mt940-decimal-point.sta", "bank", an_mt940([_MT_ENTRY.replace("100,00", "10.0x")]), "ENTRY_UNREADABLE"),
    ("mt940-currency-changes.sta", "bank", an_mt940([_MT_ENTRY], closing="C260302EUR1100,00"), "CURRENCY_CONFLICT"),
    ("mt940-yen-with-cents.sta", "bank", an_mt940(
        [_MT_ENTRY], opening="C260301JPY1000,00", closing="C260302JPY1100,50"), "AMOUNT_EXCEEDS_MINOR_UNIT"),
    ("mt940-no-account.sta", "bank", an_mt940([_MT_ENTRY], account=""), "ACCOUNT_MISSING"),
    ("mt940-binary.sta", "bank", bytes(range(256)) * 4, "NUL_BYTE"),
    ("mt940-is-csv.sta", "bank", b"date;amount\n2026-03-02;100,00\n", "NOT_A_BANK_FILE"),
)  # fmt: skip

CSV_MAPPING = """
system: wholesale
file: {format: csv, pattern: "*.csv", encoding: utf-8, delimiter: ";"}
tables:
  lines:
    columns:
      number: {type: text, required: true}
      customer: text
      day: {type: date, format: "%d.%m.%Y", required: true}
      amount: {type: decimal, decimal_sign: ",", thousands: ".", required: true}
      currency: {type: currency, required: true}
entities:
  documents:
    columns:
      document_number: number
      document_type: {constant: invoice}
      customer_id: customer
      legal_entity_id: {constant: MEU}
      document_date: day
      currency_code: currency
      net_amount: amount
      tax_amount: {constant: "0"}
      total_amount: amount
      status: {constant: live}
"""
CSV_HEADER = "number;customer;day;amount;currency\n"
GOOD_LINE = "R-1;C1;31.01.2026;1.234,50;EUR\n"


def mapping_for(system: str, folder: Path) -> TableMapping:
    """Return the small mapping of one of the systems named in TABLE_CASES."""
    text = CSV_MAPPING.replace("system: wholesale", f"system: {system}")
    if system != "wholesale":
        text = text.replace('format: csv, pattern: "*.csv", encoding: utf-8, delimiter: ";"', f"format: {system}")
        text = text.replace('decimal_sign: ",", thousands: "."', 'decimal_sign: "."')
    path = folder / f"{system}.yml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def _parquet(**columns: list[object]) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


def _sqlite(statement: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute(statement)
    connection.commit()
    return connection.serialize()


def _excel(rows: list[list[object]]) -> bytes:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def _excel_with(name: str, content: bytes) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(_excel([["number"]])))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in source.namelist():
            if member != name:
                archive.writestr(member, source.read(member))
        archive.writestr(name, content)
    return written.getvalue()


_PARQUET = _parquet(
    number=["R-1"], customer=["C1"], day=["31.01.2026"], amount=[12.5], currency=["EUR"], note=["x" * 4000]
)
_SQLITE = _sqlite("create table lines (number text, customer text, day text, amount real, currency text)")
_SHEET = "xl/worksheets/sheet1.xml"

TABLE_CASES: tuple[tuple[str, str, bytes, str], ...] = (
    ("empty.csv", "wholesale", b"", "EMPTY_FILE"),
    ("latin1.csv", "wholesale", (CSV_HEADER + GOOD_LINE).replace("C1", "Zoë").encode("latin-1"), "WRONG_ENCODING"),
    ("nul.csv", "wholesale", (CSV_HEADER + GOOD_LINE).replace("C1", "C\x001").encode(), "NUL_BYTE"),
    ("open-quote.csv", "wholesale", (CSV_HEADER + 'R-1;"C1;31.01.2026;1,00;EUR\n').encode(), "TRUNCATED_FILE"),
    ("last-line-cut.csv", "wholesale", (CSV_HEADER + GOOD_LINE + "R-2;C1;31.0").encode(), "TRUNCATED_FILE"),
    ("wrong-delimiter.csv", "wholesale", (CSV_HEADER + GOOD_LINE).replace(";", "|").encode(), "MISSING_COLUMN"),
    ("header-twice.csv", "wholesale", (CSV_HEADER.replace("customer", "number") + GOOD_LINE).encode(),
     "DUPLICATED_COLUMN"),
    ("column-renamed.csv", "wholesale", (CSV_HEADER.replace("amount", "Amount") + GOOD_LINE).encode(),
     "MISSING_COLUMN"),
    ("all-ragged.csv", "wholesale", (CSV_HEADER + "R-1;C1\nR-2;C1\n").encode(), "MALFORMED_CSV"),
    ("number-twice.csv", "wholesale", (CSV_HEADER + GOOD_LINE + GOOD_LINE).encode(), "REPEATED_KEY"),
    ("cut-in-half.parquet", "parquet", _PARQUET[: len(_PARQUET) // 2], "TRUNCATED_FILE"),
    ("footer-lies.parquet", "parquet", b"PAR1" + b"\xff" * 64 + b"PAR1", "TRUNCATED_FILE"),
    ("no-amount.parquet", "parquet", _parquet(number=["R-1"]), "MISSING_COLUMN"),
    ("nested.parquet", "parquet", _parquet(
        number=["R-1"], customer=["C1"], day=["31.01.2026"], amount=[[1.0]], currency=["EUR"]), "WRONG_SHAPE"),
    ("bomb.xlsx", "excel", _excel_with(_SHEET, b"<worksheet>" + b" " * 40_000_000), "ZIP_BOMB"),
    ("doctype.xlsx", "excel", _excel_with(_SHEET, b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'), "DOCTYPE_REFUSED"),
    ("path-in-member.xlsx", "excel", _excel_with("../../evil.xml", b"<a/>"), "ARCHIVE_REFUSED"),
    ("not-a-workbook.xlsx", "excel", b"number;amount\n", "TRUNCATED_FILE"),
    ("broken-sheet.xlsx", "excel", _excel_with(_SHEET, b"<worksheet><sheetData><row>"), "WRONG_SHAPE"),
    ("no-amount.xlsx", "excel", _excel([["number", "day"], ["R-1", "31.01.2026"]]), "MISSING_COLUMN"),
    ("no-table.db", "sqlite", _sqlite("create table line (number text)"), "MISSING_COLUMN"),
    ("cut-in-half.db", "sqlite", _SQLITE[: len(_SQLITE) // 2], "TRUNCATED_FILE"),
    ("damaged.db", "sqlite", _SQLITE[:100] + b"\xff" * (len(_SQLITE) - 100), "WRONG_SHAPE"),
    ("is-text.db", "sqlite", b"number;amount\n", "WRONG_SHAPE"),
)  # fmt: skip
