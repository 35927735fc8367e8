"""Cash application's face: the day's undecided receipts in, one outcome per receipt out, with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from assets.cash_application.evidence import Book, Evidence, gather, read_texts
from assets.cash_application.gates import why_not_automatic, why_nothing_fits
from assets.cash_application.open_items import OpenItemIndex
from assets.cash_application.outcomes import CashOutcome, Outcome, Proposal
from assets.cash_application.payers import PayerIndex, receipt_order
from assets.cash_application.policy import EXACT_REFERENCE, LISTED_AMOUNTS, LISTED_REFERENCES, CashPolicy
from assets.cash_application.remittances import RemittanceIndex
from assets.cash_application.solutions import Solution, all_others, by_payer_and_amount, by_reference
from assets.ledger.receipts import Application, Receipt

RESTS_ON_REFERENCE = frozenset({EXACT_REFERENCE, LISTED_REFERENCES, LISTED_AMOUNTS})


def decide_cash(
    receipts: Iterable[Receipt],
    open_items: OpenItemIndex,
    payers: PayerIndex,
    remittances: RemittanceIndex,
    policy: CashPolicy,
    *,
    business_date: date,
) -> list[CashOutcome]:
    """Return one outcome per receipt, in value-date order; the same whatever order the receipts come in.

    The indexes are read, never changed: the caller settles what was applied, before the next day is decided.
    """
    day = _Day(Book(open_items), payers, remittances, policy, business_date)
    ordered = sorted(receipts, key=receipt_order)
    applied: dict[str, CashOutcome] = {}
    for _, together in groupby(ordered, key=lambda receipt: receipt.value_date):
        day.apply(list(together), applied)
    return [applied.get(receipt.receipt_key) or day.propose(receipt) for receipt in ordered]


class _Day:
    def __init__(
        self, book: Book, payers: PayerIndex, remittances: RemittanceIndex, policy: CashPolicy, business_date: date
    ) -> None:
        self.book = book
        self.payers = payers
        self.remittances = remittances
        self.policy = policy
        self.business_date = business_date
        self.contested: set[str] = set()
        self._gathered: dict[str, Evidence] = {}

    def apply(self, receipts: Sequence[Receipt], applied: dict[str, CashOutcome]) -> None:
        """Apply what is certain among receipts of one value date; of two rivals only a reference wins a document."""
        waiting = list(receipts)
        while waiting:
            wanted = {receipt.receipt_key: found for receipt in waiting if (found := self._certain(receipt))}
            claims: dict[str, list[tuple[str, bool]]] = {}
            for receipt_key, (_, solution) in wanted.items():
                for item in solution.items:
                    claims.setdefault(item.document_key, []).append((receipt_key, solution.rule in RESTS_ON_REFERENCE))
            won = [receipt for receipt in waiting if self._wins(receipt.receipt_key, wanted, claims)]
            for receipt in won:
                evidence, solution = wanted[receipt.receipt_key]
                applied[receipt.receipt_key] = self._applied(evidence, solution)
                for item, part in solution.parts:
                    self.book.take(item.document_key, part)
            lost = [receipt for receipt in waiting if receipt.receipt_key in wanted and receipt not in won]
            if not won:
                self.contested.update(document_key for document_key, wanting in claims.items() if len(wanting) > 1)
            waiting = lost if won else []

    def _wins(
        self,
        receipt_key: str,
        wanted: dict[str, tuple[Evidence, Solution]],
        claims: dict[str, list[tuple[str, bool]]],
    ) -> bool:
        if receipt_key not in wanted:
            return False
        _, solution = wanted[receipt_key]
        for item in solution.items:
            rivals = [by_reference for key, by_reference in claims[item.document_key] if key != receipt_key]
            if rivals and (solution.rule not in RESTS_ON_REFERENCE or any(rivals)):
                return False
        return True

    def _certain(self, receipt: Receipt) -> tuple[Evidence, Solution] | None:
        """Return the one solution a rule may apply by itself, or None."""
        evidence = self._evidence(receipt)
        for solution in self._strict(evidence):
            if solution.reason_code is None:
                return evidence, solution
        return None

    def _strict(self, evidence: Evidence) -> list[Solution]:
        """Return what the automatic rules find, each with the reason that stops it, if any."""
        listed = by_reference(evidence, self.book)
        found = [*([listed] if listed else []), *by_payer_and_amount(evidence, self.book, self.payers, self.policy)]
        gated = []
        for solution in found:
            reason = solution.reason_code or why_not_automatic(
                solution.rule, solution.items, evidence, self.book, self.payers, self.policy
            )
            if reason is None and self.contested.intersection(item.document_key for item in solution.items):
                reason = "RECEIPTS_COMPETE"
            gated.append(replace(solution, reason_code=reason))
        return gated

    def _applied(self, evidence: Evidence, solution: Solution) -> CashOutcome:
        proposal = self._proposal(evidence, solution)
        equal = [item for item in self.book.with_open_amount(evidence.receipt) if item not in solution.items]
        if equal:  # the next best there is: documents of the same amount that nothing else speaks for
            found = {"equal_amounts": len(equal), "runner_up": equal[0].document_number}
            proposal = replace(proposal, evidence={**proposal.evidence, **found})
        return CashOutcome(
            receipt=evidence.receipt,
            outcome=Outcome.AUTO_APPLIED,
            customer_key=proposal.customer_key,
            reason_code=None,
            proposals=(proposal,),
            evidence=evidence.as_record(),
        )

    def propose(self, receipt: Receipt) -> CashOutcome:
        """Return the ranked ways to apply a receipt that no rule may apply by itself, or why there is none."""
        evidence = self._evidence(receipt)
        if receipt.is_returned:
            return self._unapplied(evidence, "RECEIPT_RETURNED")
        strict = self._strict(evidence)
        others = all_others(evidence, self.book, self.payers, self.policy, business_date=self.business_date)
        ranked: dict[tuple[tuple[str, int], ...], Proposal] = {}
        for solution in (*strict, *others):
            if not 0 < solution.applied_minor <= receipt.amount_minor:
                continue
            parts = tuple(sorted((item.document_key, part) for item, part in solution.parts))
            ranked.setdefault(parts, self._proposal(evidence, solution))
        best = sorted(ranked.values(), key=lambda proposal: -proposal.confidence)[: self.policy.maximum_proposals]
        if not best:
            return self._unapplied(evidence, why_nothing_fits(evidence))
        if len(best) > 1:
            margin = best[0].confidence - best[1].confidence
            compared = {"runner_up": best[1].rule, "margin": format(margin, "f")}
            best[0] = replace(best[0], evidence={**best[0].evidence, **compared})
        return CashOutcome(
            receipt=receipt,
            outcome=Outcome.PROPOSED,
            customer_key=self._customer_of(evidence, best[0]),
            reason_code=best[0].reason_code or "RULE_NOT_AUTOMATIC",
            proposals=tuple(best),
            watched_customers=self.payers.members_of(evidence.payer.families),
            evidence=evidence.as_record(),
        )

    def _unapplied(self, evidence: Evidence, reason_code: str) -> CashOutcome:
        return CashOutcome(
            receipt=evidence.receipt,
            outcome=Outcome.ON_ACCOUNT if evidence.payer.is_identified else Outcome.UNIDENTIFIED,
            customer_key=self._customer_of(evidence, None),
            reason_code=reason_code,
            proposals=(),
            watched_customers=self.payers.members_of(evidence.payer.families),
            evidence=evidence.as_record(),
        )

    def _evidence(self, receipt: Receipt) -> Evidence:
        """Return what speaks for which document, gathered again only when something applied since may matter."""
        known = self._gathered.get(receipt.receipt_key)
        if known is None or not self._still_holds(known):
            reading = known.reading if known else read_texts(receipt, self.book.index)
            known = gather(receipt, reading, self.book, self.payers, self.remittances, self.policy)
            self._gathered[receipt.receipt_key] = known
        return known

    def _still_holds(self, evidence: Evidence) -> bool:
        """Return whether nothing that was applied since can change what speaks for which document."""
        if not self.book.taken:
            return True
        if evidence.named.ambiguous or not evidence.named.open_keys.isdisjoint(self.book.taken):
            return False
        return evidence.statement is not None or not self.remittances.messages_by_total(
            evidence.receipt, self.policy.remittance_days
        )

    def _customer_of(self, evidence: Evidence, best: Proposal | None) -> str | None:
        """Return the customer a receipt belongs to, as far as its payer is identified."""
        payer = evidence.payer
        if not payer.is_identified:
            return None
        if best is not None and self.payers.family_of(best.customer_key) in payer.families:
            return best.customer_key
        return payer.customers[0]

    def _proposal(self, evidence: Evidence, solution: Solution) -> Proposal:
        receipt = evidence.receipt
        customers = sorted({item.customer_key for item in solution.items if item.customer_key})
        return Proposal(
            rule=solution.rule,
            applications=tuple(
                Application(receipt.receipt_key, item.document_key, item.document_number, part, receipt.currency_code)
                for item, part in solution.parts
            ),
            unapplied_minor=receipt.amount_minor - solution.applied_minor,
            customer_key=customers[0] if customers else next(iter(evidence.payer.customers), None),
            confidence=self.policy.confidence(solution.rule, solution.tied, solution.reason_code),
            solution_count=solution.solution_count,
            reason_code=solution.reason_code,
            evidence={"solutions": solution.solution_count, **solution.evidence},
        )
