"""The words of what a course owes its patient."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MessageKind(TextChoices):
    SESSION_REMINDER = "session_reminder", _("Next session")
    SUN_PROTECTION = "sun_protection", _("Sun protection")
    AFTERCARE_LINK = "aftercare_link", _("Aftercare sheet")
