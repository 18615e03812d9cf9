"""Which kinds of letters a patient wants no more, and who said so."""

from django.conf import settings
from django.db import models

from clinic.audit.models import append_only


class KindChoice(models.Model):
    """One choice about one kind of letter; the newest counts. Without any, the letter is wanted."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="kind_choices"
    )
    kind = models.CharField(max_length=40)  # a MessageKind
    is_wanted = models.BooleanField()
    chosen_at = models.DateTimeField()
    # None: the patient, by the link in a letter.
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["patient", "kind", "-chosen_at", "-id"], name="kind_choice_newest")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.is_wanted}"
