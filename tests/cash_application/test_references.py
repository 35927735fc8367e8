"""Numbers are found however a bank or a payer spelt them, and only certain ones count as certain."""

from __future__ import annotations

import pytest

from assets.cash_application.references import MentionKind, NumberIndex, could_mean, number_key


@pytest.fixture(scope="module")
def numbers() -> NumberIndex:
    index = NumberIndex()
    for at in range(1, 400):
        index.add(f"MUS-2026-{at:05d}", f"mus{at}", (f"PO-{45_000 + at}",))
        index.add(f"{1_930_000 + at}", f"meu{at}")
    return index


@pytest.mark.parametrize(
    ("text", "kind", "keys"),
    [
        ("Invoice MUS-2026-00041", MentionKind.PRINTED, ["MUS202600041"]),
        ("inv mus/2026/00041 thanks", MentionKind.PRINTED, ["MUS202600041"]),
        ("MUS 2026 00041", MentionKind.SPACED, ["MUS202600041"]),
        ("MUS-2026-0\n0041", MentionKind.SPACED, ["MUS202600041"]),
        ("PAYMENTMUS202600041", MentionKind.GLUED, ["MUS202600041"]),
        ("MUS202600041MUS202600042", MentionKind.GLUED, ["MUS202600041", "MUS202600042"]),
        ("19300011930002", MentionKind.GLUED, ["1930001", "1930002"]),
        ("2026-00041", MentionKind.DIGITS, ["MUS202600041"]),
        ("1930001/1930002", MentionKind.PRINTED, ["1930001", "1930002"]),
    ],
    ids=["printed", "separators", "blanks", "line break", "glued", "two glued", "digits run", "no letters", "slash"],
)  # fmt: skip
def test_a_number_is_found_as_payers_spell_it(
    numbers: NumberIndex, text: str, kind: MentionKind, keys: list[str]
) -> None:
    reading = numbers.read((text,))
    assert list(reading.certain_keys) == keys
    assert {mention.kind for mention in reading.mentions} == {kind}


def test_a_list_that_leaves_out_what_the_numbers_share_is_continued(numbers: NumberIndex) -> None:
    reading = numbers.read(("MUS-2026-00041/00042, 00043 and 00044",))
    assert list(reading.certain_keys) == ["MUS202600041", "MUS202600042", "MUS202600043", "MUS202600044"]


def test_the_last_digits_alone_are_never_certain(numbers: NumberIndex) -> None:
    reading = numbers.read(("invoice 00041",))
    assert reading.certain_keys == ()
    assert reading.uncertain_keys == ("MUS202600041",)


def test_a_number_inside_a_longer_number_is_not_one(numbers: NumberIndex) -> None:
    assert numbers.read(("customer 51930001",)).certain_keys == ()
    assert numbers.read(("ref 19300015",)).certain_keys == ()
    assert numbers.read(("MUS-2026-000412",)).certain_keys == ()


def test_amounts_and_dates_are_not_numbers_of_documents() -> None:
    index = NumberIndex()
    index.add("1234", "a")
    index.add("15032026", "b")
    assert index.read(("paid 1,234.00 on 15.03.2026 and 1234.00",)).is_empty


def test_a_number_one_slip_away_is_a_stranger_not_a_reference(numbers: NumberIndex) -> None:
    reading = numbers.read(("MUS-2026-09941 and 1930901",))
    assert reading.certain_keys == ()
    assert reading.strangers == ("MUS202609941", "1930901")


def test_order_numbers_are_kept_apart(numbers: NumberIndex) -> None:
    reading = numbers.read(("your order PO-45007",))
    assert reading.order_keys == ("PO45007",)
    assert numbers.order_document_keys("PO45007") == ("mus7",)


@pytest.mark.parametrize(
    ("token", "possible"),
    [("MUS202600O41", True), ("MUS202600401", True), ("MUS2026000", True), ("MUS", False), ("MUS202600942", False)],
    ids=["letter O for zero", "swapped", "cut off", "too short", "two digits differ"],
)
def test_what_a_misspelt_number_may_mean(token: str, possible: bool) -> None:
    assert could_mean(token, number_key("MUS-2026-00041")) is possible


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\x00\x01", "ＭＵＳ－２０２６－０００４１", "é" * 5000, "1" * 5000, "-" * 5000],
    ids=["empty", "blanks", "control", "full width", "accents", "digits", "dashes"],
)
def test_hostile_text_does_no_harm(numbers: NumberIndex, text: str) -> None:
    numbers.read((text, None))


def test_a_short_number_at_the_end_is_not_read_as_a_longer_one() -> None:
    """The window of a longer number once ran over the end of the text and met a shorter number there."""
    index = NumberIndex()
    index.add("RE-2026-000123", "long")
    index.add("RE1001", "short")
    assert index.read(("pays RE1001",)).certain_keys == ("RE1001",)
