"""What the local mail sink took, to be read in the browser. Not there in production."""

import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.http import requires
from clinic.staff.terms import Ability

MOST = 200
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Mail:
    subject: str
    to: str
    at: datetime
    pieces: list[tuple[str, str]]  # words, and the address they lead to or ""


@require_GET
@requires(Ability.SEE_TODAY)
def list_mails(request: HttpRequest) -> HttpResponse:
    if not settings.OUTBOX:
        raise Http404
    mails = sorted(_mails(Path(settings.OUTBOX)), key=lambda mail: mail.at, reverse=True)
    return render(request, "clinic/dashboard/outbox.html", {"mails": mails[:MOST]})


def _mails(folder: Path) -> Iterator[Mail]:
    if not folder.is_dir():
        return
    for letter in mailbox.Maildir(folder, create=False):
        yield Mail(
            subject=_words(letter["Subject"]),
            to=_words(letter["X-RcptTo"] or letter["To"]),
            at=_moment(letter["Date"]),
            pieces=_pieces(_text(letter)),
        )


def _words(header: str | None) -> str:
    return str(make_header(decode_header(header or "")))


def _moment(header: str | None) -> datetime:
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(letter: Message) -> str:
    for part in letter.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return payload.decode(part.get_content_charset() or "utf-8", "replace")
    return ""


def _pieces(text: str) -> list[tuple[str, str]]:
    """Cut the text at its web addresses, so that the page can make links of them."""
    pieces, end = [], 0
    for match in _ADDRESS.finditer(text):
        pieces += [(text[end : match.start()], ""), (match.group(), match.group())]
        end = match.end()
    return [*pieces, (text[end:], "")]
