"""What later slices hear of suspicious spots. Listeners run in the transaction of the entry."""

from datetime import datetime

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from patients.records.models import Patient

# A change was named, or a result was written down: screening says something else now.
lesions_changed: Hook[[Patient, Actor, datetime], None] = Hook("lesions changed")
