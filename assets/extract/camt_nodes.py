"""What does an element of a camt file hold? Plain nodes, read several times faster than by paths of lxml."""

from __future__ import annotations

from typing import Any

UNREAD_BRANCHES = {
    "BkTxCd",
    "RltdAgts",
    "Chrgs",
    "Intrst",
    "PstlAdr",
    "RltdDts",
    "CtctDtls",
}  # walking them costs a third

# A node is text, (text, currency), or child names with their nodes; element paths of lxml take three times as long.
Node = Any


def node_of(element: Any, local_names: dict[str, str]) -> Node:
    """Return an element with all below it, without the branches nobody reads."""
    node: dict[str, list[Node]] | None = None
    for child in element:
        tag = child.tag
        name = local_names.get(tag)
        if name is None:
            name = tag.rpartition("}")[2]
            name = local_names[tag] = "" if name in UNREAD_BRANCHES else name
        if not name:
            continue
        value = node_of(child, local_names)
        if node is None:
            node = {name: [value]}
        elif name in node:
            node[name].append(value)
        else:
            node[name] = [value]
    if node is not None:
        return node
    text = (element.text or "").strip()
    currency = element.get("Ccy")
    return text if currency is None else (text, currency)


def all_of(node: Node, *path: str) -> list[Node]:
    """Return every node at the end of a path."""
    parent = first_of(node, *path[:-1])
    return parent.get(path[-1], []) if isinstance(parent, dict) else []


def first_of(node: Node, *path: str) -> Node | None:
    """Return the first node at the end of a path, or None."""
    for name in path:
        if type(node) is not dict:
            return None
        found = node.get(name)
        if found is None:
            return None
        node = found[0]
    return node


def text_of(node: Node, *path: str) -> str | None:
    """Return the text at the end of a path, or None when there is none."""
    for name in path:  # as first_of, written out: it is called seventeen times an entry
        if type(node) is not dict:
            return None
        found = node.get(name)
        if found is None:
            return None
        node = found[0]
    if type(node) is tuple:
        node = node[0]
    return node if type(node) is str and node else None
