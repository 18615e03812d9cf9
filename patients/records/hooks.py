"""Where later slices hear that a patient's file was corrected."""

from datetime import datetime

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from patients.records.models import Patient

# Called in the transaction of the correction, after the file was written.
patient_changed: Hook[[Patient, Actor, datetime], None] = Hook("patient changed")

# Called first of all, before the patient's row is locked: whoever will need a physician's or a room's
# row for what the correction brings with it locks them here, in the one order.
before_change: Hook[[Patient], None] = Hook("before a patient is changed")

# Called in the same transaction when another e-mail address took the place of one that had been there.
address_replaced: Hook[[Patient, datetime], None] = Hook("e-mail address replaced")
