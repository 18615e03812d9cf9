"""What the desk types and picks: a day, a kind, a free time."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from clinic.hours.models import Room
from clinic.hours.queries import rooms
from clinic.staff.queries import physicians
from treatments.booking.queries import Offer
from treatments.booking.rules import Span
from treatments.booking.terms import KIND_MINUTES, AppointmentKind, AppointmentState

# Outside of these a calendar's arithmetic leaves the years that a date can have.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


class CalendarDayField(forms.DateField):
    """A day as the browser's date field writes it, of a year in which a clinic can work."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d"],
            validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
            **kwargs,
        )


class DayForm(forms.Form):
    """The day of a page that lists times. Whatever is no date is the day that the page chooses."""

    day = CalendarDayField(required=False)

    def day_or(self, otherwise: date) -> date:
        return self.cleaned_data.get("day") or otherwise if self.is_valid() else otherwise


class WishForm(forms.Form):
    """What kind of appointment with whom, when no course is booked."""

    kind = forms.ChoiceField(
        label=_("What for"),
        choices=[
            (kind.value, kind.label)
            for kind in (AppointmentKind.CONSULTATION, AppointmentKind.REVIEW)
        ],
    )
    physician = forms.ModelChoiceField(
        label=_("Physician"), queryset=physicians(), empty_label=None
    )

    @property
    def minutes(self) -> int:
        return KIND_MINUTES[AppointmentKind(self.cleaned_data["kind"])]


class MoveForm(forms.Form):
    physician = forms.ModelChoiceField(
        label=_("Physician"), queryset=physicians(), empty_label=None
    )


class StateForm(forms.Form):
    """One click on a card: the state that is wanted, and the version that the reader saw."""

    to = forms.ChoiceField(
        choices=[each for each in AppointmentState.choices if each[0] != AppointmentState.CANCELLED]
    )
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class VersionForm(forms.Form):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class OfferField(forms.CharField):
    """A free time as the server offered it: the start in UTC, and the room."""

    default_error_messages = {
        "unreadable": _("Choose one of the times that are offered."),
    }

    def __init__(
        self, *, minutes: int, rooms: Sequence[Room], numbing_minutes: int = 0, **kwargs: Any
    ) -> None:
        """`minutes` with the physician, after those of the numbing."""
        super().__init__(max_length=90, **kwargs)
        self.minutes = minutes
        self.numbing = timedelta(minutes=numbing_minutes)
        self.rooms = {str(room.pk): room for room in rooms}

    def clean(self, value: Any) -> Offer | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            start, _bar, room_id = text.partition("|")
            starts_at = datetime.fromisoformat(start)
            whole = self.numbing + timedelta(minutes=self.minutes)
            span = Span(starts_at, starts_at + whole)
            room = self.rooms[room_id]
            if not FIRST_DAY < span.starts_at.date() < LAST_DAY:
                raise ValueError("no year in which a clinic can work")
        except (ValueError, KeyError, OverflowError) as unreadable:
            raise forms.ValidationError(
                self.error_messages["unreadable"], code="unreadable"
            ) from unreadable
        return Offer(span, room, self.numbing)


class OfferForm(forms.Form):
    """The time that was picked from those that are free; `version` when something is moved."""

    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, minutes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slot"] = OfferField(label=_("Time"), minutes=minutes, rooms=rooms())
