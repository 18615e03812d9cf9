"""What the patient answered. An answer that was not given has no row: silence is never a no."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from patients.intake.terms import AllergySeverity, MedicationStatus, Occasion


class Answer(models.Model):
    """One answer to one question, as given. The latest per question holds; earlier ones stay.

    `value` is what the screening contract reads: "yes", "no", "unknown", a choice, a number, an ISO
    date or a list. There is no default, and no boolean in which "unticked" could pass for "no".
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="answers"
    )
    code = models.CharField(max_length=40)
    value = models.JSONField()
    occasion = models.CharField(max_length=10, choices=Occasion.choices)
    questions_version = models.CharField(max_length=20)
    answered_at = models.DateTimeField()
    answered_on = models.DateField()  # the clinic's calendar day
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["patient", "code", "-answered_at"], name="answer_latest")]
        triggers = append_only()

    def __str__(self) -> str:
        return self.code


class ListedMedication(Addressed):
    """A medicine in the patient's own words, and whether it is still taken."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="medications"
    )
    text = models.CharField(_("Medicine"), max_length=200)
    status = models.CharField(_("Use"), max_length=10, choices=MedicationStatus.choices)
    last_taken = models.DateField(_("Last taken"), null=True, blank=True)
    since = models.DateField(_("Since"), null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True)  # listed by mistake; the row stays readable

    class Meta:
        ordering = ["recorded_at", "pk"]

    def __str__(self) -> str:
        return self.text


class ListedAllergy(Addressed):
    """An allergy in the patient's own words."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="allergies"
    )
    text = models.CharField(_("Allergy to"), max_length=200)
    reaction = models.CharField(_("What happened"), max_length=200, blank=True)
    severity = models.CharField(_("Severity"), max_length=12, choices=AllergySeverity.choices)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["recorded_at", "pk"]

    def __str__(self) -> str:
        return self.text


class ListedProcedure(Addressed):
    """A laser, peel, needling or filler done elsewhere or here before."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="procedures"
    )
    kind = models.CharField(_("Procedure"), max_length=30)
    done_on = models.DateField(_("Date"))
    regions = models.JSONField(_("Where"), default=list)  # [] = every planned region
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-done_on", "pk"]

    def __str__(self) -> str:
        return self.kind
