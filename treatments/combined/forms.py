"""A procedure and a home product, as the physician writes them down."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from patients.rulebook.queries import rules_in_force
from treatments.booking.forms import CalendarDayField
from treatments.combined.rules import UNCONCERNED
from treatments.combined.terms import Product

# Offered here: what a clinic for pigmentation does. The rest is told at the intake.
NOT_DONE_HERE = UNCONCERNED | {"mesotherapy", "hair_removal", "permanent_filler"}
LONGEST_PAUSE_DAYS = 14


def method_choices() -> list[tuple[str, str]]:
    language = get_language() or "en"
    methods = rules_in_force().vocabulary.procedures
    return [
        ("", "–"),
        *(
            (kind, method.label.to(language))
            for kind, method in methods.items()
            if kind not in NOT_DONE_HERE
        ),
    ]


def region_choices() -> list[tuple[str, str]]:
    language = get_language() or "en"
    regions = rules_in_force().vocabulary.regions
    return [(region, label.to(language)) for region, label in regions.items()]


class _Typed(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs.setdefault("class", "form-select")
            elif not isinstance(field.widget, forms.CheckboxSelectMultiple):
                field.widget.attrs.setdefault("class", "form-control")


def day_field(label: Any, **kwargs: Any) -> CalendarDayField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return CalendarDayField(label=label, widget=widget, **kwargs)


class ProcedureForm(_Typed):
    """Planned for a day ahead, or done: the day says which."""

    prefix = "procedure"
    kind = forms.ChoiceField(label=_("Treatment"), choices=method_choices)
    on = day_field(_("Day"), help_text=_("A day that has passed: it was done then."))
    regions = forms.MultipleChoiceField(
        label=_("Regions"), widget=forms.CheckboxSelectMultiple, choices=region_choices
    )
    details = forms.CharField(
        label=_("Device, settings or strength"), max_length=200, required=False
    )


class ProductForm(_Typed):
    prefix = "product"
    product = forms.ChoiceField(label=_("Product"), choices=[("", "–"), *Product.choices])
    name = forms.CharField(label=_("Name or strength"), max_length=120, required=False)
    use = forms.CharField(label=_("How it is used"), max_length=200)
    starts_on = day_field(_("From"))
    pause_days = forms.IntegerField(
        label=_("Days of pause after a session"),
        min_value=0,
        max_value=LONGEST_PAUSE_DAYS,
        help_text=_("0: it does not pause. The sheet names the day on which it starts again."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"starts_on": today})
        super().__init__(*args, **kwargs)


class DayForm(_Typed):
    on = day_field(_("Day"))
