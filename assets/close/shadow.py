"""What would cash application have decided under another policy? The same walk beside the record, writing nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assets.cash_application.policy import CashPolicy
from assets.close.cash import CashDesk
from assets.close.facts import Facts
from assets.close.references import collection_accounts
from assets.close.replay import apply_decision
from assets.ledger.day import DayState
from assets.ledger.decision import ActorKind, Decision, RecordedDecision
from assets.ledger.money import to_minor
from assets.ledger.policy import Policy
from assets.platform.window import RunWindow

DAY = timedelta(days=1)
CONFIRMING = ("match_confirmed", "match_changed")
Paid = frozenset[tuple[str, str]]  # documents with what they got, as text
Verdict = Callable[[Paid], bool]


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule applied a receipt to, on one side of the comparison."""

    receipt_key: str
    receipt_id: str
    rule: str
    paid: Paid
    business_date: date

    @classmethod
    def of(cls, decision: Decision, state: DayState) -> Match:
        """Return the match that a decision of a rule made."""
        receipt = state.receipts.get(decision.subject_key)
        label = receipt.receipt_id if receipt else decision.subject_key
        return cls(decision.subject_key, label, decision.payload["rule"], paid_by(decision), decision.business_date)


@dataclass(frozen=True, slots=True)
class Compared:
    """The matches of rules in a window, as recorded and as another policy would have made them."""

    recorded: dict[str, Match]
    shadow: dict[str, Match]
    wrong: dict[str, str]  # receipt -> what a person decided against the shadow's match
    recorded_wrong: frozenset[str]

    def _keys(self, fits: Callable[[Match | None, Match | None], bool]) -> list[str]:
        keys = sorted({*self.recorded, *self.shadow})
        return [key for key in keys if fits(self.recorded.get(key), self.shadow.get(key))]

    @property
    def gained(self) -> list[str]:
        """Return the receipts that only the other policy applies."""
        return self._keys(lambda was, now: was is None and now is not None)

    @property
    def lost(self) -> list[str]:
        """Return the receipts that only the record applies."""
        return self._keys(lambda was, now: was is not None and now is None)

    @property
    def changed(self) -> list[str]:
        """Return the receipts that both apply, to other documents or amounts."""
        return self._keys(lambda was, now: was is not None and now is not None and was.paid != now.paid)

    def by_rule(self) -> list[dict[str, Any]]:
        """Return per rule how many were recorded, would be applied, gained, lost, changed and wrong."""
        rows: dict[str, Counter[str]] = {}

        def count(what: str, keys: Sequence[str], side: dict[str, Match]) -> None:
            for key in keys:
                rows.setdefault(side[key].rule, Counter())[what] += 1

        count("recorded", list(self.recorded), self.recorded)
        count("shadow", list(self.shadow), self.shadow)
        count("gained", self.gained, self.shadow)
        count("lost", self.lost, self.recorded)
        count("changed", self.changed, self.shadow)
        count("wrong", list(self.wrong), self.shadow)
        names = ("recorded", "shadow", "gained", "lost", "changed", "wrong")
        return [{"rule": rule, **{name: counts[name] for name in names}} for rule, counts in sorted(rows.items())]


def replay_cash(facts: Facts, log: Sequence[RecordedDecision], window: RunWindow, policy: Policy) -> Compared:
    """Return how the matches of a window change under a policy; the record of every other room stands.

    People's decisions of the window stand too: what they settled otherwise, turned down or took back is what a match
    of the shadow is held against.
    """
    shadow = _Shadow(facts, log, window, policy)
    days = [day for day in (facts.first_date, min(shadow.recorded, default=None), window.start_date) if day]
    day = min(days)
    while day <= window.end_date:
        shadow.walk_day(day)
        day += DAY
    return shadow.compared()


def paid_by(decision: Decision) -> Paid:
    """Return what a decision applies to which document."""
    return frozenset(
        (str(each["document_key"]), str(Decimal(each["applied_amount"]).normalize()))
        for each in decision.payload.get("applications", ())
    )


