"""A mail server that keeps what it is given: `python -m clinic.local.mail PORT MAILDIR`.

Real SMTP, so that what is sent here was sent the way it is sent in production. Two addresses
answer as real servers sometimes do: anyone at bounce.invalid does not exist, and slow.invalid
asks to come back later.
"""

import mailbox
import signal
import smtplib
import sys
import threading
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from clinic.local.children import Child, Supervisor
from clinic.local.folders import Home

_LARGEST_MESSAGE_BYTES = 20_000_000
_ANSWERS = {
    "bounce.invalid": "550 5.1.1 There is no such mailbox here",
    "slow.invalid": "451 4.7.1 Please try again later",
}


class KeepEverything:
    """Answers of the server, as aiosmtpd asks for them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(mode=0o700, exist_ok=True)
        self.mailbox = mailbox.Maildir(folder)

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        domain = address.rpartition("@")[2].casefold()
        if domain in _ANSWERS:
            return _ANSWERS[domain]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        if not isinstance(content, bytes):
            return "554 5.6.0 The message cannot be read"
        message = message_from_bytes(content)
        del message["X-MailFrom"], message["X-RcptTo"]
        message["X-MailFrom"] = envelope.mail_from or ""
        message["X-RcptTo"] = ", ".join(envelope.rcpt_tos)
        self.mailbox.add(message)
        return "250 OK: kept"


def serve(port: int, folder: Path) -> Controller:
    """Start the server in a thread of its own; `.stop()` ends it."""
    controller = Controller(
        KeepEverything(folder),
        hostname="127.0.0.1",
        port=port,
        data_size_limit=_LARGEST_MESSAGE_BYTES,
        server_hostname="localhost",
    )
    controller.start()
    return controller


def start(
    supervisor: Supervisor, home: Home, *, environment: dict[str, str], holding: int
) -> tuple[str, Path]:
    """Start the server as a child; return its EMAIL_URL and the Maildir."""
    port = home.port("mail")
    server = supervisor.start(
        Child(
            name="The mail server",
            command=[sys.executable, "-m", "clinic.local.mail", str(port), home.outbox],
            log=home.log("mail"),
            environment=environment,
            holding=(holding,),
        )
    )
    supervisor.wait_until(lambda: answers(port), waiting_for=server, seconds=30)
    return f"smtp://127.0.0.1:{port}", home.outbox


def answers(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=2) as client:
            return client.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def main() -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    server = serve(int(sys.argv[1]), Path(sys.argv[2]))
    ended.wait()
    server.stop()


if __name__ == "__main__":
    main()
