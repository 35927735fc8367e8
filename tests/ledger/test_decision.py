"""Decisions have one text and one key each."""

from __future__ import annotations

import hashlib

from assets.ledger.decision import canonical_json, natural_key


def test_a_natural_key_is_the_hash_of_its_parts_as_canonical_text() -> None:
    parts = ["match_confirmed", 'a "quoted" ü\n|\\', ""]
    assert natural_key(*parts) == hashlib.sha256(canonical_json(parts).encode()).hexdigest()[:32]
