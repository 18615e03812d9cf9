"""The words of a skin analysis: what is seen, how deep, why, and where."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SpotType(TextChoices):
    MELASMA = "melasma", _("Melasma")
    SOLAR_LENTIGO = "solar_lentigo", _("Solar lentigo")
    EPHELIDES = "ephelides", _("Freckles (ephelides)")
    AGE_SPOT = "age_spot", _("Age spot")
    PIH = "pih", _("Post-inflammatory hyperpigmentation")
    DULLNESS = "dullness", _("Dullness, uneven tone")
    DRUG_PIGMENT = "drug_pigment", _("Pigmentation caused by a medicine")
    OTHER = "other", pgettext_lazy("type of a spot", "Other")
    LOOK_ALIKE = "look_alike", _("Look-alike, to be examined first")


class Depth(TextChoices):
    EPIDERMAL = "epidermal", _("Epidermal")
    DERMAL = "dermal", _("Dermal")
    MIXED = "mixed", _("Mixed")
    INDETERMINATE = "indeterminate", _("Indeterminate")


class WoodFinding(TextChoices):
    """An opinion of the examiner, not a measurement: docs/rules/scores.md."""

    ENHANCED = "enhanced", _("Contrast enhances")
    PARTLY_ENHANCED = "partly_enhanced", _("Some areas enhance")
    NOT_ENHANCED = "not_enhanced", _("No enhancement")
    NOT_APPARENT = "not_apparent", _("Not apparent")
    NOT_DONE = "not_done", _("Not examined")


class Cause(TextChoices):
    # Without a context it would be the abbreviation of Sunday in every date of the site.
    SUN = "sun", pgettext_lazy("cause of a spot", "Sun")
    PREGNANCY = "pregnancy", _("Pregnancy")
    HORMONES = "hormones", _("Hormones")
    MEDICINE = "medicine", _("Medicine")
    COSMETICS = "cosmetics", _("Perfume or cosmetics")
    ACNE = "acne", _("Acne")
    INFLAMMATION = "inflammation", _("Inflammation or injury")
    HEAT = "heat", _("Heat")
    FAMILY = "family", _("Family")
    AGEING = "ageing", _("Ageing")
    UNKNOWN = "unknown", pgettext_lazy("cause of a spot", "Unknown")


class Phototype(TextChoices):
    I = "I", _("I: always burns, never tans")  # noqa: E741
    II = "II", _("II: burns easily, tans little")
    III = "III", _("III: burns moderately, tans")
    IV = "IV", _("IV: burns little, tans easily")
    V = "V", _("V: rarely burns, tans a lot")
    VI = "VI", _("VI: never burns")


class Glogau(TextChoices):
    """Photo-ageing in four classes (Glogau 1996)."""

    I = "I", _("I: no wrinkles")  # noqa: E741
    II = "II", _("II: wrinkles in motion")
    III = "III", _("III: wrinkles at rest")
    IV = "IV", _("IV: wrinkles throughout")


class Grade(IntegerChoices):
    """How much of a thing is seen on dull skin; a convention of the clinic."""

    NONE = 0, _("0: as in healthy skin")
    SLIGHT = 1, _("1: slightly impaired")
    MILD = 2, _("2: mildly impaired")
    MARKED = 3, _("3: markedly impaired")
    MOST = 4, _("4: severely impaired")


class GlobalAssessment(IntegerChoices):
    """How far the pigmentation has cleared since the first analysis, in seven points."""

    CLEAR = 0, _("Clear (100%)")
    ALMOST_CLEAR = 1, _("Almost clear (90–99%)")
    MARKED = 2, _("Marked improvement (75–89%)")
    MODERATE = 3, _("Moderate improvement (50–74%)")
    SLIGHT = 4, _("Slight improvement (25–49%)")
    NONE = 5, _("No improvement (0–24%)")
    WORSE = 6, _("Worse")


class Satisfaction(IntegerChoices):
    VERY_DISSATISFIED = 1, _("Very dissatisfied")
    DISSATISFIED = 2, _("Dissatisfied")
    NEITHER = 3, _("Neither")
    SATISFIED = 4, _("Satisfied")
    VERY_SATISFIED = 5, _("Very satisfied")


class ReadingKind(TextChoices):
    """What an instrument read. Each has its own unit: docs/rules/scores.md."""

    COLOUR = "colour", _("L*a*b*")
    MELANIN = "melanin", _("Melanin index")
    PERCENTILE = "percentile", _("VISIA percentile")


class ReadOn(TextChoices):
    LESION = "lesion", _("The spot")
    NORMAL = "normal", _("Normal skin beside it")


class Distribution(TextChoices):
    CENTROFACIAL = "centrofacial", _("Centre of the face")
    MALAR = "malar", _("Cheeks")
    MANDIBULAR = "mandibular", _("Jaw")
    OTHER = "other", pgettext_lazy("distribution", "Other")


class BodyRegion(TextChoices):
    FOREHEAD = "forehead", _("Forehead")
    TEMPLES = "temples", _("Temples")
    GLABELLA = "glabella", _("Between the brows")
    PERIOCULAR = "periocular", _("Around the eyes")
    NOSE = "nose", _("Nose")
    CHEEK_LEFT = "cheek_left", _("Left cheek")
    CHEEK_RIGHT = "cheek_right", _("Right cheek")
    UPPER_LIP = "upper_lip", _("Upper lip")
    PERIORAL = "perioral", _("Around the mouth")
    CHIN = "chin", _("Chin")
    JAWLINE = "jawline", _("Jawline")
    NECK = "neck", _("Neck")
    DECOLLETE = "decollete", _("Décolleté")
    HANDS = "hands", _("Back of the hands")


class MapView(TextChoices):
    """The drawings of the map. Right and left are the patient's."""

    FRONTAL = "frontal", _("Frontal")
    PROFILE_RIGHT = "profile_right", _("Profile right")
    PROFILE_LEFT = "profile_left", _("Profile left")
    NECK = "neck", _("Neck")
    DECOLLETE = "decollete", _("Décolleté")
    HANDS = "hands", _("Hands")


