"""Where later slices hear that a patient's file was corrected."""

from datetime import datetime

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from patients.records.models import Patient

# Called in the transaction of the correction, after the file was written.
patient_changed: Hook[[Patient, Actor, datetime], None] = Hook("patient changed")
