"""Why does a payer say that less is paid? Free words of remittance lines as the few codes that the matcher reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assets.cash_application.engine.texts import Text

CODE_OF = {"deduction": "DED", "withholding": "WHT", "part": "PART", "fee": "FEE", "fx": "FX"}
DISCOUNT = "discount"  # a payer who says another reason beside it means that one: a discount explains itself


def reason_code(said: str | None, meanings: Mapping[str, str]) -> str | None:
    """Return the code of the first word with a meaning of a reason such as `tax withheld`, else the reason itself.

    Two words that only together mean something, such as `short shipment`, stand in policy as they follow each other.
    """
    if not said:
        return None
    found = [meanings[word] for word in _words_and_pairs(Text(said).words) if word in meanings]
    known = next((CODE_OF[meaning] for meaning in found if meaning in CODE_OF), None)
    return known or ("DISC" if DISCOUNT in found else said.strip())


def _words_and_pairs(words: Sequence[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        yield " ".join(words[at : at + 2])
        yield word
