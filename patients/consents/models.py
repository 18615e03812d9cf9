"""What was shown to patients and what they decided. Rows are only ever added."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from patients.consents.terms import TEXT_KINDS, ConsentKind, Decision, How
from patients.records.terms import PatientLanguage


class ConsentEdition(models.Model):
    """A text as the clinic itself wrote it, with its gaps ({clinic}). The latest one is in force."""

    kind = models.CharField(max_length=20, choices=TEXT_KINDS)
    language = models.CharField(max_length=5, choices=PatientLanguage.choices)
    version = models.CharField(max_length=12)  # 1.2: the second edition over the shipped text 1
    text = models.TextField()
    reason = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-written_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "version"], name="one_consent_text_per_version"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.version}"


class ShownText(models.Model):
    """A text exactly as patients saw it, gaps filled in. Kept once, however many saw it."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=20, choices=TEXT_KINDS)
    language = models.CharField(max_length=5, choices=PatientLanguage.choices)
    version = models.CharField(max_length=12)
    text = models.TextField()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.version}"


class ConsentDecision(Addressed):
    """One consent given, refused or withdrawn. The latest of its kind holds; earlier ones stay.

    `about_id`: the course a procedure consent is about; `fingerprint`: what that course consisted
    of, so that another area or ingredient is not covered by it.
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="consent_decisions"
    )
    kind = models.CharField(max_length=20, choices=ConsentKind.choices)
    decision = models.CharField(max_length=10, choices=Decision.choices)
    about_id = models.UUIDField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    about_lines = models.JSONField(default=list)  # what stood above the text, as it stood there
    text = models.ForeignKey(
        ShownText, on_delete=models.PROTECT, null=True, related_name="decisions"
    )  # a withdrawal has none
    sha256 = models.CharField(max_length=64, blank=True)  # of the text and the lines above it
    how = models.CharField(max_length=10, choices=How.choices)
    signature = models.JSONField(default=list)  # strokes of [x, y]; rules.read_signature
    typed_name = models.CharField(max_length=120, blank=True)
    witness = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    interpreter = models.CharField(_("Interpreter"), max_length=120, blank=True)
    read_to_end = models.BooleanField(null=True)  # None: the browser could not see it
    paper_reference = models.CharField(_("Where the paper is kept"), max_length=80, blank=True)
    note = models.CharField(max_length=400, blank=True)
    decided_on = models.DateField()  # on paper it may be earlier than it was written down
    decided_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )  # nobody: the patient, by a link

    class Meta:
        ordering = ["-decided_at"]
        indexes = [
            models.Index(fields=["patient", "kind", "-decided_at"], name="consent_latest"),
        ]
        constraints = [
            models.CheckConstraint(
                name="consent_given_is_signed",
                condition=~Q(decision=Decision.GIVEN)
                | ~Q(signature=[])
                | ~Q(typed_name="")
                | ~Q(paper_reference=""),
            ),
            models.CheckConstraint(
                name="typed_consent_has_a_witness",
                condition=Q(typed_name="") | Q(witness__isnull=False),
            ),
            models.CheckConstraint(
                name="consent_shows_its_text",
                condition=Q(decision=Decision.WITHDRAWN) | Q(text__isnull=False),
            ),
            models.CheckConstraint(
                name="procedure_consent_is_about_a_course",
                condition=Q(kind=ConsentKind.PROCEDURE, about_id__isnull=False) & ~Q(fingerprint="")
                | ~Q(kind=ConsentKind.PROCEDURE) & Q(about_id__isnull=True, fingerprint=""),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.decision}"


class NoticeShown(Addressed):
    """The privacy notice was shown. It informs; it is not agreed to."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="notices_shown"
    )
    text = models.ForeignKey(ShownText, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, choices=How.choices)
    shown_at = models.DateTimeField()
    shown_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-shown_at"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.text_id}"
