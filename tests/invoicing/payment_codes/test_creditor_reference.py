"""The creditor reference equals published ones, and a typing error in it is found."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from assets.invoicing.payment_codes.creditor_reference import (
    creditor_reference_of,
    document_number_in,
    is_creditor_reference,
    printed,
)
from assets.ledger.errors import BadInputError


@pytest.mark.parametrize(
    ("document_number", "reference"),
    [("539007547034", "RF18 5390 0754 7034"), ("INV-00042", "RF82 INV0 0042"), ("MUS/2026/0007", None)],
    ids=["published example", "signs fall away", "any other"],
)
def test_a_reference_is_made_of_a_document_number(document_number: str, reference: str | None) -> None:
    made = creditor_reference_of(document_number)
    assert is_creditor_reference(made)
    assert reference is None or printed(made) == reference


@pytest.mark.parametrize("number", ["", "—", "A" * 22, "№"], ids=["empty", "no letter", "too long", "not Latin"])
def test_a_number_that_gives_no_reference_says_so(number: str) -> None:
    with pytest.raises(BadInputError, match="fit"):
        creditor_reference_of(number)


def test_what_is_no_reference_is_refused() -> None:
    assert not is_creditor_reference("RF19 5390 0754 7034")
    with pytest.raises(BadInputError):
        document_number_in("RE501")


numbers = st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=21)


@given(numbers)
def test_a_reference_gives_its_number_back(number: str) -> None:
    reference = creditor_reference_of(number)
    assert iso11649.is_valid(reference)
    assert document_number_in(printed(reference).lower()) == number


@given(number=numbers, data=st.data(), digit=st.sampled_from(string.digits))
def test_any_one_wrong_digit_is_found(number: str, data: st.DataObject, digit: str) -> None:
    reference = creditor_reference_of(number)
    place = data.draw(st.integers(2, len(reference) - 1))
    if reference[place] in string.digits and reference[place] != digit:
        assert not is_creditor_reference(reference[:place] + digit + reference[place + 1 :])
