"""The policy a run decides by, read from the seeds as they stand in the warehouse."""

from __future__ import annotations

from assets.ledger.policy import Policy
from assets.platform.warehouse import Warehouse


def load_policy(warehouse: Warehouse) -> Policy:
    """Return the policy seeds as they stand in the warehouse."""
    names = warehouse.rows("select table_name from information_schema.tables where table_schema = 'policy'")
    return Policy.from_rows(
        {
            str(row["table_name"]): warehouse.rows(f'select * from policy."{row["table_name"]}"')
            for row in sorted(names, key=lambda row: str(row["table_name"]))
        }
    )
