"""The words of the aftercare sheet: kinds of advice, and how urgent a warning sign is."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AdviceGroup(TextChoices):
    AVOID = "avoid", _("Do not")
    DO = "do", _("Do")
    NORMAL = "normal", _("What is normal")
    RED_FLAG = "red_flag", _("When to call")


class Band(TextChoices):
    """A part of the printed page; its heading stands in advice.json, in the patient's language."""

    FIRST_24 = "band_24"
    UNTIL_48 = "band_48"
    UNTIL_NEXT = "band_next"


class Urgency(TextChoices):
    EMERGENCY = "emergency", _("Emergency number")
    AT_ONCE = "at_once", _("Call us at once")
    WITHIN_1_DAY = "within_1_day", _("Call us within 1 day")
    WITHIN_3_DAYS = "within_3_days", _("Call us within 3 days")
    WITHIN_7_DAYS = "within_7_days", _("Call us within 7 days")


# Turkey and the European Union; a clinic elsewhere sets its own.
EMERGENCY_NUMBER = "112"

DURATION_TOO_SHORT = _("This advice lasts at least %(hours)d hours.")
