"""What consents ask of later slices, and what they tell them."""

from datetime import datetime

from django.utils.functional import Promise

from clinic.audit.actions import Actor
from clinic.hooks import Hook
from patients.consents.subjects import ConsentSubject
from patients.consents.terms import ConsentKind
from patients.records.models import Patient

# What the running course would do to this patient, in the language that is active.
what_is_consented_to: Hook[[Patient], list[ConsentSubject]] = Hook("what is consented to")

# After a consent was given, refused or withdrawn, in the same transaction.
consent_changed: Hook[[Patient, ConsentKind, Actor, datetime], None] = Hook("consent changed")

# What a withdrawal of this consent would do now, in words, before it is done.
effects_of_withdrawal: Hook[[Patient, ConsentKind], list[str | Promise]] = Hook(
    "effects of a withdrawal"
)
