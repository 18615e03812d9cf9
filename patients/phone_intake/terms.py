"""The words of the intake on the patient's own phone."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class IntakeState(models.TextChoices):
    ASKED = "asked", _("Sent to the patient")
    SUBMITTED = "submitted", _("Waits for review")
    REVIEWED = "reviewed", _("Reviewed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Decision(models.TextChoices):
    """What staff make of one thing the patient said."""

    ACCEPT = "accept", _("Accept")
    CHANGE = "change", _("Change")
    ASIDE = "aside", _("Set aside")


class Comparison(models.TextChoices):
    """How what the patient said stands to the record."""

    DIFFERS = "differs", _("Differs from the record")
    NEW = "new", _("New")
    NEW_NO = "new_no", _("New: no")
    SAME = "same", _("As in the record")
    NOT_ASKED_ANY_MORE = "gone", _("No longer asked")


LINK_KIND = "phone_intake_link"
MESSAGE_LABEL = _("Questions before the treatment")

# Why a message is not owed any more, as the ledger keeps it.
NOT_ASKED = gettext_noop("the questions are not asked any more")
ANSWERED = gettext_noop("the questions were answered or withdrawn")
SENT_ANEW = gettext_noop("the same link was sent again")
NO_ADDRESS = gettext_noop("the patient has no address")
