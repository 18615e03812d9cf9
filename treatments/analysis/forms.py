"""The whole entry of one skin analysis, put together from its parts. No defaults."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.lesions.terms import Feature
from treatments.analysis.actions import Judged
from treatments.analysis.fields import OneOf, SomeOf
from treatments.analysis.map_pictures import placed
from treatments.analysis.models import SkinAnalysis
from treatments.analysis.reading_forms import ReadingForm, Readings
from treatments.analysis.rules import may_be_scored
from treatments.analysis.score_forms import JudgementForm, ScoreForm, SeverityForm
from treatments.analysis.spot_forms import SpotForm, spots_formset
from treatments.analysis.terms import BodyRegion, Glogau, Phototype, SpotType


class GeneralForm(forms.Form):
    phototype = OneOf(label=_("Phototype (Fitzpatrick)"), choices=Phototype.choices)
    glogau = OneOf(label=_("Photo-ageing (Glogau)"), choices=Glogau.choices, required=False)
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
        self,
        typed: Mapping[str, Any] | None = None,
        *,
        like: SkinAnalysis | None = None,
        medicines: Sequence[str] = (),
    ) -> None:
        spots = _spots_of(like) if like else []
        self.spots = spots_formset(0 if spots and typed is None else 1)(
            typed,
            prefix="spots",
            initial=spots if typed is None else None,
            form_kwargs={"medicines": _with_named(medicines, like)},
        )
        self.score = ScoreForm(typed)
        self.severity = SeverityForm(typed)
        self.red_flags = RedFlagForm(typed)
        self.judged = JudgementForm(typed)
        self.readings = Readings(typed if _has_readings(typed) else None, prefix="readings")
        copied = {"phototype": like.phototype, "glogau": like.glogau} if like else None
        self.general = GeneralForm(typed, initial=copied)
        for form in (*self.spots.forms, *self.readings.forms):
            form.empty_permitted = False
        if like:
            _show_ghosts(self.spots.forms, like)

    def is_valid(self) -> bool:
        valid = [part.is_valid() for part in self._parts()]
        if self.score.is_valid() and self.wants_score():
            self.score.ask_for_all()
        if self.severity.is_valid() and self.severity.is_touched():
            self.severity.ask_for_all()
        if self.judged.is_valid() and self.is_dull():
            self.judged.ask_for_grades()
        return all(valid) and all(
            part.is_valid() for part in (self.score, self.severity, self.judged)
        )

    def _parts(self) -> list[Any]:
        readings = [self.readings] if self.readings.is_bound else []
        return [
            self.spots, self.score, self.severity, self.general, self.judged, self.red_flags,
            *readings,
        ]  # fmt: skip

    def wants_score(self) -> bool:
        return any(
            may_be_scored(
                form.cleaned_data.get("spot_type", ""), form.cleaned_data.get("regions", [])
            )
            for form in self.spots.kept()
        )

    def is_dull(self) -> bool:
        return any(
            form.cleaned_data.get("spot_type") == SpotType.DULLNESS for form in self.spots.kept()
        )

    def analysis(self) -> dict[str, Any]:
        """The entries as the action takes them."""
        is_scored = self.wants_score() or self.score.is_touched()
        judged = dict(self.judged.cleaned_data)
        if not self.is_dull():
            judged |= {"radiance": None, "texture": None}
        return {
            "spots": [form.spot() for form in self.spots.kept()],
            "score_parts": self.score.parts() if is_scored else None,
            "msi_parts": self.severity.parts() if self.severity.is_touched() else None,
            "phototype": self.general.cleaned_data["phototype"],
            "judged": Judged(glogau=self.general.cleaned_data["glogau"], **judged),
            "readings": [form.reading() for form in self._kept_readings()],
            "note": self.general.cleaned_data["note"],
            "red_flags": tuple(self.red_flags.cleaned_data["features"]),
            "flagged_regions": tuple(self.red_flags.cleaned_data["flagged_regions"]),
        }

    def _kept_readings(self) -> Iterator[ReadingForm]:
        if self.readings.is_bound:
            yield from self.readings.kept()

    def troubles(self) -> list[Trouble]:
        found = [Trouble(str(words)) for words in self.spots.non_form_errors()]
        for number, spot in enumerate(self.spots.kept(), start=1):
            found += _troubles(
                spot, gettext("Spot %(number)s, %(field)s: %(words)s"), {"number": number}
            )
        for number, reading in enumerate(self._kept_readings(), start=1):
            found += _troubles(
                reading, gettext("Reading %(number)s, %(field)s: %(words)s"), {"number": number}
            )
        for scored in (self.score, self.severity):
            found += _troubles(scored, "%(words)s", {})
        for form in (self.judged, self.general, self.red_flags):
            found += _troubles(form, gettext("%(field)s: %(words)s"), {})
        return found


def _troubles(form: forms.Form, pattern: str, named: Mapping[str, Any]) -> list[Trouble]:
    return [
        Trouble(pattern % {"field": field.label, "words": words, **named}, field.auto_id)
        for field in form
        for words in field.errors
    ]


def _has_readings(typed: Mapping[str, Any] | None) -> bool:
    """A form that was sent from an earlier page has no readings, and loses nothing by it."""
    return typed is not None and "readings-TOTAL_FORMS" in typed


def _with_named(medicines: Sequence[str], like: SkinAnalysis | None) -> list[str]:
    """The patient's medicines of today, and those that the copied analysis named."""
    named = [
        name
        for spot in (like.spots.all() if like else ())
        for name in spot.cause_details.get("medicine", [])
    ]
    return list(dict.fromkeys((*medicines, *named)))


def _show_ghosts(rows: Sequence[SpotForm], like: SkinAnalysis) -> None:
    for row, spot in zip(rows, like.spots.all(), strict=False):
        row.ghosts = placed(spot.marks)


def _spots_of(analysis: SkinAnalysis) -> list[dict[str, Any]]:
    """What a follow-up begins with. Sizes, counts and marks are looked at anew."""
    return [
        {
            "spot_type": spot.spot_type,
            "regions": spot.regions,
            "wood_finding": spot.wood_finding,
            "depth": spot.depth,
            "causes": spot.causes,
            "inflammation": spot.cause_details.get("inflammation", ""),
            "medicines": spot.cause_details.get("medicine", []),
            "since": spot.since,
        }
        for spot in analysis.spots.all()
    ]
