"""The review that a physician sets for a course, and what it decided. Rows are only ever added."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from treatments.outcomes.terms import Decision, Standing


class ReviewPoint(Addressed):
    """After which session a course is looked at, and which fall of which measure is hoped for.

    Of several the latest is in force.
    """

    plan = models.ForeignKey(
        "treatments.TreatmentPlan", on_delete=models.PROTECT, related_name="review_points"
    )
    session_number = models.PositiveSmallIntegerField(_("After session"))
    # "mmasi", "area:solar_lentigo", "contrast:cheek_left:Mexameter MX 18".
    series = models.CharField(_("Followed"), max_length=120)
    threshold_percent = models.PositiveSmallIntegerField(_("Fall of at least (%)"))
    reason = models.TextField(_("Reason"))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-set_at"]
        constraints = [
            models.CheckConstraint(
                name="a_review_has_a_threshold_and_a_reason",
                condition=Q(threshold_percent__gte=1, threshold_percent__lte=100)
                & Q(session_number__gte=1)
                & ~Q(reason="")
                & ~Q(series=""),
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.session_number}: {self.threshold_percent}%"


class CourseReview(Addressed):
    """What was decided, with what stood there at that moment. To decide anew, a new review is set."""

    point = models.OneToOneField(ReviewPoint, on_delete=models.PROTECT, related_name="review")
    decision = models.CharField(_("Decision"), max_length=10, choices=Decision.choices)
    reason = models.TextField(_("Reason"))
    standing = models.CharField(max_length=15, choices=Standing.choices)
    value_before = models.DecimalField(max_digits=7, decimal_places=1, null=True)
    value_after = models.DecimalField(max_digits=7, decimal_places=1, null=True)
    fall_percent = models.DecimalField(max_digits=10, decimal_places=1, null=True)
    sessions_signed = models.PositiveSmallIntegerField()
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField()

    class Meta:
        ordering = ["-reviewed_at"]
        constraints = [
            models.CheckConstraint(
                name="a_review_decides_for_a_reason",
                condition=Q(decision__in=Decision.values) & ~Q(reason=""),
            ),
            # A missing score is never written down as a threshold that was not met.
            models.CheckConstraint(
                name="a_threshold_is_judged_by_two_values",
                condition=Q(standing=Standing.SCORE_MISSING, fall_percent__isnull=True)
                | Q(
                    standing__in=[Standing.MET, Standing.NOT_MET],
                    value_before__isnull=False,
                    value_after__isnull=False,
                    fall_percent__isnull=False,
                ),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.decision
