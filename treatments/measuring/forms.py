"""What is marked on a photograph to be measured."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from treatments.analysis.terms import BodyRegion
from treatments.measuring import rules, terms
from treatments.measuring.rules import MeasuringRefused, Shape
from treatments.measuring.terms import LONGEST_PLACE, Basis, Card, Outline

_LONGEST_OUTLINE = 20 * rules.MOST_POINTS


class OutlineField(forms.CharField):
    """Points in per cent of width and height."""

    def __init__(self, outline: Outline, **options: Any) -> None:
        super().__init__(
            label=outline.label,
            help_text=terms.POINTS_HELP,
            max_length=_LONGEST_OUTLINE,
            required=False,
            widget=forms.TextInput(
                attrs={"class": "form-control", "data-outline": outline, "autocomplete": "off"}
            ),
            **options,
        )


class MeasureForm(forms.Form):
    """`size`: width and height of the photograph. `places`: (id, words) of those measured before."""

    place = forms.ChoiceField(
        label=_("Measured before"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    region = forms.ChoiceField(
        label=_("Region"),
        required=False,
        choices=[("", "–"), *BodyRegion.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    name = forms.CharField(
        label=_("Which spot (when there are several)"),
        max_length=LONGEST_PLACE,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    basis = forms.ChoiceField(
        label=_("What makes the colours true"), choices=Basis.choices, widget=forms.RadioSelect
    )
    card = forms.ChoiceField(
        label=_("Card"),
        required=False,
        choices=Card.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    card_lightness = forms.DecimalField(
        label=_("L* of the field"),
        required=False,
        max_digits=4,
        decimal_places=1,
        min_value=Decimal(str(rules.CARD_LIGHTNESS[0])),
        max_value=Decimal(str(rules.CARD_LIGHTNESS[1])),
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "0.1"}),
    )
    spot = OutlineField(Outline.SPOT)
    skin = OutlineField(Outline.SKIN)
    patch = OutlineField(Outline.CARD)
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    OUTLINES = {Outline.SPOT: "spot", Outline.SKIN: "skin", Outline.CARD: "patch"}

    def __init__(
        self, *args: Any, size: tuple[int, int], places: Sequence[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._size = size
        choices = forms.ChoiceField(choices=[("", _("Another spot")), *places])
        self.fields["place"].choices = choices.choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_card = cleaned.get("basis") == Basis.CARD
        for outline, name in self.OUTLINES.items():
            if name in self.errors or (outline is Outline.CARD and not has_card):
                continue
            self._read(outline, name)
        if not cleaned.get("place") and not cleaned.get("region"):
            self.add_error("region", terms.WHERE)
        is_own = has_card and cleaned.get("card") == Card.OWN
        if is_own and not cleaned.get("card_lightness") and "card_lightness" not in self.errors:
            self.add_error("card_lightness", terms.CARD_LIGHTNESS)
        return cleaned

    def _read(self, outline: Outline, name: str) -> None:
        width, height = self._size
        try:
            shape = rules.shape_in(self.cleaned_data[name], width=width, height=height)
        except MeasuringRefused as refusal:
            missing = outline is Outline.CARD and not self.cleaned_data[name].strip()
            self.add_error(name, str(terms.CARD_MISSING if missing else refusal))
        else:
            self.cleaned_data[f"shape_{name}"] = shape

    @property
    def outlines(self) -> dict[Outline, Shape]:
        return {
            outline: self.cleaned_data[f"shape_{name}"]
            for outline, name in self.OUTLINES.items()
            if f"shape_{name}" in self.cleaned_data
        }

    def values(self) -> dict[str, Any]:
        """What the action is called with, but for the photograph and the place."""
        cleaned = self.cleaned_data
        basis = Basis(cleaned["basis"])
        return {
            "region": cleaned["region"],
            "name": cleaned["name"],
            "basis": basis,
            "card": Card(cleaned["card"]) if basis is Basis.CARD and cleaned["card"] else None,
            "card_lightness": cleaned["card_lightness"],
            "outlines": self.outlines,
            "request_key": cleaned["request_key"],
        }

    def chosen_place(self) -> UUID | None:
        return UUID(self.cleaned_data["place"]) if self.cleaned_data["place"] else None
