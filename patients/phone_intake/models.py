"""What a patient answers on their own phone, until staff have reviewed it."""

from django.conf import settings
from django.db import models

from clinic.audit.models import append_only
from clinic.identity import Addressed
from patients.intake.terms import Listed
from patients.phone_intake.terms import IntakeState


class PhoneIntake(Addressed):
    """One request to a patient to answer the questions. At most one is open per patient."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="phone_intakes"
    )
    state = models.CharField(max_length=10, choices=IntakeState.choices)
    language = models.CharField(max_length=5, blank=True)  # blank: the patient's own
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # withdrawn or reviewed

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(state=IntakeState.ASKED),
                name="one_open_phone_intake",
            ),
            models.CheckConstraint(
                name="phone_intake_state_is_known",
                condition=models.Q(state__in=IntakeState.values),
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="phone_intake_waits",
                condition=models.Q(state=IntakeState.SUBMITTED),
            )
        ]

    def __str__(self) -> str:
        return f"{self.patient_id} {self.state}"


class DraftAnswer(models.Model):
    """What was answered so far: one row per question, so that two open tabs lose nothing."""

    intake = models.ForeignKey(PhoneIntake, on_delete=models.PROTECT, related_name="draft_answers")
    code = models.CharField(max_length=40)
    value = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["intake", "code"], name="one_draft_per_question")
        ]

    def __str__(self) -> str:
        return self.code


class DraftEntry(Addressed):
    """A medicine, an allergy or a skin treatment that the patient wrote down so far."""

    intake = models.ForeignKey(PhoneIntake, on_delete=models.PROTECT, related_name="draft_entries")
    listed = models.CharField(max_length=12, choices=Listed.choices)
    content = models.JSONField()
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return self.listed


class PhoneSubmission(models.Model):
    """What the patient sent, as it was sent: complete in itself and never changed."""

    intake = models.OneToOneField(
        PhoneIntake, on_delete=models.PROTECT, related_name="submission", primary_key=True
    )
    submitted_at = models.DateTimeField()
    submitted_on = models.DateField()  # the clinic's calendar day
    questions_version = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    # {"answers": [{code, value, text}], "medications": [...], "allergies": [...], "procedures": [...]}
    content = models.JSONField()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.intake_id)


class PhoneReview(models.Model):
    """What staff made of each thing that was sent. There is one, and it stays."""

    submission = models.OneToOneField(
        PhoneSubmission, on_delete=models.PROTECT, related_name="review", primary_key=True
    )
    reviewed_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decisions = models.JSONField()  # key -> {"decision": ..., "recorded": what entered the record}

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.submission_id)
