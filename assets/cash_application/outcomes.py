"""What was decided about a receipt: applied, proposed, on account or unidentified, with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from assets.ledger.decision import ActorKind, Decision, canonical_json
from assets.ledger.documents import plain
from assets.ledger.errors import InvariantBrokenError
from assets.ledger.money import from_minor
from assets.ledger.receipts import Application, Receipt


class Outcome(StrEnum):
    """What became of a receipt."""

    AUTO_APPLIED = "auto_applied"
    PROPOSED = "proposed"
    ON_ACCOUNT = "on_account"
    UNIDENTIFIED = "unidentified"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a payer left unpaid of a document: why, and whether that closes the document or stays owed."""

    document_key: str
    document_number: str
    kind: str
    amount: Decimal
    clears: bool
    reason_code: str | None = None

    def as_payload(self) -> dict[str, Any]:
        """Return the difference as decisions carry it."""
        reason = {"reason_code": self.reason_code} if self.reason_code else {}
        return {
            **reason,
            "document_key": self.document_key,
            "document_number": self.document_number,
            "kind": self.kind,
            "amount": plain(self.amount),
            "clears": self.clears,
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to apply a receipt: documents with amounts, the rule, and how many other ways are as good."""

    rule: str
    applications: tuple[Application, ...]
    unapplied_minor: int
    customer_key: str | None
    confidence: Decimal
    solution_count: int
    reason_code: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()

    @property
    def document_keys(self) -> tuple[str, ...]:
        """Return the documents it would pay."""
        return tuple(application.document_key for application in self.applications)


@dataclass(frozen=True, slots=True)
class CashOutcome:
    """The decision about one receipt on one day. Proposals are ranked; an applied one stands first and alone."""

    receipt: Receipt
    outcome: Outcome
    customer_key: str | None
    reason_code: str | None
    proposals: tuple[Proposal, ...]
    evidence: Mapping[str, Any]
    confidence: Decimal | None = None  # of the best reading of money for which nothing is proposed
    watched_customers: tuple[str, ...] = ()  # whose documents may change this outcome while it waits
    awaited: tuple[tuple[str, int], ...] = ()  # documents with the amounts of which another receipt for them is to wait
    asks_nobody: bool = False  # policy leaves it on the customer's account until something it pays is open

    def __post_init__(self) -> None:
        for proposal in self.proposals:
            applied = sum(application.applied_minor for application in proposal.applications)
            if applied + proposal.unapplied_minor != self.receipt.amount_minor or proposal.unapplied_minor < 0:
                raise InvariantBrokenError(
                    f"Cannot settle receipt `{self.receipt.receipt_id}`: it holds {self.receipt.amount_minor} minor "
                    f"units, but {applied} applied and {proposal.unapplied_minor} unapplied were decided by rule "
                    f"`{proposal.rule}`. This is a fault of the rule; report it with the receipt."
                )

    @property
    def receipt_key(self) -> str:
        """Return the receipt this is about."""
        return self.receipt.receipt_key

    @property
    def is_applied(self) -> bool:
        """Return whether a rule applied the receipt by itself."""
        return self.outcome is Outcome.AUTO_APPLIED

    @property
    def rule(self) -> str:
        """Return the rule that decided, or that made the best proposal."""
        return self.proposals[0].rule if self.proposals else "none"

    @property
    def applications(self) -> tuple[Application, ...]:
        """Return what is applied; nothing while it is only proposed."""
        return self.proposals[0].applications if self.is_applied else ()

    @property
    def unapplied_minor(self) -> int:
        """Return what stays on the receipt."""
        return self.receipt.amount_minor - sum(application.applied_minor for application in self.applications)

    @property
    def situation(self) -> str:
        """Return a text that changes when anything a person would see of this outcome changes."""
        return canonical_json(
            [
                self.outcome,
                self.customer_key,
                self.reason_code,
                [
                    [
                        p.rule,
                        p.solution_count,
                        [[a.document_key, a.applied_minor] for a in p.applications],
                        [[d.document_key, d.kind, d.amount] for d in p.differences],
                    ]
                    for p in self.proposals
                ],
            ]
        )

    def decision(self, business_date: date) -> Decision | None:
        """Return the decision to record; None when nothing was applied."""
        if not self.is_applied:
            return None
        chosen = self.proposals[0]
        differences = [difference.as_payload() for difference in chosen.differences]
        return Decision(
            kind="cash_applied",
            subject_kind="receipt",
            subject_key=self.receipt_key,
            business_date=business_date,
            actor_kind=ActorKind.RULE,
            actor="cash_application",
            payload={
                "customer_key": self.customer_key,
                "rule": chosen.rule,
                "applications": [
                    {
                        "document_key": application.document_key,
                        "document_number": application.document_number,
                        "applied_amount": plain(application.applied_amount),
                    }
                    for application in chosen.applications
                ],
                "unapplied_amount": plain(from_minor(chosen.unapplied_minor, self.receipt.currency_code)),
                "currency_code": self.receipt.currency_code,
                "confidence": plain(chosen.confidence),
                "solution_count": chosen.solution_count,
                **({"differences": differences} if differences else {}),
            },
            evidence={**self.evidence, **chosen.evidence},
        )

    def rows(self, business_date: date) -> Iterator[dict[str, Any]]:
        """Yield the rows of `generated.cash_matches`: one per proposal and document, one empty row without any."""
        shared = {
            "business_date": business_date,
            "receipt_key": self.receipt_key,
            "outcome": self.outcome.value,
            "currency_code": self.receipt.currency_code,
        }
        if not self.proposals:
            yield shared | {
                "rank": 1,
                "rule": self.rule,
                "customer_key": self.customer_key,
                "document_key": None,
                "document_number": None,
                "applied_amount": Decimal(0),
                "unapplied_amount": self.receipt.receipt_amount,
                "confidence": self.confidence,
                "solution_count": 0,
                "reason_code": self.reason_code,
                "evidence": canonical_json(self.evidence),
            }
        for rank, proposal in enumerate(self.proposals, start=1):
            differences = [difference.as_payload() for difference in proposal.differences]
            left = {"differences": differences} if differences else {}
            evidence = canonical_json({**self.evidence, **proposal.evidence, **left})
            for application in proposal.applications:
                yield shared | {
                    "rank": rank,
                    "rule": proposal.rule,
                    "customer_key": proposal.customer_key,
                    "document_key": application.document_key,
                    "document_number": application.document_number,
                    "applied_amount": application.applied_amount,
                    "unapplied_amount": from_minor(proposal.unapplied_minor, self.receipt.currency_code),
                    "confidence": proposal.confidence,
                    "solution_count": proposal.solution_count,
                    "reason_code": proposal.reason_code or self.reason_code,
                    "evidence": evidence,
                }
