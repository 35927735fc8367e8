"""What was agreed for each day of a contract line? Its versions laid along the days, whatever order they came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from assets.ledger.contracts import ContractLine
from assets.ledger.day import DayState
from assets.ledger.periods import Period, periods_between

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from one day on, and what was agreed for them; nothing when the line was dropped."""

    from_date: date
    line: ContractLine | None


def stretches(state: DayState, contract_id: str, line_number: int, *, known_by: date | None = None) -> list[Stretch]:
    """Return what counts from when on, by version and never by arrival.

    A version with an effective date counts from that day on, also for periods already drafted. One without counts as
    a whole for what is drafted after it is known; `known_by` leaves out those that came later.
    """
    laid: list[Stretch] = []
    for version, of_contract in sorted(state.contract_versions.get(contract_id, {}).items()):
        line = state.line_versions.get((contract_id, line_number), {}).get(version)
        if not laid or of_contract.effective_date is None:
            if laid and known_by is not None and of_contract.known_date > known_by:
                continue
            laid = [Stretch(date.min, line)]
            continue
        laid = [one for one in laid if one.from_date < of_contract.effective_date]
        laid.append(Stretch(of_contract.effective_date, line))
    return laid


def agreed_on(laid: list[Stretch], day: date) -> ContractLine | None:
    """Return what was agreed for a day, or None when nothing was."""
    line = next((one.line for one in reversed(laid) if one.from_date <= day), None)
    if line is None or day < line.start_date or (line.end_date is not None and day > line.end_date):
        return None
    return line


@dataclass(frozen=True, slots=True)
class AgreedPeriod:
    """A period to be billed, with the (line, days) it is made of in order of days."""

    period: Period
    parts: tuple[tuple[ContractLine, int], ...]

    @property
    def line(self) -> ContractLine:
        """Return what was agreed at the end of the period."""
        return self.parts[-1][0]

    @property
    def trigger_date(self) -> date:
        """Return the day the period may be billed: its first in advance, the day after its last in arrears."""
        first = self.parts[0][0]
        return self.period.start if first.is_billed_in_advance else self.period.end + DAY


def agreed_periods(laid: list[Stretch], until: date) -> Iterator[AgreedPeriod]:
    """Yield the periods of a recurring line that begin by a day; each day of the agreement is in exactly one."""
    for group, from_date, to_date in _of_one_rhythm(laid):
        newest = group[-1]
        start = max(from_date, newest.start_date)
        ends = [end for end in (to_date, newest.end_date) if end is not None]
        end = min(ends) if ends else None
        for period in periods_between(
            newest.start_date, end, newest.billing_frequency, newest.anchor, until=until, from_date=start
        ):
            parts = _parts(laid, period)
            if parts:
                yield AgreedPeriod(period, tuple(parts))


def _of_one_rhythm(laid: list[Stretch]) -> Iterator[tuple[list[ContractLine], date, date | None]]:
    """Yield lines that follow each other in one rhythm, with the days they hold together."""
    groups: list[tuple[list[ContractLine], date, date | None]] = []
    for index, one in enumerate(laid):
        to_date = laid[index + 1].from_date - DAY if index + 1 < len(laid) else None
        if one.line is None:
            continue
        if groups:
            lines, from_date, ends = groups[-1]
            if ends is not None and ends + DAY == one.from_date and _rhythm(lines[-1]) == _rhythm(one.line):
                groups[-1] = ([*lines, one.line], from_date, to_date)
                continue
        groups.append(([one.line], one.from_date, to_date))
    yield from groups


def _rhythm(line: ContractLine) -> tuple[object, ...]:
    return line.start_date, line.billing_frequency or "monthly", line.anchor, line.is_billed_in_advance


def _parts(laid: list[Stretch], period: Period) -> list[tuple[ContractLine, int]]:
    parts: list[tuple[ContractLine, int]] = []
    for index, one in enumerate(laid):
        to_date = laid[index + 1].from_date - DAY if index + 1 < len(laid) else period.end
        first, last = max(one.from_date, period.start), min(to_date, period.end)
        if one.line is not None and first <= last:
            parts.append((one.line, (last - first).days + 1))
    return parts
