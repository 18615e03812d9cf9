"""What screening asks of later slices."""

from datetime import datetime

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from patients.records.models import Patient
from patients.screening.plan import PlannedTreatment

# What the running course would do to this patient; None where there is no course.
planned_treatment_of: Hook[[Patient], PlannedTreatment | None] = Hook("planned treatment of")

# A physician decided about a finding: a wait or a hold may be over for booking.
finding_decided: Hook[[Patient, Actor, datetime], None] = Hook("finding decided")
