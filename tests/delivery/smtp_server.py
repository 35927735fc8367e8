"""A mail server of a hundred lines that can be told to misbehave."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        behaviour = self.server.behaviour
        self._say("220 test ready")
        while line := self.rfile.readline():
            word = line.split(None, 1)[0].upper().decode() if line.strip() else ""
            if word in {"EHLO", "HELO"}:
                self._say("250 test")
            elif word == "RCPT" and behaviour == "refuses the recipient":
                self._say("550 no such mailbox")
            elif word in {"MAIL", "RCPT", "RSET"}:
                self._say("250 ok")
            elif word == "DATA" and behaviour == "does not want the text":
                self._say("451 busy")
            elif word == "DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) not in {b".\r\n", b""}:
                    lines.append(part)
                if behaviour == "hangs up before accepting":
                    return
                self.server.received.append(b"".join(lines))
                if behaviour == "hangs up after accepting":
                    return
                self._say("554 spam" if behaviour == "refuses the text" else "250 queued as 42")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("500 what?")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    behaviour = "works"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.received: list[bytes] = []


class MailServer:
    """Runs in a thread while the `with` block lasts; `received` holds what it took."""

    def __init__(self, behaviour: str = "works") -> None:
        self._server = _Server()
        self._server.behaviour = behaviour
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def received(self) -> list[bytes]:
        return self._server.received

    def __enter__(self) -> MailServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
