"""Cash application's face: receipts that wait in, one outcome per receipt out, with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from assets.cash_application.engine.matching import Matcher
from assets.cash_application.engine.nouns import Candidate, Finding, Payment
from assets.cash_application.engine.rounds import awaited_by, hold, settle
from assets.cash_application.engine.rules import NOTHING
from assets.cash_application.engine.together import Lone, Together, add_up, lone_of, propose
from assets.cash_application.explaining import as_confidence, evidence_of, evidence_of_nothing, reason_code_of
from assets.cash_application.gates import DAY_CLOSED, Left, gate
from assets.cash_application.known import Known, real
from assets.cash_application.outcomes import CashOutcome, Difference, Outcome, Proposal
from assets.cash_application.remittances import Statement
from assets.ledger.money import from_minor
from assets.ledger.receipts import Application, Receipt

WATCHED = 12  # likeliest customers of a payer whose news is worth another look at what it sent
NOBODY_LEFT = Left()


def receipt_order(receipt: Receipt) -> tuple[date, str, str]:
    """Return the order in which receipts are decided."""
    return receipt.value_date, receipt.receipt_id, receipt.receipt_key


def decide_cash(
    receipts: Iterable[Receipt], known: Known, *, left: Left = NOBODY_LEFT, is_open: bool = True
) -> list[CashOutcome]:
    """Return one outcome per receipt, in value-date order; the same whatever order the receipts come in.

    The book is lowered by what is applied. On a day that is closed nothing is applied, whatever is certain by now.
    What waits of one value date holds its documents for receipts of the later ones.
    """
    ordered = sorted(receipts, key=receipt_order)
    held = dict(known.book.claimed), dict(known.book.awaited)
    desk = _Desk(known, left, {receipt.receipt_key: receipt for receipt in ordered})
    for _, together in groupby(ordered, key=lambda receipt: receipt.value_date):
        desk.settle([receipt for receipt in together if not receipt.is_returned], is_open=is_open)
    known.book.claimed, known.book.awaited = held
    return [desk.outcome(receipt) for receipt in ordered]


def decide_together(waiting: Iterable[CashOutcome], known: Known, *, left: Left = NOBODY_LEFT) -> list[CashOutcome]:
    """Return the outcomes of waiting receipts that nothing explains alone and that two by two pay one document."""
    payers, lone = known.memory.payers, {}
    for outcome in waiting:
        noted = known.noted(outcome.receipt_key)
        is_read = outcome.evidence.get("rule") == NOTHING
        if outcome.outcome is Outcome.ON_ACCOUNT and is_read and outcome.customer_key and noted is not None:
            lone[outcome.receipt_key] = outcome.receipt, Lone(noted, payers.family_of(outcome.customer_key))
    desk = _Desk(known, left, {key: receipt for key, (receipt, _) in lone.items()})
    return desk.outcomes_together([one for _, one in lone.values()])


class _Desk:
    def __init__(self, known: Known, left: Left, receipts: dict[str, Receipt]) -> None:
        self.known = known
        self.left = left
        self.receipts = receipts
        self.matcher = Matcher(known.book, known.memory, known.policy.matching)
        self.statements: dict[str, Statement | None] = {}
        self.findings: dict[str, Finding] = {}

    def settle(self, receipts: Sequence[Receipt], *, is_open: bool) -> None:
        """Find what receipts of one value date pay; what is certain lowers the book, unless the day is closed."""
        payments = []
        for receipt in receipts:
            payment, self.statements[receipt.receipt_key] = self.known.payment_of(receipt)
            payments.append(payment)
        before: dict[int, int] | None = None if is_open else {}
        findings = settle(payments, self.known.book, lambda waiting: [self._find(one, before) for one in waiting])
        for finding in findings:
            self.findings[finding.payment.receipt_id] = finding
            if before is not None and finding.is_certain:
                finding.is_certain = False
                finding.stop = finding.ranked[0].stop = DAY_CLOSED
        for document, open_minor in (before or {}).items():
            if self.known.book.open[document] != open_minor:
                self.known.book.set_open(document, open_minor)
        for finding in findings:
            if not finding.is_certain:
                hold(finding, self.known.book)

    def _find(self, payment: Payment, before: dict[int, int] | None) -> Finding:
        finding = self.matcher.find(payment)
        finding = gate(finding, self.receipts[payment.receipt_id], self.known, self.left)
        if before is not None and finding.is_certain:
            for document in finding.ranked[0].documents:
                before.setdefault(document, self.known.book.open[document])
        return finding

    def outcomes_together(self, lone: Sequence[Lone]) -> list[CashOutcome]:
        """Return outcomes for those of some receipts that two by two pay one document, in value-date order."""
        found = add_up(lone, self.matcher)
        for receipt_key in found:
            receipt = self.receipts[receipt_key]
            payment, self.statements[receipt_key] = self.known.payment_of(receipt)
            self.findings[receipt_key] = gate(self.matcher.find(payment), receipt, self.known, self.left)
        may_be = {key: self._may_be_with(key, together) for key, together in found.items()}
        proposed = []
        for receipt_key, together in found.items():
            if may_be[receipt_key] and may_be[together.other.receipt_id]:
                propose(self.findings[receipt_key], together, self.matcher)
                proposed.append(self.receipts[receipt_key])
        return [self.outcome(receipt) for receipt in sorted(proposed, key=receipt_order)]

    def _may_be_with(self, receipt_key: str, together: Together) -> bool:
        """Return whether nothing explains a receipt alone and nobody refused the document for it."""
        document = self.known.book.ids[together.document]
        refused = self.left.refused.get(receipt_key, ())
        is_lone = lone_of(self.findings[receipt_key], self.known.memory.payers) is not None
        return is_lone and not any(document in documents for documents in refused)

    def outcome(self, receipt: Receipt) -> CashOutcome:
        """Return what became of a receipt."""
        if receipt.is_returned:
            return CashOutcome(receipt, Outcome.UNIDENTIFIED, None, "RECEIPT_RETURNED", (), {})
        finding, payer = self.findings[receipt.receipt_key], self.known.payer_of(receipt)
        proposals = tuple(
            self._proposal(receipt, candidate, finding, is_best=place == 0)
            for place, candidate in enumerate(finding.ranked)
        )
        if finding.is_certain:
            return CashOutcome(receipt, Outcome.AUTO_APPLIED, proposals[0].customer_key, None, proposals[:1], {})
        stands = Outcome.ON_ACCOUNT if payer.is_known else Outcome.UNIDENTIFIED
        likely = sorted(payer.customers, key=lambda customer: (-payer.customers[customer][0], customer))[:WATCHED]
        book = self.known.book
        owing = [book.customers[at] for one in finding.ranked for at in one.documents]
        return CashOutcome(
            receipt=receipt,
            outcome=Outcome.PROPOSED if proposals else stands,
            customer_key=self.known.customer_of(finding, payer),
            reason_code=reason_code_of(finding, self.known.policy, is_identified=payer.is_known),
            proposals=proposals,
            evidence={} if proposals else evidence_of_nothing(finding, self.known),
            confidence=None if proposals or not finding.against else as_confidence(finding.against[0]),
            watched_customers=tuple(sorted({key for one in (*likely, *owing) if (key := real(one))})),
            awaited=tuple((book.ids[at], amount) for at, amount in awaited_by(finding, book)),
            asks_nobody=stands is Outcome.ON_ACCOUNT and self._may_stay_on_account(receipt, finding),
        )

    def _proposal(self, receipt: Receipt, candidate: Candidate, finding: Finding, *, is_best: bool) -> Proposal:
        book, currency_code = self.known.book, receipt.currency_code
        customers = sorted({key for part in candidate.parts if (key := real(book.customers[part.document]))})
        evidence = evidence_of(candidate, finding, self.known, is_best=is_best)
        statement = self.statements.get(receipt.receipt_key)
        if statement is not None:
            evidence["remittance"] = f"{statement.link}:{statement.source_key}"
        return Proposal(
            rule=candidate.rule,
            applications=tuple(
                Application(
                    receipt.receipt_key, book.ids[part.document], book.numbers.printed[part.document], part.applied,
                    currency_code,
                )
                for part in candidate.parts
            ),
            unapplied_minor=receipt.amount_minor - candidate.applied,
            customer_key=customers[0] if customers else None,
            confidence=as_confidence(candidate),
            solution_count=candidate.solutions,
            reason_code=None,
            evidence=evidence,
            differences=tuple(
                Difference(
                    book.ids[part.document], book.numbers.printed[part.document], part.kind,
                    from_minor(part.difference, currency_code), self._clears(part.kind), self._reason(part.kind),
                )
                for part in candidate.parts
                if part.kind is not None and part.difference > 0
            ),
        )  # fmt: skip

    def _may_stay_on_account(self, receipt: Receipt, finding: Finding) -> bool:
        """Return whether policy leaves money that pays nothing open on the customer's account without a person."""
        rule = self.known.policy.differences.get(finding.reading.rule) if finding.reading else None
        amount = receipt.amount_minor
        return rule is not None and rule.allows(-amount, amount, receipt.currency_code)

    def _reason(self, kind: str) -> str | None:
        rule = self.known.policy.differences.get(kind)
        return rule.reason_code if rule is not None else None

    def _clears(self, kind: str) -> bool:
        rule = self.known.policy.differences.get(kind)
        return rule is not None and rule.clears_document
