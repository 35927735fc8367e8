"""What may the matcher do by itself?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from assets.cash_application.engine.differences import DifferencePolicy


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """What the matcher may do by itself, by the class of its evidence."""

    thresholds: Mapping[str, Decimal] = field(default_factory=dict)  # class -> least confidence; absent = never
    default_threshold: float | None = None
    differences: DifferencePolicy = field(default_factory=DifferencePolicy)
    value_cap: int = 10**12
    duplicate_days: int = 45
    hint_words: Mapping[str, str] = field(default_factory=dict)
    search_members: int = 24
    proposals: int = 5
    version: str = ""
