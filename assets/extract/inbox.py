"""The folder in which systems leave their files; names found there are data and never lead anywhere."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assets.extract.reading import MAX_FILE_BYTES, FileReason, QuarantineError

_SYSTEM_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_RESERVED_ON_WINDOWS = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_HIDDEN_PATH = re.compile(r"%2e%2e|%2f|%5c|%00", re.IGNORECASE)
_MAX_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class InboxFile:
    """Something that lies in a dated folder of a system."""

    system: str
    business_date: date
    name: str  # as text: undecodable bytes are written \\xNN
    path: Path

    def byte_count(self) -> int:
        """Return its size as the folder tells it, without opening it; -1 when it has gone."""
        try:
            return self.path.lstat().st_size
        except OSError:
            return -1

    def read(self) -> bytes:
        """Return the bytes; anything but a plain file of bearable size is a reason, and links are not followed."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if self.path.is_symlink():
                raise _not_a_file("a link") from error
            reason = f"The file cannot be opened ({error.strerror}). Check its permissions."
            raise QuarantineError(FileReason.UNREADABLE_FILE, reason, "file") from error
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _not_a_file("a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device")
            if status.st_size > MAX_FILE_BYTES:
                reason = f"The file has {status.st_size} bytes, at most {MAX_FILE_BYTES} are read. Split it."
                raise QuarantineError(FileReason.FILE_TOO_LARGE, reason, f"byte {MAX_FILE_BYTES}")
            with os.fdopen(descriptor, "rb", closefd=False) as opened:
                return opened.read(MAX_FILE_BYTES)
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Inbox:
    """Files by system and day of arrival: `<root>/<system>/<YYYY-MM-DD>/<file>`."""

    root: Path

    def days(self, window_start: date, window_end: date) -> Iterator[tuple[date, list[InboxFile]]]:
        """Yield each day of the window on which anything arrived, with its files by system and name.

        Names that start with a dot are still being written by their sender, by convention, and wait.
        """
        folders: dict[date, list[tuple[str, Path]]] = {}
        for system, path in _folders(self.root):
            if _SYSTEM_NAME.fullmatch(system) is None:
                continue
            for name, day_path in _folders(path):
                day = _day_of(name)
                if day is not None and window_start <= day <= window_end:
                    folders.setdefault(day, []).append((system, day_path))
        for day in sorted(folders):
            yield day, [one for system, path in sorted(folders[day]) for one in _files(system, day, path)]

    def strays(self) -> list[str]:
        """Return, as text, what lies where no day of arrival can be told; a person has to move it."""
        found: list[str] = []
        for entry in _entries(self.root):
            if not entry.is_dir(follow_symlinks=False) or _SYSTEM_NAME.fullmatch(entry.name) is None:
                found.append(as_text(entry.name))
                continue
            found.extend(
                f"{entry.name}/{as_text(inner.name)}"
                for inner in _entries(Path(entry.path))
                if not inner.is_dir(follow_symlinks=False) or _day_of(inner.name) is None
            )
        return sorted(found)


def why_hostile_name(name: str) -> str | None:
    """Return what makes a file name dangerous to whoever handles it next, or None."""
    if len(name) > _MAX_NAME_CHARACTERS:
        return f"it has {len(name)} characters"
    if "/" in name or "\\" in name or name.startswith("..") or _HIDDEN_PATH.search(name):
        return "it holds a path"
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in name):
        return "it holds control characters"
    if name.startswith(("-", "~")):
        return "it reads as an option"
    if _RESERVED_ON_WINDOWS.fullmatch(name):
        return "it names a device"
    return None


def as_text(name: str) -> str:
    """Return a file name as storable text; bytes that are no UTF-8 are written \\xNN."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _not_a_file(what: str) -> QuarantineError:
    reason = f"This is {what}, not a file. Put the file itself there."
    return QuarantineError(FileReason.NOT_A_REGULAR_FILE, reason, "file")


def _entries(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as found:
            return [entry for entry in found if not entry.name.startswith(".") or entry.name.startswith("..")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _folders(path: Path) -> list[tuple[str, Path]]:
    return sorted((entry.name, Path(entry.path)) for entry in _entries(path) if entry.is_dir(follow_symlinks=False))


def _files(system: str, day: date, path: Path) -> list[InboxFile]:
    entries = sorted(_entries(path), key=lambda entry: os.fsencode(entry.name))
    return [InboxFile(system, day, as_text(entry.name), Path(entry.path)) for entry in entries]


def _day_of(name: str) -> date | None:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", name) is None:
        return None
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None
