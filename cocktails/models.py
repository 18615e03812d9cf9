"""Contents: the tables of cocktails."""

from cocktails.catalogue.models import Ingredient, Product
from cocktails.composition.models import Cocktail, CocktailPortion

__all__ = ["Cocktail", "CocktailPortion", "Ingredient", "Product"]
