"""Who looks after what fell out, and by when? The seeds `routing` and `reason_codes`, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from assets.ledger.policy import Policy, UnknownPolicyError, as_count


@dataclass(frozen=True, slots=True)
class Route:
    """Where an exception of one reason goes, and where its cause sits."""

    reason_code: str
    description: str
    owner: str
    sla_days: int | None
    upstream_system: str | None
    upstream_field: str | None

    def due_date(self, opened_date: date) -> date | None:
        """Return the day by which the owner should have acted."""
        return None if self.sla_days is None else opened_date + timedelta(days=self.sla_days)


@dataclass(frozen=True, slots=True)
class ExceptionsPolicy:
    """The routes by reason code; a reason that has none is not a reason."""

    routes: Mapping[str, Route]

    @classmethod
    def from_policy(cls, policy: Policy) -> ExceptionsPolicy:
        """Return the typed policy of the seeds."""
        routing = {str(row["reason_code"]): row for row in policy.rows("routing")}
        routes = {}
        for row in policy.rows("reason_codes"):
            code = str(row["reason_code"])
            route = routing.get(code)
            owner = route["owner"] if route else row.get("owner")
            if owner:
                routes[code] = Route(
                    code,
                    str(row["description"]),
                    str(owner),
                    as_count(route["sla_days"]) if route else None,
                    row.get("upstream_system") or None,
                    row.get("upstream_field") or None,
                )
        return cls(routes)

    def route_of(self, reason_code: str) -> Route:
        """Return the route of a reason; raise UnknownPolicyError for one that policy does not know."""
        if reason_code not in self.routes:
            raise UnknownPolicyError("routing", reason_code, self.routes)
        return self.routes[reason_code]
