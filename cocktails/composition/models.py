"""The mixture composed for one patient. A changed mixture is a new cocktail; the old one stays."""

from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.amounts import plain
from clinic.audit.models import append_only
from clinic.identity import Addressed


class Cocktail(Addressed):
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="cocktails"
    )
    diluent = models.ForeignKey(
        "cocktails.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    diluent_ml = models.DecimalField(
        _("Diluent (ml)"), max_digits=8, decimal_places=3, default=Decimal(0)
    )
    # Over all regions.
    points = models.PositiveSmallIntegerField(_("Points"))
    # None: it differs from region to region.
    ml_per_point = models.DecimalField(
        _("Volume per point (ml)"), max_digits=6, decimal_places=3, null=True
    )
    syringe_ml = models.DecimalField(_("Syringe (ml)"), max_digits=5, decimal_places=2, null=True)
    # The clinic's own template that it was begun from, if it was.
    protocol = models.ForeignKey(
        "cocktails.Protocol", on_delete=models.PROTECT, null=True, related_name="cocktails"
    )
    composed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    composed_at = models.DateTimeField()
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )

    class Meta:
        ordering = ["-composed_at"]
        constraints = [
            models.CheckConstraint(
                name="cocktail_volumes_are_possible",
                condition=models.Q(diluent_ml__gte=0, points__gte=1, ml_per_point__gt=0),
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return str(_("Cocktail"))

    @property
    def is_superseded(self) -> bool:
        """Whether a newer one stands in its place. Needs `superseded_by` to be joined."""
        return getattr(self, "superseded_by", None) is not None

    @property
    def poured_ml(self) -> Decimal:
        return plain(self.diluent_ml)

    @property
    def point_ml(self) -> Decimal | None:
        """ml of one point; None where it differs from region to region."""
        return None if self.ml_per_point is None else plain(self.ml_per_point)

    @property
    def syringe(self) -> Decimal | None:
        return None if self.syringe_ml is None else plain(self.syringe_ml)


class CocktailPortion(models.Model):
    """One ingredient in one cocktail: how much of which product is drawn."""

    cocktail = models.ForeignKey(Cocktail, on_delete=models.PROTECT, related_name="portions")
    product = models.ForeignKey(
        "cocktails.Product", on_delete=models.PROTECT, related_name="portions"
    )
    drawn_ml = models.DecimalField(_("Drawn (ml)"), max_digits=8, decimal_places=3)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["cocktail", "position"], name="portion_position"),
            models.CheckConstraint(name="portion_is_drawn", condition=models.Q(drawn_ml__gt=0)),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.product_id} {self.drawn_ml} ml"

    @property
    def ml(self) -> Decimal:
        return plain(self.drawn_ml)


class CocktailPlace(models.Model):
    """Where a cocktail goes: so many points of so much in one region."""

    cocktail = models.ForeignKey(Cocktail, on_delete=models.PROTECT, related_name="places")
    region = models.CharField(_("Region"), max_length=40)  # a region of the vocabulary
    points = models.PositiveSmallIntegerField(_("Points"))
    ml_per_point = models.DecimalField(_("Volume per point (ml)"), max_digits=6, decimal_places=3)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["cocktail", "region"], name="a_region_once"),
            models.CheckConstraint(
                name="place_is_possible",
                condition=models.Q(points__gte=1, ml_per_point__gt=0),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.region} {self.points}"

    @property
    def point_ml(self) -> Decimal:
        return plain(self.ml_per_point)


class Protocol(Addressed):
    """A template that the clinic wrote itself. A change is a new version; nothing is edited."""

    series_id = models.UUIDField(default=uuid4)  # the same in every version
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(_("Name"), max_length=120)
    spot_type = models.CharField(_("Spot type"), max_length=40, blank=True)
    note = models.TextField(_("Note"), blank=True)
    diluent = models.ForeignKey(
        "cocktails.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    diluent_ml = models.DecimalField(
        _("Diluent (ml)"), max_digits=8, decimal_places=3, default=Decimal(0)
    )
    syringe_ml = models.DecimalField(_("Syringe (ml)"), max_digits=5, decimal_places=2, null=True)
    is_withdrawn = models.BooleanField(default=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["series_id", "version"], name="protocol_versions"),
            models.CheckConstraint(
                name="protocol_volumes_are_possible",
                condition=models.Q(diluent_ml__gte=0, version__gte=1),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.name

    @property
    def poured_ml(self) -> Decimal:
        return plain(self.diluent_ml)


class ProtocolPortion(models.Model):
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="portions")
    product = models.ForeignKey("cocktails.Product", on_delete=models.PROTECT, related_name="+")
    drawn_ml = models.DecimalField(_("Drawn (ml)"), max_digits=8, decimal_places=3)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "position"], name="protocol_portion_position"
            ),
            models.CheckConstraint(
                name="protocol_portion_is_drawn", condition=models.Q(drawn_ml__gt=0)
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.product_id} {self.drawn_ml} ml"

    @property
    def ml(self) -> Decimal:
        return plain(self.drawn_ml)


class ProtocolPlace(models.Model):
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="places")
    region = models.CharField(_("Region"), max_length=40)
    points = models.PositiveSmallIntegerField(_("Points"))
    ml_per_point = models.DecimalField(_("Volume per point (ml)"), max_digits=6, decimal_places=3)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "region"], name="a_protocol_region_once"),
            models.CheckConstraint(
                name="protocol_place_is_possible",
                condition=models.Q(points__gte=1, ml_per_point__gt=0),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.region} {self.points}"

    @property
    def point_ml(self) -> Decimal:
        return plain(self.ml_per_point)
