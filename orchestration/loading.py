"""Brings a table of one's own into a home: its mapping is kept beside it, its bytes land like any other file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from assets.extract.landing import Landing
from assets.extract.table_mapping import read_mapping
from assets.extract.table_source import land_table
from assets.ledger.errors import BadInputError
from assets.platform.lock import warehouse_lock
from orchestration.clock import business_today
from orchestration.settings import Settings

# As for a file in a dated inbox folder: a day's deliveries are known from six in the morning on.
ARRIVAL = time(6, tzinfo=UTC)


def load_table(settings: Settings, mapping_path: Path, file: Path, received: date | None) -> dict[str, Any]:
    """Land the file under its mapping and return what became of it; the next run loads its rows."""
    missing = [f"`{path}` is not a file" for path in (mapping_path, file) if not path.is_file()]
    if missing:
        raise BadInputError("Cannot load a table", missing, remedy="Give the mapping first, then the table.")
    day = received or business_today(settings)
    home = settings.home
    with home.decisions() as store:
        last_closed = store.last_closed_date()
    if last_closed is not None and day <= last_closed:
        remedy = "What is only known now counts on a day that is still open: give a later --received."
        raise BadInputError("Cannot load a table", [f"{day} is closed, up to {last_closed}"], remedy=remedy)
    with warehouse_lock(home.path, "load", wait_seconds=60):
        mapping = read_mapping(mapping_path)
        home.sources_path.mkdir(parents=True, exist_ok=True)
        kept = home.sources_path / mapping_path.name
        kept.write_bytes(mapping_path.read_bytes())
        row = land_table(
            mapping, file, Landing(home.landing_path), business_date=day, received_at=datetime.combine(day, ARRIVAL)
        )
    return {
        "file": row.source_file,
        "status": row.status.value,
        "rows accepted": row.row_count,
        "rows quarantined": len(row.rejected),
        "reason": row.reason,
        "next": f"openitem run --as-of {day}",
    }
