"""What the physician saw: spots with type, depth, cause and region, and the score."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from treatments.analysis.terms import (
    BodyRegion,
    Cause,
    Depth,
    Phototype,
    SpotType,
    WoodFinding,
)


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
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.analysed_on)

    @property
    def phototype_label(self) -> str:
        return str(Phototype(self.phototype).label)


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
        triggers = append_only()

    def __str__(self) -> str:
        return self.spot_type

    @property
    def type_label(self) -> str:
        return str(SpotType(self.spot_type).label)

    @property
    def depth_label(self) -> str:
        return str(Depth(self.depth).label)

    @property
    def wood_label(self) -> str:
        return str(WoodFinding(self.wood_finding).label)

    @property
    def cause_labels(self) -> list[str]:
        return [str(Cause(each).label) for each in self.causes]

    @property
    def region_labels(self) -> list[str]:
        return [str(BodyRegion(each).label) for each in self.regions]
