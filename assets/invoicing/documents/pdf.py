"""The letter as PDF/A-3 with the Factur-X XML inside; the same document gives the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib.resources import files
from itertools import count
from typing import Any, Literal

import typst

from assets.ledger.errors import PermanentError

STANDARD: Literal["a-3a"] = "a-3a"
MOST_UNPRINTABLE = 40
_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
# Direction marks that turn the text after them around: a name must not reverse the amount beside it.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SURELY_PRINTED = re.compile(
    "[\\x00-\u024f\u0391-\u03c9\u0400-\u045f\u05d0-\u05ea\u0621-\u064a\u2010-\u2026€\N{MINUS SIGN}]"
).match
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")

_SCHEMA = "".join(
    f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
    "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
    f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
    for name, meaning in (
        ("DocumentFileName", "name of the embedded XML invoice file"),
        ("DocumentType", "INVOICE"),
        ("Version", "version of the Factur-X XML schema"),
        ("ConformanceLevel", "conformance level of the embedded Factur-X data"),
    )
)
_FACTUR_X = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_EXTENSION = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
    f"<pdfaSchema:namespaceURI>{_FACTUR_X}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
    f"<pdfaSchema:property><rdf:Seq>{_SCHEMA}</rdf:Seq></pdfaSchema:property></rdf:li>"
)
_PROPERTIES = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_FACTUR_X}"><fx:DocumentType>INVOICE</fx:DocumentType>'
    "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName><fx:Version>1.0</fx:Version>"
    "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"
)


class UnknownPdfLayoutError(PermanentError):
    """The typesetter writes its files in another way than the one we know how to label as Factur-X."""

    def __init__(self, expected: str) -> None:
        super().__init__(
            f"Cannot label the PDF as Factur-X: {expected} was not found in the file the typesetter wrote. "
            "Install the pinned version of typst."
        )


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """A PDF, and the characters no font of ours has, which print as a question mark."""

    content: bytes
    unprintable: str


def render_pdf(letter: Mapping[str, Any], factur_x: bytes | None, *, dated: date) -> RenderedPdf:
    """Return the letter as PDF/A-3, with the XML as its machine-readable alternative where there is one."""
    data = json.dumps(_printable(letter), ensure_ascii=False, sort_keys=True)
    missing = ""
    for attempt in count(1):
        try:
            content = _compile(data, factur_x, dated)
        except typst.TypstError as error:
            found = _NO_GLYPH.search(error.message)
            if found is None or attempt > 2 * MOST_UNPRINTABLE:
                raise
            missing += found.group(1)
            data = _without(data, found.group(1), attempt)
            continue
        return RenderedPdf(_labelled(content) if factur_x else content, missing)
    raise AssertionError("unreachable")


def _compile(data: str, factur_x: bytes | None, dated: date) -> bytes:
    content = _compiler().compile(
        input=_template(),
        format="pdf",
        sys_inputs={"data": data, "xml": factur_x.decode() if factur_x else ""},
        pdf_standards=[STANDARD],
        timestamp=datetime.combine(dated, time(0), tzinfo=UTC),
    )
    if not isinstance(content, bytes):
        raise UnknownPdfLayoutError("one PDF")
    return content


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """Return one compiler; only the fonts inside the package are used, so that every machine prints the same."""
    return typst.Compiler(ignore_system_fonts=True)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("assets.invoicing.documents").joinpath("letter.typ").read_bytes()


def _printable(value: Any) -> Any:
    """Return the letter without characters that cannot stand on paper."""
    if isinstance(value, str):
        return _DIRECTION.sub("", _CONTROL.sub(" ", value))
    if isinstance(value, Mapping):
        return {key: _printable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_printable(one) for one in value]
    return value


def _without(data: str, missing: str, attempt: int) -> str:
    """Return the letter with `?` for what has no glyph; after many such characters for all that may have none."""
    if attempt < MOST_UNPRINTABLE:
        for char in set(missing):
            data = data.replace(char, "?")
        return data
    is_known = _SURELY_PRINTED if attempt < 2 * MOST_UNPRINTABLE else str.isascii
    return "".join(char if is_known(char) else "?" for char in data)


def _labelled(content: bytes) -> bytes:
    """Return the PDF with Factur-X's properties in its XMP metadata; offsets of what follows are moved along."""
    head = re.compile(rb"<</Length (\d+)/Type/Metadata/Subtype/XML>>\nstream\n").search(content)
    table = re.compile(rb"xref\n0 (\d+)\n").search(content, content.rfind(b"\nxref\n"))
    if head is None or table is None:
        raise UnknownPdfLayoutError("uncompressed metadata with a plain cross-reference table")
    start, length = head.end(), int(head.group(1))
    xmp = content[start : start + length]
    bag, end = b"<pdfaExtension:schemas><rdf:Bag>", b"</rdf:RDF>"
    if bag not in xmp or end not in xmp:
        raise UnknownPdfLayoutError("an extension schema in the metadata")
    xmp = xmp.replace(bag, bag + _EXTENSION.encode(), 1).replace(end, _PROPERTIES.encode() + end, 1)
    new_head = head.group(0).replace(head.group(1), str(len(xmp)).encode(), 1)
    moved = len(xmp) - length + len(new_head) - len(head.group(0))
    entries = content[table.end() : table.end() + 20 * int(table.group(1))]
    offsets = [entries[at : at + 20] for at in range(0, len(entries), 20)]
    shifted = b"".join(
        b"%010d%s" % (int(entry[:10]) + moved, entry[10:]) if int(entry[:10]) > head.start() else entry
        for entry in offsets
    )
    rest = content[table.end() + len(entries) :]
    xref_at = content.rfind(b"\nxref\n") + 1
    rest = rest.replace(b"startxref\n%d" % xref_at, b"startxref\n%d" % (xref_at + moved), 1)
    return b"".join([content[: head.start()], new_head, xmp, content[start + length : table.end()], shifted, rest])
