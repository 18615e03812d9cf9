"""One line of the lists: a medicine, an allergy, a skin treatment."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.refusals import Refused
from patients.clinic_names.rules import denies, says_nothing
from patients.intake.terms import AllergySeverity, Listed, MedicationStatus
from patients.intake.words import region_words
from patients.records.rules import check_visible
from patients.screening.rule_set import RuleSet


class LineForm(forms.Form):
    """A line is optional: untouched, it is no line and no error."""

    use_required_attribute = False
    listed: Listed

    def __init__(
        self, post: QueryDict | None, *, today: date, rule_set: RuleSet, language: str
    ) -> None:
        super().__init__(post, prefix=self.listed.value)
        self.today = today
        self.prepare(rule_set, language)

    def prepare(self, rule_set: RuleSet, language: str) -> None:
        """Fill in choices that come from the clinical data."""

    def has_line(self) -> bool:
        return self.is_bound and any(
            self.data.get(self.add_prefix(name), "").strip() for name in self.tells_a_line
        )

    tells_a_line: tuple[str, ...] = ("text",)

    def _check_day(self, name: str) -> date | None:
        day: date | None = self.cleaned_data.get(name)
        if day is not None and day > self.today:
            raise forms.ValidationError(_("This date is in the future. Please check it."))
        return day

    def _check_text(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        try:
            check_visible(text)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return text


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "invalid": _("This day does not exist. Enter a real date."),
            "required": _("Enter the day."),
        },
        **kwargs,
    )


class MedicationForm(LineForm):
    listed = Listed.MEDICATIONS

    text = forms.CharField(
        label=_("Medicine, supplement or herbal product"),
        max_length=200,
        error_messages={"required": _("Enter the name of the medicine.")},
    )
    status = forms.ChoiceField(
        label=_("Use"),
        choices=MedicationStatus.choices,
        error_messages={"required": _("Choose how it is taken.")},
    )
    last_taken = day_field(_("Last taken on"), required=False)
    since = day_field(_("Taken since"), required=False)

    def clean_text(self) -> str:
        text = self._check_text("text")
        if denies(text):
            raise forms.ValidationError(
                _(
                    "This is not a medicine. If the patient takes nothing, empty this line and choose"
                    " “Takes nothing”."
                )
            )
        return text

    def clean_last_taken(self) -> date | None:
        return self._check_day("last_taken")

    def clean_since(self) -> date | None:
        return self._check_day("since")


class AllergyForm(LineForm):
    listed = Listed.ALLERGIES

    text = forms.CharField(
        label=_("Allergy to"),
        max_length=200,
        error_messages={"required": _("Enter what the patient is allergic to.")},
    )
    reaction = forms.CharField(label=_("What happened"), max_length=200, required=False)
    severity = forms.ChoiceField(
        label=_("How severe"),
        choices=AllergySeverity.choices,
        error_messages={"required": _("Choose how severe it was.")},
    )

    def clean_text(self) -> str:
        """An entry that names nothing would look like an allergy and protect from none."""
        text = self._check_text("text")
        if denies(text):
            raise forms.ValidationError(
                _(
                    "This names no allergy. If none is known, empty this line and choose “No known"
                    " allergies”."
                )
            )
        if says_nothing(text):
            raise forms.ValidationError(
                _(
                    "This names nothing that could be avoided. Ask what the reaction was to, and write"
                    " that: a medicine, a food, an antiseptic. If the patient does not know, write the"
                    " occasion, such as “injection at the dentist”; the physician settles it."
                )
            )
        return text

    def clean_reaction(self) -> str:
        return self._check_text("reaction")


class ProcedureForm(LineForm):
    listed = Listed.PROCEDURES
    tells_a_line = ("kind", "done_on")

    kind = forms.ChoiceField(
        label=_("Treatment"),
        error_messages={"required": _("Choose the treatment.")},
    )
    done_on = day_field(_("Date"))
    regions = forms.MultipleChoiceField(label=_("Where"), required=False)

    def prepare(self, rule_set: RuleSet, language: str) -> None:
        kinds = [
            (kind.kind, kind.label.to(language)) for kind in rule_set.vocabulary.procedures.values()
        ]
        self.fields["kind"].choices = [("", "–"), *kinds]  # type: ignore[attr-defined]
        self.fields["regions"].choices = region_words(  # type: ignore[attr-defined]
            rule_set, language, elsewhere=True
        )

    def clean_done_on(self) -> date | None:
        return self._check_day("done_on")


LINE_FORMS: dict[Listed, type[LineForm]] = {
    Listed.MEDICATIONS: MedicationForm,
    Listed.ALLERGIES: AllergyForm,
    Listed.PROCEDURES: ProcedureForm,
}
