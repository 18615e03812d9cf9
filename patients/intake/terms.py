"""The words of the intake."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Occasion(models.TextChoices):
    INTAKE = "intake", _("Intake")
    SESSION = "session", _("Day of a session")
    # Said by the patient; `recorded_by` is who reviewed it before it entered the record.
    PHONE = "phone", _("The patient's own phone")


class MedicationStatus(models.TextChoices):
    CURRENT = "current", _("Takes it regularly")
    AS_NEEDED = "as_needed", _("Takes it as needed")
    STOPPED = "stopped", _("Stopped")


class AllergySeverity(models.TextChoices):
    MILD = "mild", _("Mild")
    MODERATE = "moderate", _("Moderate")
    SEVERE = "severe", _("Severe")
    ANAPHYLAXIS = "anaphylaxis", _("Anaphylaxis")


class Listed(models.TextChoices):
    """What is written down line by line, and needs an explicit "none" when there is no line."""

    MEDICATIONS = "medications", _("Medicines")
    ALLERGIES = "allergies", _("Allergies")
    PROCEDURES = "procedures", _("Skin treatments")

    @property
    def none_code(self) -> str:
        """The answer that says whether the list is empty on purpose: "yes" = there is none."""
        return f"{self.value}_none"


UNKNOWN = "unknown"
YES = "yes"
NO = "no"
CONDITIONS = "conditions"
# Facts that stand beside `answers` in a request, and that are asked for like any question.
FACTS_ASKED_FOR = ("weight_kg",)

ANSWER_NOT_READABLE = _("One of the answers cannot be read. Please answer again.")
