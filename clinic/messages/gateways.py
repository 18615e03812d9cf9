"""Channels of short messages: a gateway that is asked by HTTP.

The promise is that of the mail: `may_go` is asked when the gateway is reached and before it gets
the request, so everything before is known to be undelivered. After that only a clear answer counts.
"""

import http.client
import json
import logging
import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Timer
from typing import NamedTuple
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

from django.conf import settings

from clinic.messages import terms
from clinic.messages.channels import MayGo, Outcome
from clinic.messages.hooks import Letter

logger = logging.getLogger(__name__)

STEP_S = 10  # the longest silence
LONGEST_S = 25.0  # all in: half of a claim's lease
MOST_BYTES = 64 * 1024
LONGEST_WAIT = timedelta(hours=6)
CONSOLE = "console:"


class Carried(NamedTuple):
    """What is known, a reason without personal data, and how long the gateway asked to wait."""

    outcome: Outcome
    reason: str = ""
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request, the same at every try."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]


Reading = Callable[[str], Outcome]  # what the body of a good answer says


def send_sms(letter: Letter, *, message_id: str, may_go: MayGo) -> Carried:
    if settings.SMS_URL == CONSOLE:
        return _to_console(letter, message_id, may_go)
    values = {
        "to": letter.to,
        "to_digits": letter.to.removeprefix("+"),
        "to_national": letter.to.removeprefix("+90"),
        "text": letter.short,
        "id": message_id,
        "sender": settings.SMS_SENDER,
    }
    kind = settings.SMS_CONTENT_TYPE
    asked = Asked(
        method=settings.SMS_METHOD,
        url=filled(settings.SMS_URL, values, lambda value: quote(value, safe="")),
        body=filled(settings.SMS_BODY, values, writing_of(kind)).encode(),
        headers={"Content-Type": kind, "Idempotency-Key": message_id, **settings.SMS_HEADERS},
    )
    return ask(asked, may_go, _read_sms)


def send_whatsapp(letter: Letter, *, message_id: str, kind: str, may_go: MayGo) -> Carried:
    if settings.WHATSAPP_URL == CONSOLE:
        return _to_console(letter, message_id, may_go)
    template = settings.WHATSAPP_TEMPLATES.get(kind) or settings.WHATSAPP_TEMPLATES.get("*")
    if not template:
        return Carried(Outcome.REFUSED, terms.NO_TEMPLATE)
    lines = [line for line in letter.short.split("\n") if line]
    body = {
        "messaging_product": "whatsapp",
        "to": letter.to.removeprefix("+"),
        "type": "template",
        "template": {
            "name": template,
            "language": {"code": letter.language},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": each} for each in lines]}
            ],
        },
        "biz_opaque_callback_data": message_id,
    }
    asked = Asked(
        method="POST",
        url=settings.WHATSAPP_URL,
        body=json.dumps(body, ensure_ascii=False).encode(),
        headers={
            "Content-Type": "application/json",
            "Idempotency-Key": message_id,
            "Authorization": f"Bearer {settings.WHATSAPP_TOKEN}",
        },
    )
    return ask(asked, may_go, _read_whatsapp)


def filled(template: str, values: Mapping[str, str], written: Callable[[str], str]) -> str:
    """The template with each {name} that is known in its place, once: a text stays a text."""
    names = "|".join(values)
    return re.sub(rf"\{{({names})\}}", lambda found: written(values[found[1]]), template)


def writing_of(content_type: str) -> Callable[[str], str]:
    """How a value is written within a body of this type, so that it cannot leave its place."""
    mime = content_type.partition(";")[0].strip().lower()
    if mime.endswith("json"):
        return lambda value: json.dumps(value, ensure_ascii=False)[1:-1]
    if mime.endswith("xml"):
        return lambda value: escape(value, {'"': "&quot;"})
    if mime == "application/x-www-form-urlencoded":
        return quote_plus
    return lambda value: value


