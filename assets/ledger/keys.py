"""Keys that Python and SQL make alike: md5 over the parts of a natural key, joined by the unit separator."""

from __future__ import annotations

import hashlib


def surrogate_key(*parts: object) -> str:
    """Return the key of a natural key; equal to the SQL macro `surrogate_key`, an absent part counts as empty text."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def document_key(source_system: str, legal_entity_id: str, document_number: str) -> str:
    """Return the key of a document; for documents issued here the source system is `openitem`."""
    return surrogate_key(source_system, legal_entity_id, document_number)
