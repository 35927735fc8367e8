"""The bank slip equals published ones, its due date survives the reset of 2025, and typing errors are found."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.invoicing.payment_codes.boleto import (
    BankSlip,
    barcode_in,
    barcode_of,
    due_date_factor,
    due_date_of,
    printed_line,
    read_barcode,
    typeable_line_of,
)
from assets.invoicing.payment_codes.itf25 import itf25_svg, itf25_widths, read_itf25
from assets.ledger.errors import BadInputError

BARCODE = "00193373700000001000500940144816060680935031"
PRINTED = "00190.50095 40144.816069 06809.350314 3 37370000000100"
FREE_FIELD = BARCODE[19:]


def a_slip(**overrides: Any) -> BankSlip:
    """Return a slip of 1.00 BRL due on the last day of 2007."""
    values: dict[str, Any] = {"bank_code": "001", "amount": Decimal("1.00"), "due_date": date(2007, 12, 31)}
    return BankSlip(**(values | {"free_field": FREE_FIELD} | overrides))


def test_a_published_slip_is_reproduced_digit_for_digit() -> None:
    assert barcode_of(a_slip()) == BARCODE
    assert printed_line(typeable_line_of(BARCODE)) == PRINTED
    assert barcode_in(PRINTED) == BARCODE
    assert read_barcode(BARCODE, near=date(2007, 12, 1)) == a_slip()


@pytest.mark.parametrize(
    ("day", "factor"),
    [
        (date(2000, 7, 3), "1000"), (date(2000, 7, 5), "1002"), (date(2002, 5, 1), "1667"),
        (date(2010, 11, 17), "4789"), (date(2025, 2, 21), "9999"), (date(2025, 2, 22), "1000"),
        (date(2025, 2, 23), "1001"), (date(2026, 11, 22), "1638"), (date(2049, 10, 13), "9999"),
        (date(2049, 10, 14), "1000"),
    ],
    ids=str,
)  # fmt: skip
def test_the_factor_starts_again_at_1000_on_22_february_2025(day: date, factor: str) -> None:
    assert due_date_factor(day) == factor
    assert due_date_of(factor, near=day + timedelta(days=60)) == day


def test_a_slip_without_a_due_date_has_no_factor() -> None:
    assert barcode_of(a_slip(due_date=None))[5:9] == "0000"
    assert read_barcode(barcode_of(a_slip(due_date=None)), near=date(2026, 1, 1)).due_date is None


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"bank_code": "1"}, "bank code"),
        ({"free_field": "1" * 24}, "free field"),
        ({"free_field": "１" * 25}, "free field"),
        ({"amount": Decimal("0.00")}, "outside"),
        ({"amount": Decimal("100000000.00")}, "outside"),
        ({"amount": Decimal("1.001")}, "two decimals"),
        ({"due_date": date(1997, 10, 7)}, "factors begin"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_bank_would_register_is_not_printed(overrides: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInputError, match=why):
        a_slip(**overrides)


slips = st.builds(
    BankSlip,
    bank_code=st.integers(1, 999).map(lambda code: f"{code:03d}"),
    amount=st.integers(1, 9_999_999_999).map(lambda centavos: Decimal(centavos).scaleb(-2)),
    due_date=st.none() | st.dates(date(2000, 7, 3), date(2060, 12, 31)),
    free_field=st.from_regex(r"[0-9]{25}", fullmatch=True),
)


@given(slips)
def test_a_slip_typed_or_scanned_comes_back_as_it_was(slip: BankSlip) -> None:
    barcode = barcode_of(slip)
    near = (slip.due_date or date(2026, 1, 1)) + timedelta(days=90)
    assert read_barcode(barcode_in(printed_line(typeable_line_of(barcode))), near=near) == slip
    assert read_itf25(itf25_widths(barcode)) == barcode


@given(slip=slips, place=st.integers(0, 46), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_typed_line_is_found(slip: BankSlip, place: int, digit: str) -> None:
    line = typeable_line_of(barcode_of(slip))
    wrong = line[:place] + digit + line[place + 1 :]
    if wrong == line:
        return
    is_blind = place > 32 and line[32] == "1"  # three remainders of the general digit all become 1
    if is_blind:
        return
    with pytest.raises(BadInputError):
        barcode_in(wrong)


@given(st.text("0123456789. ", max_size=60))
def test_no_digits_make_the_reader_stumble(text: str) -> None:
    try:
        assert len(barcode_in(text)) == 44
    except BadInputError as refused:
        assert refused.faults  # noqa: PT017


def test_the_barcode_is_as_wide_as_the_rules_say_and_drawn_the_same_each_time() -> None:
    assert sum(itf25_widths(BARCODE)) == 405
    assert itf25_svg(BARCODE) == itf25_svg(BARCODE)
    assert b'width="103mm" height="13mm"' in itf25_svg(BARCODE)
    assert itf25_svg(BARCODE).count(b"M") == 4 // 2 + 22 * 5 + 2


def test_an_odd_number_of_digits_cannot_be_drawn() -> None:
    with pytest.raises(BadInputError, match="even number"):
        itf25_widths("123")
