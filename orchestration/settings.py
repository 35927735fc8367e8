"""The one frozen object of settings, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assets.ledger.errors import BadInputError
from assets.platform.home import Home

ENVIRONMENTS = ("local", "test", "live")


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between installations. Business rules are not here: they are policy seeds."""

    home: Home
    environment: str
    today: date | None


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process; list every fault at once."""
    found = os.environ if environ is None else environ
    faults: list[str] = []
    environment = found.get("OPENITEM_ENVIRONMENT", "local")
    if environment not in ENVIRONMENTS:
        faults.append(f"OPENITEM_ENVIRONMENT is `{environment}`, expected one of {', '.join(ENVIRONMENTS)}")
    today: date | None = None
    if found.get("OPENITEM_TODAY"):
        try:
            today = date.fromisoformat(found["OPENITEM_TODAY"])
        except ValueError:
            faults.append(f"OPENITEM_TODAY is `{found['OPENITEM_TODAY']}`, expected a day such as 2026-06-30")
    if faults:
        raise BadInputError("Cannot read the settings", faults, remedy="See `.env.example` for each variable.")
    path = Path(found.get("OPENITEM_HOME") or "data/build").resolve()
    return Settings(
        home=Home(path=path, decisions_url=found.get("OPENITEM_DECISIONS_URL") or None),
        environment=environment,
        today=today,
    )
