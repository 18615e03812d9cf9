"""The words of one treatment visit: how it was done, what was seen, what its record still lacks.

Techniques, antiseptics and creams: docs/rules/signed-record.md names their source.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from treatments.plans.terms import AnaestheticCream, Antiseptic, Gloves

__all__ = [
    "LEAST_PAIN",
    "WORST_PAIN",
    "AnaestheticCream",
    "Antiseptic",
    "Device",
    "Gloves",
    "LotSource",
    "Missing",
    "Needle",
    "Reaction",
    "Technique",
]


class Technique(TextChoices):
    PAPULE = "papule", _("Papule")
    NAPPAGE = "nappage", _("Nappage")
    EPIDERMAL_NAPPAGE = "epidermal_nappage", _("Epidermal nappage")
    POINT_BY_POINT = "point_by_point", _("Point by point")
    MESOGUN = "mesogun", _("Injector (mesogun)")


class Device(TextChoices):
    NEEDLE = "needle", _("Needle and syringe")
    INJECTION_GUN = "injection_gun", _("Injection gun")


class Needle(TextChoices):
    """Gauge and length; docs/rules/signed-record.md names the source."""

    G27_4 = "27g_4mm", _("27 G, 4 mm")
    G30_4 = "30g_4mm", _("30 G, 4 mm")
    G30_6 = "30g_6mm", _("30 G, 6 mm")
    G30_13 = "30g_13mm", _("30 G, 13 mm")
    G32_4 = "32g_4mm", _("32 G, 4 mm")
    G34_4 = "34g_4mm", _("34 G, 4 mm")
    SEVERAL = "multi", _("Several needles in one head")


class Reaction(TextChoices):
    NONE = "none", _("None")
    ERYTHEMA = "erythema", _("Redness")
    SWELLING = "swelling", _("Swelling")
    STINGING = "stinging", _("Stinging")
    BRUISE = "bruise", _("Bruise")
    PAPULES = "papules", _("Papules")
    URTICARIA = "urticaria", _("Hives")
    VASOVAGAL = "vasovagal", _("Fainting or near fainting")
    OTHER = "other", _("Other")


class LotSource(TextChoices):
    """Where a lot number in a record comes from."""

    STOCK = "stock", _("from the stock")
    BY_HAND = "by_hand", _("written by hand")


class Missing(TextChoices):
    """What stands between a record and its signature; the label says it to the reader."""

    TIMES = "times", _("The beginning and the end of the session are not recorded.")
    TIMES_REVERSED = "times_reversed", _("The end of the session is not after its beginning.")
    ANTISEPTIC = "antiseptic", _("The antiseptic is not recorded.")
    CREAM = "cream", _("Whether an anaesthetic cream was used is not recorded.")
    CREAM_AMOUNT = "cream_amount", _("The grams of anaesthetic cream are not recorded.")
    GLOVES = "gloves", _("The gloves are not recorded.")
    TECHNIQUE = "technique", _("The technique is not recorded.")
    DEVICE = "device", _("The device, needle or injection gun, is not recorded.")
    DEVICE_MISMATCH = "device_mismatch", _("The injector technique needs the injection gun.")
    REGIONS = "regions", _("No treated region is recorded.")
    REGION_TWICE = "region_twice", _("A region is recorded twice.")
    REGION_VOLUME = "region_volume", _("A treated region has no volume.")
    PREPARED_VOLUME = "prepared_volume", _("The prepared volume is not recorded.")
    MORE_THAN_PREPARED = (
        "more_than_prepared",
        _("The regions received more than was prepared."),
    )
    PRODUCTS = "products", _("No product is recorded.")
    LOT = "lot", _("A product has no lot number.")
    STRENGTH = (
        "strength",
        _("The strength on an ampoule is not confirmed: read it and tick what it says."),
    )
    REACTIONS = "reactions", _("Immediate reactions are not recorded: choose “none” or name them.")
    REACTIONS_CONTRADICT = "reactions_contradict", _("“None” stands beside a named reaction.")
    REACTION_NOTE = "reaction_note", _("The other reaction is not described.")
    PAIN = "pain", _("The pain from 0 to 10 is not recorded.")


LEAST_PAIN, WORST_PAIN = 0, 10
LONGEST_OBSERVATION_MIN = 240

NOT_A_SIGNER = _("Only a physician signs a session.")
CERTIFICATE_EXPIRED = _(
    "The mesotherapy certificate of %(who)s is missing or expired. A session cannot be signed with it."
)
WRONG_PATIENT = _("The page on the screen is another patient's. Open the session again.")
RESCREEN_NEEDED = _("The re-screen of the day is missing. Ask the questions first.")
NOT_COMPLETE = _("Something still stands before the signature: %(what)s")
SIGNED_ALREADY = _("Signed by %(who)s on %(when)s. Add an amendment.")
DRAFT_CHANGED = _("Somebody else changed this record meanwhile. Look at both and save again.")
NOT_OPEN = _("This session is not booked, so nothing can be recorded in it.")
NOT_TODAY = _("This session is booked for %(date)s. It can be recorded on its day.")
ASKED_ON_ITS_DAY = _(
    "This session was on %(date)s; its questions belong to that day. "
    "Is the patient here today, give the appointment today's time first."
)
LIST_THE_NEW = _("You said that something is new. Write it down in the intake first: %(what)s.")
HELD_BY_RESCREEN = _("Refused at the re-screen on %(date)s.")
AMENDMENT_NEEDS_WORDS = _("Write what is right, and why, in at least 10 characters each.")
WRONG_END = _(
    "The corrected end must lie after the beginning of the session and not in the future."
)
ENDS_IN_THE_FUTURE = _("The session ends in the future. Check the end.")
LIST_NOT_ASKED = _("Not asked today whether something is new: %(what)s.")
