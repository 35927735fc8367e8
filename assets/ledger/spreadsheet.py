"""How a value is written for a spreadsheet: text that it would run as a formula is escaped, numbers stay numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "|", "%")
_IGNORED_IN_FRONT = "\ufeff\u200b\u2060 \u00a0'\""


def cell(value: Any) -> str:
    """Return a value as it is written; a text that a spreadsheet would run starts with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | date):
        return str(value)
    text = str(value).replace("\x00", "")
    is_risky = text.lstrip(_IGNORED_IN_FRONT).startswith(_STARTS_A_FORMULA) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if is_risky or str(value).startswith("\x00") else text
