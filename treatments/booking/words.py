"""What the desk reads after it booked or moved a visit, and where it is led."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _


def booked_words(appointment: Any) -> str:
    return _("Booked: %(patient)s with %(physician)s, %(room)s, at %(time)s.") % _words(appointment)


def moved_words(appointment: Any) -> str:
    return _("Moved: %(patient)s is now with %(physician)s, %(room)s, at %(time)s.") % _words(
        appointment
    )


def _words(appointment: Any) -> Mapping[str, str]:
    return {
        "patient": appointment.patient.full_name,
        "physician": appointment.physician.display_name,
        "room": appointment.room.name,
        "time": f"{timezone.localtime(appointment.starts_at):%H:%M}",
    }


def day_url(day: date) -> str:
    return f"{reverse('booking:day')}?day={day.isoformat()}"
