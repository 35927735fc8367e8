"""A queued message as an e-mail: same message, same bytes; nothing that could smuggle in a header."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from assets.decisions.outbox import QueuedMessage
from assets.ledger.errors import PermanentError

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_SPACES = re.compile("[\u00a0\u202f]")  # amounts in euro are written with them, and no header needs them
_LONGEST_ADDRESS = 254
_LONGEST_SUBJECT = 200


class UnsafeMessageError(PermanentError):
    """A message holds something that must not reach a mail server."""

    def __init__(self, outbox_key: str, what: str) -> None:
        self.outbox_key = outbox_key
        super().__init__(
            f"Cannot send message `{outbox_key}`: {what}. Correct the customer's data and queue the next message."
        )


def message_id(outbox_key: str, domain: str) -> str:
    """Return the identity of a message: the same in every attempt, so that a provider can be asked about it."""
    return f"<{hashlib.sha256(outbox_key.encode()).hexdigest()}@{domain}>"


def compose(queued: QueuedMessage, sender_address: str) -> EmailMessage:
    """Return the e-mail of a queued message; raise UnsafeMessageError when an address or a header is not one."""
    payload = queued.message.payload
    recipient, subject = queued.message.recipient, _SPACES.sub(" ", str(payload.get("subject") or ""))
    if len(recipient) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(recipient):
        raise UnsafeMessageError(queued.outbox_key, "its recipient is not one plain e-mail address")
    if not subject or len(subject) > _LONGEST_SUBJECT or not subject.isprintable():
        raise UnsafeMessageError(queued.outbox_key, "its subject is empty, too long or holds control characters")
    text = str(payload.get("body") or "")
    if not text or "\x00" in text:
        raise UnsafeMessageError(queued.outbox_key, "its text is empty or holds a NUL")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender_address
    mail["To"] = recipient
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.combine(queued.message.business_date, time(6), UTC))
    mail["Message-ID"] = message_id(queued.outbox_key, sender_address.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    attachments = payload.get("attachments") or ()
    for attachment in attachments:
        if not _FILE_NAME.fullmatch(attachment.name):
            raise UnsafeMessageError(queued.outbox_key, "the name of an attachment is not a plain file name")
        maintype, _, subtype = attachment.media_type.partition("/")
        mail.add_attachment(attachment.contents, maintype=maintype, subtype=subtype, filename=attachment.name)
    if attachments:  # chosen at random otherwise, and the same message must be the same bytes
        mail.set_boundary(f"openitem-{hashlib.sha256(queued.outbox_key.encode()).hexdigest()[:40]}")
    return mail