FACE = frozenset(BodyRegion) - {BodyRegion.NECK, BodyRegion.DECOLLETE, BodyRegion.HANDS}


class ScoreRegion(TextChoices):
    """The four regions of MASI and mMASI."""

    FOREHEAD = "forehead", _("Forehead")
    RIGHT_MALAR = "right_malar", _("Right cheek")
    LEFT_MALAR = "left_malar", _("Left cheek")
    CHIN = "chin", _("Chin")


class ScorePart(TextChoices):
    AREA = "area", _("Area")
    DARKNESS = "darkness", _("Darkness")
    HOMOGENEITY = "homogeneity", _("Homogeneity")


class MsiRegion(TextChoices):
    """The three regions of the melasma severity index."""

    LEFT = "left", _("Left side of the face")
    RIGHT = "right", _("Right side of the face")
    NOSE = "nose", _("Nose")


class MsiPart(TextChoices):
    AREA = "area", _("Area")
    PIGMENTATION = "pigmentation", _("Pigmentation")


class Response(TextChoices):
    """How far a score fell; classes of a published trial, not a promise."""

    VERY_GOOD = "very_good", _("Fell by more than 75%")
    GOOD = "good", _("Fell by 50% to 75%")
    MODERATE = "moderate", _("Fell by 25% to below 50%")
    MILD = "mild", _("Fell by less than 25%")
    NONE = "none", _("Did not fall")


class SkinColour(TextChoices):
    VERY_LIGHT = "very_light", _("Very light")
    LIGHT = "light", _("Light")
    INTERMEDIATE = "intermediate", _("Intermediate")
    TAN = "tan", _("Tan")
    BROWN = "brown", _("Brown")
    DARK = "dark", _("Dark")


UNSCORED = _("%(region)s: %(part)s is not scored.")
OUT_OF_RANGE = _("%(region)s: %(part)s is a whole number from 0 to %(most)d.")
NOTHING_IS_NOT_DARK = _("%(region)s: where no area is affected, darkness and homogeneity are 0.")
SOMETHING_IS_DARK = _("%(region)s: where an area is affected, darkness is at least 1.")
UNKNOWN_REGION = _("“%(region)s” is not a region of the score.")
NOT_FOR_THIS_SPOT = _("This score is only for melasma of the face.")
NEGATIVE_SCORE = _("A score is never below 0.")
NOT_SKIN = _("A reading of skin has L from 0 to 100 and b above 0.")
MSI_UNSCORED = _("Severity index, %(region)s: %(part)s is not scored.")
MSI_OUT_OF_RANGE = _("Severity index, %(region)s: %(part)s is a whole number from 0 to 4.")
SINCE_UNREADABLE = _("Write a year, or a year and a month: 2023 or 2023-05.")
SINCE_AHEAD = _("This lies in the future. Please check it.")
SINCE_BEFORE_BIRTH = _("This lies before the patient's birth. Please check it.")
