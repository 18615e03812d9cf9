"""A referral and a result, as the physician writes them down."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from patients.lesions.rules import EVERYWHERE
from patients.lesions.terms import Method, Outcome
from patients.rulebook.queries import rules_in_force
from patients.screening.terms import ELSEWHERE


def region_choices() -> list[tuple[str, Any]]:
    language = get_language() or "en"
    regions = rules_in_force().vocabulary.regions
    return [
        *((region, label.to(language)) for region, label in regions.items()),
        (ELSEWHERE, _("Elsewhere")),
    ]


class _AboutRegions(forms.Form):
    regions = forms.MultipleChoiceField(
        label=_("Regions"), widget=forms.CheckboxSelectMultiple, choices=region_choices
    )

    def __init__(self, *args: Any, blocked: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if EVERYWHERE in blocked:
            field = self.fields["regions"]
            field.choices = [*region_choices(), (EVERYWHERE, _("All of them"))]  # type: ignore[attr-defined]
        for field in self.fields.values():
            if not isinstance(field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
                field.widget.attrs.setdefault("class", "form-control")


class ReferralForm(_AboutRegions):
    prefix = "referral"
    referred_to = forms.CharField(label=_("Referred to"), max_length=200)
    referred_on = forms.DateField(
        label=_("On"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ResultForm(_AboutRegions):
    prefix = "result"
    method = forms.ChoiceField(label=_("How"), choices=Method.choices, widget=forms.RadioSelect)
    examined_by = forms.CharField(label=_("Examined by"), max_length=200)
    examined_on = forms.DateField(
        label=_("On"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    finding = forms.CharField(
        label=_("What was found"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=Outcome.choices, widget=forms.RadioSelect
    )
