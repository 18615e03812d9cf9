"""The words of what waits for somebody: which kinds of task there are, and who may settle one."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TaskKind(TextChoices):
    """Why somebody has to look. The label says what is to be done, without a word about health."""

    DECIDE_HELD_COURSE = "decide_held_course", _("Decide about the course that is on hold")
    RELEASE_SLOTS = "release_slots", _("Give back the appointments of the course on hold")
    MOVE_SESSIONS = "move_sessions", _("Give the marked sessions other dates")
    EXAMINE_LESION = "examine_lesion", _("Examine or refer; then write down the result")
    LOTS_IN_CLUSTER = "lots_in_cluster", _("Look together at what was reported after one lot")
    LATE_ANSWER = "late_answer", _("Read what a patient answered")
    SCREENING_FAULT = (
        "screening_fault",
        _("Screening could not be computed. Nothing is cleared: check the answers by hand."),
    )


# The column's choices are those of its last migration; a word that is added here is no other column.
ADDED_SINCE = frozenset({TaskKind.LOTS_IN_CLUSTER, TaskKind.LATE_ANSWER})
CHOICES_OF_THE_COLUMN = [(kind.value, kind.label) for kind in TaskKind if kind not in ADDED_SINCE]
# What only a physician settles; the rest is the desk's as well.
FOR_THE_PHYSICIAN = frozenset(
    {
        TaskKind.DECIDE_HELD_COURSE,
        TaskKind.EXAMINE_LESION,
        TaskKind.LATE_ANSWER,
        TaskKind.LOTS_IN_CLUSTER,
        TaskKind.SCREENING_FAULT,
    }
)
# Where a task is done. Of every address the patient is the one argument.
PLACES: Mapping[TaskKind, str] = {
    TaskKind.DECIDE_HELD_COURSE: "plans:list-of",
    TaskKind.RELEASE_SLOTS: "plans:held",
    TaskKind.MOVE_SESSIONS: "plans:waits",
    TaskKind.EXAMINE_LESION: "patients:lesions",
    TaskKind.LOTS_IN_CLUSTER: "tracing:cluster",
    TaskKind.LATE_ANSWER: "tracing:late-answers",
    TaskKind.SCREENING_FAULT: "patients:verdict",
}
