"""How mail leaves this installation, read from the environment when a close sends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypedDict

from assets.delivery.senders import SmtpServer


class DeliverySettings(TypedDict):
    """What `channel_senders` needs beside the environment and the folder."""

    sender_address: str
    smtp: SmtpServer | None
    allowed: frozenset[str]
    is_live_switched_on: bool


def delivery_settings(environ: Mapping[str, str] | None = None) -> DeliverySettings:
    """Return mail server, sender, allow-list and the live switch; each is explained in `.env.example`."""
    found = os.environ if environ is None else environ
    sender = found.get("OPENITEM_SENDER") or "receivables@openitem.example"
    host = found.get("OPENITEM_SMTP_HOST")
    server = (
        SmtpServer(
            host=host,
            port=int(found.get("OPENITEM_SMTP_PORT") or 587),
            sender_address=sender,
            user=found.get("OPENITEM_SMTP_USER") or None,
            password=found.get("OPENITEM_SMTP_PASSWORD") or None,
        )
        if host
        else None
    )
    listed = (found.get("OPENITEM_ALLOWED_RECIPIENTS") or "").split(",")
    return DeliverySettings(
        sender_address=sender,
        smtp=server,
        allowed=frozenset(address.strip() for address in listed if address.strip()),
        is_live_switched_on=found.get("OPENITEM_SEND_LIVE") == "yes",
    )
