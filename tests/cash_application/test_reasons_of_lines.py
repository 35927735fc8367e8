"""Why less is paid than billed, as a payer's remittance lines say it, reaches the matcher."""

from __future__ import annotations

import pytest

from assets.cash_application.known import reason_code
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
     (" SHORT ", "SHORT"), ("goods", "goods"), (None, None)],
    ids=["discount", "withholding", "two reasons", "a code", "words without a meaning", "nothing"],
)  # fmt: skip
def test_a_payers_words_become_the_code_the_matcher_reads(words: str | None, code: str | None) -> None:
    assert reason_code(words, the_policy().matching.hint_words) == code
