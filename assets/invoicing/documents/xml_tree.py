"""XML written from nested values, and read without trust: what was read is kept apart from what nobody asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from assets.ledger.errors import BadInputError

MOST_BYTES = 20_000_000
MOST_ELEMENTS = 500_000

# XML 1.0 has no place for these, not even escaped.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Node:
    """An element to be written: text, or other elements."""

    name: str
    text: str | None
    children: tuple[Node, ...]
    attributes: tuple[tuple[str, str], ...]


Child = Node | None


def leaf(name: str, value: Any, /, **attributes: str | None) -> Child:
    """Return an element with a text, or None where there is no value."""
    if value is None or value == "":
        return None
    return Node(name, as_text(value), (), _present(attributes))


def group(name: str, *children: Child | list[Child]) -> Child:
    """Return an element of elements, or None where none of them has a value."""
    found = element(name, *children)
    return found if found.children else None


def element(name: str, *children: Child | list[Child]) -> Node:
    """Return an element of elements, even where none of them has a value."""
    kept: list[Node] = []
    for child in children:
        kept += [one for one in (child if isinstance(child, list) else [child]) if one is not None]
    return Node(name, None, tuple(kept), ())


def as_text(value: Any) -> str:
    """Return a value as these syntaxes write it: numbers without exponent, dates in ISO form."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("", str(value))


def write_xml(root: Node, namespaces: Mapping[str, str]) -> bytes:
    """Return the document; the same tree gives the same bytes."""
    declared = "".join(f" xmlns{':' if prefix else ''}{prefix}={quoteattr(uri)}" for prefix, uri in namespaces.items())
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    _write(root, parts, 0, declared)
    return "".join(parts).encode()


def _write(node: Node, parts: list[str], depth: int, declared: str = "") -> None:
    attributes = "".join(f" {name}={quoteattr(_NOT_XML.sub('', value))}" for name, value in node.attributes)
    parts.append(f"{'  ' * depth}<{node.name}{declared}{attributes}>")
    if node.text is not None:
        parts.append(escape(node.text, {"\r": "&#13;"}))
    else:
        parts.append("\n")
        for child in node.children:
            _write(child, parts, depth + 1)
        parts.append("  " * depth)
    parts.append(f"</{node.name}>\n")


def _present(attributes: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in attributes.items() if value is not None)


def parse_xml(content: bytes) -> Any:
    """Return the root element; refuse what is too large, not well-formed, or declares a DTD."""
    if len(content) > MOST_BYTES:
        raise _unreadable(f"it has {len(content)} bytes, and {MOST_BYTES} are read at most")
    if _DOCTYPE.search(content) or b"\x00" in content:
        raise _unreadable("it holds a DOCTYPE or ENTITY declaration, or is not UTF-8")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable(f"it is not well-formed XML: {error}") from error
    if root is None or sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise _unreadable(f"it has no elements, or more than {MOST_ELEMENTS}")
    return root


def _unreadable(fault: str) -> BadInputError:
    remedy = "Ask the sender for the document as plain UTF-8 XML without a DTD."
    return BadInputError("Cannot read the invoice", [fault], remedy=remedy)


@dataclass(slots=True)
class Reading:
    """One pass over a document: every element asked for is marked, so that the rest can be told."""

    root: Any
    namespaces: Mapping[str, str]
    faults: list[str] = field(default_factory=list)
    _taken: set[Any] = field(default_factory=set)
    _attributes: set[tuple[Any, str]] = field(default_factory=set)

    def one(self, parent: Any, path: str) -> Any:
        """Return the first element at a path of prefixed names, or None."""
        found = parent
        for step in path.split("/"):
            if found is None:
                return None
            found = found.find(self._qualified(step))
        return found

    def all(self, parent: Any, path: str) -> list[Any]:
        """Return every element at a path; only its last step may repeat."""
        *steps, last = path.split("/")
        holder = self.one(parent, "/".join(steps)) if steps else parent
        return [] if holder is None else list(holder.findall(self._qualified(last)))

    def text(self, parent: Any, path: str = "") -> str | None:
        """Return the text at a path without surrounding blanks, None where it is absent or empty."""
        found = self.one(parent, path) if path else parent
        if found is None:
            return None
        self._taken.add(found)
        return (found.text or "").strip() or None

    def attribute(self, element: Any, name: str) -> str | None:
        """Return an attribute, and mark it as read."""
        self._attributes.add((element, name))
        value = element.get(name)
        return str(value).strip() if value else None

    def number(self, parent: Any, path: str) -> Decimal | None:
        """Return the number at a path; what is no plain decimal number is a fault."""
        return self._number(self.text(parent, path), path)

    def element_number(self, element: Any) -> Decimal | None:
        """Return the number an element holds."""
        return self._number(self.text(element), self._prefixed(element))

    def _number(self, text: str | None, path: str) -> Decimal | None:
        if text is None:
            return None
        try:
            if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", text):
                raise InvalidOperation
            return Decimal(text)
        except InvalidOperation:
            self.faults.append(f"{path} is `{text[:40]}`, not a number")
            return None

    def needed_number(self, parent: Any, path: str) -> Decimal:
        """Return the number at a path; its absence is a fault."""
        return self.or_missing(self.number(parent, path), path)

    def or_missing(self, found: Decimal | None, path: str) -> Decimal:
        """Return a number that must be there; its absence is a fault."""
        if found is None:
            self.missing(path)
        return found or Decimal(0)

    def needed(self, parent: Any, path: str) -> str:
        """Return the text at a path; its absence is a fault."""
        found = self.text(parent, path)
        if found is None:
            self.missing(path)
        return found or ""

    def missing(self, path: str) -> None:
        """Remember that something the model needs is absent, once."""
        fault = f"{path} is missing"
        if fault not in self.faults and not any(known.startswith(f"{path} is `") for known in self.faults):
            self.faults.append(fault)

    def day(self, text: str | None, path: str) -> date | None:
        """Return a date written as 2026-06-30 or 20260630."""
        if text is None:
            return None
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            self.faults.append(f"{path} is `{text[:40]}`, not a date")
            return None

    def is_taken(self, element: Any) -> bool:
        """Return whether somebody asked for the element."""
        return element in self._taken

    def unread(self) -> tuple[str, ...]:
        """Return the paths of all elements and attributes nobody asked for; of a subtree only its top."""
        return tuple(self._unread(self.root, self._prefixed(self.root)))

    def _unread(self, element: Any, path: str) -> Iterator[str]:
        for name in element.attrib:
            if (element, name) not in self._attributes and not str(name).startswith("{"):
                yield f"{path}/@{name}"
        for child in element:
            if not any((one.text or "").strip() or one.attrib for one in child.iter()):
                continue
            child_path = f"{path}/{self._prefixed(child)}"
            if child in self._taken or any(one in self._taken for one in child.iterdescendants()):
                yield from self._unread(child, child_path)
            else:
                yield child_path

    def _qualified(self, step: str) -> str:
        prefix, _, name = step.rpartition(":")
        return f"{{{self.namespaces[prefix]}}}{name}"

    def _prefixed(self, element: Any) -> str:
        name = etree.QName(element)
        prefix = next((key for key, uri in self.namespaces.items() if uri == name.namespace and key), None)
        return f"{prefix}:{name.localname}" if prefix else name.localname

    def refuse_faults(self) -> None:
        """Raise once with all that is missing or no number."""
        if self.faults:
            remedy = "Validate it against its schema, and ask the sender for a corrected document."
            raise BadInputError("Cannot read the invoice", self.faults[:50], remedy=remedy)
