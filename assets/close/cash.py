"""The walk's cash desk: the indexes cash application reads, kept in step with the day's news, and who still waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from assets.cash_application.decide import decide_cash
from assets.cash_application.open_items import OpenItemIndex
from assets.cash_application.outcomes import CashOutcome, Outcome
from assets.cash_application.payers import PayerIndex
from assets.cash_application.policy import CashPolicy
from assets.cash_application.remittances import RemittanceIndex
from assets.cash_application.waiting import WaitingReceipts, is_news
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import OpenItem, plain


class CashDesk:
    """Decides receipts over the days; what a person would see of a waiting receipt is shown again when it changes."""

    def __init__(self, state: DayState, policy: CashPolicy) -> None:
        self.state = state
        self.policy = policy
        self.items = OpenItemIndex()
        self.payers = PayerIndex()
        self.remittances = RemittanceIndex()
        self.waiting = WaitingReceipts()
        self.outcomes: list[CashOutcome] = []
        self._seen: dict[str, CashOutcome | None] = {}  # what people saw this morning of receipts looked at today
        self._settled: dict[str, int] = {}
        self._taught = 0

    def take_up_news(self) -> None:
        """Bring customers, accounts, remittances and receipts that became known today into the indexes."""
        news = self.state.news
        self._seen, self._settled, self._taught = {}, {}, 0
        for key in news.customers:
            self.payers.add_customer(self.state.customers[key])
        for account in news.accounts:
            self.payers.add_account(account.payer_account, account.customer_key)
        for line in news.remittance_lines:
            self.remittances.add(line)
        for key in news.receipts:
            if key in self.state.receipts:
                self.payers.add_receipt(self.state.receipts[key])

    def undo_cancelled(self, business_date: date) -> list[Decision]:
        """Return the decisions that free receipts which were applied to a document that is cancelled now."""
        return [
            Decision(
                kind="application_undone",
                subject_kind="receipt",
                subject_key=receipt_key,
                business_date=business_date,
                actor_kind=ActorKind.RULE,
                actor="cash_application",
                payload={"undoes": decision_key, "note": "The document was cancelled"},
                occurrence=decision_key,
            )
            for receipt_key, decision_key in self.state.news.released.items()
            if self.state.cash_decision_of.get(receipt_key) == decision_key
        ]

    def decide(self, business_date: date, *, is_open: bool) -> Iterator[Decision]:
        """Yield what rules apply by themselves; the caller lets each take effect before it asks for the next.

        On a closed day nothing is yielded: what was applied is in the record. What was applied is news in turn, but
        only to the receipts it may concern.
        """
        news = self.state.news
        arrived, remittance_lines = list(news.receipts), news.remittance_lines
        known = [account.payer_account for account in news.accounts]
        while True:
            documents, taught = self._settle_into_indexes()
            again = self.waiting.touched(documents, remittance_lines, [*known, *taught])
            outcomes = self._outcomes(business_date, dict.fromkeys([*arrived, *(r.receipt_key for r in again)]))
            for outcome in outcomes:
                if not outcome.is_applied:
                    self._seen.setdefault(outcome.receipt_key, self.waiting.get(outcome.receipt_key))
                    self.waiting.keep(outcome)
            applied = [outcome for outcome in outcomes if outcome.is_applied]
            if not (is_open and applied):
                return
            for outcome in applied:
                decision = outcome.decision(business_date)
                if decision is not None:
                    times = self.state.cash_decision_count[outcome.receipt_key]
                    yield _with_confidence(replace(decision, occurrence=str(times + 1)), outcome)
            arrived, remittance_lines, known = [], [], []

    def changed_proposals(self) -> list[CashOutcome]:
        """Return the waiting receipts of which a person would see something new, after `decide` has ended."""
        self.outcomes = self.waiting.outcomes()
        return [
            outcome
            for outcome in self.outcomes
            if outcome.receipt_key in self._seen and is_news(self._seen[outcome.receipt_key], outcome)
        ]

    def proposed_documents(self) -> set[str]:
        """Return the documents that a waiting receipt may pay."""
        return {key for outcome in self.outcomes for proposal in outcome.proposals for key in proposal.document_keys}

    def unapplied_minor(self) -> dict[tuple[str, str], int]:
        """Return what customers have in hand with us per currency: receipts of theirs that are not wholly applied."""
        waiting = {outcome.receipt_key: outcome.customer_key for outcome in self.outcomes}
        in_hand: dict[tuple[str, str], int] = {}
        for receipt_key, minor in self.state.unapplied.items():
            receipt = self.state.receipts.get(receipt_key)
            if minor <= 0 or receipt is None:
                continue
            customer_key = self.state.receipt_customer.get(receipt_key) or waiting.get(receipt_key)
            if customer_key:
                key = customer_key, receipt.currency_code
                in_hand[key] = in_hand.get(key, 0) + minor
        return in_hand

    def _settle_into_indexes(self) -> tuple[list[OpenItem], list[str]]:
        """Bring documents and accounts into the indexes; return those that are other than when we last looked today."""
        state = self.state
        documents = []
        for key in state.news.documents:
            if key in state.issued_today:
                continue  # it has its number only when the day is recorded: cash can reach it from tomorrow on
            item = state.open_items[key]
            if self.items.get(key) != item:
                self.items.put(item)
            if self._settled.get(key) != item.open_minor:
                self._settled[key] = item.open_minor
                documents.append(item)
        taught = state.news.taught[self._taught :]
        self._taught += len(taught)
        for account, customer_key, count in taught:
            if count > 0:
                self.payers.learn_account(account, customer_key)
            else:
                self.payers.unlearn_account(account, customer_key)
        for key in state.news.receipts:
            if not self._is_waiting(key):
                self.waiting.drop(key)
        return documents, [account for account, _, _ in taught if account]

    def _outcomes(self, business_date: date, receipt_keys: Iterable[str]) -> list[CashOutcome]:
        candidates = [self.state.receipts[key] for key in receipt_keys if self._is_waiting(key)]
        if not candidates:
            return []
        outcomes = decide_cash(
            candidates,
            self.items,
            self.payers,
            self.remittances,
            self.policy,
            business_date=business_date,
        )
        return [self._as_people_left_it(outcome) for outcome in outcomes]

    def _is_waiting(self, receipt_key: str) -> bool:
        state = self.state
        receipt = state.receipts.get(receipt_key)
        return (
            receipt is not None
            and state.unapplied[receipt_key] > 0
            and not receipt.is_returned
            and receipt_key not in state.cash_decision_of
            and not state.source_applications.get(receipt_key)
        )

    def _as_people_left_it(self, outcome: CashOutcome) -> CashOutcome:
        """Return the outcome without what a person refused; what a person has undone is not applied by a rule again."""
        refused = self.state.refused_matches.get(outcome.receipt_key)
        if refused:
            proposals = tuple(p for p in outcome.proposals if frozenset(p.document_keys) not in refused)
            if len(proposals) < len(outcome.proposals):
                stands = Outcome.PROPOSED if proposals else Outcome.ON_ACCOUNT
                if not proposals and outcome.customer_key is None:
                    stands = Outcome.UNIDENTIFIED
                return replace(outcome, outcome=stands, proposals=proposals, reason_code="REFUSED_BY_PERSON")
        if outcome.is_applied and outcome.receipt_key in self.state.settled_by_person:
            return replace(outcome, outcome=Outcome.PROPOSED, reason_code="UNDONE_BY_PERSON")
        return outcome


def _with_confidence(decision: Decision, outcome: CashOutcome) -> Decision:
    """Return the decision with how sure the rule was, so that its row can be written from the record alone."""
    chosen = outcome.proposals[0]
    sure = {"confidence": plain(chosen.confidence), "solution_count": chosen.solution_count}
    return replace(decision, payload={**decision.payload, **sure})
