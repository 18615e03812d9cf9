from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CocktailsConfig(AppConfig):
    name = "cocktails"
    verbose_name = _("Cocktails")
