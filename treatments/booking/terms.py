"""The words of an appointment: what it is for, where it stands, and what is said on a "no"."""

from datetime import date

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class AppointmentKind(TextChoices):
    CONSULTATION = "consultation", _("Consultation")
    SESSION = "session", _("Session")
    REVIEW = "review", _("Review")
    PEEL = "peel", _("Peel")
    LASER = "laser", _("Laser")


# How long the physician is needed for each kind, until the clinic sets lengths of its own; a course
# has the minutes of its plan. No numbing is shipped: how long a cream takes is the clinic's to say.
KIND_MINUTES = {
    AppointmentKind.CONSULTATION: 30,
    AppointmentKind.SESSION: 30,
    AppointmentKind.REVIEW: 15,
    AppointmentKind.PEEL: 30,
    AppointmentKind.LASER: 30,
}


class Resource(TextChoices):
    """What an appointment takes up; nothing of it twice at once."""

    PHYSICIAN = "physician", _("Physician")
    ROOM = "room", _("Room")
    NURSE = "nurse", _("Nurse")
    DEVICE = "device", _("Device")
    PATIENT = "patient", _("Patient")


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
NOT_YET = _("The appointment is on %(date)s. It can be marked “%(wanted)s” from that day on.")
ONLY_EXPECTED_ONES_MOVE = _("An appointment that is “%(state)s” cannot be moved.")
CHANGED_MEANWHILE = _(
    "This appointment was changed at %(at)s. It is now on %(date)s at %(time)s and “%(state)s”. "
    "Look again, then repeat what you wanted."
)

TIME_HAS_PASSED = _("This time has passed. Appointments can be booked from now until %(last)s.")
TOO_FAR_AHEAD = _("Appointments can be booked at most a year ahead, until %(last)s.")
CLOSED_ON = _("The clinic is closed on %(date)s. The next open day is %(next)s.")
CLOSED_FOR = _("The clinic is closed on %(date)s (%(why)s). The next open day is %(next)s.")
OUTSIDE_HOURS = _("On %(date)s the clinic is open %(hours)s; the appointment must lie within.")
CLOSED_EARLY = _(
    "On %(date)s the clinic closes at %(time)s (%(why)s); the appointment must end by then."
)
WORKS_NOT = _("%(who)s does not work on %(date)s. Choose another day or another person.")
WORKS_THEN = _("%(who)s works %(hours)s on %(date)s; the appointment must lie within.")
AWAY_UNTIL = _("%(who)s is away until %(date)s.")
AWAY_THEN = _("%(who)s is away on %(date)s from %(starts)s to %(ends)s.")
KEPT_FREE = _("%(who)s is kept free on %(date)s from %(starts)s to %(ends)s.")
KEPT_FREE_FOR = _("%(who)s is kept free on %(date)s from %(starts)s to %(ends)s (%(why)s).")
# In the strip of days: one word where no time is free.
CLOSED, AWAY, NOT_IN, FULL, WAIT = _("Closed"), _("Away"), _("Not in"), _("Full"), _("Not yet")
NONE_LEFT = _("None left")  # of today
CLOSED_THEN = _("The clinic is closed on %(date)s: %(why)s.")
CLOSES_THEN = _("On %(date)s the clinic closes at %(time)s: %(why)s.")
# What the page of a new appointment offers; the sessions of a course are booked from the course.
BOOKED_SINGLY = (
    AppointmentKind.CONSULTATION,
    AppointmentKind.REVIEW,
    AppointmentKind.PEEL,
    AppointmentKind.LASER,
)
WITH_DEVICE = (AppointmentKind.PEEL, AppointmentKind.LASER)
NOT_A_NURSE = _("%(who)s does not assist here. Choose another nurse.")
TREATMENT_OUTSIDE = _("The physician comes within the appointment, not before or after it.")
MAY_NOT_OVERBOOK = _(
    "This time is taken. Only the physician or the manager can book it twice on purpose."
)
REASON_NEEDED = _("Say in at least %(count)d characters why this time is booked twice.")
IDEMPOTENCY_MISMATCH = _("This request was already used for another booking.")
WRONG_LENGTH = _(
    "The physician has 5 to 240 minutes for a visit, and before it at most 120 minutes are for numbing."
)
HOLD_EXPIRED = _("This time is no longer kept. Choose a time again.")
TOO_MANY_HOLDS = _(
    "%(count)d times are kept for this patient already. Confirm one or give it back first."
)
NOT_A_PHYSICIAN = _("%(who)s does not see patients here. Choose another physician.")
ROOM_NOT_IN_USE = _("%(who)s is not in use. Choose another room.")

PHYSICIAN_TAKEN = _("%(who)s already has an appointment on %(date)s from %(starts)s to %(ends)s.")
PHYSICIAN_TAKEN_NEAREST = _(
    "%(who)s already has an appointment on %(date)s from %(starts)s to %(ends)s. "
    "The nearest free times are %(times)s."
)
ROOM_TAKEN = _("%(who)s is taken on %(date)s from %(starts)s to %(ends)s.")
ROOM_TAKEN_NEAREST = _(
    "%(who)s is taken on %(date)s from %(starts)s to %(ends)s. "
    "The nearest free times are %(times)s."
)
PATIENT_TAKEN = _("%(who)s already has an appointment on %(date)s from %(starts)s to %(ends)s.")
PATIENT_TAKEN_NEAREST = _(
    "%(who)s already has an appointment on %(date)s from %(starts)s to %(ends)s. "
    "The nearest free times are %(times)s."
)


NUMBING_CHANGED = _("This visit was changed meanwhile. Look again, then repeat what you wanted.")
ROOM_OCCUPIED = _(
    "%(who)s is occupied since %(since)s. Finish that visit or take it back, then let this patient in."
)

# What one click says, by the state it leads to; "undo" where it takes a step back.
STEP_WORDS = {
    AppointmentState.CONFIRMED: _("Patient confirms"),
    AppointmentState.ARRIVED: _("Arrived"),
    AppointmentState.IN_ROOM: _("Into the room"),
    AppointmentState.DONE: _("Finished"),
    AppointmentState.MISSED: _("Did not come"),
}
STEPS_BACK = {
    AppointmentState.CONFIRMED: {AppointmentState.BOOKED: _("Undo: not confirmed")},
    AppointmentState.ARRIVED: {AppointmentState.BOOKED: _("Undo: not here yet")},
    AppointmentState.IN_ROOM: {AppointmentState.ARRIVED: _("Undo: still waiting")},
    AppointmentState.MISSED: {
        AppointmentState.ARRIVED: _("Came after all"),
        AppointmentState.BOOKED: _("Undo: still expected"),
    },
}

# Still to come: the patient is expected, the time can be changed.
EXPECTED = frozenset({AppointmentState.BOOKED, AppointmentState.CONFIRMED})


def day_in_words(on: date) -> str:
    return date_format(on, "SHORT_DATE_FORMAT")
