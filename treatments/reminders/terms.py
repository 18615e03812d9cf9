"""The words of what a course owes its patient."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class MessageKind(TextChoices):
    SESSION_REMINDER = "session_reminder", _("Next session")
    CONFIRMATION = "confirmation", _("Booked appointment")
    CORRECTION = "correction", _("Changed time")
    SUN_PROTECTION = "sun_protection", _("Sun protection")
    AFTERCARE_LINK = "aftercare_link", _("Aftercare sheet")
    SUN_MORNING = "sun_morning", _("Sun cream on sunny mornings")
    INVITATION = "invitation", _("No next session is booked")
    LATE_CHECK = "late_check", _("Question weeks after the treatment")
    CHECK_VISIT = "check_visit", _("A look after the course")
    # New kinds go to the end: links in letters that went out name a kind by its place here.
    COURSE_CONFIRMATION = "course_confirmation", _("All booked appointments")


# Why a message is not owed any more, as the ledger keeps it.
COURSE_CHANGED = gettext_noop("the session was moved, cancelled or held")
SESSION_GONE = gettext_noop("the session is not there any more")
NOT_WANTED = gettext_noop("the patient wants no e-mail, or has no address")
KIND_NOT_WANTED = gettext_noop("the patient wants no letters of this kind")
ON_HOLD = gettext_noop("the course is on hold")
NOT_BOOKED = gettext_noop("the session is not booked any more")
MOVED = gettext_noop("the session was moved")
NOT_DONE = gettext_noop("the session is not done")
NO_SHEET = gettext_noop("there is no sheet")
LOW_SUN = gettext_noop("the UV index of the day is below 3")
LOW_SUN_BY_TABLE = gettext_noop("the UV index of the day is below 3 (table of clear days)")
TIME_FOUND = gettext_noop("a time is booked, or none is to come")
SEEN_AGAIN = gettext_noop("the patient was seen again, or treatment goes on")

# Why a changed time is said by telephone, as the ledger keeps it.
NO_MAIL = gettext_noop("the patient gets no e-mail")
TOO_NEAR = gettext_noop("too near for an e-mail")
NOT_SURE = gettext_noop("it is not certain whether the earlier message arrived")
UNSETTLED = gettext_noop("the time cannot hold, and nobody has moved it or given it back")
RIGHT_ALREADY = gettext_noop("the patient knows the right time")

STOP_HERE = _("No more letters of this kind: %(link)s\n")
# In a short message every letter is paid for.
STOP_SHORT = _("No more: %(link)s")

# What the desk reads before and after it changes a time of which the patient was told.
WILL_BE_MAILED = _("On %(at)s the patient was told: %(told)s. A correction will be sent by e-mail.")
CALL_NO_MAIL = _(
    "On %(at)s the patient was told: %(told)s. The patient gets no e-mail now: please call %(phone)s."
)
CALL_TOO_NEAR = _(
    "On %(at)s the patient was told: %(told)s. That is too near for an e-mail: "
    "please call %(phone)s."
)
CALL_NOT_SURE = _(
    "A message of %(at)s said: %(told)s. It is not certain whether it arrived: "
    "please call %(phone)s."
)
CALL_WORDS = {NO_MAIL: CALL_NO_MAIL, TOO_NEAR: CALL_TOO_NEAR, NOT_SURE: CALL_NOT_SURE}
NO_PHONE = _("(no telephone number is known)")
CANCELLED_WORD = _("the appointment is cancelled")

# What somebody who telephones says.
SAY_TIME = _("Next appointment: %(when)s")
SAY_ALL = _("The booked appointments: %(times)s")
SAY_CHANGED = _("The appointment of %(told)s is now: %(when)s")
SAY_CANCELLED = _("The appointment of %(told)s is cancelled.")
SAY_UNSETTLED = _(
    "The appointment of %(told)s cannot take place then. Agree on another time, or say that the "
    "clinic will call again."
)
SAY_NONE = _("No appointment is booked now.")

NO_ADDRESS_FOR_LINK = _("This patient gets no e-mail. Print the sheet instead.")
