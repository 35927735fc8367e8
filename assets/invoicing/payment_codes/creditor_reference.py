"""The structured creditor reference by ISO 11649: `RF`, two check digits and up to 21 letters and digits."""

from __future__ import annotations

from stdnum import iso11649
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from assets.ledger.errors import BadInputError

MAX_CHARACTERS = 21


def creditor_reference_of(document_number: str) -> str:
    """Return the reference of a document; signs and blanks fall away, so `INV-42` and `INV42` share one."""
    kept = "".join(character for character in document_number.upper() if character.isascii() and character.isalnum())
    if not 1 <= len(kept) <= MAX_CHARACTERS:
        raise BadInputError(
            f"Cannot make a creditor reference of `{document_number[:80]}`",
            [f"it has {len(kept)} letters and digits, 1 to {MAX_CHARACTERS} fit"],
            remedy="Shorten the prefix of the number series.",
        )
    return f"RF{mod_97_10.calc_check_digits(kept + 'RF')}{kept}"


def is_creditor_reference(text: str) -> bool:
    """Say whether a text is a reference whose check digits hold; blanks and small letters do not matter."""
    return text.isascii() and bool(iso11649.is_valid(text))


def document_number_in(reference: str) -> str:
    """Return what a reference was made of, in capitals and without signs."""
    try:
        valid: str = iso11649.validate(reference)
    except ValidationError as error:
        fault = f"`{reference[:80]}` is none"
        raise BadInputError(
            "Cannot read a creditor reference", [fault], remedy="Check it for a typing error."
        ) from error
    return valid[4:]


def printed(reference: str) -> str:
    """Return a reference in groups of four, as it is printed for people to type."""
    return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))
