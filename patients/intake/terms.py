"""The words of the intake."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Occasion(models.TextChoices):
    INTAKE = "intake", _("Intake")
    SESSION = "session", _("Day of a session")


class MedicationStatus(models.TextChoices):
    CURRENT = "current", _("Takes it regularly")
    AS_NEEDED = "as_needed", _("Takes it as needed")
    STOPPED = "stopped", _("Stopped")


class AllergySeverity(models.TextChoices):
    MILD = "mild", _("Mild")
    MODERATE = "moderate", _("Moderate")
    SEVERE = "severe", _("Severe")
    ANAPHYLAXIS = "anaphylaxis", _("Anaphylaxis")
