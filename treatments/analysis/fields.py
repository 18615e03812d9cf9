"""The fields of a skin analysis: buttons with nothing chosen, marks of the map, measured numbers."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _

from treatments.analysis.face_map import Mark

MOST_MARKS = 200

FormT = TypeVar("FormT", bound=forms.Form)

if TYPE_CHECKING:

    class _Rows(BaseFormSet[FormT]): ...

else:

    class _Rows(BaseFormSet, Generic[FormT]): ...


class RemovableRows(_Rows[FormT]):
    """Rows of which the page takes one away by marking it: the numbering of the others holds."""

    deletion_widget = forms.HiddenInput

    def kept(self) -> Iterator[FormT]:
        for form in self.forms:
            form.full_clean()
            if not form.cleaned_data.get("DELETE"):
                yield form


class OneOf(forms.ChoiceField):
    """A choice between buttons; none is chosen beforehand."""

    widget = forms.RadioSelect


class SomeOf(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class AnyOf(forms.TypedChoiceField):
    """A judgement that may be left open: no answer is None, never a zero."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, coerce=int, empty_value=None, **kwargs)


class MarksField(forms.CharField):
    """The marks as the map writes them: a list of view, region and two shares."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return ()
        try:
            entries = json.loads(text)
            marks = tuple(
                Mark(
                    view=str(entry["view"]),
                    region=str(entry["region"]),
                    x=round(float(entry["x"]), 4),
                    y=round(float(entry["y"]), 4),
                )
                for entry in entries
            )
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise ValidationError(_("The marks cannot be read. Please set them again.")) from error
        if len(marks) > MOST_MARKS:
            raise ValidationError(_("That is too many marks. Write the number as a count."))
        return marks


class Measure(forms.DecimalField):
    """A measured number, written with a comma or a point."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            localize=True,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "form-control"}),
            **kwargs,
        )


def line(label: Any, length: int, **kwargs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control"})
    return forms.CharField(label=label, required=False, max_length=length, widget=widget, **kwargs)
