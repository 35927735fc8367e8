"""Text as it may stand in a payment code: one line, nothing invisible, and plain Latin letters where asked for."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_SPELLED = {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d"}
_WITHOUT_ACCENT = str.maketrans(_SPELLED)


def one_line(value: str) -> str:
    """Return the text with every line break, tab and run of blanks as one blank and nothing invisible in it."""
    blank = " ".join(value.split())
    return "".join(
        character
        for character in unicodedata.normalize("NFC", blank)
        if unicodedata.category(character) not in _INVISIBLE
    )


def plain_latin(value: str) -> str:
    """Return the text in printable ASCII: accents fall away, what has no Latin letter is left out."""
    decomposed = unicodedata.normalize("NFKD", one_line(value).translate(_WITHOUT_ACCENT))
    kept = "".join(character for character in decomposed if " " <= character <= "~")
    return " ".join(kept.split())


def why_not_an_amount(amount: Decimal, highest: Decimal) -> str | None:
    """Return why an amount cannot be asked for in a code of two decimals, or None."""
    if not amount.is_finite():
        return f"the amount `{amount}` is not a number"
    if not Decimal("0.01") <= amount <= highest:
        return f"the amount `{amount}` lies outside 0.01 to {highest}"
    if amount != amount.quantize(Decimal("0.01")):
        return f"the amount `{amount}` has more than two decimals"
    return None
