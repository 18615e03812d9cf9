"""The words of the import."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class System(StrEnum):
    """The code systems that are read. Every other one is carried along and says nothing."""

    RXNORM = "rxnorm"
    ATC = "atc"
    SNOMED = "snomed"
    ICD10 = "icd10"
    OTHER = "other"


class Use(StrEnum):
    ACTIVE = "active"
    STOPPED = "stopped"


class ConditionState(StrEnum):
    ACTIVE = "active"
    RESOLVED = "resolved"


class ImportStep(models.TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    CHECKED = "checked", _("Checked")
    WAITING = "waiting", _("Waiting to be imported")
    RUNNING = "running", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Nothing was imported")
    UNDONE = "undone", _("Taken back")


# Answers of an imported record are marked with it; what the patient says later counts more.
OCCASION = "import"
