"""The words of the clinic's time."""

from datetime import time

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Blocking(TextChoices):
    ABSENCE = "absence", _("Absence")
    BLOCKED = "blocked", _("Kept free")


# A half holiday: the law of Turkey ends the working day at 13:00. The clinic changes it by hand.
HALF_DAY_FROM = time(13)

SPANS_MEET = _("Each span ends after it begins and does not meet the next one.")
UNTIL_BEFORE_FROM = _("The last day is not before the first one.")
NO_HOURS_AT_ALL = _(
    "Enter the hours of at least one day. Whoever is away for a while is entered as absent."
)
ENDS_BEFORE_IT_BEGINS = _("The end must lie after the beginning.")
ONE_OF_THEM = _("Choose one person, one room or one device.")
LIFTED_ALREADY = _("This was taken back already.")
NAME_IS_NEEDED = _("Enter a name.")
NAME_IS_TAKEN = _("There is already one with the name “%(name)s”.")
NO_HOLIDAYS_KNOWN = _("No public holidays are known for the year %(year)s. Enter the days by hand.")

CLOSED_THEN = _("The clinic is closed on this day.")
CLOSED_BECAUSE = _("The clinic is closed on this day: %(why)s.")
OUTSIDE_OPENING = _("Outside of the opening hours.")
OUTSIDE_WORK = _("Outside of the working hours of whoever is needed.")
NOT_SERVED = _("Somebody or something that is needed is not here any more.")
NOT_THERE = _("Somebody or something that is needed is not there.")
