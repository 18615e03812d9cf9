"""The entry of what an instrument read, and of the rows of it."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.formsets import formset_factory
from django.utils.translation import gettext_lazy as _

from treatments.analysis import terms
from treatments.analysis.actions import NUMBERS_OF, ReadingSeen
from treatments.analysis.fields import Measure, OneOf, RemovableRows, line
from treatments.analysis.terms import BodyRegion, ReadingKind, ReadOn

MOST_READINGS = 24


class ReadingForm(forms.Form):
    """One reading of an instrument."""

    kind = OneOf(label=_("Instrument"), choices=ReadingKind.choices)
    read_on = OneOf(label=_("Read on"), choices=ReadOn.choices)
    region = forms.ChoiceField(
        label=_("Region"),
        choices=[("", "—"), *BodyRegion.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    device = forms.CharField(
        label=_("Device and probe"),
        max_length=80,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    conditions = line(_("Conditions"), 200, help_text=_("Light, filter, pressure of the probe."))
    lightness = Measure(label=_("L*"), min_value=0, max_value=100, max_digits=5, decimal_places=2)
    a = Measure(label=_("a*"), min_value=-128, max_value=127, max_digits=5, decimal_places=2)
    b = Measure(label=_("b*"), min_value=-128, max_value=127, max_digits=5, decimal_places=2)
    melanin_index = Measure(
        label=_("Melanin index"), min_value=0, max_value=999, max_digits=5, decimal_places=1
    )
    percentile = Measure(
        label=_("Percentile"), min_value=0, max_value=100, max_digits=4, decimal_places=1
    )

    def numbers(self) -> list[tuple[str, list[BoundField]]]:
        return [(kind.value, [self[name] for name in names]) for kind, names in NUMBERS_OF.items()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        for name in NUMBERS_OF.get(kind, ()) if kind else ():
            if cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, _("This number is missing."))
        if kind == ReadingKind.COLOUR and cleaned.get("b") is not None and cleaned["b"] <= 0:
            self.add_error("b", terms.NOT_SKIN)
        return cleaned

    def reading(self) -> ReadingSeen:
        said = self.cleaned_data
        wanted = NUMBERS_OF[said["kind"]]
        return ReadingSeen(
            kind=said["kind"],
            region=said["region"],
            read_on=said["read_on"],
            device=said["device"],
            conditions=said["conditions"],
            **{name: said[name] for name in wanted},
        )


Readings: type[RemovableRows[ReadingForm]] = formset_factory(  # type: ignore[assignment]
    ReadingForm,
    formset=RemovableRows,
    extra=0,
    max_num=MOST_READINGS,
    absolute_max=MOST_READINGS * 4,
    can_delete=True,
)
