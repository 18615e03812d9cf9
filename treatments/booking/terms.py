"""The words of an appointment: what it is for, where it stands, and what is said on a "no"."""

from datetime import date

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class AppointmentKind(TextChoices):
    CONSULTATION = "consultation", _("Consultation")
    SESSION = "session", _("Session")
    REVIEW = "review", _("Review")


class AppointmentState(TextChoices):
    BOOKED = "booked", _("Booked")
    CONFIRMED = "confirmed", _("Confirmed")
    ARRIVED = "arrived", _("Arrived")
    IN_ROOM = "in_room", _("In the room")
    DONE = "done", _("Done")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")


# While an appointment is in one of these, its physician, room and patient are taken for its time.
HOLDING = frozenset(
    {
        AppointmentState.BOOKED,
        AppointmentState.CONFIRMED,
        AppointmentState.ARRIVED,
        AppointmentState.IN_ROOM,
        AppointmentState.DONE,
    }
)

STATE_FORBIDS = _("An appointment that is “%(state)s” cannot become “%(wanted)s”.")
NO_FREE_SLOT = _("There is no free time on %(date)s.")


def day_in_words(on: date) -> str:
    return date_format(on, "SHORT_DATE_FORMAT")
