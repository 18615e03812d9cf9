"""The words of who a patient is and how they wish to be reached."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sex(models.TextChoices):
    FEMALE = "F", _("Female")
    MALE = "M", _("Male")
    NOT_STATED = "X", _("Not stated")


class PatientLanguage(models.TextChoices):
    TURKISH = "tr", _("Turkish")
    ENGLISH = "en", _("English")


class ReminderWish(models.TextChoices):
    EMAIL = "email", _("By e-mail")
    PAPER = "paper", _("No messages: paper at the desk")
