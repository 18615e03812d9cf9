"""What a course tells those who come after it. Listeners run in the transaction of the change."""

from datetime import datetime

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from treatments.plans.models import TreatmentPlan

course_booked: Hook[[TreatmentPlan, Actor, datetime], None] = Hook("course booked")
plan_held: Hook[[TreatmentPlan, Actor, datetime], None] = Hook("plan held")

# Whatever changed in state or time of any session, after the sessions were written: booked, moved,
# missed, cancelled, held, released, done, stopped.
course_changed: Hook[[TreatmentPlan, Actor, datetime], None] = Hook("course changed")
