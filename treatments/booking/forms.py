"""What the desk types and picks: a day, a kind, a free time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, devices_in_use, rooms, rooms_in_use
from clinic.staff.queries import nurses, physicians
from patients.records.forms import FullYearDateField, VisibleCharField
from patients.records.models import Patient
from patients.records.rules import LONGEST_NAME
from patients.records.terms import PatientLanguage, ReminderWish, Sex
from treatments.booking.queries import Length, Offer, length_of
from treatments.booking.rules import Span
from treatments.booking.strip import Wished
from treatments.booking.terms import (
    BOOKED_SINGLY,
    WITH_DEVICE,
    AppointmentKind,
    AppointmentState,
)

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
        label=_("What for"), choices=[(kind.value, kind.label) for kind in BOOKED_SINGLY]
    )
    physician = forms.ModelChoiceField(
        label=_("Physician"), queryset=physicians(), empty_label=None
    )
    nurse = forms.ModelChoiceField(
        label=_("Nurse"), queryset=nurses(), required=False, empty_label=_("nobody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["device"] = forms.ModelChoiceField(
            label=_("Device"),
            queryset=devices_in_use(),
            required=False,
            empty_label=_("none"),
        )

    @property
    def needs_device(self) -> bool:
        return self["kind"].value() in WITH_DEVICE

    def clean(self) -> dict[str, Any]:
        """A consultation takes no device, whatever was chosen before the kind was changed."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") not in WITH_DEVICE:
            cleaned["device"] = None
        return cleaned

    def wished(self, patient: Patient) -> Wished:
        """Valid: whose time is looked for, for as long as the clinic offers the kind."""
        kind = AppointmentKind(self.cleaned_data["kind"])
        minutes, numbing = length_of(kind)
        return Wished(
            patient=patient,
            physician=self.cleaned_data["physician"],
            kind=kind,
            length=timedelta(minutes=minutes),
            numbing=timedelta(minutes=numbing),
            nurse=self.cleaned_data["nurse"],
            device=self.cleaned_data["device"],
        )


class NewPatientForm(forms.Form):
    """Who telephones for the first time: what a file cannot be without. The rest is asked later."""

    full_name = VisibleCharField(
        label=_("Full name"),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Enter the patient's name.")},
    )
    phone = VisibleCharField(
        label=_("Phone"),
        max_length=30,
        error_messages={"required": _("Enter a telephone number.")},
    )
    born_on = FullYearDateField(
        label=_("Birth date"),
        input_formats=["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"],
        error_messages={
            "required": _("Enter the birth date, for example 31.12.1990."),
            "invalid": _("This day does not exist. Enter a real date, for example 31.12.1990."),
        },
    )
    sex = forms.ChoiceField(
        label=_("Sex"), choices=Sex.choices, error_messages={"required": _("Choose one.")}
    )
    register_anyway = forms.BooleanField(
        label=_("This is another person: open a second file"), required=False
    )

    def identity(self) -> dict[str, Any]:
        """Nobody has asked yet how the patient wishes to be reminded: until then, not at all."""
        return {
            "full_name": self.cleaned_data["full_name"],
            "phone": self.cleaned_data["phone"],
            "born_on": self.cleaned_data["born_on"],
            "sex": self.cleaned_data["sex"],
            "email": "",
            "language": PatientLanguage.TURKISH,
            "reminders": ReminderWish.PAPER,
        }


class TwiceForm(forms.Form):
    """A time that is taken, booked once more on purpose, and why."""

    day = CalendarDayField(label=_("Day"), error_messages={"required": _("Choose a day.")})
    time = forms.TimeField(label=_("Time"), error_messages={"required": _("Choose a time.")})
    reason = forms.CharField(
        label=_("Why this time is booked twice"),
        max_length=200,
        error_messages={"required": _("Say why this time is booked twice.")},
    )
    request_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"] = forms.ModelChoiceField(
            label=_("Room"), queryset=rooms_in_use(), empty_label=None
        )

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], clinic_zone())


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


class LengthsForm(forms.Form):
    """How long the clinic offers each kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in AppointmentKind:
            self.fields[f"numbing_{kind}"] = forms.IntegerField(
                label=_("%(kind)s: minutes of numbing") % {"kind": kind.label},
                min_value=0,
                max_value=120,
            )
            self.fields[f"minutes_{kind}"] = forms.IntegerField(
                label=_("%(kind)s: minutes with the physician") % {"kind": kind.label},
                min_value=5,
                max_value=240,
            )

    @staticmethod
    def initial_of(lengths: Mapping[AppointmentKind, Length]) -> dict[str, int]:
        numbing = {f"numbing_{kind}": each.numbing_minutes for kind, each in lengths.items()}
        return numbing | {f"minutes_{kind}": each.minutes for kind, each in lengths.items()}

    @property
    def wished(self) -> dict[AppointmentKind, Length]:
        return {
            kind: Length(self.cleaned_data[f"minutes_{kind}"], self.cleaned_data[f"numbing_{kind}"])
            for kind in AppointmentKind
        }

    @property
    def kinds(self) -> list[tuple[Any, list[BoundField], list[BoundField]]]:
        """For the page: each kind with its two fields."""
        return [
            (kind.label, [self[f"numbing_{kind}"]], [self[f"minutes_{kind}"]])
            for kind in AppointmentKind
        ]


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
    request_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, minutes: int, numbing_minutes: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slot"] = OfferField(
            label=_("Time"), minutes=minutes, numbing_minutes=numbing_minutes, rooms=rooms()
        )
