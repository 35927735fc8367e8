"""The exceptions' face: what the rooms found today against what is open, giving what opened and what is resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from assets.exceptions.policy import ExceptionsPolicy
from assets.ledger.decision import ActorKind, Decision, canonical_json
from assets.ledger.documents import plain
from assets.ledger.exceptions import Finding, OpenException

OPENED, RESOLVED = "opened", "resolved"
_NONE_BEFORE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ExceptionChange:
    """An exception that opened or was resolved today."""

    status: str
    exception: OpenException
    upstream_system: str | None
    upstream_field: str | None
    context: Mapping[str, Any]

    @property
    def exception_key(self) -> str:
        """Return the exception this is about."""
        return self.exception.exception_key

    def decision(self, business_date: date) -> Decision:
        """Return the decision to record; an exception that comes back is another occurrence."""
        finding = self.exception.finding
        return Decision(
            kind=f"exception_{self.status}",
            subject_kind="exception",
            subject_key=self.exception_key,
            business_date=business_date,
            actor_kind=ActorKind.RULE,
            actor="exceptions",
            payload={
                "subject_kind": finding.subject_kind,
                "subject_key": finding.subject_key,
                "subject_label": finding.subject_label,
                "owner": self.exception.owner,
                "amount": None if finding.amount is None else plain(finding.amount),
                "currency_code": finding.currency_code,
                "opened_date": self.exception.opened_date.isoformat(),
                "upstream_system": self.upstream_system,
                "upstream_field": self.upstream_field,
                "context": dict(self.context),
            },
            occurrence=self.exception.occurrence,
            reason_code=finding.reason_code,
        )

    def row(self, business_date: date) -> dict[str, Any]:
        """Return the row of `generated.exceptions`."""
        finding = self.exception.finding
        return {
            "business_date": business_date,
            "exception_key": self.exception_key,
            "subject_kind": finding.subject_kind,
            "subject_key": finding.subject_key,
            "subject_label": finding.subject_label,
            "reason_code": finding.reason_code,
            "owner": self.exception.owner,
            "status": self.status,
            "amount": finding.amount,
            "currency_code": finding.currency_code,
            "opened_date": self.exception.opened_date,
            "upstream_system": self.upstream_system,
            "upstream_field": self.upstream_field,
            "context": canonical_json(self.context),
        }


@dataclass(frozen=True, slots=True)
class ExceptionChanges:
    """What changed in the queue today; what stayed open is not repeated."""

    opened: tuple[ExceptionChange, ...]
    resolved: tuple[ExceptionChange, ...]


def classify(
    findings: Iterable[Finding],
    open_exceptions: Mapping[str, OpenException],
    policy: ExceptionsPolicy,
    *,
    business_date: date,
    opened_before: Mapping[str, int] = _NONE_BEFORE,
    closed_by_people: Collection[str] = frozenset(),
    is_close: bool = True,
) -> ExceptionChanges:
    """Return what opened and what was resolved: one exception per subject and reason, whatever order they come in.

    An exception is recorded anew, with the day it was opened, when other charges wait for it or when what is known
    since names another field at fault; once a day at most, so only at the close and not on its first day.

    `opened_before` counts how often a key was opened so far, so that one which comes back is a new occurrence.
    `closed_by_people` are keys a person closed: they stay closed as long as the same thing is found again.
    """
    found: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda each: (each.subject_kind, each.subject_key, each.reason_code)):
        rival = found.setdefault(finding.exception_key, finding)
        if rival is not finding and _contents(finding) < _contents(rival):
            found[finding.exception_key] = finding
    opened = [
        _change(
            OPENED,
            OpenException(
                exception_key=key,
                finding=finding,
                owner=policy.route_of(finding.reason_code).owner,
                opened_date=business_date,
                occurrence=str(opened_before.get(key, 0) + 1),
            ),
            policy,
        )
        for key, finding in found.items()
        if key not in open_exceptions and key not in closed_by_people
    ]
    opened += [
        _change(
            OPENED,
            replace(before, finding=finding, occurrence=str(opened_before.get(key, 0) + 1)),
            policy,
        )
        for key, finding in found.items()
        if is_close
        and (before := open_exceptions.get(key)) is not None
        and before.opened_date < business_date
        and (_waits_for_other(finding, before.finding) or _is_at_fault_elsewhere(finding, before.finding))
    ]
    gone = sorted(open_exceptions.keys() - found.keys())
    return ExceptionChanges(tuple(opened), tuple(_change(RESOLVED, open_exceptions[key], policy) for key in gone))


def _change(status: str, exception: OpenException, policy: ExceptionsPolicy) -> ExceptionChange:
    finding, route = exception.finding, policy.route_of(exception.finding.reason_code)
    due = route.due_date(exception.opened_date)
    context = {"what": route.description, **finding.context}
    if due is not None:
        context["act_by"] = due.isoformat()
    return ExceptionChange(
        status,
        exception,
        finding.upstream_system or route.upstream_system,
        finding.upstream_field or route.upstream_field,
        context,
    )


def _waits_for_other(finding: Finding, before: Finding) -> bool:
    """Return whether other charges wait for the same cause than when its exception was last recorded."""
    return list(finding.context.get("waiting", ())) != list(before.context.get("waiting", ()))


def _is_at_fault_elsewhere(finding: Finding, before: Finding) -> bool:
    """Return whether a field is named now, and another one than when the exception was last recorded."""
    named = (finding.upstream_system, finding.upstream_field)
    return None not in named and named != (before.upstream_system, before.upstream_field)


def _contents(finding: Finding) -> str:
    return canonical_json([finding.subject_label, finding.amount, finding.context])
