"""What a patient's link may open."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LinkPurpose(models.TextChoices):
    AFTERCARE = "aftercare", _("Aftercare sheet")
    INTAKE = "intake", _("Questions before the treatment")
    LATE_CHECK = "late_check", _("Question weeks after the treatment")
