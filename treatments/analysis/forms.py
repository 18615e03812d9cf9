"""The entries of a skin analysis: spots, the score's parts, phototype and note. No defaults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.lesions.terms import Feature
from treatments.analysis import terms
from treatments.analysis.actions import SpotSeen
from treatments.analysis.models import SkinAnalysis
from treatments.analysis.rules import MOST, may_be_scored
from treatments.analysis.terms import (
    FACE,
    BodyRegion,
    Cause,
    Depth,
    Phototype,
    ScorePart,
    ScoreRegion,
    SpotType,
    WoodFinding,
)

MOST_SPOTS = 12


class OneOf(forms.ChoiceField):
    """A choice between buttons; none is chosen beforehand."""

    widget = forms.RadioSelect


class SomeOf(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class SpotForm(forms.Form):
    spot_type = OneOf(label=_("Type"), choices=SpotType.choices)
    regions = SomeOf(
        label=_("Regions"),
        choices=BodyRegion.choices,
        help_text=_("Right and left are the patient's."),
    )
    wood_finding = OneOf(label=_("Under the Wood's lamp"), choices=WoodFinding.choices)
    depth = OneOf(label=_("Depth, as you judge it"), choices=Depth.choices)
    causes = SomeOf(label=_("Causes"), choices=Cause.choices)

    def clean_causes(self) -> list[str]:
        causes: list[str] = self.cleaned_data["causes"]
        if Cause.UNKNOWN in causes and len(causes) > 1:
            raise ValidationError(_("Either the cause is unknown, or it is named."))
        return causes

    def spot(self) -> SpotSeen:
        said = self.cleaned_data
        return SpotSeen(
            spot_type=said["spot_type"],
            depth=said["depth"],
            wood_finding=said["wood_finding"],
            causes=tuple(said["causes"]),
            regions=tuple(said["regions"]),
        )


if TYPE_CHECKING:
    _Rows = BaseFormSet[SpotForm]
else:
    _Rows = BaseFormSet


class BaseSpots(_Rows):
    deletion_widget = forms.HiddenInput

    def kept(self) -> Iterator[SpotForm]:
        for form in self.forms:
            form.full_clean()
            if not form.cleaned_data.get("DELETE"):
                yield form


def spots_formset(rows: int) -> type[BaseSpots]:
    return formset_factory(  # type: ignore[return-value]
        SpotForm,
        formset=BaseSpots,
        extra=rows,
        max_num=MOST_SPOTS,
        absolute_max=MOST_SPOTS * 4,
        can_delete=True,
        min_num=0,
    )


@dataclass(frozen=True)
class ScoreRow:
    region: str
    label: str
    fields: list[BoundField]


class ScoreForm(forms.Form):
    """Area, darkness and homogeneity of the four regions."""

    face = sorted(FACE)

    prefix = "score"

    def __init__(self, typed: Mapping[str, Any] | None = None) -> None:
        super().__init__(typed)
        for region in ScoreRegion:
            for part in ScorePart:
                self.fields[f"{region}-{part}"] = OneOf(
                    label=part.label,
                    required=False,
                    choices=[(str(n), str(n)) for n in range(MOST[part] + 1)],
                )

    def rows(self) -> list[ScoreRow]:
        return [
            ScoreRow(region, str(region.label), [self[f"{region}-{part}"] for part in ScorePart])
            for region in ScoreRegion
        ]

    def is_touched(self) -> bool:
        return any(self.cleaned_data.get(name) for name in self.fields)

    def ask_for_all(self) -> None:
        """Every region is scored; where the area is 0 the rest is 0 without being asked."""
        for region in ScoreRegion:
            if self.cleaned_data.get(f"{region}-{ScorePart.AREA}") == "0":
                continue
            for part in ScorePart:
                name = f"{region}-{part}"
                if not self.cleaned_data.get(name) and name not in self.errors:
                    words = terms.UNSCORED % {"region": region.label, "part": part.label}
                    self.add_error(name, words)

    def parts(self) -> dict[str, dict[str, int | None]]:
        return {
            region.value: {
                part.value: int(self.cleaned_data.get(f"{region}-{part}") or 0)
                for part in ScorePart
            }
            for region in ScoreRegion
        }


class GeneralForm(forms.Form):
    phototype = OneOf(label=_("Phototype (Fitzpatrick)"), choices=Phototype.choices)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )


class RedFlagForm(forms.Form):
    """What sends a spot to an examination first. It names no diagnosis."""

    prefix = "red_flags"
    features = SomeOf(
        label=_("Seen on a spot that must be examined first"),
        choices=Feature.choices,
        required=False,
        help_text=_("Its region stays blocked until the result of an examination clears it."),
    )
    flagged_regions = SomeOf(label=_("In which region"), choices=BodyRegion.choices, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("features")) != bool(cleaned.get("flagged_regions")):
            missing = "flagged_regions" if cleaned.get("features") else "features"
            self.add_error(missing, _("Name what was seen, and in which region."))
        return cleaned


@dataclass(frozen=True)
class Trouble:
    """One thing to correct, and the field it leads to."""

    words: str
    target: str = ""


class Examination:
    """The whole entry of one analysis."""

    def __init__(
        self, typed: Mapping[str, Any] | None = None, *, like: SkinAnalysis | None = None
    ) -> None:
        spots = _spots_of(like) if like else []
        self.spots = spots_formset(0 if spots else 1)(typed, prefix="spots", initial=spots)
        self.score = ScoreForm(typed)
        self.red_flags = RedFlagForm(typed)
        self.general = GeneralForm(typed, initial={"phototype": like.phototype} if like else None)
        for form in self.spots.forms:
            form.empty_permitted = False

    def is_valid(self) -> bool:
        parts = (self.spots, self.score, self.general, self.red_flags)
        valid = [part.is_valid() for part in parts]
        if self.score.is_valid() and self.wants_score():
            self.score.ask_for_all()
        return all(valid) and self.score.is_valid()

    def wants_score(self) -> bool:
        return any(
            may_be_scored(
                form.cleaned_data.get("spot_type", ""), form.cleaned_data.get("regions", [])
            )
            for form in self.spots.kept()
        )

    def analysis(self) -> dict[str, Any]:
        """The entries as the action takes them."""
        is_scored = self.wants_score() or self.score.is_touched()
        return {
            "spots": [form.spot() for form in self.spots.kept()],
            "score_parts": self.score.parts() if is_scored else None,
            "phototype": self.general.cleaned_data["phototype"],
            "note": self.general.cleaned_data["note"],
            "red_flags": tuple(self.red_flags.cleaned_data["features"]),
            "flagged_regions": tuple(self.red_flags.cleaned_data["flagged_regions"]),
        }

    def troubles(self) -> list[Trouble]:
        found = [Trouble(str(words)) for words in self.spots.non_form_errors()]
        for number, spot in enumerate(self.spots.kept(), start=1):
            found += [
                Trouble(
                    gettext("Spot %(number)s, %(field)s: %(words)s")
                    % {"number": number, "field": field.label, "words": words},
                    field.auto_id,
                )
                for field in spot
                for words in field.errors
            ]
        found += [
            Trouble(str(words), field.auto_id) for field in self.score for words in field.errors
        ]
        found += [
            Trouble(
                gettext("%(field)s: %(words)s") % {"field": field.label, "words": words},
                field.auto_id,
            )
            for form in (self.general, self.red_flags)
            for field in form
            for words in field.errors
        ]
        return found


def _spots_of(analysis: SkinAnalysis) -> list[dict[str, Any]]:
    return [
        {
            "spot_type": spot.spot_type,
            "regions": spot.regions,
            "wood_finding": spot.wood_finding,
            "depth": spot.depth,
            "causes": spot.causes,
        }
        for spot in analysis.spots.all()
    ]
