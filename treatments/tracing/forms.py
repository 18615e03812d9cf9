"""What is typed about an adverse event."""

from django import forms
from django.utils.translation import gettext_lazy as _

from treatments.tracing.terms import EventCode, EventSeverity, Outcome

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
