"""What the clinic can put into a cocktail."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.identity import Addressed


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
    name = models.CharField(_("Product"), max_length=120)
    stock_mg_per_ml = models.DecimalField(_("Strength (mg/ml)"), max_digits=12, decimal_places=6)
    ampoule_ml = models.DecimalField(_("Ampoule (ml)"), max_digits=8, decimal_places=3)
    # None: the leaflet was not read yet. []: it was read and names none.
    excipients = models.JSONField(_("Excipients"), null=True, blank=True)
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="product_strength_is_positive",
                condition=models.Q(stock_mg_per_ml__gte=0) & models.Q(ampoule_ml__gt=0),
            )
        ]

    def __str__(self) -> str:
        return self.name
