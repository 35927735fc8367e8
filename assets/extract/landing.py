"""Landing: what arrived, kept as received under its hash, with one manifest row per delivered file."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from assets.extract.archive import refuse_archive
from assets.extract.inbox import Inbox, InboxFile, why_hostile_name
from assets.extract.reading import UNREAD_FIELDS, FileReason, ParsedFile, QuarantineError, Reader, Readers, RejectedRow
from assets.extract.registry import SNAPSHOTS, name_says, reader_for
from assets.ledger.decision import natural_key
from assets.ledger.errors import InvariantBrokenError

__all__ = ["FileStatus", "Inbox", "Landing", "Manifest", "ManifestRow", "land"]

ARRIVAL_HOUR = time(6, tzinfo=UTC)  # a dated folder knows the day only; 06:00 UTC stands for it
UNKNOWN_OBJECT = "unknown"
FILES_PER_SYNC = 500


class FileStatus(StrEnum):
    """What became of a delivered file."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One delivered file: what it was, when it arrived, what became of it and why."""

    file_key: str
    system: str
    object: str
    business_date: date
    source_file: str
    sha256: str
    byte_count: int
    received_at: datetime
    status: FileStatus
    reason_code: str | None = None
    reason: str | None = None
    position: str | None = None
    duplicate_of: str | None = None
    row_count: int = 0
    amount_sum: Decimal | None = None
    currency_code: str | None = None
    rejected: tuple[RejectedRow, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Say whether the file's rows are in raw."""
        return self.status is FileStatus.ACCEPTED

    def to_json(self) -> str:
        """Return the row as one line of JSON, the same for the same row."""
        return json.dumps(
            {
                "file_key": self.file_key,
                "system": self.system,
                "object": self.object,
                "business_date": self.business_date.isoformat(),
                "source_file": self.source_file,
                "sha256": self.sha256,
                "byte_count": self.byte_count,
                "received_at": self.received_at.isoformat(),
                "status": self.status.value,
                "reason_code": self.reason_code,
                "reason": self.reason,
                "position": self.position,
                "duplicate_of": self.duplicate_of,
                "row_count": self.row_count,
                "amount_sum": None if self.amount_sum is None else format(self.amount_sum, "f"),
                "currency_code": self.currency_code,
                "rejected": [
                    [row.object, row.row_number, str(row.reason_code), row.reason, row.payload] for row in self.rejected
                ],
            }
        )

    @classmethod
    def from_json(cls, line: str) -> ManifestRow:
        """Return the row that a line of a manifest holds."""
        values: dict[str, Any] = json.loads(line)
        values["business_date"] = date.fromisoformat(values["business_date"])
        values["received_at"] = datetime.fromisoformat(values["received_at"])
        values["status"] = FileStatus(values["status"])
        values["amount_sum"] = None if values["amount_sum"] is None else Decimal(values["amount_sum"])
        values["rejected"] = tuple(RejectedRow(*row) for row in values["rejected"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest rows of a window, and how many of them this landing added."""

    rows: tuple[ManifestRow, ...]
    new_count: int = 0
    strays: tuple[str, ...] = ()

    def count(self, status: FileStatus) -> int:
        """Return how many files have the status."""
        return sum(row.status is status for row in self.rows)

    @property
    def accepted_count(self) -> int:
        """Return how many files were accepted."""
        return self.count(FileStatus.ACCEPTED)

    @property
    def duplicate_count(self) -> int:
        """Return how many files repeat the bytes of another."""
        return self.count(FileStatus.DUPLICATE)

    @property
    def quarantined_count(self) -> int:
        """Return how many files are kept out."""
        return self.count(FileStatus.QUARANTINED)


@dataclass(frozen=True, slots=True)
class Landing:
    """Files under their hash, `<root>/<system>/<object>/<business_date>/<sha256>.<ext>`, and a manifest per day.

    A file is written beside and renamed; the manifest of a day is written the same way when its files are on the disk.
    So a crash leaves files nobody names yet, and the next landing comes to the same manifest.
    """

    root: Path

    def manifest(self, start: date = date.min, end: date = date.max) -> Iterator[ManifestRow]:
        """Yield the rows of all days in [start, end], by day, system and name."""
        folder = self.root / "_manifest"
        for path in sorted(folder.glob("????-??-??.jsonl")) if folder.is_dir() else []:
            if start <= date.fromisoformat(path.stem) <= end:
                yield from self.manifest_of(date.fromisoformat(path.stem))

    def manifest_of(self, day: date) -> list[ManifestRow]:
        """Return the rows of one day."""
        path = self._manifest_path(day)
        if not path.exists():
            return []
        return [ManifestRow.from_json(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def path_of(self, row: ManifestRow) -> Path:
        """Return where the bytes of a file lie; no part of its name is in it but a plain extension."""
        extension = re.fullmatch(r".*\.([a-z0-9]{1,8})", row.source_file, re.DOTALL)
        name = f"{row.sha256}.{extension.group(1) if extension else 'bin'}"
        return self.root / row.system / row.object / row.business_date.isoformat() / name

    def content(self, row: ManifestRow) -> bytes:
        """Return the bytes of a landed file, proven to be those that arrived."""
        path = self.path_of(row)
        found = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(found).hexdigest() != row.sha256:
            raise InvariantBrokenError(
                f"Cannot read `{row.source_file}` of {row.business_date} from landing: `{path.name}` is "
                f"{'changed' if path.exists() else 'gone'}. Landing is never changed; restore it from its copy."
            )
        return found

    def keep(self, row: ManifestRow, content: bytes) -> None:
        """Store the bytes of a file; they are durable once a manifest names them."""
        path = self.path_of(row)
        if not path.exists() or path.read_bytes() != content:  # half of it may be left by a machine that lost power
            self._write(path, content)

    def record(self, manifests: Mapping[date, Iterable[ManifestRow]]) -> None:
        """Store the manifests of some days, after everything they name has reached the disk."""
        os.sync()  # one for hundreds of files: syncing each takes minutes on a busy disk
        for day, rows in manifests.items():
            ordered = sorted(rows, key=lambda row: (row.system, row.source_file, row.file_key))
            content = "".join(f"{row.to_json()}\n" for row in ordered).encode()
            self._write(self._manifest_path(day), content, is_durable=True)

    def discard_unfinished(self) -> None:
        """Remove what a landing that died was about to write."""
        for path in sorted((self.root / "_incoming").glob("*")):
            path.unlink()

    def _manifest_path(self, day: date) -> Path:
        return self.root / "_manifest" / f"{day.isoformat()}.jsonl"

    def _write(self, path: Path, content: bytes, *, is_durable: bool = False) -> None:
        incoming = self.root / "_incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = incoming / path.name
        with beside.open("wb") as opened:
            opened.write(content)
            if is_durable:
                opened.flush()
                os.fsync(opened.fileno())
        beside.replace(path)
        if is_durable:
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def land(
    inbox: Inbox,
    landing: Landing,
    window_start: date,
    window_end: date,
    readers: Readers,
    *,
    last_closed: date | None = None,
) -> Manifest:
    """Land what arrived in the window and is not landed yet; landing a window again changes nothing.

    Each new file is read once, to know whether it is accepted; a row in the manifest is never changed afterwards.
    A file that turns up in the folder of a closed day became known on the first day that is still open.
    """
    landing.discard_unfinished()
    seen = _Seen(landing.manifest())
    unrecorded: dict[date, list[ManifestRow]] = {}
    new_count = waiting_count = 0
    for folder_day, files in inbox.days(min(window_start, seen.first_date or window_start), window_end):
        day = _day_known(folder_day, last_closed if seen.first_date else None)
        if not window_start <= day <= window_end:
            continue
        new_rows = []
        for one in files:
            if day != folder_day and seen.knows_at_a_glance(one):
                continue
            row = _land_file(one, day, landing, readers, seen)
            if row is not None:
                seen.add(row)
                new_rows.append(row)
        if new_rows:
            unrecorded.setdefault(day, landing.manifest_of(day)).extend(new_rows)
            new_count += len(new_rows)
            waiting_count += len(new_rows)
        if waiting_count >= FILES_PER_SYNC:
            landing.record(unrecorded)
            unrecorded, waiting_count = {}, 0
    if unrecorded:
        landing.record(unrecorded)
    return Manifest(tuple(landing.manifest(window_start, window_end)), new_count, tuple(inbox.strays()))


def not_landed(inbox: Inbox, landing: Landing, until: date) -> list[InboxFile]:
    """Return the files up to a day that no landing has seen; only those that look new are read."""
    seen = _Seen(landing.manifest())
    return [
        one
        for _, files in inbox.days(min(seen.first_date or until, until), until)
        for one in files
        if not seen.knows_at_a_glance(one)
        and _file_key(one, hashlib.sha256(_content_or_nothing(one)).hexdigest()) not in seen.file_keys
    ]


def _content_or_nothing(one: InboxFile) -> bytes:
    try:
        return one.read()
    except QuarantineError:
        return b""


def _day_known(folder_day: date, last_closed: date | None) -> date:
    return folder_day if last_closed is None else max(folder_day, last_closed + timedelta(days=1))


class _Seen:
    """Which files are landed, and which bytes were accepted where."""

    def __init__(self, rows: Iterable[ManifestRow]) -> None:
        self.file_keys: set[str] = set()
        self.first_date: date | None = None  # of what was landed before this landing began
        self._glances: set[tuple[str, date, str, int]] = set()
        self._accepted: dict[tuple[str, str], list[ManifestRow]] = {}
        self._snapshots: dict[tuple[str, str], list[ManifestRow]] = {}
        for row in rows:
            self.add(row)
            self.first_date = min(self.first_date or row.business_date, row.business_date)

    def add(self, row: ManifestRow) -> None:
        self.file_keys.add(row.file_key)
        self._glances.add((row.system, row.business_date, row.source_file, row.byte_count))
        if row.is_accepted:
            self._accepted.setdefault((row.system, row.sha256), []).append(replace(row, rejected=()))
        if (row.system, row.object) in SNAPSHOTS and row.status is not FileStatus.QUARANTINED:
            self._snapshots.setdefault((row.system, row.object), []).append(replace(row, rejected=()))

    def knows_at_a_glance(self, one: InboxFile) -> bool:
        """Say whether a file of that day, name and size is landed, without reading a year of files to be sure."""
        return (one.system, one.business_date, one.name, one.byte_count()) in self._glances

    def original_of(self, row: ManifestRow, is_known_name: bool) -> ManifestRow | None:
        """Return the accepted file of the same bytes; under a name that says nothing, any of the system."""
        if (row.system, row.object) in SNAPSHOTS:
            return self._unchanged_snapshot(row)
        for original in self._accepted.get((row.system, row.sha256), ()):
            if not is_known_name:
                return original
            same_realm = name_says(row.system, original.source_file) == name_says(row.system, row.source_file)
            if original.object == row.object and same_realm:
                return original
        return None

    def _unchanged_snapshot(self, row: ManifestRow) -> ManifestRow | None:
        earlier = [
            one for one in self._snapshots.get((row.system, row.object), ()) if one.business_date <= row.business_date
        ]
        last = max(earlier, key=lambda one: (one.business_date, one.source_file), default=None)
        if last is None or last.sha256 != row.sha256:
            return None
        return last if last.is_accepted else replace(last, file_key=last.duplicate_of or last.file_key)


def _land_file(one: InboxFile, day: date, landing: Landing, readers: Readers, seen: _Seen) -> ManifestRow | None:
    found = None if why_hostile_name(one.name) else reader_for(readers, one.system, one.name)
    object_name = found[0] if found else UNKNOWN_OBJECT
    try:
        content = one.read()
    except QuarantineError as error:
        row = _arrived(one, day, object_name, b"")
        return None if row.file_key in seen.file_keys else _quarantined(row, error)
    row = _arrived(one, day, object_name, content)
    if row.file_key in seen.file_keys:
        return None
    original = seen.original_of(row, is_known_name=found is not None)
    if original is not None:
        return replace(row, object=original.object, status=FileStatus.DUPLICATE, duplicate_of=original.file_key)
    landing.keep(row, content)
    try:
        parsed = read_file(content, one.system, one.name, found, readers)
    except QuarantineError as error:
        return _quarantined(row, error)
    return replace(
        row,
        reason_code=UNREAD_FIELDS if parsed.unread_fields else None,
        reason=f"No table keeps {list(parsed.unread_fields)[:20]}." if parsed.unread_fields else None,
        row_count=parsed.row_count,
        amount_sum=parsed.amount_sum,
        currency_code=parsed.currency_code,
        rejected=tuple(parsed.rejected),
    )


def read_file(
    content: bytes, system: str, file_name: str, found: tuple[str, Reader] | None, readers: Readers
) -> ParsedFile:
    """Return what a file says, or quarantine it; a reader that stumbles over one file stops no other."""
    hostile = why_hostile_name(file_name)
    if hostile:
        reason = f"The name is dangerous: {hostile}. Ask the sender for a plain name."
        raise QuarantineError(FileReason.HOSTILE_FILE_NAME, reason, "file name")
    if found is None:
        patterns = [pattern for of_system, pattern in readers if of_system == system]
        if not patterns:
            systems = sorted({of_system for of_system, _ in readers})
            reason = f"No reader is registered for `{system}`; known systems are {systems}."
            raise QuarantineError(FileReason.UNKNOWN_SYSTEM, reason, "folder name")
        reason = f"No reader of `{system}` fits the name; known are {patterns}."
        raise QuarantineError(FileReason.UNKNOWN_FILE, reason, "file name")
    _, reader = found
    refuse_archive(content, file_name)
    try:
        return reader(content, file_name)
    except QuarantineError:
        raise
    except Exception as error:
        reason = f"The reader failed with {type(error).__name__}: {str(error)[:500]}. Report it with the file."
        raise QuarantineError(FileReason.READER_FAILED, reason, "unknown") from error


def _arrived(one: InboxFile, day: date, object_name: str, content: bytes) -> ManifestRow:
    sha256 = hashlib.sha256(content).hexdigest()
    return ManifestRow(
        file_key=_file_key(one, sha256),
        system=one.system,
        object=object_name,
        business_date=day,
        source_file=one.name,
        sha256=sha256,
        byte_count=len(content),
        received_at=datetime.combine(day, ARRIVAL_HOUR),
        status=FileStatus.ACCEPTED,
    )


def _file_key(one: InboxFile, sha256: str) -> str:
    return natural_key("file", one.system, one.business_date.isoformat(), one.name, sha256)


def _quarantined(row: ManifestRow, error: QuarantineError) -> ManifestRow:
    return replace(
        row,
        status=FileStatus.QUARANTINED,
        reason_code=error.reason_code,
        reason=error.reason,
        position=error.position,
    )
