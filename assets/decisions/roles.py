"""Who may decide what. Whatever is not listed is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assets.decisions.errors import NotAllowedError


class Role(StrEnum):
    """What somebody is trusted with."""

    VIEWER = "viewer"
    CLERK = "clerk"
    APPROVER = "approver"
    CONTROLLER = "controller"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at the desk."""

    name: str
    role: Role


CLERK_ACTIONS = frozenset(
    {
        "reject_draft",
        "correct_draft",
        "hold_draft",
        "confirm_match",
        "change_match",
        "reject_match",
        "put_on_account",
        "undo_application",
        "hold_reminder",
        "release_reminder",
        "remind_again",
        "record_promise",
        "assign_exception",
        "close_exception",
        "retry_exception",
    }
)
APPROVER_ACTIONS = CLERK_ACTIONS | {
    "approve_draft",
    "undo_approval",
    "credit_invoice",
    "release_order",
    "release_credit",
    "settle_uncertain",
    "send_late",
}
CONTROLLER_ACTIONS = APPROVER_ACTIONS | {"set_revenue_judgement", "set_revenue_default"}

ALLOWED_ACTIONS: dict[Role, frozenset[str]] = {
    Role.VIEWER: frozenset(),
    Role.CLERK: CLERK_ACTIONS,
    Role.APPROVER: APPROVER_ACTIONS,
    Role.CONTROLLER: CONTROLLER_ACTIONS,
}


def may(actor: Actor, action: str) -> bool:
    """Return whether the actor's role includes the action; an unknown role or action includes nothing."""
    return action in ALLOWED_ACTIONS.get(actor.role, frozenset())


def require(actor: Actor, action: str) -> None:
    """Raise NotAllowedError unless the actor may."""
    if not may(actor, action):
        raise NotAllowedError(actor.name, str(actor.role), action)
