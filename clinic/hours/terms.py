"""The words of the clinic's time."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Blocking(TextChoices):
    ABSENCE = "absence", _("Absence")
    BLOCKED = "blocked", _("Kept free")
