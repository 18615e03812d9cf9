"""The words of who works here and what a role may do."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    RECEPTIONIST = "receptionist", _("Receptionist")
    PHYSICIAN = "physician", _("Physician")
    NURSE = "nurse", _("Nurse")
    MANAGER = "manager", _("Manager")


class Ability(StrEnum):
    SEE_TODAY = "see today"
    FIND_PATIENTS = "find patients"
    REGISTER_PATIENTS = "register patients"
    IMPORT_PATIENTS = "import patients"
    TAKE_INTAKE = "take intake"
    TAKE_CONSENTS = "take consents"
    WRITE_CONSENT_TEXTS = "write consent texts"
    READ_CHART = "read chart"
    READ_OUTCOMES = "read outcomes"
    ANALYSE_SKIN = "analyse skin"
    TAKE_PHOTOGRAPHS = "take photographs"
    COMPOSE_COCKTAILS = "compose cocktails"
    KEEP_CATALOGUE = "keep catalogue"
    CHANGE_LIMITS = "change limits"
    SET_PLANS = "set plans"
    DECIDE_FINDINGS = "decide findings"
    BOOK = "book"
    OVERBOOK = "overbook"
    RUN_THE_DAY = "run the day"
    TREAT = "treat"
    SIGN_SESSIONS = "sign sessions"
    PRINT_AFTERCARE = "print aftercare"
    SEE_MESSAGES = "see messages"
    RELEASE_MESSAGES = "release messages"
    READ_RULES = "read rules"
    CHANGE_RULES = "change rules"
    READ_ACCESS_LOG = "read access log"
    SET_HOURS = "set hours"
    SET_OWN_HOURS = "set own hours"
    SEE_STOCK = "see stock"
    KEEP_STOCK = "keep stock"
    RECALL_LOTS = "recall lots"
    TRACE_LOTS = "trace lots"
    CHANGE_OWN_SETTINGS = "change own settings"
