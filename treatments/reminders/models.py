"""Which kinds of letters a patient wants no more, and which times one letter told together."""

from django.conf import settings
from django.db import models

from clinic.audit.models import append_only
from clinic.identity import Addressed


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


class ToldTime(Addressed):
    """One of the times in a letter that tells all times of a course, as it was composed last.

    Heard only when the letter was: a row of a letter that never left says nothing.
    """

    message_id = models.UUIDField(db_index=True)
    session = models.ForeignKey(
        "treatments.PlannedSession", on_delete=models.CASCADE, related_name="told_times"
    )
    starts_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.session_id} {self.starts_at:%Y-%m-%d %H:%M}"
