"""What fell out of the chain and needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from assets.ledger.decision import natural_key


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a room found that a person must look at; it stays open as long as it is found again."""

    subject_kind: str  # order | charge | contract | document | receipt | customer
    subject_key: str
    subject_label: str
    reason_code: str
    amount: Decimal | None = None
    currency_code: str | None = None
    upstream_system: str | None = None
    upstream_field: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exception_key(self) -> str:
        """Return the key of the exception this finding is about: one per subject and reason."""
        return _exception_key(self.subject_kind, self.subject_key, self.reason_code)


@lru_cache(maxsize=65_536)
def _exception_key(subject_kind: str, subject_key: str, reason_code: str) -> str:
    return natural_key("exception", subject_kind, subject_key, reason_code)


@dataclass(frozen=True, slots=True)
class OpenException:
    """An exception that was opened and not yet resolved."""

    exception_key: str
    finding: Finding
    owner: str
    opened_date: date
    occurrence: str = "1"
