"""The channels that carry a message. Each says plainly how it went."""

import smtplib
from contextlib import suppress
from enum import Enum, auto

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from clinic.messages.hooks import Letter


class Outcome(Enum):
    SENT = auto()
    TRY_LATER = auto()  # refused for now, certainly not delivered
    REFUSED = auto()  # refused for good, certainly not delivered
    UNKNOWN = auto()  # the line broke after the letter was handed over


def send_email(letter: Letter, *, message_id: str) -> tuple[Outcome, str]:
    """Send one letter by SMTP. Returns what is known, and a reason without personal data.

    Everything before the letter's text is handed over is known to be undelivered; a line that
    breaks after it leaves the outcome unknown.
    """
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as fault:
        return Outcome.TRY_LATER, type(fault).__name__
    email = EmailMessage(
        subject=letter.subject,
        body=letter.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.to],
        connection=connection,
        headers={
            "Message-ID": f"<{message_id}@mesoderm.invalid>",
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        connection.send_messages([email])
    except smtplib.SMTPRecipientsRefused as fault:
        code = max(code for code, _text in fault.recipients.values())
        return (Outcome.REFUSED if code >= 500 else Outcome.TRY_LATER), f"SMTP {code}"
    except smtplib.SMTPResponseException as fault:
        return (
            Outcome.REFUSED if fault.smtp_code >= 500 else Outcome.TRY_LATER
        ), f"SMTP {fault.smtp_code}"
    except (OSError, smtplib.SMTPException) as fault:
        return Outcome.UNKNOWN, type(fault).__name__
    finally:
        # The server took the letter and then hung up: the letter counts, the farewell does not.
        with suppress(OSError, smtplib.SMTPException):
            connection.close()
    return Outcome.SENT, ""
