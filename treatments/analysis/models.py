"""What the physician saw: spots with type, depth, cause and region, and the score."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from treatments.analysis.terms import (
    BodyRegion,
    Cause,
    Depth,
    GlobalAssessment,
    Glogau,
    Grade,
    Phototype,
    ReadingKind,
    ReadOn,
    Satisfaction,
    SpotType,
    WoodFinding,
)


def _up_to(field: str, most: int) -> models.Q:
    return models.Q(**{f"{field}__isnull": True}) | models.Q(
        **{f"{field}__gte": 0, f"{field}__lte": most}
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
    # {"left": {"area": 2, "pigmentation": 3}, ...}; None where the index was not taken.
    msi_parts = models.JSONField(null=True, blank=True)
    msi = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    radiance = models.PositiveSmallIntegerField(_("Radiance"), null=True)
    texture = models.PositiveSmallIntegerField(_("Texture"), null=True)
    glogau = models.CharField(_("Photo-ageing (Glogau)"), max_length=3, blank=True)
    physician_assessment = models.PositiveSmallIntegerField(
        _("Physician's global assessment"), null=True
    )
    patient_assessment = models.PositiveSmallIntegerField(
        _("Patient's global assessment"), null=True
    )
    satisfaction = models.PositiveSmallIntegerField(_("Patient's satisfaction"), null=True)
    copied_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="follow_ups"
    )
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
            ),
            models.CheckConstraint(
                name="grades_stay_in_their_range",
                condition=_up_to("msi", 64)
                & _up_to("radiance", 4)
                & _up_to("texture", 4)
                & _up_to("physician_assessment", 6)
                & _up_to("patient_assessment", 6)
                & (
                    models.Q(satisfaction__isnull=True)
                    | models.Q(satisfaction__gte=1, satisfaction__lte=5)
                ),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.analysed_on)

    @property
    def phototype_label(self) -> str:
        return str(Phototype(self.phototype).label)

    @property
    def judgements(self) -> list[tuple[str, str]]:
        """What was judged, each with its name; what was left open is left out."""
        words = {
            "glogau": Glogau,
            "radiance": Grade,
            "texture": Grade,
            "physician_assessment": GlobalAssessment,
            "patient_assessment": GlobalAssessment,
            "satisfaction": Satisfaction,
        }
        return [
            (str(self._meta.get_field(name).verbose_name), str(choices(getattr(self, name)).label))  # type: ignore[union-attr]
            for name, choices in words.items()
            if getattr(self, name) not in (None, "")
        ]


class AnalysedSpot(models.Model):
    """One kind of pigmentation found, where, how deep, and what may have caused it."""

    analysis = models.ForeignKey(SkinAnalysis, on_delete=models.PROTECT, related_name="spots")
    spot_type = models.CharField(_("Type"), max_length=20)
    depth = models.CharField(_("Depth"), max_length=15)
    wood_finding = models.CharField(_("Wood's lamp"), max_length=20)
    causes = models.JSONField(_("Causes"), default=list)
    # Which inflammation, which medicines: {"inflammation": "...", "medicine": ["..."]}.
    cause_details = models.JSONField(_("Causes in detail"), default=dict)
    regions = models.JSONField(_("Regions"), default=list)
    # [{"view": "frontal", "region": "cheek_left", "x": 0.62, "y": 0.41}, ...]: the map's shares.
    marks = models.JSONField(_("Marks on the map"), default=list)
    largest_mm = models.DecimalField(_("Largest, in mm"), max_digits=4, decimal_places=1, null=True)
    area_cm2 = models.DecimalField(_("Area, in cm²"), max_digits=5, decimal_places=1, null=True)
    count = models.PositiveSmallIntegerField(_("How many"), null=True)
    # "2023" or "2023-05": a patient remembers no day.
    since = models.CharField(_("Since when"), max_length=7, blank=True)
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
    def cause_words(self) -> list[str]:
        """The causes, each with what was named for it."""
        named = {
            Cause.INFLAMMATION: self.cause_details.get("inflammation", ""),
            Cause.MEDICINE: ", ".join(self.cause_details.get("medicine", [])),
        }
        if Cause.INFLAMMATION not in self.causes:
            named[Cause.ACNE] = named[Cause.INFLAMMATION]
        return [
            f"{Cause(each).label} ({named[each]})" if named.get(each) else str(Cause(each).label)
            for each in self.causes
        ]

    @property
    def region_labels(self) -> list[str]:
        return [str(BodyRegion(each).label) for each in self.regions]


class InstrumentReading(models.Model):
    """What an instrument read at one place, with the conditions that make it comparable."""

    analysis = models.ForeignKey(SkinAnalysis, on_delete=models.PROTECT, related_name="readings")
    kind = models.CharField(_("Instrument"), max_length=12)
    region = models.CharField(_("Region"), max_length=20)
    read_on = models.CharField(_("Read on"), max_length=8)
    lightness = models.DecimalField(_("L*"), max_digits=5, decimal_places=2, null=True)
    a = models.DecimalField(_("a*"), max_digits=5, decimal_places=2, null=True)
    b = models.DecimalField(_("b*"), max_digits=5, decimal_places=2, null=True)
    melanin_index = models.DecimalField(
        _("Melanin index"), max_digits=5, decimal_places=1, null=True
    )
    percentile = models.DecimalField(_("Percentile"), max_digits=4, decimal_places=1, null=True)
    device = models.CharField(_("Device and probe"), max_length=80)
    conditions = models.CharField(_("Conditions"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["analysis", "position"], name="reading_position"),
            models.CheckConstraint(
                name="a_reading_has_the_numbers_of_its_kind",
                condition=models.Q(
                    kind=ReadingKind.COLOUR,
                    lightness__isnull=False,
                    a__isnull=False,
                    b__isnull=False,
                    melanin_index__isnull=True,
                    percentile__isnull=True,
                )
                | models.Q(
                    kind=ReadingKind.MELANIN,
                    lightness__isnull=True,
                    a__isnull=True,
                    b__isnull=True,
                    melanin_index__isnull=False,
                    percentile__isnull=True,
                )
                | models.Q(
                    kind=ReadingKind.PERCENTILE,
                    lightness__isnull=True,
                    a__isnull=True,
                    b__isnull=True,
                    melanin_index__isnull=True,
                    percentile__isnull=False,
                ),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.region}"

    @property
    def region_label(self) -> str:
        return str(BodyRegion(self.region).label)

    @property
    def kind_label(self) -> str:
        return str(ReadingKind(self.kind).label)

    @property
    def numbers(self) -> list[tuple[str, Decimal]]:
        """The numbers that were read, each with its name."""
        return [
            (str(self._meta.get_field(name).verbose_name), getattr(self, name))  # type: ignore[union-attr]
            for name in ("lightness", "a", "b", "melanin_index", "percentile")
            if getattr(self, name) is not None
        ]

    @property
    def read_on_label(self) -> str:
        return str(ReadOn(self.read_on).label)
