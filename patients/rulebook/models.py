"""What the clinic decided about the clinical data: every state it had, and who read and approved."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from patients.rulebook.composing import OwnRules
from patients.rulebook.terms import Part


class RulesEdition(Addressed):
    """The clinical data as the clinic has it from one moment on. Rows are only ever added.

    Each row holds the whole list of what the clinic changed in the shipped version `base_version`, so
    that the rules of any earlier verdict can be built again from its row alone. Number 0 changes
    nothing: it is the shipped version with which a clinic began.
    """

    number = models.PositiveIntegerField(unique=True)
    base_version = models.CharField(max_length=8)
    content = models.JSONField()
    # What this row is about: {"part": "rules", "names": ["R-KELOID"]}.
    about = models.JSONField(default=dict)
    reason = models.TextField(_("Reason"))
    in_force_from = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    certificate_number = models.CharField(max_length=40, blank=True)
    by_system = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                name="a_physician_signs_every_change",
                condition=Q(number=0) | (Q(by__isnull=False) & ~Q(certificate_number="")),
            ),
            models.CheckConstraint(
                name="an_edition_has_an_author", condition=Q(by__isnull=False) | ~Q(by_system="")
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.version

    @property
    def version(self) -> str:
        """ "2": as shipped; "2.3": the third edition of the clinic, on the shipped version 2."""
        return f"{self.base_version}.{self.number}" if self.number else self.base_version

    @property
    def own(self) -> OwnRules:
        return OwnRules(base=self.base_version, **self.content)

    @property
    def part(self) -> str:
        return str(self.about.get("part", Part.SHIPPED))

    @property
    def names(self) -> list[str]:
        return list(self.about.get("names", []))


class RulesApproval(Addressed):
    """A physician has read a shipped version and approved it for this clinic."""

    base_version = models.CharField(max_length=8)
    approved_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    certificate_number = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["base_version", "approved_by"], name="one_approval_per_physician"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.base_version} {self.approved_at:%Y-%m-%d}"


class OwedScreening(models.Model):
    """A patient of whose verdict something has changed: it counts for nothing until the next one."""

    patient = models.OneToOneField(
        "patients.Patient", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    since = models.DateTimeField()

    class Meta:
        ordering = ["since", "pk"]

    def __str__(self) -> str:
        return str(self.pk)
