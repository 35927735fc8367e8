"""How a message leaves, by channel and environment; each sender says sent, certainly not sent, or unknown."""

from __future__ import annotations

import json
import os
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from assets.decisions.outbox import QueuedMessage
from assets.delivery.message import compose
from assets.ledger.decision import canonical_json
from assets.ledger.errors import PermanentError


class Sending(StrEnum):
    """The three outcomes of an attempt."""

    SENT = "sent"
    NOT_SENT = "not_sent"  # certainly not: it may be tried again
    UNKNOWN = "unknown"  # a person has to find out


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt, with the provider's words."""

    sending: Sending
    detail: str


class Sender(Protocol):
    """Something a message can leave through."""

    def check(self, queued: QueuedMessage) -> None:
        """Raise when the message must never leave through here; asked before it is claimed."""

    def send(self, queued: QueuedMessage) -> Outcome:
        """Try once."""


@dataclass(frozen=True, slots=True)
class FolderSender:
    """Writes messages to a folder instead of sending them: e-mails as `.eml`, everything else as its payload."""

    folder: Path
    sender_address: str

    def check(self, queued: QueuedMessage) -> None:
        """Refuse what could not be an e-mail."""
        if queued.message.channel == "email":
            compose(queued, self.sender_address)

    def send(self, queued: QueuedMessage) -> Outcome:
        """Write the file beside, then rename it into place."""
        is_mail = queued.message.channel == "email"
        contents = compose(queued, self.sender_address).as_bytes() if is_mail else _payload_file(queued)
        target = self.folder / f"{queued.outbox_key}.{'eml' if is_mail else 'json'}"
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
        return Outcome(Sending.SENT, target.name)


def _payload_file(queued: QueuedMessage) -> bytes:
    message = queued.message
    contents = {"channel": message.channel, "recipient": message.recipient, "payload": dict(message.payload)}
    return (json.dumps(json.loads(canonical_json(contents)), indent=2, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where e-mail is handed over."""

    host: str
    port: int
    sender_address: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    is_encrypted: bool = True
    timeout_seconds: int = 20


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """Hands an e-mail to a server, and knows up to which word of the conversation nothing has left."""

    server: SmtpServer

    def check(self, queued: QueuedMessage) -> None:
        """Refuse what could not be an e-mail."""
        compose(queued, self.server.sender_address)

    def send(self, queued: QueuedMessage) -> Outcome:
        """Try once; whatever breaks after the message's text was handed over leaves the outcome unknown."""
        mail = compose(queued, self.server.sender_address)
        try:
            connection = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(Sending.NOT_SENT, _said(error))
        try:
            return _converse(connection, self.server.sender_address, queued.message.recipient, mail.as_bytes())
        finally:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _connect(self) -> smtplib.SMTP:
        connection = smtplib.SMTP(self.server.host, self.server.port, timeout=self.server.timeout_seconds)
        if self.server.is_encrypted:
            connection.starttls()
        if self.server.user is not None:
            connection.login(self.server.user, self.server.password or "")
        return connection


def _converse(connection: smtplib.SMTP, sender_address: str, recipient: str, contents: bytes) -> Outcome:
    try:
        connection.ehlo_or_helo_if_needed()
        for code, answer in (connection.mail(sender_address), connection.rcpt(recipient)):
            if code not in (250, 251):
                return Outcome(Sending.NOT_SENT, f"{code} {_text(answer)}")
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(Sending.NOT_SENT, _said(error))
    try:
        code, answer = connection.data(contents)
    except smtplib.SMTPDataError as error:  # the server did not even want to read it
        return Outcome(Sending.NOT_SENT, _said(error))
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(Sending.UNKNOWN, _said(error))
    return Outcome(Sending.SENT if code == 250 else Sending.NOT_SENT, f"{code} {_text(answer)}")


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _text(answer: bytes) -> str:
    return answer.decode("ascii", "replace")[:300]


class NotAllowListedError(PermanentError):
    """A test environment was about to write to somebody who is not on its list."""

    def __init__(self, recipient: str) -> None:
        self.recipient = recipient
        super().__init__(
            f"Cannot send to `{recipient}` from a test environment: it is not on the allow-list. "
            "Add it there if that person expects test messages."
        )


@dataclass(frozen=True, slots=True)
class AllowListed:
    """Lets messages pass only to listed addresses."""

    inner: Sender
    allowed: frozenset[str]

    def check(self, queued: QueuedMessage) -> None:
        """Refuse everybody who is not on the list."""
        if queued.message.recipient.lower() not in self.allowed:
            raise NotAllowListedError(queued.message.recipient)
        self.inner.check(queued)

    def send(self, queued: QueuedMessage) -> Outcome:
        """Check once more at the last moment, then send."""
        self.check(queued)
        return self.inner.send(queued)


class LiveSendingIsOffError(PermanentError):
    """Somebody asked for live sending that was not switched on, or has nowhere to go."""


def channel_senders(
    environment: str,
    *,
    outbox_folder: Path,
    sender_address: str,
    smtp: SmtpServer | None = None,
    allowed: frozenset[str] = frozenset(),
    is_live_switched_on: bool = False,
) -> Mapping[str, Sender]:
    """Return what each channel leaves through here; a channel that is not named does not leave at all."""
    folder = FolderSender(outbox_folder, sender_address)
    if environment == "local":
        return {"email": folder, "whatsapp": folder, "write_back": folder}
    if environment == "test":
        listed = frozenset(address.lower() for address in allowed)
        return {"email": AllowListed(SmtpSender(smtp) if smtp else folder, listed)}
    if environment == "live":
        if not is_live_switched_on or smtp is None:
            raise LiveSendingIsOffError(
                "Cannot send for real: live sending must be switched on, and a mail server named. Both are settings."
            )
        return {"email": SmtpSender(smtp)}
    raise PermanentError(f"Cannot send from environment `{environment}`: it is one of local, test, live.")
