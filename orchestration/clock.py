"""The only place that reads a clock. Everything else is told which day it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from orchestration.settings import Settings


def now() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)


def business_today(settings: Settings) -> date:
    """Return the business day that people call today.

    A setting wins; an invented company lives on the day after its last file; a real one lives today.
    """
    if settings.today is not None:
        return settings.today
    last_date = settings.home.company_date("last_date")
    return last_date + timedelta(days=1) if last_date else now().date()


def open_day(settings: Settings) -> date:
    """Return the day after the last closed one; a home that never closed a day is open today."""
    with settings.home.decisions() as store:
        last_closed = store.last_closed_date()
    return business_today(settings) if last_closed is None else last_closed + timedelta(days=1)
