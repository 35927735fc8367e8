"""The YAML file that says how somebody's table becomes our entities: read, checked as a whole, faults listed once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from assets.ledger.errors import BadInputError

FORMATS = ("csv", "parquet", "excel", "sqlite")
SOURCE_TYPES = ("text", "integer", "decimal", "date", "currency")


@dataclass(frozen=True, slots=True)
class Entity:
    """One of our entities: its columns with what they hold, the columns that name a row, and closed lists of words."""

    columns: Mapping[str, str]
    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


ENTITIES: dict[str, Entity] = {
    "customers": Entity(
        {"customer_id": "text", "customer_name": "text", "legal_entity_id": "text", "country_code": "text",
         "currency_code": "currency", "tax_id": "text", "email": "text", "terms_code": "text"},
        key=("customer_id",),
    ),
    "products": Entity({"product_id": "text", "product_name": "text"}, key=("product_id",)),
    "orders": Entity(
        {"order_number": "text", "customer_id": "text", "legal_entity_id": "text", "order_date": "date",
         "currency_code": "currency", "net_amount": "amount", "purchase_order_number": "text", "status": "text"},
        key=("order_number",),
        required=("legal_entity_id", "order_date", "currency_code", "net_amount"),
    ),
    "order_lines": Entity(
        {"order_number": "text", "line_number": "integer", "product_id": "text", "description": "text",
         "quantity": "number", "unit_price": "number", "net_amount": "amount"},
        key=("order_number", "line_number"),
        required=("net_amount",),
    ),
    "fulfilments": Entity(
        {"shipment_number": "text", "order_number": "text", "line_number": "integer", "quantity": "number",
         "ship_date": "date"},
        key=("shipment_number", "order_number", "line_number"),
        required=("quantity",),
    ),
    "documents": Entity(
        {"document_number": "text", "document_type": "text", "customer_id": "text", "legal_entity_id": "text",
         "document_date": "date", "due_date": "date", "currency_code": "currency", "net_amount": "amount",
         "tax_amount": "amount", "total_amount": "money", "status": "text", "cancels_document_number": "text",
         "accounting_reference": "text", "order_number": "text", "terms_code": "text"},
        key=("document_number",),
        required=("document_type", "legal_entity_id", "document_date", "currency_code", "net_amount", "tax_amount",
                  "total_amount", "status"),
        words={"document_type": ("invoice", "credit_memo"), "status": ("live", "cancelled", "reversal")},
    ),
    "document_lines": Entity(
        {"document_number": "text", "line_number": "integer", "product_id": "text", "description": "text",
         "quantity": "number", "unit_price": "number", "net_amount": "amount"},
        key=("document_number", "line_number"),
        required=("net_amount",),
    ),
    "receipts": Entity(
        {"receipt_id": "text", "legal_entity_id": "text", "customer_id": "text", "value_date": "date",
         "currency_code": "currency", "amount": "money", "payer_name": "text", "remittance_text": "text"},
        key=("receipt_id",),
        required=("legal_entity_id", "value_date", "currency_code", "amount"),
    ),
    "applications": Entity(
        {"receipt_id": "text", "document_number": "text", "applied_amount": "amount", "applied_date": "date"},
        key=("receipt_id", "document_number"),
        required=("applied_amount", "applied_date"),
    ),
    "remittances": Entity(
        {"message_id": "text", "sent_date": "date", "payer_name": "text", "payer_email": "text",
         "payment_reference": "text", "currency_code": "currency", "total_amount": "money"},
        key=("message_id",),
        required=("sent_date", "currency_code"),
    ),
    "remittance_lines": Entity(
        {"message_id": "text", "line_number": "integer", "document_number": "text", "amount": "amount",
         "reason": "text"},
        key=("message_id", "line_number"),
        required=("document_number",),
    ),
}  # fmt: skip

# What an expression may be, and what each yields; None = the type of its parts.
AGGREGATES = ("sum", "first", "earliest", "latest")
EXPRESSIONS = (
    "column", "constant", "concat", "map", "when", "negate", "absolute", "multiply", "add", "subtract", "round",
    "coalesce", "lookup", "line_number", *AGGREGATES,
)  # fmt: skip
CONDITIONS = ("equals", "one_of", "starts_with", "is_empty", "is_in", "is_not_in")

_MONEY_KINDS = ("amount", "number", "money", "decimal")


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column of the user's table and how its text is to be read."""

    name: str
    type: str
    required: bool = False
    formats: tuple[str, ...] = ()
    decimal_sign: str = "."
    thousands: str = ""


