"""What was done in a session: a draft while the patient is in the room, a signed record after."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed


class SessionDraft(Addressed):
    """The treatment-room form while it is filled in. Becomes a SignedSession; then it is read-only."""

    planned_session = models.OneToOneField(
        "treatments.PlannedSession", on_delete=models.PROTECT, related_name="draft"
    )
    screening = models.ForeignKey(
        "patients.Screening", on_delete=models.PROTECT, null=True, related_name="+"
    )
    antiseptic = models.CharField(_("Antiseptic"), max_length=20, blank=True)
    anaesthetic_cream = models.CharField(_("Anaesthetic cream"), max_length=20, blank=True)
    cream_g = models.DecimalField(
        _("Cream (g)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    gloves = models.CharField(_("Gloves"), max_length=10, blank=True)
    technique = models.CharField(_("Technique"), max_length=20, blank=True)
    device = models.CharField(_("Device"), max_length=20, blank=True)
    needle = models.CharField(_("Needle"), max_length=10, blank=True)
    depth_mm = models.DecimalField(
        _("Depth (mm)"), max_digits=3, decimal_places=1, null=True, blank=True
    )
    # [{"region": "cheek_left", "points": 20, "ml": "1.0"}]
    regions = models.JSONField(_("Regions"), default=list)
    # [{"portion": 1, "lot": "A123", "strength": "50"}]: the mg/ml that was read on the ampoule.
    # Portion 0 is the diluent.
    lots = models.JSONField(_("Lots"), default=list)
    reactions = models.JSONField(_("Reactions"), default=list)
    pain = models.PositiveSmallIntegerField(_("Pain 0-10"), null=True, blank=True)
    observed_min = models.PositiveSmallIntegerField(_("Observed (min)"), null=True, blank=True)
    note = models.TextField(_("Note"), blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # When the mixture was made, and by whom: mix sheet and label say until when it is used.
    prepared_at = models.DateTimeField(null=True, blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        # The trace of a lot asks which open records name it.
        indexes = [GinIndex(fields=["lots"], name="draft_lots", opclasses=["jsonb_path_ops"])]
        constraints = [
            models.CheckConstraint(
                name="pain_is_0_to_10", condition=Q(pain__isnull=True) | Q(pain__lte=10)
            )
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"


class SignedSession(Addressed):
    """The record as it was signed: complete in itself, hashed, chained, never changed."""

    planned_session = models.OneToOneField(
        "treatments.PlannedSession", on_delete=models.PROTECT, related_name="signed"
    )
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="signed_sessions"
    )
    record = models.TextField()  # canonical JSON; docs/rules/signed-record.md
    sha256 = models.CharField(max_length=64)
    previous_sha256 = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField()
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "previous_sha256"], name="the_chain_does_not_fork"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.signed_at:%Y-%m-%d}"


class SessionDraw(models.Model):
    """One product of a signed session with its lot: what the trace of a lot reads.

    `lot` is None where the number was written by hand, because the clinic keeps no stock of it.
    """

    signed_session = models.ForeignKey(
        SignedSession, on_delete=models.PROTECT, related_name="draws"
    )
    product = models.ForeignKey("cocktails.Product", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()  # 0: the diluent
    lot = models.ForeignKey(
        "cocktails.Lot", on_delete=models.PROTECT, null=True, related_name="draws", db_index=False
    )
    lot_number = models.CharField(max_length=40)
    lot_key = models.CharField(max_length=40)
    ml = models.DecimalField(max_digits=8, decimal_places=3)

    class Meta:
        ordering = ["signed_session", "position"]
        indexes = [models.Index(fields=["lot_key", "product"], name="draw_lot")]
        constraints = [
            models.UniqueConstraint(fields=["signed_session", "position"], name="draw_once")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.lot_number} {self.ml} ml"


class SessionAmendment(Addressed):
    """A correction, shown beside the original, which stays as it was signed."""

    signed_session = models.ForeignKey(
        SignedSession, on_delete=models.PROTECT, related_name="amendments"
    )
    text = models.TextField(_("What is right"))
    # When the session really ended, if it was that: the aftercare counts from it.
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(_("Why"))
    amended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    amended_at = models.DateTimeField()

    class Meta:
        ordering = ["amended_at"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.amended_at:%Y-%m-%d}"
