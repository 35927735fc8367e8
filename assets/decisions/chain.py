"""The hash chain: each row's hash covers every one of its columns and the hash of the row before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assets.ledger.decision import canonical_json

FIRST_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class ChainHead:
    """How long a chain is and what its last hash is; kept elsewhere, it reveals a cut or a rewritten chain."""

    length: int
    hash: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Whether the store is as it was written: the heads of its chains, and every fault in words."""

    heads: Mapping[str, ChainHead]
    faults: tuple[str, ...]

    @property
    def is_intact(self) -> bool:
        """Return whether nothing was changed, removed, inserted or reordered."""
        return not self.faults


def row_hash(row: Mapping[Any, Any]) -> str:
    """Return the hash over every column of the row, its previous hash included, its own hash left out."""
    covered = {column: value for column, value in row.items() if column != "hash"}
    return hashlib.sha256(canonical_json(covered).encode()).hexdigest()


def link(rows: Iterable[dict[str, Any]], head: ChainHead) -> Iterator[dict[str, Any]]:
    """Give rows their sequence, previous hash and hash, continuing the chain at its head."""
    sequence, previous = head.length, head.hash
    for row in rows:
        sequence += 1
        row["sequence"] = sequence
        row["previous_hash"] = previous
        row["hash"] = previous = row_hash(row)
        yield row


def check_chain(name: str, rows: Iterable[Mapping[Any, Any]], anchor: ChainHead | None) -> tuple[ChainHead, list[str]]:
    """Return the head of a chain as found, and each place where it is not what was written."""
    faults: list[str] = []
    length, previous = 0, FIRST_HASH
    anchor_is_met = anchor is None or anchor.length == 0
    for row in rows:
        length += 1
        if row["sequence"] != length:
            faults.append(f"{name}: expected sequence {length}, found {row['sequence']}; a row is missing or was added")
            length = row["sequence"]
        if row["previous_hash"] != previous:
            faults.append(f"{name} {row['sequence']}: does not follow the row before it")
        if row["hash"] != row_hash(row):
            faults.append(f"{name} {row['sequence']}: its contents are not what was written")
        previous = row["hash"]
        if anchor is not None and row["sequence"] == anchor.length:
            anchor_is_met = row["hash"] == anchor.hash
    if not anchor_is_met and anchor is not None:
        faults.append(f"{name}: the anchored row {anchor.length} is gone or was rewritten")
    return ChainHead(length, previous), faults
