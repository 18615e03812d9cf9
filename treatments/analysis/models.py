"""What the physician saw: spots with type, depth, cause and region, and the score."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.identity import Addressed


class SkinAnalysis(Addressed):
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="analyses"
    )
    analysed_on = models.DateField(_("Date"))
    phototype = models.CharField(_("Phototype"), max_length=3)
    # {"forehead": {"area": 2, "darkness": 2, "homogeneity": 2}, ...}: the entries; scores are computed.
    score_parts = models.JSONField(null=True, blank=True)
    mmasi = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    masi = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    note = models.TextField(_("Note"), blank=True)
    analysed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-analysed_on", "-recorded_at"]
        constraints = [
            models.CheckConstraint(
                name="scores_stay_in_their_range",
                condition=(models.Q(mmasi__isnull=True) | models.Q(mmasi__gte=0, mmasi__lte=24))
                & (models.Q(masi__isnull=True) | models.Q(masi__gte=0, masi__lte=48)),
            )
        ]

    def __str__(self) -> str:
        return str(self.analysed_on)


class AnalysedSpot(models.Model):
    """One kind of pigmentation found, where, how deep, and what may have caused it."""

    analysis = models.ForeignKey(SkinAnalysis, on_delete=models.PROTECT, related_name="spots")
    spot_type = models.CharField(_("Type"), max_length=20)
    depth = models.CharField(_("Depth"), max_length=15)
    wood_finding = models.CharField(_("Wood's lamp"), max_length=20)
    causes = models.JSONField(_("Causes"), default=list)
    regions = models.JSONField(_("Regions"), default=list)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["analysis", "position"], name="spot_position")
        ]

    def __str__(self) -> str:
        return self.spot_type
