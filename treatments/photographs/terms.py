"""The words of photographs: which view, under which light, and how the skin was."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class View(models.TextChoices):
    """The fixed views, in the order in which they are taken; side: the patient's own."""

    FRONTAL = "frontal", _("Frontal")
    OBLIQUE_LEFT = "oblique_left", _("45° left")
    OBLIQUE_RIGHT = "oblique_right", _("45° right")
    PROFILE_LEFT = "profile_left", _("Profile left")
    PROFILE_RIGHT = "profile_right", _("Profile right")
    NECK = "neck", _("Neck")
    DECOLLETE = "decollete", _("Décolleté")
    HAND_LEFT = "hand_left", _("Back of the left hand")
    HAND_RIGHT = "hand_right", _("Back of the right hand")


class Modality(models.TextChoices):
    DAYLIGHT = "daylight", _("Daylight")
    CROSS_POLARISED = "cross_polarised", _("Cross-polarised")
    UV = "uv", _("UV")
    WOOD = "wood", _("Wood's lamp")


class Size(models.TextChoices):
    """What is kept of one photograph, from large to small."""

    FULL = "full", _("Whole")
    SCREEN = "screen", _("For the screen")
    THUMB = "thumb", _("Small")


class Shown(models.TextChoices):
    """Ways to look at two photographs."""

    SIDE_BY_SIDE = "side", _("Side by side")
    SLIDER = "slider", _("Slider")
    BLINK = "blink", _("Blink")


# The checklist of clinical/analysis.md, section 10, in the order of the page.
CHECKS = {
    "same_light": _("Room light as always"),
    "same_distance": _("Camera at the marked height and distance"),
    "clean_skin": _("No make-up, skin cleansed 10 minutes ago, hair back"),
}
CHECKS_MISSED = {
    "same_light": _("not the usual room light"),
    "same_distance": _("not the marked distance"),
    "clean_skin": _("skin not clean"),
}

MOST_FILES = 10
LONGEST_DEVICE = 60
SHORTEST_REASON = 10
LONGEST_REASON = 500

CONSENT_MISSING = _(
    "The patient has not agreed to clinical photographs, so none may be taken. "
    "Ask for that consent first; the treatment does not depend on it."
)
NOT_YOURS_TO_TAKE = _("Only a physician or a nurse takes photographs.")
UNSUPPORTED = _("Please upload a JPEG, PNG or WebP photo.")
UNREADABLE = _("The photo could not be read. Please take it again.")
BUSY = _("Too many photos are being stored at this moment. Please send it again.")
TOO_LARGE_FILE = _("At most 12 MB and 40 megapixels.")
TOO_SMALL = _("The photo is too small to be compared. Please take it again, nearer to full size.")
TOO_MANY_FILES = _("At most %(count)d photos at once.")
NO_FILE = _("Choose a photo first.")
DAY_OUT_OF_RANGE = _("A photo is of today or of an earlier day of the patient's life.")
REASON_MISSING = _("Write the reason in at least %(count)d characters.")
ALREADY_WITHDRAWN = _("This photograph has been withdrawn already.")
POINTS_TOO_CLOSE = _("The two points lie too close together. Tap the two pupils.")
POINTS_OUTSIDE = _("A point lies outside of the photograph.")
STORAGE_FULL = _("The photo could not be stored. Please tell whoever looks after the computer.")

OTHER_MODALITY = _("Different light: %(earlier)s, then %(later)s")
OTHER_DEVICE = _("Different camera: %(earlier)s, then %(later)s")
OTHER_VIEW = _("Different view")
NOT_NAMED = _("not named")
MISSED_BY_BOTH = _("Both: %(what)s")
MISSED_BY_EARLIER = _("Earlier photograph: %(what)s")
MISSED_BY_LATER = _("Later photograph: %(what)s")
