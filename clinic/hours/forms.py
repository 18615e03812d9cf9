"""What the manager types about the clinic's time: hours of a week, absences, closed days, things."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.boundfield import BoundField
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from clinic.hours.models import Device, Room
from clinic.hours.queries import clinic_zone
from clinic.hours.rules import Clocks
from clinic.hours.terms import Blocking
from clinic.staff.models import StaffMember

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
SPANS = (1, 2)  # of a day: before and after a break


class DayField(forms.DateField):
    """A day as the browser's date field writes it, of a year in which a clinic can work."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d"],
            validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
            **kwargs,
        )


class ClockField(forms.TimeField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%H:%M", "%H:%M:%S"], **kwargs)


class WeekForm(forms.Form):
    """Up to two spans for each weekday; what is empty is no work."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday in WEEKDAYS:
            for span in SPANS:
                self.fields[f"from_{weekday}_{span}"] = ClockField(required=False)
                self.fields[f"until_{weekday}_{span}"] = ClockField(required=False)

    @staticmethod
    def initial_of(week: Mapping[int, Sequence[Clocks]]) -> dict[str, str]:
        values = {}
        for weekday, spans in week.items():
            for number, (starts, ends) in zip(SPANS, spans, strict=False):
                values[f"from_{weekday}_{number}"] = f"{starts:%H:%M}"
                values[f"until_{weekday}_{number}"] = f"{ends:%H:%M}"
        return values

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for weekday in WEEKDAYS:
            for span in SPANS:
                begin, end = f"from_{weekday}_{span}", f"until_{weekday}_{span}"
                if {begin, end} & set(self.errors):
                    continue
                if (cleaned.get(begin) is None) != (cleaned.get(end) is None):
                    self.add_error(begin, _("Enter both times, or none."))
        return cleaned

    @property
    def week(self) -> dict[int, list[Clocks]]:
        """Valid: the spans of each weekday."""
        return {
            weekday: [
                (self.cleaned_data[f"from_{weekday}_{span}"], end)
                for span in SPANS
                if (end := self.cleaned_data[f"until_{weekday}_{span}"]) is not None
            ]
            for weekday in WEEKDAYS
        }

    @property
    def days(self) -> list[tuple[Any, list[tuple[BoundField, BoundField]]]]:
        """For the page: each weekday with its pairs of fields."""
        return [
            (name, [(self[f"from_{day}_{span}"], self[f"until_{day}_{span}"]) for span in SPANS])
            for day, name in WEEKDAYS.items()
        ]


class MemberWeekForm(WeekForm):
    valid_from = DayField(
        label=_("Valid from"), error_messages={"required": _("Choose the first day.")}
    )
    valid_until = DayField(label=_("Valid until"), required=False)


class AbsenceForm(forms.Form):
    """Who or what is not there, from when until when. Without clock times whole days are meant."""

    of = forms.ChoiceField(label=_("Who or what"))
    kind = forms.ChoiceField(label=_("What it is"), choices=Blocking.choices)
    first_day = DayField(label=_("From"), error_messages={"required": _("Choose the first day.")})
    first_time = ClockField(label=_("From, time"), required=False)
    last_day = DayField(label=_("Until"), required=False)
    last_time = ClockField(label=_("Until, time"), required=False)
    why = forms.CharField(label=_("Why"), max_length=80, required=False)

    def __init__(
        self,
        *args: Any,
        members: Sequence[StaffMember],
        rooms: Sequence[Room] = (),
        devices: Sequence[Device] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        resources: list[StaffMember | Room | Device] = [*members, *rooms, *devices]
        self.resources = {str(each.pk): each for each in resources}
        groups = (
            (_("People"), [(str(each.pk), each.display_name) for each in members]),
            (_("Rooms"), [(str(each.pk), each.name) for each in rooms]),
            (_("Devices"), [(str(each.pk), each.name) for each in devices]),
        )
        choice = self.fields["of"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(label, choices) for label, choices in groups if choices]

    def blocked(self) -> dict[str, Any]:
        """Valid: what `block_time` takes."""
        data = self.cleaned_data
        resource = self.resources[data["of"]]
        zone = clinic_zone()
        last_day = data["last_day"] or data["first_day"]
        whole_day = datetime.combine(last_day + timedelta(days=1), time.min, zone)
        return {
            "member": resource if isinstance(resource, StaffMember) else None,
            "room": resource if isinstance(resource, Room) else None,
            "device": resource if isinstance(resource, Device) else None,
            "kind": Blocking(data["kind"]),
            "starts_at": datetime.combine(data["first_day"], data["first_time"] or time.min, zone),
            "ends_at": datetime.combine(last_day, data["last_time"], zone)
            if data["last_time"]
            else whole_day,
            "why": data["why"],
        }


class ClosedDayForm(forms.Form):
    on = DayField(label=_("Day"), error_messages={"required": _("Choose a day.")})
    why = forms.CharField(
        label=_("Why"), max_length=80, error_messages={"required": _("Say why it is closed.")}
    )
    closed_from = ClockField(label=_("Closed from"), required=False)


class WorkedForm(forms.Form):
    on = DayField()


class YearForm(forms.Form):
    year = forms.IntegerField(min_value=FIRST_DAY.year, max_value=LAST_DAY.year - 1)


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, error_messages={"required": _("Enter a name.")}
    )


class UseForm(forms.Form):
    is_used = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
