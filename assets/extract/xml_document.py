"""XML read without trust: no DTD of any kind, no entity, no network, no huge text."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from assets.extract.reading import FileReason, QuarantineError, decode_text

_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
_DECLARED_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def read_xml(content: bytes) -> Any:
    """Return the root element, or quarantine the file with the line where it goes wrong."""
    document_text = decode_text(content)
    refuse_doctype(document_text)
    declaration = _DECLARATION.match(document_text)
    declared = _DECLARED_ENCODING.search(declaration.group()) if declaration else None
    if declared and declared.group(1).lower() not in ("utf-8", "utf8", "us-ascii"):
        reason = f"The file declares the encoding `{declared.group(1)}`; UTF-8 is read."
        raise QuarantineError(FileReason.WRONG_ENCODING, reason, "line 1")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(document_text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise _explained(error, document_text) from error


def refuse_doctype(document_text: str) -> None:
    """Quarantine a file with a DTD: entities can read files, call out or blow up, and no export of ours has one."""
    found = re.search(r"<!\s*(?:DOCTYPE|ENTITY)", document_text, re.IGNORECASE)
    if found:
        line_number = document_text.count("\n", 0, found.start()) + 1
        reason = "The file holds a DOCTYPE or ENTITY declaration. Ask the sender for the file without it."
        raise QuarantineError(FileReason.DOCTYPE_REFUSED, reason, f"line {line_number}")


def _explained(error: etree.XMLSyntaxError, document_text: str) -> QuarantineError:
    line_number, column = error.position
    message = error.msg or "not well-formed"
    if "Premature end" in message or not document_text.rstrip().endswith(">"):
        code, advice = FileReason.TRUNCATED_FILE, "Ask the sender for the whole file."
    elif "depth" in message.lower():
        code, advice = FileReason.NESTED_TOO_DEEP, "No export of ours nests that deep."
    else:
        code, advice = FileReason.MALFORMED_XML, "Ask the sender for a well-formed file."
    position = f"line {line_number} column {column}"
    return QuarantineError(code, f"The file is not well-formed XML: {message}. {advice}", position)


def record_of(element: Any) -> dict[str, Any]:
    """Return an element as nested records by local name: text as it stands, attributes as `@name`, repeats as a list.

    Text beside child elements says nothing in the formats we read and falls away.
    """
    record: dict[str, Any] = {f"@{name.rpartition('}')[2]}": value for name, value in element.attrib.items()}
    for child in element.iterchildren("*"):
        name = child.tag.rpartition("}")[2]
        value: Any = record_of(child) if len(child) or child.attrib else (child.text or "").strip()
        if isinstance(value, dict) and not len(child):
            value["#text"] = (child.text or "").strip()
        if name not in record:
            record[name] = value
        elif isinstance(record[name], list):
            record[name].append(value)
        else:
            record[name] = [record[name], value]
    return record


def local_name(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def listed(record: Any, path: str) -> list[Any]:
    """Return what stands at a dotted path of nested records as a list: nothing, one or many."""
    found = record
    for key in path.split("."):
        if isinstance(found, list):
            found = found[0]
        found = found.get(key) if isinstance(found, dict) else None
        if found is None:
            return []
    return found if isinstance(found, list) else [found]


def text_at(record: Any, path: str) -> str | None:
    """Return the text at a dotted path of nested records, of the first where it repeats; None where there is none."""
    for found in listed(record, path)[:1]:
        text = found.get("#text") if isinstance(found, dict) else found
        return text or None
    return None
