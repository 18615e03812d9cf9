"""What the desk types when somebody waits, and the free time that is offered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.hours.queries import rooms
from clinic.staff.queries import physicians
from patients.records.forms import VisibleCharField
from patients.records.models import Patient
from treatments.booking.forms import FIRST_DAY, LAST_DAY, CalendarDayField
from treatments.booking.rules import Span
from treatments.booking.terms import AppointmentKind
from treatments.plans.models import PlannedSession
from treatments.waitlist.actions import When
from treatments.waitlist.queries import FreeTime, sessions_to_wait_for
from treatments.waitlist.terms import WEEKDAYS

SESSION = "session:"
LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Box:
    """One day of the week to tick."""

    value: int
    word: Any
    is_checked: bool


class WeekdaysForm(forms.Form):
    """The days of the week that suit; none: any."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days that suit"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    @property
    def weekday_boxes(self) -> list[Box]:
        ticked = {str(each) for each in self["weekdays"].value() or ()}
        return [Box(value, word, str(value) in ticked) for value, word in WEEKDAYS]


class WhenForm(WeekdaysForm):
    """The days and hours that suit somebody; nothing has to be filled in."""

    hours_from = forms.TimeField(label=_("Not before"), required=False)
    hours_until = forms.TimeField(label=_("Not after"), required=False)
    earliest_on = CalendarDayField(label=_("Earliest day"), required=False)
    latest_on = CalendarDayField(label=_("Latest day"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("earliest_on"), cleaned.get("latest_on")
        if first and last and last < first:
            self.add_error("latest_on", _("The latest day is before the earliest one."))
        begin, end = cleaned.get("hours_from"), cleaned.get("hours_until")
        if begin and end and end <= begin:
            self.add_error("hours_until", _("This is not after the hour before."))
        return cleaned

    @property
    def when(self) -> When:
        said = self.cleaned_data
        return When(
            weekdays=said["weekdays"],
            hours_from=said["hours_from"],
            hours_until=said["hours_until"],
            earliest_on=said["earliest_on"],
            latest_on=said["latest_on"],
        )


class EntryForm(WhenForm):
    """For what somebody waits: a session of the course, or a visit of another kind."""

    purpose = forms.ChoiceField(label=_("What for"))
    physician = forms.ModelChoiceField(
        label=_("Physician"),
        queryset=physicians(),
        required=False,
        empty_label=_("Any physician"),
    )
    note = VisibleCharField(
        label=_("Note"),
        required=False,
        max_length=120,
        help_text=_("How to reach the patient, for example. Nothing about health."),
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sessions: dict[str, PlannedSession] = {
            f"{SESSION}{each.pk}": each for each in sessions_to_wait_for(patient)
        }
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            *((value, _session_words(each)) for value, each in self.sessions.items()),
            *(each for each in AppointmentKind.choices if each[0] != AppointmentKind.SESSION),
        ]

    @property
    def session(self) -> PlannedSession | None:
        return self.sessions.get(self.cleaned_data["purpose"])

    @property
    def kind(self) -> AppointmentKind:
        if self.session is not None:
            return AppointmentKind.SESSION
        return AppointmentKind(self.cleaned_data["purpose"])


class FreeTimeForm(forms.Form):
    """One free time, as a page hands it to the next: whose, where, from when to when."""

    physician = forms.ModelChoiceField(queryset=physicians())
    room = forms.ChoiceField()
    starts = forms.CharField(max_length=40)
    ends = forms.CharField(max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rooms = {str(room.pk): room for room in rooms()}
        self.fields["room"].choices = [(pk, pk) for pk in self.rooms]  # type: ignore[attr-defined]

    def clean_starts(self) -> datetime:
        return _moment(self.cleaned_data["starts"])

    def clean_ends(self) -> datetime:
        return _moment(self.cleaned_data["ends"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            length = cleaned["ends"] - cleaned["starts"]
            if not timedelta(0) < length <= LONGEST:
                raise forms.ValidationError(_("Choose one of the times that are offered."))
        return cleaned

    @property
    def free_time(self) -> FreeTime:
        said = self.cleaned_data
        return FreeTime(
            said["physician"], self.rooms[said["room"]], Span(said["starts"], said["ends"])
        )


def _session_words(session: PlannedSession) -> Any:
    if session.appointment is None:
        return _("Session %(number)d, which has no time yet") % {"number": session.number}
    return _("Session %(number)d, earlier than now") % {"number": session.number}


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or not FIRST_DAY < moment.date() < LAST_DAY:
            raise ValueError("no moment of a clinic's calendar")
    except (ValueError, OverflowError) as unreadable:
        raise forms.ValidationError(_("Choose one of the times that are offered.")) from unreadable
    return moment
