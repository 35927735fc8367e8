"""When files arrive, and the files themselves: late ones, double ones, pages.

A day's events of a system are one file that arrives the next morning. About two files in a hundred come one to
three days late and as many are delivered a second time under another name. Lateness is a function of the seed,
the object and the day, so every part of the simulator can ask when something becomes known before anything is written.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from data.simulator.calendars import DAY
from data.simulator.scale import Scale

LATE_SHARE = 0.02
DOUBLE_SHARE = 0.02
# Statements chain, so a bank holds back later ones until the late one is out.
IN_ORDER = {("bank", "camt053-2051"), ("bank", "mt940"), ("bank", "bai2")}
# A customer is on file before anything is sold to it; a trial balance is of the day on which it is read.
NEVER_LATE = {("quickbooks", f"{realm}-{kind}") for realm in ("meu", "mus") for kind in ("customers", "trialbalance")}
NEVER_DOUBLE = {"price_list", "stock", "product_cost", "meu-trialbalance", "mus-trialbalance"}
_EXACT = re.compile(r'"@@([^@"]*)@@"')


def json_text(value: object) -> str:
    """Return JSON in which every Decimal is an exact number, digit by digit."""
    raw = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=lambda number: f"@@{number}@@")
    return _EXACT.sub(r"\1", raw)


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a CSV file with a header line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


class Deliveries:
    """Everything that will be put into the inbox, by system, object and day of activity."""

    def __init__(self, scale: Scale, seed: int) -> None:
        self.scale = scale
        self.seed = seed
        self._items: dict[tuple[str, str, date], list[Mapping[str, object]]] = {}
        self._files: list[tuple[str, str, date, str, bytes]] = []
        self._arrivals: dict[tuple[str, str, date], date] = {}
        self.late_files = 0
        self.double_files = 0

    def arrival(self, system: str, kind: str, activity: date) -> date:
        """Return the day on which the file about this day's activity arrives (beyond the last day: never)."""
        activity = max(activity, self.scale.first_activity)
        key = (system, kind, activity)
        known = self._arrivals.get(key)
        if known is not None:
            return known
        arrives = activity + DAY
        may_be_late = activity > self.scale.first_activity and (system, kind) not in NEVER_LATE
        if may_be_late:
            rng = Random(f"{self.seed}|late|{system}|{kind}|{activity}")
            if rng.random() < LATE_SHARE:
                late = arrives + timedelta(days=rng.randint(1, 3))
                if late <= self.scale.last_date:
                    arrives = late
            if (system, kind) in IN_ORDER:
                before = self.arrival(system, kind, activity - DAY)
                if before > arrives:
                    arrives = before
        self._arrivals[key] = arrives
        return arrives

    def is_delivered(self, system: str, kind: str, activity: date) -> bool:
        """Say whether the day's file arrives inside the window at all."""
        return self.arrival(system, kind, activity) <= self.scale.last_date

    def add(self, system: str, kind: str, activity: date, item: Mapping[str, object]) -> date:
        """Put one object (or one version of it) into the day's file; return the day it arrives."""
        activity = max(activity, self.scale.first_activity)
        self._items.setdefault((system, kind, activity), []).append(item)
        return self.arrival(system, kind, activity)

    def add_file(self, system: str, kind: str, activity: date, name: str, content: str) -> date:
        """Put one whole file into the inbox; return the day it arrives."""
        activity = max(activity, self.scale.first_activity)
        self._files.append((system, kind, activity, name, content.encode("utf-8")))
        return self.arrival(system, kind, activity)

    def items(self, system: str, kind: str) -> dict[date, list[Mapping[str, object]]]:
        """Return the collected objects of one kind by day of activity."""
        return {day: items for (owner, name, day), items in self._items.items() if (owner, name) == (system, kind)}

    def write(
        self, inbox: Path, shape: Callable[[str, str, date, list[Mapping[str, object]]], list[tuple[str, str]]]
    ) -> int:
        """Write all files that arrive inside the window; `shape` turns a day's objects into named pages."""
        files = list(self._files)
        for (system, kind, activity), items in self._items.items():
            files.extend(
                (system, kind, activity, name, text.encode("utf-8"))
                for name, text in shape(system, kind, activity, items)
            )
        files.sort(key=lambda file: (file[0], file[2], file[3]))
        taken: set[tuple[str, date, str]] = set()
        count = 0
        for system, kind, activity, name, content in files:
            arrives = self.arrival(system, kind, activity)
            if arrives > self.scale.last_date:
                continue
            self.late_files += arrives > activity + DAY
            count += self._put(inbox, taken, system, arrives, name, content)
            rng = Random(f"{self.seed}|double|{system}|{name}|{activity}")
            may_double = activity > self.scale.first_activity and kind not in NEVER_DOUBLE
            if may_double and rng.random() < DOUBLE_SHARE:
                again = min(arrives + timedelta(days=rng.randint(0, 2)), self.scale.last_date)
                count += self._put(inbox, taken, system, again, name, content, is_copy=True)
                self.double_files += 1
        return count

    def _put(
        self, inbox: Path, taken: set[tuple[str, date, str]], system: str, arrives: date, name: str, content: bytes,
        *, is_copy: bool = False,
    ) -> int:  # fmt: skip
        number = 2 if is_copy else 1
        chosen = _numbered(name, number)
        while (system, arrives, chosen) in taken:
            number += 1
            chosen = _numbered(name, number)
        taken.add((system, arrives, chosen))
        folder = inbox / system / arrives.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / chosen).write_bytes(content)
        return 1


def _numbered(name: str, number: int) -> str:
    """Return the name for its nth file of a day: a page counts on, any other name gets the number behind it."""
    stem, extension = name.rsplit(".", 1)
    base, _, tail = stem.rpartition("-")
    if len(tail) == 4 and tail.isdigit():
        return f"{base}-{int(tail) + number - 1:04d}.{extension}"
    return name if number == 1 else f"{stem}-{number}.{extension}"


def money(amount: Decimal) -> str:
    """Return the amount as systems that send money as text write it."""
    return f"{amount:.2f}"
