"""The entries of the scores by region, the grades and the global assessments. Blind: no total."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from treatments.analysis import terms
from treatments.analysis.fields import AnyOf, OneOf
from treatments.analysis.rules import MOST, MOST_IN_MSI
from treatments.analysis.terms import (
    FACE,
    GlobalAssessment,
    Grade,
    MsiPart,
    MsiRegion,
    Satisfaction,
    ScorePart,
    ScoreRegion,
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
        """Every region is scored; where the area is 0 the rest is 0 without being asked.

        Homogeneity is for the MASI: none, or every region.
        """
        for region in ScoreRegion:
            if self.cleaned_data.get(f"{region}-{ScorePart.AREA}") == "0":
                continue
            for part in ScorePart:
                if part == ScorePart.HOMOGENEITY and not self.has_homogeneity():
                    continue
                name = f"{region}-{part}"
                if not self.cleaned_data.get(name) and name not in self.errors:
                    words = terms.UNSCORED % {"region": region.label, "part": part.label}
                    self.add_error(name, words)

    def has_homogeneity(self) -> bool:
        return any(
            self.cleaned_data.get(f"{region}-{ScorePart.HOMOGENEITY}")
            for region in ScoreRegion
            if self.cleaned_data.get(f"{region}-{ScorePart.AREA}") != "0"
        )

    def parts(self) -> dict[str, dict[str, int | None]]:
        entered = [
            part
            for part in ScorePart
            if part != ScorePart.HOMOGENEITY or self.has_homogeneity() or self.is_clear()
        ]
        return {
            region.value: {
                part.value: int(self.cleaned_data.get(f"{region}-{part}") or 0) for part in entered
            }
            for region in ScoreRegion
        }

    def is_clear(self) -> bool:
        """No region is affected: homogeneity is 0 everywhere without being asked."""
        areas = [self.cleaned_data.get(f"{region}-{ScorePart.AREA}") for region in ScoreRegion]
        return all(area == "0" for area in areas)


class SeverityForm(forms.Form):
    """Area and pigmentation of three regions: the melasma severity index, where it is taken."""

    prefix = "msi"

    def __init__(self, typed: Mapping[str, Any] | None = None) -> None:
        super().__init__(typed)
        for region in MsiRegion:
            for part in MsiPart:
                self.fields[f"{region}-{part}"] = OneOf(
                    label=part.label,
                    required=False,
                    choices=[(str(n), str(n)) for n in range(MOST_IN_MSI + 1)],
                )

    def rows(self) -> list[ScoreRow]:
        return [
            ScoreRow(region, str(region.label), [self[f"{region}-{part}"] for part in MsiPart])
            for region in MsiRegion
        ]

    def is_touched(self) -> bool:
        return any(self.cleaned_data.get(name) for name in self.fields)

    def ask_for_all(self) -> None:
        for region in MsiRegion:
            for part in MsiPart:
                name = f"{region}-{part}"
                if not self.cleaned_data.get(name) and name not in self.errors:
                    words = {"region": region.label, "part": part.label}
                    self.add_error(name, terms.MSI_UNSCORED % words)

    def parts(self) -> dict[str, dict[str, int | None]]:
        return {
            region.value: {
                part.value: int(self.cleaned_data[f"{region}-{part}"]) for part in MsiPart
            }
            for region in MsiRegion
        }


class JudgementForm(forms.Form):
    """What is judged and not measured; every one may be left open."""

    prefix = "judged"
    radiance = AnyOf(label=_("Radiance"), choices=Grade.choices)
    texture = AnyOf(label=_("Texture"), choices=Grade.choices)
    physician_assessment = AnyOf(
        label=_("Physician: since the first analysis"), choices=GlobalAssessment.choices
    )
    patient_assessment = AnyOf(
        label=_("Patient: since the first analysis"), choices=GlobalAssessment.choices
    )
    satisfaction = AnyOf(label=_("Patient: how satisfied"), choices=Satisfaction.choices)

    def grades(self) -> list[BoundField]:
        return [self["radiance"], self["texture"]]

    def globals(self) -> list[BoundField]:
        return [
            self[name] for name in ("physician_assessment", "patient_assessment", "satisfaction")
        ]

    def is_answered(self) -> bool:
        return any(field.value() not in (None, "") for field in self.globals())

    def ask_for_grades(self) -> None:
        for name in ("radiance", "texture"):
            if self.cleaned_data.get(name) is None and name not in self.errors:
                self.add_error(name, _("Dullness is graded: choose 0 to 4."))
