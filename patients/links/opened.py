"""Which links this browser has opened with the birth date, and may go on with for a while.

The session holds ids of links and the moment of their last use, nothing of the patient. Staff who
open a link stay signed in, and nobody is signed in by a link. What ends the link ends this too: it is
read anew at every request.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest

from patients.links.models import PatientLink
from patients.links.queries import link_behind

# A patient reads slowly and looks for a medicine box; a phone left on a table is another matter.
IDLE = timedelta(minutes=30)
# A device of the clinic that was put down midway is soon in the next patient's hands.
IDLE_ON_SHARED_DEVICE = timedelta(minutes=5)
_OPENED = "opened_links"
_HANDED_OVER = "handed_over"


def remember_opened(request: HttpRequest, link: PatientLink, now: datetime) -> None:
    """The birth date was right: this browser is not asked again for 30 minutes without a click."""
    # Whoever knew the session's key before must not share what it may do from now on.
    request.session.cycle_key()
    _touch(request, link.pk, now)


def mark_handed_over(request: HttpRequest) -> None:
    """This is a device of the clinic in a patient's hands: the next patient may get it at once."""
    request.session[_HANDED_OVER] = True


def forget_on_shared_device(request: HttpRequest) -> None:
    """On the last page: "back" asks the birth date again. A patient's own phone stays as it is."""
    if request.session.get(_HANDED_OVER):
        request.session.pop(_OPENED, None)


def opened_link(
    request: HttpRequest, token: str, purpose: str, now: datetime
) -> PatientLink | None:
    """The link behind a token, if this browser may use it without giving the birth date again.

    A birth date that opened another link of the same patient counts too, so that one link can lead
    to the next; that other link must itself still be alive.
    """
    link = link_behind(token, purpose=purpose, now=now)
    if link is None or not _is_remembered(request, link, now):
        return None
    _touch(request, link.pk, now)
    return link


def _is_remembered(request: HttpRequest, link: PatientLink, now: datetime) -> bool:
    fresh = _fresh(request, now)
    if link.pk.hex in fresh:
        return True
    others = PatientLink.objects.filter(
        pk__in=[UUID(hex=key) for key in fresh], patient_id=link.patient_id
    )
    return any(other.is_open(now) for other in others)


def _fresh(request: HttpRequest, now: datetime) -> dict[str, str]:
    known: dict[str, str] = request.session.get(_OPENED, {})
    idle = IDLE_ON_SHARED_DEVICE if request.session.get(_HANDED_OVER) else IDLE
    return {
        key: last_used
        for key, last_used in known.items()
        if now - datetime.fromisoformat(last_used) < idle
    }


def _touch(request: HttpRequest, link_id: UUID, now: datetime) -> None:
    request.session[_OPENED] = _fresh(request, now) | {link_id.hex: now.isoformat()}
