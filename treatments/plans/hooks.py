"""What a course tells those who come after it, and asks of them. Listeners run in the transaction of
the change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from patients.records.models import Patient
from treatments.plans.models import PlannedSession, TreatmentPlan


@dataclass(frozen=True, slots=True)
class Wait:
    """Days on which this patient can have no session, both ends included, and why in words that the
    desk may read: another method before or after it, for example."""

    first: date
    last: date
    reason: str

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


# Whatever changed in state or time of any session, after the sessions were written: booked, moved,
# missed, cancelled, held, released, done, stopped.
course_changed: Hook[[TreatmentPlan, Actor, datetime], None] = Hook("course changed")

# A session whose day has come gets another day: what was begun on this one is put away, or a
# listener refuses.
session_leaves_its_day: Hook[[PlannedSession, Actor, datetime], None] = Hook(
    "session leaves its day"
)

# Beside screening: what else on the patient's timeline leaves no room for a session between two days.
waits_of_patient: Hook[[Patient, date, date], Sequence[Wait]] = Hook("waits of a patient")
