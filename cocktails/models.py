"""Contents: the tables of cocktails."""

from cocktails.catalogue.models import CatalogueChange, Ingredient, Product
from cocktails.composition.models import (
    Cocktail,
    CocktailPlace,
    CocktailPortion,
    Protocol,
    ProtocolPlace,
    ProtocolPortion,
)
from cocktails.stock.models import (
    DeliveryFile,
    LeastStock,
    Lot,
    OpenedVial,
    ProductCode,
    StockMovement,
)

__all__ = [
    "CatalogueChange",
    "Cocktail",
    "CocktailPlace",
    "CocktailPortion",
    "DeliveryFile",
    "Ingredient",
    "LeastStock",
    "Lot",
    "OpenedVial",
    "Product",
    "ProductCode",
    "Protocol",
    "ProtocolPlace",
    "ProtocolPortion",
    "StockMovement",
]
