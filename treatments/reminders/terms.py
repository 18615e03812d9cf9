"""The words of what a course owes its patient."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class MessageKind(TextChoices):
    SESSION_REMINDER = "session_reminder", _("Next session")
    SUN_PROTECTION = "sun_protection", _("Sun protection")
    AFTERCARE_LINK = "aftercare_link", _("Aftercare sheet")


# Why a message is not owed any more, as the ledger keeps it.
COURSE_CHANGED = gettext_noop("the session was moved, cancelled or held")
SESSION_GONE = gettext_noop("the session is not there any more")
NOT_WANTED = gettext_noop("the patient wants no e-mail, or has no address")
ON_HOLD = gettext_noop("the course is on hold")
NOT_BOOKED = gettext_noop("the session is not booked any more")
MOVED = gettext_noop("the session was moved")
NOT_DONE = gettext_noop("the session is not done")
NO_SHEET = gettext_noop("there is no sheet")

NO_ADDRESS_FOR_LINK = _("This patient gets no e-mail. Print the sheet instead.")
