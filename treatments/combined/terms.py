"""The words of what is done beside the sessions: lasers, peels, skin care, home products."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProcedureState(TextChoices):
    PLANNED = "planned", _("Planned")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class Product(TextChoices):
    """Home products of the founding article, and what is common beside them."""

    VITAMIN_C = "vitamin_c", _("Vitamin C")
    RETINOL = "retinol", _("Retinol")
    ARBUTIN = "arbutin", _("Arbutin")
    NIACINAMIDE = "niacinamide", _("Niacinamide")
    AZELAIC_ACID = "azelaic_acid", _("Azelaic acid")
    SUNSCREEN = "sunscreen", _("Sunscreen SPF 50+")
    OTHER = "other", _("Another product")


TOO_NEAR_AFTER = _(
    "%(what)s on %(date)s: at least %(days)d days until the session on %(session)s in the same "
    "region. The earliest day for a session is %(earliest)s."
)
TOO_NEAR_BEFORE = _(
    "%(what)s is possible from %(earliest)s: at least %(days)d days after the session on "
    "%(session)s in the same region."
)
NOT_A_METHOD = _("Choose a treatment and regions from the list.")
NOT_PLANNED = _("This treatment is “%(state)s”; only a planned one can be changed.")
NOT_IN_THE_FUTURE = _("What was done has a date that is not in the future.")
PAST_DAY = _("The day has passed. Plan the treatment for a day from today on.")
NAME_NEEDED = _("Write which product it is.")
STOPPED_ALREADY = _("This product was stopped already.")
TOO_NEAR_TO_SESSION = _("At least %(days)d days from the session on %(session)s.")
KEPT_FREE_AFTER = _("%(what)s on %(date)s: at least %(days)d days until a session.")
KEPT_FREE_BEFORE = _("%(what)s on %(date)s: no session in the %(days)d days before it.")
