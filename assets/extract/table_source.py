"""The generic table source: rows of any mapped CSV, Parquet, Excel or SQLite file as rows of our entities, exactly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from babel.numbers import list_currencies

from assets.extract.bank_statements import BankReason
from assets.extract.inbox import InboxFile
from assets.extract.landing import FileStatus, Landing, ManifestRow, read_file
from assets.extract.reading import (
    MAX_PAYLOAD_CHARACTERS,
    FileReason,
    ParsedFile,
    QuarantineError,
    Reader,
    Readers,
    RejectedRow,
    RowReason,
)
from assets.extract.table_files import SourceTable, open_tables
from assets.extract.table_mapping import ENTITIES, EntityMapping, SourceColumn, TableMapping, read_mapping
from assets.extract.text_rows import TextRows
from assets.ledger.decision import natural_key
from assets.ledger.money import MINOR_DIGITS_OTHER_THAN_TWO

__all__ = ["land_table", "mapping_readers", "read_mapping", "read_table", "reader_of"]

OBJECT = "table"
ROW_OF_REJECTED_GROUP = "ROW_OF_REJECTED_GROUP"
AMOUNT_NOT_EXACT = "AMOUNT_NOT_EXACT"
REPEATED_KEY = "REPEATED_KEY"
AMBIGUOUS_LOOKUP = "AMBIGUOUS_LOOKUP"

_EARLIEST, _LATEST = "1900-01-01", "2199-12-31"
# The control total of a file: the first of these it fills.
_CONTROL_TOTALS = (
    ("document_lines", "net_amount"), ("documents", "total_amount"), ("order_lines", "net_amount"),
    ("orders", "net_amount"), ("receipts", "amount"), ("applications", "applied_amount"),
    ("remittances", "total_amount"), ("remittance_lines", "amount"),
)  # fmt: skip


def reader_of(mapping: TableMapping) -> Reader:
    """Return a reader for files of the mapping's system, to be registered beside the readers of known systems."""
    return lambda content, file_name: read_table(content, mapping)


def mapping_readers(folder: Path) -> Readers:
    """Return a reader per mapping file of a folder, keyed by system and file name pattern."""
    mappings = [read_mapping(path) for path in sorted(folder.glob("*.yml"))] if folder.is_dir() else []
    return {(mapping.system, mapping.pattern): (OBJECT, reader_of(mapping)) for mapping in mappings}


def land_table(
    mapping: TableMapping, file: Path, landing: Landing, *, business_date: date, received_at: datetime
) -> ManifestRow:
    """Keep the file's bytes in landing with one manifest row, as any other file; its rows are loaded by `load_raw`.

    The same bytes landed before are a duplicate and change nothing.
    """
    arrived = InboxFile(mapping.system, business_date, file.name, file)
    found = (OBJECT, reader_of(mapping))
    content, refusal = b"", None
    try:
        content = arrived.read()
    except QuarantineError as error:
        refusal = error
    sha256 = hashlib.sha256(content).hexdigest()
    row = ManifestRow(
        file_key=natural_key("file", mapping.system, business_date.isoformat(), file.name, sha256),
        system=mapping.system,
        object=OBJECT,
        business_date=business_date,
        source_file=file.name,
        sha256=sha256,
        byte_count=len(content),
        received_at=received_at,
        status=FileStatus.ACCEPTED,
    )
    known = [one for one in landing.manifest() if one.system == row.system]
    for one in known:
        if one.file_key == row.file_key:
            return one
    original = next((one for one in known if one.is_accepted and one.sha256 == row.sha256), None)
    if original is not None:
        row = replace(row, status=FileStatus.DUPLICATE, duplicate_of=original.file_key)
    else:
        try:
            if refusal is not None:
                raise refusal
            landing.keep(row, content)
            parsed = read_file(content, row.system, row.source_file, found, {(row.system, mapping.pattern): found})
            row = replace(
                row,
                row_count=parsed.row_count,
                amount_sum=parsed.amount_sum,
                currency_code=parsed.currency_code,
                rejected=tuple(parsed.rejected),
            )
        except QuarantineError as error:
            row = replace(
                row,
                status=FileStatus.QUARANTINED,
                reason_code=error.reason_code,
                reason=error.reason,
                position=error.position,
            )
    landing.record({business_date: [*landing.manifest_of(business_date), row]})
    return row


