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


NOT_OVERBOOKED = Q(overbooked_because="")


def never_twice(
    name: str, resource: str, *, begin: str = "starts_at", unless: Q | None = None
) -> ExclusionConstraint:
    """No two visits of one `resource` meet between `begin` and their end.

    A deliberate overbooking, with its reason, is outside of it; never for the patient.
    """
    holding = Q(state__in=sorted(HOLDING))
    return ExclusionConstraint(
        name=name,
        expressions=[
            (Span(begin, "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
            (resource, RangeOperators.EQUAL),
        ],
        condition=holding & unless if unless else holding,
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
    nurse = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    device = models.ForeignKey(
        "clinic.Device", on_delete=models.PROTECT, null=True, related_name="appointments"
    )
    kind = models.CharField(_("Kind"), max_length=15, choices=AppointmentKind.choices)
    state = models.CharField(
        _("State"), max_length=10, choices=AppointmentState.choices, default=AppointmentState.BOOKED
    )
    starts_at = models.DateTimeField(_("Starts"))
    # Until then the skin goes numb: the room is taken, the physician and the device are not.
    physician_from = models.DateTimeField(_("Physician from"))
    ends_at = models.DateTimeField(_("Ends"))
    # Why this was booked although the time is taken; who may do that stands in clinic/staff.
    overbooked_because = models.CharField(_("Reason"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)  # what the reader saw; an older one is refused
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    booked_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)
    numbing_since = models.DateTimeField(null=True)  # the cream is on the skin since then
    state_changed_at = models.DateTimeField(null=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            never_twice(
                "physician_is_never_in_two_places",
                "physician",
                begin="physician_from",
                unless=NOT_OVERBOOKED,
            ),
            never_twice("room_never_holds_two_visits", "room", unless=NOT_OVERBOOKED),
            never_twice("nurse_is_never_in_two_places", "nurse", unless=NOT_OVERBOOKED),
            never_twice(
                "device_is_never_used_twice",
                "device",
                begin="physician_from",
                unless=NOT_OVERBOOKED,
            ),
            never_twice("patient_is_never_in_two_places", "patient"),
            models.CheckConstraint(
                name="physician_comes_within_the_visit",
                condition=Q(physician_from__gte=F("starts_at"), physician_from__lt=F("ends_at")),
            ),
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
            models.Index(fields=["room", "starts_at"], name="appointment_room"),
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


class KindLength(models.Model):
    """How long this clinic offers each kind of appointment; without a row the shipped length holds."""

    kind = models.CharField(
        _("Kind"), max_length=15, choices=AppointmentKind.choices, primary_key=True
    )
    minutes = models.PositiveSmallIntegerField(_("Minutes with the physician"))
    numbing_minutes = models.PositiveSmallIntegerField(_("Minutes of numbing before"), default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="kind_of_appointment_is_known", condition=Q(kind__in=AppointmentKind.values)
            ),
            models.CheckConstraint(
                name="kind_takes_5_to_240_minutes",
                condition=Q(minutes__gte=5, minutes__lte=240, numbing_minutes__lte=120),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.minutes}"


class SlotHold(Addressed):
    """A time kept for one patient until it is confirmed, given back or over.

    It takes the time as a visit does: whoever books reads it behind the same locks. A hold that is
    over keeps nothing, whether or not anybody has swept it.
    """

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    physician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    room = models.ForeignKey("clinic.Room", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("Kind"), max_length=15, choices=AppointmentKind.choices)
    starts_at = models.DateTimeField(_("Starts"))
    physician_from = models.DateTimeField(_("Physician from"))
    ends_at = models.DateTimeField(_("Ends"))
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # confirmed or given back
    appointment = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, null=True, related_name="hold"
    )

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="physician_comes_within_the_hold",
                condition=Q(physician_from__gte=F("starts_at"), physician_from__lt=F("ends_at")),
            )
        ]
        indexes = [
            models.Index(
                fields=["starts_at"], name="hold_living", condition=Q(ended_at__isnull=True)
            ),
            models.Index(
                fields=["patient"], name="hold_of_patient", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class BookingRequest(models.Model):
    """The key by which a repeated booking request is recognised, in the booking's own transaction."""

    key = models.UUIDField(primary_key=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.key)
