"""What screening asks of later slices."""

from clinic.hooks import Hook
from patients.records.models import Patient
from patients.screening.plan import PlannedTreatment

# What the running course would do to this patient; None where there is no course.
planned_treatment_of: Hook[[Patient], PlannedTreatment | None] = Hook("planned treatment of")
