"""Photographs of the record: what is kept, how it was taken, and what was said about it later."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.audit.models import append_only
from clinic.identity import Addressed
from treatments.photographs.rules import Conditions, Points
from treatments.photographs.terms import (
    CHECKS,
    LONGEST_DEVICE,
    LONGEST_REASON,
    Modality,
    Size,
    View,
)


class PhotographQuerySet(models.QuerySet["Photograph"]):
    def standing(self) -> "PhotographQuerySet":
        """Those that nobody has withdrawn."""
        return self.filter(withdrawal__isnull=True)


class Photograph(Addressed):
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="photographs"
    )
    analysis = models.ForeignKey(
        "treatments.SkinAnalysis", on_delete=models.PROTECT, null=True, related_name="photographs"
    )
    view = models.CharField(_("View"), max_length=20, choices=View.choices)
    modality = models.CharField(
        pgettext_lazy("of a photograph", "Light"), max_length=20, choices=Modality.choices
    )
    taken_at = models.DateTimeField(_("Taken"))
    same_light = models.BooleanField(CHECKS["same_light"])
    same_distance = models.BooleanField(CHECKS["same_distance"])
    clean_skin = models.BooleanField(CHECKS["clean_skin"])
    device = models.CharField(_("Camera"), max_length=LONGEST_DEVICE, blank=True)
    # Random, and no part of any address: see stored_as().
    file_name = models.CharField(max_length=64, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)  # of the largest picture kept
    request_key = models.UUIDField()  # the same upload sent twice is one photograph
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    objects = PhotographQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at", "-recorded_at"]
        indexes = [models.Index(fields=["patient", "view", "taken_at"], name="photograph_view")]
        constraints = [
            models.UniqueConstraint(fields=["patient", "request_key"], name="photograph_once")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.view} {self.pk}"

    def stored_as(self, size: Size | str) -> str:
        return f"photographs/{self.file_name[:2]}/{self.file_name}-{Size(size)}.jpg"

    @property
    def conditions(self) -> Conditions:
        return Conditions(
            view=self.view,
            modality=self.modality,
            device=self.device,
            checks={name: getattr(self, name) for name in CHECKS},
        )


class PhotographWithdrawal(models.Model):
    """A photograph that should not be looked at as what it says: wrong patient, wrong view, blurred."""

    photograph = models.OneToOneField(
        Photograph, on_delete=models.PROTECT, related_name="withdrawal"
    )
    reason = models.CharField(_("Reason"), max_length=LONGEST_REASON)
    withdrawn_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return self.reason


class AnchorPoints(models.Model):
    """Two points of a photograph (the pupils) in parts of width and height; the latest pair counts."""

    photograph = models.ForeignKey(Photograph, on_delete=models.PROTECT, related_name="anchors")
    x1 = models.FloatField()
    y1 = models.FloatField()
    x2 = models.FloatField()
    y2 = models.FloatField()
    marked_at = models.DateTimeField()
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-marked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="anchors_lie_in_the_photograph",
                condition=models.Q(
                    x1__range=(0, 1), y1__range=(0, 1), x2__range=(0, 1), y2__range=(0, 1)
                ),
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"({self.x1:.3f}, {self.y1:.3f}) ({self.x2:.3f}, {self.y2:.3f})"

    @property
    def points(self) -> Points:
        return (self.x1, self.y1), (self.x2, self.y2)
