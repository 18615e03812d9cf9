"""People who wait, and a time that became free, reached by the real actions."""

from datetime import timedelta
from typing import Any

from clinic.hours.queries import rooms
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.tests.builders import a_patient
from treatments.booking.rules import Span
from treatments.booking.terms import AppointmentKind
from treatments.booking.tests.world import at
from treatments.tests.builders import an_open_clinic
from treatments.waitlist import actions
from treatments.waitlist.actions import When
from treatments.waitlist.models import WaitlistEntry
from treatments.waitlist.queries import FreeTime

TUESDAY = clinic.MONDAY + timedelta(days=1)


def a_free_time(clock="10:00", day=TUESDAY, *, physician=None, room=None, minutes=30):
    an_open_clinic()
    starts_at = at(clock, day)
    return FreeTime(
        physician or clinic.physician(),
        room or rooms()[0],
        Span(starts_at, starts_at + timedelta(minutes=minutes)),
    )


def waits(patient=None, *, by=None, now=NOW, **fields: Any) -> WaitlistEntry:
    """Somebody who waits for a consultation, or for what is said."""
    when = {name: fields.pop(name) for name in list(fields) if name in When.__dataclass_fields__}
    values: dict[str, Any] = {
        "patient": patient or a_patient(),
        "kind": AppointmentKind.CONSULTATION,
        "session": None,
        "physician": None,
        "note": "",
    }
    return actions.add_entry(
        **(values | fields), when=When(**when), by=by or clinic.receptionist(), now=now
    )
