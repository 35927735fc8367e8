"""Metered usage: one line per event of an agreement's line."""

from __future__ import annotations

from assets.extract.csv_table import read_csv
from assets.extract.reading import ParsedFile
from assets.extract.records import Shape, instant, number, text

EVENTS = Shape(
    "usage__events",
    (
        text("event_id", required=True),
        text("agreement_id", required=True),
        text("agreement_line", required=True),
        text("metric", required=True),
        number("quantity", required=True),
        instant("occurred_at", required=True),
    ),
)


def read_events(content: bytes, file_name: str) -> ParsedFile:
    """Return the events of one delivery; equal lines are two events."""
    return read_csv(content, EVENTS, "events")
