"""Settling one name: what it is remembered as, and what it stands for."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from patients.clinic_names.rules import LONGEST_NAME
from patients.clinic_names.terms import Meaning, NameList
from patients.screening.labels import allergen_categories, allergen_words, category_words
from patients.screening.rule_set import RuleSet

LONGEST_REASON = 500


class SettleForm(forms.Form):
    """Nothing is chosen beforehand. `prefix` tells the forms of one page apart."""

    use_required_attribute = False

    listed = forms.ChoiceField(choices=NameList.choices, widget=forms.HiddenInput)
    written = forms.CharField(max_length=200, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Remembered as"),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Enter the name that is remembered.")},
    )
    meaning = forms.ChoiceField(
        label=_("What is it?"),
        choices=Meaning.choices,
        error_messages={
            "required": _("Choose what the name stands for."),
            "invalid_choice": _("Choose what the name stands for."),
        },
    )
    substance = forms.CharField(label=_("Which substance?"), max_length=200, required=False)
    groups = forms.MultipleChoiceField(label=_("Which groups?"), required=False)
    category = forms.ChoiceField(label=_("What kind of thing is it?"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, required=False)

    def __init__(self, *args: Any, rule_set: RuleSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        groups = sorted(
            ((group, allergen_words(group, language)) for group in rule_set.words.allergen_groups),
            key=lambda one: one[1],
        )
        kinds = [(kind, category_words(kind, language)) for kind in allergen_categories()]
        self.fields["groups"].choices = groups  # type: ignore[attr-defined]
        self.fields["category"].choices = [("", "–"), *kinds]  # type: ignore[attr-defined]

    def settled(self) -> dict[str, Any]:
        """What `settle_name` is told."""
        said = self.cleaned_data
        return said | {
            "listed": NameList(said["listed"]),
            "meaning": Meaning(said["meaning"]),
        }
