"""The words of the calendar: its views, its columns, and what stands on it beside visits."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from treatments.booking.terms import AppointmentState


class View(TextChoices):
    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    AGENDA = "agenda", _("List")


class By(TextChoices):
    """What a column of the day is."""

    PHYSICIAN = "physician", _("Physicians")
    ROOM = "room", _("Rooms")
    DEVICE = "device", _("Devices")


class Phones(TextChoices):
    """How much of a telephone number stands on paper."""

    NONE = "none", _("No telephone numbers")
    MASKED = "masked", _("Last two digits only")
    WHOLE = "whole", _("Whole telephone numbers")


class EntryKind(TextChoices):
    VISIT = "visit"
    HELD = "held"
    AWAY = "away"


# The states of a visit in the legend, in the order of a day, and the time that nobody can book.
LEGEND = (
    *((state.value, state.label) for state in AppointmentState),
    ("held", _("Held for a patient")),
    ("blocked", _("Blocked")),
)

HELD_UNTIL = _("Held until %(clock)s")
NUMBING_UNTIL = _("Numbing until %(clock)s")
OVERBOOKED = _("Overbooked")
AWAY_FOR = _("%(kind)s: %(why)s")
NOT_AT_WORK = _("Not at work")
CLOSED = _("Closed")

MOVED = _("Moved: %(patient)s is now on %(date)s at %(time)s with %(physician)s, %(room)s.")
MOVED_BACK = _("Moved back: %(patient)s is on %(date)s at %(time)s again.")
CONFIRM_AGAIN = _("The patient had confirmed the earlier time and is to confirm again.")
NO_SUCH_PLACE = _("A visit cannot be put there. Choose one of the times that are offered.")
UNDO_IS_OVER = _("This move can no longer be taken back. Move the visit again instead.")
NOT_THESE_DAYS = _("This visit cannot be on this day.")
NEW_WITH = _("New appointment with %(name)s")
MOVE_WORD = _("Move")
MOVE = _("Move the visit of %(patient)s at %(clock)s")

SHORTCUTS = (
    ("d", _("Day")),
    ("w", _("Week")),
    ("m", _("Month; on a visit: move it")),
    ("a", _("List")),
    ("t", _("Today")),
    ("← →", _("Earlier, later; on a visit: the visit beside it")),
    ("↑ ↓", _("The visit or the free time above, below")),
    ("Enter", _("Open the visit, or take the free time")),
    ("Esc", _("Leave without moving")),
    ("n", _("New appointment")),
)
