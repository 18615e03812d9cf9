"""Links that a patient opens without an account."""

from datetime import datetime

from django.db import models

from clinic.identity import Addressed
from patients.links.terms import LinkPurpose


class PatientLink(Addressed):
    """One link to one thing. The token is signed, never stored; this row can end it."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="links")
    purpose = models.CharField(max_length=20, choices=LinkPurpose.choices)
    about_id = models.UUIDField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    wrong_answers = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "about_id"],
                condition=models.Q(revoked_at__isnull=True),
                name="one_living_link_per_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.about_id}"

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at
