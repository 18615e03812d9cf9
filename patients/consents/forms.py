"""What is sent when a consent is decided, written down from paper, withdrawn, or its text edited."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from clinic.staff.models import StaffMember
from patients.consents import terms
from patients.consents.actions import Signed
from patients.consents.rules import MOST_CHARACTERS, read_signature
from patients.consents.terms import Decision
from patients.records.models import Patient
from patients.records.terms import PatientLanguage

# A withdrawal has its own page, with its effects; it is no answer to a question.
ANSWERS = [(value, label) for value, label in Decision.choices if value != Decision.WITHDRAWN]
BY_WHAT = [
    ("in_person", _("In person")),
    ("phone", _("By telephone")),
    ("letter", _("By letter or e-mail")),
]


class DecisionForm(forms.Form):
    """One decision about one text. Nothing is filled in beforehand, and there is no third answer."""

    decision = forms.ChoiceField(
        label=_("Your decision"),
        choices=ANSWERS,
        error_messages={
            "required": terms.NOT_UNDERSTOOD,
            "invalid_choice": terms.NOT_UNDERSTOOD,
        },
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    about = forms.UUIDField(required=False, widget=forms.HiddenInput)
    read_to_end = forms.ChoiceField(
        choices=[("yes", ""), ("no", "")], required=False, widget=forms.HiddenInput
    )
    signature = forms.CharField(
        label=_("Signature"), required=False, widget=forms.HiddenInput, strip=True
    )
    typed_name = forms.CharField(
        label=_("Full name"), max_length=terms.LONGEST_NAME, required=False
    )
    witnessed = forms.BooleanField(
        label=_("I was there when the patient decided, and confirm it"), required=False
    )
    interpreter = forms.CharField(
        label=_("Interpreter"), max_length=terms.LONGEST_NAME, required=False
    )

    def signed(self, witness: StaffMember | None) -> Signed:
        """Raises SignatureRefused for what is no signature. `witness`: who stands beside the desk."""
        said: dict[str, Any] = self.cleaned_data
        strokes = read_signature(said["signature"])
        typed = "" if strokes else said["typed_name"]
        return Signed(
            strokes=strokes,
            typed_name=typed,
            witness=witness if strokes or said["witnessed"] or not typed else None,
            interpreter=said["interpreter"],
            read_to_end={"yes": True, "no": False}.get(said["read_to_end"]),
        )

    def clean_signature(self) -> str:
        sent: str = self.cleaned_data["signature"]
        return sent[: MOST_CHARACTERS + 1]  # longer is refused as too long, however long it is


class PaperForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision on the paper"),
        choices=ANSWERS,
        error_messages={"required": terms.NOT_UNDERSTOOD},
    )
    language = forms.ChoiceField(label=_("Language of the paper"), choices=PatientLanguage.choices)
    signed_on = forms.DateField(
        label=_("Signed on"),
        widget=forms.DateInput(format="%d.%m.%Y", attrs={"autocomplete": "off"}),
        input_formats=["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"],
        error_messages={
            "required": _("Enter the day on the paper, for example 23.11.2026."),
            "invalid": _("This day does not exist. Enter a real date, for example 23.11.2026."),
        },
    )
    reference = forms.CharField(
        label=_("Where the paper is kept"),
        help_text=_("File or scan number"),
        max_length=80,
        error_messages={"required": terms.PAPER_REFERENCE_MISSING},
    )
    interpreter = forms.CharField(
        label=_("Interpreter"), max_length=terms.LONGEST_NAME, required=False
    )
    about = forms.UUIDField(required=False, widget=forms.HiddenInput)


class WithdrawForm(forms.Form):
    said = forms.ChoiceField(
        label=_("How the patient said so"),
        choices=BY_WHAT,
        error_messages={"required": _("Choose one.")},
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    about = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def words(self) -> str:
        """What is written down: how it was said, and the note."""
        said = str(dict(BY_WHAT)[self.cleaned_data["said"]])
        note: str = self.cleaned_data["note"]
        return f"{said}: {note}" if note else said


def _reason_too_short() -> str:
    return terms.REASON_TOO_SHORT % {"count": terms.SHORTEST_REASON}


class TextForm(forms.Form):
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 24}), strip=True)
    reason = forms.CharField(
        label=_("Reason for the change"),
        max_length=400,
        # `%` at import would fix the language of whatever holds then.
        error_messages={"required": lazy(_reason_too_short, str)()},
    )
    version = forms.CharField(max_length=12, widget=forms.HiddenInput)


def about_in(sent: MultiValueDict[str, str]) -> UUID | None:
    """The course that an address names, if it names one."""
    try:
        return UUID(str(sent.get("about", "")))
    except ValueError:
        return None


def language_in(request: HttpRequest, patient: Patient) -> str:
    """In which language the texts are wanted: as asked for, else the patient's."""
    wished = request.POST.get("language") or request.GET.get("language") or patient.language
    return wished if wished in PatientLanguage.values else PatientLanguage.TURKISH
