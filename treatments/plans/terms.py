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


# Neither done nor given up.
OPEN = (
    SessionState.PLANNED,
    SessionState.BOOKED,
    SessionState.MISSED,
    SessionState.ON_HOLD,
)


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
VISITS_OUT_OF_RANGE = _("Between 1 and %(most)d maintenance visits are set at once.")
TOLERANCE_OUT_OF_RANGE = _(
    "A session may lie at most %(earlier)d days before and %(later)d days after its day."
)
HOURS_THE_WRONG_WAY_ROUND = _("The preferred hours end before they begin.")
NO_OPEN_DAY = _("The clinic has no open day in the %(days)d days from %(date)s.")

SESSION_MINUTES_OUT_OF_RANGE = _("A session takes between %(shortest)d and %(longest)d minutes.")
REGIONS_NEEDED = _("Choose at least one region.")
PLAN_RUNS_ALREADY = _(
    "A course is already under way: %(done)d of %(count)d sessions are done. "
    "Finish or stop it before a new one is set."
)
NOTHING_TO_BOOK = _("Every session of this course has its appointment or is settled.")
COURSE_CHANGED = _("This course was changed meanwhile. Look at the dates again.")
OUT_OF_ORDER = _(
    "Sessions keep their order: session %(number)d cannot be before session %(other)d."
)
PHYSICIAN_FIRST = _("The physician must decide first. A treatment cannot be booked now.")
INTAKE_FIRST = _("The intake is not complete. A treatment can be booked after it.")
WAIT_UNTIL = _("For medical reasons no treatment before %(date)s.")
PLAN_ON_HOLD = _("This course is on hold. The physician decides when it goes on.")
PLAN_IS_OVER = _("This course is “%(state)s”; nothing more can be booked in it.")
HELD_BY_RULES = _("The rules of the clinic have changed: the physician must decide first.")
SCREENED_BY_OTHER_RULES = _(
    "The rules of the clinic have changed. The patient is screened again within minutes; "
    "opening the verdict does it at once."
)
HELD_BY_CHANGE = _(
    "What a medicine, an allergy or a product stands for has changed: the physician must decide first."
)
SCREENED_BEFORE_A_CHANGE = _(
    "What a medicine, an allergy or a product stands for has changed. The patient is screened again "
    "within minutes; opening the verdict does it at once."
)
HELD_BY_SCREENING = _("New answers of the patient: the physician must decide first.")
PHYSICIAN_MUST_DECIDE = _("The physician must decide first; the answers still stand against it.")

REASON_FOR_LENGTH = _("Say in at least %(count)d characters why the course gets another length.")
REASON_FOR_TOLERANCE = _("Say in at least %(count)d characters why the tolerance changes.")
WISHES_CHANGED = _(
    "Somebody else changed the tolerance or the wishes of this course meanwhile. "
    "Look at what stands now and change it again."
)
SAME_LENGTH = _("The course has %(count)d sessions already.")
DONE_ALREADY = _(
    "%(done)d sessions are done or under way; the course cannot have fewer than these."
)
NOT_RUNNING = _("This course is “%(state)s”; its length stays.")
ONLY_COURSES_ARE_BOOKED_WHOLE = _("All open sessions of a course are booked together.")

# Why a session is not at the day or time that was wished for.
DAY_CLOSED = _("%(date)s: the clinic is closed.")
DAY_CLOSED_FOR = _("%(date)s: the clinic is closed (%(why)s).")
DAY_FULL = _("%(date)s: no free time.")
PHYSICIAN_AWAY = _("%(date)s: %(who)s is away.")
PHYSICIAN_OFF = _("%(date)s: %(who)s does not work.")
ROOMS_FULL = _("%(date)s: no room is free.")
TAKEN_MEANWHILE = _("%(date)s at %(time)s was taken meanwhile.")
NOT_LAWFUL_ANY_MORE = _("%(date)s at %(time)s is not possible any more.")
PHYSICIAN_AWAY_THEN = _("%(who)s is away at %(time)s.")
ROOM_KEPT_FREE = _("%(who)s is kept free at %(time)s.")
TOO_NEAR = _("At least %(days)d days from the session on %(date)s.")
COURSE_DOES_NOT_FIT = _("The course does not fit into the calendar until %(date)s.")
TIME_NOT_OPEN = _("%(time)s is outside the opening hours.")
TIME_IS_PAST = _("%(time)s has passed.")
PHYSICIAN_BUSY = _("%(who)s has another appointment at %(time)s.")
ROOM_BUSY = _("%(who)s is taken at %(time)s.")
PATIENT_BUSY = _("The patient has another appointment at %(time)s.")

AFTER_SESSION = _("At least %(days)d days after session %(number)d on %(date)s.")
LATER_SESSIONS_FOLLOW = _(
    "Nearer than %(days)d days to session %(number)d on %(date)s, that one moves too: "
    "it is shown before anything changes."
)

TO_BE_MOVED = _("For medical reasons this session cannot be before %(date)s. It is to be moved.")
SLOTS_CHANGED = _("The appointments of this course were changed meanwhile. Look at the list again.")
NOT_ON_HOLD = _("This course is not on hold; nothing is given back.")
CANNOT_BE_TAKEN_BACK = _(
    "This cannot be taken back: the course or its appointments were changed meanwhile. "
    "Look at the course and move what has to be moved."
)
NOTHING_TO_TAKE_BACK = _("There is nothing to take back.")
OTHERS_MUST_MOVE = _(
    "Session %(number)d is too near to this time. Look at what else would move, then confirm."
)
NOT_TO_PLACE = _("Session %(number)d is “%(state)s”; it gets no other time.")
NOTHING_TO_MOVE = _("No session of this course has to be moved.")
MOVE_ALL = _("Every marked session needs its new time.")
HAS_A_RECORD = _(
    "In session %(number)d something was already written down. Finish its record first."
)
