"""Why less is paid than billed, as a payer's remittance lines say it, reaches the matcher."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assets.cash_application.engine.reasons import reason_code
from assets.ledger.remittances import RemittanceLine
from tests.cash_application.builders import a_line, a_receipt, an_item, decide, the_policy


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("DED", "deduction"),
        ("two pallets: damage", "deduction"),
        ("PART", "instalment"),
        (None, "deduction"),
    ],
    ids=["a code", "words", "another code", "no reason"],
)
def test_the_reason_of_a_remittance_line_is_evidence_of_why_less_is_paid(reason: str | None, kind: str) -> None:
    items = [an_item("MUS-2026-00041", 500_000), an_item("MUS-2026-00042", 5_000)]
    lines = [
        a_line("MUS-2026-00041", "4888.37", receipt="r1", reason=reason),
        a_line("MUS-2026-00042", "50.00", receipt="r1", line=2),
    ]
    [outcome] = decide([a_receipt("see list", 493_837)], items, lines=lines)
    [difference] = outcome.proposals[0].differences
    assert difference.kind == kind


@pytest.mark.parametrize(
    ("words", "code"),
    [("2% discount", "DISC"), ("tax withheld 15.00", "WHT"), ("discount 2.00; deduction 30.00 DMG", "DED"),
     (" SHORT ", "SHORT"), ("goods", "goods"), (None, None), ("2 % Skonto", "DISC"), ("short shipment, 2 boxes", "DED"),
     ("goods damaged", "DED")],
    ids=["discount", "withholding", "two reasons", "a code", "words without a meaning", "nothing", "discount in German",
         "two words for one reason", "another form of a word"],
)  # fmt: skip
def test_a_payers_words_become_the_code_the_matcher_reads(words: str | None, code: str | None) -> None:
    assert reason_code(words, the_policy().matching.hint_words) == code


def a_list(message: str, *amounts: str) -> list[RemittanceLine]:
    return [
        a_line(f"MUS-2026-0004{at}", amount, message=message, line=at, reference="PAY-77123")
        for at, amount in enumerate(amounts, start=1)
    ]


@pytest.mark.parametrize(
    ("second", "link"),
    [(("60.00", "50.00"), "payment_reference:m1"), (("50.00", "60.00"), None)],
    ids=["the same list", "another list"],
)
def test_a_list_sent_by_two_ways_is_one_list(second: tuple[str, str], link: str | None) -> None:
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 9_000)]
    lines = [*a_list("m1", "60.00", "50.00"), *a_list("m2", *second)]
    [outcome] = decide([a_receipt("TRN*1*PAY77123*1234567890", 11_000, account="ACC1")], items, lines=lines)
    linked = outcome.proposals[0].evidence.get("remittance") if outcome.proposals else None
    assert linked == link


def test_a_list_sent_by_two_ways_in_another_order_and_other_words_was_taken_for_two() -> None:
    items = [an_item("MUS-2026-00041"), an_item("MUS-2026-00042", 9_000)]
    first, second = a_list("m1", "60.00", "50.00")
    again = [
        replace(second, message_id="m2", line_number=1, document_number="MUS 2026 00042", deduction_reason="DED"),
        replace(first, message_id="m2", line_number=2),
    ]
    receipt = a_receipt("TRN*1*PAY77123*1234567890", 11_000, account="ACC1")
    [outcome] = decide([receipt], items, lines=[first, second, *again])
    assert outcome.proposals[0].evidence["remittance"] == "payment_reference:m2"
