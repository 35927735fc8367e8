"""What must the files of `openitem match` hold? Each is read whole, or refused with what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.ledger.errors import PermanentError
from assets.ledger.parties import OWN_ACCOUNT, VIRTUAL_ACCOUNT

LARGEST = 10**15  # minor units; sums of nine thousand such amounts still fit in 64 bits
TEXT, WHOLE, DAY, MOMENT = "text", "int64", "date", "timestamp"


@dataclass(frozen=True, slots=True)
class InputTable:
    """What a file of the input must hold; columns and files that may be absent are named."""

    name: str
    columns: dict[str, str]
    optional: frozenset[str] = frozenset()
    is_optional: bool = False
    never_empty: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """Return the columns with their types, as a refusal lists them."""
        return ", ".join(
            f"{name} {kind}{' (optional)' if name in self.optional else ''}" for name, kind in self.columns.items()
        )


INPUTS = (
    InputTable(
        "receipts",
        {
            "receipt_id": TEXT, "value_date": DAY, "amount_minor": WHOLE, "currency_code": TEXT, "payer_name": TEXT,
            "payer_account": TEXT, "end_to_end_id": TEXT, "remittance_text": TEXT, "legal_entity_id": TEXT,
            "credited_account": TEXT,
        },
        frozenset({"payer_account", "end_to_end_id", "legal_entity_id", "credited_account"}),
        never_empty=("receipt_id", "value_date", "amount_minor", "currency_code"),
    ),
    InputTable(
        "remittance_lines",
        {"receipt_id": TEXT, "line_number": WHOLE, "reference": TEXT, "amount_minor": WHOLE, "reason": TEXT},
        frozenset({"amount_minor", "reason"}),
        is_optional=True,
        never_empty=("receipt_id",),
    ),
    InputTable(
        "documents",
        {
            "document_id": TEXT, "document_number": TEXT, "document_type": TEXT, "customer_id": TEXT,
            "issue_date": DAY, "due_date": DAY, "amount_minor": WHOLE, "open_amount_minor": WHOLE,
            "currency_code": TEXT, "purchase_order_number": TEXT, "order_number": TEXT, "cash_discount_date": DAY,
            "cash_discount_minor": WHOLE, "closed_date": DAY, "legal_entity_id": TEXT, "delivery_number": TEXT,
            "bank_slip_number": TEXT,
        },
        frozenset(
            {"purchase_order_number", "order_number", "cash_discount_date", "cash_discount_minor", "closed_date",
             "legal_entity_id", "delivery_number", "bank_slip_number"}
        ),
        never_empty=("document_id", "document_number", "document_type", "customer_id", "issue_date", "amount_minor",
                     "open_amount_minor", "currency_code"),
    ),
    InputTable(
        "customers",
        {"customer_id": TEXT, "customer_name": TEXT, "family_id": TEXT, "tax_id": TEXT},
        frozenset({"family_id", "tax_id"}),
        never_empty=("customer_id",),
    ),
    InputTable(
        "payer_accounts", {"customer_id": TEXT, "account": TEXT, "account_kind": TEXT}, frozenset({"account_kind"}),
        is_optional=True, never_empty=("customer_id", "account"),
    ),
    InputTable(
        "history",
        {
            "receipt_id": TEXT, "value_date": DAY, "payer_name": TEXT, "payer_account": TEXT, "remittance_text": TEXT,
            "amount_minor": WHOLE, "customer_id": TEXT, "document_id": TEXT, "document_number": TEXT,
            "applied_minor": WHOLE, "verdict": TEXT, "decided_at": MOMENT,
        },
        frozenset({"verdict", "decided_at"}),
        is_optional=True,
        never_empty=("receipt_id", "value_date"),
    ),
)  # fmt: skip

WORDS = {  # table -> the column that holds one of a few words, and the words
    "documents": ("document_type", ("invoice", "credit_memo")),
    "payer_accounts": ("account_kind", (OWN_ACCOUNT, VIRTUAL_ACCOUNT)),
    "history": ("verdict", ("confirmed", "rejected", "undone")),
}
BELONGS_TO = (  # whose rows without the other are read, but can say nothing
    ("documents", "customer_id", "customers"),
    ("payer_accounts", "customer_id", "customers"),
    ("remittance_lines", "receipt_id", "receipts"),
)

_ARROW = {TEXT: pa.string(), WHOLE: pa.int64(), DAY: pa.date32(), MOMENT: pa.timestamp("us")}


class InputRefusedError(PermanentError):
    """A file of the input lacks a column, has one of another type, or holds a value that cannot be right."""


def read_input(folder: Path, table: InputTable) -> pa.Table | None:
    """Return one table with all its columns, absent optional ones empty; a refusal lists what is expected."""
    path = folder / f"{table.name}.parquet"
    if not path.exists():
        if table.is_optional:
            return None
        raise InputRefusedError(
            f"Cannot match: `{path.name}` is missing in the input folder. Expected: {table.expected}."
        )
    try:
        found = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputRefusedError(f"Cannot read `{path.name}`: it is no Parquet file ({error}).") from error
    columns, faults = [], []
    for name, kind in table.columns.items():
        if name not in found.column_names:
            if name not in table.optional:
                faults.append(f"`{name}` is missing")
            columns.append(pa.nulls(len(found), _ARROW[kind]))
            continue
        column = found.column(name)
        if not _is_of(column.type, kind):
            faults.append(f"`{name}` is {column.type}, not {kind}")
            continue
        try:
            columns.append(column.cast(_ARROW[kind]))
        except pa.ArrowInvalid as error:
            faults.append(f"`{name}` holds a {column.type} that is no {_SAYS[kind]} ({error})")
    if faults:
        raise InputRefusedError(f"Cannot match: in `{path.name}` {'; '.join(faults)}. Expected: {table.expected}.")
    read = pa.Table.from_arrays(columns, names=list(table.columns))
    empty = {name: count for name in table.never_empty if (count := read.column(name).null_count)}
    if empty:
        said = "; ".join(f"the column `{name}` is empty in {count} rows" for name, count in empty.items())
        raise InputRefusedError(f"Cannot match: in `{path.name}` {said}. Expected: a value in each row.")
    wrong = [*_unknown_words(table, read), *_wrong_signs(table, read), *_too_large(table, read)]
    if wrong:
        raise InputRefusedError(f"Cannot match: in `{path.name}` {'; '.join(wrong)}.")
    return read


_SAYS = {TEXT: "text", WHOLE: "int64", DAY: "date", MOMENT: "timestamp of whole microseconds"}


def _is_of(found: pa.DataType, kind: str) -> bool:
    if pa.types.is_null(found):
        return True
    if kind == TEXT:
        if pa.types.is_dictionary(found):
            return _is_of(found.value_type, TEXT)
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found))
    if kind == WHOLE:
        return bool(pa.types.is_integer(found))
    if kind == DAY:
        return bool(pa.types.is_date(found))
    return bool(pa.types.is_timestamp(found))


def _unknown_words(table: InputTable, read: pa.Table) -> Iterator[str]:
    """Yield what is wrong with a column of a few words: another word would be taken for one of them."""
    if table.name not in WORDS:
        return
    column, words = WORDS[table.name]
    given = pc.value_counts(read.column(column))
    unknown = {
        word: count
        for word, count in zip(given.field("values").to_pylist(), given.field("counts").to_pylist(), strict=True)
        if word is not None and word not in words
    }
    if unknown:
        said = ", ".join(f"`{word}` in {count} rows" for word, count in sorted(unknown.items())[:5])
        yield f"`{column}` is {said}. Expected: one of {', '.join(words)}, in small letters"


def _wrong_signs(table: InputTable, read: pa.Table) -> Iterator[str]:
    """Yield how many documents have the sign of the other kind, with one of them."""
    if table.name != "documents":
        return
    kinds = read.column("document_type")
    for kind, is_wrong, sign in (("invoice", pc.less, "negative"), ("credit_memo", pc.greater, "positive")):
        either = pc.or_(is_wrong(read.column("amount_minor"), 0), is_wrong(read.column("open_amount_minor"), 0))
        rows = read.filter(pc.and_(pc.equal(kinds, kind), either))
        if len(rows):
            one = rows.slice(0, 1).to_pylist()[0]
            yield (
                f"{len(rows)} documents of type {kind} have a {sign} amount, e.g. `{one['document_id']}` with "
                f"amount_minor {one['amount_minor']} and open_amount_minor {one['open_amount_minor']}. Expected: "
                "invoices positive, credit memos negative"
            )


def _too_large(table: InputTable, read: pa.Table) -> Iterator[str]:
    for name in table.columns:
        if name.endswith("_minor"):
            ends = pc.min_max(read.column(name)).as_py().values()
            beyond = [amount for amount in ends if amount is not None and abs(amount) > LARGEST]
            if beyond:
                yield f"`{name}` is {beyond[0]}. Expected: at most {LARGEST} minor units"


def check_together(folder: Path) -> list[str]:
    """Refuse files that cannot belong together; return what can be used although a part of it says nothing."""
    _refuse_one_sided_entities(folder)
    return [*_without_their_other(folder), *_without_documents(folder)]


def _refuse_one_sided_entities(folder: Path) -> None:
    counts = {}
    for name in ("receipts", "documents"):
        rows = pq.read_metadata(folder / f"{name}.parquet").num_rows
        entities = _column(folder, name, "legal_entity_id")
        counts[name] = rows, 0 if entities is None else pc.sum(pc.not_equal(entities, "")).as_py() or 0
    if all(rows for rows, _ in counts.values()) and sum(given > 0 for _, given in counts.values()) == 1:
        having, lacking = sorted(counts, key=lambda name: -counts[name][1])
        raise InputRefusedError(
            f"Cannot match: `legal_entity_id` is given in `{having}.parquet` and not in `{lacking}.parquet`, so no "
            "receipt could pay any document. Expected: legal_entity_id text in both files, or in neither."
        )


def _without_their_other(folder: Path) -> Iterator[str]:
    for name, column, other in BELONGS_TO:
        keys, known = _column(folder, name, column), _column(folder, other, column)
        if keys is None or known is None:
            continue
        lost = pc.filter(keys, pc.invert(pc.is_in(keys, value_set=known.cast(keys.type).combine_chunks())))
        if len(lost):
            yield (
                f"{len(lost)} rows of `{name}.parquet` have a `{column}` that `{other}.parquet` does not hold, "
                f"e.g. `{lost[0].as_py()}`."
            )


def _without_documents(folder: Path) -> Iterator[str]:
    """Yield how many receipts are of a legal entity and currency of which there is no document."""
    paid, owed = (_ledgers(folder, name) for name in ("receipts", "documents"))
    lost = {ledger: count for ledger, count in paid.items() if ledger not in owed}
    if lost and owed:
        entity, currency = min(lost, key=str)
        of = f"legal entity `{entity}` and currency `{currency}`" if entity else f"currency `{currency}`"
        yield f"{sum(lost.values())} receipts can pay nothing: no document is of their {of}."


def _ledgers(folder: Path, name: str) -> dict[tuple[str | None, str], int]:
    path = folder / f"{name}.parquet"
    columns = [column for column in ("legal_entity_id", "currency_code") if column in pq.read_schema(path).names]
    table = pq.read_table(path, columns=columns)
    plain = table.cast(pa.schema([(name, pa.string()) for name in columns]))  # dictionaries differ by row group
    rows = plain.group_by(columns).aggregate([([], "count_all")]).to_pylist()
    return {(row.get("legal_entity_id") or None, row["currency_code"]): row["count_all"] for row in rows}


def _column(folder: Path, name: str, column: str) -> pa.ChunkedArray | None:
    """Return one column as text, or None when the file or the column is not there."""
    path = folder / f"{name}.parquet"
    if not path.exists() or column not in pq.read_schema(path).names:
        return None
    return pq.read_table(path, columns=[column]).column(column).cast(pa.string())
