"""The form that opens or corrects a patient's file."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from crispy_forms.helper import FormHelper
from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from clinic.refusals import Refused
from patients.records.models import Patient
from patients.records.rules import (
    LONGEST_NAME,
    can_be_texted,
    check_birth_date,
    check_visible,
    normal_phone,
    tidy_name,
)
from patients.records.terms import BY_PHONE, PatientLanguage, ReminderWish, Sex
from patients.records.ways import ways_offered

T = TypeVar("T")


class VisibleCharField(forms.CharField):
    """A text that is not stripped before it is checked for what cannot be seen."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text:
            _or_say_why(check_visible, text)
        return text


class FullYearDateField(forms.DateField):
    """A date whose year has four digits: of 31.12.90 nobody knows the century."""

    default_error_messages = {
        "short_year": _("Write the year with four digits, for example 31.12.1990."),
    }

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str) and re.fullmatch(r"\s*\d{1,2}[./ -]\d{1,2}[./ -]\d{2}\s*", value):
            raise forms.ValidationError(self.error_messages["short_year"], code="short_year")
        return super().to_python(value)


class PatientForm(forms.Form):
    full_name = VisibleCharField(
        label=_("Full name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "words"}),
        error_messages={"required": _("Enter the patient's name.")},
    )
    born_on = FullYearDateField(
        label=_("Birth date"),
        help_text=_("Day, month, year: 31.12.1990"),
        widget=forms.DateInput(
            format="%d.%m.%Y", attrs={"autocomplete": "off", "inputmode": "numeric"}
        ),
        input_formats=["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"],
        error_messages={
            "required": _("Enter the birth date, for example 31.12.1990."),
            "invalid": _("This day does not exist. Enter a real date, for example 31.12.1990."),
        },
    )
    sex = forms.ChoiceField(
        label=_("Sex"),
        choices=Sex.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
    phone = VisibleCharField(
        label=_("Phone"),
        required=False,
        max_length=30,
        widget=forms.TextInput({"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={"invalid": _("Enter an e-mail address such as name@example.com.")},
    )
    language = forms.ChoiceField(
        label=_("Language of letters and sheets"),
        choices=PatientLanguage.choices,
        widget=forms.RadioSelect,
        initial=PatientLanguage.TURKISH,
        error_messages={"required": _("Choose one.")},
    )
    reminders = forms.ChoiceField(
        label=_("Reminders"),
        choices=ReminderWish.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the patient wishes to be reminded.")},
    )
    register_anyway = forms.BooleanField(
        label=_("This is another person: open a second file"), required=False
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        kept = self.initial.get("reminders")
        # A wish that the clinic cannot meet any more stays as it is until somebody changes it.
        self.fields["reminders"].choices = [  # type: ignore[attr-defined]
            (value, label)
            for value, label in ReminderWish.choices
            if value == kept or value in ways_offered()
        ]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    @classmethod
    def of(cls, patient: Patient, *, today: date) -> "PatientForm":
        """The form as the file stands now."""
        return cls(
            today=today,
            initial={
                "full_name": patient.full_name,
                "born_on": patient.born_on,
                "sex": patient.sex,
                "phone": patient.phone,
                "email": patient.email,
                "language": patient.language,
                "reminders": patient.reminders,
            },
        )

    def clean_full_name(self) -> str:
        name = _or_say_why(tidy_name, self.cleaned_data["full_name"])
        MaxLengthValidator(LONGEST_NAME)(name)  # composing can lengthen what was typed
        return name

    def clean_born_on(self) -> date:
        born_on: date = self.cleaned_data["born_on"]
        _or_say_why(lambda day: check_birth_date(day, today=self.today), born_on)
        return born_on

    def clean_phone(self) -> str:
        return _or_say_why(normal_phone, self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        no_address = not cleaned.get("email") and "email" not in self.errors
        if cleaned.get("reminders") == ReminderWish.EMAIL and no_address:
            self.add_error("email", _("For reminders by e-mail an e-mail address is needed."))
        if (
            cleaned.get("reminders") in BY_PHONE
            and "phone" not in self.errors
            and not can_be_texted(cleaned.get("phone", ""))
        ):
            self.add_error(
                "phone", _("For reminders by SMS or WhatsApp a mobile number is needed.")
            )
        return cleaned

    def identity(self) -> dict[str, Any]:
        """What the actions take."""
        return {
            name: value for name, value in self.cleaned_data.items() if name != "register_anyway"
        }


def _or_say_why(rule: Callable[[Any], T], value: Any) -> T:
    try:
        return rule(value)
    except Refused as refusal:
        raise forms.ValidationError(str(refusal), code=refusal.code) from refusal
