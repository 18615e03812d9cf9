"""Many hands at once: threads with a connection each, or signed-in browsers against the web server."""

import http.client
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, connections
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.crypto import get_random_string

from clinic.refusals import Refused
from clinic.staff.models import StaffMember

LOCK_TIMEOUT = "55P03"


@dataclass(frozen=True)
class Answer:
    """What became of one attempt: what was returned, or refused, or broke; and how long it took."""

    given: Any
    seconds: float

    @property
    def is_refused(self) -> bool:
        return isinstance(self.given, Refused)

    @property
    def is_late(self) -> bool:
        """The database stopped waiting for a lock: the web server answers 503, come again."""
        return is_lock_timeout(self.given)

    @property
    def is_broken(self) -> bool:
        return isinstance(self.given, Exception) and not (self.is_refused or self.is_late)


def is_lock_timeout(fault: object) -> bool:
    return getattr(getattr(fault, "__cause__", None), "pgcode", None) == LOCK_TIMEOUT


def at_once(attempts: Sequence[Callable[[], Any]], *, hands: int) -> list[Answer]:
    """Deal the attempts out to so many hands, who all begin at one barrier; answers in their order."""
    barrier = Barrier(hands)
    answers: list[Answer | None] = [None] * len(attempts)

    def work(hand: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=120)
            for place in range(hand, len(attempts), hands):
                began = time.perf_counter()
                try:
                    given: Any = attempts[place]()
                except Exception as broken:  # noqa: BLE001  (counted, and shown at the end)
                    given = broken
                answers[place] = Answer(given, time.perf_counter() - began)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(hands) as pool:
        list(pool.map(work, range(hands)))
    return [each for each in answers if each is not None]


@dataclass(frozen=True)
class Reply:
    status: int
    text: str
    retry_after: str


class Browser:
    """A signed-in member of staff at the web server; one line that stays open."""

    def __init__(self, address: str, member: StaffMember) -> None:
        self.line = http.client.HTTPConnection(address, timeout=60)
        session = SessionStore()
        session[SESSION_KEY] = str(member.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = member.get_session_auth_hash()
        session.save()
        self.secret = get_random_string(CSRF_SECRET_LENGTH)
        self.cookies = (
            f"{settings.SESSION_COOKIE_NAME}={session.session_key}; "
            f"{settings.CSRF_COOKIE_NAME}={self.secret}"
        )

    def post(self, path: str, fields: dict[str, str]) -> int:
        """Send a form; return the status of the answer."""
        return self.send(path, fields).status

    def send(self, path: str, fields: dict[str, str]) -> Reply:
        content = urlencode(fields | {"csrfmiddlewaretoken": self.secret}).encode()
        return self._ask(path, content, {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, fields: dict[str, Any]) -> Reply:
        """Send a form with files, as the script of the page does: it asks for JSON."""
        content = encode_multipart(BOUNDARY, fields | {"csrfmiddlewaretoken": self.secret})
        headers = {"Content-Type": MULTIPART_CONTENT, "Accept": "application/json"}
        return self._ask(path, content, headers)

    def _ask(self, path: str, content: bytes, headers: dict[str, str]) -> Reply:
        try:
            self.line.request("POST", path, content, headers | {"Cookie": self.cookies})
            answer = self.line.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            self.line.close()
            raise
        return Reply(answer.status, text, answer.headers.get("Retry-After", ""))