class _Shadow:
    def __init__(self, facts: Facts, log: Sequence[RecordedDecision], window: RunWindow, policy: Policy) -> None:
        self.facts = facts
        self.window = window
        self.state = DayState(entities=facts.entities, first_date=facts.first_date)
        self.desk = CashDesk(self.state, CashPolicy.from_policy(policy), collection_accounts(policy, facts.entities))
        self.recorded: dict[date, list[Decision]] = {}
        self.by_key: dict[str, Decision] = {}
        self.was: dict[str, Match] = {}
        self.now: dict[str, Match] = {}
        self.verdicts: dict[str, list[tuple[str, Verdict]]] = {}
        for entry in sorted(log, key=lambda entry: entry.sequence):
            self.recorded.setdefault(entry.decision.business_date, []).append(entry.decision)
            self.by_key[entry.decision.decision_key] = entry.decision

    def walk_day(self, day: date) -> None:
        is_open = day >= self.window.start_date
        self.state.begin(day)
        for fact in self.facts.by_day.get(day, ()):
            self.state.learn(fact)
        self.desk.take_up_news(day)
        for decision in self.recorded.get(day, ()):
            if is_open:
                self._stand(decision)
            else:
                apply_decision(self.state, decision)
        decided = self.desk.undo_cancelled(day) if is_open else []
        for decision in decided:
            apply_decision(self.state, decision)
        for decision in self.desk.decide(day, is_open=is_open):
            self.now[decision.subject_key] = Match.of(decision, self.state)
            apply_decision(self.state, decision)
        self.desk.changed_proposals()  # two receipts proposed together hold their document from the next day on

    def compared(self) -> Compared:
        wrong = {key: said for key, match in self.now.items() if (said := self._contradicted(match)) is not None}
        was_wrong = frozenset(key for key, match in self.was.items() if self._contradicted(match) is not None)
        return Compared(self.was, self.now, wrong, was_wrong)

    def _stand(self, decision: Decision) -> None:
        """Let a recorded decision of the window stand, unless it is a rule's about cash: that is what is asked."""
        key = decision.subject_key
        is_persons = decision.actor_kind is ActorKind.PERSON
        if decision.kind == "cash_applied":
            self.was[key] = Match.of(decision, self.state)
        elif decision.kind == "application_undone":
            if is_persons:
                self._undone(decision)
        elif decision.kind in CONFIRMING and is_persons:
            meant = paid_by(decision)
            self.verdicts.setdefault(key, []).append((decision.kind, lambda paid: paid != meant))
            self._free(decision)
            if self._is_possible(decision):
                apply_decision(self.state, decision)
        elif decision.kind == "match_rejected":
            turned_down = set(decision.payload.get("document_keys", ()))
            verdict = decision.kind, lambda paid: {document for document, _ in paid} <= turned_down
            self.verdicts.setdefault(key, []).append(verdict)
            if key not in self.state.cash_decision_of:
                apply_decision(self.state, decision)
        elif decision.kind != "cash_on_account" or key not in self.state.cash_decision_of:
            apply_decision(self.state, decision)

    def _undone(self, decision: Decision) -> None:
        """A person took an application back: the shadow's own is taken back too where it was the same."""
        undone = self.by_key.get(decision.payload["undoes"])
        key = decision.subject_key
        if undone is None:
            return
        if undone.kind == "match_rejected":
            apply_decision(self.state, decision)
            return
        taken_back = paid_by(undone)
        self.verdicts.setdefault(key, []).append((decision.kind, lambda paid: paid == taken_back))
        standing, match = self.state.cash_decision_of.get(key), self.now.get(key)
        if standing == undone.decision_key or (standing and match is not None and match.paid == taken_back):
            self._undo(decision, standing)

    def _free(self, decision: Decision) -> None:
        """Take back what the shadow applied, where a person settles the receipt."""
        standing = self.state.cash_decision_of.get(decision.subject_key)
        if standing is not None:
            self._undo(decision, standing)

    def _undo(self, decision: Decision, standing: str) -> None:
        undo = Decision(
            "application_undone", "receipt", decision.subject_key, decision.business_date, ActorKind.PERSON,
            decision.actor, {"undoes": standing}, occurrence=standing,
        )  # fmt: skip
        apply_decision(self.state, undo)

    def _is_possible(self, decision: Decision) -> bool:
        """Return whether what a person applied is still open in the shadow, where others may have taken it."""
        for each in decision.payload.get("applications", ()):
            item = self.state.open_items.get(each["document_key"])
            if item is None:
                return False
            minor = to_minor(Decimal(each["applied_amount"]), item.currency_code)
            if not (0 <= minor <= item.open_minor or item.open_minor <= minor <= 0):
                return False
        return True

    def _contradicted(self, match: Match) -> str | None:
        """Return the last thing people decided about the receipt, when it speaks against a match."""
        verdicts = self.verdicts.get(match.receipt_key, ())
        confirmed = [verdict for verdict in verdicts if verdict[0] in CONFIRMING]
        for kind, is_against in reversed(confirmed or verdicts):
            if is_against(match.paid):
                return kind
            if kind in CONFIRMING:
                return None
        return None
