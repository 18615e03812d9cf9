"""What somebody has to look at: whose, what, since when, and when it was done."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.identity import Addressed
from patients.worklist.terms import CHOICES_OF_THE_COLUMN, TaskKind


class StaffTask(Addressed):
    """One thing that waits for somebody. Open until it is done; of each kind one for a patient."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=20, choices=CHOICES_OF_THE_COLUMN)
    # Whose it is; nobody in particular: any physician, or the desk.
    physician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    since = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"],
                condition=Q(done_at__isnull=True),
                name="one_open_task_of_a_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["since"], condition=Q(done_at__isnull=True), name="open_tasks")
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def words(self) -> str:
        """What is to be done."""
        return str(TaskKind(self.kind).label)
