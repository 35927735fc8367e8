"""Where the things of one company lie, and how they are opened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.decisions.store import DecisionStore
from assets.ledger.errors import BadInputError
from assets.platform.dbt import DbtProject
from assets.platform.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one company. The warehouse in it is a cache; landing and decisions are not."""

    path: Path
    decisions_url: str | None = None

    @property
    def inbox_path(self) -> Path:
        """Return where files arrive, one folder per system and day."""
        return self.path / "inbox"

    @property
    def landing_path(self) -> Path:
        """Return where files are kept as received."""
        return self.path / "landing"

    @property
    def sources_path(self) -> Path:
        """Return where the mappings of this company's own tables lie."""
        return self.path / "sources"

    @property
    def warehouse_path(self) -> Path:
        """Return the DuckDB file."""
        return self.path / "warehouse.duckdb"

    @property
    def published_path(self) -> Path:
        """Return the file that dashboards read."""
        return self.path / "published" / "openitem.duckdb"

    @property
    def outbox_path(self) -> Path:
        """Return where the local environment writes what it would send."""
        return self.path / "outbox"

    @property
    def reviewer_path(self) -> Path:
        """Return the scripted reviewer's approvals, if this company has one."""
        return self.path / "reviewer" / "approvals.jsonl"

    @property
    def decisions_address(self) -> str | Path:
        """Return the decision log's address: a database URL, else the SQLite file of this home."""
        return self.decisions_url or self.path / "decisions.sqlite"

    def is_used(self) -> bool:
        """Say whether anything of a company lies here."""
        kept = ("company.json", "inbox", "landing", "sources", "decisions.sqlite", "published", "warehouse.duckdb")
        return any((self.path / name).exists() for name in kept)

    def warehouse(self) -> Warehouse:
        """Return the warehouse, not yet opened."""
        return Warehouse(self.warehouse_path)

    def decisions(self) -> DecisionStore:
        """Open the decision log."""
        return DecisionStore.open(self.decisions_address)

    def dbt(self) -> DbtProject:
        """Return the dbt project bound to this home's warehouse."""
        return DbtProject(self.warehouse_path, self.path / "dbt")

    def company(self) -> dict[str, Any]:
        """Return what is known of the company (name, first and last day); empty for a home nobody described."""
        path = self.path / "company.json"
        try:
            found = json.loads(path.read_text()) if path.exists() else {}
        except ValueError as error:
            remedy = 'It holds one JSON object, such as {"company_name": "Meridian Group"}.'
            raise BadInputError("Cannot read `company.json`", [str(error)], remedy=remedy) from error
        return found if isinstance(found, dict) else {}

    def company_date(self, name: str) -> date | None:
        """Return a day of company.json, e.g. `last_date`, or None."""
        found = self.company().get(name)
        try:
            return date.fromisoformat(found) if found else None
        except (TypeError, ValueError) as error:
            faults = [f"`{name}` is `{found}`"]
            raise BadInputError("Cannot read `company.json`", faults, remedy="Write days as 2026-06-30.") from error
