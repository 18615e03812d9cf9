"""What a name of the clinic's stands for, in words."""

from django.utils.translation import gettext as _

from patients.clinic_names.models import NameChange
from patients.clinic_names.terms import Meaning
from patients.screening.labels import allergen_words, category_words, substance_words


def meaning_words(change: NameChange, language: str) -> str:
    if change.meaning == Meaning.NO_BEARING:
        if not change.category:
            return _("without bearing on mesotherapy")
        return _("without bearing on mesotherapy (%(kind)s)") % {
            "kind": category_words(change.category, language)
        }
    named = [
        _(" or ").join(substance_words(inn, language) for inn in inns) for inns in change.products
    ]
    named += [allergen_words(group, language) for group in change.groups]
    return ", ".join(named) or category_words(change.category, language)
