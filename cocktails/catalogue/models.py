"""What the clinic can put into a cocktail."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.amounts import plain
from clinic.audit.models import append_only
from clinic.identity import Addressed
from cocktails.catalogue.terms import ChangeOrigin, Excipient

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _number(verbose_name: "_StrPromise") -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(verbose_name, max_digits=12, decimal_places=6, null=True, blank=True)


class Offered(models.Model):
    """What was shipped to this row, and what a newer version would say instead.

    `shipped` is what was last loaded; values that differ from it are the clinic's own. `offered`
    has the newer values that would replace the clinic's own: somebody takes them or keeps ours.
    """

    data_version = models.CharField(max_length=20, blank=True)  # "": the clinic's own
    shipped = models.JSONField(default=dict)
    offered = models.JSONField(default=dict)
    offered_version = models.CharField(max_length=20, blank=True)

    class Meta:
        abstract = True


class Ingredient(Offered):
    """A substance, with the limits the clinic's physician approved. Numbers come with their source."""

    slug = models.SlugField(primary_key=True, max_length=60)  # "tranexamic_acid"
    name_en = models.CharField(max_length=120)
    name_tr = models.CharField(max_length=120)
    is_diluent = models.BooleanField(default=False)
    soft_mg = _number(_("Caution above (mg per session)"))
    hard_mg = _number(_("Stop above (mg per session)"))
    max_mg_per_kg = _number(_("Stop above (mg per kg of body weight)"))
    lowest_mg_per_ml = _number(_("Lowest usual concentration (mg/ml)"))
    highest_mg_per_ml = _number(_("Highest usual concentration (mg/ml)"))
    lowest_ml_per_point = _number(_("Lowest usual volume per point (ml)"))
    highest_ml_per_point = _number(_("Highest usual volume per point (ml)"))
    ph_min = _number(_("Lowest pH"))
    ph_max = _number(_("Highest pH"))
    allergen_groups = models.JSONField(default=list)
    limit_source = models.TextField(_("Source"), blank=True)
    limit_certainty = models.CharField(_("Certainty"), max_length=10, blank=True)

    class Meta:
        ordering = ["name_tr"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_tr if (get_language() or "").startswith("tr") else self.name_en


class Product(Addressed, Offered):
    """An ampoule on the shelf: one ingredient in one strength."""

    code = models.SlugField(max_length=60, unique=True)
    ingredient = models.ForeignKey(Ingredient, on_delete=models.PROTECT, related_name="products")
    name_en = models.CharField(_("Product (English)"), max_length=120)
    name_tr = models.CharField(_("Product (Turkish)"), max_length=120)
    maker = models.CharField(_("Maker"), max_length=120, blank=True)
    stock_mg_per_ml = models.DecimalField(_("Strength (mg/ml)"), max_digits=12, decimal_places=6)
    ampoule_ml = models.DecimalField(_("Ampoule (ml)"), max_digits=8, decimal_places=3)
    # None: the leaflet was not read yet. []: it was read and names none.
    excipients = models.JSONField(_("Excipients"), null=True, blank=True)
    # None: nobody has said. One vial for several patients and days, or one for one patient.
    is_multi_dose = models.BooleanField(_("Multi-dose"), null=True, blank=True)
    # After it was opened; None: not known.
    use_within_hours = models.PositiveIntegerField(
        _("Use within (hours after opening)"), null=True, blank=True
    )
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta:
        ordering = ["ingredient__name_tr", "stock_mg_per_ml", "name_tr"]
        constraints = [
            models.CheckConstraint(
                name="product_strength_is_positive",
                condition=models.Q(stock_mg_per_ml__gte=0) & models.Q(ampoule_ml__gt=0),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_tr if (get_language() or "").startswith("tr") else self.name_en

    @property
    def strength(self) -> Decimal:
        """mg/ml, without trailing zeros: what is compared with the ampoule in the hand."""
        return plain(self.stock_mg_per_ml)

    @property
    def volume(self) -> Decimal:
        """ml of one ampoule, without trailing zeros."""
        return plain(self.ampoule_ml)

    @property
    def excipient_names(self) -> list[str]:
        return [str(Excipient(each).label) for each in self.excipients or ()]

    @property
    def label_mg(self) -> Decimal:
        """What the label says in large letters: 250 mg may be 50 or 100 mg/ml."""
        return plain(self.stock_mg_per_ml * self.ampoule_ml)


class CatalogueChange(Addressed):
    """One change of an ingredient's limits or of a product: who, when, why, from what, to what."""

    ingredient = models.ForeignKey(Ingredient, on_delete=models.PROTECT, related_name="changes")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, related_name="changes"
    )
    number = models.PositiveIntegerField()
    origin = models.CharField(max_length=20, choices=ChangeOrigin.choices)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(_("Why"), blank=True)
    data_version = models.CharField(max_length=20, blank=True)
    changed_at = models.DateTimeField()
    # None: the command that loads the shipped data.
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # As they were on that day; both empty where no physician had to sign.
    signer_name = models.CharField(max_length=200, blank=True)
    certificate_number = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["ingredient", "number"], name="catalogue_changes_are_numbered"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.ingredient_id} {self.number}"
