"""Tables inside CSV, Parquet, Excel and SQLite files as columns of exact text; hostile or broken files are refused."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from assets.extract.archive import refuse_unsafe_zip
from assets.extract.reading import (
    MAX_PAYLOAD_CHARACTERS,
    MAX_VALUE_CHARACTERS,
    FileReason,
    QuarantineError,
    RejectedRow,
    RowReason,
    decode_text,
)
from assets.extract.table_mapping import TableMapping, unknown

MAX_ROWS = 20_000_000
MAX_UNPACKED_BYTES = 2 * 1024**3

_SQLITE_MAGIC = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of the file: declared columns as text, `_row` counted from 1, and rows that are no rows."""

    rows: pa.Table
    rejected: tuple[RejectedRow, ...]
    source_row_count: int
    unread_columns: tuple[str, ...]


def open_tables(content: bytes, mapping: TableMapping) -> dict[str, SourceTable]:
    """Return the tables the mapping names; missing columns and tables are listed together in one QuarantineError."""
    if not content:
        raise QuarantineError(FileReason.EMPTY_FILE, "The file holds nothing. Ask the sender for it again.", "byte 0")
    if mapping.format == "sqlite":
        return _sqlite_tables(content, mapping)
    name = next(iter(mapping.tables))
    reader = {"csv": _csv_table, "parquet": _parquet_table, "excel": _excel_table}[mapping.format]
    return {name: reader(content, name, mapping)}


