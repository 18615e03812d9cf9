"""Where the texts of the lists stand, for whoever settles what they name."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from patients.clinic_names.hooks import ListedText
from patients.intake.models import ListedAllergy, ListedMedication
from patients.intake.terms import Listed

_LISTS: tuple[tuple[Listed, Any], ...] = (
    (Listed.MEDICATIONS, ListedMedication),
    (Listed.ALLERGIES, ListedAllergy),
)


def texts_listed(patient_id: UUID | None = None) -> Iterator[ListedText]:
    """Every standing text of medicines and allergies, or those of one patient."""
    for listed, model in _LISTS:
        entries = model.objects.filter(removed_at__isnull=True)
        if patient_id is not None:
            entries = entries.filter(patient=patient_id)
        for text, owner in entries.order_by("recorded_at", "pk").values_list("text", "patient_id"):
            yield ListedText(listed.value, text, owner)
