"""The walk's cash desk: what cash application knows, kept in step with the day's news, and who still waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from assets.cash_application.decide import decide_cash, decide_together
from assets.cash_application.engine.rounds import SURE_ENOUGH_TO_CLAIM
from assets.cash_application.gates import DAY_CLOSED, Left
from assets.cash_application.known import Known, Lesson, payer_key
from assets.cash_application.outcomes import CashOutcome, Proposal
from assets.cash_application.policy import CashPolicy
from assets.cash_application.waiting import WaitingReceipts
from assets.close.references import bank_slips_of, deliveries_of
from assets.invoicing.payment_codes.free_fields import CollectionAccount
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision
from assets.ledger.documents import OpenItem
from assets.ledger.receipts import Receipt


@dataclass(frozen=True, slots=True)
class _Taught:
    """What the application that stands for a receipt taught, and the receipt as it was then."""

    decision_key: str
    receipt: Receipt
    customer_key: str
    document_keys: tuple[str, ...]


class CashDesk:
    """Decides receipts over the days; what a person would see of a waiting receipt is shown again when it changes.

    Whatever happens within a day, the outcomes kept at its end follow from the state at its end alone, and so they
    are the same when the day is replayed from its record. What a day taught counts from the next day on.
    """

    def __init__(
        self, state: DayState, policy: CashPolicy, accounts: Mapping[str, CollectionAccount] | None = None
    ) -> None:
        self.state = state
        self.collection_accounts = accounts or {}
        self.known = Known(policy)
        self.waiting = WaitingReceipts()
        self.outcomes: list[CashOutcome] = []
        self._together: dict[str, CashOutcome] = {}  # of receipts that two by two pay one document, as last shown
        self._seen: dict[str, CashOutcome | None] = {}  # what people saw this morning of receipts looked at today
        self._morning: dict[str, int | None] = {}  # what was open this morning on documents changed today
        self._named_anew: dict[str, None] = {}  # documents whose deliveries became known today
        self._of_order: dict[str, dict[str, None]] = {}  # documents by order, whose shipments may come later
        self._payers: list[str] = []  # of whom something was learned
        self._lessons: list[Lesson] = []
        self._taught: dict[str, _Taught] = {}
        self._turned_down: dict[str, dict[str, Lesson]] = {}  # what refusals of a receipt taught, by their decision

    def take_up_news(self, business_date: date) -> None:
        """Bring what became known today, and what yesterday taught, into what cash application knows."""
        news, known = self.state.news, self.known
        self._seen, self._morning, self._named_anew = {}, {}, {}
        self._payers = [account.payer_account for account in news.accounts]
        for key in news.customers:
            known.put_customer(self.state.customers[key])
        for account in news.accounts:
            known.put_account(account)
        for line in news.remittance_lines:
            known.remittances.add(line)
        for lesson in self._lessons:
            known.learn(lesson, business_date.toordinal())
            self._payers.append(payer_key(lesson.receipt))
        self._lessons = []
        for key in news.receipts:
            if key in self.state.receipts:
                known.put_receipt(self.state.receipts[key])

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

        On a closed day nothing is yielded: what was applied is in the record. What was applied is news in turn, so
        all that was looked at is looked at again until nothing more is applied.
        """
        while True:
            receipts = self._worth_a_look()
            self._claim()
            outcomes = decide_cash(receipts, self.known, left=self._left(), is_open=is_open)
            applied = [decision for outcome in outcomes if (decision := outcome.decision(business_date)) is not None]
            self._note_morning(outcomes)
            for decision in applied:
                times = self.state.cash_decision_count[decision.subject_key]
                yield replace(decision, occurrence=str(times + 1))
            if not applied:
                break
        for outcome in outcomes:
            self._seen.setdefault(outcome.receipt_key, self.waiting.get(outcome.receipt_key))
            self.waiting.keep(outcome)
        for key in self.state.news.receipts:
            if not self._is_waiting(key):
                self.waiting.drop(key)
        self._lessons = list(self._learned_today())

    def changed_proposals(self) -> list[CashOutcome]:
        """Return the waiting receipts of which a person would see something new, after `decide` has ended."""
        waiting, shown = self.waiting.outcomes(), self._together
        together = decide_together(waiting, self.known, left=self._left())
        self._together = {outcome.receipt_key: outcome for outcome in together}
        self.outcomes = [self._together.get(outcome.receipt_key, outcome) for outcome in waiting]
        changed = {*self._seen, *shown, *self._together}
        before = {key: shown[key] if key in shown else self._seen.get(key, self.waiting.get(key)) for key in changed}
        return [
            outcome
            for outcome in self.outcomes
            if outcome.receipt_key in changed
            and ((seen := before[outcome.receipt_key]) is None or seen.situation != outcome.situation)
        ]

    def proposed_documents(self) -> set[str]:
        """Return the documents that a waiting receipt most likely pays: those of its best proposal alone."""
        return {key for outcome in self.outcomes if outcome.proposals for key in outcome.proposals[0].document_keys}

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

    def _worth_a_look(self) -> list[Receipt]:
        """Return the receipts that are new or that something new may settle, once the book shows what is open now."""
        state = self.state
        changed: list[OpenItem] = []
        amounts: dict[tuple[str, int], None] = {}
        of_orders = [key for order in state.news.repaired for key in self._of_order.get(order, ())]
        for key in dict.fromkeys([*state.news.documents, *of_orders]):
            if key in state.issued_today:
                continue  # it has its number only when the day is recorded: cash can reach it from tomorrow on
            item, document = state.open_items[key], state.documents[key]
            morning = self._morning.setdefault(key, self.known.open_minor(key))
            is_named_anew = self.known.put_document(
                item, terms_code=document.terms_code, is_cancelled=document.is_cancelled,
                deliveries=deliveries_of(document, state),
                bank_slips=bank_slips_of(document, self.collection_accounts),
            )  # fmt: skip
            if document.order_number:
                self._of_order.setdefault(document.order_number, {})[key] = None
            if is_named_anew:
                self._named_anew[key] = None
            if key in state.news.documents or key in self._named_anew:
                changed.append(item)
                amounts[item.currency_code, item.original_minor if morning is None else morning] = None
        again = self.waiting.touched(changed, state.news.remittance_lines, self._payers, amounts)
        keys = [*state.news.receipts, *self.waiting.stopped_by(DAY_CLOSED), *(receipt.receipt_key for receipt in again)]
        return [state.receipts[key] for key in dict.fromkeys(keys) if self._is_waiting(key)]

    def _note_morning(self, outcomes: Iterable[CashOutcome]) -> None:
        """Keep what was open on the documents about to be applied: the matcher's book is lowered by it already."""
        for outcome in outcomes:
            if outcome.is_applied:
                for key in outcome.proposals[0].document_keys:
                    self._morning.setdefault(key, self.state.open_items[key].open_minor)

    def _claim(self) -> None:
        """Tell the matcher which documents the receipts that waited last night will likely pay, and await."""
        self.known.claim(
            (outcome.receipt_key, best.document_keys if best is not None else (), outcome.awaited)
            for waiting in self.waiting.outcomes()
            if self._is_waiting(waiting.receipt_key)
            for outcome in (self._together.get(waiting.receipt_key, waiting),)
            for best in (_likely(outcome),)
        )

    def _learned_today(self) -> Iterator[Lesson]:
        """Yield what applications, undos and refusals of the day teach, in one order whatever order they came in."""
        state = self.state
        for key in sorted(state.news.receipts):
            receipt = state.receipts.get(key)
            if receipt is None:
                continue
            decision_key, before = state.cash_decision_of.get(key), self._taught.get(key)
            if before is not None and before.decision_key != decision_key:
                del self._taught[key]
                yield Lesson(before.receipt, before.customer_key, before.document_keys, -1)
                if key in state.settled_by_person:
                    yield Lesson(receipt, None, before.document_keys, is_refusal=True)
            customer_key = state.receipt_customer.get(key)
            if decision_key is not None and key not in self._taught and customer_key:
                paid = tuple(part[1] for part in state.applied.get(decision_key, ()) if part[0] == key)
                if paid:
                    self._taught[key] = _Taught(decision_key, receipt, customer_key, paid)
                    yield Lesson(receipt, customer_key, paid)
            yield from self._learned_of_refusals(receipt)

    def _learned_of_refusals(self, receipt: Receipt) -> Iterator[Lesson]:
        """Yield what refusals of a receipt's matches teach, and take back what one taught that was taken back."""
        state, key = self.state, receipt.receipt_key
        refusals, taught = state.match_refusals.get(key, {}), self._turned_down.get(key, {})
        for decision_key in sorted(taught.keys() - refusals.keys()):
            yield replace(taught.pop(decision_key), count=-1)
        for decision_key in sorted(refusals.keys() - taught.keys()):
            refusal = refusals[decision_key]
            documents = sorted(refusal.document_keys)
            owners = {state.documents[each].customer_key for each in documents if each in state.documents}
            customers = tuple(sorted(filter(None, owners))) if refusal.is_wrong_customer else ()
            lesson = Lesson(receipt, None, tuple(documents), is_refusal=True, refused_customers=customers)
            self._turned_down.setdefault(key, {})[decision_key] = lesson
            yield lesson

    def _left(self) -> Left:
        """Return what people turned down and took back: the sets of documents by receipt, and the receipts."""
        refused = {
            key: {refusal.document_keys for refusal in refusals.values()}
            for key, refusals in self.state.match_refusals.items()
            if refusals
        }
        return Left(refused, self.state.settled_by_person.keys())

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


def _likely(outcome: CashOutcome) -> Proposal | None:
    best = outcome.proposals[0] if outcome.proposals else None
    return best if best is not None and best.confidence >= SURE_ENOUGH_TO_CLAIM else None
