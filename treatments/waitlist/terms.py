"""The words of the waitlist: what became of an offer, and why somebody waits no more."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class OfferState(TextChoices):
    OPEN = "open", _("Offered")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Not answered in time")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class EntryEnd(TextChoices):
    SERVED = "served", _("Got a time")
    LEFT = "left", _("Taken off the list")


class MessageKind(TextChoices):
    SLOT_OFFER = "slot_offer", _("Offer of a free time")


class Misfit(TextChoices):
    """Why a free time is none for somebody who waits; the desk reads it."""

    PHYSICIAN = "physician", _("wishes another physician")
    WEEKDAY = "weekday", _("not on this day of the week")
    HOUR = "hour", _("not at this hour")
    TOO_EARLY = "too_early", _("not before another day")
    TOO_LATE = "too_late", _("not after another day")
    TOO_SHORT = "too_short", _("the time is too short")
    INTERVAL = "interval", _("too near to another session, or too far from it")
    BLOCKED = "blocked", _("cannot be booked now")
    NO_BETTER = "no_better", _("has an earlier time already")
    OFFERED = "offered", _("has an offer that is not answered yet")


WEEKDAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")),
    (4, _("Friday")), (5, _("Saturday")), (6, _("Sunday")),
]  # fmt: skip
FROM_UNTIL = _("%(first)s to %(last)s")
FROM = _("from %(first)s")
UNTIL = _("until %(last)s")

ALREADY_WAITS = _("%(patient)s is on the waitlist for this already.")
NOT_WAITING = _("%(patient)s is not on the waitlist any more.")
OFFER_RUNS = _("%(patient)s has an offer that is not answered yet.")
DOES_NOT_FIT = _("This time does not fit: %(why)s.")
TOO_NEAR = _("This time is too near for a message. Telephone, then book it.")
OFFER_OVER = _("This offer is over. The clinic calls again when a time becomes free.")
TAKEN_BY_OTHERS = _("This time was taken meanwhile. You stay on the waitlist.")

# Why an offer is not sent, as the ledger keeps it.
OFFER_GONE = gettext_noop("the offer is over")
NO_ADDRESS = gettext_noop("the patient gets no e-mail")

# The desk telephones instead of a letter, and what it says.
NO_MAIL = gettext_noop("the patient gets no e-mail")
SAY_OFFER = _("A time became free: %(when)s. Does the patient want it?")
SAY_OVER = _("The offer is over; nothing is to be said.")
