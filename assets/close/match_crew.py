"""Several processes that look for ways to apply payments, told what changes, given work in small portions."""

from __future__ import annotations

import multiprocessing
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from multiprocessing.connection import wait
from typing import Any

from assets.cash_application.engine.matching import Matcher
from assets.cash_application.engine.memory import PaidFor
from assets.cash_application.engine.nouns import Candidate, Finding, Payment
from assets.ledger.errors import PermanentError

CHUNKS = 12  # portions a process's share of a round is given out in
SMALLEST_CHUNK = 40


class Crew:
    """Processes that look for ways to apply payments; each keeps a copy of the book in step with ours."""

    def __init__(self, matcher: Matcher, workers: int) -> None:
        self.matcher = matcher
        self.noted: list[Payment] = []
        self.lessons: list[PaidFor] = []
        book = matcher.book
        self._grow: tuple[Mapping[Any, str], ...] = (book.claimed, book.awaited)
        self.told = [0 for _ in self._grow]  # how much the others know of tables that never grow smaller
        self.aside: Iterator[object] = iter(())  # work of ours that is done in steps while the others look
        self.pipes: list[Any] = []
        self.processes: list[Any] = []
        if workers > 1:
            matcher.book.journal = []
            context = multiprocessing.get_context("fork")
            for _ in range(workers):
                ours, theirs = context.Pipe()
                self.pipes.append(ours)
                process = context.Process(target=_serve, args=(matcher, theirs, tuple(self.pipes)), daemon=True)
                process.start()
                theirs.close()
                self.processes.append(process)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self.pipes:
            pipe.close()
        for process in self.processes:
            process.join(timeout=10)

    def end_aside(self) -> None:
        """Do what is left of the work that was to be done aside."""
        for _ in self.aside:
            pass

    def arrive(self, payments: Sequence[Payment]) -> None:
        """Tell the others which payments came in on a day."""
        if self.pipes:
            self.noted.extend(payments)

    def learn(self, lessons: Sequence[PaidFor]) -> None:
        """Learn what a day taught about payers, and tell the others."""
        self.matcher.memory.learn_payers(lessons)
        if self.pipes:
            self.lessons.extend(lessons)

    def find(self, payments: Sequence[Payment]) -> list[Finding]:
        """Return a finding for each payment, in their order; the same however many processes there are."""
        book = self.matcher.book
        if not self.pipes:
            return [self.matcher.find(payment) for payment in payments]
        shares: list[list[Payment]] = [[] for _ in self.pipes]
        groups: dict[str, list[Payment]] = {}
        for payment in payments:  # what one payer sends goes to one process, which has read its customers before
            groups.setdefault(payment.payer_name or payment.payer_account or "", []).append(payment)
        for name, group in sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0])):
            at = zlib.crc32(name.encode()) % len(shares)
            if len(shares[at]) * len(shares) > len(payments):
                at = min(range(len(shares)), key=lambda place: len(shares[place]))
            shares[at].extend(group)
        changes = (
            list(dict(book.journal or ()).items()), self.matcher.memory.seen_more_than_once(self.noted),
            *(_since(table, place) for table, place in zip(self._grow, self.told, strict=True)), self.lessons,
        )  # fmt: skip
        book.journal, self.noted, self.lessons = [], [], []
        self.told = [len(table) for table in self._grow]
        tasks = [deque(_chunks(share)) for share in shares]
        at_work: dict[Any, tuple[deque[list[Payment]], list[Payment]]] = {}
        for pipe, mine in zip(self.pipes, tasks, strict=True):  # who has nothing to look for learns what changed, too
            chunk = mine.popleft() if mine else []
            pipe.send((changes, chunk))
            at_work[pipe] = mine, chunk
        found: dict[str, Finding] = {}
        is_left = True
        while at_work:
            ready: list[Any] = wait(list(at_work), timeout=0 if is_left else None)
            if not ready:
                is_left = next(self.aside, None) is not None
            for pipe in ready:
                mine, done = at_work.pop(pipe)
                answer = _received(pipe)
                fullest = max(tasks, key=len)
                if mine or fullest:  # who is done takes over from who has most to do
                    chunk = mine.popleft() if mine else fullest.pop()
                    pipe.send((None, chunk))
                    at_work[pipe] = mine, chunk
                for payment, packed in zip(done, answer, strict=True):
                    found[payment.receipt_id] = _unpacked(payment, packed)
        return [found[payment.receipt_id] for payment in payments]


def _chunks(share: Sequence[Payment]) -> Iterator[list[Payment]]:
    size = max(SMALLEST_CHUNK, len(share) // CHUNKS)
    for start in range(0, len(share), size):
        yield list(share[start : start + size])


def _since(table: Mapping[Any, str], place: int) -> dict[Any, str]:
    """Return what a table that only grows has taken up after a place."""
    return dict(islice(table.items(), place, None))


def _packed(finding: Finding) -> tuple[Any, ...]:
    """Return a finding as plain values for the way between processes, without the payment that the other end has.

    What speaks against any application travels only where none was found: elsewhere nothing is written of it.
    """
    kept = finding.ranked or finding.against
    ways = [
        (one.rule, one.parts, one.score, one.reasons, one.basis, one.confidence, one.solutions, one.stop)
        for one in kept
    ]
    return (
        ways, bool(finding.ranked), finding.is_certain, finding.stop, finding.customer, finding.is_identified,
        finding.named, finding.nearly, finding.margin, finding.runner_up,
    )  # fmt: skip


def _unpacked(payment: Payment, packed: tuple[Any, ...]) -> Finding:
    kept, is_ranked, *rest = packed
    ways = [Candidate(*one) for one in kept]
    found = Finding(payment, ways if is_ranked else [], *rest)
    found.against = () if is_ranked else tuple(ways)
    return found


def _received(pipe: Any) -> list[tuple[Any, ...]]:
    try:
        answer = pipe.recv()
    except EOFError as error:
        raise PermanentError(
            "A process of the matcher ended before its answer. Look for a lack of memory, or use `--workers 1`."
        ) from error
    if isinstance(answer, BaseException):
        raise answer
    return list(answer)


def _serve(matcher: Matcher, pipe: Any, inherited: Sequence[Any]) -> None:
    for other in inherited:  # a process that held these ends itself would never learn that the other side is gone
        other.close()
    while True:
        try:
            changes, payments = pipe.recv()
        except EOFError:
            return
        try:
            if changes is not None:
                changed, seen, claimed, awaited, lessons = changes
                matcher.book.journal = None
                for document, open_minor in changed:
                    matcher.book.set_open(document, open_minor)
                matcher.memory.take_up_seen(seen)
                matcher.book.claimed.update(claimed)
                matcher.book.awaited.update(awaited)
                matcher.memory.learn_payers(lessons)
            pipe.send([_packed(matcher.find(payment)) for payment in payments])
        except Exception as error:
            pipe.send(error)
