"""Why was a receipt decided so? Rule, weighed evidence, runner-up, margin and the gate that stopped it, as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from assets.cash_application.engine.differences import CASH_DISCOUNT
from assets.cash_application.engine.nouns import Candidate, Finding, Reason
from assets.cash_application.engine.rules import (
    AMOUNT_AGAINST_REFERENCE,
    DUPLICATE,
    NOTHING,
    PREPAYMENT,
    REASON_OF_READING,
)
from assets.cash_application.known import Known
from assets.cash_application.policy import CashPolicy

AS_GOOD = 1e-9


def evidence_of(candidate: Candidate, finding: Finding, known: Known, *, is_best: bool) -> dict[str, Any]:
    """Return what is stored with a way to apply a receipt; weights are natural log-odds, as text."""
    record: dict[str, Any] = {
        "rule": candidate.rule,
        "evidence_class": candidate.basis,
        "reasons": [_reason(reason, known) for reason in candidate.reasons],
        "score": as_weight(candidate.score),
        "solutions": candidate.solutions,
        "policy_version": known.policy.matching.version,
    }
    if is_best:
        record["stopped_by"] = finding.stop
        if finding.margin is not None:
            record["margin"] = as_weight(finding.margin)
            record["runner_up"] = _runner_up(candidate, finding, known)
    return record


def evidence_of_nothing(finding: Finding, known: Known) -> dict[str, Any]:
    """Return what is stored with a receipt for which nothing is proposed: how it is best read, and why so."""
    record: dict[str, Any] = {"stopped_by": finding.stop, "policy_version": known.policy.matching.version}
    if not finding.against:
        return record
    reading, *rivals = finding.against
    rule = known.policy.differences.get(reading.rule)
    if rule is not None:
        record["kept_as"] = {"kind": rule.kind, "account": rule.account, "reason_code": rule.reason_code}
    record |= {
        "rule": reading.rule,
        "reasons": [
            _reason(reason, known)
            | ({} if reason.document is None else {"document_key": known.book.ids[reason.document]})
            for reason in reading.reasons
        ],
        "score": as_weight(reading.score),
        "confidence": str(as_confidence(reading)),
    }
    for rival in rivals:
        numbers = [known.book.numbers.printed[document] for document in rival.of_documents]
        record["margin"] = as_weight(reading.score - rival.score)
        record["runner_up"] = {"rule": rival.rule, "documents": numbers, "score": as_weight(rival.score)}
    return record


def _reason(reason: Reason, known: Known) -> dict[str, Any]:
    return {
        "evidence": reason.evidence,
        "weight": as_weight(reason.weight),
        **({} if reason.document is None else {"document_number": known.book.numbers.printed[reason.document]}),
        **({} if reason.detail is None else {"detail": reason.detail}),
    }


def as_confidence(candidate: Candidate) -> Decimal:
    """Return the share of all ways to read a payment that one of them has, to six places."""
    return Decimal(f"{candidate.confidence:.6f}")


def as_weight(weight: float) -> str:
    """Return a weight as text of three places; the same text for nothing above and nothing below zero."""
    text = f"{weight:.3f}"
    return "0.000" if text == "-0.000" else text


def reason_code_of(finding: Finding, policy: CashPolicy, *, is_identified: bool) -> str:
    """Return why a receipt was not applied by itself, in the words of the closed list."""
    stop = finding.stop or "RULE_NOT_AUTOMATIC"
    best = finding.best
    if best is None:
        if finding.reading is not None and stop == REASON_OF_READING.get(finding.reading.rule):
            return policy.reason_of(finding.reading.rule) or stop
        if finding.against and finding.against[0].rule == NOTHING and stop in ("NOTHING_FITS", "PAYER_UNKNOWN"):
            return "NOTHING_FITS" if is_identified else "PAYER_UNKNOWN"
        return stop
    if stop not in ("NOT_SURE_ENOUGH", "RULE_NOT_AUTOMATIC"):
        return stop
    if best.rule == AMOUNT_AGAINST_REFERENCE:
        return "REFERENCE_CONTRADICTS"
    if "contradicted" in best.basis.split("/"):
        return "PAYER_CONTRADICTS"
    if finding.runner_up in (DUPLICATE, PREPAYMENT) and finding.margin is not None and finding.margin < 4:
        return policy.reason_of(finding.runner_up) or REASON_OF_READING[finding.runner_up]
    if finding.margin is not None and finding.margin < 1 and finding.runner_up != NOTHING:
        return "SEVERAL_SOLUTIONS"
    if any(part.kind not in (None, CASH_DISCOUNT) for part in best.parts):
        return "SHORT_PAYMENT"
    if best.applied < finding.payment.amount:
        return "OVERPAYMENT"
    return stop


def _runner_up(best: Candidate, finding: Finding, known: Known) -> dict[str, Any]:
    """Return the best of the ways not taken; one that pays nothing open has no documents."""
    score = best.score - (finding.margin or 0.0)
    rival = finding.ranked[1] if len(finding.ranked) > 1 else None
    if rival is not None and abs(rival.score - score) <= AS_GOOD:
        numbers = [known.book.numbers.printed[part.document] for part in rival.parts]
        return {"rule": rival.rule, "documents": numbers, "score": as_weight(rival.score)}
    return {"rule": finding.runner_up, "documents": [], "score": as_weight(score)}
