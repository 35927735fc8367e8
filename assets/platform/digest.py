"""One number for what stands in the tables, whatever order the rows lie in: equal digests, equal tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assets.platform.warehouse import Warehouse

# control is left out: it says what a run did, not what is true.
SCHEMAS = ("policy", "raw", "staging", "intermediate", "marts", "generated", "receivables", "reporting")

# When and by which run something was written down is not part of what was written.
RUN_METADATA = frozenset({"recorded_at", "run_key", "hash", "previous_hash"})


def digest_tables(warehouse: Warehouse, schemas: Sequence[str] = SCHEMAS) -> dict[str, str]:
    """Return a digest for every table and view of the schemas: row count and order-free sum of row hashes."""
    listed = ", ".join(f"'{schema}'" for schema in schemas)
    with warehouse.connect() as connection:
        columns = connection.execute(
            "select table_schema, table_name, list(column_name order by column_name) "
            f"from information_schema.columns where table_schema in ({listed}) group by all order by all"
        ).fetchall()
        found: dict[str, str] = {}
        for schema, table, names in columns:
            kept = [f"coalesce(\"{name}\"::varchar, '\\N')" for name in names if name not in RUN_METADATA]
            row = connection.execute(
                f"select count(*), coalesce(sum(md5_number_lower(concat_ws(chr(31), {', '.join(kept)}))::hugeint), 0) "
                f'from "{schema}"."{table}"'
            ).fetchall()[0]
            found[f"{schema}.{table}"] = f"{row[0]}:{row[1]:x}"
    return found


def digest_of(digests: dict[str, str]) -> str:
    """Return one digest over all tables."""
    return hashlib.sha256("\n".join(f"{name} {value}" for name, value in sorted(digests.items())).encode()).hexdigest()
