"""Reserved time of people and room. The database itself refuses to give it twice."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from clinic.identity import Addressed
from treatments.booking.terms import EXPECTED, HOLDING, AppointmentKind, AppointmentState

# A visit lies within one opening of one day, so none is longer.
LONGEST_VISIT = timedelta(days=1)


class Span(Func):
    """The half-open range [starts_at, ends_at): one visit may begin where another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def never_twice(name: str, resource: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=name,
        expressions=[
            (Span("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
            (resource, RangeOperators.EQUAL),
        ],
        condition=Q(state__in=sorted(HOLDING)),
        violation_error_code="slot_taken",
    )


def meeting(starts_at: datetime, ends_at: datetime) -> Q:
    """Visits that share time with the span; reads the window of the index, never the history."""
    return Q(starts_at__gt=starts_at - LONGEST_VISIT, starts_at__lt=ends_at, ends_at__gt=starts_at)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def holding_a_slot(self) -> "AppointmentQuerySet":
        return self.filter(state__in=sorted(HOLDING))

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> "AppointmentQuerySet":
        return self.filter(meeting(starts_at, ends_at))


class Appointment(Addressed):
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="appointments"
    )
    physician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments"
    )
    room = models.ForeignKey("clinic.Room", on_delete=models.PROTECT, related_name="appointments")
    kind = models.CharField(_("Kind"), max_length=15, choices=AppointmentKind.choices)
    state = models.CharField(
        _("State"), max_length=10, choices=AppointmentState.choices, default=AppointmentState.BOOKED
    )
    starts_at = models.DateTimeField(_("Starts"))
    ends_at = models.DateTimeField(_("Ends"))
    version = models.PositiveIntegerField(default=1)  # what the reader saw; an older one is refused
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    booked_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)
    state_changed_at = models.DateTimeField(null=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            never_twice("physician_is_never_in_two_places", "physician"),
            never_twice("room_never_holds_two_visits", "room"),
            never_twice("patient_is_never_in_two_places", "patient"),
            models.CheckConstraint(
                name="appointment_ends_after_it_starts", condition=Q(starts_at__lt=F("ends_at"))
            ),
            models.CheckConstraint(
                name="appointment_state_is_known", condition=Q(state__in=AppointmentState.values)
            ),
        ]
        # The exclusion index is for the rule; the search reads this one.
        indexes = [
            models.Index(fields=["starts_at"], name="appointment_starts"),
            models.Index(fields=["physician", "starts_at"], name="appointment_physician"),
            models.Index(fields=["patient", "starts_at"], name="appointment_patient"),
            # What is not over yet: a handful before tonight, among years of visits that are done.
            models.Index(
                fields=["physician", "starts_at"],
                name="appointment_open",
                condition=Q(state__in=sorted(HOLDING - {AppointmentState.DONE})),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def is_expected(self) -> bool:
        """Still to come: it can be moved."""
        return AppointmentState(self.state) in EXPECTED


class BookingRequest(models.Model):
    """The key by which a repeated booking request is recognised, in the booking's own transaction."""

    key = models.UUIDField(primary_key=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.key)
