"""Links that act once, what patients asked for, calendars, requests of visitors, and who knocked."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.identity import Addressed
from patients.records.rules import phone_for_reading
from treatments.patient_side.terms import (
    PartOfDay,
    VisitAct,
    VisitorKind,
    VisitorState,
    WishState,
)


class VisitLink(Addressed):
    """One thing that a patient may do with one visit, once. The token is signed, never stored."""

    appointment = models.ForeignKey(
        "treatments.Appointment", on_delete=models.PROTECT, related_name="+"
    )
    act = models.CharField(max_length=10, choices=VisitAct.choices)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "act"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="one_living_link_per_visit_and_act",
            ),
            models.CheckConstraint(name="visit_act_is_known", condition=Q(act__in=VisitAct.values)),
        ]
        indexes = [
            models.Index(
                fields=["-used_at"], name="visit_link_used", condition=Q(used_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.appointment_id}"

    def is_open(self, now: datetime) -> bool:
        return self.used_at is None and self.revoked_at is None and now < self.expires_at


class MoveWish(Addressed):
    """A patient wishes another time: one that is kept for them, or in their own words."""

    appointment = models.ForeignKey(
        "treatments.Appointment", on_delete=models.PROTECT, related_name="+"
    )
    hold = models.OneToOneField(
        "treatments.SlotHold", on_delete=models.PROTECT, null=True, related_name="+"
    )
    words = models.CharField(_("When you can come"), max_length=300, blank=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=WishState.choices, default=WishState.OPEN)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(state=WishState.OPEN),
                name="one_open_wish_per_visit",
            ),
            models.CheckConstraint(
                name="wish_state_is_known", condition=Q(state__in=WishState.values)
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="wish_open", condition=Q(state=WishState.OPEN))
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_settled(self) -> bool:
        return self.state != WishState.OPEN


class CalendarFeed(Addressed):
    """The address of one calendar that a program reads: a patient's, or a member's of the staff.

    Only the digest of its key is kept: whoever reads this table can open none.
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, related_name="+"
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    key_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="calendar_is_of_one_person",
                condition=Q(patient__isnull=False, member__isnull=True)
                | Q(patient__isnull=True, member__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(revoked_at__isnull=True),
                name="one_living_calendar_per_patient",
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(revoked_at__isnull=True),
                name="one_living_calendar_per_member",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d}"


class VisitorRequest(Addressed):
    """Somebody on the website wishes an appointment. The key makes sending it again the same request.

    Who they are is wiped when it is settled: from then on it stands in a file, or nowhere.
    """

    key = models.UUIDField(unique=True)
    full_name = models.CharField(_("Name"), max_length=120, blank=True)
    phone = models.CharField(_("Phone"), max_length=20, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    kind = models.CharField(_("What for"), max_length=10, choices=VisitorKind.choices)
    weekdays = models.JSONField(_("Days"), default=list, blank=True)  # Monday is 0; none: any
    part_of_day = models.CharField(_("Time of day"), max_length=10, choices=PartOfDay.choices)
    language = models.CharField(max_length=5)
    notice_version = models.CharField(max_length=12)  # of the privacy notice that stood on the page
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=VisitorState.choices, default=VisitorState.OPEN)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.CheckConstraint(
                name="visitor_state_is_known", condition=Q(state__in=VisitorState.values)
            ),
            models.CheckConstraint(
                name="settled_visitor_is_wiped",
                condition=Q(state=VisitorState.OPEN) | Q(full_name="", phone="", email=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], name="visitor_open", condition=Q(state=VisitorState.OPEN)
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def phone_for_reading(self) -> str:
        return phone_for_reading(self.phone)


class Knock(models.Model):
    """How often one address tried one public door in one hour. The address itself is not kept."""

    door = models.CharField(max_length=20)
    who = models.CharField(max_length=64)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["door", "who", "hour"], name="one_count_per_door_and_hour"
            )
        ]
        indexes = [models.Index(fields=["hour"], name="knock_hour")]

    def __str__(self) -> str:
        return f"{self.door} {self.hour:%Y-%m-%d %H:00}"
