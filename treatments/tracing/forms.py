"""What is typed about an adverse event."""

from django import forms
from django.utils.translation import gettext_lazy as _

from treatments.tracing import terms
from treatments.tracing.terms import EventCode, EventSeverity, HowItIs, Outcome

_DAY = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


class EventForm(forms.Form):
    code = forms.ChoiceField(
        label=_("What"),
        choices=[("", _("Choose")), *EventCode.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    onset_on = forms.DateField(label=_("Began on"), widget=_DAY)
    severity = forms.ChoiceField(
        label=_("How severe"),
        choices=[("", _("Choose")), *EventSeverity.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    note = forms.CharField(
        label=_("What was seen"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )


class LateAnswerForm(forms.Form):
    """What the patient answers; nothing is chosen beforehand."""

    how = forms.ChoiceField(
        label=_("Is everything as it should be where you were treated?"),
        choices=HowItIs.choices,
        widget=forms.RadioSelect,
        error_messages={"required": terms.SAY_HOW_IT_IS, "invalid_choice": terms.SAY_HOW_IT_IS},
    )
    words = forms.CharField(
        label=_("What do you notice, where, and since when? (in your own words)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )


class FollowUpForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("", _("Choose")), *Outcome.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    on = forms.DateField(label=_("On"), widget=_DAY)
    note = forms.CharField(
        label=_("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )
