"""The words of an outcome: what is followed, where a review stands, what it decides, each "no"."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Measure(TextChoices):
    """What is followed over a course. Area and count go by type of spot, contrast by region and device."""

    MMASI = "mmasi", _("mMASI")
    AREA = "area", _("Area")
    COUNT = "count", _("Count")
    CONTRAST = "contrast", _("Contrast")
    PHOTO_CONTRAST = "photo_contrast", _("Contrast on photographs")


class Standing(TextChoices):
    """Where a review stands. A missing score says nothing: it is neither met nor not met."""

    NOT_DUE = "not_due", _("Not yet due")
    SCORE_MISSING = "score_missing", _("Score missing")
    NOT_MET = "not_met", _("Threshold not met")
    MET = "met", _("Threshold met")


class Missing(TextChoices):
    """Why nothing can be said about a threshold."""

    BEFORE = "before", _("No value was taken before the first session.")
    AFTER = "after", _("No value was taken since that session.")
    FROM_ZERO = "from_zero", _("The value before the course was 0; there is no percent of it.")


class Decision(TextChoices):
    GO_ON = "go_on", _("Go on as planned")
    CHANGE = "change", _("Change the course")
    COMBINE = "combine", _("Combine with another treatment")
    STOP = "stop", _("Stop the course")


class Grouping(TextChoices):
    SPOT_TYPE = "spot_type", _("Type of spot")
    DEPTH = "depth", _("Depth of the melasma")
    PHOTOTYPE = "phototype", _("Phototype")
    MIXTURE = "mixture", _("Mixture")


class Moment(TextChoices):
    """When somebody whose course is over is looked at again."""

    THREE_MONTHS = "three_months", _("3 months after the last session")
    SIX_MONTHS = "six_months", _("6 months after the last session")
    SPRING = "spring", _("The spring after the last session")


AREA_OF = _("Area in cm²: %(spot)s")
COUNT_OF = _("Count: %(spot)s")
PHOTO_CONTRAST_OF = _("Contrast in degrees, estimated on photographs: %(place)s")
CONTRAST_OF = _("Measured contrast in degrees: %(region)s, %(device)s")

FELL = _("fell by %(percent)s%%")
ROSE = _("rose by %(percent)s%%")
STAYED = _("did not change")

DUE_AFTER = _("The review comes after session %(number)d.")
NEVER_REACHED = _("The course ended before session %(number)d; the review did not become due.")
MISSING_SAYS = _("Nothing can be said about the threshold. %(why)s")
FOUND_FELL = _("The value fell by %(percent)s%%. A fall of %(threshold)d%% or more was set.")
FOUND_ROSE = _("The value rose by %(percent)s%%. A fall of %(threshold)d%% or more was set.")
FOUND_STAYED = _("The value did not change. A fall of %(threshold)d%% or more was set.")

MIXTURE_CHANGED = _("Mixture changed during the course")
NO_MIXTURE = _("No mixture in the records")

ONLY_A_PHYSICIAN = _("Only a physician sets and decides a review.")
PLAN_IS_OVER = _("This course is over. A review belongs to a course under way.")
NO_SUCH_SESSION = _("Session %(number)d is not a session to come of this course.")
NOTHING_TO_FOLLOW = _("There is no value of this kind from before the first session.")
THRESHOLD_OUT_OF_RANGE = _("The threshold is a whole number from 1 to 100 percent.")
REASON_TOO_SHORT = _("Say in at least %(count)d characters why.")
REVIEW_NOT_DUE = _("The review comes after session %(number)d. It is not due yet.")
REVIEWED_ALREADY = _("This review is decided already.")
REPLACED = _("Another review was set meanwhile. Look at the page again.")
SAY_WITHOUT_SCORE = _("The score is missing. Take it first, or say that you decide without it.")
NO_DECISION = _("Choose how the course goes on.")

FROM_LOW_TO_HIGH = _("%(low)s to %(high)s")
ONE_VALUE = _("One value so far: %(value)s on %(date)s.")
FROM_TO = _(
    "From %(before)s on %(first)s to %(after)s on %(last)s: %(moved)s. "
    "Signed sessions between: %(sessions)d."
)
FROM_TO_ALONE = _(
    "From %(before)s on %(first)s to %(after)s on %(last)s. Signed sessions between: %(sessions)d."
)

TOO_MANY_PHOTOGRAPHS = _("Choose at most %(most)d photographs.")
NO_SUCH_PHOTOGRAPH = _("A chosen photograph cannot be printed any more. Choose again.")
# For the patient: what a number is, and in which direction it says less pigment.
IN_PLAIN_WORDS = {
    Measure.MMASI: _(
        "A number from 0 to 24 that your physician works out from how large and how dark the spots of"
        " the face are. 0 means that no spot was seen."
    ),
    Measure.AREA: _("How large the spots are together. A smaller number means a smaller area."),
    Measure.COUNT: _("How many spots were counted."),
    Measure.PHOTO_CONTRAST: _(
        "How much the spot differs in colour from the skin beside it, estimated on photographs. A"
        " smaller number means a smaller difference."
    ),
    Measure.CONTRAST: _(
        "How much the spot differs in colour from the skin beside it, measured with a device. A"
        " smaller number means a smaller difference."
    ),
}
