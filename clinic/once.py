"""Asking the database once for what one piece of work needs many times: the rules in force, the names.

A request (or an action that opens its own stretch) sees such a thing as it was when it first asked;
the next request asks again, so what another process changed is seen there. Whoever waits for a lock,
or writes such a thing, looks anew. Outside of a stretch everything is asked each time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

R = TypeVar("R")

_kept: ContextVar[dict[str, Any] | None] = ContextVar("kept", default=None)
_WRITTEN = object()


@contextmanager
def asking_once() -> Iterator[None]:
    """A stretch of work; one inside another belongs to the outer one."""
    if _kept.get() is not None:
        yield
        return
    before = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(before)


def once(what: str, ask: Callable[[], R]) -> R:
    """The answer of `ask`, remembered under `what` until the stretch ends."""
    kept = _kept.get()
    if kept is None or kept.get(what) is _WRITTEN:
        return ask()
    if what not in kept:
        kept[what] = ask()
    answer: R = kept[what]
    return answer


def look_anew() -> None:
    """After a wait for a lock, what was remembered may have been changed meanwhile."""
    kept = _kept.get()
    for what in [what for what, answer in (kept or {}).items() if answer is not _WRITTEN]:
        (kept or {}).pop(what)


def was_written(what: str) -> None:
    """Whoever writes it says so. A transaction may still be undone: from now on it is asked each time."""
    kept = _kept.get()
    if kept is not None:
        kept[what] = _WRITTEN


def once_per_request(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        with asking_once():
            return get_response(request)

    return answer
