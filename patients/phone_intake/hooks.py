"""Where slices say what a patient may do after the questions, and hear that they were sent."""

from datetime import datetime

from clinic.hooks import Hook
from patients.records.models import Patient

# Called as after_submission(patient, now) for the page "thank you": the address of what comes next
# (consents to read and sign), or None.
after_submission: Hook[[Patient, datetime], str | None] = Hook("after submission")