def ask(asked: Asked, may_go: MayGo, read: Reading) -> Carried:
    """Hand one message over. An answer counts only when it is clear."""
    line = _line_to(asked.url)
    try:
        line.connect()
    except ssl.SSLCertVerificationError:
        logger.error("the gateway's certificate is not valid; no message can be sent")
        return Carried(Outcome.TRY_LATER, terms.GATEWAY_BAD_CERTIFICATE)
    except OSError:
        return Carried(Outcome.TRY_LATER, terms.GATEWAY_NOT_REACHED)
    try:
        if not may_go():
            return Carried(Outcome.WITHDRAWN)
        return _handed_over(line, asked, read)
    finally:
        line.close()


def _line_to(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=STEP_S, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, parts.port, timeout=STEP_S)


def _handed_over(line: http.client.HTTPConnection, asked: Asked, read: Reading) -> Carried:
    parts = urlsplit(asked.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # One that dribbles keeps every silence short: the whole has an end as well.
    over = Timer(LONGEST_S, lambda: _hang_up(line))
    over.daemon = True
    over.start()
    try:
        body = asked.body if asked.method != "GET" else None
        line.request(asked.method, target, body=body, headers=dict(asked.headers))
        answer = line.getresponse()
        status, later = answer.status, answer.getheader("Retry-After")
        told = answer.read(MOST_BYTES)
        if len(told) < MOST_BYTES and answer.length:
            raise http.client.IncompleteRead(told, answer.length)
    except (OSError, http.client.HTTPException):
        return Carried(Outcome.UNKNOWN, terms.GATEWAY_BROKE)
    finally:
        over.cancel()
    return _understood(status, later, told.decode("utf-8", "replace"), read)


def _hang_up(line: http.client.HTTPConnection) -> None:
    if line.sock is not None:
        with suppress(OSError):
            line.sock.shutdown(2)


def _understood(status: int, later: str | None, words: str, read: Reading) -> Carried:
    reason = f"HTTP {status}"
    if 200 <= status < 300:
        outcome = read(words)
        return Carried(outcome, _WHY.get(outcome, ""))
    if status in (429, 503):  # asked to come again: it was not taken
        return Carried(Outcome.TRY_LATER, reason, _wait(later))
    if status in (401, 403, 407) or 300 <= status < 400:
        logger.error("the gateway does not let the clinic in (HTTP %s)", status)
        return Carried(Outcome.TRY_LATER, terms.GATEWAY_LOCKED)
    if 400 <= status < 500 and status != 408:
        return Carried(Outcome.REFUSED, reason)
    return Carried(Outcome.UNKNOWN, reason)  # it broke over it, and nobody knows when


_WHY = {
    Outcome.REFUSED: terms.GATEWAY_REFUSED,
    Outcome.UNKNOWN: terms.GATEWAY_UNCLEAR,
}


def _wait(later: str | None) -> timedelta | None:
    if later is None or not (later.isascii() and later.isdigit()):
        return None
    return min(timedelta(seconds=int(later[:6])), LONGEST_WAIT)


def _read_sms(words: str) -> Outcome:
    if settings.SMS_REFUSED and re.search(settings.SMS_REFUSED, words):
        return Outcome.REFUSED
    if not settings.SMS_ACCEPTED or re.search(settings.SMS_ACCEPTED, words):
        return Outcome.SENT
    return Outcome.UNKNOWN


def _read_whatsapp(words: str) -> Outcome:
    try:
        told = json.loads(words)
    except ValueError:
        return Outcome.UNKNOWN
    taken = isinstance(told, dict) and bool(told.get("messages"))
    return Outcome.SENT if taken else Outcome.UNKNOWN


def _to_console(letter: Letter, message_id: str, may_go: MayGo) -> Carried:
    """For this machine and for trials: nothing leaves. The words only where nobody else reads."""
    if not may_go():
        return Carried(Outcome.WITHDRAWN)
    logger.info("%s %s %s", letter.channel, message_id, letter.short if settings.LOCAL else "")
    return Carried(Outcome.SENT)
