"""What dbt's cross-database macros look like to the SQL linter, which renders Jinja without dbt."""

from __future__ import annotations


def datediff(first: str, second: str, part: str) -> str:
    """Return days (or another part) between two dates."""
    return f"date_diff('{part}', {first}, {second})"


def dateadd(datepart: str, interval: object, from_date_or_timestamp: str) -> str:
    """Return a date moved by an interval."""
    return f"({from_date_or_timestamp} + interval {interval} {datepart})"


def date_trunc(part: str, value: str) -> str:
    """Return the start of a date's month or other part."""
    return f"date_trunc('{part}', {value})"


def type_string() -> str:
    """Return the type of text."""
    return "varchar"


def concat(fields: list[str]) -> str:
    """Return texts joined."""
    return " || ".join(fields)


def split_part(string_text: str, delimiter_text: str, part_number: int) -> str:
    """Return one part of a text."""
    return f"split_part({string_text}, {delimiter_text}, {part_number})"


def generate_series(upper_bound: object) -> str:
    """Return a series of numbers."""
    return f"select generated_number from range(1, {upper_bound}) as numbers (generated_number)"


def position(substring_text: str, string_text: str) -> str:
    """Return where in a text another begins, 0 where it does not."""
    return f"position({substring_text} in {string_text})"


def cast(field: str, type: str) -> str:  # noqa: A002 - the name of dbt's argument
    """Return a value as another type."""
    return f"cast({field} as {type})"


def last_day(date: str, datepart: str) -> str:
    """Return the last day of a date's month or other part."""
    return f"last_day({date})"
