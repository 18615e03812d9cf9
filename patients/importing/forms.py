"""The forms of the import: which files, and which column is what."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from patients.importing.tables import FIELDS

FIELD_WORDS = {
    "": _("Leave out"),
    "identifier": _("Identifier"),
    "name": _("Full name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "birth_date": _("Birth date"),
    "sex": _("Sex"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "language": _("Language"),
    "medications": _("Medicines"),
    "stopped_medications": _("Stopped medicines"),
    "allergies": _("Allergies"),
    "conditions": _("Illnesses"),
}


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """One or more files, all of which are checked."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if data and isinstance(data, list | tuple) else [data or None]
        return [super(ManyFilesField, self).clean(one, initial) for one in files]


class UploadForm(forms.Form):
    uploads = ManyFilesField(
        label=_("Files"),
        help_text=_("A CSV or XLSX table, a FHIR R4 bundle, or the NDJSON files of a bulk export."),
        widget=ManyFilesInput({"multiple": True}),
        error_messages={"required": _("Choose a file.")},
    )


class MappingForm(forms.Form):
    """One choice per column of the table."""

    def __init__(self, *args: Any, headers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headers = [header for header in headers if header]
        choices = [(field, FIELD_WORDS[field]) for field in ("", *FIELDS)]
        for n, header in enumerate(self.headers):
            self.fields[f"column-{n}"] = forms.ChoiceField(
                label=header, choices=choices, required=False
            )

    @classmethod
    def initial_of(cls, headers: Sequence[str], mapping: dict[str, str]) -> dict[str, str]:
        named = [header for header in headers if header]
        return {f"column-{n}": mapping.get(header, "") for n, header in enumerate(named)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [field for field in cleaned.values() if field]
        twice = {field for field in chosen if chosen.count(field) > 1}
        for field in sorted(twice):
            self.add_error(None, _("“%(field)s” is chosen twice.") % {"field": FIELD_WORDS[field]})
        return cleaned

    def mapping(self) -> dict[str, str]:
        return {
            header: self.cleaned_data.get(f"column-{n}", "")
            for n, header in enumerate(self.headers)
        }
