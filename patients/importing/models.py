"""What was imported, from which file, and for whom: where every fact came from stays visible."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.identity import Addressed
from patients.importing.terms import ConditionState, ImportStep


class FactKind(models.TextChoices):
    MEDICINE = "medicine", _("Medicine")
    ALLERGY = "allergy", _("Allergy")
    CONDITION = "condition", _("Illness")


class PatientImport(Addressed):
    """One upload: checked first, then imported whole or not at all, and taken back if need be."""

    files = models.JSONField(default=list)  # the names the files had
    is_table = models.BooleanField(default=False)
    mapping = models.JSONField(default=dict)  # column -> field
    on = models.DateField()
    step = models.CharField(max_length=10, choices=ImportStep.choices, default=ImportStep.UPLOADED)
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return ", ".join(self.files)


class ImportedIdentity(models.Model):
    """By which identifier a patient is known elsewhere. A second import finds the file by it."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="imported_identities"
    )
    system = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200)
    first_import = models.ForeignKey(
        PatientImport, on_delete=models.PROTECT, related_name="identities"
    )
    opened_the_file = models.BooleanField()
    # What the record said of the person: only what changed there may change here.
    said = models.JSONField(default=dict)
    verdict = models.CharField(max_length=8, blank=True)
    read_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "value"], name="imported_identifier_once")
        ]

    def __str__(self) -> str:
        return self.value


class ImportedFact(models.Model):
    """One medicine, allergy or illness as the record has it, and the line it became here."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="imported_facts"
    )
    brought_by = models.ForeignKey(PatientImport, on_delete=models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=10, choices=FactKind.choices)
    key = models.CharField(max_length=64)
    text = models.CharField(max_length=300)
    code = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10)
    # What each system said last of it: system -> [state, import]. It ends when all have ended it.
    told_by = models.JSONField(default=dict)
    # Of an illness: which questions it answers, and whether it is known to be harmless.
    answers = models.JSONField(default=dict)
    known = models.BooleanField(default=True)
    began_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    medication = models.ForeignKey(
        "patients.ListedMedication", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    allergy = models.ForeignKey(
        "patients.ListedAllergy", on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["kind", "-began_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "kind", "key"], name="imported_fact_once")
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_over(self) -> bool:
        return self.state in (ConditionState.RESOLVED, "stopped")
