"""The words of the clinic's own names."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Under which the names in force are remembered during one stretch of work (clinic.once).
NAMES = "clinic names in force"


class NameList(models.TextChoices):
    """In which list of the intake a name stands. Values as in the screening request."""

    MEDICATIONS = "medications", _("Medicines")
    ALLERGIES = "allergies", _("Allergies")


class Change(models.TextChoices):
    SETTLED = "settled", pgettext_lazy("state of a name", "Settled")
    REMOVED = "removed", _("Removed")


class Meaning(models.TextChoices):
    """What the physician says that a text stands for."""

    KNOWN = "known", _("A known substance")
    GROUPS = "groups", _("One or more groups of allergens")
    NO_BEARING = "no_bearing", _("A substance outside the list, without bearing on mesotherapy")


ONE_PRODUCT = _("Settle one product at a time.")
NAMES_NOTHING = _("This names nothing. Ask the patient, and correct the entry in the list.")
PLAIN_WORD = _(
    "This is a plain word for many products, and means another one for the next patient. Write the"
    " product of this patient into the list instead."
)
RECOGNISED_ALREADY = _("This name is recognised already.")
NAME_LENGTH = _("A name has from %(low)d letters to %(high)d characters.")
REASON_TOO_SHORT = _("Write the reason in at least %(count)d characters.")
CHOOSE_GROUPS = _("Choose at least one group of allergens.")
CHOOSE_KNOWN_GROUPS = _("Choose the groups from the list.")
CHOOSE_CATEGORY = _("Choose what kind of thing it is.")
