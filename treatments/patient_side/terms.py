"""The words of what patients and visitors can do without an account."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from treatments.booking.terms import AppointmentState


class VisitAct(TextChoices):
    """What one link in a letter does; each link does one thing, once."""

    CONFIRM = "confirm", _("Confirmed by the patient")
    MOVE = "move", _("Asked for another time")
    CANCEL = "cancel", _("Cancelled by the patient")


class WishState(TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    OVERTAKEN = "overtaken", _("Settled otherwise")


class VisitorState(TextChoices):
    OPEN = "open", _("Open")
    TAKEN_OVER = "taken_over", _("Taken over")
    DECLINED = "declined", _("Declined")


class VisitorKind(TextChoices):
    """What a visitor of the website wishes, in words that say nothing of health."""

    FIRST = "first", _("A first visit")
    AGAIN = "again", _("I have been here before")
    QUESTION = "question", _("Please call me back")


class PartOfDay(TextChoices):
    ANY = "any", _("Any time")
    MORNING = "morning", _("In the morning")
    MIDDAY = "midday", _("Around noon")
    AFTERNOON = "afternoon", _("In the afternoon")


class MessageKind(TextChoices):
    VISITS_PAGE = "visits_page", _("Page of the appointments")
    WISH_ANSWERED = "wish_answered", _("Answer about another time")


CONFIRMED = AppointmentState.CONFIRMED

# A patient's page of visits and calendar stands behind the birth date like an aftercare sheet.
CALENDAR_LINK = "calendar"
BY_LINK = "patient link"

LINK_USED = _("This link was used already. What you chose with it holds.")
LINK_OVER = _("This link is no longer valid. Please call the clinic.")
TOO_LATE_BY_LINK = _("It is too late to do this by link. Please call the clinic.")
TOO_MANY = _("This was tried too often. Please call the clinic.")
SETTLED_ALREADY = _("This request was settled already.")
CANNOT_MOVE_ALONE = _("This time is not among those that are possible. Choose another one.")
SAY_WHEN = _("Choose one of the times, or write when you can come.")

# Why the page of the appointments is not sent, as the ledger keeps it.
NOTHING_BOOKED = gettext_noop("nothing is booked any more")
NO_ADDRESS = gettext_noop("the patient gets no e-mail")
