"""The notice to a patient whose session had a recalled lot: prepared to be read, never sent by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from patients.records.models import Patient
from treatments.tracing.queries import Reached


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody of the clinic reads out or hands over, in the patient's language."""

    patient: Patient
    text: str
    language: str


def notices(reached: Sequence[Reached]) -> list[Notice]:
    """One for each patient: when, whom to call. What the lot is and why stands with the clinic."""
    return [_notice(each) for each in reached]


def _notice(reached: Reached) -> Notice:
    patient = reached.patient
    with translation.override(patient.language):
        days = ", ".join(
            date_format(localtime(each.ended_at), "DATE_FORMAT") for each in reached.sessions
        )
        text = _(
            "Dear %(name)s,\n"
            "A product that was used in your treatment on %(days)s is being checked again. "
            "This is a precaution. Please call us: %(phone)s. "
            "If you see a lump, pus, warmth or a new dark area, call us today.\n"
            "%(clinic)s"
        ) % {
            "name": patient.full_name,
            "days": days,
            "phone": settings.CLINIC_PHONE,
            "clinic": settings.CLINIC_NAME,
        }
    return Notice(patient, text, patient.language)
