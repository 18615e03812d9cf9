"""What went wrong after a session, and how it went on. Rows are only ever added."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from treatments.tracing.terms import EventCode, EventSeverity, Outcome


class AdverseEvent(Addressed):
    """Something that a signed session may have caused; its lots are those of the session."""

    signed_session = models.ForeignKey(
        "treatments.SignedSession", on_delete=models.PROTECT, related_name="adverse_events"
    )
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="adverse_events"
    )
    code = models.CharField(_("What"), max_length=20, choices=EventCode.choices)
    onset_on = models.DateField(_("Began on"))
    severity = models.CharField(_("How severe"), max_length=10, choices=EventSeverity.choices)
    note = models.TextField(_("What was seen"))
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["-noted_at"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.code} {self.onset_on:%Y-%m-%d}"


class LateAnswer(Addressed):
    """What a patient answered weeks after a session. Who has not answered has no row: it is no "no"."""

    signed_session = models.ForeignKey(
        "treatments.SignedSession", on_delete=models.PROTECT, related_name="late_answers"
    )
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="late_answers"
    )
    weeks = models.PositiveSmallIntegerField()
    all_is_well = models.BooleanField()
    words = models.TextField(blank=True)
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["-answered_at"]
        constraints = [
            models.UniqueConstraint(fields=["signed_session", "weeks"], name="late_answer_once")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.weeks} {self.all_is_well}"


class EventFollowUp(models.Model):
    """How an adverse event went on. The latest one says its outcome."""

    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="follow_ups")
    outcome = models.CharField(_("Outcome"), max_length=10, choices=Outcome.choices)
    on = models.DateField(_("On"))
    note = models.TextField(_("Note"), blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-written_at", "-pk"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.outcome} {self.on:%Y-%m-%d}"
