"""A letter on the page is broken where the page ends, not a second time where the mail was broken."""

from __future__ import annotations

import pytest

from assets.collections.letters import LETTERS
from dashboards.screens.outbox import _unwrapped


@pytest.mark.parametrize("language", sorted(LETTERS))
def test_prose_is_one_line_a_paragraph_and_the_facts_stay_one_below_the_other(language: str) -> None:
    for letter in LETTERS[language].values():
        greeting, opening, facts, close, signature = _unwrapped(letter.body.template).rstrip("\n").split("\n\n")
        assert "\n" not in greeting + opening + close
        assert len(facts.split("\n")) == 7
        assert len(signature.split("\n")) == 2
