"""What the address of a calendar says, and where a visit was put down."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms

from treatments.booking.forms import FIRST_DAY, LAST_DAY, CalendarDayField
from treatments.booking.terms import AppointmentKind, AppointmentState
from treatments.calendar.rules import MINUTES_PER_DAY
from treatments.calendar.terms import By, Phones, View
from treatments.calendar.window import Window


class WindowForm(forms.Form):
    """Each part is read by itself: what cannot be understood is left out, not an error."""

    view = forms.ChoiceField(choices=View.choices, required=False)
    day = CalendarDayField(required=False)
    by = forms.ChoiceField(choices=By.choices, required=False)
    physician = forms.UUIDField(required=False)
    room = forms.UUIDField(required=False)
    device = forms.UUIDField(required=False)
    kind = forms.ChoiceField(choices=AppointmentKind.choices, required=False)
    state = forms.ChoiceField(choices=AppointmentState.choices, required=False)
    move = forms.UUIDField(required=False)

    def window(self, *, view: View | None, today: date) -> Window:
        self.is_valid()
        said = self.cleaned_data
        return Window(
            view=view or View(said.get("view") or View.DAY),
            day=said.get("day") or today,
            by=By(said.get("by") or By.PHYSICIAN),
            physician=said.get("physician"),
            room=said.get("room"),
            device=said.get("device"),
            kind=said.get("kind") or "",
            state=said.get("state") or "",
            move=said.get("move"),
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time as the server offered it."""

    starts_at: datetime
    room: UUID
    physician: UUID


class SlotField(forms.CharField):
    def clean(self, value: Any) -> Slot | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            start, room, physician = text.split("|")
            starts_at = datetime.fromisoformat(start)
            if starts_at.tzinfo is None or not FIRST_DAY < starts_at.date() < LAST_DAY:
                raise ValueError("no moment in which a clinic can work")
            return Slot(starts_at, UUID(room), UUID(physician))
        except (ValueError, OverflowError) as unreadable:
            raise forms.ValidationError("unreadable", code="unreadable") from unreadable


class PlaceForm(forms.Form):
    """One of the offered times, or the place over which a visit was let go."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    slot = SlotField(max_length=140, required=False)
    day = CalendarDayField(required=False)
    minute = forms.IntegerField(min_value=0, max_value=MINUTES_PER_DAY - 1, required=False)
    column = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("slot") and (said.get("day") is None or said.get("minute") is None):
            raise forms.ValidationError("nowhere", code="nowhere")
        return said


class SheetForm(forms.Form):
    phones = forms.ChoiceField(choices=Phones.choices, required=False)

    def chosen(self) -> Phones:
        self.is_valid()
        return Phones(self.cleaned_data.get("phones") or Phones.MASKED)