def read_table(content: bytes, mapping: TableMapping) -> ParsedFile:
    """Return the rows of all mapped entities; a source row with a fault is rejected whole, with every row it made."""
    tables = open_tables(content, mapping)
    connection = duckdb.connect(config={"threads": 2, "enable_external_access": "false"})
    try:
        return _Evaluation(connection, mapping, tables).parsed()
    except duckdb.Error as error:
        raise QuarantineError(
            BankReason.AMOUNT_OUT_OF_RANGE
            if "Range" in type(error).__name__ or "Overflow" in str(error)
            else FileReason.WRONG_SHAPE,
            f"The mapped columns cannot be computed: {str(error).splitlines()[0][:200]}.",
            "unknown row",
        ) from error
    finally:
        connection.close()


class _Evaluation:
    """One file on its way through one mapping, inside a DuckDB that can reach nothing outside."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, mapping: TableMapping, tables: Mapping[str, SourceTable]
    ) -> None:
        self._connection = connection
        self._mapping = mapping
        self._sources = tables
        for name, source in tables.items():
            self._connection.register(f"source of {name}", source.rows)
            self._type_columns(name)

    def parsed(self) -> ParsedFile:
        """Return the rows once no rejected row is left that another row depends on."""
        self._check_lookups()
        # A rejected row may leave a document without one of its lines, so such rows go too until nothing changes.
        while True:
            rows = {index: self._evaluate(index, entity) for index, entity in enumerate(self._mapping.entities)}
            if not self._reject_faulty_results():
                break
        collected: dict[str, list[pa.Table]] = {}
        for index, entity in enumerate(self._mapping.entities):
            collected.setdefault(entity.entity, []).append(rows[index])
        merged = {name: pa.concat_tables(tables) for name, tables in collected.items()}
        self._check_keys(merged)
        rejected = [one for source in self._sources.values() for one in source.rejected]
        for name in self._sources:
            rejected += self._rejected_rows(name)
        return ParsedFile(
            rows={f"table__{name}": TextRows.of(table) for name, table in merged.items()},
            rejected=tuple(sorted(rejected, key=lambda one: (one.object, one.row_number))),
            amount_sum=self._control_total(merged),
            currency_code=self._single_currency(merged),
        )

    def _execute(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
        return found

    def _type_columns(self, name: str) -> None:
        """Read each declared column by its type, once; the first fault of a row stands in `_fault`."""
        typed, faults = [], []
        for column in self._mapping.tables[name].values():
            text = f"nullif(trim({_quoted(column.name)}), '')"
            value, reason = _typed(text, column)
            typed.append(f"{value} as {_quoted(column.name)}")
            if column.required:
                faults.append(f"when {text} is null then {_fault(RowReason.MISSING_VALUE, column, text)}")
            if reason is not None:
                faults.append(f"when {text} is not null and {value} is null then {_fault(reason, column, text)}")
        fault = f"case {' '.join(faults)} end" if faults else "null::varchar"
        self._execute(
            f"create table {_quoted('all of ' + name)} as select _row, {', '.join(typed)}, {fault} as _fault "
            f"from {_quoted('source of ' + name)}"
        )
        self._execute(f"create view {_quoted(name)} as select * from {_quoted('all of ' + name)} where _fault is null")

    def _check_lookups(self) -> None:
        """A lookup that could take two different values takes none: the file is quarantined."""
        for entity in self._mapping.entities:
            for body in _lookups(entity.columns):
                keys = ", ".join(_quoted(key) for key in body["match"])
                present = " and ".join(f"{_quoted(key)} is not null" for key in body["match"])
                found = self._execute(
                    f"select {keys} from {_quoted(str(body['table']))} where {present} group by {keys} "
                    f"having count(distinct {_quoted(str(body['take']))}) > 1 order by {keys} limit 1"
                )
                if found:
                    raise QuarantineError(
                        AMBIGUOUS_LOOKUP,
                        f"Looking up `{body['take']}` in `{body['table']}` by {list(body['match'])} finds different "
                        f"values for {[str(key) for key in found[0]]}. Match by more columns.",
                        f"table {body['table']}",
                    )

    def _evaluate(self, index: int, mapping: EntityMapping) -> pa.Table:
        """Compute one entity's rows; what is wrong with a row stands in `_fault` of the table `result <index>`."""
        spec = ENTITIES[mapping.entity]
        source = _quoted(mapping.table)
        where = " and ".join(self._condition(one, "t") for one in mapping.where) or "true"
        group = ", ".join(f"t.{_quoted(column)}" for column in mapping.one_row_per)
        selected = []
        for column, kind in spec.columns.items():
            expression = mapping.columns.get(column)
            value = "null" if expression is None else self._sql(expression, mapping.table, "t")
            selected.append(f"{_held(value, kind)} as {_quoted(column)}")
        row = "min(t._row)" if mapping.one_row_per else "t._row"
        self._execute(
            f"create or replace temp table {_quoted(f'values {index}')} as select {row} as _row, {', '.join(selected)} "
            f"from {source} t where {where} {f'group by {group}' if group else ''}"
        )
        texts, faults = [], []
        for column, kind in spec.columns.items():
            text, reason = _as_text(column, kind)
            texts.append(f"{text} as {_quoted(column)}")
            if column in spec.key or column in spec.required:
                faults.append(f"when {_quoted(column)} is null then {_result_fault(RowReason.MISSING_VALUE, column)}")
            if column in spec.words:
                listed = ", ".join(_text_literal(word) for word in spec.words[column])
                faults.append(f"when {_quoted(column)} not in ({listed}) then "
                              f"{_result_fault(RowReason.UNKNOWN_VALUE, column)}")  # fmt: skip
            if reason is not None:
                faults.append(f"when {_quoted(column)} is not null and {reason[0]} then "
                              f"{_result_fault(reason[1], column)}")  # fmt: skip
        self._execute(
            f"create or replace temp table {_quoted(f'result {index}')} as select _row, {', '.join(texts)}, "
            f"case {' '.join(faults)} end as _fault from {_quoted(f'values {index}')}"
        )
        columns = ", ".join(_quoted(column) for column in spec.columns)
        return self._connection.sql(
            f"select {columns} from {_quoted(f'result {index}')} where _fault is null order by _row"
        ).to_arrow_table()

    def _reject_faulty_results(self) -> bool:
        """Mark source rows whose result is faulty, and rows that share a group with a rejected one."""
        changed = False
        for index, mapping in enumerate(self._mapping.entities):
            table, all_rows = _quoted(mapping.table), _quoted(f"all of {mapping.table}")
            if self._execute(f"select 1 from {_quoted(f'result {index}')} where _fault is not null limit 1"):
                changed = True
                self._execute(
                    f"update {all_rows} set _fault = r._fault from {_quoted(f'result {index}')} r "
                    f"where {all_rows}._row = r._row and r._fault is not null and {all_rows}._fault is null"
                )
            if not mapping.one_row_per:
                continue
            same = " and ".join(f"a.{_quoted(c)} is not distinct from b.{_quoted(c)}" for c in mapping.one_row_per)
            where = " and ".join(self._condition(one, "a") for one in mapping.where) or "true"
            rows = self._execute(
                f"select a._row from {table} a where {where} and exists "
                f"(select 1 from {all_rows} b where b._fault is not null and {same})"
            )
            if rows:
                changed = True
                listed = ", ".join(str(row) for (row,) in rows)
                reason = (
                    f"{ROW_OF_REJECTED_GROUP}|another row of the same {', '.join(mapping.one_row_per)} was rejected"
                )
                self._execute(f"update {all_rows} set _fault = {_text_literal(reason)} where _row in ({listed})")
        return changed

    def _rejected_rows(self, name: str) -> list[RejectedRow]:
        columns = list(self._mapping.tables[name])
        listed = ", ".join(f"s.{_quoted(column)}" for column in columns)
        found = self._execute(
            f"select a._row, a._fault, {listed} from {_quoted('all of ' + name)} a "
            f"join {_quoted('source of ' + name)} s using (_row) where a._fault is not null order by a._row"
        )
        rejected = []
        for row_number, fault, *values in found:
            reason_code, _, reason = fault.partition("|")
            payload = json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False)[:MAX_PAYLOAD_CHARACTERS]
            rejected.append(RejectedRow(name, row_number, reason_code, f"row {row_number}: {reason}", payload))
        return rejected

    def _check_keys(self, merged: Mapping[str, pa.Table]) -> None:
        for name, table in merged.items():
            keys = list(ENTITIES[name].key)
            counted = table.select(keys).group_by(keys).aggregate([([], "count_all")])
            repeated = [row for row in counted.to_pylist() if row["count_all"] > 1] if len(counted) < len(table) else []
            if repeated and name != "applications":  # one receipt may settle one document in several steps
                first = min(repeated, key=lambda row: [str(row[key]) for key in keys])
                raise QuarantineError(
                    REPEATED_KEY,
                    f"{len(repeated)} {name} come more than once, e.g. {[first[key] for key in keys]}. "
                    "Map `one_row_per`, or number the lines with `line_number`.",
                    f"entity {name}",
                )

    def _control_total(self, merged: Mapping[str, pa.Table]) -> Decimal | None:
        for entity, column in _CONTROL_TOTALS:
            if entity in merged:
                return sum(map(Decimal, filter(None, merged[entity].column(column).to_pylist())), Decimal(0))
        return None

    def _single_currency(self, merged: Mapping[str, pa.Table]) -> str | None:
        found = {
            code
            for table in merged.values()
            if "currency_code" in table.column_names
            for code in table.column("currency_code").unique().to_pylist()
            if code
        }
        return found.pop() if len(found) == 1 else None

    def _condition(self, condition: Mapping[str, Any], alias: str) -> str:
        column = f"{alias}.{_quoted(str(condition['column']))}"
        test, value = next((key, found) for key, found in condition.items() if key != "column")
        text = f"{column}::varchar"
        if test == "equals":
            return f"({text} is not distinct from {_text_literal(str(value))})"
        if test == "one_of":
            return f"coalesce({text} in ({', '.join(_text_literal(str(one)) for one in value)}), false)"
        if test == "starts_with":
            return f"coalesce(starts_with({text}, {_text_literal(str(value))}), false)"
        if test == "is_empty":
            return f"({column} is {'' if value else 'not '}null)"
        member = (
            f"exists (select 1 from {_quoted(str(value['table']))} m "
            f"where m.{_quoted(str(value['column']))}::varchar = {text})"
        )
        return member if test == "is_in" else f"(not {member})"

    def _sql(self, expression: Any, table: str, alias: str) -> str:
        """Return the SQL of an expression the mapping's check has let through."""
        if isinstance(expression, str):
            expression = {"column": expression}
        verb = next(iter(expression))
        value = expression[verb]

        def of(part: Any) -> str:
            return self._sql(part, table, alias)

        if verb == "column":
            return f"{alias}.{_quoted(str(value))}"
        if verb == "constant":
            return "null" if value is None else _text_literal(str(value))
        if verb == "concat":
            parts = ", ".join(f"{of(part)}::varchar" for part in value)
            return f"concat_ws({_text_literal(str(expression.get('separator', '')))}, {parts})"
        if verb == "map":
            pairs = " ".join(
                f"when {_text_literal(str(key))} then {_text_literal(str(found))}"
                for key, found in expression["values"].items()
            )
            other = f"else {of(expression['otherwise'])}::varchar" if "otherwise" in expression else ""
            return f"(case {of(value)}::varchar {pairs} {other} end)"
        if verb == "when":
            tests = value if isinstance(value, list) else [value]
            condition = " and ".join(self._condition(one, alias) for one in tests)
            return f"(case when {condition} then {of(expression['then'])} else {_or_null(expression, of)} end)"
        if verb == "negate":
            return f"(-{of(value)})"
        if verb == "absolute":
            return f"abs({of(value)})"
        if verb in ("multiply", "add", "subtract"):
            sign = {"multiply": " * ", "add": " + ", "subtract": " - "}[verb]
            return "(" + sign.join(_number(part, of) for part in value) + ")"
        if verb == "round":  # DuckDB rounds decimals half away from zero, as the rounding rule says
            return f"round({_number(value, of)}, {int(expression['places'])})"
        if verb == "coalesce":
            return f"coalesce({', '.join(of(part) for part in value)})"
        if verb == "lookup":
            match = " and ".join(
                f"l.{_quoted(str(key))}::varchar = {of(part)}::varchar" for key, part in value["match"].items()
            )
            return f"(select min(l.{_quoted(str(value['take']))}) from {_quoted(str(value['table']))} l where {match})"
        if verb == "line_number":
            keys = ", ".join(f"{alias}.{_quoted(str(key))}" for key in (value if isinstance(value, list) else [value]))
            return f"row_number() over (partition by {keys} order by {alias}._row)"
        functions = {
            "sum": "sum({})",
            "first": f"arg_min({{}}, {alias}._row)",
            "earliest": "min({})",
            "latest": "max({})",
        }
        return functions[verb].format(of(value))


