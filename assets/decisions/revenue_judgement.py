"""What a controller decides about revenue: how an obligation is earned, or a kind of charge from some day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from assets.decisions.errors import UndecidableError
from assets.decisions.roles import require
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Row, Subject, Turn, decide_once
from assets.ledger.decision import RecordedDecision
from assets.ledger.documents import plain
from assets.ledger.revenue import METHODS, OVER_TIME

HAS_ITS_OWN_PERIOD = frozenset({"retainer", "usage"})
LONGEST_MONTHS = 240


def judge_obligation(
    store: DecisionStore,
    turn: Turn,
    obligation: Row,
    *,
    seen_version: int,
    method: str,
    service_months: int | None = None,
    held_back_percent: Decimal = Decimal(0),
    note: str,
) -> list[RecordedDecision]:
    """Set how one obligation is earned; what is posted to closed months stays, the difference goes to the open one."""
    require(turn.actor, "set_revenue_judgement")
    about = str(obligation["obligation_key"])
    payload = _judgement(about, str(obligation["charge_kind"]), method, service_months, held_back_percent, note)
    subject = Subject("obligation", about, obligation)
    return decide_once(store, turn, "revenue_judgement_set", subject, payload, seen_version)


def judge_charge_kind(
    store: DecisionStore,
    turn: Turn,
    default: Row,
    *,
    seen_version: int,
    method: str,
    service_months: int | None = None,
    held_back_percent: Decimal = Decimal(0),
    effective_date: date,
    note: str,
) -> list[RecordedDecision]:
    """Set how a kind of charge is earned that nobody judged by itself, for what begins on or after a day."""
    require(turn.actor, "set_revenue_default")
    kind = str(default["charge_kind"])
    payload = _judgement(kind, kind, method, service_months, held_back_percent, note)
    if effective_date < turn.business_date.replace(day=1):
        raise UndecidableError(
            f"Cannot judge `{kind}` from {effective_date.isoformat()} on: that month is over. Choose a day from "
            f"{turn.business_date.replace(day=1).isoformat()} on, or judge the contract lines it concerns."
        )
    payload |= {"charge_kind": kind, "effective_date": effective_date.isoformat()}
    subject = Subject("charge_kind", f"charge_kind|{kind}", default)
    return decide_once(store, turn, "revenue_default_judgement_set", subject, payload, seen_version)


def _judgement(
    about: str, charge_kind: str, method: str, service_months: int | None, held_back_percent: Decimal, note: str
) -> dict[str, Any]:
    faults = []
    if method not in METHODS:
        faults.append(f"`{method}` is no method; there are {', '.join(METHODS)}")
    if service_months is not None and not 1 <= service_months <= LONGEST_MONTHS:
        faults.append(f"{service_months} months is not between 1 and {LONGEST_MONTHS}")
    if method == OVER_TIME and service_months is None and charge_kind not in HAS_ITS_OWN_PERIOD:
        faults.append("say over how many months it is earned: it has no billed period of its own")
    if not 0 <= held_back_percent <= 100:
        faults.append(f"{held_back_percent} % held back is not between 0 and 100")
    if not note.strip():
        faults.append("a note must say why")
    if faults:
        raise UndecidableError(f"Cannot judge `{about}`: {'; '.join(faults)}.")
    return {
        "method": method,
        "service_months": service_months if method == OVER_TIME else None,
        "held_back_percent": plain(held_back_percent),
        "note": note,
    }
