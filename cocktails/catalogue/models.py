"""What the clinic can put into a cocktail."""

from decimal import Decimal

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.amounts import plain
from clinic.identity import Addressed
from cocktails.catalogue.terms import Excipient


class Ingredient(models.Model):
    """A substance, with the limits the clinic's physician approved. Numbers come with their source."""

    slug = models.SlugField(primary_key=True, max_length=60)  # "tranexamic_acid"
    name_en = models.CharField(max_length=120)
    name_tr = models.CharField(max_length=120)
    is_diluent = models.BooleanField(default=False)
    soft_mg = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    hard_mg = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    allergen_groups = models.JSONField(default=list)
    limit_source = models.TextField(blank=True)
    data_version = models.CharField(max_length=20)
    # What was last loaded from the shipped data. Values that differ from it are the clinic's own.
    shipped = models.JSONField(default=dict)

    class Meta:
        ordering = ["name_tr"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_tr if (get_language() or "").startswith("tr") else self.name_en


class Product(Addressed):
    """An ampoule on the shelf: one ingredient in one strength."""

    code = models.SlugField(max_length=60, unique=True)
    ingredient = models.ForeignKey(Ingredient, on_delete=models.PROTECT, related_name="products")
    name_en = models.CharField(_("Product (English)"), max_length=120)
    name_tr = models.CharField(_("Product (Turkish)"), max_length=120)
    stock_mg_per_ml = models.DecimalField(_("Strength (mg/ml)"), max_digits=12, decimal_places=6)
    ampoule_ml = models.DecimalField(_("Ampoule (ml)"), max_digits=8, decimal_places=3)
    # None: the leaflet was not read yet. []: it was read and names none.
    excipients = models.JSONField(_("Excipients"), null=True, blank=True)
    is_active = models.BooleanField(_("In use"), default=True)
    data_version = models.CharField(max_length=20, blank=True)  # "": the clinic's own product
    shipped = models.JSONField(default=dict)

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
