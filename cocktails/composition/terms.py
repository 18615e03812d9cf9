"""The words of a mixture: which rules speak about it, and what they say."""

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MixRule(TextChoices):
    DOSE_LIMIT = "R-DOSE-LIMIT", _("Dose limit")
    TOPICAL_ONLY = "R-TOPICAL-ONLY", _("Not for injection")
    VITAMIN_E_OIL = "R-VITAMIN-E-OIL", _("Oily vitamin ampoule")
    MIX_INCOMPATIBLE = "R-MIX-INCOMPATIBLE", _("Must not share a syringe")
    MIX_WARN = "R-MIX-WARN", _("Mixing warning")


class MixSeverity(TextChoices):
    ABSOLUTE = "absolute", _("Not possible")
    CAUTION = "caution", _("Caution")


class Origin(TextChoices):
    """Where an allergen in a mixture comes from."""

    DIRECT = "direct", _("The substance itself")
    EXCIPIENT = "excipient", _("An excipient of the product")
    LEAFLET_NOT_READ = "leaflet_not_read", _("Possible: the leaflet was not read yet")


# Lidocaine and prilocaine in a gram of cream; EMLA has 25 mg of each.
AMIDE_MG_PER_G: Mapping[str, Decimal] = {
    "none": Decimal(0),
    "emla": Decimal(50),
    "lidocaine_cream": Decimal(40),
    "tetracaine_cream": Decimal(0),
}

NO_PORTION = _("The mixture has no ingredient.")
WRONG_AMOUNT = _("“%(amount)s” is not a possible amount.")
UNKNOWN_INGREDIENT = _("The ingredient “%(ingredient)s” is not in the catalogue.")
UNKNOWN_CREAM = _("The anaesthetic cream “%(cream)s” is not known.")
TOO_FEW_POINTS = _("There is at least one injection point.")

ABOVE_SOFT = _(
    "%(ingredient)s: %(found)s mg in this session, above the soft limit of %(limit)s mg."
)
ABOVE_HARD = _("%(ingredient)s: %(found)s mg in this session, above the limit of %(limit)s mg.")
ABOVE_LIDOCAINE = _(
    "Lidocaine from syringe and cream together: %(found)s mg, above the limit of %(limit)s mg."
)
NOT_INJECTED = _("%(ingredient)s is for the skin's surface only and is never injected.")
OILY = _("%(ingredient)s: the oily ampoule must not go into the skin.")
PAIR_BLOCKED = _("%(one)s and %(other)s must not share a syringe. %(reason)s")
PAIR_WARNED = _("%(one)s and %(other)s: care when mixing. %(reason)s")
