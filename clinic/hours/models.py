"""When and where the clinic works: rooms, devices, weekly hours, closed days, who is away."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.hours.terms import Blocking
from clinic.identity import Addressed


class Room(Addressed):
    name = models.CharField(_("Name"), max_length=60, unique=True)
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Device(Addressed):
    """A laser, a needling pen: of each there is one, so it is reserved like a room."""

    name = models.CharField(_("Name"), max_length=60, unique=True)
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """One span of one weekday (Monday is 0), in clinic time."""

    weekday = models.PositiveSmallIntegerField(_("Weekday"))
    opens = models.TimeField(_("Opens"))
    closes = models.TimeField(_("Closes"))

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                name="opens_before_it_closes", condition=models.Q(opens__lt=models.F("closes"))
            ),
            models.CheckConstraint(name="weekday_is_0_to_6", condition=models.Q(weekday__lte=6)),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}-{self.closes}"


class WorkingHours(models.Model):
    """One span of one weekday of one person, in clinic time, from a day until a day.

    Whoever has no row at all works whenever the clinic is open. Whoever has rows works in those
    that hold on the day, within the clinic's own hours.
    """

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="working_hours"
    )
    weekday = models.PositiveSmallIntegerField(_("Weekday"))
    starts = models.TimeField(_("From"))
    ends = models.TimeField(_("Until"))
    valid_from = models.DateField(_("Valid from"))
    valid_until = models.DateField(_("Valid until"), null=True, blank=True)  # that day included

    class Meta:
        ordering = ["member", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                name="work_ends_after_it_starts", condition=Q(starts__lt=F("ends"))
            ),
            models.CheckConstraint(name="work_weekday_is_0_to_6", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="working_hours_hold_from_until",
                condition=Q(valid_until__isnull=True) | Q(valid_from__lte=F("valid_until")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts}-{self.ends}"


class ClosedDay(models.Model):
    """A day on which the clinic is closed, or closes early. Public holidays are copied in once."""

    on = models.DateField(_("Date"), unique=True)
    why = models.CharField(_("Why"), max_length=80)
    # Half a day: open as usual until then. Without it the whole day is closed.
    closed_from = models.TimeField(_("Closed from"), null=True, blank=True)
    # The clinic works on this holiday: kept, so that copying the holidays again does not close it.
    is_worked = models.BooleanField(_("The clinic works on this day"), default=False)

    class Meta:
        ordering = ["on"]

    def __str__(self) -> str:
        return f"{self.on} {self.why}"


class BlockedTime(Addressed):
    """Time of one person, room or device that nobody can book: an absence, or time kept free."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="blocked_times"
    )
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, null=True, related_name="blocked_times"
    )
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, null=True, related_name="blocked_times"
    )
    kind = models.CharField(_("Kind"), max_length=10, choices=Blocking.choices)
    starts_at = models.DateTimeField(_("Starts"))
    ends_at = models.DateTimeField(_("Ends"))
    why = models.CharField(_("Why"), max_length=80, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)  # taken back; the row stays as it was entered

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="blocked_time_ends_after_it_starts", condition=Q(starts_at__lt=F("ends_at"))
            ),
            models.CheckConstraint(
                name="blocked_time_is_of_one_resource",
                condition=Q(member__isnull=False, room__isnull=True, device__isnull=True)
                | Q(member__isnull=True, room__isnull=False, device__isnull=True)
                | Q(member__isnull=True, room__isnull=True, device__isnull=False),
            ),
            models.CheckConstraint(name="blocking_is_known", condition=Q(kind__in=Blocking.values)),
        ]
        # An absence may begin weeks before the window that asks for it: found by its end.
        indexes = [
            models.Index(
                fields=["ends_at"], name="blocked_until", condition=Q(lifted_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"
