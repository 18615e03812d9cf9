"""The words of a mixture: which rules speak about it, and what they say."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class MixRule(TextChoices):
    DOSE_LIMIT = "R-DOSE-LIMIT", _("Dose limit")
    TOPICAL_ONLY = "R-TOPICAL-ONLY", _("Not for injection")
    VITAMIN_E_OIL = "R-VITAMIN-E-OIL", _("Oily vitamin ampoule")
    MIX_INCOMPATIBLE = "R-MIX-INCOMPATIBLE", _("Must not share a syringe")
    MIX_WARN = "R-MIX-WARN", _("Mixing warning")
    MIX_PH = "R-MIX-PH", _("pH of the ingredients")
    CONCENTRATION = "R-CONCENTRATION", _("Unusual concentration")
    POINT_VOLUME = "R-POINT-VOLUME", _("Unusual volume per point")
    SYRINGE = "R-SYRINGE", _("Syringe")


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
REGION_TWICE = _("A region stands twice in the list. Put its points into one line.")
REGION_MISSING = _("Several lines: choose a region in each of them.")
TOO_FEW_POINTS = _("There is at least one injection point.")

# ml. What is drawn up at once; a larger mixture needs a larger one.
SYRINGES: Sequence[Decimal] = tuple(map(Decimal, ("1", "2", "2.5", "5", "10", "20")))

NO_TARGET = _("Write how much is drawn, or which concentration is wanted.")
TARGET_TWICE = _("Write how much is drawn or which concentration is wanted, not both.")
TARGET_NEEDS_TOTAL = _(
    "A concentration needs the total volume: write it, or how much is drawn of this ingredient."
)
NOT_ENOUGH_ROOM = _(
    "The ingredients alone are %(drawn)s ml, more than the total of %(total)s ml. Write a larger "
    "total, or draw less, or from a stronger product."
)
TOTAL_NEEDS_DILUENT = _(
    "The ingredients are %(drawn)s ml, the total is %(total)s ml: choose what it is diluted with."
)
STRONGER_THAN_STOCK = _(
    "%(wanted)s mg/ml cannot be made from an ampoule of %(stock)s mg/ml: a mixture is never "
    "stronger than what it is drawn from."
)
NOTHING_TO_DRAW = _("Less than 0.001 ml would be drawn: take a weaker product or another total.")
DILUENT_DIFFERS = _(
    "With %(diluent)s ml of diluent the total is %(made)s ml, not %(total)s ml. Leave one of the "
    "two empty."
)

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
PH_APART = _(
    "%(one)s (pH %(one_range)s) and %(other)s (pH %(other_range)s): there is no pH at which both "
    "are stable."
)
UNUSUAL: Mapping[MixRule, "str | _StrPromise"] = {
    MixRule.SYRINGE: _("The mixture has %(found)s ml, the syringe holds %(limit)s ml."),
    MixRule.CONCENTRATION: _(
        "%(ingredient)s: %(found)s mg/ml in the mixture, above the usual %(limit)s mg/ml."
    ),
    MixRule.POINT_VOLUME: _(
        "%(found)s ml per point, above the usual %(limit)s ml (%(ingredient)s)."
    ),
}
