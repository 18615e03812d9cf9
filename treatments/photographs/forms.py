"""What is entered about a photograph, and the files themselves."""

from typing import Any
from uuid import UUID, uuid5

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from treatments.photographs import terms
from treatments.photographs.rules import Points
from treatments.photographs.terms import (
    CHECKS,
    LONGEST_DEVICE,
    LONGEST_REASON,
    MOST_FILES,
    Modality,
    View,
)


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """One or more files; what is in them is decided by developing them."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(
                terms.TOO_MANY_FILES % {"count": MOST_FILES}, code="too_many_files"
            )
        return [super(PhotosField, self).clean(one, initial) for one in files]


class PhotographForm(forms.Form):
    view = forms.ChoiceField(label=_("View"), choices=View.choices, widget=forms.RadioSelect)
    modality = forms.ChoiceField(
        label=pgettext_lazy("of a photograph", "Light"),
        choices=Modality.choices,
        widget=forms.RadioSelect,
    )
    same_light = forms.BooleanField(label=CHECKS["same_light"], required=False)
    same_distance = forms.BooleanField(label=CHECKS["same_distance"], required=False)
    clean_skin = forms.BooleanField(label=CHECKS["clean_skin"], required=False)
    device = forms.CharField(
        label=_("Camera"),
        max_length=LONGEST_DEVICE,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    taken_on = forms.DateField(
        label=_("Taken on"),
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput)
    photos = PhotosField(
        label=_("Photos"),
        max_length=10_000,  # of the name, which is thrown away
        allow_empty_file=True,  # "could not be read" says more than "is empty"
        widget=PhotosInput(
            attrs={
                "multiple": True,
                "accept": "image/jpeg,image/png,image/webp",
                "class": "form-control",
            }
        ),
        error_messages={"required": terms.NO_FILE, "invalid": terms.NO_FILE},
    )

    @property
    def checks(self) -> list[forms.BoundField]:
        return [self[name] for name in CHECKS]

    def uploads(self) -> list[tuple[UUID, UploadedFile]]:
        """Each file with a key of its own, the same when the same form is sent again."""
        key: UUID = self.cleaned_data["request_key"]
        files = self.cleaned_data["photos"]
        return [(uuid5(key, str(number)), file) for number, file in enumerate(files)]

    def conditions(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "checks": {name: cleaned[name] for name in CHECKS},
            **{name: cleaned[name] for name in ("view", "modality", "device", "taken_on")},
        }


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("For example: another patient, another view, blurred."),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )


def _part(label: Any) -> forms.FloatField:
    """Per cent of the width or the height."""
    return forms.FloatField(
        label=label,
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(
            attrs={"step": "0.01", "inputmode": "decimal", "class": "form-control"}
        ),
    )


class PointsForm(forms.Form):
    x1 = _part(_("Pupil on the left of the picture, from the left edge"))
    y1 = _part(_("Pupil on the left of the picture, from the top edge"))
    x2 = _part(_("Pupil on the right of the picture, from the left edge"))
    y2 = _part(_("Pupil on the right of the picture, from the top edge"))

    def points(self) -> Points:
        x1, y1, x2, y2 = (self.cleaned_data[name] / 100 for name in ("x1", "y1", "x2", "y2"))
        return (x1, y1), (x2, y2)
