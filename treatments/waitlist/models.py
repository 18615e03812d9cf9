"""Who waits for a time, and which times they were offered."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.identity import Addressed
from treatments.booking.terms import AppointmentKind, day_in_words
from treatments.waitlist import terms
from treatments.waitlist.terms import EntryEnd, OfferState


class WaitlistEntry(Addressed):
    """One patient who wishes a time, or an earlier one. What was left empty is not wished."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("What for"), max_length=15, choices=AppointmentKind.choices)
    # The session of a course that the time is for: moved when it has a time, booked otherwise.
    session = models.ForeignKey(
        "treatments.PlannedSession", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # Nobody: any physician.
    physician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    weekdays = models.JSONField(_("Days"), default=list, blank=True)  # Monday is 0; none: any
    hours_from = models.TimeField(_("Not before"), null=True, blank=True)
    hours_until = models.TimeField(_("Not after"), null=True, blank=True)
    earliest_on = models.DateField(_("Earliest day"), null=True, blank=True)
    latest_on = models.DateField(_("Latest day"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=120, blank=True)
    since = models.DateTimeField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=10, choices=EntryEnd.choices, blank=True)

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"],
                condition=Q(ended_at__isnull=True),
                name="waits_once_for_one_thing",
            ),
            models.CheckConstraint(
                name="waits_from_until",
                condition=Q(latest_on__isnull=True)
                | Q(earliest_on__isnull=True)
                | Q(earliest_on__lte=F("latest_on")),
            ),
        ]
        indexes = [
            models.Index(fields=["since"], name="waiting", condition=Q(ended_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.since:%Y-%m-%d}"

    @property
    def when_words(self) -> list[str]:
        """The days and hours that suit, each in words; none when any does."""
        days = ", ".join(str(word) for value, word in terms.WEEKDAYS if value in self.weekdays)
        hours = _between(
            f"{self.hours_from:%H:%M}" if self.hours_from else "",
            f"{self.hours_until:%H:%M}" if self.hours_until else "",
        )
        dates = _between(
            day_in_words(self.earliest_on) if self.earliest_on else "",
            day_in_words(self.latest_on) if self.latest_on else "",
        )
        return [each for each in (days, hours, dates) if each]


def _between(first: str, last: str) -> str:
    words = terms.FROM_UNTIL if first and last else terms.FROM if first else terms.UNTIL
    return words % {"first": first, "last": last} if first or last else ""


class SlotOffer(Addressed):
    """One free time offered to one who waits; it is kept for them until the hold is over."""

    entry = models.ForeignKey(WaitlistEntry, on_delete=models.PROTECT, related_name="offers")
    hold = models.OneToOneField(
        "treatments.SlotHold", on_delete=models.PROTECT, related_name="offer"
    )
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.OPEN)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(state=OfferState.OPEN),
                name="one_open_offer_at_a_time",
            ),
            models.CheckConstraint(
                name="offer_state_is_known", condition=Q(state__in=OfferState.values)
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="offer_open", condition=Q(state=OfferState.OPEN)
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.made_at:%Y-%m-%d %H:%M}"

    def is_open(self, now: datetime) -> bool:
        return self.state == OfferState.OPEN and now < self.expires_at
