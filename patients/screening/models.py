"""Verdicts as they were given, and what a physician decided about their findings."""

from django.conf import settings
from django.db import models
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed


class Purpose(models.TextChoices):
    """Why a verdict was computed: on the day of a session more is asked than for booking ahead."""

    BOOKING = "booking", _("Booking ahead")
    SESSION = "session", _("Session of the day")


class Screening(Addressed):
    """One verdict with everything it was computed from. Never changed; a new day has a new one."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="screenings"
    )
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    on = models.DateField()
    rule_set_version = models.CharField(max_length=20)
    request = models.JSONField()
    response = models.JSONField()
    verdict = models.CharField(max_length=8)
    screened_at = models.DateTimeField()
    screened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["patient", "purpose", "-screened_at"], name="screening_latest")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.on} {self.verdict}"


class FindingDecision(Addressed):
    """A physician's written override of a finding, or the tick by which a caution was seen.

    It belongs to one finding of one patient, as it stood when it was decided, and holds on one day.
    The stored verdict of the rules is not changed by it: both are kept.
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="finding_decisions"
    )
    rule = models.CharField(max_length=40)
    target = models.CharField(max_length=80, blank=True)
    severity = models.CharField(max_length=12)
    about = models.CharField(max_length=64)  # gates.about: the finding with what fired it
    reason = models.TextField(_("Reason"), blank=True)  # at least 20 characters for an override
    decided_on = models.DateField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "rule", "target", "about", "decided_on"],
                name="one_decision_per_finding_and_day",
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.rule} {self.target}"

    @property
    def is_late(self) -> bool:
        """Written down after the day it is about, when a record was finished later."""
        return localdate(self.decided_at) > self.decided_on
