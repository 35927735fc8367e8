"""Numbers that people type are read exactly as pages write them, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dashboards import typed, wording


@pytest.mark.parametrize(
    ("text", "read"),
    [("50", "50"), (" 1234.56 ", "1234.56"), ("1,234.56", "1234.56"), ("1,000,000", "1000000"), ("0.005", "0.005")],
)
def test_a_number_is_read_as_pages_write_it(text: str, read: str) -> None:
    assert typed.number(text) == Decimal(read)


@pytest.mark.parametrize(
    "text", ["NaN", "inf", "-Infinity", "1e30", "50,5", "1,23", "12,34,567", "-5", "", "٥", "1.2.3"]
)
def test_a_decimal_comma_was_read_as_ten_times_the_amount_and_other_texts_crashed(text: str) -> None:
    with pytest.raises(typed.NotANumberError, match="write it like"):
        typed.number(text)


def test_a_customer_named_with_a_number_was_one_choice_with_the_second_of_two_alike() -> None:
    labels = wording.told_apart({"a": "Acme", "b": "Acme", "c": "Acme (2)", "d": "Acme", "e": "Acme (2)"})
    assert len(set(labels.values())) == 5
    assert labels["c"] == "Acme (2)"
    assert labels["a"] == "Acme"