def exact_text(value: Any) -> str | None:
    """Return a cell as text that loses nothing: a double becomes its shortest decimal, a date its ISO form."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        text = repr(value)
        return format(Decimal(text), "f") if "e" in text else text
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    raise QuarantineError(
        FileReason.WRONG_SHAPE, f"A cell holds {type(value).__name__}, which is no text, number or date.", "unknown row"
    )


def _check_header(header: Sequence[str], wanted: Iterable[str], table: str, position: str) -> None:
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise QuarantineError(
            FileReason.DUPLICATED_COLUMN,
            f"Table `{table}` names {repeated} more than once; which one counts cannot be known.",
            position,
        )
    faults = [unknown(f"column of table {table}", name, header) for name in wanted if name not in header]
    if faults:
        raise QuarantineError(
            FileReason.MISSING_COLUMN, "; ".join(faults) + ". Correct the mapping or the file.", position
        )


def _table(
    header: Sequence[str], columns: Mapping[str, Any], numbers: Sequence[int], values: Mapping[str, Any]
) -> pa.Table:
    arrays = [pa.array(numbers, pa.int64()), *(pa.array(values[name], pa.string()) for name in columns)]
    return pa.table(arrays, names=["_row", *columns])


def _rows_to_table(
    header: Sequence[str],
    lines: Iterable[tuple[int, Sequence[Any]]],
    table: str,
    columns: Mapping[str, Any],
    *,
    is_ragged_rejected: bool,
) -> SourceTable:
    places = {name: header.index(name) for name in columns}
    taken: dict[str, list[str | None]] = {name: [] for name in columns}
    numbers: list[int] = []
    rejected: list[RejectedRow] = []
    count = 0
    for number, values in lines:
        count += 1
        if count > MAX_ROWS:
            raise QuarantineError(FileReason.FILE_TOO_LARGE, f"More than {MAX_ROWS} rows.", f"row {number}")
        if is_ragged_rejected and len(values) != len(header):
            rejected.append(
                RejectedRow(
                    table, number, RowReason.WRONG_COLUMN_COUNT,
                    f"row {number}: {len(values)} values, the header names {len(header)} columns",
                    ",".join(map(str, values))[:MAX_PAYLOAD_CHARACTERS],
                )
            )  # fmt: skip
            continue
        numbers.append(number)
        for name, place in places.items():
            text = exact_text(values[place]) if place < len(values) else None
            if text is not None and len(text) > MAX_VALUE_CHARACTERS:
                raise QuarantineError(
                    RowReason.VALUE_TOO_LONG, f"Column `{name}` holds {len(text)} characters.", f"row {number}"
                )
            taken[name].append(text)
    unread = tuple(name for name in header if name and name not in columns)
    return SourceTable(_table(header, columns, numbers, taken), tuple(rejected), count, unread)


def _csv_table(content: bytes, name: str, mapping: TableMapping) -> SourceTable:
    encoding = str(mapping.options["encoding"]).lower()
    text = decode_text(content, "utf-8-sig" if encoding in ("utf-8", "utf8") else encoding)
    skipped = int(mapping.options.get("skip_lines", 0))
    lines = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=str(mapping.options["delimiter"]),
        quotechar=str(mapping.options.get("quote", '"')),
        strict=True,
    )
    try:
        for _ in range(skipped):
            next(lines, None)
        header = [cell.strip() for cell in next(lines, [])]
        _check_header(header, mapping.tables[name], name, f"line {lines.line_num}")
        numbered = ((number, values) for number, values in enumerate((v for v in lines if v), start=1))
        table = _rows_to_table(header, numbered, name, mapping.tables[name], is_ragged_rejected=True)
    except csv.Error as error:
        is_cut = "unexpected end" in str(error)
        raise QuarantineError(
            FileReason.TRUNCATED_FILE if is_cut else FileReason.MALFORMED_CSV,
            f"The file is not valid CSV: {error}.",
            f"line {lines.line_num}",
        ) from error
    if table.rejected and table.rejected[-1].row_number == table.source_row_count and not text.endswith(("\n", "\r")):
        raise QuarantineError(
            FileReason.TRUNCATED_FILE, "The last line breaks off. Ask for the whole file.", f"line {lines.line_num}"
        )
    if table.rejected and len(table.rejected) == table.source_row_count:
        raise QuarantineError(
            FileReason.MALFORMED_CSV,
            f"No line has the {len(header)} columns of the header; is `{mapping.options['delimiter']}` the delimiter?",
            "line 2",
        )
    return table


def _parquet_table(content: bytes, name: str, mapping: TableMapping) -> SourceTable:
    columns = mapping.tables[name]
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        unpacked = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
        if file.metadata.num_rows > MAX_ROWS or unpacked > MAX_UNPACKED_BYTES:
            raise QuarantineError(
                FileReason.ZIP_BOMB, f"{file.metadata.num_rows} rows, {unpacked} bytes unpacked.", "footer"
            )
        header = file.schema_arrow.names
        _check_header(header, columns, name, "footer")
        read = file.read(columns=list(columns))
        texts = [_parquet_text(column, read.column(column)) for column in columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise QuarantineError(
            FileReason.TRUNCATED_FILE,
            f"The file is no whole Parquet file: {str(error).splitlines()[0][:160]}.",
            f"byte {len(content)}",
        ) from error
    numbers = pa.array(range(1, read.num_rows + 1), pa.int64())
    rows = pa.table([numbers, *texts], names=["_row", *columns])
    unread = tuple(column for column in header if column not in columns)
    return SourceTable(rows, (), read.num_rows, unread)


def _parquet_text(name: str, column: pa.ChunkedArray) -> pa.Array:
    kind = column.type
    if pa.types.is_floating(kind):  # the shortest decimal that reads back as the same double: 2.55, never 2.54999
        encoded = column.combine_chunks().cast(pa.float64()).dictionary_encode()
        texts = pa.array([exact_text(value) for value in encoded.dictionary.to_pylist()], pa.string())
        return texts.take(encoded.indices)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise QuarantineError(FileReason.WRONG_SHAPE, f"Column `{name}` holds {kind}, no text or number.", "footer")
    return column.cast(pa.string()).combine_chunks()


def _excel_table(content: bytes, name: str, mapping: TableMapping) -> SourceTable:
    _check_archive(content)
    import openpyxl  # costs 0.3 s, so only where an Excel file really comes

    columns = mapping.tables[name]
    sheet_name = mapping.options.get("sheet")
    header_row = int(mapping.options.get("header_row", 1))
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        if sheet_name is not None and sheet_name not in workbook.sheetnames:
            raise QuarantineError(FileReason.WRONG_SHAPE, unknown("sheet", sheet_name, workbook.sheetnames), "workbook")
        sheet = workbook[sheet_name] if sheet_name is not None else workbook.worksheets[0]
        sheet.reset_dimensions()  # a sheet may lie about its size
        lines = sheet.iter_rows(min_row=header_row, values_only=True)
        header = [str(cell).strip() if cell is not None else "" for cell in next(lines, ())]
        _check_header(header, columns, name, f"sheet {sheet.title} row {header_row}")
        numbered = (
            (number, values)
            for number, values in enumerate(lines, start=1)
            if any(value is not None for value in values)
        )
        return _rows_to_table(header, numbered, name, columns, is_ragged_rejected=False)
    except QuarantineError:
        raise
    except Exception as error:  # openpyxl lets KeyError, ValueError, TypeError and XML errors of broken sheets through
        raise QuarantineError(
            FileReason.WRONG_SHAPE,
            f"The workbook cannot be read: {type(error).__name__}: {str(error)[:160]}.",
            "workbook",
        ) from error


def _check_archive(content: bytes) -> None:
    """Refuse archives that unpack to more than they should, before anything is unpacked."""
    refuse_unsafe_zip(content)
    archive = zipfile.ZipFile(io.BytesIO(content))
    for member in archive.infolist():
        if member.flag_bits & 1:
            raise QuarantineError(
                FileReason.ARCHIVE_REFUSED, "The workbook is encrypted.", f"member {member.filename[:80]!r}"
            )
        if member.filename.endswith((".xml", ".rels")):
            _check_member(archive, member)
    if "xl/workbook.xml" not in archive.namelist():
        raise QuarantineError(FileReason.ARCHIVE_REFUSED, "The archive holds no workbook.", "archive directory")


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    try:
        with archive.open(member) as stream:
            start = stream.read(4096)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise QuarantineError(
            FileReason.ARCHIVE_REFUSED, f"A member is damaged: {error}.", f"member {member.filename[:80]!r}"
        ) from error
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", start.replace(b"\x00", b""), re.IGNORECASE):
        raise QuarantineError(
            FileReason.DOCTYPE_REFUSED, "A sheet declares a DOCTYPE.", f"member {member.filename[:80]!r}"
        )


def _sqlite_tables(content: bytes, mapping: TableMapping) -> dict[str, SourceTable]:
    if not content.startswith(_SQLITE_MAGIC) or len(content) < 100:
        raise QuarantineError(FileReason.WRONG_SHAPE, "The file is no SQLite database.", "byte 0")
    page_size = int.from_bytes(content[16:18], "big")
    page_size = 65536 if page_size == 1 else page_size
    expected = page_size * int.from_bytes(content[28:32], "big")
    if len(content) < expected:
        raise QuarantineError(
            FileReason.TRUNCATED_FILE,
            f"The database says it has {expected} bytes. Ask the sender for the whole file.",
            f"byte {len(content)}",
        )
    # A database left in WAL mode cannot be opened from memory; its main file reads the same in rollback mode.
    plain = content[:18] + b"\x01\x01" + content[20:]
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(plain)
        connection.execute("pragma trusted_schema = off")
        connection.execute("pragma cell_size_check = on")
        connection.execute("pragma query_only = on")
        found = [
            row[0] for row in connection.execute("select name from sqlite_master where type = 'table' order by name")
        ]
        faults = [unknown("table", name, found) for name in mapping.tables if name not in found]
        headers: dict[str, list[str]] = {}
        for name in mapping.tables:
            if name in found:
                headers[name] = [row[1] for row in connection.execute(f"pragma table_info({_quoted(name)})")]
                faults += [
                    unknown(f"column of table {name}", column, headers[name])
                    for column in mapping.tables[name]
                    if column not in headers[name]
                ]
        if faults:
            raise QuarantineError(
                FileReason.MISSING_COLUMN, "; ".join(faults) + ". Correct the mapping or the file.", "schema"
            )
        tables: dict[str, SourceTable] = {}
        for name, columns in mapping.tables.items():
            listed = ", ".join(_quoted(column) for column in columns)
            rows = enumerate(connection.execute(f"select {listed} from {_quoted(name)}"), start=1)
            read = _rows_to_table(list(columns), rows, name, columns, is_ragged_rejected=False)
            unread = tuple(column for column in headers[name] if column not in columns)
            tables[name] = SourceTable(read.rows, read.rejected, read.source_row_count, unread)
        return tables
    except sqlite3.Error as error:
        raise QuarantineError(
            FileReason.WRONG_SHAPE, f"The database cannot be read: {error}.", f"byte {len(content)}"
        ) from error
    finally:
        connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
