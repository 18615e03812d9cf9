"""The sheet that the patient takes home, with real clock times."""

from django.db import models
from django.db.models import Q

from clinic.identity import Addressed


class AftercareSheet(Addressed):
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="aftercare_sheets"
    )
    signed_session = models.ForeignKey(
        "treatments.SignedSession", on_delete=models.PROTECT, related_name="sheets"
    )
    # The sheet whose place this one takes, because the session ended at another time.
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )
    language = models.CharField(max_length=5)
    # Everything the sheet says, with every instant: the PDF can be made again from it alone.
    content = models.JSONField()
    issued_at = models.DateTimeField()
    pdf = models.FileField(upload_to="aftercare/%Y/%m", blank=True)  # private; see documents.py
    pdf_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["signed_session"],
                name="one_first_sheet_of_a_session",
                condition=Q(supersedes__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.issued_at:%Y-%m-%d}"