@dataclass(frozen=True, slots=True)
class EntityMapping:
    """How rows of one source table become rows of one entity."""

    entity: str
    table: str
    columns: Mapping[str, Any]
    where: tuple[Mapping[str, Any], ...] = ()
    one_row_per: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A checked mapping file."""

    system: str
    format: str
    pattern: str
    options: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, SourceColumn]]
    entities: tuple[EntityMapping, ...]


def read_mapping(path: Path) -> TableMapping:
    """Return the checked mapping of a YAML file; all its faults are raised at once, each with what would be valid."""
    doing = f"Cannot use table mapping `{path.name}`"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInputError(doing, [f"it is no valid YAML: {error}"], remedy="Correct the file.") from error
    checker = _Checker()
    mapping = checker.mapping(document)
    if checker.faults or mapping is None:
        raise BadInputError(
            doing, checker.faults, remedy="Correct the file; mappings/online_retail.yml shows each word."
        )
    return mapping


def unknown(what: str, found: object, valid: Iterable[str]) -> str:
    """Return the fault of a name that is not valid, with the closest one and the whole list."""
    names = list(valid)
    close = difflib.get_close_matches(str(found), names, n=1, cutoff=0.5)
    lower = [name for name in names if name.lower() == str(found).lower()]
    hint = f"did you mean `{(lower or close)[0]}`? " if lower or close else ""
    return f"{what} `{found}` is not known; {hint}valid are: {', '.join(names) or 'none'}"


class _Checker:
    """Walks the document, collecting every fault."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.tables: dict[str, dict[str, SourceColumn]] = {}

    def mapping(self, document: Any) -> TableMapping | None:
        top = self._known_keys("the file", document, ("system", "file", "tables", "entities"), needs_all=True)
        if top is None:
            return None
        system = str(top["system"])
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", system):
            self.faults.append(f"system `{system}` is not a name of lower-case letters, digits and underscores")
        options = self._known_keys(
            "file", top["file"],
            ("format", "pattern", "encoding", "delimiter", "quote", "skip_lines", "sheet", "header_row"),
        ) or {}  # fmt: skip
        file_format = str(options.get("format"))
        if file_format not in FORMATS:
            self.faults.append(unknown("file format", options.get("format"), FORMATS))
        if file_format == "csv":
            self.faults += [f"file: a csv needs `{key}`" for key in ("encoding", "delimiter") if key not in options]
        for name, table in self._dictionary("tables", top["tables"]).items():
            self.tables[name] = self._source_columns(name, table)
        if file_format in ("csv", "parquet", "excel") and len(self.tables) != 1:
            self.faults.append(f"tables: a {file_format} file holds one table, the mapping names {len(self.tables)}")
        entities: list[EntityMapping] = []
        for name, listed in self._dictionary("entities", top["entities"]).items():
            if name not in ENTITIES:
                self.faults.append(unknown("entity", name, ENTITIES))
                continue
            for one in listed if isinstance(listed, list) else [listed]:
                checked = self._entity(name, one)
                if checked is not None:
                    entities.append(checked)
        return TableMapping(
            system=system,
            format=file_format,
            pattern=str(options.get("pattern", "*")),
            options=options,
            tables=self.tables,
            entities=tuple(entities),
        )

    def _source_columns(self, table: str, document: Any) -> dict[str, SourceColumn]:
        where = f"table {table}"
        body = self._known_keys(where, document, ("columns",), needs_all=True) or {"columns": {}}
        columns: dict[str, SourceColumn] = {}
        for name, declared in self._dictionary(f"{where} columns", body["columns"]).items():
            place = f"{where} column {name}"
            settings = {"type": declared} if isinstance(declared, str) else declared
            known = self._known_keys(place, settings, ("type", "required", "format", "decimal_sign", "thousands"))
            if known is None:
                continue
            source_type = known.get("type")
            if source_type not in SOURCE_TYPES:
                self.faults.append(f"{place}: " + unknown("type", source_type, SOURCE_TYPES))
                continue
            formats = known.get("format", ())
            formats = (formats,) if isinstance(formats, str) else tuple(formats)
            if source_type == "date" and not formats:
                self.faults.append(f'{place}: a date needs `format`, e.g. "%d.%m.%Y"')
            decimal_sign, thousands = str(known.get("decimal_sign", ".")), str(known.get("thousands", ""))
            if decimal_sign not in (".", ","):
                self.faults.append(f"{place}: decimal_sign `{decimal_sign}` is neither `.` nor `,`")
            if source_type == "decimal" and "decimal_sign" not in known:
                self.faults.append(f'{place}: a decimal needs `decimal_sign`, "." or ","; it is never guessed')
            if thousands == decimal_sign or thousands not in ("", ".", ",", " ", "'"):
                self.faults.append(f"{place}: thousands `{thousands}` cannot be read beside `{decimal_sign}`")
            columns[str(name)] = SourceColumn(
                str(name), source_type, bool(known.get("required", False)), formats, decimal_sign, thousands
            )
        return columns

    def _entity(self, name: str, document: Any) -> EntityMapping | None:
        place = f"entity {name}"
        body = self._known_keys(place, document, ("from", "where", "one_row_per", "columns"))
        if body is None or "columns" not in body:
            self.faults.append(f"{place}: `columns` is missing")
            return None
        table = str(body.get("from", next(iter(self.tables), "")))
        if table not in self.tables:
            self.faults.append(f"{place}: " + unknown("table", table, self.tables))
            return None
        spec = ENTITIES[name]
        group = body.get("one_row_per", ())
        group = (group,) if isinstance(group, str) else tuple(group)
        for column in group:
            self._check_column(place, table, column)
        where = body.get("where", ())
        where = (where,) if isinstance(where, dict) else tuple(where)
        for condition in where:
            self._check_condition(place, table, condition)
        columns = self._dictionary(f"{place} columns", body["columns"])
        for column, expression in columns.items():
            here = f"{place} column {column}"
            if column not in spec.columns:
                self.faults.append(f"{place}: " + unknown("column", column, spec.columns))
                continue
            found = self._check_expression(here, table, expression, grouped=group)
            kind = spec.columns[column]
            if found is not None and not _fits(found, kind):
                self.faults.append(f"{here} holds {kind}, but the expression gives {found}")
        for column in (*spec.key, *spec.required):
            if column not in columns:
                self.faults.append(f"{place}: column `{column}` is required and not mapped")
        return EntityMapping(name, table, columns, where, group)

    def _check_column(self, place: str, table: str, column: Any) -> str | None:
        declared = self.tables.get(table, {}).get(str(column))
        if declared is None:
            self.faults.append(f"{place}: " + unknown(f"column of table {table}", column, self.tables.get(table, ())))
            return None
        return declared.type

    def _check_condition(self, place: str, table: str, condition: Any) -> None:
        if not isinstance(condition, dict) or "column" not in condition or len(condition) != 2:
            self.faults.append(f"{place}: a condition is a `column` and one of {', '.join(CONDITIONS)}")
            return
        self._check_column(place, table, condition["column"])
        test = next(key for key in condition if key != "column")
        if test not in CONDITIONS:
            self.faults.append(f"{place}: " + unknown("condition", test, CONDITIONS))
        elif test in ("is_in", "is_not_in"):
            target = self._known_keys(f"{place} {test}", condition[test], ("table", "column"), needs_all=True)
            if target is not None and self._check_table(place, target["table"]):
                self._check_column(place, str(target["table"]), target["column"])

    def _check_table(self, place: str, table: Any) -> bool:
        if str(table) not in self.tables:
            self.faults.append(f"{place}: " + unknown("table", table, self.tables))
            return False
        return True

    def _check_expression(
        self, place: str, table: str, expression: Any, *, grouped: Sequence[str] = (), inside: bool = False
    ) -> str | None:
        """Return what the expression gives, or None after noting its fault (or where any type will do)."""

        def of(part: Any, deeper: bool = inside) -> str | None:
            return self._check_expression(place, table, part, grouped=grouped, inside=deeper)

        def numbers(parts: Any) -> str:
            for part in parts if isinstance(parts, list) else [parts]:
                found = of(part)
                if found not in (None, "integer", "decimal", "constant"):
                    self.faults.append(f"{place}: arithmetic needs numbers, `{part}` gives {found}")
            return "decimal"

        if isinstance(expression, str):
            expression = {"column": expression}
        if not isinstance(expression, dict) or not expression:
            self.faults.append(f"{place}: `{expression}` is no column name and no expression; text goes in `constant`")
            return None
        verb = next(iter(expression))
        value = expression[verb]
        extras = {"concat": {"separator"}, "when": {"then", "otherwise"}, "map": {"values", "otherwise"},
                  "round": {"places"}}.get(verb, set())  # fmt: skip
        if verb not in EXPRESSIONS:
            self.faults.append(f"{place}: " + unknown("expression", verb, EXPRESSIONS))
            return None
        for extra in expression.keys() - {verb} - extras:
            self.faults.append(f"{place}: " + unknown(f"setting of {verb}", extra, sorted(extras)))
        if verb == "column":
            if grouped and not inside and value not in grouped:
                self.faults.append(
                    f"{place}: `{value}` differs within one_row_per {list(grouped)}; "
                    f"choose one of {', '.join(AGGREGATES)}"
                )
            return self._check_column(place, table, value)
        if verb == "constant":
            return "constant"
        if verb in AGGREGATES:
            if not grouped:
                self.faults.append(f"{place}: `{verb}` needs `one_row_per`")
            found = of(value, True)
            return "decimal" if verb == "sum" else found
        if verb == "line_number":
            for column in value if isinstance(value, list) else [value]:
                self._check_column(place, table, column)
            return "integer"
        if verb == "lookup":
            return self._check_lookup(place, value, of)
        if verb == "map":
            of(value)
            self._dictionary(f"{place} map values", expression.get("values"))
            return "constant"
        if verb == "when":
            for condition in value if isinstance(value, list) else [value]:
                self._check_condition(place, table, condition)
                tested = condition.get("column") if isinstance(condition, dict) else None
                if grouped and not inside and tested not in grouped:
                    self.faults.append(f"{place}: `{tested}` differs within one_row_per {list(grouped)}; test a key")
            given = [of(expression[part]) for part in ("then", "otherwise") if part in expression]
            return next((one for one in given if one not in (None, "constant")), "constant")
        if verb == "concat":
            for part in value:
                of(part)
            return "text"
        if verb == "coalesce":
            given = [of(part) for part in value]
            return next((one for one in given if one not in (None, "constant")), "constant")
        if verb == "subtract" and (not isinstance(value, list) or len(value) != 2):
            self.faults.append(f"{place}: subtract takes two parts")
        if verb == "round" and not isinstance(expression.get("places"), int):
            self.faults.append(f"{place}: round needs `places`")
        return numbers(value)

    def _check_lookup(self, place: str, value: Any, of: Any) -> str | None:
        body = self._known_keys(f"{place} lookup", value, ("table", "match", "take"), needs_all=True)
        if body is None or not self._check_table(f"{place} lookup", body["table"]):
            return None
        for column, expression in self._dictionary(f"{place} lookup match", body["match"]).items():
            self._check_column(f"{place} lookup", str(body["table"]), column)
            of(expression)
        return self._check_column(f"{place} lookup", str(body["table"]), body["take"])

    def _dictionary(self, place: str, found: Any) -> dict[Any, Any]:
        if isinstance(found, dict) and found:
            return found
        self.faults.append(f"{place} must be a list of names with settings")
        return {}

    def _known_keys(
        self, place: str, found: Any, valid: Sequence[str], *, needs_all: bool = False
    ) -> dict[str, Any] | None:
        if not isinstance(found, dict):
            self.faults.append(f"{place} must have settings; valid are: {', '.join(valid)}")
            return None
        self.faults += [f"{place}: " + unknown("setting", key, valid) for key in found if key not in valid]
        missing = [key for key in valid if key not in found] if needs_all else []
        self.faults += [f"{place}: `{key}` is missing" for key in missing]
        return None if missing else found


def _fits(found: str, kind: str) -> bool:
    if found == "constant" or kind == "text":
        return found != "decimal" or kind != "text"
    if kind in _MONEY_KINDS:
        return found in ("decimal", "integer")
    if kind == "currency":
        return found in ("currency", "text")
    return found == kind
