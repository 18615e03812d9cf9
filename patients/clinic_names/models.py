"""What the clinic has settled about a name, and taken back. Rows are only ever added."""

from django.conf import settings
from django.db import models

from clinic.audit.models import append_only
from patients.clinic_names.terms import Change, Meaning, NameList


class NameChange(models.Model):
    """A name was settled or removed. The latest row of a name holds; earlier ones stay readable.

    `products` and `groups` are names of the clinical tables: per product the rows it may be.
    """

    listed = models.CharField(max_length=12, choices=NameList.choices)
    name = models.CharField(max_length=80)  # folded words
    written = models.CharField(max_length=200)  # as a patient wrote it
    change = models.CharField(max_length=8, choices=Change.choices)
    meaning = models.CharField(max_length=12, choices=Meaning.choices)
    products = models.JSONField(default=list)
    groups = models.JSONField(default=list)
    category = models.CharField(max_length=12, blank=True)
    reason = models.TextField(blank=True)
    rule_set_version = models.CharField(max_length=20)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["listed", "name", "-id"], name="clinic_name_latest")]
        constraints = [
            models.CheckConstraint(
                name="no_bearing_has_a_reason",
                condition=~models.Q(meaning=Meaning.NO_BEARING, change=Change.SETTLED)
                | ~models.Q(reason=""),
            ),
            models.CheckConstraint(
                name="allergen_without_bearing_has_a_category",
                condition=~models.Q(
                    listed=NameList.ALLERGIES, meaning=Meaning.NO_BEARING, change=Change.SETTLED
                )
                | ~models.Q(category=""),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.listed} {self.name} {self.change}"

    @property
    def in_force(self) -> bool:
        return self.change == Change.SETTLED
