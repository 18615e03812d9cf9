"""The words of measuring colour on photographs: by what it was corrected, what was marked, each "no"."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Basis(TextChoices):
    """What makes the colours of a photograph those of the skin."""

    CARD = "card", _("A grey or white card in the picture")
    CALIBRATED = "calibrated", _("A calibrated camera with its own light")
    NONE = "none", _("No card and no calibrated camera")


class Card(TextChoices):
    """A neutral field of a card, by its lightness L* (D65)."""

    GREY_18 = "grey_18", _("Grey card, 18% (L* 49.5)")
    WHITE_90 = "white_90", _("White card, 90% (L* 96.0)")
    OWN = "own", _("Another neutral field, L* below")


class Outline(TextChoices):
    SPOT = "spot", _("The spot")
    SKIN = "skin", _("Normal skin beside it")
    CARD = "card", _("The card")


LIGHTNESS_OF = {Card.GREY_18: 49.5, Card.WHITE_90: 96.0}
LONGEST_PLACE = 60

ESTIMATE = _("Estimate")
HOW_TO_OUTLINE = _(
    "Two taps make a circle (its middle, a point on its edge); three or more go around the place."
)
POINTS_HELP = _("In per cent of width and height, as in 40.5 61; 43 61")

NOT_YOURS = _("Only a physician or a nurse measures on photographs.")
POINTS_UNREADABLE = _(
    "Write each point as two numbers between 0 and 100, and a semicolon between points: 40.5 61; 43 61"
)
TOO_FEW_POINTS = _("Mark two points for a circle, or three or more around the place.")
TOO_MANY_POINTS = _("At most %(most)d points.")
OUTSIDE = _("%(outline)s: a part of it lies outside of the photograph.")
TOO_SMALL = _("%(outline)s: too small to be measured. Mark a larger place.")
TOO_DARK_OR_BRIGHT = _(
    "%(outline)s: too bright or too dark in this photograph for its colour to be read. "
    "Mark another place, or take the photograph again."
)
NOT_THIS_CARD = _(
    "What is marked does not look like the card that was chosen: the photograph would have to be "
    "corrected by more than a factor of %(most)d. Mark the card, or choose another."
)
CARD_MISSING = _("Mark the card in the picture, or say that there is none.")
WHICH_CARD = _("Which card is it?")
CARD_LIGHTNESS = _("The lightness L* of the field, from 20 to 98, stands on the card.")
SAME_PLACE = _("The spot and the normal skin overlap. Mark skin that is not darkened.")
WHERE = _("Choose where on the body the spot is, or a place that was measured before.")
OTHER_VIEW = _("That place was measured in another view. Choose a photograph of the same view.")
WITHDRAWN = _("This photograph was withdrawn. Choose another.")
FILE_MISSING = _("The picture cannot be read. Please tell whoever looks after the computer.")

# What hides or feigns a change; said with every measurement.
NO_BASIS = _(
    "No card and no calibrated camera: the light decides these numbers. Only the difference between "
    "spot and skin in this one photograph can be read, and it is not followed over time."
)
