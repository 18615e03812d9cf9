"""The undo bar: what was just done, and the form that takes it back with one click.

The bar is shown once, on the next page of the same person, and stands until it is dismissed. What it
sends is an ordinary change with the versions that were made, so that an undo that comes too late is
refused like any other change that somebody overtook.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from django.contrib.messages import success
from django.http import HttpRequest

KEPT_IN = "undo"


@dataclass(frozen=True, slots=True)
class Undo:
    """A POST to `url` with `fields` takes back what `text` says. Kept in the session as it is."""

    text: str
    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


def say_done(request: HttpRequest, undo: Undo) -> None:
    """Say what was done. Where nothing can be taken back, leave the address empty."""
    if not undo.url:
        success(request, undo.text)
        return
    request.session[KEPT_IN] = asdict(undo)


def take_undo(request: HttpRequest) -> dict[str, object] | None:
    """The bar for this page, once."""
    return request.session.pop(KEPT_IN, None) if hasattr(request, "session") else None
