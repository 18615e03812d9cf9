"""The entry of one kind of pigmentation, and of the rows of them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.formsets import formset_factory
from django.utils.translation import gettext_lazy as _

from treatments.analysis.actions import SpotSeen
from treatments.analysis.face_map import VIEWS, DrawnView
from treatments.analysis.fields import MarksField, Measure, OneOf, RemovableRows, SomeOf, line
from treatments.analysis.map_pictures import PlacedMark
from treatments.analysis.rules import COUNTED
from treatments.analysis.terms import BodyRegion, Cause, Depth, SpotType, WoodFinding

MOST_SPOTS = 12


class SpotForm(forms.Form):
    spot_type = OneOf(label=_("Type"), choices=SpotType.choices)
    regions = SomeOf(
        label=_("Regions"),
        choices=BodyRegion.choices,
        help_text=_("Right and left are the patient's."),
    )
    marks = MarksField(required=False)
    wood_finding = OneOf(label=_("Under the Wood's lamp"), choices=WoodFinding.choices)
    depth = OneOf(label=_("Depth, as you judge it"), choices=Depth.choices)
    causes = SomeOf(label=_("Causes"), choices=Cause.choices)
    inflammation = line(_("Which inflammation"), 120)
    medicines = SomeOf(label=_("Which of the patient's medicines"), required=False)
    since = line(_("Since when"), 7, help_text=_("A year, or a year and a month: 2023 or 2023-05."))
    largest_mm = Measure(
        label=_("Largest, in mm"), min_value=0, max_value=300, max_digits=4, decimal_places=1
    )
    area_cm2 = Measure(
        label=_("Area, in cm²"), min_value=0, max_value=2000, max_digits=5, decimal_places=1
    )
    count = forms.IntegerField(
        label=_("How many"),
        required=False,
        min_value=0,
        max_value=999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "form-control"}),
        help_text=_("Left empty, the marks on the map are counted."),
    )

    def __init__(self, *args: Any, medicines: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.medicine_names = medicines
        field = self.fields["medicines"]
        field.choices = [(name, name) for name in medicines]  # type: ignore[attr-defined]
        self.ghosts: list[PlacedMark] = []

    @property
    def views(self) -> Sequence[DrawnView]:
        return VIEWS

    def measures(self) -> list[BoundField]:
        return [self[name] for name in ("since", "largest_mm", "area_cm2", "count")]

    def is_measured(self) -> bool:
        return any(field.value() for field in self.measures())

    def clean_causes(self) -> list[str]:
        causes: list[str] = self.cleaned_data["causes"]
        if Cause.UNKNOWN in causes and len(causes) > 1:
            raise ValidationError(_("Either the cause is unknown, or it is named."))
        return causes

    def spot(self) -> SpotSeen:
        said = self.cleaned_data
        regions = tuple(said["regions"])
        marks = tuple(mark for mark in said["marks"] if mark.region in regions)
        causes = set(said["causes"])
        count = said["count"]
        if count is None and marks and said["spot_type"] in COUNTED:
            count = len(marks)
        is_inflamed = bool(causes & {Cause.INFLAMMATION, Cause.ACNE})
        return SpotSeen(
            spot_type=said["spot_type"],
            depth=said["depth"],
            wood_finding=said["wood_finding"],
            causes=tuple(said["causes"]),
            regions=regions,
            inflammation=said["inflammation"] if is_inflamed else "",
            medicines=tuple(said["medicines"]) if Cause.MEDICINE in causes else (),
            marks=marks,
            largest_mm=said["largest_mm"],
            area_cm2=said["area_cm2"],
            count=count,
            since=said["since"],
        )


def spots_formset(rows: int) -> type[RemovableRows[SpotForm]]:
    return formset_factory(  # type: ignore[return-value]
        SpotForm,
        formset=RemovableRows,
        extra=rows,
        max_num=MOST_SPOTS,
        absolute_max=MOST_SPOTS * 4,
        can_delete=True,
        min_num=0,
    )
