"""What a course tells those who come after it. Listeners run in the transaction of the change."""

from datetime import datetime

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from treatments.plans.models import PlannedSession, TreatmentPlan

# Whatever changed in state or time of any session, after the sessions were written: booked, moved,
# missed, cancelled, held, released, done, stopped.
course_changed: Hook[[TreatmentPlan, Actor, datetime], None] = Hook("course changed")

# A session whose day has come gets another day: what was begun on this one is put away, or a
# listener refuses.
session_leaves_its_day: Hook[[PlannedSession, Actor, datetime], None] = Hook(
    "session leaves its day"
)

# The course goes on with another mixture than the one that its open records were begun with.
mixture_changed: Hook[[TreatmentPlan, Actor, datetime], None] = Hook("mixture changed")
