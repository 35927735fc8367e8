"""Archives at the door: where a plain file is expected none is opened; where one is the format, it must be harmless."""

from __future__ import annotations

import io
import stat
import zipfile

from assets.extract.reading import FileReason, QuarantineError

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100  # a 300 MB sheet packs to 292 kB: ratio 1,028; real workbooks stay below 20
MAX_MEMBERS = 1_000

_PACKED = {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
_FORMATS_THAT_ARE_ZIP = (".xlsx",)


def refuse_archive(content: bytes, file_name: str) -> None:
    """Quarantine a packed file under the name of a plain one; a workbook must pass `refuse_unsafe_zip`."""
    kind = next((kind for magic, kind in _PACKED.items() if content.startswith(magic)), None)
    if kind == "zip":
        refuse_unsafe_zip(content)
    if kind is not None and not file_name.lower().endswith(_FORMATS_THAT_ARE_ZIP):
        reason = f"The file is a {kind} archive, and archives are not opened. Send what is in it."
        raise QuarantineError(FileReason.ARCHIVE_REFUSED, reason, "byte 0")


def refuse_unsafe_zip(content: bytes) -> None:
    """Quarantine a zip whose directory promises too much, or whose members lead out of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        reason = f"The archive is damaged: {error}. Ask the sender for it again."
        raise QuarantineError(FileReason.TRUNCATED_FILE, reason, f"byte {len(content)}") from error
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS:
        reason = f"The archive has {len(members)} members, at most {MAX_MEMBERS} are read."
        raise QuarantineError(FileReason.ZIP_BOMB, reason, "archive directory")
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(len(content), 10_000):
        reason = f"The archive of {len(content)} bytes unpacks to {unpacked}; that is an attack or a mistake."
        raise QuarantineError(FileReason.ZIP_BOMB, reason, "archive directory")
    for member in members:
        name = member.filename
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
            reason = f"A member of the archive is named `{name[:80]}`, which leads out of it."
            raise QuarantineError(FileReason.ARCHIVE_REFUSED, reason, "archive directory")
        if stat.S_ISLNK(member.external_attr >> 16) or name.lower().endswith((".zip", ".gz", ".7z", ".rar")):
            reason = f"A member of the archive, `{name[:80]}`, is a link or an archive itself."
            raise QuarantineError(FileReason.ARCHIVE_REFUSED, reason, "archive directory")
