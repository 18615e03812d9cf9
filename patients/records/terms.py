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
    SMS = "sms", _("By SMS")
    WHATSAPP = "whatsapp", _("By WhatsApp")
    PAPER = "paper", _("No messages: paper at the desk")


BY_PHONE = (ReminderWish.SMS, ReminderWish.WHATSAPP)

INVISIBLE_CHARACTERS = _("The text contains invisible characters. Please type it again.")
NAME_MISSING = _("Enter the patient's name.")
BORN_IN_FUTURE = _("This birth date is in the future. Please check the year.")
TOO_OLD = _("With this birth date the patient would be over 120. Please check the year.")
PHONE_HAS_LETTERS = _("A telephone number has no letters. Example: 0532 123 45 67")
PHONE_HAS_SIGNS = _("Only digits, spaces and a leading + belong here. Example: 0532 123 45 67")
PHONE_NOT_INTERNATIONAL = _(
    "This international number has too few or too many digits. Example: +49 30 123456"
)
PHONE_NOT_TURKISH = _(
    "A Turkish number has ten digits after the 0, for example 0532 123 45 67. "
    "A foreign number begins with + and its country code."
)
