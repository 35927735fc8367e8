"""Which drafts are looked at once more, and what changed since the one before?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assets.ledger.day import ChargeState, DayState
from assets.ledger.documents import DocumentLine, Draft, plain

DRAFTED_BEFORE, BLOCKED_BEFORE = "drafted_before", "blocked_before"
# Keys and the moment a trigger was told; lines are told in words.
NOT_SHOWN = frozenset({"billing_key", "charge_kind", "customer_key", "lines", "trigger_at"})


def told_again(state: DayState, *, retry_all: bool, is_policy_new: bool) -> list[str]:
    """Return the charges to look at once more: blocked ones, and those not issued of which something new is known.

    Under another policy than that of the day before it is all that wait; else nothing is looked at without news.
    """
    again = []
    for key in state.unissued_charges:
        charge = state.charges[key]
        if charge.is_corrected:
            continue
        is_waiting = charge.status == "blocked" or state.issues_here(charge.draft.legal_entity_id)
        if not is_waiting and key not in state.uncompared_charges:
            continue  # accounting has invoiced it
        is_retried = retry_all and charge.status == "blocked"
        if is_policy_new or is_retried or state.may_be_repaired(key) or _has_run_out(state, charge):
            again.append(key)
    return again


def _has_run_out(state: DayState, charge: ChargeState) -> bool:
    """Return whether the purchase order of a waiting draft ran out yesterday."""
    versions = state.contract_versions.get(charge.draft.contract_id or "")
    valid_until = versions[max(versions)].purchase_order_valid_until if versions else None
    return valid_until is not None and state.business_date is not None and valid_until < state.business_date


def is_same(before: Draft, now: Draft, reason_now: str | None) -> bool:
    """Return whether a draft stands as it is; one made before drafts named their VAT category need not name it."""
    now = replace(now, trigger_at=before.trigger_at)
    if before.tax_category is None:
        now = replace(now, tax_category=None, tax_exemption_code=None, tax_exemption_reason=None)
    return reason_now is None and now == before


def changes(before: Draft, now: Draft) -> list[dict[str, Any]]:
    """Return what a draft says otherwise than the one before it: field, then and now, lines in words."""
    then, new = before.as_payload(), now.as_payload()
    found = [
        {"field": name, "then": then.get(name), "now": new.get(name)}
        for name in dict.fromkeys([*new, *then])
        if name not in NOT_SHOWN and then.get(name) != new.get(name)
    ]
    old_lines, new_lines = _said(before.lines), _said(now.lines)
    gone = [line for line in old_lines if line not in new_lines]
    added = [line for line in new_lines if line not in old_lines]
    if gone or added:
        found.append({"field": "lines", "then": "; ".join(gone) or None, "now": "; ".join(added) or None})
    return found


def _said(lines: Sequence[DocumentLine]) -> list[str]:
    return [f"{line.description}: {plain(line.quantity)} × {plain(line.unit_price)}" for line in lines]


def is_made_anew(evidence: Mapping[str, Any]) -> bool:
    """Return whether a draft replaced one of the same charge that waited for approval already."""
    return DRAFTED_BEFORE in evidence
