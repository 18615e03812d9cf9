"""The words of a course: its kind, where it and its sessions stand, its steps, each "no"."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PlanKind(TextChoices):
    COURSE = "course", _("Course")
    MAINTENANCE = "maintenance", _("Maintenance")


class PlanState(TextChoices):
    PROPOSED = "proposed", _("Proposed")
    ACTIVE = "active", _("Under way")
    ON_HOLD = "on_hold", _("On hold")
    COMPLETED = "completed", _("Completed")
    STOPPED = "stopped", _("Stopped")


class SessionState(TextChoices):
    PLANNED = "planned", _("Planned")
    BOOKED = "booked", _("Booked")
    DONE = "done", _("Done")
    MISSED = "missed", _("Missed")
    ON_HOLD = "on_hold", _("On hold")
    CANCELLED = "cancelled", _("Cancelled")


# The steps are chosen with the plan, screened with it, and recorded in the session.
class Antiseptic(TextChoices):
    ALCOHOL_70 = "alcohol_70", _("Alcohol 70%")
    POVIDONE_IODINE = "povidone_iodine", _("Povidone-iodine")
    CHLORHEXIDINE = "chlorhexidine", _("Chlorhexidine")
    OCTENIDINE = "octenidine", _("Octenidine")
    HYPOCHLOROUS = "hypochlorous", _("Hypochlorous acid")


class AnaestheticCream(TextChoices):
    NONE = "none", _("No cream")
    EMLA = "emla", _("Lidocaine 2.5% with prilocaine 2.5% (EMLA)")
    LIDOCAINE_CREAM = "lidocaine_cream", _("Lidocaine 4% cream")
    TETRACAINE_CREAM = "tetracaine_cream", _("Tetracaine cream")


class Gloves(TextChoices):
    NITRILE = "nitrile", _("Nitrile")
    VINYL = "vinyl", _("Vinyl")
    LATEX = "latex", _("Latex")


PLAN_STATE_FORBIDS = _("A plan that is “%(state)s” cannot become “%(wanted)s”.")
SESSION_STATE_FORBIDS = _("A session that is “%(state)s” cannot become “%(wanted)s”.")
TOO_CLOSE = _("At least %(days)d days are needed after %(previous)s. Earliest: %(earliest)s.")
INTERVAL_TOO_SHORT = _("At least %(days)d days are needed between two sessions.")
REASON_NEEDED_FOR_SESSIONS = _(
    "A course has %(fewest)d to %(most)d sessions. For another number the physician writes why."
)
REASON_NEEDED_FOR_INTERVAL = _(
    "Sessions are %(shortest)d to %(longest)d days apart. "
    "For a longer interval the physician writes why."
)
SESSIONS_OUT_OF_RANGE = _("A course has between %(fewest)d and %(most)d sessions.")
INTERVAL_OUT_OF_RANGE = _("Sessions of a course are at most %(longest)d days apart.")
MAINTENANCE_OUT_OF_RANGE = _("Maintenance visits are %(shortest)d to %(longest)d days apart.")
NO_OPEN_DAY = _("The clinic has no open day in the %(days)d days from %(date)s.")
