"""The scripted reviewer: approves drafts of a demonstration or test by a list, on the day and in the order it says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assets.ledger.errors import BadInputError

REVIEWER = "scripted-reviewer"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Billing keys to approve by business date, in order of position."""

    approvals: Mapping[date, Sequence[str]]

    @classmethod
    def of(cls, lines: Iterable[tuple[date, str, int]]) -> Reviewer:
        """Return the reviewer of (business date, billing key, position) lines."""
        by_day: dict[date, list[tuple[int, str]]] = {}
        for day, billing_key, position in lines:
            by_day.setdefault(day, []).append((position, billing_key))
        return cls({day: [billing_key for _, billing_key in sorted(listed)] for day, listed in by_day.items()})

    def approved_on(self, day: date) -> Sequence[str]:
        """Return what it approves that day."""
        return self.approvals.get(day, ())


def read_reviewer(path: Path) -> Reviewer | None:
    """Return the reviewer of a home, or None when the home has none and only people approve."""
    if not path.exists():
        return None
    lines, faults = [], []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            lines.append((date.fromisoformat(line["business_date"]), str(line["billing_key"]), int(line["position"])))
        except (ValueError, KeyError, TypeError) as error:
            faults.append(f"line {number}: {error}")
    if faults:
        raise BadInputError(
            f"Cannot read the scripted reviewer `{path.name}`",
            faults,
            remedy='Each line is {"business_date": "2026-01-31", "billing_key": "…", "position": 1}.',
        )
    return Reviewer.of(lines)
