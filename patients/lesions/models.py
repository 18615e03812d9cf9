"""Suspicious spots: what was seen, where the patient was sent, and what came of it. Only added to."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from patients.lesions.terms import Feature, Method, Outcome, Source


class LesionReport(Addressed):
    """A change or a suspicious feature that was named, in some regions, on some day."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="lesion_reports"
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    regions = models.JSONField(default=list)  # "yes" among them: everywhere
    features = models.JSONField(default=list)
    reported_on = models.DateField()
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-reported_at"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.reported_on}"

    @property
    def feature_labels(self) -> list[str]:
        return [str(Feature(each).label) for each in self.features]


class LesionReferral(Addressed):
    """The patient was sent to somebody. This alone clears nothing."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="lesion_referrals"
    )
    regions = models.JSONField(_("Regions"), default=list)
    referred_to = models.CharField(_("Referred to"), max_length=200)
    referred_on = models.DateField(_("On"))
    note = models.TextField(_("Note"), blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-recorded_at"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.referred_on}"


class LesionResult(Addressed):
    """What an examination found. The only thing that clears an area, and only its own."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="lesion_results"
    )
    regions = models.JSONField(_("Regions"), default=list)
    method = models.CharField(_("How"), max_length=12, choices=Method.choices)
    examined_by = models.CharField(_("Examined by"), max_length=200)
    examined_on = models.DateField(_("On"))
    finding = models.TextField(_("What was found"))
    outcome = models.CharField(_("Outcome"), max_length=8, choices=Outcome.choices)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-recorded_at"]
        constraints = [
            models.CheckConstraint(
                name="lesion_outcome_is_known", condition=models.Q(outcome__in=Outcome.values)
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.examined_on}"

    @property
    def clears(self) -> bool:
        return self.outcome == Outcome.CLEARS
