"""The second check of a patient's link: the birth date, in three fields that a thumb can fill."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class BirthDateForm(forms.Form):
    day = forms.IntegerField(label=_("Day"), min_value=1, max_value=31)
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A prefix of its own: the page that was asked for may come with fields named alike.
        super().__init__(*args, **{"prefix": "born"} | kwargs)
        for name, part, longest in (
            ("day", "bday-day", 2),
            ("month", "bday-month", 2),
            ("year", "bday-year", 4),
        ):
            self.fields[name].widget = forms.TextInput(
                attrs={
                    "inputmode": "numeric",
                    "autocomplete": part,
                    "maxlength": longest,
                    "class": "form-control",
                }
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                cleaned["birth_date"] = date(cleaned["year"], cleaned["month"], cleaned["day"])
            except ValueError:
                self.add_error(None, _("Enter a real date, for example 31 12 1990."))
        return cleaned
