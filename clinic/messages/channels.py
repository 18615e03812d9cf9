"""The channels that carry a message. Each says plainly how it went."""

import logging
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.encoders import encode_base64
from email.message import Message as EmailHeader
from email.mime.base import MIMEBase
from enum import Enum, auto
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from clinic.messages import terms
from clinic.messages.hooks import Attachment, Letter

logger = logging.getLogger(__name__)


class Outcome(Enum):
    SENT = auto()
    TRY_LATER = auto()  # refused for now, certainly not delivered
    REFUSED = auto()  # refused for good, certainly not delivered
    UNKNOWN = auto()  # the line broke after the letter was handed over
    WITHDRAWN = auto()  # cancelled in the last moment; nothing was handed over


Result = tuple[Outcome, str]
MayGo = Callable[[], bool]

CLOSING = 421  # "service not available, closing transmission channel"
# Servers end a line that carries too much; 100 is what the common ones allow.
MOST_ON_ONE_LINE = 100


class MailLine:
    """The way to the mail server, kept open from one letter to the next.

    Whatever goes otherwise than well closes it: the next letter begins on a fresh one.
    """

    def __init__(self) -> None:
        self._backend: Any = None
        self._carried = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._close()

    def carry(self, email: EmailMessage, may_go: MayGo) -> Result:
        asked = False

        def asking() -> bool:
            nonlocal asked
            asked = True
            return may_go()

        if self._backend is not None:
            outcome, reason = self._carry(email, asking)
            hung_up = reason in (terms.LINE_BROKE, f"SMTP {CLOSING}")
            if asked or not hung_up:
                return outcome, reason
        # The first letter, or a server that had enough of the line before it heard of this one.
        return self._open() or self._carry(email, asking)

    def _open(self) -> Result | None:
        backend = get_connection()
        if isinstance(backend, EmailBackend):
            try:
                backend.open()
            except ssl.SSLCertVerificationError:
                logger.error("the mail server's certificate is not valid; no message can be sent")
                return Outcome.TRY_LATER, terms.BAD_CERTIFICATE
            except (OSError, smtplib.SMTPException):
                return Outcome.TRY_LATER, terms.NO_CONNECTION
            if backend.connection is None:
                return Outcome.TRY_LATER, terms.NO_CONNECTION
        self._backend, self._carried = backend, 0
        return None

    def _carry(self, email: EmailMessage, may_go: MayGo) -> Result:
        backend = self._backend
        if not isinstance(backend, EmailBackend):
            return _send_by(backend, email, may_go)
        assert backend.connection is not None  # looked at when it was opened
        outcome: Outcome | None = None
        try:
            outcome, reason = _converse(backend.connection, email, may_go)
            return outcome, reason
        finally:
            self._carried += 1
            if outcome is not Outcome.SENT or self._carried >= MOST_ON_ONE_LINE:
                self._close()

    def _close(self) -> None:
        backend, self._backend = self._backend, None
        if isinstance(backend, EmailBackend):
            # The server took the letter and then hung up: the letter counts, the farewell does not.
            with suppress(OSError, smtplib.SMTPException):
                backend.close()


def send_email(
    letter: Letter, *, message_id: str, may_go: MayGo, line: MailLine | None = None
) -> Result:
    """Send one letter. Returns what is known, and a reason without personal data.

    `may_go` is asked when the server has accepted the address and before it gets the text: only
    what breaks after that is unknown, everything before is known to be undelivered. `line`: one
    that is kept open for the letters that follow.
    """
    email = _email(letter, message_id)
    email.message()  # a header that cannot be written raises here, with nothing on the wire
    if line is not None:
        return line.carry(email, may_go)
    with MailLine() as own:
        return own.carry(email, may_go)


def _email(letter: Letter, message_id: str) -> EmailMessage:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    return EmailMessage(
        subject=letter.subject,
        body=letter.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.to],
        headers={
            # The same at every try: a mail program that gets a second copy can drop it.
            "Message-ID": f"<{message_id}@{domain}>",
            "Auto-Submitted": "auto-generated",
            **letter.headers,
        },
        attachments=[_part(each) for each in letter.attachments],
    )


def _part(attachment: Attachment) -> MIMEBase:
    """The file byte for byte: in base64 no server on the way changes its line ends."""
    header = EmailHeader()
    header["Content-Type"] = attachment.mime
    part = MIMEBase(header.get_content_maintype(), header.get_content_subtype())
    for name, value in (header.get_params() or [])[1:]:
        part.set_param(name, value)
    part.set_payload(attachment.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    return part


def _converse(smtp: smtplib.SMTP, email: EmailMessage, may_go: MayGo) -> Result:
    """One SMTP transaction, step by step, so that each fault is known for what it means."""
    text = email.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    sender = sanitize_address(email.from_email, "utf-8")
    address = sanitize_address(email.to[0], "utf-8")
    try:
        smtp.ehlo_or_helo_if_needed()
        for ask in (lambda: smtp.mail(sender), lambda: smtp.rcpt(address)):
            code, _answer = ask()
            if code not in (250, 251):
                return _answered(code)
        if not may_go():
            return Outcome.WITHDRAWN, ""
        code, _answer = smtp.docmd("DATA")
        if code != 354:
            return _answered(code)
    except (OSError, smtplib.SMTPException):
        return Outcome.TRY_LATER, terms.LINE_BROKE
    try:
        smtp.send(_dotted(text))
        code, _answer = smtp.getreply()
    except (OSError, smtplib.SMTPException):
        return Outcome.UNKNOWN, terms.LINE_BROKE
    return (Outcome.SENT, "") if code == 250 else _answered(code)


def _answered(code: int) -> Result:
    return (Outcome.REFUSED if 500 <= code < 600 else Outcome.TRY_LATER), f"SMTP {code}"


def _dotted(text: bytes) -> bytes:
    """The text as DATA wants it: a line that begins with a dot gets a second one (RFC 5321 4.5.2)."""
    lines = text.replace(b"\r\n.", b"\r\n..")
    if lines.startswith(b"."):
        lines = b"." + lines
    return (lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"


def _send_by(connection: BaseEmailBackend, email: EmailMessage, may_go: MayGo) -> Result:
    """By another of Django's mail backends, which tells less: any fault leaves it unknown."""
    if not may_go():
        return Outcome.WITHDRAWN, ""
    try:
        connection.send_messages([email])
    except Exception:  # noqa: BLE001  (each backend has its own)
        return Outcome.UNKNOWN, terms.LINE_BROKE
    return Outcome.SENT, ""
