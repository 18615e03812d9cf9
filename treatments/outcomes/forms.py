"""What is typed about a review. Nothing is chosen beforehand."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from treatments.outcomes.terms import Decision

_SELECT = {"class": "form-select"}
_REASON = forms.Textarea(attrs={"rows": 2, "class": "form-control", "maxlength": 1000})


class ReviewForm(forms.Form):
    """After which session, by what, from which fall on, and why."""

    session_number = forms.TypedChoiceField(
        label=_("After session"), coerce=int, widget=forms.Select(attrs=_SELECT)
    )
    series = forms.ChoiceField(label=_("Followed"), widget=forms.Select(attrs=_SELECT))
    threshold_percent = forms.IntegerField(
        label=_("Fall of at least (%)"),
        min_value=1,
        max_value=100,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=_REASON)

    use_required_attribute = False

    def __init__(
        self, *args: Any, numbers: Iterable[int], followed: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choose = ("", _("Choose"))
        self.fields["session_number"].choices = [  # type: ignore[attr-defined]
            choose,
            *((number, str(number)) for number in numbers),
        ]
        self.fields["series"].choices = [choose, *followed]  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"), choices=Decision.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=_REASON)
    without_score = forms.BooleanField(
        label=_("I decide without the score"), required=False, widget=forms.CheckboxInput
    )

    use_required_attribute = False
