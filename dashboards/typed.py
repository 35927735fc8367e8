"""Which exact number did a person type?"""

from __future__ import annotations

import re
from decimal import Decimal

from assets.ledger.errors import PermanentError
from dashboards import wording

# As pages write numbers: a point before decimals, commas between thousands and nowhere else.
_NUMBER = re.compile(r"(?:\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.\d{1,10})?", re.ASCII)


class NotANumberError(PermanentError):
    """What was typed is no exact number as pages write them."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"`{wording.plain_text(text)}` is no number that is read here: write it like 1234.56.")


def number(text: object) -> Decimal:
    """Return the number that was typed; refuse what would have to be guessed, as a decimal comma."""
    written = str(text or "").strip()
    if not _NUMBER.fullmatch(written):
        raise NotANumberError(written)
    return Decimal(written.replace(",", ""))
