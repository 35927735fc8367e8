"""The project tool: milestones and activations of agreements, when they were accepted and provisioning confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assets.extract.json_document import read_json
from assets.extract.reading import ParsedFile
from assets.extract.records import Shape, flag, instant, list_at, number, read_records, text


def _attachments(record: Mapping[str, Any]) -> Any:
    names = record.get("attachments")
    return ";".join(str(name) for name in names) or None if isinstance(names, list) else names


MILESTONES = Shape(
    "projects__milestones",
    (
        text("gid", required=True),
        text("agreement_id", required=True),
        text("agreement_line", required=True),
        text("milestone_id", required=True),
        text("name"),
        flag("completed"),
        instant("completed_at"),
        text("accepted_by"),
        text("attachments", _attachments),
        instant("provisioned_at"),
        number("quantity"),
        instant("modified_at"),
    ),
    ignored=frozenset({"attachments"}),
)


def read_milestones(content: bytes, file_name: str) -> ParsedFile:
    """Return the milestones that were created or changed."""
    return read_records(list_at(read_json(content), "tasks"), MILESTONES, "milestones")
