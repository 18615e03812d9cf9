"""What was changed and what was read, by whom. Rows are only ever added."""

import pgtrigger
from django.conf import settings
from django.db import models

from clinic.audit.terms import CHANGES, PAGES, SYSTEMS, Word


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers by which the database refuses to change, delete or empty a table."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="never_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
        ),
    ]


class AuditEntry(models.Model):
    """One change: who did what to which record, when. `detail` carries ids and states, no text."""

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)  # "session.signed"
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    patient_id = models.UUIDField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    by_system = models.CharField(
        max_length=40, blank=True
    )  # a task or command, when no person acted
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="audit_patient"),
            models.Index(fields=["subject_kind", "subject_id"], name="audit_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                name="audit_has_an_actor",
                condition=models.Q(actor__isnull=False) | ~models.Q(by_system=""),
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind} {self.subject_id}"

    @property
    def change_words(self) -> Word:
        return CHANGES.get(self.verb, self.verb)

    @property
    def system_words(self) -> Word:
        return SYSTEMS.get(self.by_system, self.by_system)


class ChartReading(models.Model):
    """One page of a patient's record that somebody opened."""

    at = models.DateTimeField()
    patient_id = models.UUIDField()
    section = models.CharField(max_length=60)
    method = models.CharField(max_length=8)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="reading_patient"),
            models.Index(fields=["-at"], name="reading_at"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.section} {self.patient_id}"

    @property
    def page_words(self) -> Word:
        return PAGES.get(self.section, self.section)
