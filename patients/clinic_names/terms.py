"""The words of the clinic's own names."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NameList(models.TextChoices):
    """In which list of the intake a name stands. Values as in the screening request."""

    MEDICATIONS = "medications", _("Medicines")
    ALLERGIES = "allergies", _("Allergies")


class Change(models.TextChoices):
    SETTLED = "settled", _("Settled")
    REMOVED = "removed", _("Removed")


class Meaning(models.TextChoices):
    """What the physician says that a text stands for."""

    KNOWN = "known", _("A known substance")
    GROUPS = "groups", _("One or more groups of allergens")
    NO_BEARING = "no_bearing", _("A substance outside the list, without bearing on mesotherapy")
