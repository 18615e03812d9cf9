"""The words of the shelf: what a substance is for, what a product may contain, how sure a number is."""

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    StrOrPromise = str | _StrPromise


class Role(TextChoices):
    LIGHTENING = "lightening", _("Lightening")
    ANTIOXIDANT = "antioxidant", _("Antioxidant")
    REGENERATING = "regenerating", _("Regenerating")
    HYDRATING = "hydrating", _("Hydrating")
    PEELING = "peeling", _("Peeling")
    MINERAL = "mineral", _("Mineral")
    ANTI_INFLAMMATORY = "anti-inflammatory", _("Anti-inflammatory")
    VASOPROTECTIVE = "vasoprotective", _("Vessel protecting")
    VASODILATOR = "vasodilator", _("Vessel widening")
    ANAESTHETIC = "anaesthetic", _("Anaesthetic")
    CARRIER = "carrier", _("Carrier")
    BUFFER = "buffer", _("Buffer")
    DILUENT = "diluent", _("Diluent")


class Excipient(TextChoices):
    SULFITE = "sulfite", _("Sulfite")
    BENZYL_ALCOHOL = "benzyl_alcohol", _("Benzyl alcohol")
    PARABEN = "paraben", _("Paraben")
    POLYSORBATE = "polysorbate", _("Polysorbate")
    SOY = "soy", _("Soy or lecithin")
    AVIAN_PROTEIN = "avian_protein", _("Bird protein")
    SESAME = "sesame", _("Sesame oil")
    PEANUT = "peanut", _("Peanut oil")
    ADRENALINE = "adrenaline", _("Adrenaline")
    BENZALKONIUM = "benzalkonium", _("Benzalkonium")
    CHLORHEXIDINE = "chlorhexidine", _("Chlorhexidine")


class OtherPartner(TextChoices):
    """What the table of pairs names that is no substance of the catalogue."""

    ANY_AQUEOUS = "any_aqueous", _("Every watery solution")
    SULFITE = "sulfite_excipient", _("Products with sulfite")
    ANTISEPTIC = "chlorhexidine_or_benzalkonium", _("Products with chlorhexidine or benzalkonium")
    PENICILLIN = "penicillin", _("Penicillin")


class PairAction(TextChoices):
    BLOCK = "block", _("Never in one syringe")
    WARN = "warn", _("With care")
    OK_RATIO = "ok_ratio", _("Only in the right proportion")
    OK_TRIAL = "ok_trial", _("Used together in a trial")
    OK_PRACTICE = "ok_practice", _("Used together in practice")


class Certainty(TextChoices):
    READ = "V", _("Read in a source")
    HIGH = "K-high", _("General knowledge, high confidence")
    MODERATE = "K-mod", _("General knowledge, moderate confidence")
    LOW = "K-low", _("General knowledge, low confidence")
    CONVENTION = "C", _("Convention, approved by the physician")


class Photosensitising(TextChoices):
    NO = "no", _("No")
    RARE = "rare", _("Rarely or weakly")
    YES = "yes", _("Yes")


class Lost(TextChoices):
    """What a patient with this allergy is no longer told, once a group is taken away."""

    ALWAYS = "always", _("%(group)s: no patient with this allergy is warned of it any more.")
    ONLY_IF_NAMED = (
        "only_if_named",
        _("%(group)s: a warning only while the leaflet is not read, or when it names it."),
    )
    LEAFLET_UNREAD = (
        "leaflet_unread",
        _("%(group)s: no warning any more while the leaflet of a product is not read."),
    )


class ChangeOrigin(TextChoices):
    """Where a change of the catalogue comes from."""

    CLINIC = "clinic", _("Changed by the clinic")
    SHIPPED = "shipped", _("Shipped with a newer version")
    TAKEN = "taken", _("Newer shipped values taken")
    KEPT = "kept", _("Own values kept")


# Solutions with adrenaline are kept from oxidising by sulfite, whatever the leaflet's first line says.
EXCIPIENT_IMPLIES: Mapping[str, Set[str]] = {Excipient.ADRENALINE: {Excipient.SULFITE}}

UPSIDE_DOWN: Mapping[str, "StrOrPromise"] = {
    "soft_mg": _("The caution must not lie above the stop."),
    "lowest_mg_per_ml": _("The lowest concentration must not lie above the highest."),
    "lowest_ml_per_point": _("The lowest volume per point must not lie above the highest."),
    "ph_min": _("The lowest pH must not lie above the highest."),
}
NO_PH = _("A pH is never above 14.")
BELOW_ZERO = _("A limit is never below 0.")
UNKNOWN_GROUP = _("“%(group)s” is no allergen group.")
STAYS_ON_THE_SURFACE = _(
    "This substance is for the skin's surface only and is never injected: its limit stays 0."
)
