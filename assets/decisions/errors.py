"""What the decision log refuses, and what to do about it."""

from __future__ import annotations

from datetime import date

from assets.ledger.errors import PermanentError, TransientError


class ConflictingDecisionError(PermanentError):
    """The same decision was already recorded with other contents."""

    def __init__(self, kind: str, subject_key: str, occurrence: str, recorded_sequence: int | None) -> None:
        self.kind = kind
        self.subject_key = subject_key
        self.occurrence = occurrence
        self.recorded_sequence = recorded_sequence
        place = f"sequence {recorded_sequence} of the log holds it" if recorded_sequence else "the same append has it"
        super().__init__(
            f"Cannot record `{kind}` number {occurrence} of `{subject_key}`: {place} with other contents. A "
            "decision is never changed; record a new one that undoes it."
        )


class ConflictingMessageError(PermanentError):
    """The same message was already queued with other contents."""

    def __init__(self, channel: str, subject_key: str, occurrence: str) -> None:
        self.subject_key = subject_key
        super().__init__(
            f"Cannot queue {channel} number {occurrence} for `{subject_key}`: the outbox already holds it with other "
            "contents. A queued message is never changed; queue the next occurrence."
        )


class ClosedDayError(PermanentError):
    """A decision was meant for a business day that is closed."""

    def __init__(self, business_date: date, open_date: date, what: str) -> None:
        self.business_date = business_date
        self.open_date = open_date
        super().__init__(
            f"Cannot record {what} on {business_date.isoformat()}: that business day is closed. "
            f"The open day is {open_date.isoformat()}; reload the page, and decide on that day."
        )


class StaleViewError(PermanentError):
    """Somebody decided about the subject after the person looked at it."""

    def __init__(self, subject_key: str, seen_version: int, version: int) -> None:
        self.subject_key = subject_key
        self.seen_version = seen_version
        self.version = version
        super().__init__(
            f"`{subject_key}` has changed since you looked: you saw version {seen_version}, the log holds version "
            f"{version}. Look at it again, then decide."
        )


class NotAllowedError(PermanentError):
    """The actor's role does not include the action."""

    def __init__(self, actor: str, role: str, action: str) -> None:
        self.actor = actor
        self.role = role
        self.action = action
        super().__init__(
            f"`{actor}` may not {action.replace('_', ' ')}: the role `{role}` does not include it. "
            "Ask somebody with a role that does, or have the role changed."
        )


class UndecidableError(PermanentError):
    """The subject is not in a state in which this can be decided."""


class AlreadyBilledError(PermanentError):
    """A charge would stand on two invoices at once; the database refuses the second."""

    def __init__(self) -> None:
        super().__init__(
            "Cannot issue the invoice: a charge on it already stands on an invoice that was neither cancelled nor "
            "credited to be billed again. Nothing was recorded. Take that invoice back first."
        )


class UnknownMessageError(PermanentError):
    """The outbox holds no such message."""

    def __init__(self, outbox_key: str) -> None:
        self.outbox_key = outbox_key
        super().__init__(f"The outbox holds no message `{outbox_key}`. List it with DecisionStore.outbox().")


class MessageLeftError(PermanentError):
    """A message that should be withdrawn was claimed before."""

    def __init__(self, outbox_key: str, subject_key: str) -> None:
        self.outbox_key = outbox_key
        super().__init__(
            f"Cannot take `{subject_key}` back: its message `{outbox_key}` was sent or may have been. Nothing was "
            "recorded. Credit the invoice instead."
        )


class StoreBusyError(TransientError):
    """The log is locked by another writer for longer than the time we wait."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"The decision log `{url}` stayed locked by another writer. Nothing was recorded; try again in a moment."
        )


class UnreadDecisionsError(TransientError):
    """People decided something for the day while a run was about to close it."""

    def __init__(self, business_date: date, count: int) -> None:
        self.business_date = business_date
        self.count = count
        super().__init__(
            f"Cannot close {business_date}: {count} decisions of people were recorded after this run had read the log. "
            "The run reads it again and decides with them."
        )