def _typed(text: str, column: SourceColumn) -> tuple[str, RowReason | None]:
    """Return the SQL that reads a text by its declared type (null where it does not fit), and the reason then."""
    if column.type == "text":
        return text, None
    if column.type == "integer":
        clean = f"regexp_replace({text}, '\\.0+$', '')"
        return (
            f"case when regexp_full_match({clean}, '[+-]?[0-9]{{1,18}}') then {clean}::bigint end",
            RowReason.WRONG_TYPE,
        )
    if column.type == "currency":
        codes = ", ".join(f"'{code}'" for code in sorted(list_currencies()))
        return f"case when upper({text}) in ({codes}) then upper({text}) end", RowReason.UNKNOWN_CURRENCY
    if column.type == "date":
        listed = [*column.formats, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"]  # dates Excel and Parquet hold as dates come as ISO
        formats = ", ".join(_text_literal(one) for one in dict.fromkeys(listed))
        day = f"try_strptime({text}, [{formats}])::date"
        return f"case when {day} between date '{_EARLIEST}' and date '{_LATEST}' then {day} end", RowReason.NOT_A_DATE
    sign = "\\." if column.decimal_sign == "." else ","
    whole = "[0-9]{1,15}"
    if column.thousands:
        grouping = {".": "\\.", "'": "''"}.get(column.thousands, column.thousands)
        whole = f"([0-9]{{1,15}}|[0-9]{{1,3}}({grouping}[0-9]{{3}}){{1,4}})"
    # A minus behind the number is what SAP prints; digits beyond ten places would be lost, so they do not fit.
    grammar = f"([+-]?{whole}({sign}[0-9]{{1,10}}0*)?|{whole}({sign}[0-9]{{1,10}}0*)?-)"
    clean = f"replace({text}, {_text_literal(column.thousands)}, '')" if column.thousands else text
    clean = f"replace({clean}, ',', '.')" if column.decimal_sign == "," else clean
    clean = f"case when ends_with({clean}, '-') then '-' || rtrim({clean}, '-') else {clean} end"
    return f"case when regexp_full_match({text}, '{grammar}') then ({clean})::decimal(28,10) end", (
        RowReason.AMOUNT_NOT_A_NUMBER
    )


def _held(value: str, kind: str) -> str:
    """Return the SQL of a value in the type its entity column is computed in."""
    if kind in ("amount", "money", "number"):
        return f"({value})::decimal(38,20)"
    if kind == "date":
        return f"({value})::date"
    if kind == "integer":
        return f"({value})::bigint"
    return f"nullif(trim(({value})::varchar), '')"


def _as_text(column: str, kind: str) -> tuple[str, tuple[str, str] | None]:
    """Return the SQL of a value as raw text, and what makes it faulty with the reason."""
    name = _quoted(column)
    if kind in ("amount", "money"):
        exact = f"try_cast({name} as decimal(18,3))"
        faulty = f"({exact} is null or {exact} <> {name})"
        if kind == "money":  # what is owed or paid must be payable in its currency
            digits = " ".join(f"when '{code}' then {n}" for code, n in sorted(MINOR_DIGITS_OTHER_THAN_TWO.items()))
            places = f"(case currency_code {digits} else 2 end)"
            smallest = f"(case {places} when 0 then 1 when 2 then 0.01 else 0.001 end)"
            faulty = f"({faulty} or {name} % {smallest} <> 0)"
        return f"{exact}::varchar", (faulty, AMOUNT_NOT_EXACT)
    if kind == "number":
        exact = f"try_cast({name} as decimal(28,10))"
        trimmed = f"regexp_replace({exact}::varchar, '\\.?0+$', '')"
        return trimmed, (f"({exact} is null or {exact} <> {name})", AMOUNT_NOT_EXACT)
    if kind == "currency":
        codes = ", ".join(f"'{code}'" for code in sorted(list_currencies()))
        return f"upper({name})", (f"upper({name}) not in ({codes})", RowReason.UNKNOWN_CURRENCY)
    return f"{name}::varchar", None


def _number(part: Any, of: Any) -> str:
    """Return a part of a computation; constants and mapped words arrive as text and become the numbers they say."""
    is_text = isinstance(part, dict) and next(iter(part)) in ("constant", "map")
    return f"{of(part)}::decimal(28,10)" if is_text else str(of(part))


def _or_null(expression: Mapping[str, Any], of: Any) -> str:
    return str(of(expression["otherwise"])) if "otherwise" in expression else "null"


def _lookups(node: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(node, dict):
        if "lookup" in node and isinstance(node["lookup"], dict):
            yield node["lookup"]
        for value in node.values():
            yield from _lookups(value)
    elif isinstance(node, list):
        for value in node:
            yield from _lookups(value)


def _fault(reason: RowReason, column: SourceColumn, text: str) -> str:
    label = f"{reason}|column {column.name}: "
    if reason is RowReason.MISSING_VALUE:
        return _text_literal(label + "the value is missing")
    expected = {
        "integer": "a whole number",
        "currency": "an ISO 4217 currency code",
        "date": f"a date as {list(column.formats)}",
        "decimal": f"a number with decimal sign {column.decimal_sign!r}, at most 15 digits and 10 decimals",
    }[column.type]
    return f"{_text_literal(label)} || '`' || left({text}, 60) || '` is not ' || {_text_literal(expected)}"


def _result_fault(reason: str, column: str) -> str:
    said = {
        str(RowReason.MISSING_VALUE): "the value is missing",
        str(RowReason.UNKNOWN_VALUE): "is none of the words it may be",
        str(RowReason.UNKNOWN_CURRENCY): "is no ISO 4217 currency code",
    }.get(str(reason), "has more digits or decimals than an amount can hold; use `round` or correct it")
    value = f"coalesce('`' || left({_quoted(column)}::varchar, 60) || '` ', '')"
    return f"{_text_literal(f'{reason}|{column} ')} || {value} || {_text_literal(said)}"


def _text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
