"""Places on the skin whose colour is followed on photographs, and what was read there."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from treatments.analysis.terms import BodyRegion
from treatments.measuring.rules import Lab, Shape, Triple
from treatments.measuring.terms import LONGEST_PLACE, Basis, Card
from treatments.photographs.models import Photograph
from treatments.photographs.terms import Modality, View


class MeasuredPlace(Addressed):
    """A spot that is measured again and again, always in one view and under one light."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="measured_places"
    )
    region = models.CharField(_("Region"), max_length=20, choices=BodyRegion.choices)
    place = models.CharField(_("Which spot"), max_length=LONGEST_PLACE, blank=True)
    view = models.CharField(max_length=20, choices=View.choices)
    modality = models.CharField(max_length=20, choices=Modality.choices)
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["region", "place", "named_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "region", "place", "view", "modality"],
                name="measured_place_once",
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.region} {self.pk}"

    @property
    def label(self) -> str:
        region = str(BodyRegion(self.region).label)
        return f"{region}, {self.place}" if self.place else region


class ColourMeasurement(Addressed):
    """What was read in one photograph. Outlines in parts of the width; colours after the correction."""

    measured_place = models.ForeignKey(
        MeasuredPlace, on_delete=models.PROTECT, related_name="measurements"
    )
    photograph = models.ForeignKey(
        Photograph, on_delete=models.PROTECT, related_name="measurements"
    )
    basis = models.CharField(max_length=12, choices=Basis.choices)
    card = models.CharField(max_length=12, choices=Card.choices, blank=True)
    card_lightness = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    # {"spot": [[x, y], ...], "skin": ..., "card": ...}; two points are a circle.
    outlines = models.JSONField()
    factors = models.JSONField()  # of red, green and blue light
    spot_lightness = models.DecimalField(max_digits=5, decimal_places=2)
    spot_a = models.DecimalField(max_digits=5, decimal_places=2)
    spot_b = models.DecimalField(max_digits=5, decimal_places=2)
    skin_lightness = models.DecimalField(max_digits=5, decimal_places=2)
    skin_a = models.DecimalField(max_digits=5, decimal_places=2)
    skin_b = models.DecimalField(max_digits=5, decimal_places=2)
    pigmented_share = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )
    method = models.PositiveSmallIntegerField()  # how it was computed: actions.METHOD
    request_key = models.UUIDField()
    measured_at = models.DateTimeField()
    measured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-measured_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["photograph", "request_key"], name="colour_measured_once"
            ),
            models.CheckConstraint(
                name="a_card_has_its_lightness",
                condition=models.Q(basis=Basis.CARD, card_lightness__isnull=False)
                | (~models.Q(basis=Basis.CARD) & models.Q(card_lightness__isnull=True)),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.measured_place_id} {self.photograph_id}"

    @property
    def spot(self) -> Lab:
        return Lab(float(self.spot_lightness), float(self.spot_a), float(self.spot_b))

    @property
    def skin(self) -> Lab:
        return Lab(float(self.skin_lightness), float(self.skin_a), float(self.skin_b))

    @property
    def may_be_followed(self) -> bool:
        """Whether its colours may stand beside those of another photograph."""
        return self.basis != Basis.NONE

    def shape(self, outline: str) -> Shape | None:
        points = self.outlines.get(outline)
        return Shape(tuple((x, y) for x, y in points)) if points else None

    @property
    def correction(self) -> Triple:
        red, green, blue = self.factors
        return red, green, blue
