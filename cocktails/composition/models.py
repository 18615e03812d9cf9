"""The mixture composed for one patient. A changed mixture is a new cocktail; the old one stays."""

from decimal import Decimal

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
    points = models.PositiveSmallIntegerField(_("Points"))
    ml_per_point = models.DecimalField(_("Volume per point (ml)"), max_digits=6, decimal_places=3)
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
    def point_ml(self) -> Decimal:
        return plain(self.ml_per_point)


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
