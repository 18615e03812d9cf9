"""The course of treatment: one object with 4-8 sessions in a fixed order."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.audit.models import append_only
from clinic.identity import Addressed
from treatments.plans.terms import PlanKind, PlanState, SessionState


class TreatmentPlan(Addressed):
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="plans")
    analysis = models.ForeignKey(
        "treatments.SkinAnalysis", on_delete=models.PROTECT, null=True, related_name="plans"
    )
    cocktail = models.ForeignKey(
        "cocktails.Cocktail", on_delete=models.PROTECT, null=True, related_name="plans"
    )
    physician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="plans"
    )
    regions = models.JSONField(_("Regions"), default=list)
    session_count = models.PositiveSmallIntegerField(_("Sessions"))
    interval_days = models.PositiveSmallIntegerField(_("Days between sessions"))
    session_minutes = models.PositiveSmallIntegerField(_("Minutes"), default=30)
    # How many days a session may lie before or after its day; never nearer than 7 days to another.
    days_earlier = models.PositiveSmallIntegerField(_("Days earlier"), default=1)
    days_later = models.PositiveSmallIntegerField(_("Days later"), default=3)
    room = models.ForeignKey(
        "clinic.Room", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # What suits the patient. Monday is 0; none: any day, any hour.
    preferred_weekdays = models.JSONField(_("Preferred days"), default=list, blank=True)
    preferred_from = models.TimeField(_("Preferred from"), null=True, blank=True)
    preferred_until = models.TimeField(_("Preferred until"), null=True, blank=True)
    reason = models.TextField(_("Reason for another number of sessions"), blank=True)
    antiseptic = models.CharField(_("Antiseptic"), max_length=20)
    anaesthetic_cream = models.CharField(_("Anaesthetic cream"), max_length=20)
    gloves = models.CharField(_("Gloves"), max_length=10)
    kind = models.CharField(max_length=12, choices=PlanKind.choices, default=PlanKind.COURSE)
    state = models.CharField(max_length=10, choices=PlanState.choices)
    hold_reason = models.CharField(max_length=200, blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-set_at"]
        constraints = [
            models.CheckConstraint(
                name="four_to_eight_sessions_or_a_reason",
                condition=Q(session_count__gte=4, session_count__lte=8)
                | ~Q(reason="")
                | Q(kind=PlanKind.MAINTENANCE),
            ),
            models.CheckConstraint(
                name="at_least_seven_days_apart", condition=Q(interval_days__gte=7)
            ),
            models.CheckConstraint(
                name="maintenance_is_four_to_twelve_weeks_apart",
                condition=~Q(kind=PlanKind.MAINTENANCE)
                | Q(interval_days__gte=28, interval_days__lte=84),
            ),
            models.CheckConstraint(
                name="plan_kind_is_known", condition=Q(kind__in=PlanKind.values)
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(state__in=[PlanState.PROPOSED, PlanState.ACTIVE, PlanState.ON_HOLD]),
                name="one_running_plan_per_patient",
            ),
        ]
        indexes = [
            # The page of the running courses, among years of those that are over.
            models.Index(
                fields=["state", "set_at"],
                name="plan_running",
                condition=Q(state__in=[PlanState.PROPOSED, PlanState.ACTIVE, PlanState.ON_HOLD]),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Treatment plan"))

    @property
    def is_maintenance(self) -> bool:
        return self.kind == PlanKind.MAINTENANCE


class LengthChange(Addressed):
    """A running course got more or fewer sessions: by whom, when and why. Never rewritten."""

    plan = models.ForeignKey(TreatmentPlan, on_delete=models.PROTECT, related_name="length_changes")
    was = models.PositiveSmallIntegerField()
    became = models.PositiveSmallIntegerField()
    reason = models.TextField(_("Reason"))
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["changed_at"]
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                name="length_is_changed_for_a_reason", condition=~Q(reason="") & ~Q(was=F("became"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.was} → {self.became}"


class PlannedSession(Addressed):
    plan = models.ForeignKey(TreatmentPlan, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(
        max_length=10, choices=SessionState.choices, default=SessionState.PLANNED
    )
    appointment = models.OneToOneField(
        "treatments.Appointment",
        on_delete=models.PROTECT,
        null=True,
        related_name="planned_session",
    )
    # A finding lets no session be before this day: the session is to be moved and cannot begin.
    wait_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], name="session_numbers_are_never_reused"
            ),
            models.CheckConstraint(
                name="booked_session_has_an_appointment",
                condition=~Q(state__in=[SessionState.BOOKED, SessionState.DONE])
                | Q(appointment__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_booked_session_waits_to_be_moved",
                condition=Q(wait_until__isnull=True) | Q(state=SessionState.BOOKED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
