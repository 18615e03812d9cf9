"""The words of a spot that a physician has to look at before its area is treated."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# The questions whose answer names regions with a spot that has changed or looks suspicious.
RED_FLAG_CODES = ("spot_changed", "abcde_positive")
# The staff list from which screening reads what a result has cleared (rule sets that know it).
CLEARED_CODE = "spot_cleared_by_exam"


class Feature(TextChoices):
    """What was seen on a spot. Naming it is no diagnosis; it sends the spot to an examination."""

    ASYMMETRY = "asymmetry", _("Asymmetry")
    BORDER = "border", _("Irregular border")
    COLOUR = "colour", _("Several colours, or grey on the face")
    DIAMETER = "diameter", _("Larger than 6 mm")
    EVOLVING = "evolving", _("Growing or changing")
    BLEEDING = "bleeding", _("Bleeding or crusting")
    NAIL_FOLD = "nail_fold", _("Pigment that runs into the skin around it")


class Source(TextChoices):
    DOOR = "door", _("Re-screen of the day")
    ANALYSIS = "analysis", _("Skin analysis")


class Method(TextChoices):
    EXAMINATION = "examination", _("Examination")
    DERMOSCOPY = "dermoscopy", _("Dermoscopy")
    BIOPSY = "biopsy", _("Biopsy with histology")
    LETTER = "letter", _("Letter of the colleague")


class Outcome(TextChoices):
    """Whether the area may be treated again. Nothing is chosen beforehand."""

    CLEARS = "clears", _("The area may be treated")
    BLOCKS = "blocks", _("The area stays blocked")


REGIONS_NEEDED = _("Choose at least one region.")
WORDS_NEEDED = _("Write what was found in at least %(count)d characters.")
NAME_NEEDED = _("Write who it was.")
DAY_AHEAD = _("This date is in the future. Please check it.")
NO_SUCH_WORD = _("Choose one of the given words.")
FEATURE_NEEDED = _("Name what was seen, and in which region.")
ONLY_A_PHYSICIAN = _("Only a physician writes down a referral or a result.")
